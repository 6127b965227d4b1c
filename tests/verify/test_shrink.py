"""Failing instances get as small as they can while they still fail, stay legal, and come out the same every time."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from tests.cases import CLOSEST

from proofformer.problems import Problem, problem
from proofformer.runtime import model_of
from proofformer.verify.checks import adversarial
from proofformer.verify.instances import Sets
from proofformer.verify.instances.draws import random_sets
from proofformer.verify.judge import fails
from proofformer.verify.shrink import fewest, shrink


def drawn(asked: Problem, n: int, seed: int = 0) -> Sets:
    return random_sets(np.random.default_rng(seed), asked, n)


def marked(asked: Problem, sets: Sets, wanted: int) -> Callable[[Sets], bool]:
    """Whether so many of some chosen rows are all there; only legal sets are asked about."""
    rows = [(s, row.tobytes()) for s, matrix in enumerate(sets) for row in matrix[: wanted // len(sets)]]

    def wrong(some: Sets) -> bool:
        asked.instance(*some)
        there = [{row.tobytes() for row in matrix} for matrix in some]
        return all(row in there[s] for s, row in rows)

    return wrong


@pytest.mark.parametrize("n", [2, 40, 300])
@pytest.mark.parametrize("two", [False, True])
def test_only_the_two_rows_that_matter_are_left(n: int, two: bool) -> None:
    asked = problem("closest-pair", dim=24, bichromatic=two)
    sets = drawn(asked, n)
    small = shrink(asked, sets, marked(asked, sets, 2))
    assert sum(map(len, small)) == 2
    assert marked(asked, sets, 2)(small)


def test_entries_that_do_not_matter_become_0() -> None:
    asked = problem("farthest-pair", dim=10, metric="cityblock", levels=5)
    (rows,) = drawn(asked, 60)
    rows[7, 3], rows[40, 8] = 5, 4

    def wrong(sets: Sets) -> bool:
        (some,) = sets
        return bool((some[:, 3] == 5).any() and (some[:, 8] == 4).any())

    (small,) = shrink(asked, (rows,), wrong)
    assert len(small) == 2
    assert sorted(small[small > 0].tolist()) == [4, 5]


@pytest.mark.parametrize("norms", [None, (3, 5)])
@pytest.mark.parametrize("two", [False, True])
def test_only_legal_instances_are_asked_about(norms: tuple[int, ...] | None, two: bool) -> None:
    asked = problem("msd", dim=12, metric="cosine", norms=norms, bichromatic=two)
    sets = drawn(asked, 50)
    seen = []

    def wrong(some: Sets) -> bool:
        seen.append(some)
        asked.instance(*some)
        return True

    small = shrink(asked, sets, wrong)
    assert sum(map(len, small)) == 2
    assert norms is not None or all((rows.sum(1) == 1).all() for rows in small)
    assert len({tuple(rows.tobytes() for rows in some) for some in seen}) == len(seen)


def test_calls_are_bounded_and_what_is_left_still_fails() -> None:
    asked = problem("ov", dim=16)
    sets = drawn(asked, 60)
    inside, calls = marked(asked, sets, 5), 0

    def wrong(some: Sets) -> bool:
        nonlocal calls
        calls += 1
        return inside(some)

    for limit in (1, 20, 200):
        calls = 0
        small = shrink(asked, sets, wrong, calls=limit)
        assert calls <= limit
        assert inside(small)
    assert len(small[0]) == 5


def test_what_is_needed_beside_another_goes_after_it() -> None:
    """0 is needed for as long as 1 is there, which comes later."""
    parts = [(0,), (2,), (1,), (3,)]
    assert fewest(parts, lambda kept: (3,) in kept and ((0,) in kept or (1,) not in kept)) == [(3,)]


def test_sets_that_do_not_fail_come_back() -> None:
    asked = problem("ov", dim=8)
    sets = drawn(asked, 30)
    assert shrink(asked, sets, lambda some: False) is sets


def test_a_mutated_model_is_wrong_on_a_few_rows() -> None:
    """At too weak a temperature, as leaks that matter take few documents."""
    plan = CLOSEST.plan(16, 300, "float32")
    model = model_of(CLOSEST.problem(16), replace(plan, heads=tuple(replace(h, b=1) for h in plan.heads)))
    failure = next(f for k in range(200) if (f := adversarial.run(model, "one_step_worse", k, 0, 4).failure))

    small, again = (shrink(model.problem, failure.case.sets, partial(fails, model), calls=1200) for _ in range(2))
    assert fails(model, small)
    assert len(small[0]) <= 5
    assert np.array_equal(small[0], again[0])
