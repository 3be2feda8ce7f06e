"use strict";
// The desk works without its scripts. This one keeps a double tap from sending twice, writes the sentence of a status
// into the message until somebody writes their own, and shows how the telling gets on.

function sentenceOf(form) {
  const chosen = form.querySelector('input[name="status"]:checked');
  const sentence = chosen && chosen.closest("label").querySelector(".desk-sentence");
  return sentence ? sentence.textContent : "";
}

function writeSentences(form) {
  const message = form.querySelector('textarea[name="message"]');
  const sentences = new Set([...form.querySelectorAll(".desk-sentence")].map((one) => one.textContent));
  if (!message || !sentences.size) return;
  const isOurs = () => sentences.has(message.value.trim());
  const write = () => { if (isOurs() || !message.value.trim()) message.value = sentenceOf(form); };
  form.addEventListener("change", (event) => { if (event.target.name === "status") write(); });
  message.addEventListener("focus", () => { if (isOurs()) message.select(); }); // what is typed replaces it
  form.classList.add("desk-live");
  write();
}

function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  // What was changed since, and a page that "back" brings up again, may be sent again: a file leaves the page as it is.
  form.addEventListener("change", () => { delete form.dataset.sent; });
  window.addEventListener("pageshow", () => { delete form.dataset.sent; });
}

const SECOND = 1000;

function countDown() {
  for (const left of document.querySelectorAll(".desk-countdown")) {
    left.textContent = Math.max(0, Number(left.textContent) - 1);
  }
}

// Looks again ever more rarely: an endpoint may be tried for a day.
async function followTelling(seconds) {
  const panel = document.getElementById("tellings");
  if (!panel || !panel.querySelector('[data-phase="held"], [data-phase="sending"]')) return;
  const answer = await fetch(location.href);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("tellings");
  if (fresh && !panel.contains(document.activeElement)) panel.replaceWith(fresh);
  setTimeout(followTelling, seconds * SECOND, Math.min(seconds * 1.2, 60));
}

setInterval(countDown, SECOND);
setTimeout(followTelling, 5 * SECOND, 5);

for (const form of document.querySelectorAll(".desk-form, .desk-once")) sendOnce(form);
for (const form of document.querySelectorAll(".desk-form")) writeSentences(form);
