// Asks now and then whether something was recorded, and then shows the page as it is by then.
"use strict";
(() => {
  const SECONDS = 3;
  const here = document.querySelector("[data-live]");
  const address = `/live?run=${encodeURIComponent(here.dataset.live)}`;
  let known = null;

  async function look() {
    try {
      const answer = await (await fetch(address, { cache: "no-store" })).json();
      if (known !== null && answer.version !== known) await renew();
      known = answer.version;
    } catch {
      // The server is gone or busy; what is shown stays.
    }
    setTimeout(look, (document.hidden ? 10 : 1) * SECONDS * 1000);
  }

  async function renew() {
    const text = await (await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } })).text();
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("[data-live]");
    const old = document.querySelector("[data-live]");
    const open = [...old.querySelectorAll("details")].map((one) => one.open);
    if (!fresh) return;
    fresh.querySelectorAll("details").forEach((one, place) => { one.open = open[place] ?? false; });
    const focused = document.activeElement?.getAttribute("href");
    old.replaceWith(fresh);
    if (focused) fresh.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  }

  look();
})();
