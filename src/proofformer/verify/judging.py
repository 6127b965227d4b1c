"""One instance through the model and the oracle."""

from __future__ import annotations

import zlib

import numpy as np

from proofformer.errors import ProofError
from proofformer.problems import Decision, Instance, PairAnswer
from proofformer.runtime.answering import Answering
from proofformer.verify.families import Sets
from proofformer.verify.outcome import Case, Failure, Tally

LARGEST_DRAWN = 600
LARGEST_EDGE = 4096
EDGE_EVERY = 50


def generator(seed: int, family: str, number: int) -> np.random.Generator:
    """The random numbers of one instance: whatever shard it is in."""
    return np.random.default_rng((seed, zlib.crc32(family.encode()), number))


def draw_n(rng: np.random.Generator, max_n: int, number: int) -> int:
    """n of both sets together, from 2..min(max_n, 600), a quarter of the time a small one.

    Every 50th instance has n = max_n or max_n - 1 where that is at most 4,096.
    """
    if number % EDGE_EVERY == EDGE_EVERY - 1 and 3 <= max_n <= LARGEST_EDGE:
        return max_n - int(rng.integers(0, 2))
    most = min(max_n, LARGEST_DRAWN)
    if rng.random() < 0.25:
        return min(most, int(2 * ((most + 1) / 2) ** rng.random()))
    return int(rng.integers(2, most + 1))


def asked(model: Answering, instance: Instance) -> PairAnswer | Decision | str:
    """What the model says, or its refusal to call something a bit."""
    try:
        return model.solve(instance)
    except ProofError as error:
        return f"error: {error}"


def judge(model: Answering, case: Case, tally: Tally) -> None:
    """Compare the model with the oracle on one instance."""
    instance = model.problem.instance(*case.sets)
    expected, got = model.problem.answer(instance), asked(model, instance)
    within = model.problem.gamma is not None and not isinstance(got, str)
    right = got == expected or (within and model.problem.accepts(instance, got))
    tally.add(
        f"{case.number} {got}",
        wrong=not right,
        n=instance.n,
        failure=lambda: Failure(model.problem, case, str(expected), str(got)),
    )


def fails(model: Answering, sets: Sets) -> bool:
    """Whether the model answers an instance wrongly."""
    tally = Tally()
    judge(model, Case("", 0, 0, sets), tally)
    return bool(tally.wrong)
