/* The graph page. Places, boxes, and what is in them come from Python; this opens, lights, sifts, finds and saves.
   Opening a box stretches the picture around it, so that nothing changes its place among the others.
   Names are data: they are written as text, never as markup. */
"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg", NONE = -1, UP = 1, DOWN = 2;
  const HEAD_LONG = 7, HEAD_HALF = 3.2, PAD = 8, GAP = 6, MARGIN = 18, LEGIBLE = 0.62, LARGEST = 1.7;
  const ROWS_UP_TO = 60, ROW_HIGH = 15, NAME_LONGEST = 46, LETTER = 5.3, TILE = 12, TILES_UP_TO = 40000;
  const LISTED = 100, NEAR = 30, HITS = 40, CLICK = 5;
  const STATE_CLASSES = { finished: "t-solid-finished", "up-to-date": "t-line-up-to-date", "not run": "t-line-open",
    interrupted: "t-line-interrupted", failed: "t-line-failed" };

  const $ = (id) => document.getElementById(id);
  const at = (column, place) => (Array.isArray(column) ? column[place] : column);
  const number = (value) => value.toLocaleString("en");
  const clamp = (value, least, most) => Math.min(Math.max(value, least), most);
  const data = JSON.parse($("graph-data").textContent), stage = $("stage");
  const sifting = { kind: "", state: "", run: "", mark: "" };
  let graph = null, active = false;

  function made(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
  }
  const html = (name, attributes = {}, ...children) => made(document.createElement(name), attributes, children);
  const svg = (name, attributes = {}, ...children) => made(document.createElementNS(SVG, name), attributes, children);
  const say = (text) => { $("say").textContent = text; };
  const between = (words, sign = " · ") => [...new Set(words)].filter(Boolean).join(sign);

  function prepare(told) {
    told.canvas = stage.querySelector(`.canvas[data-view="${told.name}"]`);
    told.boxes.forEach((box, place) => Object.assign(box, {
      place, element: told.canvas.querySelector(`[data-box="${place}"]`), part: told.parts[place] ?? null,
      first: told.starts[place], count: told.starts[place + 1] - told.starts[place], open: false, page: 0, shown: [],
    }));
    told.arrows.forEach((arrow, place) => { arrow.element = told.canvas.querySelector(`[data-arrow="${place}"]`); });
    Object.assign(told, { path: null, chosen: null, cursor: null, onlyPath: false, camera: null });
  }

  /* Making room: a map of places that is stretched where boxes are open, and nowhere folded. */
  function stretched(spans) {
    const ends = [...new Set(spans.flatMap(([low, high]) => [low, high]))].sort((a, b) => a - b);
    const steps = ends.slice(0, -1).map((from, i) => {
      const over = spans.filter(([low, high]) => low <= from && high >= ends[i + 1]);
      return [from, ends[i + 1], Math.max(0, ...over.map(([low, high, extra]) => extra / (high - low)))];
    });
    return (value) => steps.reduce((sum, [from, to, more]) => sum + Math.max(0, Math.min(value, to) - from) * more, value);
  }
  function arrange() {
    const open = graph.boxes.filter((box) => box.open);
    open.forEach(measure);
    const map = (axis) => stretched(open.map(({ at: place, size }) =>
      [place[axis] - place[axis + 2] / 2, place[axis] + place[axis + 2] / 2, size[axis] - place[axis + 2]]));
    const maps = [map(0), map(1)];
    for (const box of graph.boxes) {
      const [size, was] = [box.open ? box.size : box.at.slice(2), box.at];
      // An open box lies in the middle of its room; a closed one keeps its place in it.
      const now = maps.map((to, axis) => (box.open
        ? (to(was[axis] - was[axis + 2] / 2) + to(was[axis] + was[axis + 2] / 2)) / 2 : to(was[axis])));
      box.now = [...now, ...size];
      const spot = now.map((middle, axis) => (box.open ? middle - size[axis] / 2 + PAD + was[axis + 2] / 2 : middle));
      box.element.setAttribute("transform", `translate(${spot.map((v) => v.toFixed(1))})`);
      drawFrame(box);
    }
    for (const arrow of graph.arrows) drawArrow(arrow, maps);
    graph.extent = maps.map((to, axis) => to(graph.size[axis]));
    decorate();
  }
  function drawArrow(arrow, maps) {
    const points = [];
    for (let i = 0; i < arrow.route.length; i += 2) points.push(arrow.route.slice(i, i + 2));
    const moved = points.map((point) => point.map((value, axis) => maps[axis](value))), last = points.length - 1;
    for (const [end, beside, box] of [[0, 1, graph.boxes[arrow.tail]], [last, last - 1, graph.boxes[arrow.head]]]) {
      moved[end] = points[end].map((value, axis) => box.now[axis] + (value - box.at[axis]) * box.now[axis + 2] / box.at[axis + 2]);
      const along = Math.abs(points[beside][0] - points[end][0]) < 0.5 ? 0 : 1;
      moved[beside][along] = moved[end][along];
    }
    const [[bx, by], [tx, ty]] = moved.slice(-2), long = Math.hypot(tx - bx, ty - by) || 1;
    const [ux, uy] = [(tx - bx) / long, (ty - by) / long], back = Math.min(HEAD_LONG - 1, long * 0.9);
    const [line, head, ...label] = arrow.element.querySelectorAll("path, text");
    const route = [...moved.slice(0, last), [tx - ux * back, ty - uy * back]].map((p) => p.map((v) => v.toFixed(1)));
    line.setAttribute("d", `M${route[0]}C${route.slice(1).join(" ")}`);
    const base = [tx - ux * HEAD_LONG, ty - uy * HEAD_LONG], side = [-uy * HEAD_HALF, ux * HEAD_HALF];
    head.setAttribute("d", `M${tx},${ty}L${base[0] + side[0]},${base[1] + side[1]}L${base[0] - side[0]},${base[1] - side[1]}Z`);
    const middle = Math.floor(Math.floor(points.length / 2) / 3) * 3;
    const shift = moved[middle].map((value, axis) => value - points[middle][axis]);
    label.forEach((element) => element.setAttribute("transform", `translate(${shift})`));
  }

  /* What is in an open box: names where they can be read, else a tile for each. */
  const boxOf = (item) => graph.boxes.findLast((box) => box.first <= item && box.count);
  const isLit = (item) => !graph.path?.flags || graph.path.flags[item] > 0;
  const isSifting = () => Object.values(sifting).some((value) => value !== "");
  function fits(box, state, run, mark) {
    return (!sifting.kind || box.kind === sifting.kind) && (sifting.state === "" || state === Number(sifting.state))
      && (sifting.run === "" || run === NONE || run === Number(sifting.run))
      && (sifting.mark === "" || (sifting.mark === "any" ? mark > 0 : mark === Number(sifting.mark)));
  }
  const matching = (box) => box.counts.reduce((sum, [state, run, mark, count]) => sum + (fits(box, state, run, mark) ? count : 0), 0);
  function read({ part }, local) {
    return { name: part.names[local], detail: at(part.details, local), state: data.states[at(part.states, local)] ?? "",
      run: at(part.runs, local), mark: at(part.marks ?? NONE, local), why: at(part.whys ?? "", local) };
  }
  function measure(box) {
    box.shown = [];
    for (let local = 0; box.part && local < box.count; local += 1) {
      const fit = fits(box, at(box.part.states, local), at(box.part.runs, local), at(box.part.marks ?? NONE, local));
      if (fit && (!graph.onlyPath || isLit(box.first + local))) box.shown.push(local);
    }
    const count = Math.min(box.shown.length, TILES_UP_TO), [, , wide, high] = box.at;
    box.tiles = count > ROWS_UP_TO;
    const longest = box.tiles ? 0 : Math.max(12, ...box.shown.map((local) => rowText(box, local).length));
    box.cell = box.tiles ? [TILE, TILE] : [longest * LETTER + 24, ROW_HIGH];
    box.columns = box.tiles ? Math.ceil(Math.sqrt(count * 1.5))
      : clamp(Math.round(Math.sqrt(count * ROW_HIGH * 1.6 / box.cell[0])), 1, 6);
    const rows = Math.ceil(count / box.columns);
    box.size = [Math.max(wide, box.columns * box.cell[0], box.part ? 0 : 250) + 2 * PAD,
      high + GAP + (count ? rows * box.cell[1] : ROW_HIGH) + 2 * PAD];
  }
  function rowText(box, local) {
    const { name, detail, why } = read(box, local), text = between([name, detail, why], "  ·  ");
    return text.length <= NAME_LONGEST ? text : `${text.slice(0, NAME_LONGEST / 2 - 1)}…${text.slice(-NAME_LONGEST / 2)}`;
  }
  function glyph(box, local, x, y) {
    const { state, mark } = read(box, local);
    if (mark !== NONE) {
      return [["t-line-same", `M${x + 2},${y + 3.2}h5M${x + 2},${y + 5.8}h5`],
        ["t-line-mark", `M${x + 1},${y + 3}h7M${x + 1},${y + 6}h7M${x + 6.6},${y}l-4.2,9`],
        ["t-line-mark", `M${x},${y + 4.5}h9M${x + 4.5},${y}v9`], ["t-line-mark", `M${x},${y + 4.5}h9`],
        ["t-line-open", `M${x + 2},${y + 2}h5v5h-5z`]][mark];
    }
    if (!state) return ["t-line-plain", `M${x + 1},${y}h5l2,2v7h-7z`];
    const inside = { interrupted: `M${x + 3},${y + 2}v5M${x + 6},${y + 2}v5`, "up-to-date": `M${x + 4},${y + 4}h1v1h-1z`,
      failed: `M${x + 2},${y + 2}l5,5M${x + 7},${y + 2}l-5,5` };
    return [STATE_CLASSES[state], `M${x},${y}h9v9h-9z${inside[state] ?? ""}`];
  }
  function corner(box, place) {
    const [x, y, w, h] = box.now;
    return [x - w / 2 + PAD + (place % box.columns) * box.cell[0],
      y - h / 2 + PAD + box.at[3] + GAP + Math.floor(place / box.columns) * box.cell[1]];
  }
  function drawFrame(box) {
    box.frame?.remove();
    box.frame = null;
    box.element.setAttribute("aria-expanded", String(box.open));
    if (!box.open) return;
    const [bx, by, width, height] = box.now, outlines = new Map();
    box.frame = svg("g", { class: "frame", "data-frame": box.place, "aria-hidden": "true" },
      svg("rect", { class: "frame-back", x: bx - width / 2, y: by - height / 2, width, height, rx: 6 }));
    box.shown.slice(0, TILES_UP_TO).forEach((local, place) => {
      const [x, y] = corner(box, place), lit = isLit(box.first + local) ? "on" : "off";
      const [style, outline] = glyph(box, local, x + 1.5, y + (box.tiles ? 1.5 : 3)), key = `${style} ${lit}`;
      if (!outlines.has(key)) outlines.set(key, []);
      outlines.get(key).push(outline);
      if (!box.tiles) box.frame.append(svg("text", { x: x + 15, y: y + 11, class: graph.path?.flags ? lit : "" }, rowText(box, local)));
    });
    for (const [style, list] of outlines) box.frame.append(svg("path", { class: style, d: list.join("") }));
    if (!box.shown.length) {
      const [x, y] = corner(box, 0), why = box.part ? "nothing in it matches" : box.loading ? "loading …" : data.closed;
      box.frame.append(svg("text", { x, y: y + 11 }, why));
    }
    box.element.before(box.frame);
  }

  /* What is told above the boxes: what is on the path, what matches, what is chosen. */
  function decorate() {
    const { canvas, path } = graph;
    canvas.querySelectorAll(".tag, .halo, .handle").forEach((element) => element.remove());
    canvas.classList.toggle("pathed", Boolean(path));
    canvas.classList.toggle("sifted", isSifting());
    for (const box of graph.boxes) {
      const lit = path?.boxes.get(box.place), found = isSifting() ? matching(box) : box.count;
      box.element.classList.toggle("lit", lit !== undefined);
      box.element.classList.toggle("kept", !path && isSifting() && found > 0);
      box.element.classList.toggle("unmatched", isSifting() && !found);
      const [bx, by, w, h] = box.now, x = bx - w / 2, y = by - h / 2;
      if (lit !== undefined) (box.frame ?? box.element).before(svg("rect", { class: graph.chosen?.box === box ? "halo chosen" : "halo",
        x: x - 3, y: y - 3, width: w + 6, height: h + 6, rx: 6 }));
      const words = between([lit && lit < box.count && `${number(lit)} of ${number(box.count)} on the path`,
        found && found < box.count && `${number(found)} of ${number(box.count)} match`], ", ");
      if (words) canvas.append(svg("g", { class: "tag", "aria-hidden": "true" },
        svg("rect", { x, y: y - 16, width: words.length * 5 + 10, height: 13, rx: 3 }), svg("text", { x: x + 5, y: y - 6.5 }, words)));
      if (box.count > 1 || box.open) canvas.append(svg("g", { class: "handle", "data-handle": box.place, "data-tool": "", "aria-hidden": "true" },
        svg("rect", { x: x + w - 9, y: y + h - 9, width: 14, height: 14, rx: 4 }),
        svg("path", { d: `M${x + w - 6},${y + h - 2}h8${box.open ? "" : `M${x + w - 2},${y + h - 6}v8`}` })));
    }
    graph.arrows.forEach(({ element }, place) => element.classList.toggle("lit", Boolean(path?.arrows.has(place))));
    drawCursor();
  }
  function drawCursor() {
    graph.canvas.querySelector(".cursor")?.remove();
    if (!graph.cursor) return;
    const { box, place } = graph.cursor, [x, y] = corner(box, place), [wide, high] = box.cell;
    box.frame.append(svg("rect", { class: "cursor", "data-tool": "", x: x - 0.5, y: y - 0.5, width: wide - 1, height: high + 0.5, rx: 2 }));
  }

  /* Asking a server for what is not in the page. */
  async function ask(question) {
    const answer = await fetch(`${data.parts}&${new URLSearchParams({ view: graph.name, version: data.version, ...question })}`);
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    const told = await answer.json();
    if (told.stale) throw new Error("this run has gone on since; load the page again");
    return told;
  }
  async function guarded(work) {
    try { return await work(); } catch (error) { say(error.message); return null; }
  }
  async function fill(box) {
    if (box.part || !data.parts) return;
    box.loading = true;
    box.part = await guarded(() => ask({ box: box.place }));
    box.loading = false;
  }
  async function toggle(box, open = !box.open) {
    performance.mark("graph-open");
    Object.assign(box, { open, page: 0 });
    if (graph.cursor?.box === box) graph.cursor = null;
    if (open && !box.part && data.parts) arrange();
    if (open) await fill(box);
    arrange();
    performance.measure("graph-opened", "graph-open");
    say(open ? `${box.title} is open: ${number(box.shown.length)} in it` : `${box.title} is closed`);
    tell();
    reveal(box);
  }
  /* A sketch of a large run is replaced as soon as all of it is read. */
  async function wait() {
    const answer = await fetch(`${data.waiting}&ready=1`);
    if (answer.ok && (await answer.json()).ready) location.reload();
    else setTimeout(() => guarded(wait), 1500);
  }

  /* The path through a thing: up to all that it came from, down to all that came of it. */
  function neighbours(count, ends, others) {
    const starts = new Int32Array(count + 1), list = new Int32Array(ends.length);
    for (const end of ends) starts[end + 1] += 1;
    for (let i = 0; i < count; i += 1) starts[i + 1] += starts[i];
    const free = starts.slice();
    ends.forEach((end, i) => { list[free[end]++] = others[i]; });
    return (item) => list.subarray(starts[item], starts[item + 1]);
  }
  const bothWays = (count, tails, heads) => [neighbours(count, heads, tails), neighbours(count, tails, heads)];
  const sides = () => (graph.sides ??= bothWays(graph.starts.at(-1), ...graph.links));
  function reached(count, begin, ways) {
    const flags = new Uint8Array(count);
    [UP, DOWN].forEach((bit, way) => {
      const open = [...begin];
      for (const item of open) flags[item] |= bit;
      while (open.length) {
        for (const other of ways[way](open.pop())) if (!(flags[other] & bit)) { flags[other] |= bit; open.push(other); }
      }
    });
    return flags;
  }
  async function pathOf(box, item) {
    const all = graph.starts.at(-1), begin = item === NONE ? Array.from({ length: box.count }, (_, i) => box.first + i) : [item];
    if (graph.links) {
      const flags = reached(all, begin, sides()), [tails, heads] = graph.links, home = new Int32Array(all), led = new Set();
      for (const { place, first, count } of graph.boxes) home.fill(place, first, first + count);
      tails.forEach((tail, i) => { if (flags[tail] & flags[heads[i]]) led.add(`${home[tail]} ${home[heads[i]]}`); });
      return lit(flags, (arrow) => led.has(`${arrow.tail} ${arrow.head}`));
    }
    if (!data.parts) return boxPath(box);
    const told = await guarded(() => ask({ lit: 1, ...(item === NONE ? { box: box.place } : { item }) }));
    if (!told) return null;
    const flags = new Uint8Array(all), arrows = new Set(told.arrows);
    for (const [rows, bit] of [[told.up, UP], [told.down, DOWN]]) {
      for (let i = 0; i < rows.length; i += 2) for (let k = 0; k < rows[i + 1]; k += 1) flags[rows[i] + k] |= bit;
    }
    return { ...lit(flags, (_, place) => arrows.has(place)), from: told.from, to: told.to };
  }
  function lit(flags, isLed) {
    const counts = graph.boxes.map(({ first, count }) => flags.subarray(first, first + count).reduce((sum, flag) => sum + (flag > 0), 0));
    const arrows = [...graph.arrows.keys()].filter((place) => isLed(graph.arrows[place], place));
    return { flags, boxes: new Map([...counts.entries()].filter(([, count]) => count)), arrows: new Set(arrows) };
  }
  /* Where neither the links are here nor a server: box by box. */
  function boxPath(box) {
    const ends = (name) => graph.arrows.map((arrow) => arrow[name]), [tails, heads] = [ends("tail"), ends("head")];
    const flags = reached(graph.boxes.length, [box.place], bothWays(graph.boxes.length, tails, heads));
    const boxes = new Map([...flags.keys()].filter((place) => flags[place]).map((place) => [place, 0]));
    return { flags: null, boxes, arrows: new Set([...tails.keys()].filter((i) => flags[tails[i]] & flags[heads[i]])) };
  }
  async function choose(box, chosen = NONE) {
    // A box of one thing is that thing.
    const item = chosen === NONE && box.count === 1 && box.part ? box.first : chosen;
    Object.assign(graph, { path: await pathOf(box, item), chosen: { box, item } });
    arrange();
    tell();
    rove(box);
    const others = (graph.path?.boxes.size ?? 1) - 1, name = item === NONE ? box.title : box.part.names[item - box.first];
    say(others ? `${name}: its path leads through ${number(others)} other ${others === 1 ? "box" : "boxes"}` : `${name}: nothing else is on its path`);
    history.replaceState(null, "", `#${item === NONE ? `${graph.name}-${box.place}` : encodeURIComponent(keyOf(box, item))}`);
  }
  function clear() {
    Object.assign(graph, { path: null, chosen: null, onlyPath: false });
    arrange();
    tell();
    say("");
    history.replaceState(null, "", location.pathname + location.search);
  }
  async function unfold() {
    graph.onlyPath = !graph.onlyPath;
    graph.cursor = null;
    for (const box of graph.boxes) box.open = graph.onlyPath && graph.path.boxes.has(box.place) && box.count > 1;
    await Promise.all(graph.boxes.filter((box) => box.open).map(fill));
    arrange();
    tell();
    fit(true);
    reveal(graph.chosen.box);
  }
  async function visit(item) {
    const box = boxOf(item);
    box.open = box.open || box.count > 1;
    await fill(box);
    await choose(box, box.part ? item : NONE);
    const place = box.part ? box.shown.indexOf(item - box.first) : NONE;
    graph.cursor = box.open && place >= 0 ? { box, place } : null;
    drawCursor();
    reveal(box);
  }

  /* The panel beside the graph: the same in words, with everything that can be done. */
  const address = (column, local) => {
    const rest = at(column?.rest ?? "", local);
    return rest && column.start + rest;
  };
  const keyOf = (box, item) => {
    const url = address(box.part.urls, item - box.first), iri = url.split("iri=")[1];
    return iri ? decodeURIComponent(iri) : url.split("/").at(-1).replace(".html", "");
  };
  const button = (words, work, style = "") => html("button", { type: "button", onclick: work, class: style }, words);
  const line = (words) => html("p", { class: "facts-line" }, words);
  const kindWords = ({ kind }) => (kind !== "job" ? data.kinds[kind] : graph.name === "job" ? "job" : "rule");

  function tell() {
    $("hint").hidden = Boolean(graph.chosen);
    $("detail").hidden = !graph.chosen;
    if (!graph.chosen) return;
    const { box, item } = graph.chosen;
    $("detail").replaceChildren(...(item === NONE ? aboutBox(box) : aboutItem(box, item)), ...inside(box));
  }
  function aboutBox(box) {
    const beside = (near, far) => graph.arrows.filter((arrow) => arrow[near] === box.place).map((arrow) => graph.boxes[arrow[far]])
      .map((other) => [other.title, () => { choose(other); reveal(other); }]);
    return [html("h2", {}, box.title), line(between([kindWords(box), ...box.lines])), actions(box),
      ...things("Came from", beside("head", "tail")), ...things("Led to", beside("tail", "head"))];
  }
  function aboutItem(box, item) {
    const local = item - box.first, { name, state, detail, run, mark, why } = read(box, local);
    const words = [html("h2", {}, name), line(between([box.title, state, detail, graph.runs.length > 1 && graph.runs[run]]))];
    if (mark !== NONE) words.push(line(`${data.signs[mark]} ${between([data.marks[mark], why], ": ")}`));
    return [...words, actions(box, address(box.part.urls, local), address(box.part.others, local)), ...around(item)];
  }
  function around(item) {
    const near = graph.links ? sides().map((next) => ({ count: next(item).length,
      first: [...next(item).slice(0, NEAR)].map((other) => ({ item: other, name: boxOf(other).part.names[other - boxOf(other).first] })) }))
      : [graph.path?.from, graph.path?.to];
    return near.flatMap((side, way) => (side
      ? things(["Came from", "Led to"][way], side.first.map((other) => [other.name, () => visit(other.item)]), side.count) : []));
  }
  function actions(box, page = "", other = "") {
    const row = html("div", { class: "buttons" });
    if (box.count > 1 || box.open) row.append(button(box.open ? "Close" : `Open ${number(box.count)}`, () => toggle(box)));
    if (graph.path?.flags) row.append(button(graph.onlyPath ? "Show all again" : "Unfold its path", unfold));
    row.append(button("Clear", clear));
    if (page) row.append(html("a", { class: "button main", href: page }, "Its page"));
    if (other && other !== page) row.append(html("a", { class: "button main", href: other }, "In the other run"));
    return row;
  }
  function things(title, entries, count = entries.length) {
    if (!entries.length) return [];
    const list = html("ul", { class: "things" }, ...entries.map(([words, go]) => html("li", {}, button(words, go, "link"))));
    if (count > entries.length) list.append(html("li", {}, `and ${number(count - entries.length)} more`));
    return [html("h3", {}, title), list];
  }
  function inside(box) {
    if (!box.open || !box.part || box.count < 2) return [];
    const begin = box.page * LISTED, end = Math.min(begin + LISTED, box.shown.length), pager = html("div", { class: "buttons" });
    const entries = box.shown.slice(begin, end).map((local) => {
      const { name, state, why } = read(box, local);
      return [between([name, state !== "finished" && state, why]), () => choose(box, box.first + local)];
    });
    const turn = (by) => () => { box.page += by; tell(); };
    if (begin) pager.append(button("Before", turn(-1)));
    if (end < box.shown.length) pager.append(button("After", turn(1)));
    return [...things(`In ${box.title}: ${number(begin + 1)} to ${number(end)} of ${number(box.shown.length)}`, entries), pager];
  }

  /* The camera: what part of the picture is seen, and how large. */
  const screen = () => [graph.canvas.clientWidth || 1, graph.canvas.clientHeight || 1];
  function look() {
    const { x, y, k } = graph.camera;
    graph.canvas.setAttribute("viewBox", [x, y, ...screen().map((size) => size / k)].map((v) => v.toFixed(2)).join(" "));
  }
  function fit(legible) {
    const size = screen(), need = graph.extent.map((value) => value + 2 * MARGIN);
    const k = clamp(Math.min(size[0] / need[0], size[1] / need[1]), legible ? LEGIBLE : 0.02, LARGEST);
    // Where not all can be seen, it begins at what comes first.
    const along = need[1] > need[0] ? 1 : 0;
    const first = graph.boxes.reduce((best, box) => (box.now[along] < best[along] ? box.now : best), [Infinity, Infinity]);
    const [x, y] = size.map((pixels, axis) => {
      const room = pixels / k, more = need[axis] - room;
      return (more <= 0 ? more / 2 : clamp(first[axis] + MARGIN - room / 2, 0, more)) - MARGIN;
    });
    graph.camera = { k, x, y };
    look();
  }
  function zoom(by, px = screen()[0] / 2, py = screen()[1] / 2) {
    const { camera } = graph, k = clamp(camera.k * by, 0.02, 8);
    Object.assign(camera, { k, x: camera.x + px / camera.k - px / k, y: camera.y + py / camera.k - py / k });
    look();
  }
  function pan(dx, dy) {
    graph.camera.x -= dx / graph.camera.k;
    graph.camera.y -= dy / graph.camera.k;
    look();
  }
  function reveal(box) {
    const { camera } = graph;
    ["x", "y"].forEach((name, axis) => {
      const half = box.now[axis + 2] / 2 + MARGIN, room = screen()[axis] / camera.k;
      camera[name] = Math.max(camera[name], box.now[axis] + half - room);
      camera[name] = Math.min(camera[name], box.now[axis] - half);
    });
    look();
  }

  /* Pointer */
  function memberAt(box, event) {
    const frame = graph.canvas.getBoundingClientRect(), { x, y, k } = graph.camera, [left, top] = corner(box, 0);
    const column = Math.floor((x + (event.clientX - frame.left) / k - left) / box.cell[0]);
    const row = Math.floor((y + (event.clientY - frame.top) / k - top) / box.cell[1]), place = row * box.columns + column;
    return column >= 0 && column < box.columns && row >= 0 && place < box.shown.length ? place : NONE;
  }
  function under(event) {
    const find = (name) => graph.boxes[event.target.closest(`[data-${name}]`)?.dataset[name]];
    return { handled: find("handle"), framed: find("frame"), box: find("box") };
  }
  function click(event) {
    const { handled, framed, box } = under(event);
    if (handled) toggle(handled);
    else if (framed) {
      const place = memberAt(framed, event);
      if (place === NONE) return;
      graph.cursor = { box: framed, place };
      choose(framed, framed.first + framed.shown[place]);
    } else if (box && event.detail > 1 && box.count > 1) toggle(box);
    else if (box) choose(box);
    else if (graph.chosen) clear();
  }
  function describe(box, local) {
    const { name, state, detail, mark, why } = read(box, local);
    return between([name, state, detail, data.marks[mark], why]);
  }
  function hover(event) {
    const { framed } = under(event), place = framed ? memberAt(framed, event) : NONE;
    if (place !== NONE) say(describe(framed, framed.shown[place]));
  }
  function watchPointer(canvas) {
    const pointers = new Map();
    let moved = 0, apart = 0;
    const zoomAt = (by, x, y) => { const frame = canvas.getBoundingClientRect(); zoom(by, x - frame.left, y - frame.top); };
    canvas.addEventListener("pointerdown", (event) => {
      pointers.set(event.pointerId, event);
      moved = pointers.size > 1 ? Infinity : 0;
      apart = 0;
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      if (!before) { hover(event); return; }
      pointers.set(event.pointerId, event);
      if (pointers.size === 2) {
        const [a, b] = [...pointers.values()], now = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
        if (apart) zoomAt(now / apart, (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2);
        apart = now;
        return;
      }
      const [dx, dy] = [event.clientX - before.clientX, event.clientY - before.clientY];
      moved += Math.abs(dx) + Math.abs(dy);
      if (moved < CLICK) return;
      canvas.setPointerCapture(event.pointerId);
      canvas.classList.add("moving");
      pan(dx, dy);
    });
    for (const name of ["pointerup", "pointercancel", "pointerleave"]) {
      canvas.addEventListener(name, (event) => { pointers.delete(event.pointerId); canvas.classList.remove("moving"); });
    }
    canvas.addEventListener("click", (event) => { if (moved < CLICK) click(event); });
    canvas.addEventListener("wheel", (event) => {
      // The page scrolls on over a graph that nobody has touched.
      if (!active && !event.ctrlKey) return;
      event.preventDefault();
      zoomAt(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX, event.clientY);
    }, { passive: false });
  }

  /* Keyboard: one stop for the graph; arrows go from box to box, and inside an open one. */
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  function rove(box, focus = false) {
    for (const other of graph.boxes) other.element.setAttribute("tabindex", other === box ? "0" : "-1");
    if (focus) { box.element.focus({ preventScroll: true }); reveal(box); }
  }
  function nextBox(from, [dx, dy]) {
    const far = ({ now: [x, y] }) => {
      const [right, down] = [x - from.now[0], y - from.now[1]], along = right * dx + down * dy;
      return along > 1 ? along + 2.2 * Math.abs(right * dy + down * dx) : Infinity;
    };
    return graph.boxes.reduce((best, box) => (far(box) < far(best) ? box : best), from);
  }
  function stepInside([dx, dy]) {
    const { box, place } = graph.cursor, count = number(box.shown.length);
    graph.cursor.place = clamp(place + dx + dy * box.columns, 0, box.shown.length - 1);
    drawCursor();
    say(`${number(graph.cursor.place + 1)} of ${count}: ${describe(box, box.shown[graph.cursor.place])}`);
  }
  function enter(box) {
    if (graph.cursor) choose(box, box.first + box.shown[graph.cursor.place]);
    else if (!box.open && box.count > 1) toggle(box);
    else if (box.open && box.shown.length) { graph.cursor = { box, place: 0 }; stepInside([0, 0]); } else choose(box);
  }
  function leave() {
    if (graph.cursor) { graph.cursor = null; drawCursor(); say(""); return; }
    if (graph.chosen) { clear(); return; }
    for (const box of graph.boxes) box.open = false;
    arrange();
  }
  function press(event) {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const box = under(event).box ?? graph.boxes.find((one) => one.element.getAttribute("tabindex") === "0"), step = STEPS[event.key];
    const move = () => {
      if (event.shiftKey) pan(-60 * step[0], -60 * step[1]);
      else if (graph.cursor) stepInside(step);
      else rove(nextBox(box, step), true);
    };
    const works = { "+": () => zoom(1.25), "=": () => zoom(1.25), "-": () => zoom(0.8), 0: () => fit(false), Escape: leave,
      Enter: () => enter(box), " ": () => (graph.cursor ? enter(box) : choose(box)) };
    const work = step ? move : works[event.key];
    if (!work || !box) return;
    event.preventDefault();
    work();
  }

  /* Finding */
  function found(text) {
    const has = (words) => words.toLocaleLowerCase().includes(text.toLocaleLowerCase()), result = [];
    for (const box of graph.boxes) if (has(box.title) || box.lines.some(has)) result.push({ box, item: NONE, name: box.title, kind: kindWords(box) });
    for (const box of graph.boxes) {
      const alone = box.count === 1 && (has(box.title) || box.lines.some(has));
      for (let local = 0; box.part && !alone && local < box.count && result.length < HITS; local += 1) {
        const { name, detail } = read(box, local);
        if (has(name) || has(detail)) result.push({ box, item: box.first + local, name, kind: box.title });
      }
    }
    return result.slice(0, HITS);
  }
  async function foundElsewhere(text, hits) {
    const told = text.length > 1 && !graph.links && data.parts ? await guarded(() => ask({ find: text })) : null;
    const known = new Set(hits.map(({ item }) => item)), more = (told?.found ?? []).filter(({ item }) => !known.has(item));
    return more.map(({ item, name }) => ({ box: boxOf(item), item, name, kind: boxOf(item).title }));
  }
  function go(one) {
    if (one.item !== NONE) visit(one.item);
    else { choose(one.box); rove(one.box, true); }
  }

  function save(form) {
    const { camera: { x, y, k } } = graph, size = screen();
    return heliport.savePicture(graph.canvas, { view: [x, y, ...size.map((v) => v / k)], size, paper: stage, name: `graph-${graph.name}`, form });
  }

  /* Beginning */
  function show(name) {
    graph = data.graphs.find((one) => one.name === name);
    for (const one of data.graphs) one.canvas.toggleAttribute("hidden", one !== graph);
    document.querySelectorAll("[data-legend]").forEach((legend) => { legend.hidden = legend.dataset.legend !== name; });
    document.querySelectorAll("[data-to]").forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.to === name)));
    $("run-label").hidden = graph.runs.length < 2 || name === "both";
    $("run").replaceChildren(html("option", { value: "" }, "all"), ...graph.runs.map((label, value) => html("option", { value }, label)));
    if ($("mark")) { $("mark-label").hidden = name !== "both"; $("mark").value = ""; }
    Object.assign(sifting, { run: "", mark: "" });
    arrange();
    if (graph.camera) look(); else fit(true);
    if (graph.boxes.length && !graph.canvas.querySelector('[tabindex="0"]')) rove(graph.boxes[0]);
    tell();
  }
  function sift() {
    for (const name of Object.keys(sifting)) sifting[name] = $(name)?.value ?? "";
    graph.cursor = null;
    arrange();
    say(isSifting() ? `${number(graph.boxes.reduce((sum, box) => sum + matching(box), 0))} match` : "");
    tell();
  }
  /* What the address names: a box, or a thing by its key. */
  async function begin() {
    const wanted = decodeURIComponent(location.hash.slice(1)), [name, place] = wanted.split("-");
    if (data.graphs.some((one) => one.name === name)) {
      if (name !== graph.name) show(name);
      if (graph.boxes[place]) { await choose(graph.boxes[place]); reveal(graph.boxes[place]); }
      return;
    }
    if (!wanted || wanted.startsWith("box-") || wanted.startsWith("graph")) return;
    for (const box of graph.boxes) {
      for (let local = 0; box.part && local < box.count; local += 1) if (keyOf(box, box.first + local) === wanted) { await visit(box.first + local); return; }
    }
    const told = data.parts && !graph.links ? await guarded(() => ask({ thing: wanted })) : null;
    if (told?.found.length) await visit(told.found[0].item);
  }

  document.documentElement.classList.add("script");
  for (const id of ["tools", "zoom", "hint"]) $(id).hidden = false;
  data.graphs.forEach(prepare);
  for (const { canvas } of data.graphs) {
    watchPointer(canvas);
    canvas.addEventListener("keydown", press);
    canvas.addEventListener("focusin", (event) => { const { box } = under(event); if (box) rove(box); });
  }
  const ZOOMS = { in: () => zoom(1.25), out: () => zoom(0.8), all: () => fit(false) };
  const listen = (selector, name, work) => document.querySelectorAll(selector).forEach((one) => one.addEventListener(name, () => work(one)));
  listen("#kind, #state, #run, #mark", "change", sift);
  listen("#other", "change", (one) => location.assign(one.value));
  listen("[data-to]", "click", (one) => show(one.dataset.to));
  listen("[data-zoom]", "click", (one) => ZOOMS[one.dataset.zoom]());
  listen("#save-svg", "click", () => guarded(() => save("svg")));
  listen("#save-png", "click", () => guarded(() => save("png")));
  heliport.combobox($("find"), $("hits"), found, foundElsewhere, go);
  document.addEventListener("pointerdown", (event) => { active = stage.contains(event.target); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select, textarea")) { event.preventDefault(); $("find").focus(); }
  });
  new ResizeObserver(() => graph?.camera && look()).observe(stage);
  show(data.graphs[0].name);
  performance.mark("graph-ready");
  if (data.waiting) { say("The rules are counted; files and training runs are still being read …"); guarded(wait); }
  begin();
})();
