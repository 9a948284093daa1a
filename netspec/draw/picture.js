// Lays out a view and draws it as SVG. The command line runs this, and the page does, so that their pictures agree.
// It needs `dagre` and nothing of a browser. All text of a net is escaped on its way into the SVG.
"use strict";

const FONT = '"DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", "Courier New", monospace'; // every letter as wide as any other, so that text is measured
const LETTER = 0.602; // the width of a letter, of its size
const NAME = 12, SMALL = 10; // sizes of letters
const ROW = 22, STRIPE = 5, PAD = 8, GAP = 14; // of a box: a row's height, and what stands beside its texts
const SHEET = 4; // how far the sheets behind a folded block stand out
const LINE = 13; // the height of a line of a label
const HEAD = 16; // above the boxes of a frame, for its name
const MARGIN = 16;
const PIECE = 20; // boxes that are laid out together, at least
const HALO = ' stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'; // of a text that a line may cross

const esc = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

// The width of a text in letters; those of the East are twice as wide.
const letters = (text) => [...text].reduce((n, c) => n + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\u{1f000}-\u{3fffd}]/u.test(c) ? 2 : 1), 0);

const wide = (text, size) => letters(text) * size * LETTER;

const round = (n) => Math.round(n * 10) / 10;

function words(text, x, y, size, more = "") {
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}"${more}>${esc(text)}</text>`;
}

// Where dagre puts the nodes, edges and frames of a piece of a view, which are indices of its nodes and edges.
function pieceLaidOut(view, nodes, edges) {
  const inside = new Set();
  for (const node of nodes) {
    for (let id = node.frame; id && !inside.has(id); id = view.around[id]) inside.add(id);
  }
  const graph = new dagre.graphlib.Graph({ compound: inside.size > 0 });
  graph.setGraph({ rankdir: "TB", nodesep: 18, edgesep: 12, ranksep: 28 });
  for (const id of inside) graph.setNode(id, {});
  for (const node of nodes) {
    const widths = node.rows.map((row) => wide(row.name, NAME) + wide(row.text, SMALL));
    const width = Math.ceil(Math.max(...widths) + STRIPE + 2 * PAD + GAP);
    graph.setNode(node.id, { width, height: ROW * node.rows.length });
    if (node.frame) graph.setParent(node.id, node.frame);
  }
  for (const id of inside) if (view.around[id]) graph.setParent(id, view.around[id]);
  for (const [tail, head, shapes] of edges) {
    // The label stands to the right of the edge, which leaves the middle to that.
    const width = 2 * Math.max(...shapes.map((text) => wide(text, SMALL))) + 12;
    graph.setEdge(tail, head, { width, height: LINE * shapes.length, labelpos: "c" });
  }
  dagre.layout(graph);
  return { graph, frames: [...inside] };
}

// The view cut at nodes that all ways lead through, into pieces of some size: dagre takes long for long graphs. Two
// pieces have such a node in common; it is the only one at the end of the first that nothing follows, and the only one
// at the start of the second that follows nothing.
function pieces(view) {
  const order = new Map(view.nodes.map((node, i) => [node.id, i]));
  const count = view.nodes.length, reach = new Array(count + 1).fill(0), out = new Array(count).fill(false), into = [...out];
  const ends = view.edges.map(([tail, head]) => [order.get(tail), order.get(head)]);
  for (const [tail, head] of ends) {
    reach[tail + 1] = Math.max(reach[tail + 1], head);
    out[tail] = into[head] = true;
  }
  const cuts = [0];
  for (let i = 1, last = 0, far = 0; i < count - 1; i++) {
    far = Math.max(far, reach[i]);
    last = !into[i] ? i : last; // the latest node that follows nothing
    const start = cuts[cuts.length - 1];
    const whole = far <= i && i - start >= PIECE && out.slice(start, i).every(Boolean);
    if (whole && last <= start) cuts.push(i);
    else if (last > start && start) cuts.pop(); // the piece goes on from the one before
  }
  if (cuts.length > 1 && !into.slice(cuts[cuts.length - 1] + 1).every(Boolean)) cuts.pop();
  const found = cuts.map((cut, k) => ({ nodes: view.nodes.slice(cut, (cuts[k + 1] ?? count - 1) + 1), edges: [] }));
  let at = 0;
  const piece = view.nodes.map((_, i) => (i > (cuts[at + 1] ?? count) ? ++at : at)); // of a node in two the first
  view.edges.forEach((edge, i) => found[ends[i][0] === cuts[piece[ends[i][0]] + 1] ? piece[ends[i][0]] + 1 : piece[ends[i][0]]].edges.push(edge));
  return found;
}

// For each node and frame of a view its middle and size, for each edge its points and its label's place, and the size of
// all. Pieces stand below each other, and are turned so that they stay in the middle.
function laidOut(view) {
  const places = new Map(), frames = new Map(), edges = [];
  view.around = Object.fromEntries(view.frames.map((frame) => [frame.id, frame.parent]));
  let joint = { x: 0, y: 0 };
  for (const piece of view.nodes.length ? pieces(view) : []) {
    const { graph, frames: inside } = pieceLaidOut(view, piece.nodes, piece.edges);
    const first = graph.node(piece.nodes[0].id), last = graph.node(piece.nodes[piece.nodes.length - 1].id);
    const side = joint.x * (last.x - first.x) > 0 ? -1 : 1;
    const at = ({ x, y }) => ({ x: joint.x + side * (x - first.x), y: joint.y + y - first.y });
    for (const { id } of piece.nodes) places.set(id, { ...graph.node(id), ...at(graph.node(id)) });
    for (const [tail, head, shapes] of piece.edges) {
      const edge = graph.edge(tail, head);
      edges.push({ ...at(edge), points: edge.points.map(at), shapes });
    }
    for (const id of inside) {
      const { x, y } = at(graph.node(id)), { width, height } = graph.node(id);
      const [l, t, r, b] = frames.get(id) ?? [Infinity, Infinity, -Infinity, -Infinity];
      frames.set(id, [Math.min(l, x - width / 2), Math.min(t, y - height / 2 - HEAD / 2), Math.max(r, x + width / 2), Math.max(b, y + height / 2)]);
    }
    joint = at(last);
  }
  return { places, frames, edges, ...extent(places, frames, edges) };
}

// The box around all that is drawn.
function extent(places, frames, edges) {
  const boxes = [...places.values()].map((p) => [p.x - p.width / 2, p.y - p.height / 2, p.x + p.width / 2 + 2 * SHEET, p.y + p.height / 2 + 2 * SHEET]);
  boxes.push(...frames.values());
  for (const { x, y, points, shapes } of edges) {
    boxes.push([x, y, x + 6 + Math.max(...shapes.map((text) => wide(text, SMALL))), y]);
    for (const p of points) boxes.push([p.x, p.y, p.x, p.y]);
  }
  const most = (i, pick) => boxes.reduce((found, box) => pick(found, box[i]), boxes[0]?.[i] ?? 0);
  const left = Math.floor(most(0, Math.min)) - MARGIN, top = Math.floor(most(1, Math.min)) - MARGIN;
  return { left, top, width: Math.ceil(most(2, Math.max)) + MARGIN - left, height: Math.ceil(most(3, Math.max)) + MARGIN - top };
}

// A line through the points of an edge, its corners rounded, with an arrow at its end.
function path(points) {
  const at = (p) => `${round(p.x)} ${round(p.y)}`;
  const middle = (a, b) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const last = points.length - 1;
  let line = `M${at(points[0])}`;
  for (let i = 1; i < last; i++) {
    line += `${i === 1 ? `L${at(middle(points[0], points[1]))}` : ""}Q${at(points[i])} ${at(middle(points[i], points[i + 1]))}`;
  }
  const end = points[last], before = points[last - 1];
  const length = Math.hypot(end.x - before.x, end.y - before.y) || 1;
  const dx = (end.x - before.x) / length, dy = (end.y - before.y) / length;
  const back = { x: end.x - 7 * dx, y: end.y - 7 * dy };
  const wing = (side) => at({ x: back.x - 3.5 * side * dy, y: back.y + 3.5 * side * dx });
  line += `L${at(back)}`;
  return `<path d="${line}" fill="none" stroke="#555" stroke-width="1.2"/><path d="M${at(end)}L${wing(1)}L${wing(-1)}Z" fill="#555"/>`;
}

function edgeDrawn({ x, y, points, shapes }) {
  const top = y - (LINE * shapes.length) / 2 + 10;
  return path(points) + shapes.map((text, i) => words(text, x + 6, top + LINE * i, SMALL, ` fill="#444"${HALO}`)).join("");
}

function nodeDrawn(node, place, kinds) {
  const left = place.x - place.width / 2, top = place.y - place.height / 2, { width, height } = place;
  const last = node.rows.length - 1, line = kinds[node.rows[0].kind].colour;
  const sheets = node.folded ? [2, 1] : [];
  const drawn = sheets.map((n) => rect(left + n * SHEET, top + n * SHEET, width, height, `rx="3" fill="#fff" stroke="${line}"`));
  node.rows.forEach((row, i) => {
    const kind = kinds[row.kind], y = top + i * ROW;
    const pill = row.kind === "data" && last === 0; // what comes from outside has round ends
    drawn.push(
      `<g data-layer="${row.layer}">`,
      rect(left, y, width, ROW, `rx="${pill ? ROW / 2 : 0}" fill="${kind.tint}"`),
      pill ? "" : rect(left, y, STRIPE, ROW, `fill="${kind.colour}"`),
      words(row.name, left + STRIPE + PAD, y + 15, NAME, ' font-weight="bold"'),
      words(row.text, left + width - PAD, y + 15, SMALL, ' text-anchor="end"'),
      "</g>",
      rect(left, top, width, height, i === last ? `rx="${pill ? ROW / 2 : 2}" fill="none" stroke="${line}"` : null),
    );
  });
  return `<g data-id="${node.id}"${node.folded ? ' data-folded="true"' : ""}>${drawn.join("")}</g>`;
}

const rect = (x, y, width, height, more) =>
  more === null ? "" : `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" ${more}/>`;

function frameDrawn(frame, [left, top, right, bottom]) {
  const more = 'rx="6" fill="#000" fill-opacity="0.035" stroke="#888" stroke-dasharray="5 3"';
  return `<g data-id="${frame.id}" data-frame="true">${rect(left, top, right - left, bottom - top, more)}</g>`;
}

function frameNamed(frame, [left, top]) {
  const behind = left + PAD + wide(`${frame.name}  `, SMALL);
  return (
    `<g data-id="${frame.id}" data-frame="true">` +
    words(frame.name, left + PAD, top + 13, SMALL, ` font-weight="bold"${HALO}`) +
    words(frame.text, behind, top + 13, SMALL, ` fill="#444"${HALO}`) +
    "</g>"
  );
}

// A view as the inside of an SVG, and its size.
function drawn(view, kinds) {
  const { places, frames, edges, left, top, width, height } = laidOut(view);
  const parts = [
    ...view.frames.map((frame) => frameDrawn(frame, frames.get(frame.id))),
    ...edges.map(edgeDrawn),
    ...view.frames.map((frame) => frameNamed(frame, frames.get(frame.id))),
    ...view.nodes.map((node) => nodeDrawn(node, places.get(node.id), kinds)),
  ];
  return { body: `<g transform="translate(${-left} ${-top})">\n${parts.join("\n")}\n</g>`, width, height };
}

// A file: the picture under a heading and what its colours stand for.
function standalone(view, kinds, heading, remark) {
  const picture = drawn(view, kinds);
  const used = Object.keys(kinds).filter((kind) => view.nodes.some((node) => node.rows.some((row) => row.kind === kind)));
  const entries = used.map((kind) => ({ kind, width: STRIPE + 11 + wide(kinds[kind].label, SMALL) + GAP }));
  const room = Math.max(picture.width, wide(heading, 14) + 2 * MARGIN, wide(remark, SMALL) + 2 * MARGIN, 420);
  let x = MARGIN, y = 62, legend = "";
  for (const { kind, width } of entries) {
    if (x > MARGIN && x + width > room) [x, y] = [MARGIN, y + 18];
    legend += `<rect x="${round(x)}" y="${y - 10}" width="12" height="12" fill="${kinds[kind].tint}" stroke="${kinds[kind].colour}"/>`;
    legend += `<rect x="${round(x)}" y="${y - 10}" width="${STRIPE}" height="12" fill="${kinds[kind].colour}"/>`;
    legend += words(kinds[kind].label, x + 17, y, SMALL);
    x += width + 6;
  }
  const top = y + 12, width = Math.ceil(room), height = top + picture.height;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="${esc(FONT)}" fill="#111" xml:space="preserve">\n<title>${esc(heading)}</title>\n` +
    `<rect width="${width}" height="${height}" fill="#fff"/>\n` +
    words(heading, MARGIN, 26, 14, ' font-weight="bold"') + words(remark, MARGIN, 43, SMALL) + legend +
    `\n<g transform="translate(${Math.floor((width - picture.width) / 2)} ${top})">\n${picture.body}\n</g>\n</svg>\n`
  );
}
