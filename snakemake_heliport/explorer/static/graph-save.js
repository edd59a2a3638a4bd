/* Saving a drawing as it is seen, as SVG or PNG, with nothing from elsewhere in it. */
"use strict";
const graphSave = (() => {
  // What stylesheets say of an element is written out, so that the picture looks the same anywhere.
  const SAID = ["display", "opacity", "fill", "fill-opacity", "stroke", "stroke-width", "paint-order", "font-family",
    "font-size", "font-weight", "text-anchor"];
  const set = (element, told) => Object.entries(told).forEach(([name, value]) => element.setAttribute(name, value));

  function standalone(drawing, { view, size: [width, height] }) {
    const copy = drawing.cloneNode(true), originals = [drawing, ...drawing.querySelectorAll("*")];
    [copy, ...copy.querySelectorAll("*")].forEach((element, i) => {
      const style = getComputedStyle(originals[i]);
      set(element, Object.fromEntries(SAID.map((name) => [name, style.getPropertyValue(name)])));
    });
    copy.querySelectorAll('[display="none"], [data-tool]').forEach((element) => element.remove());
    const paper = document.createElementNS(copy.namespaceURI, "rect"), [x, y, wide, high] = view;
    set(paper, { x, y, width: wide, height: high, fill: getComputedStyle(drawing.closest(".stage")).backgroundColor });
    set(copy, { width, height, viewBox: view.join(" ") });
    copy.prepend(paper);
    return new XMLSerializer().serializeToString(copy);
  }
  function download(blob, name) {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  /* Saves what is seen of a drawing, as the stage tells it. */
  return async (drawing, seen, name, form) => {
    const text = standalone(drawing, seen), [width, height] = seen.size.map((value) => value * 2);
    if (form === "svg") return download(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`);
    const image = Object.assign(new Image(), { src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}` });
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(image, 0, 0, width, height);
    return canvas.toBlob((blob) => download(blob, `${name}.png`), "image/png");
  };
})();
