"""The compiler on circuits of no theorem: random ones run as they mean, broken ones are refused; plans at their edge.

It asks nothing of the model under verification.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proofformer.circuit import Circuit, Select, lower
from proofformer.errors import ProofError
from proofformer.planner import DTYPES, Plan, make_plan
from proofformer.problems import problem
from proofformer.runtime import Model, model_of
from proofformer.verify.instances import Bits, Sets
from proofformer.verify.instances.draws import generator, split
from proofformer.verify.outcome import Outcome, Tally
from prooflab.fuzz.edge_plans import try_at_edge
from prooflab.fuzz.ill_typed import ill_typed
from prooflab.fuzz.random_circuits import kinds_of, random_circuit
from prooflab.fuzz.streams import Comparison

WELL_TYPED, ILL_TYPED, EDGE_PLANS = "well-typed", "ill-typed", "edge plans"
TRIES = 50
MOST_ROUNDS = 3
INSTANCES = 2
USUAL_N = 8


def families(model: Model | None, count: int) -> list[tuple[str, int]]:
    return [(WELL_TYPED, count), (ILL_TYPED, count // 10), (EDGE_PLANS, count // 10)]


def run(model: Model | None, family: str, seed: int, start: int, stop: int) -> Outcome:
    """Circuits start..stop - 1. What is wrong is in `detail`, with the seed and the number to make it again."""
    one = {WELL_TYPED: _well_typed, ILL_TYPED: _ill_typed, EDGE_PLANS: try_at_edge}[family]
    tally = Tally()
    for number in range(start, stop):
        one(generator(seed, family, number), tally, family, seed, number)
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
        asked = circuit
        if rng.random() < 0.7:
            most = min(MOST_ROUNDS, circuit.signals["place"].width)
            rounds = {n.name: int(rng.integers(1, most + 1)) for n in circuit.nodes if isinstance(n, Select)}
            asked = lower(circuit, rounds)
        try:
            return Compiled(circuit, dim, bichromatic, make_plan(asked, max_n=max_n, dtype=dtype))
        except ProofError:
            tally.counts["refused"] += 1
    return None


def _well_typed(rng: np.random.Generator, tally: Tally, family: str, seed: int, number: int) -> None:
    made: Compiled | None = None
    said, n, faults = b"", 0, ["no circuit can be planned"]
    try:
        made = compiled(rng, tally)
        if made is not None:
            said, n, faults = _compared(rng, made, tally)
    except Exception as error:  # whatever it is, the circuit is well typed
        faults = [f"{type(error).__name__}: {error}"]
    if made is not None:
        tally.counts.update(dict.fromkeys(set(kinds_of(made.circuit)), 1))
        tally.counts[made.plan.dtype.name] += 1
    tally.add(said, wrong=bool(faults), n=n)
    dtype = "" if made is None else f" ({made.plan.dtype.name})"
    tally.detail += [f"{family}, seed {seed}, number {number}{dtype}: {fault}" for fault in faults[:1]]


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


def _ill_typed(rng: np.random.Generator, tally: Tally, family: str, seed: int, number: int) -> None:
    broken = ill_typed(rng)
    said, fault = "accepted", "accepted"
    try:
        broken()
    except ProofError as error:
        said, fault = str(error), ""
    except Exception as error:
        said = fault = f"{type(error).__name__}: {error}"
    tally.counts[broken.violation] += 1
    tally.add(said, wrong=bool(fault))
    if fault:
        tally.detail.append(f"{family}, seed {seed}, number {number}: {broken.violation}: {fault}")
