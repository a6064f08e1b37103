// Keeps a page that is about now moving: the server sends its moving part, each section is exchanged where it changed.
"use strict";
(() => {
  const main = document.getElementById("content");
  const pulse = document.getElementById("pulse");
  const say = (alive) => {
    if (!pulse) return;
    pulse.className = alive ? "pulse on" : "pulse lost";
    pulse.textContent = alive ? pulse.dataset.live : pulse.dataset.lost;
  };
  const exchange = (html) => {
    const next = new DOMParser().parseFromString(html, "text/html");
    for (const fresh of next.querySelectorAll("section[id]")) {
      const here = document.getElementById(fresh.id);
      if (!here || here.innerHTML === fresh.innerHTML || here.contains(document.activeElement)) continue;
      const places = [...here.querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
      here.replaceWith(document.adoptNode(fresh));
      [...fresh.querySelectorAll(".scroll")].forEach((one, n) => places[n] && one.scrollTo(...places[n]));
    }
  };
  if (main && main.dataset.live) {
    const source = new EventSource(main.dataset.live);
    source.addEventListener("open", () => say(true));
    source.addEventListener("error", () => say(false));
    source.addEventListener("part", (event) => { say(true); exchange(JSON.parse(event.data)); });
    window.addEventListener("pagehide", () => source.close());
  }
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
})();
