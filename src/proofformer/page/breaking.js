// Where a changed model goes wrong: the first bit that a gate cannot restore, and the smallest instance found by search.
"use strict";

// The gate makes a 0 of all numbers up to ZERO, and a 1 of those within ONE (docs/theory.md, section 3).
const ZERO = 0.5;
const ONE = [0.75, 1.25];
const restorable = (y) => y <= ZERO || (y >= ONE[0] && y <= ONE[1]);

// The first fetched bit of a changed run, in the first such block and on the first token there, that its gate does not restore to what the proved model has there; null if all
// are right. `proved` is the run of the model as it is, on the same documents.
function misread(network, changed, proved) {
  const { facts } = network;
  for (const { heads } of facts.blocks) {
    const reads = heads.flatMap((name) => facts.heads[name].reads.map((read) => ({ name, read })));
    for (const token of Object.keys(proved.heads[heads[0]]?.queries ?? {}).map(Number)) {
      for (const { name, read } of reads) {
        const gate = facts.gates.find((one) => one.takes === read.output);
        if (gate.flag && network.signal(proved, gate.flag, token)[0] === 0) continue;
        const got = network.signal(changed, read.output, token);
        const fine = network.signal(proved, read.output, token);
        for (let c = 0; c < got.length; c++) {
          const bit = fine[c] > ZERO ? 1 : 0;
          const right = bit ? got[c] >= ONE[0] && got[c] <= ONE[1] : got[c] <= ZERO;
          if (right) continue;
          const at = { head: name, token, signal: read.signal, component: read.start + c };
          return { ...at, got: got[c], bit, outside: !restorable(got[c]) };
        }
      }
    }
  }
  return null;
}

const broken = (network, sets, changes) =>
  !accepts(network.facts, network.run(sets, changes).answer, exhaustive(network.facts, sets));

// A generator of numbers from 0 to 1 that gives the same ones every time (a linear congruence modulo 2^32).
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}

function* everyInstance(facts, sizes) {
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const digits = new Array(rows * facts.dim).fill(0);
  for (;;) {
    let at = 0;
    yield sizes.map((size) => Array.from({ length: size }, () => digits.slice(at, (at += facts.dim))));
    let k = digits.length - 1;
    while (k >= 0 && digits[k] === facts.levels) digits[k--] = 0;
    if (k < 0) return;
    digits[k]++;
  }
}

// Random documents: some equal to another but for an entry or two, for ties and for values one apart.
function* someInstances(facts, sizes, count) {
  const random = randomFrom(sizes.reduce((seed, size) => 31 * seed + size, facts.dim));
  const entry = () => Math.floor(random() * (facts.levels + 1));
  for (let k = 0; k < count; k++) {
    const share = random();
    const first = Array.from({ length: facts.dim }, () => (random() < share ? entry() : 0));
    const close = random() < 0.7;
    yield sizes.map((size) =>
      Array.from({ length: size }, () => {
        if (!close) return first.map(() => (random() < share ? entry() : 0));
        const row = [...first];
        for (let c = Math.floor(random() * 3); c > 0; c--) row[Math.floor(random() * facts.dim)] = entry();
        return row;
      }),
    );
  }
}

function* sizesUpTo(facts, most) {
  for (let n = 2; n <= most; n++) {
    if (facts.sets === 1) yield [n];
    else for (let a = 1; a < n; a++) yield [a, n - a];
  }
}

// Without documents, and with zeros for entries, as long as `holds` says yes.
function shrunk(facts, sets, holds) {
  let smallest = sets;
  for (let again = true; again; ) {
    again = false;
    for (const [s, set] of smallest.entries()) {
      for (let i = set.length - 1; i >= 0 && !again; i--) {
        const less = smallest.map((one, k) => (k === s ? one.filter((_, row) => row !== i) : one));
        if (refusal(facts, less) === "" && holds(less)) [smallest, again] = [less, true];
      }
      for (let i = 0; i < set.length && !again; i++) {
        for (let c = 0; c < facts.dim && !again; c++) {
          if (smallest[s][i][c] === 0) continue;
          const less = smallest.map((one) => one.map((row) => [...row]));
          less[s][i][c] = 0;
          if (refusal(facts, less) === "" && holds(less)) [smallest, again] = [less, true];
        }
      }
    }
  }
  return smallest;
}

const ALL = 5000; // instances of a size, up to which all are tried
const SOME = 150; // else so many
const PATIENCE = 20; // milliseconds between two breaths of the page

// The smallest instance on which the changed model is wrong: { sets, all } or null. `all` says that every instance of
// fewer documents was tried. `goesOn(n)` is told how far it is, and ends the search by returning false.
async function smallestBroken(network, changes, goesOn) {
  const { facts } = network;
  let [all, breath] = [true, performance.now()];
  for (const sizes of sizesUpTo(facts, Math.min(facts.max_n, 32))) {
    const rows = sizes.reduce((sum, size) => sum + size, 0);
    const few = rows * facts.dim * Math.log(facts.levels + 1) <= Math.log(ALL);
    for (const sets of few ? everyInstance(facts, sizes) : someInstances(facts, sizes, SOME)) {
      if (performance.now() - breath > PATIENCE) {
        if (!goesOn(rows)) return null;
        await new Promise((resolve) => setTimeout(resolve));
        breath = performance.now();
      }
      if (refusal(facts, sets) !== "" || !broken(network, sets, changes)) continue;
      const found = few ? sets : shrunk(facts, sets, (less) => broken(network, less, changes));
      return { sets: found, all: all && few };
    }
    all &&= few;
  }
  return null;
}
