/* The graph page. Places, boxes and what is in them come from Python; this opens, lights, sifts and finds.
   What is looked at stands in the address: `#rule-3` is a box of the graph by rule, `#rule.17` a thing in one.
   Names are data: they are written as text. What an open box looks like is markup that Python made and escaped. */
"use strict";
(() => {
  const TILE = 12, HITS = 40, NAMED = 8, TYPING = 150;
  const ZOOMS = { "+": () => graphStage.zoom(1.25), "-": () => graphStage.zoom(0.8), 0: graphStage.fit };
  const $ = (id) => document.getElementById(id);
  const number = (value) => value.toLocaleString("en");
  const numbers = (first, count) => Array.from({ length: count }, (_, i) => first + i);
  const say = (text) => { $("say").textContent = text; };
  const go = (target) => { location.hash = target; };
  const data = JSON.parse($("graph-data").textContent), sifts = [...document.querySelectorAll("[data-sift]")];
  let graph = null;

  function html(name, told, ...children) {
    const element = Object.assign(document.createElement(name), told);
    element.append(...children);
    return element;
  }
  const listed = (...children) => html("li", {}, ...children);
  const place = (words, target) => html("a", { href: `#${graph.name}${target}` }, words);
  function prepare(told) {
    told.canvas = document.querySelector(`[data-graph="${told.name}"] .canvas`);
    told.boxes.forEach((box) => {
      box.element = told.canvas.querySelector(`[data-box="${box.place}"]`);
      // Without a script a box leads to its place in the list.
      box.element.querySelector(".head").setAttribute("href", `#${told.name}-${box.place}`);
    });
    told.arrows.forEach((arrow, i) => { arrow.element = told.canvas.querySelector(`[data-arrow="${i}"]`); });
    told.home = told.boxes.flatMap((box) => Array(box.count).fill(box));
  }

  /* What is not in the page is asked of the server. */
  async function ask(question) {
    const words = new URLSearchParams({ view: graph.name, version: data.version, ...question });
    const answer = await fetch(`${data.parts}&${words}`), told = answer.ok ? await answer.json() : {};
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    if (told.stale) throw new Error("this run has gone on since; load the page again");
    return told;
  }
  const guarded = (work) => async (...told) => { try { await work(...told); } catch (error) { say(error.message); } };
  /* A sketch gives way to the whole as soon as that is read, unless somebody is looking at it. */
  const wait = guarded(async () => {
    if (!(await ask({ ready: 1 })).ready) setTimeout(wait, 700);
    else if (location.hash || graph.boxes.some((box) => box.open)) $("whole").hidden = false;
    else location.reload();
  });
  async function thing(item) {
    if (!graph.things) return ask({ thing: item });
    const { names, words, pages, others } = graph.things;
    return { name: names[item], words: words[item], page: pages[item], other: others?.[item] };
  }

  async function open(box, wanted) {
    if (wanted) box.part ??= await ask({ box: box.place });
    if (wanted && !box.element.querySelector(".frame")) box.element.insertAdjacentHTML("afterbegin", box.part.frame);
    box.open = wanted;
    box.element.classList.toggle("open", wanted);
    box.element.querySelector(".handle").ariaExpanded = String(wanted);
    arrange();
    box.element.scrollIntoView({ block: "nearest", inline: "nearest" });
    if (graph.chosen?.box === box) await tell();
    say(`${box.title} is ${wanted ? "open" : "closed"}`);
  }
  function arrange() {
    const size = graphRoom(graph), first = graph.boxes[graph.order[0]]?.now.slice(0, 2) ?? size;
    graphStage.show(graph.canvas, size, first);
    mark();
  }

  async function pathOf(box, item) {
    if (graph.links) return graphPath.inPage(graph, item === undefined ? numbers(box.first, box.count) : [item]);
    if (!data.parts || !data.version) return null;
    return graphPath.told(graph, await ask(item === undefined ? { lit: 1, box: box.place } : { lit: 1, item }));
  }

  /* What the address names is looked at: its path is lit, and the panel says the same in words. */
  async function look() {
    const { hash } = location, [, name, sign, spot] = /^#(rule|job|both)([-.])(\d+)$/.exec(hash) ?? [];
    // Some addresses are of places in the page.
    if ($(hash.slice(1))) return;
    if (name && name !== graph.name && data.graphs.some((one) => one.name === name)) show(name);
    let item = sign === "." ? Number(spot) : undefined;
    if (hash && !name) item = await itemOf(hash.slice(1));
    const box = item === undefined ? graph.boxes[spot] : graph.home[item];
    if (item === undefined && box?.count === 1 && graph.things) item = box.first;
    if (box?.count > 1 && item !== undefined && !box.open) await open(box, true);
    const path = box && await pathOf(box, item);
    if (location.hash !== hash) return;
    Object.assign(graph, { chosen: box && { box, item }, path });
    mark();
    if (box) await tell();
    $("detail").hidden = !box;
    const row = box?.element.querySelector(`[data-item="${item}"]`) ?? box?.element;
    row?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  /* Where a thing is whose page is known by its key or its IRI. */
  async function itemOf(key) {
    const here = graph.things?.pages.findIndex((page) => page.includes(key)) ?? -1;
    const found = here < 0 && data.parts && data.version ? (await ask({ thing: decodeURIComponent(key) })).found : [];
    return here < 0 ? found[0]?.item : here;
  }

  /* What matches the filters and lies on the path stands out; boxes tell how much of them does. */
  const suits = (wanted, value) => !wanted || wanted === String(value) || (wanted === "any" && value > 0);
  const fits = (told) => sifts.every(({ dataset, value }) => suits(value, told[dataset.sift]));
  const matching = (box) => box.counts.map(([state, run, difference, count]) =>
    (fits({ kind: box.kind, state, run, mark: difference }) ? count : 0)).reduce((sum, count) => sum + count, 0);
  function mark() {
    const { path, chosen } = graph, lit = graph.boxes.map(() => 0);
    for (const item of path ? new Set([...path.up, ...path.down]) : []) lit[graph.home[item].place] += 1;
    for (const box of graph.boxes) {
      const [found, onPath] = [matching(box), lit[box.place]], { classList } = box.element;
      classList.toggle("out", !found || Boolean(path && !onPath));
      classList.toggle("lit", onPath > 0);
      classList.toggle("chosen", chosen?.box === box);
      const told = [[onPath, "on the path"], [found, "match"]].filter(([count]) => count && count < box.count);
      box.element.querySelector(".tag").textContent =
        told.map(([count, words]) => `${number(count)} of ${number(box.count)} ${words}`).join(", ");
      if (box.open) markInside(box);
    }
    graph.arrows.forEach(({ element }, i) => {
      element.classList.toggle("lit", Boolean(path?.arrows[i]));
      element.classList.toggle("out", Boolean(path && !path.arrows[i]));
    });
  }
  function markInside(box) {
    const { path, chosen } = graph, isLit = (item) => !path || path.up.has(item) || path.down.has(item);
    for (const one of box.element.querySelectorAll(".thing")) {
      const item = Number(one.dataset.item ?? -1);
      one.classList.toggle("out", !fits({ kind: box.kind, ...one.dataset }) || (item >= 0 && !isLit(item)));
      one.classList.toggle("chosen", item === chosen?.item);
    }
    if (box.element.querySelector(".tiles")) markTiles(box, isLit);
  }
  /* Tiles that are not lit are covered: by an area over all, with a hole for each that is lit. */
  function markTiles({ element, first, count, part: { columns } }, isLit) {
    const lit = numbers(0, count).filter((i) => isLit(first + i)), at = graph.chosen?.item - first;
    const corner = (i) => [(i % columns) * TILE, Math.floor(i / columns) * TILE];
    const all = `M0,0h${columns * TILE}v${Math.ceil(count / columns) * TILE}H0z`;
    const outline = lit.length < count ? [all, ...lit.map((i) => `M${corner(i)}h${TILE}v${TILE}h-${TILE}z`)] : [];
    element.querySelector(".veil").setAttribute("d", outline.join(""));
    const spot = element.querySelector(".spot");
    spot.classList.toggle("chosen", at >= 0 && at < count);
    spot.setAttribute("transform", `translate(${corner(at || 0)})`);
    spot.dataset.item = first + at;
  }

  /* The panel beside the graph */
  function put(id, lines) {
    $(id).replaceChildren(...lines);
    $(id).parentElement.hidden = !lines.length;
  }
  async function tell() {
    const { box, item } = graph.chosen;
    const told = item === undefined ? { name: box.title, words: box.words } : await thing(item);
    const inside = box.open ? box.part.listed ??= (await ask({ listed: box.place })).listed : [];
    $("name").textContent = told.name;
    $("words").textContent = told.words;
    $("open").textContent = box.open ? "Close" : `Open ${number(box.count)}`;
    $("open").hidden = box.count < 2;
    for (const name of ["page", "other"]) Object.assign($(name), { hidden: !told[name], href: told[name] ?? "" });
    put("came", onPath(graph.path?.up));
    put("led", onPath(graph.path?.down));
    put("inside", inside.map(([one, name, words]) => listed(place(name, `.${one}`), ` ${words}`)));
    say(graph.path ? `${told.name}: its path is lit` : told.name);
  }
  /* All on one side of what was chosen, the beginning first: by name where they are few, else how many. */
  function onPath(side = new Set()) {
    const { box: home, item: own } = graph.chosen;
    return graph.order.map((i) => graph.boxes[i]).filter((box) => box !== home).flatMap((box) => {
      const items = numbers(box.first, box.count).filter((item) => item !== own && side.has(item));
      const count = items.length;
      if (!count) return [];
      const words = count === box.count ? `all ${number(count)}` : `${number(count)} of ${number(box.count)}`;
      const [kind] = box.words.split(" · ");
      const told = [kind, box.count > 1 && words, box.raw && "raw input"].filter(Boolean).join(" · ");
      const few = count <= NAMED ? items : [], { names } = graph.things ?? graph.path;
      const links = few.filter((item) => names[item] !== box.title).map((item) => place(names[item], `.${item}`));
      return [listed(place(box.title, `-${box.place}`), ` ${told}`, html("small", {}, ...links))];
    });
  }

  async function find() {
    const text = $("find").value.trim(), small = text.toLocaleLowerCase();
    const has = (words) => words.toLocaleLowerCase().includes(small);
    const boxes = graph.boxes.filter((box) => has(`${box.title} ${box.words}`));
    const hits = boxes.map((box) => ({ name: box.title, of: box.words, target: `-${box.place}` }));
    const here = (graph.things?.names ?? []).map((name, item) => ({ name, item }));
    const items = here.filter(({ name, item }) => has(name) && graph.home[item].count > 1);
    if (!graph.things) await new Promise((done) => { setTimeout(done, TYPING); });
    const isCurrent = () => $("find").value.trim() === text;
    const asked = text && data.parts && !graph.things && isCurrent() ? (await ask({ find: text })).found : items;
    if (!isCurrent()) return;
    hits.push(...asked.map((one) => ({ of: graph.home[one.item]?.title, target: `.${one.item}`, ...one })));
    const link = ({ name, page, target }) => (page ? html("a", { href: page }, name) : place(name, target));
    const lines = hits.slice(0, HITS).map((hit) => listed(link(hit), " ", html("small", {}, hit.of)));
    const told = lines.length ? lines : [listed("nothing of that name")];
    $("hits").replaceChildren(...(text ? told : []));
  }

  /* From the field, Enter goes to the first hit and Down into the list; in it, the arrows go from hit to hit. */
  async function steer(event) {
    const { key, target } = event, links = () => [...$("hits").querySelectorAll("a")];
    const at = links().indexOf(target), step = { ArrowDown: 1, ArrowUp: -1 }[key], isTyped = target === $("find");
    if (key === "Escape") {
      $("hits").replaceChildren();
      $("find").focus();
    }
    if (isTyped && key === "Enter") {
      await find();
      links()[0]?.click();
    }
    if (!step || (isTyped && step < 0)) return;
    event.preventDefault();
    (at + step < 0 ? $("find") : links()[at + step])?.focus();
  }

  /* Boxes and rows are links; a tile is found by its place, and a handle is a button that opens. */
  const boxAt = (element) => graph.boxes[element.closest("[data-box]")?.dataset.box];
  function click({ target, clientX, clientY }) {
    const box = boxAt(target), tiles = target.closest(".tiles");
    if (target.closest(".handle")) return open(box, !box.open);
    if (!tiles) return undefined;
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(tiles.getScreenCTM().inverse());
    const spot = Math.floor(y / TILE) * box.part.columns + Math.floor(x / TILE);
    return go(`${graph.name}.${box.first + Math.min(spot, box.count - 1)}`);
  }
  function press(event) {
    if (event.altKey || event.metaKey || event.ctrlKey) return undefined;
    const work = ZOOMS[event.key], opens = ["Enter", " "].includes(event.key);
    const handle = event.target.closest(".handle");
    if (work || (opens && handle)) event.preventDefault();
    return opens && handle ? open(boxAt(handle), !boxAt(handle).open) : work?.();
  }
  function show(name) {
    graph = data.graphs.find((one) => one.name === name);
    document.querySelectorAll("[data-graph]").forEach((one) => { one.hidden = one.dataset.graph !== name; });
    document.querySelectorAll("[data-to]").forEach((one) => { one.ariaPressed = String(one.dataset.to === name); });
    const differences = sifts.find((one) => one.dataset.sift === "mark");
    if (differences) Object.assign(differences, { value: "" }).parentElement.hidden = name !== "both";
    arrange();
  }

  data.graphs.forEach(prepare);
  show(data.graphs[0].name);
  const listen = (selector, name, work) => document.querySelectorAll(selector).forEach((one) =>
    one.addEventListener(name, guarded((event) => work(event, one.dataset))));
  listen("[data-sift]", "change", () => {
    mark();
    say(`${number(graph.boxes.map(matching).reduce((sum, count) => sum + count))} match`);
  });
  listen("[data-to]", "click", (_, { to }) => { show(to); go(""); });
  listen("[data-zoom]", "click", (_, { zoom }) => ZOOMS[zoom]());
  listen("[data-save]", "click", (_, { save }) => graphSave(graph.canvas, graphStage.seen(), document.title, save));
  listen("#open", "click", () => open(graph.chosen.box, !graph.chosen.box.open));
  listen("#find", "input", find);
  listen(".find", "keydown", steer);
  // The list is there as long as it has the focus.
  listen("#hits", "click", () => document.activeElement.blur());
  listen(".canvas", "click", click);
  listen("#stage", "keydown", press);
  document.addEventListener("keydown", (event) => {
    const work = { "/": () => $("find").focus(), Escape: () => go("") }[event.key];
    if (!work || event.target.closest(".find, input, select")) return;
    event.preventDefault();
    work();
  });
  addEventListener("hashchange", guarded(look));
  if (!data.version) wait();
  if (location.hash) guarded(look)();
})();
