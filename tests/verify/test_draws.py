"""What is drawn for a problem: its shape, its thresholds, its quotas; and that everything follows from the seed."""

from itertools import product

import numpy as np
import pytest
from tests.verify.matrices import FAR, distances, losses, pairs_at, products

from proofformer.errors import InputError
from proofformer.problems import Problem, problem
from proofformer.problems.kinds import KINDS, Kind
from proofformer.problems.oracle import extreme_pair, profile
from proofformer.problems.problem import QUESTIONS
from proofformer.verify.instances import Sets, scale_for
from proofformer.verify.instances.draws import campaign, costs, near_threshold, random_sets, sample, split
from proofformer.verify.instances.quotas import format_quota_table, measure, properties, quota_table, quotas
from proofformer.verify.instances.steer import optimum, steer

PLAIN = [kind for kind in KINDS if kind.measure in ("inner", "hamming")]
ASKED = [(kind.name, question, two) for kind in PLAIN for question in QUESTIONS for two in (False, True)]
EVERY_QUESTION = pytest.mark.parametrize(("name", "question", "two"), ASKED)
WITH_THRESHOLD = [kind for kind in PLAIN if kind.target is None]

ON_SCALES = [
    (kind, question, two, norms)
    for kind in KINDS
    if kind not in PLAIN
    for question in QUESTIONS
    for two in (False, True)
    for norms in ((False, True) if kind.is_similarity and question == "search" else (False,))
    if norms or question == "decide" or kind.measure not in ("jaccard", "dice")
]
EVERY_SCALE = pytest.mark.parametrize(("kind", "question", "two", "norms"), ON_SCALES)


@EVERY_QUESTION
def test_campaigns_meet_their_quotas(name: str, question: str, two: bool) -> None:
    table = quota_table(measure(question, two, campaign(name, question, two, 5, 150)), 150)
    assert [row.name for row in table] == [quota.name for quota in quotas(question, two)]
    assert all(row.met for row in table), format_quota_table(table)


@EVERY_QUESTION
def test_campaigns_are_determined_by_the_seed(name: str, question: str, two: bool) -> None:
    def drawn(seed: int, count: int) -> list[tuple[Problem, list[list[list[int]]]]]:
        found = campaign(name, question, two, seed, count, (2, 30), (1, 12))
        return [(asked, [rows.tolist() for rows in sets]) for asked, sets in found]

    long = drawn(3, 40)
    assert long[:20] == drawn(3, 20)
    assert long != drawn(4, 40)
    for asked, sets in long:
        assert (asked.name, asked.question, asked.bichromatic) == (name, question, two)
        assert len(sets) == 1 + two
        assert 2 <= sum(map(len, sets)) <= 30
        assert all(len(row) == asked.dim <= 12 for rows in sets for row in rows)
        assert all(len(rows) >= asked.least_n for rows in sets)


@EVERY_QUESTION
def test_properties_agree_with_a_literal_reading(name: str, question: str, two: bool) -> None:
    for asked, sets in campaign(name, question, two, 11, 60, (2, 24), (1, 10)):
        assert properties(asked, sets) == literal(asked, sets)


def literal(asked: Problem, sets: Sets) -> dict[str, bool]:
    kind, matrix, documents = asked.kind, losses(asked.kind, sets), [row for rows in sets for row in rows]
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
        within = min(losses(kind, (rows,)).min() for rows in sets)
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


@pytest.mark.parametrize("kind", PLAIN, ids=lambda kind: kind.name)
def test_costs_are_the_oracles_values(kind: Kind) -> None:
    for two in (False, True):
        asked = problem(kind.name, dim=9, bichromatic=two)
        for seed in range(10):
            sets = sample(asked, np.random.default_rng(seed), 12)
            least = int(costs(asked, sets).min())
            assert (-least if kind.largest else least) == optimum(kind, sets)


@pytest.mark.parametrize("kind", WITH_THRESHOLD, ids=lambda kind: kind.name)
def test_steer_reaches_every_value(kind: Kind) -> None:
    for (sizes, l), seed in product([((2,), 5), ((9,), 6), ((1, 1), 4), ((5, 8), 7)], range(3)):
        rng = np.random.default_rng(seed)
        sets = tuple(rng.integers(0, 2, (n, l), dtype=np.uint8) for n in sizes)
        before = [rows.copy() for rows in sets]
        for target in range(l + 1):
            steered = steer(rng, kind, sets, target)
            if kind.name == "closest-pair" and len(sets) == 1 and target > optimum(kind, sets):
                assert steered is sets
            else:
                assert optimum(kind, steered) == target
            assert all((x == y).all() for x, y in zip(sets, before, strict=True))


@pytest.mark.parametrize("kind", WITH_THRESHOLD, ids=lambda kind: kind.name)
@pytest.mark.parametrize("two", [False, True])
def test_samples_for_a_threshold_are_at_it_or_one_step_off(kind: Kind, two: bool) -> None:
    """For every threshold; closest pairs of one set only as far apart as 24 rows can be."""
    for threshold in range(1, 5 if kind.name == "closest-pair" and not two else 20):
        asked = problem(kind.name, dim=20, bichromatic=two, threshold=threshold)
        found = [properties(asked, sample(asked, np.random.default_rng((threshold, k)), 24)) for k in range(30)]
        assert sum(each["exactly_at"] for each in found) >= 6
        assert sum(each["one_step_off"] for each in found) >= 6
        assert sum(each["exactly_at"] or each["one_step_off"] for each in found) >= 20


@EVERY_QUESTION
def test_samples_have_the_size_asked_for(name: str, question: str, two: bool) -> None:
    threshold = 2 if question == "decide" and name != "ov" else None
    asked = problem(name, dim=5, question=question, bichromatic=two, threshold=threshold)
    for draw, n in product((sample, lambda asked, rng, n: random_sets(rng, asked, n)), (2, 3, 17)):
        found = [draw(asked, np.random.default_rng(seed), n) for seed in range(20)]
        assert all(sum(map(len, sets)) == n and asked.instance(*sets).n == n for sets in found)
        assert len({b"".join(rows.tobytes() for rows in sets) for sets in found}) > 5


@pytest.mark.parametrize(
    ("kind", "question", "two", "norms"),
    [pytest.param(*asked, marks=[pytest.mark.slow] if k % 6 else []) for k, asked in enumerate(ON_SCALES)],
)
def test_campaigns_on_scales_meet_their_quotas(kind: Kind, question: str, two: bool, norms: bool) -> None:
    drawn = campaign(kind.name, question, two, 5, 200, metric=kind.metric, norms=norms)
    table = quota_table(measure(question, two, drawn, kind), 200)
    assert [row.name for row in table] == [quota.name for quota in quotas(question, two, kind)]
    assert all(row.met for row in table), format_quota_table(table)


@EVERY_SCALE
def test_campaigns_on_scales_are_legal_and_judged_alike(kind: Kind, question: str, two: bool, norms: bool) -> None:
    """Each instance is legal, the same for the same seed, and costs and thresholds say what the oracle does."""

    def drawn() -> list[tuple[Problem, Sets]]:
        given = {"metric": kind.metric, "norms": norms, "lengths": (4, 9)}
        return list(campaign(kind.name, question, two, 3, 30, (2, 24), **given))

    for (asked, sets), (again, same) in zip(drawn(), drawn(), strict=True):
        assert asked == again
        assert all(np.array_equal(x, y) for x, y in zip(sets, same, strict=True))
        assert (asked.norms is not None) is norms
        assert asked.instance(*sets).n == sum(map(len, sets))
        found, scale = properties(asked, sets), scale_for(asked)
        assert scale is not None
        best = extreme_pair(*sets, measure=kind.measure, largest=kind.largest, levels=asked.levels)
        assert scale.value(abs(int(costs(asked, sets).min()))) == best.value
        table = profile(*sets, measure=kind.measure, levels=asked.levels)
        assert found["several_optimal"] is (table[best.value] > 1)
        if question == "decide":
            assert found["yes"] is bool(asked.answer(*sets)) is not found["no"]
            assert found["exactly_at"] is (best.value == asked.cut)


def test_splits_cover_every_size() -> None:
    rng = np.random.default_rng(0)
    assert split(rng, 7, False) == (7,)
    assert {split(rng, 2, True) for _ in range(20)} == {(1, 1)}
    sizes = [split(rng, 9, True) for _ in range(400)]
    assert {a for a, _ in sizes} == set(range(1, 9))
    assert all(a + b == 9 for a, b in sizes)
    assert sum(a == 1 for a, _ in sizes) > 30 < sum(b == 1 for _, b in sizes)


def test_thresholds_near_the_optimum_stay_in_range() -> None:
    for kind, best in product(WITH_THRESHOLD, range(5)):
        rng = np.random.default_rng(best)
        drawn = [near_threshold(rng, kind, best, 4) for _ in range(100)]
        assert all(0 <= t <= 4 for t in drawn)
        beyond = best + 1 if kind.largest else best - 1
        assert sum(t == best for t in drawn) >= 10
        assert not 0 <= beyond <= 4 or sum(t == beyond for t in drawn) >= 40


def test_bad_ranges_are_refused() -> None:
    with pytest.raises(InputError, match="range of n is 1 to 5"):
        next(campaign("ov", "search", False, 0, 1, (1, 5)))
    with pytest.raises(InputError, match="range of l is 9 to 8"):
        next(campaign("ov", "search", False, 0, 1, l_range=(9, 8)))


def test_quota_table_counts_presence_and_shares() -> None:
    table = quota_table({"n_over_300": 25, "several_optimal": 24, "all_zero_row": 0, "one_hot_row": 1}, 100)
    assert [row.met for row in table] == [True, False, False, True]
    assert [row.share for row in table] == [0.25, 0.24, 0.0, 0.01]
    assert "NO" in format_quota_table(table)


def test_the_matrices_of_these_tests_are_literal() -> None:
    rng = np.random.default_rng(0)
    A, B = rng.integers(0, 2, (9, 7), dtype=np.uint8), rng.integers(0, 2, (4, 7), dtype=np.uint8)
    assert (products(A, B) == [[sum(p * q for p, q in zip(x, y, strict=True)) for y in B] for x in A]).all()
    differing = [[sum(p != q for p, q in zip(x, y, strict=True)) for y in A] for x in A]
    assert (distances(A) == np.array(differing) + FAR * np.eye(9)).all()
