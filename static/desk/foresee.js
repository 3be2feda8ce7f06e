"use strict";
// While a form is filled in, the server says what would come of it: the words as the public will read them, what
// changes for the public, who is told. It is the form itself that is asked; nothing is written.

const PAUSE = 300; // milliseconds without a key

async function answerTo(form) {
  if (!navigator.onLine) return "";
  const fields = new URLSearchParams(new FormData(form));
  fields.set("_foresee", "1");
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields });
    return answer.ok && !answer.redirected ? await answer.text() : "";
  } catch {
    return ""; // no connection: what was last known stays
  }
}

function foresee(form) {
  const parts = form.querySelectorAll("[data-foreseen]");
  if (!parts.length) return;
  let asked = 0;
  let pause = 0;
  const ask = async () => {
    const mine = ++asked;
    const text = await answerTo(form);
    if (!text || mine !== asked) return;
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const part of parts) {
      const fresh = page.querySelector(`[data-foreseen="${part.dataset.foreseen}"]`);
      if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
    }
  };
  const soon = () => { clearTimeout(pause); pause = setTimeout(ask, PAUSE); };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
}

for (const form of document.querySelectorAll(".desk-form")) foresee(form);
