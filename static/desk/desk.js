"use strict";
// The desk works without this. It keeps a double tap from sending twice and shows the sentence that an empty
// message stands for.

function sentenceOf(form) {
  const chosen = form.querySelector('input[name="status"]:checked');
  const sentence = chosen && chosen.closest("label").querySelector("small");
  return sentence ? sentence.textContent : "";
}

function followStatus(form) {
  const message = form.querySelector('textarea[name="message"]');
  if (!message || !form.querySelector('input[name="status"]')) return;
  const show = () => { message.placeholder = sentenceOf(form); };
  form.addEventListener("change", show);
  show();
}

function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  // A page that "back" brings up again may send again.
  window.addEventListener("pageshow", () => { delete form.dataset.sent; });
}

for (const form of document.querySelectorAll(".desk-form")) {
  followStatus(form);
  sendOnce(form);
}
