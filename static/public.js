/* What makes the pages pleasanter: they are complete without it. Every word that it shows comes from the page or from
   the browser's own languages. What it adds to a page carries `data-own`, so that a refresh leaves it alone. */
"use strict";
(() => {
  const SECOND = 1000, HOUR = 3600 * SECOND, REFRESH = 28 * SECOND; // and two to publish and to look: within 30
  const root = document.documentElement;
  const here = () => location.href.split(/[?#]/)[0];
  const isServed = location.protocol !== "file:";
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
  const own = (name, className) => {
    const made = Object.assign(document.createElement(name), { className });
    made.dataset.own = "";
    return made;
  };

  /* The theme: at once, so before the first paint wherever this file is in the browser's cache. */

  const kept = (change) => {
    try {
      return change(localStorage) || "";
    } catch {
      return ""; // storage is forbidden here
    }
  };
  const dress = (name = kept((store) => store.theme)) => {
    if (name) root.dataset.theme = name;
    else delete root.dataset.theme;
    return name;
  };
  const offerThemes = () => {
    const choice = byId("theme");
    choice.value = dress();
    choice.parentElement.hidden = false;
    choice.addEventListener("change", () => {
      kept((store) => store.setItem("theme", choice.value));
      dress(choice.value);
    });
    addEventListener("storage", () => { choice.value = dress(); });
  };

  /* Times: the reader's own beside those of the page, and how long ago. */

  const language = root.lang || undefined;
  const inShort = { hour: "2-digit", minute: "2-digit", timeZoneName: "short", hourCycle: "h23" };
  const clock = new Intl.DateTimeFormat(language, inShort);
  const calendar = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", ...inShort });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const UNITS = [["day", 24 * HOUR], ["hour", HOUR], ["minute", 60 * SECOND]];

  const age = (at) => {
    const past = at - Date.now();
    const [unit, length] = UNITS.find(([, length]) => Math.abs(past) >= length) || UNITS[2];
    return relative.format(Math.trunc(past / length), unit);
  };
  const locally = (at) => (at.toDateString() === new Date().toDateString() ? clock : calendar).format(at);
  /* Who lives in the zone of the page needs no second time. */
  const isForeign = (time, at) => !time.textContent.includes(at.toTimeString().slice(0, 5));

  const tell = (time) => {
    const at = new Date(time.dateTime), before = time.previousElementSibling, after = time.nextElementSibling;
    const foreign = isForeign(time, at);
    if (foreign) time.title = locally(at);
    if (after?.matches("time") || !time.closest(".stamp, .when, .promise, dl.facts")) return;
    const start = before?.matches("time") && new Date(before.dateTime);
    const zoned = foreign && (start ? calendar.formatRange(start, at) : locally(at));
    const isPast = start && start < Date.now();
    const told = [zoned, !isPast && age(start || at)].filter(Boolean).join(" · ") || "\u00a0"; // its line is kept
    const place = after?.matches(".local") ? after : own("span", "local");
    if (place !== after) time.after(place);
    if (place.textContent !== told) place.textContent = told;
  };

  /* The days of a strip: one stop for the keyboard, arrows move from day to day, Esc closes. */

  let strip, day, isPinned, isReturning; // the day that is told now, and its strip
  const tip = own("div", "tip");
  const pages = new Map();
  const daysOf = (some) => [...some.children].filter((one) => one.getClientRects().length);
  const dateOf = (one) => {
    const [days, date] = [[...one.parentElement.children], new Date(one.parentElement.dataset.last)];
    date.setUTCDate(date.getUTCDate() - (days.length - 1 - days.indexOf(one)));
    return date.toISOString().slice(0, 10);
  };

  /* Stories that hit the service that day: from this page, and from its own, which lists those of 90 days. */
  const storiesOn = (date, service, page, base) => all("[data-days]", page).flatMap((story) => {
    const [first, last] = story.dataset.days.split("/");
    const links = all("a[href]", story).map((link) => [new URL(link.getAttribute("href"), base).href, link.textContent]);
    const isHit = first <= date && (!last || date <= last) && links.some(([href]) => href === service);
    return isHit ? [links[0]] : [];
  });
  const pageOf = (service) => {
    if (!pages.has(service)) pages.set(service, fetch(service).then((answer) => answer.text()).catch(() => ""));
    return pages.get(service);
  };
  const link = async (one, service) => {
    const found = storiesOn(dateOf(one), service, document, here());
    if (service !== here() && isServed) {
      found.push(...storiesOn(dateOf(one), service, parsed(await pageOf(service)), service));
    }
    if (one !== day) return;
    for (const [href, textContent] of new Map(found)) {
      tip.append(Object.assign(document.createElement("a"), { href, textContent, dir: "auto" }));
    }
    place();
  };
  const place = () => {
    const [frame, row, box] = [strip.parentElement, strip, day].map((part) => part.getBoundingClientRect());
    const left = box.left + box.width / 2 - frame.left - tip.offsetWidth / 2;
    tip.style.left = `${Math.max(4, Math.min(left, frame.width - tip.offsetWidth - 4))}px`;
    tip.style.top = `${row.bottom - frame.top}px`;
  };
  const hide = () => {
    day?.removeAttribute("aria-selected");
    day?.removeAttribute("id");
    strip?.removeAttribute("aria-activedescendant");
    tip.remove();
    strip = day = undefined;
    isPinned = false;
  };
  const show = (one) => {
    if (one === day) return;
    hide();
    [day, strip] = [one, one.parentElement];
    day.id = "day";
    day.setAttribute("aria-selected", "true");
    strip.setAttribute("aria-activedescendant", "day");
    tip.textContent = day.getAttribute("aria-label");
    strip.after(tip);
    place();
    const isTrouble = day.className && day.className !== "none";
    if (isTrouble) link(day, strip.closest("li")?.querySelector("a[href]").href || here());
  };

  const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, Home: -99, End: 99 };
  const press = (event) => {
    if (event.key === "Escape" && day) {
      const [was, isInside] = [strip, tip.contains(document.activeElement)];
      hide();
      isReturning = true;
      if (isInside) was.focus();
      isReturning = false;
    } else if (event.key in STEPS && event.target.matches(".strip")) {
      const days = daysOf(event.target), at = day ? days.indexOf(day) : days.length - 1;
      event.preventDefault();
      show(days[Math.max(0, Math.min(days.length - 1, at + STEPS[event.key]))]);
    }
  };
  const enter = ({ target }) => {
    if (target.matches(".strip")) {
      if (strip !== target && !isReturning) show(daysOf(target).at(-1));
    } else if (!tip.contains(target)) hide();
  };
  const under = ({ target, clientX }) => {
    const some = target.closest?.(".strip");
    return some && daysOf(some).find((one) => one.getBoundingClientRect().right >= clientX);
  };
  const hover = (event) => {
    if (event.pointerType !== "mouse" || isPinned || tip.contains(event.target)) return;
    const one = under(event);
    if (one) show(one);
    else if (document.activeElement !== strip) hide();
  };
  const pick = (event) => {
    if (tip.contains(event.target)) return;
    const one = under(event);
    if (one) show(one);
    else hide();
    isPinned = Boolean(one);
  };

  /* A quiet refresh: nodes stay what they are, and with them focus, selection, place and open details. */

  const OURS = new Set(["open", "tabindex", "hidden", "title", "aria-activedescendant", "aria-selected", "aria-live"]);
  const served = new WeakMap(); // details → whether the page had them open
  const isOwn = (node) => node.dataset?.own !== undefined;
  const nameOf = (node) => (node === day ? "" : node.id || node.getAttribute?.("aria-labelledby") || "");
  const isLike = (old, fresh) => old && old.nodeName === fresh.nodeName && nameOf(old) === nameOf(fresh);

  const adopt = (old, fresh) => {
    const isTold = ({ name }) => !OURS.has(name) && !(name === "id" && old === day);
    [...old.attributes].filter(isTold).forEach(({ name }) => fresh.hasAttribute(name) || old.removeAttribute(name));
    [...fresh.attributes].filter(isTold).forEach(({ name, value }) => old.setAttribute(name, value));
    if (old.matches("details") && served.get(old) !== fresh.open) old.open = fresh.open;
    if (old.matches("details")) served.set(old, fresh.open);
  };
  const removeUpTo = (node, end) => {
    while (node && node !== end) {
      const next = node.nextSibling;
      if (!isOwn(node)) node.remove();
      node = next;
    }
  };
  const morph = (old, fresh) => {
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    adopt(old, fresh);
    let at = old.firstChild;
    for (const child of fresh.childNodes) {
      while (at && isOwn(at)) at = at.nextSibling;
      const twin = nameOf(child) ? [...old.children].find((one) => isLike(one, child)) : isLike(at, child) && at;
      if (twin) {
        removeUpTo(at, twin);
        morph(twin, child);
        at = twin.nextSibling;
      } else old.insertBefore(document.importNode(child, true), at);
    }
    removeUpTo(at, null);
  };

  /* What is worth a word: not that a minute has passed. */
  const gist = () => all("h1, .story h3, .past a, .status, .stamp strong, main .prose").map((one) => one.textContent).join();
  const say = (words) => { byId("news").textContent = words; };

  const take = (fresh) => {
    const before = gist(), icon = document.querySelector("link[rel=icon]");
    all("body > .stale:not([id])").forEach((old) => old.remove());
    byId("offline").before(...all("body > .stale:not([id])", fresh));
    for (const part of [".headline", "main"]) {
      const [old, now] = [document, fresh].map((page) => page.querySelector(part));
      if (old && now) morph(old, now);
    }
    if (day && !day.isConnected) hide();
    enhance();
    if (gist() === before) return;
    document.title = fresh.title;
    icon.replaceWith(icon.cloneNode()); // its colour is the status
    pages.clear();
    say(`${byId("news").dataset.changed} ${document.querySelector("h1").textContent}`);
  };

  let lookedAt = Date.now(), failures = 0;
  const refresh = async () => {
    lookedAt = Date.now();
    try {
      const answer = await fetch(here(), { cache: "no-cache" });
      const fresh = parsed(answer.ok ? await answer.text() : "");
      failures = fresh.querySelector("[data-live]") ? 0 : failures + 1;
      if (!failures) take(fresh);
    } catch {
      failures += 1;
    }
    byId("offline").hidden = failures < 3;
  };
  const keepFresh = () => {
    if (!document.body.dataset.live || !isServed) return;
    const look = () => {
      if (!document.hidden && Date.now() - lookedAt >= REFRESH) refresh();
    };
    document.querySelector(".headline")?.setAttribute("aria-live", "off"); // or its clock would be read out
    setInterval(look, SECOND);
    document.addEventListener("visibilitychange", look);
  };

  const copy = async ({ target }) => {
    const button = target.closest?.("[data-copy]"), words = button?.lastChild, before = words?.data;
    if (!button || before === byId("news").dataset.copied) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    say(words.data = byId("news").dataset.copied);
    setTimeout(() => { words.data = before; }, 2 * SECOND);
  };

  const enhance = () => {
    all('time[datetime*="T"]').forEach(tell);
    all(".strip").forEach((some) => { some.tabIndex = 0; });
    all("details").forEach((one) => served.has(one) || served.set(one, one.open));
    if (navigator.clipboard) all("[data-copy]").forEach((button) => { button.hidden = false; });
  };
  const start = () => {
    root.dataset.script = ""; // the style sheet's own tips are not needed
    enhance();
    offerThemes();
    const listeners = { keydown: press, focusin: enter, pointerover: hover };
    for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener);
    for (const listener of [pick, copy]) document.addEventListener("click", listener);
    setInterval(() => all('time[datetime*="T"]').forEach(tell), REFRESH);
    keepFresh();
  };

  dress();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
