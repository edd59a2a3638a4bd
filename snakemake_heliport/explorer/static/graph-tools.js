/* Two tools of the graph page that know nothing of graphs: a field that finds, and saving a drawing as it is seen. */
"use strict";
const heliport = (() => {
  /* A field with a list of what was found: `find` answers at once, `more` adds what it had to ask for, `pick` gets one. */
  function combobox(field, list, find, more, pick) {
    let hits = [], hit = 0;
    function option(one, place) {
      const [item, name, kind] = ["li", "span", "small"].map((tag) => document.createElement(tag));
      name.textContent = one.name;
      kind.textContent = one.kind;
      Object.assign(item, { id: `hit-${place}`, role: "option", ariaSelected: String(place === hit) });
      item.append(name, kind);
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); go(place); });
      return item;
    }
    function show(text) {
      list.hidden = !text;
      field.setAttribute("aria-expanded", String(Boolean(text)));
      list.replaceChildren(...hits.map(option));
      if (text && !hits.length) {
        const none = Object.assign(document.createElement("li"), { role: "option", ariaDisabled: "true", ariaSelected: "false" });
        none.textContent = "nothing of that name";
        list.append(none);
      }
      if (text && hits.length) field.setAttribute("aria-activedescendant", `hit-${hit}`);
      else field.removeAttribute("aria-activedescendant");
      list.children[hit]?.scrollIntoView({ block: "nearest" });
    }
    function go(place) {
      show("");
      if (hits[place]) pick(hits[place]);
    }
    async function look() {
      const text = field.value.trim();
      hits = text ? find(text) : [];
      hit = 0;
      show(text);
      const others = await more(text, hits);
      if (!others.length || field.value.trim() !== text) return;
      hits.push(...others);
      show(text);
    }
    function press(event) {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && hits.length) { hit = (hit + step + hits.length) % hits.length; show(field.value); }
      else if (event.key === "Enter") go(hit);
      else if (event.key === "Escape") { field.value = ""; show(""); }
      else return;
      event.preventDefault();
    }
    field.addEventListener("input", look);
    field.addEventListener("keydown", press);
    field.addEventListener("blur", () => show(""));
  }

  /* What stylesheets say of an element is written out, so that the picture looks the same anywhere; tools are left out. */
  const SAID = { path: ["fill", "stroke", "stroke-width"], rect: ["fill", "stroke", "stroke-width"],
    text: ["fill", "font-family", "font-size", "font-weight", "text-anchor"] };
  const OURS = ["class", "tabindex", "role", "aria-expanded", "aria-hidden"];
  function standalone(drawing, view, [width, height], paper) {
    const copy = drawing.cloneNode(true), copies = [copy, ...copy.querySelectorAll("*")];
    [drawing, ...drawing.querySelectorAll("*")].forEach((original, i) => {
      const style = getComputedStyle(original);
      for (const name of [...(SAID[original.localName] ?? []), "opacity"]) copies[i].setAttribute(name, style.getPropertyValue(name));
      for (const name of OURS) copies[i].removeAttribute(name);
    });
    copy.querySelectorAll("[data-tool]").forEach((element) => element.remove());
    const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    const [x, y, wide, high] = view, told = { x, y, width: wide, height: high, fill: getComputedStyle(paper).backgroundColor };
    for (const [name, value] of Object.entries(told)) ground.setAttribute(name, value);
    for (const [name, value] of Object.entries({ width, height, viewBox: view.join(" ") })) copy.setAttribute(name, value);
    copy.prepend(ground);
    return new XMLSerializer().serializeToString(copy);
  }
  function download(blob, name) {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }
  async function savePicture(drawing, { view, size, paper, name, form }) {
    const text = standalone(drawing, view, size, paper);
    if (form === "svg") { download(new Blob([text], { type: "image/svg+xml" }), `${name}.svg`); return; }
    const image = new Image(), [width, height] = size.map((value) => value * 2);
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(image, 0, 0, width, height);
    canvas.toBlob((blob) => download(blob, `${name}.png`), "image/png");
  }

  return { combobox, savePicture };
})();
