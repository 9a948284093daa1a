// The page of a net: folds and unfolds it, moves it, finds layers, and tells what they have and cost. It draws with
// picture.js. Text of the net gets into the page as text, or as an SVG in which picture.js has escaped it.
"use strict";

// The view of a graph with the groups open that are in a set, and all that are around them. As Graph.seen in graph.py.
function seen(graph, open) {
  const shut = (group) => group >= 0 && !open.has(group);
  const standing = graph.boxes.map((box) => {
    let found = -1;
    for (let at = box.group; at >= 0; at = graph.groups[at].parent) if (shut(at)) found = at;
    return found;
  });
  const names = standing.map((group, i) => (group < 0 ? `b${i}` : `g${group}`));
  const frame = (group) => (group < 0 ? "" : `g${group}`);
  const nodes = new Map(), edges = new Map();
  graph.boxes.forEach((box, i) => {
    const whole = graph.groups[standing[i]], { rows, group } = whole ? { rows: [whole.row], group: whole.parent } : box;
    if (!nodes.has(names[i])) nodes.set(names[i], { id: names[i], rows, folded: Boolean(whole), frame: frame(group) });
  });
  for (const [tail, head, shape] of graph.edges) {
    const ends = [names[tail], names[head]];
    if (ends[0] === ends[1]) continue;
    if (!edges.has(ends.join())) edges.set(ends.join(), [...ends, []]);
    const shapes = edges.get(ends.join())[2];
    if (!shapes.includes(shape)) shapes.push(shape);
  }
  const inside = (group) => group < 0 || (open.has(group) && inside(graph.groups[group].parent));
  const frames = graph.groups.flatMap(({ row, parent }, i) =>
    inside(i) ? [{ id: `g${i}`, name: row.name, text: row.text, parent: frame(parent) }] : [],
  );
  return { nodes: [...nodes.values()], frames, edges: [...edges.values()] };
}

// How many boxes there are, and how many rows of boxes all edges pass. As View.extent in graph.py.
function reach(view) {
  const rank = new Map(view.nodes.map((node) => [node.id, 0])), order = new Map(view.nodes.map((node, i) => [node.id, i]));
  const edges = [...view.edges].sort((a, b) => order.get(a[0]) - order.get(b[0]));
  for (const [tail, head] of edges) rank.set(head, Math.max(rank.get(head), rank.get(tail) + 1));
  return edges.reduce((sum, [tail, head]) => sum + rank.get(head) - rank.get(tail), view.nodes.length);
}

function page(document) {
  const net = JSON.parse(document.getElementById("net").textContent);
  const { graph, kinds, layers, measures, limits } = net;
  const by = (id) => document.getElementById(id);
  const made = (tag, text = "", children = []) => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.append(...children);
    return element;
  };
  const state = { open: new Set(), view: null, chosen: "", found: new Set(), measure: 0, box: null, size: null };

  // The box of each layer.
  const home = new Map(graph.boxes.flatMap((box, i) => box.rows.map((row) => [row.layer, i])));

  function draw() {
    const view = seen(graph, state.open), holder = by("picture");
    if (view.nodes.length > limits.boxes || reach(view) > limits.extent) {
      holder.replaceChildren(made("p", `There would be ${view.nodes.length} boxes, and lines past many of them: too much to lay out. Fold some blocks.`));
      state.view = null;
      return;
    }
    const { body, width, height } = drawn(view, kinds);
    const text = `<svg xmlns="http://www.w3.org/2000/svg" font-family="${esc(FONT)}" fill="#111" xml:space="preserve">${body}</svg>`;
    const svg = document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
    holder.replaceChildren(svg);
    state.view = view;
    state.size = { width, height };
    mark();
    bars();
  }

  // What is seen of the picture: a box in its coordinates.
  function look(box) {
    state.box = box;
    by("picture").querySelector("svg")?.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
  }

  function pane() {
    const { clientWidth: width, clientHeight: height } = by("picture");
    return { width: Math.max(width, 1), height: Math.max(height, 1) };
  }

  function fit() {
    if (!state.view) return;
    const { width, height } = pane();
    // All of it, but no smaller than what can be read; a long net is seen from its start.
    const scale = Math.min(1.5, Math.max(Math.min(width / state.size.width, height / state.size.height), Math.min(0.8, width / state.size.width)));
    look({ x: (state.size.width - width / scale) / 2, y: Math.min(0, (state.size.height - height / scale) / 2), width: width / scale, height: height / scale });
  }

  function whole() {
    if (!state.view) return;
    const { width, height } = pane(), scale = Math.min(width / state.size.width, height / state.size.height, 1.5);
    look({ x: (state.size.width - width / scale) / 2, y: (state.size.height - height / scale) / 2, width: width / scale, height: height / scale });
  }

  function zoom(factor, at = null) {
    if (!state.view) return;
    const { width } = pane(), { box } = state, scale = width / box.width;
    const wanted = Math.min(8, Math.max(0.02, scale * factor)) / scale;
    const x = box.x + box.width * (at?.x ?? 0.5), y = box.y + box.height * (at?.y ?? 0.5);
    look({ x: x - (x - box.x) / wanted, y: y - (y - box.y) / wanted, width: box.width / wanted, height: box.height / wanted });
  }

  // The element of a layer or group as it is drawn now.
  const element = (id) => by("picture").querySelector(`[data-id="${id}"]`);
  const standing = (layer) => {
    const box = home.get(layer);
    for (let at = graph.boxes[box].group, found = `b${box}`; ; at = graph.groups[at].parent) {
      if (at < 0) return found;
      if (!state.open.has(at)) found = `g${at}`;
    }
  };

  function centre(id) {
    const rect = element(id)?.getBoundingClientRect(), around = by("picture").getBoundingClientRect();
    if (!rect || !state.box) return;
    const scale = state.box.width / around.width;
    const x = rect.left + rect.width / 2 - around.left - around.width / 2, y = rect.top + rect.height / 2 - around.top - around.height / 2;
    look({ ...state.box, x: state.box.x + x * scale, y: state.box.y + y * scale });
  }

  function mark() {
    for (const each of by("picture").querySelectorAll(".found, .chosen")) each.classList.remove("found", "chosen");
    for (const layer of state.found) element(standing(layer))?.classList.add("found");
    if (state.chosen) for (const each of by("picture").querySelectorAll(`[data-id="${state.chosen}"]`)) each.classList.add("chosen");
  }

  function set(open, keep = null) {
    const before = keep && element(keep)?.getBoundingClientRect();
    state.open = open;
    draw();
    if (keep && state.view) {
      look(state.box); // where it was, so that what was clicked on stays under the pointer
      const after = element(keep)?.getBoundingClientRect(), scale = state.box.width / pane().width;
      if (before && after) {
        look({
          ...state.box,
          x: state.box.x + (after.left + after.width / 2 - before.left - before.width / 2) * scale,
          y: state.box.y + (after.top - before.top) * scale,
        });
      }
    } else fit();
  }

  function toggle(group) {
    const open = new Set(state.open);
    if (!open.delete(group)) open.add(group);
    set(open, `g${group}`);
  }

  const rows = (pairs) => made("table", "", pairs.map(([name, value]) => made("tr", "", [made("td", name), made("td", value)])));

  function tell(id, layer) {
    state.chosen = id;
    const details = by("details");
    const group = id.startsWith("g") ? Number(id.slice(1)) : -1;
    if (group >= 0) {
      const { title, row } = graph.groups[group];
      const button = made("button", state.open.has(group) ? "fold" : "unfold");
      button.onclick = () => (toggle(group), tell(id));
      details.replaceChildren(made("h2", title), made("p", row.text), rows(net.groups[group]), button);
    } else {
      const { name, kind, facts, fields, parameters } = layers[layer ?? graph.boxes[Number(id.slice(1))].rows[0].layer];
      const parts = [made("h2", name), made("p", kind), rows(facts)];
      if (fields.length) parts.push(made("h2", "fields"), rows(fields));
      if (parameters.length) parts.push(made("h2", "parameters"), rows(parameters));
      details.replaceChildren(...parts);
    }
    mark();
  }

  function search() {
    const wanted = by("search").value.trim().toLowerCase();
    const hits = wanted ? layers.flatMap((layer, i) => (`${layer.name} ${layer.kind}`.toLowerCase().includes(wanted) ? [i] : [])) : [];
    state.found = new Set(hits);
    by("found").textContent = wanted ? `${hits.length} found` : "";
    mark();
    return hits;
  }

  // Opens what a layer is in, and goes there.
  function goTo(layer) {
    const open = new Set(state.open);
    for (let at = graph.boxes[home.get(layer)].group; at >= 0; at = graph.groups[at].parent) open.add(at);
    if (open.size !== state.open.size) set(open);
    if (!state.view) return;
    tell(`b${home.get(layer)}`, layer);
    centre(`b${home.get(layer)}`);
  }

  // Where the numbers are: a bar for each box that is seen, in the net's order.
  function bars() {
    const { of, total } = measures[state.measure], view = state.view;
    if (!view) return;
    const found = view.nodes.map((node) => ({ node, value: of[node.id][0], text: of[node.id][1] })).filter(({ value }) => value > 0);
    const most = Math.max(...found.map(({ value }) => value), 1);
    by("bars").replaceChildren(
      ...found.map(({ node, value, text }) => {
        const bar = made("i"), line = made("button", "", [made("b", node.rows[0].name), made("span", "", [bar]), made("em", text)]);
        bar.style.width = `${Math.max((100 * value) / most, 0.5)}%`;
        bar.style.background = kinds[node.rows[0].kind].colour;
        line.title = `${node.rows[0].name}: ${text}, ${((100 * value) / total).toFixed(1)} %`;
        line.onclick = () => (tell(node.id), centre(node.id));
        return line;
      }),
    );
    if (!found.length) by("bars").replaceChildren(made("p", "none, or not known"));
    [...by("measures").children].forEach((each, i) => each.setAttribute("aria-selected", String(i === state.measure)));
  }

  by("legend").append(
    ...Object.values(kinds).map(({ label, colour, tint }) => {
      const swatch = made("i");
      Object.assign(swatch.style, { background: tint, borderColor: colour });
      const entry = made("span");
      entry.append(swatch, label);
      return entry;
    }),
  );
  by("measures").append(
    ...measures.map(({ name }, i) => {
      const button = made("button", name);
      button.setAttribute("role", "tab");
      button.onclick = () => ((state.measure = i), bars());
      return button;
    }),
  );
  by("details").append(made("p", "A click on a layer tells about it; one on a block or its frame unfolds or folds it."));
  by("fold").onclick = () => set(new Set());
  by("unfold").onclick = () => set(new Set(graph.groups.keys()));
  by("fit").onclick = whole;
  by("nearer").onclick = () => zoom(1.3);
  by("farther").onclick = () => zoom(1 / 1.3);
  by("search").oninput = search;
  by("search").onkeydown = (event) => {
    if (event.key !== "Enter") return;
    const hits = search(), at = (state.hit ?? -1) + 1;
    if (hits.length) goTo(hits[(state.hit = at % hits.length)]);
  };

  const picture = by("picture");
  let from = null;
  picture.onpointerdown = (event) => {
    from = { x: event.clientX, y: event.clientY, box: state.box, moved: false };
    picture.setPointerCapture(event.pointerId);
  };
  picture.onpointermove = (event) => {
    if (!from || !from.box) return;
    const dx = event.clientX - from.x, dy = event.clientY - from.y, scale = from.box.width / pane().width;
    from.moved ||= Math.hypot(dx, dy) > 4;
    if (from.moved) {
      picture.classList.add("dragged");
      look({ ...from.box, x: from.box.x - dx * scale, y: from.box.y - dy * scale });
    }
  };
  picture.onpointerup = (event) => {
    const moved = from?.moved;
    from = null;
    picture.classList.remove("dragged");
    if (moved) return;
    const target = document.elementFromPoint(event.clientX, event.clientY), box = target?.closest("[data-id]");
    if (box) chosen(box, target.closest("[data-layer]"));
  };
  function chosen(box, row) {
    const id = box.getAttribute("data-id");
    if (id.startsWith("g")) toggle(Number(id.slice(1)));
    tell(id, row && Number(row.getAttribute("data-layer")));
  }
  picture.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const rect = picture.getBoundingClientRect();
      const at = { x: (event.clientX - rect.left) / rect.width, y: (event.clientY - rect.top) / rect.height };
      if (event.ctrlKey || event.metaKey) zoom(Math.exp(-event.deltaY / 100), at);
      else if (state.box) {
        const scale = state.box.width / rect.width;
        look({ ...state.box, x: state.box.x + event.deltaX * scale, y: state.box.y + event.deltaY * scale });
      }
    },
    { passive: false },
  );
  document.onkeydown = (event) => {
    if (event.target === by("search")) return;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step && state.box && event.target === picture) {
      look({ ...state.box, x: state.box.x + (step[0] * state.box.width) / 8, y: state.box.y + (step[1] * state.box.height) / 8 });
    } else if (event.key === "/") by("search").focus();
    else if (event.key === "0") whole();
    else if (event.key === "+") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else return;
    event.preventDefault();
  };

  state.open = new Set(graph.groups.flatMap((group, i) => (group.level < net.depth ? [i] : [])));
  draw();
  fit();
  return { state, goTo, toggle, tell, chosen, element, zoom, set };
}

if (typeof document !== "undefined") page(document);
