"""What the planted families of similarities and grids promise, from the definitions."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from tests.verify.matrices import literal, places

from proofformer.problems import Problem, problem
from proofformer.verify.instances import Sets, families_for, grids, scale_for, similarity
from proofformer.verify.instances.planter import planted

FORMS = {False: (14,), True: (7, 9)}
SEEDS = 16
KINDS = (
    ("msd", "cosine", 1),
    ("lsd", "cosine", 1),
    ("msd", "jaccard", 1),
    ("lsd", "dice", 1),
    ("closest-pair", "sqeuclidean", 5),
    ("closest-pair", "cityblock", 1),
    ("farthest-pair", "sqeuclidean", 1),
    ("farthest-pair", "cityblock", 5),
)
ASKED = [
    problem(
        name, dim=16, metric=metric, bichromatic=two, levels=levels, norms=(3, 4, 6, 8, 9, 12) if "sd" in name else None
    )
    for name, metric, levels in KINDS
    for two in FORMS
]
EVERY_PROBLEM = pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.label)


def made(asked: Problem, name: str, seed: int) -> Sets:
    family = next(family for family in families_for(asked) if family.name == name)
    return family.make(np.random.default_rng(seed), asked, FORMS[asked.bichromatic])


def pairs_of(asked: Problem, sets: Sets, measure: str | None = None) -> dict[tuple[int, int], Fraction]:
    """The value of each pair, negated where the largest is wanted: the less the better."""
    sign, A, B = (-1 if asked.kind.largest else 1), sets[0].tolist(), sets[-1].tolist()
    return {
        (i, j): sign * literal(measure or asked.kind.measure, x, y)
        for i, x in enumerate(A)
        for j, y in enumerate(B)
        if asked.bichromatic or i < j
    }


def best_of(values: dict[tuple[int, int], Fraction]) -> list[tuple[int, int]]:
    least = min(values.values())
    return [pair for pair, value in values.items() if value == least]


def share(asked: Problem, name: str, holds: Callable[[Sets], bool]) -> float:
    return sum(holds(made(asked, name, seed)) for seed in range(SEEDS)) / SEEDS


@EVERY_PROBLEM
@pytest.mark.parametrize("where", ["random", "first", "last", "ends"])
def test_one_pair_is_best_where_asked_and_another_a_step_worse(asked: Problem, where: str) -> None:
    alone, one_step, name = 0, 0, "one_step_worse" if where == "random" else f"planted_{where}"
    for seed in range(SEEDS):
        sets = made(asked, name, seed)
        best = best_of(pairs_of(asked, sets))
        alone += len(best) == 1 and (where == "random" or best[0] in places(where, FORMS[asked.bichromatic]))
        ranks = sorted(set(_ranks(asked, sets)), reverse=asked.kind.largest)
        one_step += len(ranks) > 1 and abs(ranks[0] - ranks[1]) == 1
    assert alone >= 0.8 * SEEDS
    assert one_step >= 0.5 * SEEDS


def _ranks(asked: Problem, sets: Sets) -> list[int]:
    scale = scale_for(asked)
    table = scale.ranks(scale.table(sets[0], sets[-1]))
    return (table if asked.bichromatic else table[np.triu_indices(len(table), 1)]).ravel().tolist()


@EVERY_PROBLEM
def test_ties_are_two_or_more_and_blocks_are_products(asked: Problem) -> None:
    assert share(asked, "tied_pairs", lambda sets: len(best_of(pairs_of(asked, sets))) >= 2) >= 0.9

    def unequal(sets: Sets) -> bool:
        norms = {tuple(sorted((sets[0][i].sum(), sets[-1][j].sum()))) for i, j in best_of(pairs_of(asked, sets))}
        return len(norms) > 1

    def block(sets: Sets) -> bool:
        best = best_of(pairs_of(asked, sets))
        return len(best) == len({i for i, _ in best}) * len({j for _, j in best})

    if asked.kind.is_similarity:
        assert share(asked, "unequal_tie", unequal) >= 0.6
    if asked.bichromatic:
        assert share(asked, "block", block) >= 0.8


@pytest.mark.parametrize("name", ["msd", "lsd"])
@pytest.mark.parametrize("two", [False, True])
def test_close_pairs_are_a_small_step_apart(name: str, two: bool) -> None:
    """The best value and the next are neighbours, mostly nearer to each other than three of four neighbours are."""
    asked = problem(name, dim=32, bichromatic=two)
    small = float(np.quantile(np.diff(scale_for(asked).keys), 0.25))

    def close(sets: Sets) -> bool:
        values = sorted(set(pairs_of(asked, sets).values()))
        return len(values) > 1 and float(values[1] - values[0]) <= small

    assert share(asked, "close", close) >= 0.6


@EVERY_PROBLEM
def test_misleading_pairs_are_better_by_another_measure(asked: Problem) -> None:
    other = {"sqeuclidean": "cityblock", "cityblock": "sqeuclidean"}.get(str(asked.kind.measure), "inner")

    def misled(sets: Sets) -> bool:
        return not set(best_of(pairs_of(asked, sets, other))) & set(best_of(pairs_of(asked, sets)))

    # Rows of 0 and 1 have one distance, whatever it is called.
    if asked.kind.is_similarity or asked.levels > 1:
        assert share(asked, "misleading", misled) >= 0.3


@EVERY_PROBLEM
def test_planted_values_are_those_asked_for(asked: Problem) -> None:
    """At a rank that these rows can have: in one set few are all unlike, or all far from one another."""
    rank, hits = int((0.75 if asked.kind.largest else 0.05) * scale_for(asked).size), 0
    for seed in range(SEEDS):
        ranks = _ranks(asked, planted(np.random.default_rng(seed), asked, (5, 5) if asked.bichromatic else (6,), rank))
        hits += (max(ranks) if asked.kind.largest else min(ranks)) == rank
    assert hits >= 0.7 * SEEDS


def test_fitted_rows_keep_what_they_are_like() -> None:
    rng, asked = np.random.default_rng(0), problem("msd", dim=4)
    rows = np.array([[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0]], np.uint8)
    assert (similarity.fitted(rng, rows, asked)[1:] == rows[1:]).all()
    assert similarity.fitted(rng, rows, asked)[0].sum() == 1
    fitted = similarity.fitted(rng, rows, problem("msd", dim=4, norms=(2, 3)))
    assert fitted.sum(1).tolist() == [2, 2, 2, 3, 2]
    assert (fitted[1] == rows[1]).all()
    assert (fitted[2] == rows[2]).all()


def test_norms_are_the_ends_or_one_with_ties() -> None:
    for norms, ends in ((None, {1, 9}), ((2, 4, 5), {2, 5})):
        for n in (2, 7):
            asked = problem("msd", dim=9, norms=norms)
            (rows,) = similarity.extreme_norms(np.random.default_rng(n), asked, (n,))
            assert set(rows.sum(1).tolist()) == ends
    for l, n in ((5, 5), (8, 8), (6, 12)):
        (rows,) = similarity.orbit(np.random.default_rng(l), problem("msd", dim=l), (n,))
        assert len(set(rows.sum(1).tolist())) == 1
        products = (rows.astype(int) @ rows.T)[np.triu_indices(n, 1)]
        assert min(np.count_nonzero(products == products.max()), np.count_nonzero(products == products.min())) >= 2


def test_grid_rows_are_what_they_are_called() -> None:
    rng, levels = np.random.default_rng(0), 6
    asked = problem("closest-pair", dim=5, metric="cityblock", levels=levels)
    for _ in range(10):
        (rows,) = grids.extremes(rng, asked, (9,))
        assert {tuple(row) for row in rows.tolist()} == {(0,) * 5, (levels,) * 5}
        A, B = grids.constant(rng, asked, (4, 3))
        assert {len(np.unique(side)) for side in (A, B)} == {1}
        (rows,) = grids.corners(rng, asked, (30,))
        assert set(np.unique(rows)) <= {0, 1, levels - 1, levels}
        (rows,) = grids.near_duplicates(rng, asked, (40,))
        assert np.count_nonzero(nearest(rows) <= 2) >= 20
        (rows,) = grids.lattice(rng, asked, (20,))
        assert (nearest(rows) <= 1).all()


def nearest(rows: np.ndarray) -> np.ndarray:
    gaps = np.abs(rows[:, None].astype(int) - rows).sum(2) + 99 * np.eye(len(rows), dtype=int)
    return np.asarray(gaps.min(1))


def test_embedded_rows_keep_their_distances() -> None:
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (9, 7), dtype=np.uint8)
    hamming = (bits[:, None] != bits).sum(2)
    for stretch in (1, 4):
        (rows,) = grids.lifted(rng, (bits,), 6, stretch)
        difference = rows[:, None].astype(int) - rows
        assert (np.abs(difference).sum(2) == stretch * hamming).all()
        assert ((difference**2).sum(2) == stretch**2 * hamming).all()
        assert rows.max() <= 6
