// Keeps a page that is about now moving: the server sends its moving part, each section is exchanged where it changed.
"use strict";
(() => {
  const main = document.getElementById("content");
  const pulse = document.getElementById("pulse");
  // live; still: the figures stand still; away: they can't be read; lost: the connection is gone, another is tried.
  const say = (state) => {
    if (!pulse || pulse.dataset.state === state) return;
    pulse.dataset.state = state;
    pulse.className = state === "live" ? "pulse on" : "pulse lost";
    pulse.textContent = pulse.dataset[state];
  };

  // What waits until nothing is in somebody's hands: a control that has the focus (a key pressed a moment later would
  // act on another one), and all while a button of the mouse is down (no click comes of it on what was exchanged).
  const waiting = new Map();
  let pressed = false;
  const inHands = (section) =>
    pressed || (section.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, button, summary"));

  // The focus goes to what has the place of the element that had it: the same link, the same scrolling region.
  const likeness = (here, fresh) => {
    const focused = document.activeElement;
    if (!here.contains(focused)) return null;
    const alike = (root) => [...root.querySelectorAll(focused.matches("a") ? "a" : ".scroll")]
      .filter((one) => one.getAttribute("href") === focused.getAttribute("href"));
    return alike(fresh)[alike(here).indexOf(focused)] || fresh.querySelector(".scroll");
  };
  const put = (fresh) => {
    const here = document.getElementById(fresh.id);
    waiting.delete(fresh.id);
    if (!here || here.innerHTML === fresh.innerHTML) return;
    if (inHands(here)) { waiting.set(fresh.id, fresh); return; }
    const places = [...here.querySelectorAll(".scroll")].map((one) => [one.scrollLeft, one.scrollTop]);
    const focus = likeness(here, fresh);
    here.replaceWith(document.adoptNode(fresh));
    [...fresh.querySelectorAll(".scroll")].forEach((one, n) => places[n] && one.scrollTo(...places[n]));
    if (focus) focus.focus({ preventScroll: true });
  };
  const exchange = (html) => {
    const next = new DOMParser().parseFromString(html, "text/html");
    for (const fresh of next.querySelectorAll("section[id]")) put(fresh);
  };
  const settle = () => setTimeout(() => [...waiting.values()].forEach(put));
  const release = () => { pressed = false; settle(); };
  document.addEventListener("focusout", settle);
  document.addEventListener("pointerdown", () => { pressed = true; });
  for (const name of ["pointerup", "pointercancel", "dragend"]) document.addEventListener(name, release);
  window.addEventListener("blur", release);

  // The server says something at least every QUIET seconds. A connection that says nothing may be gone without a word,
  // and one that was refused is not tried again by the browser: both are opened anew.
  const QUIET = 15, CHECK = 5;
  let source = null, heard = 0, tried = 0;
  const now = () => performance.now() / 1000;
  const hear = (state, html) => {
    heard = now();
    if (html) exchange(html);
    say(state || (document.querySelector("#figures strong") ? "still" : "live"));
  };
  const open = () => {
    if (source) source.close();
    tried = now();
    source = new EventSource(main.dataset.live);
    source.addEventListener("error", () => say("lost"));
    source.addEventListener("away", () => hear("away"));
    for (const name of ["part", "figures", "alive"]) source.addEventListener(name, (event) => hear("", JSON.parse(event.data)));
  };
  const check = () => {
    const gone = now() - Math.max(heard, tried) > 2 * QUIET + CHECK;
    if (gone) say("lost");
    if (gone || (source.readyState === EventSource.CLOSED && now() - tried > QUIET)) open();
  };
  if (main && main.dataset.live) {
    open();
    const checking = setInterval(check, CHECK * 1000);
    window.addEventListener("pagehide", () => { clearInterval(checking); source.close(); });
  }
  for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
})();
