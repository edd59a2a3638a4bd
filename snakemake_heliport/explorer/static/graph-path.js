/* The path through things: up to all that they came from, down to all that came of them. */
"use strict";
const graphPath = (() => {
  function reached(begin, ends, others) {
    const next = new Map(ends.map((end) => [end, []])), found = new Set(begin);
    ends.forEach((end, i) => next.get(end).push(others[i]));
    // What is added to a set while it is gone through is gone through, too.
    for (const one of found) for (const other of next.get(one) ?? []) found.add(other);
    return found;
  }
  /* Follows the links in the page; an arrow is on the path where a link along it is. */
  function inPage({ links: [tails, heads], home, arrows }, begin) {
    const up = reached(begin, heads, tails), down = reached(begin, tails, heads), led = new Set();
    tails.forEach((tail, i) => {
      const isLed = [up, down].some((side) => side.has(tail) && side.has(heads[i]));
      if (isLed) led.add(`${home[tail].place} ${home[heads[i]].place}`);
    });
    return { up, down, arrows: arrows.map(({ tail, head }) => led.has(`${tail} ${head}`)) };
  }
  /* Reads what a server told, in unbroken rows: a first number, and how many there are. */
  function told({ arrows }, { up, down, arrows: led, names }) {
    const all = (rows) => new Set(rows.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i)));
    return { up: all(up), down: all(down), arrows: arrows.map((_, i) => led.includes(i)), names };
  }
  return { inPage, told };
})();
