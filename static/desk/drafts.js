"use strict";
// Nothing typed is lost: what is in a form is kept on this device until it has been sent, for each person and page,
// and offered when the page is opened again. It is kept with the version that its author saw, so the server still
// notices what was changed, or sent, in between.

const WEEK = 7 * 24 * 60 * 60 * 1000;
const PREFIX = "desk:";
const SENT = `${PREFIX}sent`;
const TOKEN = "csrfmiddlewaretoken";

const keyOf = (form) => `${PREFIX}${form.dataset.keep}:${new URL(form.action).pathname}`;
const isTyped = (field) => field.type !== "hidden";
const isOurs = (field) => field.name === TOKEN || field.type === "submit";
const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !isOurs(field));

function valuesOf(form, fields) {
  const all = new FormData(form);
  return Object.fromEntries(fields.map((field) => [field.name, all.getAll(field.name)]));
}

const typedIn = (form) => JSON.stringify(valuesOf(form, fieldsOf(form).filter(isTyped)));

function kept(key) {
  const draft = JSON.parse(localStorage.getItem(key) || "null");
  if (draft && Date.now() - draft.at < WEEK) return draft;
  localStorage.removeItem(key);
  return null;
}

function keep(form) {
  localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), fields: valuesOf(form, fieldsOf(form)) }));
}

function fill(form, { fields }) {
  for (const field of fieldsOf(form)) {
    const values = fields[field.name];
    if (!values) continue; // this form has more than the one that it was typed in
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
    if (field.tagName === "SELECT") field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function differs(form, { fields }) {
  const now = JSON.parse(typedIn(form));
  return Object.keys(now).some((name) => fields[name] && String(fields[name]) !== String(now[name]));
}

function offer(form, draft) {
  const words = document.getElementById("desk-kept").content.cloneNode(true).firstElementChild;
  const typed = ["title", "message", "body"].flatMap((name) => draft.fields[name] || []);
  words.querySelector(".desk-kept-words").textContent = typed.join("\n");
  words.addEventListener("click", ({ target }) => {
    if (target.dataset.kept === "drop") localStorage.removeItem(keyOf(form));
    if (target.dataset.kept === "use") {
      fill(form, draft);
      for (const folded of form.querySelectorAll("details")) folded.open = true;
      form.dispatchEvent(new Event("input"));
    }
    if (target.dataset.kept) words.remove();
  });
  form.prepend(words);
}

function sayOffline(form) {
  if (form.querySelector(".desk-offline")) return;
  const words = document.getElementById("desk-offline").content.cloneNode(true).firstElementChild;
  words.classList.add("desk-offline");
  form.prepend(words);
  words.scrollIntoView({ block: "center" });
  window.addEventListener("online", () => words.remove(), { once: true });
}

// What was told already goes on in the form of the incident that tells it, where these words are offered as a draft.
function carry(form, link) {
  const typed = valuesOf(form, fieldsOf(form).filter(({ name }) => name === "message" || name.startsWith("level_")));
  const fields = Object.fromEntries(Object.entries(typed).filter(([, values]) => String(values)));
  localStorage.setItem(`${PREFIX}${form.dataset.keep}:${link.pathname}`, JSON.stringify({ at: Date.now(), fields }));
}

function guard(form) {
  form.querySelector("a[data-carry]")?.addEventListener("click", ({ currentTarget }) => carry(form, currentTarget));

  const draft = kept(keyOf(form));
  const isRefused = form.querySelector(".desk-refused"); // then it holds what was typed
  if (draft && !isRefused && differs(form, draft)) offer(form, draft);
  for (const event of ["input", "change"]) form.addEventListener(event, () => keep(form));
  form.addEventListener("submit", (event) => {
    if (navigator.onLine) {
      sessionStorage.setItem(SENT, keyOf(form));
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    keep(form);
    sayOffline(form);
  }, { capture: true });
}

// What was sent from this tab is done when the page that comes of it says so.
function forgetWhatWasSent() {
  const sent = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (sent && document.querySelector(".messagelist .success")) localStorage.removeItem(sent);
}

try {
  forgetWhatWasSent();
  for (const form of document.querySelectorAll("[data-keep]")) guard(form);
} catch (error) {
  if (!(error instanceof DOMException)) throw error; // a browser that stores nothing
}
