"""What is drawn for a problem: sizes, and values near a threshold."""

from itertools import product

import numpy as np
import pytest

from proofformer.problems import Problem, problem
from proofformer.problems.kinds import KINDS
from proofformer.problems.oracle import extreme_pair
from proofformer.verify.instances.draws import costs, random_sets, sample, split
from proofformer.verify.instances.steer import optimum, steer

BITS = [
    problem(kind.name, dim=9, bichromatic=two)
    for kind in KINDS
    if kind.measure in ("inner", "hamming")
    for two in (False, True)
]
EVERY = [
    *BITS,
    problem("msd", dim=9),
    problem("lsd", dim=9, metric="jaccard", norms=(2, 4), bichromatic=True),
    problem("closest-pair", dim=4, metric="sqeuclidean", levels=3),
    problem("farthest-pair", dim=4, metric="cityblock", levels=3, bichromatic=True),
]
EACH = pytest.mark.parametrize("asked", EVERY, ids=lambda asked: asked.label)
WITH_THRESHOLD = pytest.mark.parametrize(
    "asked", [asked for asked in BITS if asked.kind.target is None], ids=lambda asked: asked.label
)


@EACH
def test_samples_have_the_size_asked_for_and_cost_what_the_oracle_says(asked: Problem) -> None:
    for draw, n in product((sample, lambda asked, rng, n: random_sets(rng, asked, n)), (2, 3, 17)):
        found = [draw(asked, np.random.default_rng(seed), n) for seed in range(20)]
        assert all(sum(map(len, sets)) == n and asked.instance(*sets).n == n for sets in found)
        assert len({b"".join(rows.tobytes() for rows in sets) for sets in found}) > 5
        if asked in BITS:
            for sets in found:
                best = extreme_pair(*sets, measure=asked.kind.measure, largest=asked.kind.largest).value
                assert costs(asked, sets).min() == (-best if asked.kind.largest else best)


@WITH_THRESHOLD
def test_steer_reaches_every_value(asked: Problem) -> None:
    kind = asked.kind
    for (n, l), seed in product([(2, 5), (9, 6)], range(3)):
        rng = np.random.default_rng(seed)
        sets = tuple(rng.integers(0, 2, (size, l), dtype=np.uint8) for size in split(rng, n, asked.bichromatic))
        before = [rows.copy() for rows in sets]
        for target in range(l + 1):
            steered = steer(rng, kind, sets, target)
            if kind.name == "closest-pair" and len(sets) == 1 and target > optimum(kind, sets):
                assert steered is sets
            else:
                assert optimum(kind, steered) == target
            assert all((x == y).all() for x, y in zip(sets, before, strict=True))


@WITH_THRESHOLD
def test_samples_for_a_threshold_are_at_it_or_one_step_off(asked: Problem) -> None:
    """For every threshold; closest pairs of one set only as far apart as 24 rows can be."""
    for threshold in range(1, 5 if asked.name == "closest-pair" and not asked.bichromatic else 20):
        decision = problem(asked.name, dim=20, bichromatic=asked.bichromatic, threshold=threshold)
        sign = -1 if asked.kind.largest else 1
        drawn = (sample(decision, np.random.default_rng((threshold, k)), 24) for k in range(16))
        steps = [int(costs(decision, sets).min()) - sign * threshold for sets in drawn]
        assert min(steps.count(0), steps.count(1)) >= 3
        assert steps.count(0) + steps.count(1) >= 11


def test_splits_cover_every_size() -> None:
    rng = np.random.default_rng(0)
    assert split(rng, 7, False) == (7,)
    assert {split(rng, 2, True) for _ in range(20)} == {(1, 1)}
    sizes = [split(rng, 9, True) for _ in range(400)]
    assert {a for a, _ in sizes} == set(range(1, 9))
    assert all(a + b == 9 for a, b in sizes)
    assert sum(a == 1 for a, _ in sizes) > 30 < sum(b == 1 for _, b in sizes)
