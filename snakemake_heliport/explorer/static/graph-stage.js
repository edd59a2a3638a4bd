/* The stage: how large a drawing is, and what part of it is seen. It scrolls, so moving it needs nothing of ours. */
"use strict";
const graphStage = (() => {
  // At this scale the smallest words in the boxes are 11 pixels high.
  const MARGIN = 18, LEGIBLE = 1.16, LARGEST = 1.5, LEAST = 0.05, MOST = 6, CLICK = 5;
  const stage = document.getElementById("stage");
  let drawing = null, extent = [1, 1], scale = 1, follows = null;

  const whole = () => Math.min((stage.clientWidth - 4) / extent[0], (stage.clientHeight - 4) / extent[1]);
  /* All is seen where it can be read. */
  const begin = () => Math.min(Math.max(whole(), LEGIBLE), LARGEST);
  /* Shows a drawing; where not all of one that was not there before can be seen, that is around `first`. */
  function show(canvas, size, first) {
    const fresh = drawing !== canvas;
    [drawing, extent] = [canvas, size.map((value) => value + 2 * MARGIN)];
    if (fresh) [follows, scale] = [begin, begin()];
    resize();
    const [left, top] = first.map((value) => (value + MARGIN) * scale);
    if (fresh) stage.scrollTo(left - stage.clientWidth / 2, top - stage.clientHeight / 2);
  }
  function resize() {
    const [width, height] = extent.map((value) => value * scale), viewBox = `${-MARGIN} ${-MARGIN} ${extent.join(" ")}`;
    for (const [name, value] of Object.entries({ viewBox, width, height })) drawing.setAttribute(name, value);
  }
  /* What lies at a point of the stage, its middle if none is told, stays there. */
  function rescale(to, x = stage.clientWidth / 2, y = stage.clientHeight / 2) {
    const { scrollLeft, scrollTop } = stage, now = Math.min(Math.max(to, LEAST), MOST), grown = now / scale;
    scale = now;
    resize();
    stage.scrollTo((scrollLeft + x) * grown - x, (scrollTop + y) * grown - y);
  }
  function zoom(by, x, y) {
    follows = null;
    rescale(scale * by, x, y);
  }
  /* Until somebody chooses another scale, it goes with the window. */
  function fit() {
    follows = whole;
    rescale(whole());
  }
  addEventListener("resize", () => { if (follows) rescale(follows()); });
  /* Returns the part of the drawing that is seen, in its own numbers, and how large that is on the screen. */
  function seen() {
    const [all, room] = [drawing, stage].map((element) => element.getBoundingClientRect());
    const [left, top] = [Math.max(all.left, room.left), Math.max(all.top, room.top)];
    const size = [Math.min(all.right, room.right) - left, Math.min(all.bottom, room.bottom) - top];
    const corner = [left - all.left, top - all.top].map((value) => value / scale - MARGIN);
    return { view: [...corner, ...size.map((value) => value / scale)], size };
  }

  /* A mouse drags the drawing, and then chooses nothing; fingers scroll it by themselves. */
  let drag = new AbortController();
  stage.addEventListener("pointerdown", ({ pointerType, button, clientX, clientY }) => {
    drag.abort();
    if (pointerType !== "mouse" || button) return;
    drag = new AbortController();
    const { scrollLeft, scrollTop } = stage, { signal } = drag;
    addEventListener("pointermove", (event) => {
      if (event.buttons) stage.scrollTo(scrollLeft + clientX - event.clientX, scrollTop + clientY - event.clientY);
    }, { signal });
    stage.addEventListener("click", (event) => {
      // Keys click, too, and have no place.
      if (!event.detail || Math.hypot(event.clientX - clientX, event.clientY - clientY) < CLICK) return;
      event.stopPropagation();
      event.preventDefault();
    }, { capture: true, signal });
  });
  // Links would be dragged out of the page.
  stage.addEventListener("dragstart", (event) => event.preventDefault());
  stage.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    const { left, top } = stage.getBoundingClientRect();
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * 0.005), event.clientX - left, event.clientY - top);
  }, { passive: false });

  return { show, zoom, fit, seen };
})();
