"use strict";
// Services as chips: one tap says that one is hit, its level can then be chosen. Without this each has its own choice.

const BY_SEVERITY = "by_severity";

function chipOf(row) {
  const select = row.querySelector("select");
  const chip = document.createElement("button");
  let last = select.value || BY_SEVERITY;
  chip.type = "button";
  chip.className = "desk-chip";
  chip.textContent = row.querySelector("label").textContent;
  const show = () => {
    if (!select.value && row.contains(document.activeElement)) chip.focus();
    last = select.value || last;
    row.hidden = !select.value;
    chip.setAttribute("aria-pressed", String(!row.hidden));
  };
  chip.addEventListener("click", () => {
    select.value = select.value ? "" : last;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });
  select.addEventListener("change", show);
  show();
  return chip;
}

for (const levels of document.querySelectorAll(".desk-levels")) {
  const rows = [...levels.querySelectorAll(".desk-field")];
  const chips = document.createElement("div");
  chips.className = "desk-chips";
  chips.append(...rows.map(chipOf));
  for (const folded of levels.querySelectorAll("details")) folded.remove();
  levels.append(chips, ...rows);
}
