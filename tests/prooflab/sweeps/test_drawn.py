"""Streams of instances follow from their seed and meet their quotas, which are counted as they are defined."""

from itertools import product
from math import sqrt
from typing import Any

import numpy as np
import pytest
from tests.verify.matrices import losses, pairs_at

from proofformer.errors import InputError
from proofformer.problems import Problem
from proofformer.problems.kinds import KINDS, Kind
from proofformer.problems.oracle import extreme_pair, profile
from proofformer.problems.problem import QUESTIONS
from proofformer.verify.instances import Sets, scale_for
from proofformer.verify.instances.draws import costs
from prooflab.sweeps.drawn import campaign, near_threshold
from prooflab.sweeps.quotas import format_quota_table, measure, properties, quota_table, quotas

ASKED = [
    (kind, question, two, norms)
    for kind in KINDS
    for question in QUESTIONS
    for two in (False, True)
    for norms in ((False, True) if kind.is_similarity and question == "search" else (False,))
    if norms or question == "decide" or kind.measure not in ("jaccard", "dice")
]
BITS = [asked for asked in ASKED if asked[0].measure in ("inner", "hamming")]
EVERY = pytest.mark.parametrize(("kind", "question", "two", "norms"), ASKED)


@pytest.mark.parametrize(
    ("kind", "question", "two", "norms"),
    [
        pytest.param(*asked, marks=[pytest.mark.slow] if k % 12 and asked not in BITS else [])
        for k, asked in enumerate(ASKED)
    ],
)
def test_quotas_are_met(kind: Kind, question: str, two: bool, norms: bool) -> None:
    """Of many small instances: the share needed, less a standard deviation. Other seeds had one more at least."""
    count = 600 if kind.measure in ("inner", "hamming") else 300
    drawn = campaign(kind.name, question, two, 5, count, (2, 80), metric=kind.metric, norms=norms)
    table = quota_table(measure(question, two, drawn, kind), count)
    assert [row.name for row in table] == [quota.name for quota in quotas(question, two, kind)]
    for row in table:
        expected, spread = row.required * count, sqrt(count * row.required * (1 - row.required))
        assert row.instances >= max(1, expected - spread) or row.name == "n_over_300", format_quota_table(table)


def test_enough_instances_are_large() -> None:
    table = quota_table(measure("search", False, campaign("ov", "search", False, 5, 120), KINDS[0]), 120)
    assert next(row for row in table if row.name == "n_over_300").met


@EVERY
def test_streams_follow_from_the_seed_and_are_judged_as_by_the_oracle(
    kind: Kind, question: str, two: bool, norms: bool
) -> None:
    """Each instance is legal and the same for the same seed, and costs and thresholds say what the oracle does."""

    def drawn(seed: int, count: int) -> list[tuple[Problem, list[list[list[int]]]]]:
        given: dict[str, Any] = {"metric": kind.metric, "norms": norms, "lengths": (4, 9)}
        found = campaign(kind.name, question, two, seed, count, (2, 24), (1, 12), **given)
        return [(asked, [rows.tolist() for rows in sets]) for asked, sets in found]

    long = drawn(3, 24)
    assert long[:12] == drawn(3, 12)
    assert long[:12] != drawn(4, 12)
    for asked, entries in long:
        sets = tuple(np.array(rows, np.uint8) for rows in entries)
        assert (asked.kind, asked.question, asked.bichromatic) == (kind, question, two)
        assert (asked.norms is not None) is norms
        assert 2 <= asked.instance(*sets).n == sum(map(len, sets)) <= 24
        found = properties(asked, sets)
        best = extreme_pair(*sets, measure=kind.measure, largest=kind.largest, levels=asked.levels)
        assert scale_for(asked).value(abs(int(costs(asked, sets).min()))) == best.value
        if kind.target is None:
            assert found["several_optimal"] is (
                profile(*sets, measure=kind.measure, levels=asked.levels)[best.value] > 1
            )
        if question == "decide":
            assert found["yes"] is bool(asked.answer(*sets)) is not found["no"]
            assert found["exactly_at"] is (best.value == asked.cut)


@pytest.mark.parametrize(("kind", "question", "two", "norms"), BITS)
def test_properties_agree_with_a_literal_reading(kind: Kind, question: str, two: bool, norms: bool) -> None:
    for asked, sets in campaign(kind.name, question, two, 11, 40, (2, 24), (1, 10)):
        assert properties(asked, sets) == read(asked, sets)


def read(asked: Problem, sets: Sets) -> dict[str, bool]:
    kind, matrix, documents = asked.kind, losses(asked, sets), [row for rows in sets for row in rows]
    optimum = matrix.min() if kind.target is None else kind.target
    best = pairs_at(matrix, optimum, one_set=len(sets) == 1)
    n = len(documents)
    asking = [i for i in range(len(sets[0])) if not any(i in (pair if len(sets) == 1 else pair[:1]) for pair in best)]
    ends = ((0, 1), (n - 2, n - 1)) if len(sets) == 1 else ((0, 0), (len(sets[0]) - 1, len(sets[1]) - 1))
    found = {
        "n_over_300": n > 300,
        "several_optimal": len(best) > 1,
        "one_step_worse": len(best) <= 1 and asking != [] and all(matrix[i].min() == optimum + 1 for i in asking),
        "first_pair_at_end": best != [] and best[0] in ends,
        "all_zero_row": any(not row.any() for row in documents),
        "all_one_row": any(row.all() for row in documents),
        "duplicate_rows": len({row.tobytes() for row in documents}) < n,
        "one_hot_row": any(row.sum() == 1 for row in documents),
    }
    if asked.question == "decide":
        cut = 0 if asked.cut is None else asked.cut
        loss = asked.dim - cut if kind.largest else cut
        yes = bool(asked.answer(*sets))
        found |= {
            "yes": yes,
            "no": not yes,
            "exactly_at": matrix.min() == loss,
            "one_step_off": matrix.min() == loss + 1,
        }
    if len(sets) == 2:
        within = min(losses(asked, (rows,)).min() for rows in sets)
        texts = [[row.tobytes() for row in rows] for rows in sets]
        found |= {
            "tie_across": any(p[0] != q[0] and p[1] != q[1] for p in best for q in best),
            "tie_inside": any(p[0] == q[0] and p[1] != q[1] for p in best for q in best),
            "duplicates_in_a": len(set(texts[0])) < len(texts[0]),
            "duplicates_in_b": len(set(texts[1])) < len(texts[1]),
            "duplicates_across": bool(set(texts[0]) & set(texts[1])),
            "one_against_all": sorted(map(len, sets))[0] == 1 and n > 2,
            "better_within": bool(within < matrix.min()),
        }
    return found


def test_thresholds_near_the_optimum_stay_in_range() -> None:
    for kind, best in product({asked[0] for asked in BITS if asked[0].target is None}, range(5)):
        rng = np.random.default_rng(best)
        drawn = [near_threshold(rng, kind, best, 4) for _ in range(100)]
        assert all(0 <= t <= 4 for t in drawn)
        beyond = best + 1 if kind.largest else best - 1
        assert drawn.count(best) >= 10
        assert not 0 <= beyond <= 4 or drawn.count(beyond) >= 40


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(InputError, match="range of n is 1 to 5"):
        next(campaign("ov", "search", False, 0, 1, (1, 5)))
    with pytest.raises(InputError, match="range of l is 9 to 8"):
        next(campaign("ov", "search", False, 0, 1, l_range=(9, 8)))
    with pytest.raises(InputError, match="no msd with the metric 'hamming'"):
        next(campaign("msd", "search", False, 0, 1, metric="hamming"))


def test_quota_table_counts_presence_and_shares() -> None:
    table = quota_table({"n_over_300": 25, "several_optimal": 24, "all_zero_row": 0, "one_hot_row": 1}, 100)
    assert [row.met for row in table] == [True, False, False, True]
    assert [row.share for row in table] == [0.25, 0.24, 0.0, 0.01]
    assert "NO" in format_quota_table(table)
