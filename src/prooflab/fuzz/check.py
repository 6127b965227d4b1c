"""The compiler on circuits of no theorem: random ones, ones with a field perturbed, and plans at their edge.

What the typing rules accept runs as it says: every signal is what the interpreter makes of the circuit.

It asks nothing of the model under verification.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from proofformer.circuit import Circuit, Select, inclusive, lower
from proofformer.errors import ProofError
from proofformer.planner import DTYPES, Plan, make_plan
from proofformer.problems import problem
from proofformer.runtime import Model, model_of
from proofformer.verify.instances import Bits, Sets
from proofformer.verify.instances.draws import generator, split
from proofformer.verify.outcome import Outcome, Tally
from prooflab.fuzz.edge_plans import try_at_edge
from prooflab.fuzz.perturbed import Perturbation
from prooflab.fuzz.random_circuits import kinds_of, random_circuit
from prooflab.fuzz.streams import Comparison

WELL_TYPED, PERTURBED, EDGE_PLANS = "well-typed", "perturbed", "edge plans"
TRIES = 50
MOST_ROUNDS = 3
INSTANCES = 2
USUAL_N = 8


def families(model: Model | None, count: int) -> list[tuple[str, int]]:
    return [(WELL_TYPED, count), (PERTURBED, count), (EDGE_PLANS, count // 10)]


def run(model: Model | None, family: str, seed: int, start: int, stop: int) -> Outcome:
    """Circuits start..stop - 1. What is wrong is in `detail`, with the seed and the number to make it again."""
    tally = Tally()
    for number in range(start, stop):
        rng = generator(seed, family, number)
        if family == EDGE_PLANS:
            try_at_edge(rng, tally, family, seed, number)
        else:
            _try(compiled if family == WELL_TYPED else perturbed, rng, tally, f"{family}, seed {seed}, number {number}")
    return tally.outcome()


@dataclass(frozen=True)
class Compiled:
    """A circuit as it was drawn, the inputs it takes, and its plan."""

    circuit: Circuit
    dim: int
    bichromatic: bool
    plan: Plan


def compiled(rng: np.random.Generator, tally: Tally) -> Compiled | None:
    """A random circuit that the planner accepts, in a random dtype; selects in 1 to 3 rounds, or as it likes."""
    for _ in range(TRIES):
        circuit, dim, bichromatic, max_n = random_circuit(rng)
        dtype = DTYPES[int(rng.integers(len(DTYPES)))]
        try:
            return Compiled(circuit, dim, bichromatic, make_plan(_in_rounds(rng, circuit), max_n=max_n, dtype=dtype))
        except ProofError:
            tally.counts["refused"] += 1
    return None


def perturbed(rng: np.random.Generator, tally: Tally) -> Compiled | None:
    """A random circuit, for either mask, with a field perturbed: the first of many that is accepted."""
    for k in range(TRIES):
        if k % 10 == 0:
            drawn, dim, bichromatic, max_n = random_circuit(rng)
            drawn = _in_rounds(rng, drawn)
            if rng.random() < 0.3:
                with suppress(ProofError):
                    drawn = inclusive(drawn)
        dtype = DTYPES[int(rng.integers(len(DTYPES)))]
        try:
            circuit = Perturbation(drawn, rng).made()
            return Compiled(circuit, dim, bichromatic, make_plan(circuit, max_n=max_n, dtype=dtype))
        except ProofError:
            tally.counts["refused"] += 1
    return None


def _in_rounds(rng: np.random.Generator, circuit: Circuit) -> Circuit:
    if rng.random() < 0.3:
        return circuit
    most = min(MOST_ROUNDS, circuit.signals["place"].width)
    return lower(circuit, {n.name: int(rng.integers(1, most + 1)) for n in circuit.nodes if isinstance(n, Select)})


def _try(
    draw: Callable[[np.random.Generator, Tally], Compiled | None], rng: np.random.Generator, tally: Tally, where: str
) -> None:
    made: Compiled | None = None
    said, n, faults = b"", 0, ["no circuit can be planned"]
    try:
        made = draw(rng, tally)
        if made is not None:
            said, n, faults = _compared(rng, made, tally)
    except Exception as error:  # whatever it is, the circuit was accepted, or should have been refused in a sentence
        faults = [f"{type(error).__name__}: {error}"]
    if made is not None:
        tally.counts.update(dict.fromkeys(set(kinds_of(made.circuit)), 1))
        tally.counts[made.plan.dtype.name] += 1
    tally.add(said, wrong=bool(faults), n=n)
    dtype = "" if made is None else f" ({made.plan.dtype.name})"
    tally.detail += [f"{where}{dtype}: {fault}" for fault in faults[:1]]


def _compared(rng: np.random.Generator, made: Compiled, tally: Tally) -> tuple[bytes, int, list[str]]:
    """What the model says, the largest n, and what is wrong."""
    asked = problem("closest-pair", dim=made.dim, bichromatic=made.bichromatic)
    batch, frame = _instances(rng, made)
    comparison = Comparison(model_of(asked, made.plan), batch, frame, rng)
    faults = list(comparison.faults())
    if any(isinstance(n, Select) for n in made.circuit.nodes):
        faults += comparison.selects(made.circuit)
    tally.counts["signals compared"] += comparison.signals
    tally.counts["numbers compared"] += comparison.numbers
    said = comparison.answers.astype(np.int8).tobytes()
    return said, max(sum(map(len, sets)) for sets in batch), faults


def _instances(rng: np.random.Generator, made: Compiled) -> tuple[list[Sets], tuple[int, ...]]:
    """Two instances of few documents, now and then of as many as there can be, and the rows that they are given."""
    most, wide = made.plan.max_n, rng.random() < 0.1
    frame = split(rng, most if wide else min(most, int(rng.integers(2, USUAL_N + 1))), made.bichromatic)
    least = 1 if made.bichromatic else 2
    sizes = [tuple(int(rng.integers(least, size + 1)) if rng.random() < 0.5 else size for size in frame)]
    sizes.append(tuple(int(rng.integers(least, size + 1)) for size in frame))
    return [tuple(_rows(rng, n, made.dim) for n in some) for some in sizes], frame


def _rows(rng: np.random.Generator, n: int, dim: int) -> Bits:
    """Documents that often repeat, some of them all zero or all one."""
    pool = (rng.random((int(rng.integers(1, 5)), dim)) < rng.uniform(0.1, 0.9)).astype(np.uint8)
    if rng.random() < 0.5:
        pool[0] = rng.integers(2)
    return pool[rng.integers(len(pool), size=n)]
