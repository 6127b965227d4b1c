"""Stored weights altered, one at a time: caught by a wrong answer or a wrong signal, certified, or a survivor.

A copy is certified if `check` proves, from its weights alone, that it still answers every input. A survivor is neither
caught nor certified: the checker says where its proof ends, for whoever wants to explain it. What this check counts as
wrong is a copy that is certified and answers wrongly: then the checker is wrong, or the kernel breaks what it assumes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from proofformer.artifacts.model_folder import proved
from proofformer.errors import Choice, InputError
from proofformer.problems import Problem
from proofformer.runtime import Model
from proofformer.verify.instances import Bits, Sets, families_for
from proofformer.verify.instances.draws import generator, random_sets, sample, split
from proofformer.verify.instances.edges import edge_families, saturated_readout, saturated_sets
from proofformer.verify.judge import fails
from proofformer.verify.outcome import Outcome, Tally
from proofformer.verify.recorder import Recorded, difference
from proofformer.verify.weights import Alteration, alterations, altered

FAMILY = "weights"
WRONG_ANSWER, WRONG_SIGNAL, CERTIFIED, SURVIVED = "wrong answer", "wrong signal", "certified", "survived"
BELIEVED = "certified and wrong"
VERDICTS = (WRONG_ANSWER, WRONG_SIGNAL, CERTIFIED, SURVIVED, BELIEVED)
PAIRS, SMALL, OF_EACH, LARGE, TIED = 500, 300, 12, 6, 16
MOST_SMALL, MOST_MIDDLE, MOST_CHEAP, MOST_LARGE = 5, 24, 256, 2048
AT_A_TIME = 256


def families(model: Model, count: int) -> list[tuple[str, int]]:
    return [(FAMILY, len(alterations(model, 0, count)))]


def run(model: Model, family: str, seed: int, start: int, stop: int) -> Outcome:
    """Alterations start..stop - 1. Counts verdicts; `detail` has the survivors, and what the checker says of them."""
    tally = Tally()
    for alteration in alterations(model, seed, stop)[start:stop]:
        verdict, says = judge(model, alteration)
        tally.counts[verdict] += 1
        tally.add(f"{alteration}: {verdict}", wrong=verdict == BELIEVED)
        if verdict in (SURVIVED, BELIEVED):
            of = f"{model.problem.label}, {model.plan.dtype.name}"
            tally.detail.append(f"{of}: {alteration}: {verdict}, {says}")
    return tally.outcome()


def judge(model: Model, alteration: Alteration) -> tuple[str, str]:
    """The verdict, and what the checker says of the altered model."""
    asked, other = model.problem, altered(model, alteration)
    certified, says = proved(other)
    wrong, signal = _caught(model, other)
    if wrong and (not certified or asked.task is not None):  # What it measures may be compared on a sample of rows.
        return WRONG_ANSWER, says
    if wrong and asked.gamma is None:  # Within a factor, another answer may be right as well.
        return BELIEVED, says
    if signal is not None:
        return WRONG_SIGNAL, says
    return CERTIFIED if certified else SURVIVED, says


def _caught(model: Model, other: Model) -> tuple[bool, str | None]:
    """Whether another model answers some instance otherwise; if not, the first signal that differs on any."""
    signal = None
    for recorded in trials(model):
        another, first = difference(other, recorded)
        if another:
            return True, None
        signal = signal or first
    return False, signal


@lru_cache(maxsize=1)
def trials(model: Model) -> tuple[Recorded, ...]:
    """Instances on which a model is compared with another, small ones first. Raises `InputError` if it fails on one."""
    found: list[Recorded] = []
    by_frame: dict[tuple[int, ...], list[Sets]] = {}
    for k, sets in enumerate(instances(model)):
        # Sets of nearly the same sizes share a batch; small ones are padded now and then.
        sizes, more = tuple(map(len, sets)), int(k % 4 < 2)
        frame = tuple(size + more if size <= MOST_SMALL else -(-size // 8) * 8 for size in sizes)
        frame = frame if sum(frame) <= model.max_n else sizes
        by_frame.setdefault(frame, []).append(sets)
    for frame in sorted(by_frame, key=sum):
        for at in range(0, len(by_frame[frame]), AT_A_TIME):
            some = by_frame[frame][at : at + AT_A_TIME]
            if any(fails(model, sets) for sets in some):
                raise InputError(
                    "the model itself is wrong, so its mutants tell nothing: run verify with ",
                    Choice("adversarial", 200),
                    " first",
                )
            found.append(Recorded.of(model, some, at))
    return tuple(found)


def instances(model: Model) -> Iterator[Sets]:
    """Pairs and other tiny instances, some of each adversarial family, some at many positions, a few large ones."""
    asked, max_n = model.problem, model.max_n
    for k in range(PAIRS + SMALL):
        rng = generator(0, "mutants: small", k)
        n = 2 if k < PAIRS else int(rng.integers(2, min(max_n, MOST_SMALL) + 1))
        yield random_sets(rng, asked, n) if k % 2 else sample(asked, rng, n)
    for family in families_for(asked):
        for k in range(OF_EACH):
            rng = generator(0, f"mutants: {family.name}", k)
            n = int(rng.integers(2, min(max_n, MOST_MIDDLE) + 1))
            yield family.make(rng, asked, split(rng, n, asked.bichromatic))
    yield from ties_apart(asked, max_n)
    large = min(max_n, MOST_LARGE)
    for n, each in ((min(max_n, MOST_MIDDLE), 3 * OF_EACH), (large, 3 * OF_EACH if large <= MOST_CHEAP else LARGE)):
        plan = replace(model.plan, max_n=n)
        for edge in edge_families(asked):
            for k in range(each):
                yield edge.make(generator(0, f"mutants: {edge.name}, {n}", k), asked, plan)


def ties_apart(asked: Problem, max_n: int) -> Iterator[Sets]:
    """A few documents that tie for the best, at indices that differ in one bit or two, among others that are worse.

    And one document with a single 1 among full ones: what looks like READ and padding, at such an index.
    """
    for n in (min(max_n, MOST_MIDDLE), min(max_n, 2 * MOST_MIDDLE), min(max_n, MOST_LARGE)):
        for k in range(TIED):
            rng = generator(0, f"mutants: ties, {n}", k)
            sizes = split(rng, n, asked.bichromatic)
            made = saturated_readout(rng, asked, n, n - 2) if len(sizes) == 1 else None
            sets = made if made is not None else saturated_sets(rng, asked, (sizes[0], sizes[1]), max(sizes) - 1)
            yield tuple(_spread(rng, rows) for rows in sets)
            sparse = tuple(np.full((size, asked.dim), asked.levels, np.uint8) for size in sizes)
            row = sparse[int(rng.integers(len(sparse)))]
            row[_power(rng, len(row))] = np.eye(1, asked.dim, dtype=np.uint8)[0]
            if asked.norms is None:
                yield sparse


def _spread(rng: np.random.Generator, rows: Bits) -> Bits:
    """The last three rows moved to indices near powers of two, the others in their order."""
    places = sorted({_power(rng, len(rows)) for _ in range(min(3, len(rows)))})
    order = np.full(len(rows), -1)
    order[places] = len(rows) - len(places) + np.arange(len(places))
    order[order < 0] = np.arange(len(rows) - len(places))
    return np.take(rows, order, axis=0)


def _power(rng: np.random.Generator, n: int) -> int:
    """An index below n at a power of two, or the sum of two, or 0."""
    bits = max(1, (n - 1).bit_length())
    at = int(sum(1 << int(bit) for bit in set(rng.integers(0, bits, int(rng.integers(1, 3))).tolist())))
    return at if at < n else int(rng.integers(n))


def told(name: str, counts: Mapping[str, int]) -> Sequence[str]:
    """How many were caught, and what became of the others."""
    of = {verdict: counts.get(verdict, 0) for verdict in VERDICTS}
    caught = of.pop(WRONG_ANSWER), of.pop(WRONG_SIGNAL)
    ways = "{:,} by a wrong answer, {:,} by a wrong signal".format(*caught)
    others = (f"{count:,} {verdict}" for verdict, count in of.items() if count or verdict != BELIEVED)
    return [f"{name}: {sum(caught):,} caught ({ways}), {', '.join(others)}"]
