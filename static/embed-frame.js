// Keeps the banner in a frame current. Without it, the frame shows how things were when it was loaded.
(function () {
  "use strict";
  var banner = document.querySelector("[role=status]");

  function read(answer) {
    return answer.ok ? answer.text() : Promise.reject(answer.status);
  }

  function show(html) {
    var told = new DOMParser().parseFromString(html, "text/html").querySelector("[role=status]");
    if (told && told.textContent !== banner.textContent) banner.replaceChildren(...told.childNodes);
  }

  function again() {
    if (!document.hidden) fetch(location.href).then(read).then(show).catch(function () { /* in a minute */ });
  }

  setInterval(again, 60000);
})();
