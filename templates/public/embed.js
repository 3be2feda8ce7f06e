function (told) {
  "use strict";
  var ID = "status-banner", AGAIN = 60000, CLOSED = ID + "-closed";
  var here = document.currentScript, banner = told.banner;
  var CSS = ":host{all:initial;display:block}" +
    "div{display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline;position:relative;" +
    "padding:.75rem 3.25rem .75rem 1rem;color:#fff;" +
    "font:1rem/1.4 system-ui,sans-serif;overflow-wrap:anywhere}" +
    "span::before{content:'\\00b7\\00a0'}" +
    "a{color:inherit;margin-inline-start:auto;white-space:nowrap}" +
    "button{all:unset;cursor:pointer;position:absolute;top:.25rem;right:.25rem;width:2.5rem;font-size:1.5rem;" +
    "line-height:2.4rem;text-align:center}" +
    "a:focus-visible,button:focus-visible{outline:2px solid #fff;outline-offset:2px}" +
    "@media print{:host{display:none}}";

  function add(parent, name, text) {
    var made = parent.appendChild(document.createElement(name));
    made.textContent = text;
    return made;
  }

  function fill(root) {
    var box = add(root, "div", "");
    box.setAttribute("role", "status");
    box.setAttribute("part", "banner");
    box.style.background = banner.fill;
    add(box, "strong", banner.headline);
    banner.titles.forEach(function (title) { add(add(box, "span", ""), "bdi", title); });
    add(box, "a", banner.more).href = banner.link;
    var button = add(box, "button", "\u00d7");
    button.setAttribute("type", "button");
    button.setAttribute("aria-label", banner.close);
    button.addEventListener("click", function () {
      window[CLOSED] = banner.key;
      root.host.remove();
    });
  }

  function show() {
    var old = document.getElementById(ID);
    if (old && banner && old.dataset.key === banner.key) return;
    if (old) old.remove();
    if (!banner || window[CLOSED] === banner.key) return;
    var host = document.createElement("div"), root = host.attachShadow({ mode: "open" }), sheet = new CSSStyleSheet();
    host.id = ID;
    host.dataset.key = banner.key;
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    fill(root);
    document.body.prepend(host);
  }

  function again() {
    var next = document.createElement("script");
    next.src = told.source;
    next.async = true;
    if (here && here.nonce) next.nonce = here.nonce;
    next.onerror = function () { next.remove(); setTimeout(again, AGAIN); };
    next.onload = function () { next.remove(); };
    document.head.append(next);
  }

  if (document.body) show(); else document.addEventListener("DOMContentLoaded", show);
  setTimeout(again, AGAIN);
}
