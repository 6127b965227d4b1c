// What the page shows, and what it does when something is clicked. The network is in transformer.js.
"use strict";

const byId = (id) => document.getElementById(id);
const facts = JSON.parse(byId("facts").textContent);
const given = JSON.parse(byId("given").textContent);
const SVG = "http://www.w3.org/2000/svg";
const COLOURS = ["var(--band0)", "var(--band1)", "var(--band2)", "var(--band3)"];

// Elements: text is text, never markup.
function element(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}
const h = (tag, attributes = {}, ...children) => element(document.createElement(tag), attributes, children);
const s = (tag, attributes = {}, ...children) => element(document.createElementNS(SVG, tag), attributes, children);
const titled = (node, words) => element(node, {}, [s("title", {}, words)]);
const button = (words, onclick, more = {}) => h("button", { type: "button", onclick, ...more }, words);

const state = {
  sets: given.rows, // one set of documents, or two
  names: given.names, // what people call them, "" for nothing
  changes: {}, // departures from what is proved
  query: "", // the token whose choice is shown
  head: "", // the head of all tokens that is shown
  whole: null, // whether bars are drawn from 0
  searching: false,
  every: false, // whether all keys of a long list are shown
};
let network = null;
let now = {}; // the run that is shown, the proved one, the exact answer
let searching = 0; // the number of the search under way

const letters = facts.sets === 1 ? [""] : ["A", "B"];
const tokenOf = (set, i) => `${letters[set]}${i}`;
const documents = () => state.sets.flatMap((set, k) => set.map((_, i) => ({ set: k, i, token: tokenOf(k, i) })));
const count = () => state.sets.reduce((sum, set) => sum + set.length, 0);
const changed = () => Object.keys(PROVED).some((key) => key !== "kept" && key in state.changes && state.changes[key] !== PROVED[key]);
const everyHeads = Object.keys(facts.heads).filter((name) => !facts.heads[name].read);
const readHeads = Object.keys(facts.heads).filter((name) => facts.heads[name].read);
const partnerHead = everyHeads[everyHeads.length - 1];
const readHead = readHeads[readHeads.length - 1];
const headOf = (token) => (token === "READ" ? readHead : state.head);
const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

// The token that key t of a head stands for: where tokens see themselves, the one before it.
function keyName(head, t) {
  const copies = facts.inclusive && !facts.heads[head].read;
  if (copies && t === 0) return "nothing";
  return now.shown.names[t - copies];
}

function called(token) {
  const found = documents().find((one) => one.token === token);
  if (!found) return token;
  const name = state.names[found.set][found.i];
  return name ? `${token} ${name}` : token;
}

const small = (x) => (Number.isNaN(x) ? "0/0" : x !== 0 && Math.abs(x) < 0.0005 ? "<0.001" : String(Number(x.toFixed(3))));
const exact = (x) => (Number.isNaN(x) ? "not a number (0/0)" : String(Number(x.toPrecision(6))));

function inWords(answer) {
  if (answer.refused) return `no answer (${answer.refused})`;
  if ("decision" in answer) return answer.decision ? "yes" : "no";
  if (!answer.pair) return "no such pair";
  const [i, j] = answer.pair.map((at, k) => called(tokenOf(facts.sets === 1 ? 0 : k, at)));
  return `${i} and ${j}, ${given.noun} ${answer.value.text}`;
}

// ---- the documents

const rowsDown = () => [
  { token: "READ" },
  ...documents(),
  { token: "START" },
];

function rowHeight() {
  const n = count();
  return n > 32 ? 20 : n > 16 ? 24 : 30;
}

let drawn = "";
function sheet() {
  const shape = JSON.stringify([state.sets.map((set) => set.length), state.names]);
  if (shape === drawn) return;
  drawn = shape;
  const focus = document.activeElement?.dataset?.key;
  document.documentElement.style.setProperty("--row", `${rowHeight()}px`);
  const names = h("div", { class: "names" });
  const rows = h("div", { class: "rows", role: "grid", "aria-label": "Entries of the documents" });
  for (const { token, set, i } of rowsDown()) {
    const who = button(called(token), () => choose(token), { class: "who", "data-token": token, "data-key": `who ${token}` });
    who.title = called(token);
    const drop = set === undefined ? null : button("×", () => remove(set, i), {
      class: "drop", "aria-label": `Remove document ${called(token)}`, "data-key": `drop ${token}`,
    });
    names.append(h("div", {}, who, drop));
    if (set === undefined) {
      rows.append(h("div", { class: "note", role: "row" }, h("span", { role: "gridcell" }, given.ends[token])));
      continue;
    }
    const bits = state.sets[set][i].map((_, c) =>
      h("button", {
        type: "button", class: "bit", role: "gridcell", tabindex: -1, "data-set": set, "data-row": i, "data-column": c,
        "data-key": `bit ${token} ${c}`,
      }),
    );
    rows.append(h("div", { role: "row" }, bits));
  }
  rows.addEventListener("click", (event) => {
    const { set, row, column } = event.target.dataset;
    if (column !== undefined) turn(Number(set), Number(row), Number(column));
  });
  rows.addEventListener("keydown", moveInGrid);
  byId("sheet").replaceChildren(s("svg", { width: 62, role: "img", id: "arcs" }), names, rows);
  rows.querySelector(".bit")?.setAttribute("tabindex", 0);
  if (focus) document.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
}

function moveInGrid(event) {
  const here = event.target.dataset;
  if (here.column === undefined) return;
  if (facts.levels > 1 && /^[0-9]$/.test(event.key)) {
    state.sets[here.set][here.row][here.column] = Math.min(facts.levels, Number(event.key));
    update();
    return;
  }
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key] ?? [0, 0];
  if (!dx && !dy) return;
  event.preventDefault();
  const order = documents();
  const at = order.findIndex((one) => one.set === Number(here.set) && one.i === Number(here.row));
  const next = order[at + dy];
  const column = Number(here.column) + dx;
  const target = next && document.querySelector(`[data-key="bit ${next.token} ${column}"]`);
  if (!target) return;
  event.target.setAttribute("tabindex", -1);
  target.setAttribute("tabindex", 0);
  target.focus();
}

function paintSheet() {
  const partner = partnerOf(state.query);
  const rowOf = (token) => documents().find((one) => one.token === token);
  const [mine, other] = [rowOf(state.query), rowOf(partner)];
  for (const bit of document.querySelectorAll(".bit")) {
    const { set, row, column } = bit.dataset;
    const entry = state.sets[set][row][column];
    const is = (one) => one && one.set === Number(set) && one.i === Number(row);
    const differs = mine && other && state.sets[mine.set][mine.i][column] !== state.sets[other.set][other.i][column];
    bit.textContent = entry;
    bit.className = `bit${entry ? " on" : ""}${is(other) && differs ? " other" : ""}`;
    bit.setAttribute("aria-label", `document ${tokenOf(Number(set), row)}, entry ${column}: ${entry}`);
  }
  const best = now.shown?.answer?.pair?.map((at, k) => tokenOf(facts.sets === 1 ? 0 : k, at)) ?? [];
  for (const who of document.querySelectorAll(".who")) {
    const chosen = who.dataset.token === state.query;
    who.className = `who${chosen ? " chosen" : ""}${best.includes(who.dataset.token) ? " best" : ""}`;
    who.setAttribute("aria-pressed", chosen);
  }
}

// The key that a token looks at most; "" where it looks at none.
function partnerOf(token) {
  if (!now.shown) return "";
  const r = now.shown.names.indexOf(token);
  const weights = now.shown.heads[headOf(token)].weights[r];
  if (!weights) return "";
  let best = -1;
  weights.forEach((w, t) => {
    if (w > 0 && (best < 0 || w > weights[best])) best = t;
  });
  return best < 0 ? "" : keyName(headOf(token), best);
}

function arcs() {
  const svg = byId("arcs");
  const order = rowsDown().map((row) => row.token);
  const height = rowHeight();
  svg.setAttribute("height", order.length * height);
  svg.setAttribute("viewBox", `22 0 62 ${order.length * height}`);
  const y = (token) => (order.indexOf(token) + 0.5) * height;
  const lines = [];
  const told = [];
  for (const token of order) {
    const head = headOf(token);
    const weights = now.shown.heads[head].weights[now.shown.names.indexOf(token)];
    weights?.forEach((w, t) => {
      const key = keyName(head, t);
      if (!(w > 0.02) || order.indexOf(key) < 0) return;
      const of = token === state.query;
      const [from, to] = [y(token), y(key)];
      const bow = 80 - Math.min(74, 12 + (Math.abs(to - from) / height) * 9);
      const kind = `arc${of ? " of" : ""}${token === "READ" ? " read" : ""}`;
      const d = `M82 ${from} C${bow} ${from} ${bow} ${to} 78 ${to}`;
      const arc = s("path", { d, class: kind, "stroke-width": of ? 1 + 3 * w : 1.2, "stroke-opacity": of ? 0.35 + 0.65 * w : 0.25 + 0.4 * w });
      const tip = s("path", { d: `M76 ${to - 4} l7 4 l-7 4`, class: kind, "stroke-width": of ? 2 : 1.2, "stroke-opacity": of ? 1 : 0.6, style: "stroke-dasharray:none" });
      lines[of ? "push" : "unshift"](titled(arc, `${token} gives ${key} the weight ${small(w)}`), tip);
      if (of) told.push(`${key} ${small(w)}`);
    });
  }
  svg.replaceChildren(...lines);
  svg.setAttribute("aria-label", `Arrows from each row to those it looks at. ${state.query} looks at ${told.join(", ") || "none"}.`);
}

// ---- how one token chooses

function how() {
  const token = state.query;
  byId("who").textContent = token === "READ" ? "READ" : `document ${called(token)}`;
  const tabs = token === "READ" ? readHeads : everyHeads;
  byId("heads").replaceChildren(
    ...(tabs.length < 2 ? [] : tabs.map((name) =>
      button(name, () => { state.head = name; update(); }, { "aria-pressed": String(name === headOf(token)), "data-key": `head ${name}` }))),
  );
  const name = headOf(token);
  byId("how").replaceChildren(scorePanel(name, token), restorePanel(name, token));
}

const BARS = 240; // units of a score that a bar shows one by one
const FEW = 12; // keys that are listed before somebody asks for more

const bandName = (entry) =>
  ({ visible: "who may be looked at", index: "the smaller index", sought: `what is sought: ${entry.label}` })[entry.kind] ?? entry.label;

function active(name) {
  return facts.heads[name].entries
    .map((entry, e) => ({ ...entry, colour: COLOURS[entry.kind === "index" ? 2 : e % 4] }))
    .filter((entry) => entry.kind !== "index" || now.shown.how.index);
}

// The keys that a token sees, each with the value of every entry, from the queries and keys of the network.
function keysOf(name, token) {
  const head = now.shown.heads[name];
  const r = now.shown.names.indexOf(token);
  const { b } = facts.heads[name];
  const found = [];
  head.scores[r]?.forEach((score, t) => {
    if (Number.isNaN(score)) return;
    const values = active(name).map(({ rows, weight }) => {
      let total = 0;
      for (let c = rows[0]; c < rows[1]; c++) total += head.queries[r][c] * head.keys[t][c];
      return Math.round(total / (b * weight));
    });
    found.push({ key: keyName(name, t), t, score, weight: head.weights[r][t], values });
  });
  const order = [...rowsDown().map((row) => row.token), "nothing"];
  return found.sort((x, y) => order.indexOf(x.key) - order.indexOf(y.key));
}

function scorePanel(name, token) {
  const about = facts.heads[name];
  const entries = active(name);
  const keys = keysOf(name, token);
  const factor = about.b * now.shown.how.temperature;
  const rests = restsOn(name, "scores", "softmax", `leak at most ${small(about.leak)} of the weight on the best`, "leak");
  const heading = h("h3", {}, "1. Scores ", h("span", {}, "priorities, stacked: one step of a band outweighs all bands right of it"));
  if (!keys.length) {
    return h("div", { class: "panel" }, heading, h("p", {}, `${called(token)} sees nothing: softmax would be 0 / 0.`), rests);
  }
  const total = (one) => entries.reduce((sum, { weight, lo }, e) => sum + weight * (one.values[e] - lo), 0);
  const totals = keys.map(total);
  const most = Math.max(...totals);
  const objective = entries.find((entry) => entry.kind === "sought") ?? entries[0];
  const span = Math.max(12, 4 * objective.weight, 2 * (entries[entries.length - 1].hi - entries[entries.length - 1].lo));
  const closer = most > 2 * span;
  const from = closer && !(state.whole ?? most <= BARS) ? most - span : 0;
  const top = Math.max(...keys.map((one) => one.score));
  const linear = now.shown.how.attention === "linear";
  const ranked = [...keys].sort((x, y) => y.score - x.score || y.weight - x.weight);
  const short = keys.length > FEW && !state.every ? keys.filter((one) => ranked.indexOf(one) < FEW - 2 || one.key === "START") : keys;
  const rows = short.map((one) => {
    const behind = (top - one.score) / (factor || 1);
    return h("tr", { class: one.score === top ? "win" : "" },
      h("th", { scope: "row" }, called(one.key)),
      h("td", { class: "bar" }, from && total(one) <= from ? h("span", { class: "soft" }, "lower") : bar(one, entries, from, most)),
      h("td", { class: "number" }, String(Math.round(entries.reduce((sum, { weight }, e) => sum + weight * one.values[e], 0)))),
      h("td", { class: "number" }, String(Number(behind.toFixed(2)))),
      h("td", { class: "share" }, share(one.weight)),
      h("td", { class: "number" }, small(one.weight)));
  });
  const legend = h("div", { class: "legend" }, entries.map(({ colour, weight, kind, label, ...rest }) =>
    h("span", {}, h("i", { style: `background:${colour}` }), `${bandName({ kind, label, ...rest })} × ${weight}`)));
  const formula = linear
    ? "2. Linear attention: a product of features in place of exp(score)"
    : `2. Softmax: a key that is g behind gets e^(-${small(factor)} g)`;
  return h("div", { class: "panel" }, heading, legend,
    h("div", { class: "wide" }, h("table", { class: "stacks" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "key"),
        h("th", { scope: "col" }, from ? "the tops of the stacks" : "the stacks"), h("th", { scope: "col", class: "number" }, "score"),
        h("th", { scope: "col", class: "number" }, "behind"), h("th", { scope: "col", colspan: 2 }, linear ? "weight" : "softmax"))),
      h("tbody", {}, rows))),
    h("div", { class: "buttons" },
      closer && button(from ? "Whole stacks" : "Tops of the stacks", () => { state.whole = from > 0; update(); }, { "data-key": "whole" }),
      keys.length > FEW && button(state.every ? "Best keys only" : `All ${keys.length} keys`, () => { state.every = !state.every; update(); }, { "data-key": "every" })),
    h("h3", {}, formula), rests);
}

function bar(one, entries, from, most) {
  const width = 300;
  const scale = width / Math.max(1, most - from);
  const parts = [s("rect", { x: 0.5, y: 0.5, width: width - 1, height: 19, class: "track" })];
  let at = 0;
  const told = [];
  entries.forEach(({ weight, lo, colour, kind, label }, e) => {
    const size = weight * (one.values[e] - lo);
    told.push(`${bandName({ kind, label })}: ${one.values[e]} × ${weight}`);
    const [x0, x1] = [Math.max(0, (at - from) * scale), Math.max(0, (at + size - from) * scale)];
    if (x1 > x0) parts.push(titled(s("rect", { x: x0, y: 1, width: x1 - x0, height: 18, style: `fill:${colour}` }), told[e]));
    at += size;
  });
  return s("svg", { viewBox: `0 0 ${width} 20`, preserveAspectRatio: "none", role: "img", "aria-label": told.join("; ") }, parts);
}

function share(weight) {
  const width = Number.isNaN(weight) ? 0 : Math.max(0, Math.min(1, weight)) * 100;
  return s("svg", { viewBox: "0 0 100 20", preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { x: 0.5, y: 0.5, width: 99, height: 19, class: "track" }),
    s("rect", { x: 0, y: 3, width, height: 14, style: "fill:var(--accent)" }));
}

const READS = { doc: "the document", place: "its index", "partner.place": "its partner's index", "value.bits": "the value", hit: "hit" };
const readName = (signal) => READS[signal] ?? (/found$|^is_|second$/.test(signal) ? "found" : signal);

function fetchedBy(name, token) {
  const r = now.shown.names.indexOf(token);
  return facts.heads[name].reads.map((read) => {
    const gate = facts.gates.find((one) => one.takes === read.output);
    const off = gate.flag !== "" && network.signal(now.shown, gate.flag, r)[0] !== 1;
    return { read, off, got: [...network.signal(now.shown, read.output, r)], bits: [...network.signal(now.shown, gate.name, r)] };
  });
}

function restorePanel(name, token) {
  const about = facts.heads[name];
  const found = fetchedBy(name, token);
  const all = found.filter((one) => !one.off).flatMap((one) => one.got);
  const [zeros, ones] = [all.filter((y) => y <= 0.6), all.filter((y) => y > 0.6)];
  const strips = found.map(({ read, got, bits, off }) => h("tr", {},
    h("th", { scope: "row" }, readName(read.signal)),
    h("td", { class: "strip" }, got.map((y, c) => [c ? " " : "", h(restorable(y) ? "span" : "b", { class: restorable(y) ? "" : "odd" }, small(y))])),
    h("td", { class: "strip" }, off ? "none asked" : bits.map((bit, c) => [c ? " " : "", h(bit === 0 || bit === 1 ? "span" : "b", { class: bit === 0 || bit === 1 ? "" : "odd" }, small(bit))]))));
  const told = `Fetched zeros are ${zeros.length ? `at most ${exact(Math.max(...zeros))}` : "absent"}` +
    ` (the proof: ${exact(about.zero)}), ones ${ones.length ? `at least ${exact(Math.min(...ones))}` : "absent"}` +
    ` (the proof: ${exact(about.one[0])}).`;
  return h("div", { class: "panel" },
    h("h3", {}, "3. Restore ", h("span", {}, "what comes back is a mean of bits; a gate makes bits of it")),
    h("div", { class: "restore" },
      h("figure", {}, gateFigure(all, about), h("figcaption", {}, "bit(y) = relu(4y − 2) − relu(4y − 3): 0 up to 1/2, 1 from 3/4 to 5/4.")),
      h("div", {}, h("div", { class: "wide" }, h("table", {},
        h("thead", {}, h("tr", {}, ["fetched", "as a mean", "restored"].map((words) => h("th", { scope: "col" }, words)))), h("tbody", {}, strips))))),
    h("p", {}, all.some(Number.isNaN) ? "0 / 0 is no number: whatever takes it in is none either." : told),
    restsOn(name, "restore", null, `every fetched bit stays ${small(Math.min(0.5 - about.zero, about.one[0] - 0.75))} or more inside these limits`, "slack"));
}

function gateFigure(values, about) {
  const [left, bottom, wide, high] = [34, 130, 330, 95];
  const x = (y) => left + ((Math.max(-0.08, Math.min(1.35, y)) + 0.1) / 1.5) * wide;
  const y = (bit) => bottom - Math.max(-0.15, Math.min(1.2, bit)) * high;
  const gate = (v) => Math.max(0, 4 * v - 2) - Math.max(0, 4 * v - 3);
  const zone = (a, z, colour) => s("rect", { x: x(a), y: 18, width: x(z) - x(a), height: bottom - 10, style: `fill:${colour};opacity:.16` });
  const counted = new Map();
  for (const v of values) {
    if (Number.isNaN(v)) continue;
    const key = v.toFixed(2);
    counted.set(key, { v, n: (counted.get(key)?.n ?? 0) + 1 });
  }
  const dots = [...counted.values()].map(({ v, n }) =>
    titled(s("circle", { cx: x(v), cy: y(gate(v)), r: Math.min(11, 3.5 + 1.2 * Math.sqrt(n)), style: `fill:${restorable(v) ? "var(--good)" : "var(--bad)"};fill-opacity:.75` }), `${n} at ${exact(v)}`));
  const label = (at, words) => s("text", { x: x(at), y: bottom + 22, "text-anchor": "middle" }, words);
  const bad = values.filter((v) => !restorable(v)).length;
  return s("svg", { viewBox: "0 0 380 165", role: "img", "aria-label": `${plural(values.length, "fetched bit")} on the gate's curve, ${bad || "none"} between its limits` },
    zone(-0.1, 0.5, "var(--good)"), zone(0.5, 0.75, "var(--bad)"), zone(0.75, 1.25, "var(--good)"),
    s("polyline", { points: [[-0.1, 0], [0.5, 0], [0.75, 1], [1.35, 1]].map(([a, b]) => `${x(a)},${y(b)}`).join(" "), style: "fill:none;stroke:var(--ink);stroke-width:1.5" }),
    s("rect", { x: x(0), y: bottom + 3, width: Math.max(2, x(about.zero) - x(0)), height: 5, style: "fill:var(--band1)" }),
    s("rect", { x: x(about.one[0]), y: bottom + 3, width: Math.max(2, x(about.one[1]) - x(about.one[0])), height: 5, style: "fill:var(--band1)" }),
    dots, label(0, "0"), label(0.5, "1/2"), label(0.75, "3/4"), label(1, "1"), label(1.25, "5/4"),
    s("text", { x: 4, y: y(1) + 4 }, "1"), s("text", { x: 4, y: y(0) + 4 }, "0"));
}

// The step of the proof that a part rests on: lemmas by name, and the certificate's number.
function restsOn(name, part, other, promise, field) {
  const about = facts.heads[name];
  const lemmas = [...about.rests[part], ...(other ? about.rests[other] : [])];
  const shown = lemmas.slice(0, 3).join(", ");
  const certified = given.certificate?.heads?.[Object.keys(facts.heads).indexOf(name)];
  return h("div", { class: "rests" },
    `${changed() ? "Proved of what was derived, and not of this" : "Proved"}: ${promise}. ${certified ? `Certificate: ${field} ${exact(certified[field])}. ` : ""}`,
    h("details", {}, h("summary", {}, `Lemmas: ${shown}${lemmas.length > 3 ? ", .." : ""}`), h("p", {}, lemmas.join(", ")),
      h("p", {}, "Their proofs: docs/theory.md, sections 3 to 6, and docs/obligations.md.")));
}

// ---- all rows at once

function matrix() {
  const order = rowsDown().map((row) => row.token);
  const size = 380 / order.length;
  const pad = 50;
  const cells = [];
  order.forEach((token, row) => {
    const head = headOf(token);
    now.shown.heads[head].weights[now.shown.names.indexOf(token)]?.forEach((w, t) => {
      const column = order.indexOf(keyName(head, t));
      if (Number.isNaN(w) || column < 0) return;
      const at = { x: pad + column * size, y: pad + row * size, width: size - 0.5, height: size - 0.5 };
      cells.push(s("rect", { ...at, class: "cell0" }));
      if (w > 0.004) {
        const cell = s("rect", { ...at, class: token === "READ" ? "cell2" : "cell1", "fill-opacity": Math.max(0.08, w) });
        cells.push(titled(cell, `${token} gives ${order[column]} the weight ${small(w)}`));
      }
    });
  });
  const each = Math.ceil(order.length / 16);
  const words = order.flatMap((token, k) => (k % each && token !== "START" ? [] : [
    s("text", { x: pad - 5, y: pad + (k + 0.5) * size + 4, "text-anchor": "end" }, token),
    s("text", { x: 0, y: 0, transform: `translate(${pad + (k + 0.5) * size + 4} ${pad - 5}) rotate(-60)` }, token),
  ]));
  const told = documents().map(({ token }) => `${token} looks at ${partnerOf(token) || "none"}`).join(", ");
  byId("matrix").replaceChildren(s("svg", { viewBox: "0 0 440 440", role: "img", "aria-label": `Attention: ${told}; READ looks at ${partnerOf("READ") || "none"}.` }, cells, words));
}

function readout() {
  const shown = given.columns;
  const weights = now.shown.heads[readHead].weights[now.shown.names.length - 1];
  const t = (token) => now.shown.names.indexOf(token);
  const rows = documents().map(({ token }) => {
    const cell = (name) => {
      const value = [...network.signal(now.shown, name, t(token))];
      return value.length === 1 ? small(value[0]) : value.map(small).join(" ");
    };
    return h("tr", {},
      h("th", { scope: "row" }, called(token)),
      h("td", {}, called(partnerOf(token)) || "none"),
      shown.map(({ signal }) => h("td", { class: "number" }, cell(signal))),
      h("td", { class: "number" }, small(weights?.[t(token)] ?? NaN)));
  });
  byId("readout").replaceChildren(h("table", {},
    h("thead", {}, h("tr", {}, ["document", "looks at", ...shown.map((one) => one.title), "READ's weight"].map((words, k) =>
      h("th", { scope: "col", class: k > 1 ? "number" : "" }, words)))),
    h("tbody", {}, rows)));
  const answer = h("p", {}, "READ's restored bits spell the answer: ", h("strong", {}, inWords(now.shown.answer)),
    `. The exhaustive search compared ${plural([...pairsOf(state.sets)].length, "pair")}: `, h("strong", {}, inWords(now.exact)), ".");
  byId("spelled").replaceChildren(answer);
}

function verdict() {
  const right = accepts(facts, now.shown.answer, now.exact);
  byId("verdict").replaceChildren(
    h("span", { id: "model-answer" }, "Transformer: ", h("strong", {}, inWords(now.shown.answer))),
    h("span", { id: "exact-answer" }, "Exhaustive search: ", h("strong", {}, inWords(now.exact))),
    h("span", { class: right ? "ok" : "no", id: "judged" }, right ? "✓ right" : "✗ wrong"),
    ...(changed() ? [button("Put it back", restore, { "data-key": "back" })] : []));
}

// ---- breaking it

const LEAST = -7; // powers of two of the slider
const MOST = 2;

function breakForm() {
  const slider = h("input", { type: "range", id: "temperature", min: LEAST, max: MOST, step: 1 / 16, value: 0, list: "ticks",
    oninput: (event) => change({ temperature: 2 ** Number(event.target.value) }) });
  const box = (id, words, key, off, why) => {
    const input = h("input", { type: "checkbox", id, disabled: off, onchange: (event) => change({ [key]: PROVED[key] !== event.target.checked }) });
    return h("label", { class: off ? "off" : "" }, input, off ? `${words} (${why})` : words);
  };
  const noIndex = !Object.values(facts.heads).some((head) => head.entries.some((entry) => entry.kind === "index"));
  byId("break").replaceChildren(
    h("fieldset", {}, h("legend", {}, "Temperature"),
      h("label", { for: "temperature" }, "b multiplies every score: ", h("output", { id: "b" })), slider, h("div", { class: "marks", id: "marks" })),
    h("fieldset", {}, h("legend", {}, "Attention"),
      h("div", { class: "switches" },
        h("label", {}, "Weights by ", h("select", { id: "attention", onchange: (event) => change({ attention: event.target.value }) },
          [["softmax", "softmax, of all keys"], ["linear", "linear attention (elu + 1)"], ["window", "a window of the last keys, and START"], ["blocks", "the best blocks of two keys"]]
            .map(([value, words]) => h("option", { value }, words)))),
        h("label", { id: "kept-label" }, "keys or blocks kept: ", h("input", { type: "number", id: "kept", min: 1, max: facts.max_n, value: PROVED.kept,
          oninput: (event) => change({ kept: Math.max(1, Math.floor(Number(event.target.value) || 1)) }) })))),
    h("fieldset", {}, h("legend", {}, "Take away"),
      h("div", { class: "switches" },
        box("no-start", "START", "start", false, ""),
        box("no-index", "the index in the score", "index", noIndex, "this question needs none"),
        box("self", "the mask that hides a document from itself", "self", facts.inclusive, "its tokens see themselves, and look at copies"),
        box("bfloat16", "all but 8 significant bits: bfloat16, scores too", "bfloat16", false, ""))),
    h("div", { class: "buttons" },
      button("Find the smallest instance that breaks", search, { id: "search" }), button("Stop", () => { stop(); paintBreak(); }, { id: "stop" }),
      button("Put everything back", restore, { id: "restore" }), h("span", { id: "said", role: "status" })),
    h("datalist", { id: "ticks" }, h("option", { value: 0 })));
}

function marksOf(b) {
  const place = (power) => `left:${(100 * (power - LEAST)) / (MOST - LEAST)}%`;
  const marks = [h("span", { style: place(0) }, `derived ${b}`)];
  const paper = Math.log2((3 * Math.log(count())) / b);
  if (given.paper && paper >= LEAST && paper <= MOST) {
    const shift = Math.abs(paper) < 1.2 ? ";top:1.05rem" : "";
    marks.push(h("span", { style: place(paper) + shift, id: "paper" }, `the paper's 3 ln ${count()} = ${small(3 * Math.log(count()))}`));
  }
  return marks;
}

function paintBreak() {
  const how = { ...PROVED, ...state.changes };
  const b = facts.heads[partnerHead].b;
  byId("temperature").value = Math.log2(how.temperature);
  byId("b").textContent = `b = ${small(b * how.temperature)}${how.temperature === 1 ? ", as derived" : `, derived ${b}`}`;
  byId("temperature").setAttribute("aria-valuetext", byId("b").textContent);
  byId("marks").replaceChildren(...marksOf(b));
  byId("attention").value = how.attention;
  byId("kept-label").hidden = !["window", "blocks"].includes(how.attention);
  if (Number(byId("kept").value) !== how.kept && document.activeElement !== byId("kept")) byId("kept").value = how.kept;
  byId("no-start").checked = !how.start;
  byId("no-index").checked = !how.index;
  byId("self").checked = how.self;
  byId("bfloat16").checked = how.bfloat16;
  byId("search").disabled = !changed();
  byId("restore").disabled = !changed();
  byId("stop").disabled = !state.searching;
}

function paintBroken() {
  if (!changed()) {
    byId("broken").replaceChildren();
    return;
  }
  const wrong = !accepts(facts, now.shown.answer, now.exact);
  const bit = misread(network, now.shown, now.proved);
  const parts = [h("p", { class: wrong ? "what" : "fine", id: "outcome" }, wrong
    ? `Wrong on these ${count()} documents: ${inWords(now.shown.answer)}; right is ${inWords(now.exact)}.`
    : "Still right on these documents. On all? Nothing proves it any more.")];
  if (bit) {
    const who = called(now.shown.names[bit.token]);
    const what = bit.outside ? `between the gate's limits, 1/2 and 3/4, or beyond 5/4` : `on the wrong side of the gate`;
    parts.push(h("p", { class: "what", id: "misread" },
      `The first bit that does not arrive: head ${bit.head}, ${who === "READ" ? "READ" : `document ${who}`}, bit ${bit.component} of ${readName(bit.signal)} was fetched as ${exact(bit.got)}; it is ${bit.bit}. ` +
      `That is ${Number.isNaN(bit.got) ? "no number at all" : what}. `,
      button("Look at it", () => { state.head = facts.heads[bit.head].read ? state.head : bit.head; choose(now.shown.names[bit.token]); byId("h-how").scrollIntoView(); }, { "data-key": "look" })));
  }
  byId("broken").replaceChildren(...parts);
}

function stop() {
  searching++;
  state.searching = false;
  said("");
}

const said = (words) => { byId("said").textContent = words; };

async function search() {
  const mine = ++searching;
  const start = performance.now();
  state.searching = true;
  said("Searching ..");
  paintBreak();
  const found = await smallestBroken(network, { ...state.changes }, (n) => {
    if (mine === searching) said(`Searching among instances of ${n} documents ..`);
    return mine === searching;
  });
  if (mine !== searching) return;
  stop();
  const took = ((performance.now() - start) / 1000).toFixed(1);
  if (!found) {
    said(`Nothing broke in ${took} s. That is no proof: the search tries few instances of many.`);
    return;
  }
  state.sets = found.sets.map((set) => set.map((row) => [...row]));
  state.names = state.sets.map((set) => set.map(() => ""));
  update();
  const bit = misread(network, now.shown, now.proved);
  if (bit) choose(now.shown.names[bit.token]);
  said(`${plural(count(), "document")}, found in ${took} s: ${found.all ? "all smaller ones were tried" : "the smallest that this search meets"}.`);
}

function change(changes) {
  stop();
  Object.assign(state.changes, changes);
  update();
}

function restore() {
  stop();
  state.changes = {};
  update();
}

// ---- what the three cards show

const copies = () => {
  const row = [...state.sets[0][0]];
  const size = Math.min(4, facts.max_n);
  const sizes = facts.sets === 1 ? [size] : [1, Math.max(1, size - 1)];
  return sizes.map((n) => Array.from({ length: n }, () => [...row]));
};

function use(sets) {
  state.sets = sets;
  state.names = sets.map((set) => set.map(() => ""));
}

// The document whose best key leads by least.
function closest() {
  let [best, least] = [documents()[0].token, Infinity];
  for (const { token } of documents()) {
    const scores = keysOf(partnerHead, token).map((one) => one.score).sort((x, y) => y - x);
    if (scores.length > 2 && scores[0] - scores[1] < least) [best, least] = [token, scores[0] - scores[1]];
  }
  return best;
}

function noPair() {
  for (const sets of someInstances(facts, facts.sets === 1 ? [4] : [2, 2], 500)) {
    if (refusal(facts, sets) === "" && exhaustive(facts, sets).decision === false) return sets;
  }
  return null;
}

const SHOWS = {
  start() {
    if (facts.question === "decide") {
      if (now.exact.decision) use(noPair() ?? state.sets);
      return documents()[0].token;
    }
    return documents()[documents().length - 1].token;
  },
  b: () => closest(),
  ties() {
    use(copies());
    return documents()[0].token;
  },
};
const WITHOUT = { start: { start: false }, b: { temperature: 1 / facts.heads[partnerHead].b }, ties: { index: false } };

function show(name, without) {
  stop();
  state.changes = without ? { ...WITHOUT[name] } : {};
  state.head = partnerHead;
  update();
  state.query = SHOWS[name]();
  update();
  byId("h-how").scrollIntoView();
  if (without && accepts(facts, now.shown.answer, now.exact)) search();
}

// ---- editing

const choose = (token) => { state.query = token; state.every = false; update(); };

function turn(set, i, c) {
  state.sets[set][i][c] = (state.sets[set][i][c] + 1) % (facts.levels + 1);
  update();
}

function add(set) {
  const last = state.sets[set][state.sets[set].length - 1];
  state.sets[set].push([...last]);
  state.names[set].push("");
  update();
}

function remove(set, i) {
  state.sets[set].splice(i, 1);
  state.names[set].splice(i, 1);
  update();
}

let shuffles = 0;
function shuffle() {
  const random = randomFrom(Date.now() + ++shuffles);
  use(state.sets.map((set) => set.map((row) => row.map(() => Math.floor(random() * (facts.levels + 1))))));
  for (const set of state.sets) {
    for (const row of set) {
      if (!facts.similarity) continue;
      const ones = facts.norms ? facts.norms[Math.floor(random() * facts.norms.length)] : Math.max(1, Math.floor(random() * facts.dim));
      const order = [...row.keys()].sort(() => random() - 0.5);
      order.forEach((c, k) => { row[c] = k < ones ? 1 : 0; });
    }
  }
  update();
}

function tools() {
  const room = count() < facts.max_n;
  byId("tools").replaceChildren(
    ...state.sets.map((_, k) => button(`Add a document${facts.sets === 1 ? "" : ` to ${letters[k]}`}`, () => add(k), { disabled: !room, "data-key": `add ${k}` })),
    button("Random", shuffle, { "data-key": "random" }),
    button("Those of the beginning", () => { state.sets = structuredClone(given.rows); state.names = structuredClone(given.names); update(); }, { "data-key": "first" }),
    h("span", { class: "soft" }, `${count()} of at most ${facts.max_n} documents`));
}

// The documents of a text; { refused } with a sentence where it has none.
function read(text) {
  const sets = [[]];
  const names = [[]];
  for (const [number, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") {
      if (facts.sets === 2 && sets.length === 1 && sets[0].length) {
        sets.push([]);
        names.push([]);
      }
      continue;
    }
    const cut = line.lastIndexOf(":");
    const words = line.slice(cut + 1).trim();
    const entries = /^[0-9]+$/.test(words) && (words.length === facts.dim || facts.levels === 1) ? [...words] : words.split(/[\s,;]+/);
    const row = entries.map(Number);
    const odd = entries.find((entry, k) => entry === "" || !Number.isInteger(row[k]) || row[k] < 0 || row[k] > facts.levels);
    const where = `Line ${number + 1}`;
    if (odd !== undefined) return { refused: `${where} has ${JSON.stringify(odd)}: entries are whole numbers from 0 to ${facts.levels}.` };
    if (row.length !== facts.dim) return { refused: `${where} has ${plural(row.length, "entr").replace(/entrs?$/, row.length === 1 ? "entry" : "entries")}: a document has ${facts.dim}.` };
    sets[sets.length - 1].push(row);
    names[names.length - 1].push(cut < 0 ? "" : line.slice(0, cut).trim());
  }
  if (sets.length !== facts.sets) return { refused: "There are two sets: leave an empty line between A and B." };
  const refused = refusal(facts, sets);
  return refused ? { refused } : { sets, names };
}

function written() {
  return state.sets.map((set, k) => set.map((row, i) => {
    const name = state.names[k][i];
    return `${name ? `${name}: ` : ""}${row.join(facts.levels > 9 ? " " : "")}`;
  }).join("\n")).join("\n\n");
}

// ---- all together

function update() {
  const focus = document.activeElement?.dataset?.key;
  const tokens = documents().map((one) => one.token);
  if (!["READ", ...tokens].includes(state.query)) state.query = tokens[0];
  sheet();
  const refused = refusal(facts, state.sets);
  byId("refusal").textContent = refused;
  if (refused) {
    now = {};
    byId("verdict").replaceChildren(h("span", {}, "No question yet: ", refused));
    for (const id of ["how", "matrix", "readout", "spelled", "broken", "heads", "arcs"]) byId(id).replaceChildren();
  } else {
    const shown = network.run(state.sets, state.changes);
    const proved = changed() ? network.run(state.sets) : shown;
    now = { shown, proved, exact: exhaustive(facts, state.sets) };
    verdict();
    arcs();
    how();
    matrix();
    readout();
    paintBroken();
  }
  tools();
  paintSheet();
  paintBreak();
  if (focus && document.activeElement?.dataset?.key !== focus) document.querySelector(`[data-key="${CSS.escape(focus)}"]`)?.focus();
}

async function begin() {
  const file = await unpacked(byId("weights").textContent);
  network = new Network(facts, file);
  state.sets = structuredClone(given.rows);
  state.names = structuredClone(given.names);
  state.head = partnerHead;
  const first = exhaustive(facts, state.sets).pair;
  if (first) state.query = tokenOf(0, first[0]);
  breakForm();
  for (const one of document.querySelectorAll("[data-show]")) one.addEventListener("click", () => show(one.dataset.show, false));
  for (const one of document.querySelectorAll("[data-without]")) one.addEventListener("click", () => show(one.dataset.without, true));
  byId("paste").querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const found = read(byId("pasted").value);
    byId("unread").textContent = found.refused ?? "";
    if (found.refused) return;
    [state.sets, state.names] = [found.sets, found.names];
    update();
  });
  byId("asbits").addEventListener("click", () => { byId("pasted").value = written(); });
  update();
  document.body.dataset.ready = "yes";
  if (given.certificate && globalThis.crypto?.subtle) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", file));
    const here = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    byId("sha").textContent = here === given.certificate.sha256
      ? `SHA-256 of the weights in this page, computed here: ${here}, the one in the certificate.`
      : `The weights in this page have another SHA-256 than the certificate, ${here}: believe nothing of it.`;
  }
}

begin();
