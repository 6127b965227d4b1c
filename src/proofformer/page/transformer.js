// The Transformer of a model folder, in plain JavaScript, and the exhaustive search that it is held against.
//
//   x = embed(tokens);  each block: x += attention(x); x += W2 relu(W1 x + b1) + b2;  bits = unembed(x at READ)
//
// Every number is rounded as the theory asks (docs/theory.md, section 6): sums are kept in the accumulator, results are
// rounded to the stored type once, softmax subtracts the largest score. Weights are mostly 0, and products with 0 are
// left out, which changes no sum of finite numbers.
"use strict";

const word = new Float32Array(1);
const bitsOfWord = new Uint32Array(word.buffer);

function bfloat16(x) {
  word[0] = x;
  if (Number.isNaN(x)) return x;
  bitsOfWord[0] = (bitsOfWord[0] + 0x7fff + ((bitsOfWord[0] >>> 16) & 1)) & 0xffff0000;
  return word[0];
}

// `sum` rounds to the accumulator, `store` what is in the accumulator to the stored type; `Numbers` holds either.
const ARITHMETIC = {
  float32: { Numbers: Float32Array, sum: Math.fround, store: (x) => x },
  bfloat16: { Numbers: Float32Array, sum: Math.fround, store: bfloat16 },
  float64: { Numbers: Float64Array, sum: (x) => x, store: (x) => x },
};

// What the proof is about, and each way to depart from it that the page offers.
const PROVED = {
  temperature: 1, // times the derived b
  attention: "softmax", // or "linear", "window", "blocks"
  kept: 2, // keys of a window, or blocks of two neighbouring keys
  start: true, // START may be looked at
  index: true, // scores have the entries of the index
  self: false, // documents see themselves
  bfloat16: false, // all numbers are rounded to bfloat16, scores too
};

async function unpacked(base64) {
  const packed = Uint8Array.from(atob(base64.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

// The tensors of a safetensors file: { name: { shape, data } }.
function tensorsOf(file) {
  const size = Number(new DataView(file).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, size)));
  const found = {};
  for (const [name, about] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const bytes = file.slice(8 + size + about.data_offsets[0], 8 + size + about.data_offsets[1]);
    let data;
    if (about.dtype === "F32") data = new Float32Array(bytes);
    else if (about.dtype === "F64") data = new Float64Array(bytes);
    else data = new Float32Array(Uint32Array.from(new Uint16Array(bytes), (half) => half << 16).buffer);
    found[name] = { shape: about.shape, data };
  }
  return found;
}

// W x + b, by the entries of W that are not 0.
class Linear {
  constructor(weight, bias) {
    const [rows, columns] = weight.shape;
    this.rows = rows;
    this.bias = bias ? bias.data : new Float32Array(rows);
    this.starts = [0];
    this.columns = [];
    this.factors = [];
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        const factor = weight.data[r * columns + c];
        if (factor !== 0) {
          this.columns.push(c);
          this.factors.push(factor);
        }
      }
      this.starts.push(this.columns.length);
    }
  }

  of(x, { Numbers, sum, store }, relu = false) {
    const out = new Numbers(this.rows);
    for (let r = 0; r < this.rows; r++) {
      let total = this.bias[r];
      for (let k = this.starts[r]; k < this.starts[r + 1]; k++) {
        total = sum(total + sum(this.factors[k] * x[this.columns[k]]));
      }
      total = store(total);
      out[r] = relu && total < 0 ? 0 : total; // NaN stays NaN
    }
    return out;
  }
}

class Network {
  // `facts` is what the page is told of the model (facts.py), `file` its model.safetensors.
  constructor(facts, file) {
    this.facts = facts;
    const tensors = tensorsOf(file);
    const linear = (name) => new Linear(tensors[`${name}.weight`], tensors[`${name}.bias`]);
    this.embed = linear("embed");
    this.unembed = linear("unembed");
    this.blocks = facts.blocks.map((block, k) => ({
      ...block,
      attention: block.heads.length
        ? Object.fromEntries(
            ["query", "key", "value", "output"].map((part) => [part, linear(`blocks.${k}.attention.${part}`)]),
          )
        : null,
      mlp: block.mlp ? [linear(`blocks.${k}.mlp.hidden`), linear(`blocks.${k}.mlp.output`)] : null,
    }));
  }

  // Runs the network on sets of documents. `streams` has the residual stream after the embedding and after each half of
  // a block, `heads` what each head did: scores and weights by row, NaN where a token does not see another.
  run(sets, changes = {}) {
    const how = { ...PROVED, ...changes };
    const numbers = ARITHMETIC[how.bfloat16 ? "bfloat16" : this.facts.dtype];
    const { tokens, names } = this.tokens(sets);
    let x = tokens.map((token) => this.embed.of(token, numbers));
    const trace = { names, streams: [x], heads: {}, how };
    for (const block of this.blocks) {
      const asking = block.read ? [x.length - 1] : [...x.keys()];
      if (block.attention) x = this.mix(x, asking, block, how, numbers, trace.heads);
      trace.streams.push(x);
      if (block.mlp) {
        x = [...x];
        const [hidden, output] = block.mlp;
        for (const r of asking) x[r] = plus(x[r], output.of(hidden.of(x[r], numbers, true), numbers), numbers);
      }
      trace.streams.push(x);
    }
    trace.answer = this.spell(this.unembed.of(x[x.length - 1], numbers), sets);
    return trace;
  }

  // The tokens [START, B reversed, A reversed, READ] by their input signals, and their names.
  tokens(sets) {
    const { inputs, inclusive, entry_weights: weights } = this.facts;
    const flags = sets.length === 1 ? ["is_document"] : ["is_first", "is_second"];
    const letters = sets.length === 1 ? [""] : ["A", "B"];
    const own = inputs.filter((input) => !input.seen);
    const tokens = [{ is_start: [1] }];
    const names = ["START"];
    for (let s = sets.length - 1; s >= 0; s--) {
      for (let i = sets[s].length - 1; i >= 0; i--) {
        const width = own.find((input) => input.name === "place").width;
        const place = Array.from({ length: width }, (_, k) => (i >> k) & 1);
        tokens.push({ [flags[s]]: [1], doc: sets[s][i].flatMap((entry) => code(entry, weights)), place });
        names.push(`${letters[s]}${i}`);
      }
    }
    tokens.push({});
    names.push("READ");
    const rows = tokens.map((token) =>
      own.flatMap(({ name, width }) => (name === "one" ? [1] : (token[name] ?? new Array(width).fill(0)))),
    );
    if (!inclusive) return { tokens: rows, names };
    // Each token has a copy of what the token before it is.
    const copies = rows.map((_, r) => (r ? rows[r - 1] : rows[0].map(() => 0)));
    const starts = {};
    let at = 0;
    for (const { name, width } of own) {
      starts[name] = [at, at + width];
      at += width;
    }
    const copied = inputs.filter((input) => input.seen).map((input) => starts[input.seen]);
    return { tokens: rows.map((row, r) => [...row, ...copied.flatMap(([a, z]) => copies[r].slice(a, z))]), names };
  }

  // The attention half of a block, for the rows that ask.
  mix(x, asking, block, how, numbers, found) {
    const { attention, heads, width } = block;
    const keys = x.map((row) => attention.key.of(row, numbers));
    const values = x.map((row) => attention.value.of(row, numbers));
    const mixed = [...x];
    for (const name of heads) found[name] = { queries: {}, keys: {}, scores: {}, weights: {} };
    for (const r of asking) {
      const query = attention.query.of(x[r], numbers);
      const out = new numbers.Numbers(heads.length * width);
      const seen = this.seen(r, block, how);
      heads.forEach((name, h) => {
        const part = (row) => row.subarray(h * width, (h + 1) * width);
        const head = found[name];
        head.queries[r] = part(query);
        head.scores[r] = new Float64Array(x.length).fill(NaN);
        head.weights[r] = new Float64Array(x.length).fill(NaN);
        for (const t of seen) head.keys[t] = part(keys[t]);
        // The first token sees none before it, and its heads return zeros. Any other row of none is 0 / 0.
        if (!seen.length && r === 0) return;
        const scores = seen.map((t) => this.score(name, part(query), part(keys[t]), how, numbers));
        const { weights, total } = weigh(scores, seen, part(query), seen.map((t) => part(keys[t])), how, numbers);
        seen.forEach((t, k) => {
          head.scores[r][t] = scores[k];
          head.weights[r][t] = weights[k] / total;
        });
        for (let c = 0; c < width; c++) {
          let mean = 0;
          seen.forEach((t, k) => {
            const value = values[t][h * width + c];
            if (value !== 0) mean = numbers.sum(mean + numbers.sum(weights[k] * value));
          });
          out[h * width + c] = numbers.store(numbers.sum(mean / total));
        }
      });
      mixed[r] = plus(x[r], attention.output.of(out, numbers), numbers);
    }
    return mixed;
  }

  // The keys that a row sees: the tokens before it, and itself where the model's tokens do.
  seen(r, block, how) {
    const { inclusive } = this.facts;
    const self = inclusive || (how.self && !block.read && r > 0);
    const start = inclusive && !block.read ? 1 : 0; // there a key stands for the token before it
    const found = [];
    for (let t = 0; t < r + self; t++) if (how.start || t !== start) found.push(t);
    return found;
  }

  // <query, key>: b times the weighted sum of the entries.
  score(name, query, key, how, { sum }) {
    let total = 0;
    for (const { rows, kind } of this.facts.heads[name].entries) {
      if (kind === "index" && !how.index) continue;
      for (let c = rows[0]; c < rows[1]; c++) total = sum(total + sum(query[c] * key[c]));
    }
    total = how.temperature === 1 ? total : sum(total * how.temperature);
    return how.bfloat16 ? bfloat16(total) : total;
  }

  // The components of a signal on a token; of a signal of READ, on READ.
  signal(trace, name, token) {
    const { start, stop, time } = this.facts.signals[name];
    return trace.streams[time + 1][token].subarray(start, stop);
  }

  // The answer that the output bits spell. `refused` says why they spell none: then nothing is answered.
  spell(bits, sets) {
    const { question, dim, measure, target } = this.facts;
    const told = {};
    let at = 0;
    for (const { name, width } of this.facts.fields) {
      const part = [...bits.subarray(at, (at += width))];
      const odd = part.find((bit) => bit !== 0 && bit !== 1);
      if (odd !== undefined) return { refused: `an output bit is ${Number(odd.toPrecision(4))}, neither 0 nor 1` };
      told[name] = part.reduce((number, bit, k) => number + bit * 2 ** k, 0);
    }
    if (question === "decide") return { decision: told.decision === 1 };
    if (!told.found) return target === null ? { refused: "it names no pair, and there is one" } : { pair: null };
    const { i, j } = told;
    const [left, right] = [sets[0], sets[sets.length - 1]];
    if (i >= left.length || j >= right.length || (sets.length === 1 && i >= j)) {
      return { refused: `it names (${i}, ${j}), which is no pair` };
    }
    if (told.norm_i === 0 || told.norm_j === 0) return { refused: "it names a document without ones" };
    const value = "shared" in told ? similarity(measure, told.shared, told.norm_i, told.norm_j) : whole(told.value);
    const has = valueOf(measure, left[i], right[j], dim);
    if (value.text !== has.text) return { refused: `it gives rows ${i} and ${j} the value ${value.text}: it is ${has.text}` };
    if (target !== null && value.text !== String(target)) return { refused: `rows ${i} and ${j} do not count` };
    return { pair: [i, j], value };
  }
}

function plus(x, y, { sum, store }) {
  return x.map((number, k) => store(sum(number + y[k])));
}

// A number of 0..C as the bits whose weights add up to C.
function code(entry, weights) {
  const low = weights.slice(0, -1);
  const top = Number(low.length === 0 ? entry : entry >= 2 ** low.length);
  return [...low.map((_, k) => ((entry - top * weights[low.length]) >> k) & 1), top];
}

// How much each key weighs, and the sum of that.
function weigh(scores, seen, query, keys, how, { sum, store }) {
  let weights;
  if (how.attention === "linear") {
    const feature = (x) => (x > 0 ? x + 1 : Math.exp(x));
    weights = keys.map((key) => key.reduce((w, x, c) => w + feature(x) * feature(how.temperature * query[c]), 0));
  } else {
    const read = kept(scores, seen, how);
    const largest = scores.reduce((most, s, k) => (read[k] && s > most ? s : most), -Infinity);
    weights = scores.map((s, k) => (read[k] ? store(sum(Math.exp(sum(s - largest)))) : 0));
  }
  return { weights, total: weights.reduce((total, w) => sum(total + w), 0) };
}

// The keys that are read at all: all of them; the last, with START; or the blocks of two whose means score best.
function kept(scores, seen, how) {
  if (how.attention === "window") return seen.map((t, k) => k >= seen.length - how.kept || t === 0);
  if (how.attention !== "blocks") return seen.map(() => true);
  const blocks = new Map();
  seen.forEach((t, k) => blocks.set(t >> 1, [...(blocks.get(t >> 1) ?? []), scores[k]]));
  const mean = (some) => some.reduce((a, b) => a + b, 0) / some.length;
  const best = [...blocks].sort(([, a], [, b]) => mean(b) - mean(a)).slice(0, how.kept);
  const chosen = new Set(best.map(([block]) => block));
  return seen.map((t) => chosen.has(t >> 1));
}

// Exact values: `square` is a fraction [numerator, denominator], so that roots compare as whole numbers do.
const whole = (v) => ({ square: [v * v, 1], text: String(v) });

function similarity(measure, shared, a, b) {
  let [p, q] = { cosine: [shared ** 2, a * b], jaccard: [shared ** 2, (a + b - shared) ** 2] }[measure] ?? [
    (2 * shared) ** 2,
    (a + b) ** 2,
  ];
  let [g, rest] = [p, q];
  while (rest) [g, rest] = [rest, g % rest];
  [p, q] = [p / g, q / g];
  const [up, down] = [Math.sqrt(p), Math.sqrt(q)];
  const rational = Number.isInteger(up) && Number.isInteger(down);
  const over = (n, d) => (d === 1 ? `${n}` : `${n}/${d}`);
  return { square: [p, q], text: rational ? over(up, down) : `sqrt(${over(p, q)})` };
}

function valueOf(measure, x, y) {
  const total = (step) => x.reduce((sum, a, k) => sum + step(a, y[k]), 0);
  const ones = (row) => row.reduce((sum, bit) => sum + bit, 0);
  if (measure === "inner") return whole(total((a, b) => a * b));
  if (measure === "hamming") return whole(total((a, b) => Number(a !== b)));
  if (measure === "cityblock") return whole(total((a, b) => Math.abs(a - b)));
  if (measure === "sqeuclidean") return whole(total((a, b) => (a - b) ** 2));
  return similarity(measure, total((a, b) => a * b), ones(x), ones(y));
}

const larger = ([p, q], [r, s]) => p * s > r * q;

function* pairsOf(sets) {
  const [left, right] = [sets[0], sets[sets.length - 1]];
  for (let i = 0; i < left.length; i++) {
    for (let j = sets.length === 1 ? i + 1 : 0; j < right.length; j++) yield [i, j];
  }
}

// The exact answer, by comparing all pairs.
function exhaustive(facts, sets) {
  const { question, measure, largest, target, cut } = facts;
  const right = sets[sets.length - 1];
  let best = null;
  for (const [i, j] of pairsOf(sets)) {
    const value = valueOf(measure, sets[0][i], right[j]);
    const better = best === null || (largest ? larger(value.square, best.value.square) : larger(best.value.square, value.square));
    if (better) best = { pair: [i, j], value };
  }
  if (question === "decide") {
    const short = largest ? larger(cut, best.value.square) : larger(best.value.square, cut);
    return { decision: !short };
  }
  return target !== null && best.value.text !== String(target) ? { pair: null } : best;
}

// Whether an answer is right: the same as the exact one or, within a factor, any pair that is as good as was asked.
function accepts(facts, answer, exact) {
  if (answer.refused) return false;
  if (facts.gamma === null || !exact.pair) return spelled(answer) === spelled(exact);
  const [low, high] = facts.largest ? [answer, exact] : [exact, answer];
  const [[p, q], [r, s], [up, down]] = [low.value.square, high.value.square, facts.gamma].map((f) => f.map(BigInt));
  return r * q * down <= p * s * up;
}

function spelled(answer) {
  if (answer.refused) return `no answer: ${answer.refused}`;
  if ("decision" in answer) return answer.decision ? "yes" : "no";
  return answer.pair === null ? "no pair" : `pair (${answer.pair.join(", ")}), value ${answer.value.text}`;
}

// Why the model does not take these documents; "" where it does.
function refusal(facts, sets) {
  const n = sets.reduce((sum, set) => sum + set.length, 0);
  if (n > facts.max_n) return `These are ${n} documents, and the model was compiled for ${facts.max_n}: remove some.`;
  if (sets.some((set) => set.length < facts.least_n)) return "A pair needs two documents: add one.";
  if (!facts.similarity) return "";
  for (const set of sets) {
    for (const [i, row] of set.entries()) {
      const ones = row.reduce((sum, bit) => sum + bit, 0);
      if (ones === 0) return `Document ${i} has no ones, and similarity is not defined for it: click one of its bits.`;
      if (facts.norms && !facts.norms.includes(ones)) {
        return `Document ${i} has ${ones} ones, and the model takes ${facts.norms.join(", ")}: change some bits.`;
      }
    }
  }
  return "";
}
