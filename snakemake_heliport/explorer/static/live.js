// Asks now and then whether something was recorded, and then shows the page as it is by then, or offers to.
"use strict";
(() => {
  const SECONDS = 3, MISSED = 3;
  const PLACES = "a[href], summary, button, [tabindex]";
  const part = () => document.querySelector("[data-live]");
  const address = `/live?run=${encodeURIComponent(part().dataset.live)}`;
  const note = Object.assign(document.createElement("p"), { className: "card warning", role: "status" });
  const clock = () => new Date().toTimeString().slice(0, 5);
  let known = null, seen = clock(), missed = 0;

  async function look() {
    try {
      const answer = await fetch(address, { cache: "no-store" });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      const { version } = await answer.json();
      [missed, seen] = [0, clock()];
      note.remove();
      if (known === null || version === known || await renew()) known = version;
    } catch {
      missed += 1;
      if (missed === MISSED) tell();
    }
    setTimeout(look, (document.hidden ? 10 : 1) * SECONDS * 1000);
  }
  function tell() {
    note.textContent = `The server has ended; what is shown is from ${seen}.`;
    part().before(note);
  }

  /* Returns whether the page is as it should be by now; where somebody marks a text in it, that is later. */
  async function renew() {
    const old = part(), chosen = getSelection();
    if ("offer" in old.dataset) {
      old.hidden = false;
      return true;
    }
    const isMarked = () => !chosen.isCollapsed && chosen.rangeCount > 0 && chosen.getRangeAt(0).intersectsNode(old);
    if (isMarked()) return false;
    const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
    if (!answer.ok || !fresh || isMarked()) return false;
    const open = new Map([...keyed(old, "details")].map(([key, one]) => [key, one.open]));
    for (const [key, one] of keyed(fresh, "details")) one.open = open.get(key) ?? one.open;
    const focused = [...keyed(old, PLACES)].find(([, one]) => one === document.activeElement);
    const next = focused && keyed(fresh, PLACES).get(focused[0]);
    old.replaceWith(fresh);
    next?.focus({ preventScroll: true });
    return true;
  }
  /* Returns elements by what they are: their section, what they stand beside, and their words but for numbers. */
  function keyed(root, selector) {
    const found = new Map();
    for (const one of root.querySelectorAll(selector)) {
      const beside = one.closest("tr, li, dd"), named = beside?.querySelector("a")?.getAttribute("href");
      const words = one.querySelector("summary") ?? one, text = words.textContent.replace(/\d[\d,.]*/g, "#").trim();
      const key = [one.closest("section")?.querySelector("h2")?.firstChild?.textContent ?? "", one.tagName,
        named ?? beside?.previousElementSibling?.textContent ?? "", one.getAttribute("href") ?? text].join("\n");
      let count = 0;
      while (found.has(`${key}\n${count}`)) count += 1;
      found.set(`${key}\n${count}`, one);
    }
    return found;
  }

  look();
})();
