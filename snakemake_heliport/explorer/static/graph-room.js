/* Making room: where boxes are open the picture is stretched, so that nothing changes its place among the others. */
"use strict";
const graphRoom = (() => {
  const PAD = 8;

  /* Returns what leads from a place in the closed picture to its place in the open one, along one axis. */
  function stretched(spans) {
    const ends = [...new Set(spans.flatMap(([low, high]) => [low, high]))].sort((a, b) => a - b);
    const steps = ends.slice(1).map((to, i) => {
      const over = spans.filter(([low, high]) => low <= ends[i] && high >= to);
      return [ends[i], to, Math.max(0, ...over.map(([low, high, more]) => more / (high - low)))];
    });
    const grown = (value, [from, to, more]) => Math.max(0, Math.min(value, to) - from) * more;
    return (value) => steps.reduce((sum, step) => sum + grown(value, step), value);
  }

  /* A box is drawn around the middle of its head, which stays in the upper left corner when it opens. */
  function place(box, maps) {
    const size = box.open ? box.part.size : box.at.slice(2);
    const [middle, head] = [[], []];
    maps.forEach((map, axis) => {
      const [was, half] = [box.at[axis], box.at[axis + 2] / 2];
      middle[axis] = box.open ? (map(was - half) + map(was + half)) / 2 : map(was);
      head[axis] = box.open ? middle[axis] - size[axis] / 2 + PAD + half : middle[axis];
    });
    box.now = [...middle, ...size];
    box.element.setAttribute("transform", `translate(${head})`);
  }

  /* An arrow keeps to the sides of its boxes, and meets them at a right angle. */
  function lead(arrow, boxes, maps) {
    const moved = arrow.route.map((point) => point.map((value, axis) => maps[axis](value))), last = moved.length - 1;
    for (const [end, beside, { at, now }] of [[0, 1, boxes[arrow.tail]], [last, last - 1, boxes[arrow.head]]]) {
      const was = arrow.route[end], along = Math.abs(arrow.route[beside][0] - was[0]) < 0.5 ? 0 : 1;
      moved[end] = was.map((value, axis) => now[axis] + (value - at[axis]) * now[axis + 2] / at[axis + 2]);
      moved[beside][along] = moved[end][along];
    }
    arrow.element.querySelector("path").setAttribute("d", `M${moved[0]}C${moved.slice(1).join(" ")}`);
    const middle = Math.floor(Math.floor(moved.length / 2) / 3) * 3;
    const shift = moved[middle].map((value, axis) => value - arrow.route[middle][axis]);
    arrow.element.querySelector(".label")?.setAttribute("transform", `translate(${shift})`);
  }

  /* Gives each box and arrow of a graph its place, and returns the size of the picture. */
  return (graph) => {
    const maps = [0, 1].map((axis) => stretched(graph.boxes.filter((box) => box.open).map(({ at, part }) =>
      [at[axis] - at[axis + 2] / 2, at[axis] + at[axis + 2] / 2, part.size[axis] - at[axis + 2]])));
    graph.boxes.forEach((box) => place(box, maps));
    graph.arrows.forEach((arrow) => lead(arrow, graph.boxes, maps));
    return maps.map((map, axis) => map(graph.size[axis]));
  };
})();
