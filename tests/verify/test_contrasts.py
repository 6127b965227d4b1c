"""What the planted families of similarities and grids promise, from the definitions; and the shape of all of them."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from tests.verify.test_scales import literal

from proofformer.problems import Problem, problem
from proofformer.problems.kinds import KINDS, Kind
from proofformer.verify.instances import Sets, families_for, grids, planted_at, scale_for, similarity

FORMS = {False: (14,), True: (7, 9)}
SEEDS = 16
WITH_SCALE = [kind for kind in KINDS if kind.is_similarity or kind.takes_levels]
ASKED = [
    problem(kind.name, dim=16, metric=kind.metric, bichromatic=two, norms=norms, levels=levels)
    for kind in WITH_SCALE
    for two in FORMS
    for norms, levels in ((((3, 4, 6, 8, 9, 12), 1),) if kind.is_similarity else ((None, 1), (None, 5)))
]
EVERY_PROBLEM = pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.label)
SIMILAR = pytest.mark.parametrize(
    "asked", [asked for asked in ASKED if asked.kind.is_similarity], ids=lambda a: a.label
)


def made(asked: Problem, name: str, seed: int, sizes: tuple[int, ...] | None = None) -> Sets:
    family = next(family for family in families_for(asked) if family.name == name)
    return family.make(np.random.default_rng(seed), sizes or FORMS[asked.bichromatic], asked.dim)


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
    return [pair for pair, value in values.items() if value == min(values.values())]


def share(asked: Problem, name: str, holds: Callable[[Sets], bool]) -> float:
    return sum(holds(made(asked, name, seed)) for seed in range(SEEDS)) / SEEDS


@EVERY_PROBLEM
def test_families_are_legal_pure_functions_of_seed_and_sizes(asked: Problem) -> None:
    for family in families_for(asked):
        assert family.purpose
        assert family.weight > 0
        for sizes in ((1, 1), (1, 5), (6, 1), (20, 3)) if asked.bichromatic else ((2,), (3,), (40,)):
            sets, again = (family.make(np.random.default_rng(7), sizes, asked.dim) for _ in range(2))
            assert [rows.shape for rows in sets] == [(n, asked.dim) for n in sizes]
            assert all(rows.dtype == np.uint8 for rows in sets)
            assert all((x == y).all() for x, y in zip(sets, again, strict=True))
            asked.instance(*sets)


@pytest.mark.parametrize("kind", WITH_SCALE, ids=lambda kind: f"{kind.name}-{kind.metric}")
@pytest.mark.parametrize("two", [False, True])
def test_names_and_weights_do_not_depend_on_the_rows(kind: Kind, two: bool) -> None:
    def table(l: int, **more: object) -> list[tuple[str, int]]:
        given = problem(kind.name, dim=l, metric=kind.metric, bichromatic=two, **more)
        return [(family.name, family.weight) for family in families_for(given)]

    if kind.is_similarity:
        assert table(4, norms=(2, 3)) == table(9, norms=(1, 9))
    else:
        assert table(1, levels=1) == table(9, levels=3)


@EVERY_PROBLEM
@pytest.mark.parametrize("name", ["one_step_worse", "planted_first", "planted_last", "planted_ends"])
def test_one_pair_is_best_where_asked_and_another_a_step_worse(asked: Problem, name: str) -> None:
    a, b = (size - 1 for size in (FORMS[asked.bichromatic] * 2)[:2])
    if asked.bichromatic:
        places = {"planted_first": {(0, 0)}, "planted_last": {(a, b)}, "planted_ends": {(0, b), (a, 0)}}
    else:
        places = {"planted_first": {(0, 1)}, "planted_last": {(a - 1, a)}, "planted_ends": {(0, a)}}
    scale = scale_for(asked)
    assert scale is not None

    def planted(sets: Sets) -> bool:
        best = best_of(pairs_of(asked, sets))
        return len(best) == 1 and (name not in places or best[0] in places[name])

    def one_step(sets: Sets) -> bool:
        first, second = sorted(set(scale.ranks(np.abs(np.array(_keys(asked, sets))))), reverse=asked.kind.largest)[:2]
        return abs(int(first) - int(second)) == 1

    assert share(asked, name, planted) >= 0.8
    assert share(asked, name, lambda sets: len(set(_keys(asked, sets))) > 1 and one_step(sets)) >= 0.5


def _keys(asked: Problem, sets: Sets) -> list[float]:
    scale = scale_for(asked)
    assert scale is not None
    table = scale.table(sets[0], sets[-1])
    return (table if asked.bichromatic else table[np.triu_indices(len(table), 1)]).ravel().tolist()


@SIMILAR
def test_unequal_ties_are_of_different_norms(asked: Problem) -> None:
    def tied(sets: Sets) -> bool:
        best = best_of(pairs_of(asked, sets))
        norms = {tuple(sorted((int(sets[0][i].sum()), int(sets[-1][j].sum())))) for i, j in best}
        return len(norms) > 1

    assert share(asked, "unequal_tie", tied) >= 0.6


@EVERY_PROBLEM
def test_tied_pairs_are_two_or_more(asked: Problem) -> None:
    assert share(asked, "tied_pairs", lambda sets: len(best_of(pairs_of(asked, sets))) >= 2) >= 0.9


@pytest.mark.parametrize("name", ["msd", "lsd"])
@pytest.mark.parametrize("two", [False, True])
def test_close_pairs_are_a_small_step_apart(name: str, two: bool) -> None:
    """The best value and the next are neighbours, mostly nearer to each other than three of four neighbours are."""
    asked = problem(name, dim=32, bichromatic=two)
    scale = scale_for(asked)
    assert scale is not None
    small = float(np.quantile(np.diff(scale.keys), 0.25))

    def close(sets: Sets) -> bool:
        values = sorted(set(pairs_of(asked, sets).values()))
        return len(values) > 1 and float(values[1] - values[0]) <= small

    assert share(asked, "close", close) >= 0.6


@EVERY_PROBLEM
def test_misleading_pairs_are_better_by_another_measure(asked: Problem) -> None:
    other = {"sqeuclidean": "cityblock", "cityblock": "sqeuclidean"}.get(asked.kind.measure)

    def misled(sets: Sets) -> bool:
        if other is not None:
            wrong = pairs_of(asked, sets, other)
        else:
            sign, k = (-1 if asked.kind.largest else 1), sets[0].astype(int) @ sets[-1].T.astype(int)
            wrong = {pair: sign * Fraction(int(k[pair])) for pair in pairs_of(asked, sets)}
        return not set(best_of(wrong)) & set(best_of(pairs_of(asked, sets)))

    # Rows of 0 and 1 have one distance, whatever it is called.
    if asked.kind.is_similarity or asked.levels > 1:
        assert share(asked, "misleading", misled) >= 0.3


@pytest.mark.parametrize("asked", [asked for asked in ASKED if asked.bichromatic], ids=lambda asked: asked.label)
def test_blocks_are_products(asked: Problem) -> None:
    def block(sets: Sets) -> bool:
        best = best_of(pairs_of(asked, sets))
        return len(best) == len({i for i, _ in best}) * len({j for _, j in best})

    assert share(asked, "block", block) >= 0.8


@EVERY_PROBLEM
def test_planted_values_are_those_asked_for(asked: Problem) -> None:
    """At a rank that these rows can have: in one set few are all unlike, or all far from one another."""
    scale = scale_for(asked)
    assert scale is not None
    part = 0.75 if asked.kind.largest else 0.05
    hits = 0
    for seed in range(SEEDS):
        rank = int(part * scale.size)
        sets = planted_at(np.random.default_rng(seed), asked, scale, (5, 5) if asked.bichromatic else (6,), rank)
        keys = _keys(asked, sets)
        hits += (max(keys) if asked.kind.largest else min(keys)) == scale.keys[rank]
    assert hits >= 0.7 * SEEDS


def test_fitted_rows_keep_what_they_are_like() -> None:
    rng = np.random.default_rng(0)
    rows = np.array([[0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0], [1, 1, 1, 1], [0, 1, 0, 0]], np.uint8)
    assert (similarity.fitted(rng, rows, None)[1:] == rows[1:]).all()
    assert similarity.fitted(rng, rows, None)[0].sum() == 1
    fitted = similarity.fitted(rng, rows, (2, 3))
    assert fitted.sum(1).tolist() == [2, 2, 2, 3, 2]
    assert (fitted[1] == rows[1]).all()
    assert (fitted[2] == rows[2]).all()


def test_extreme_norms_are_both_there() -> None:
    for norms, ends in ((None, {1, 9}), ((2, 4, 5), {2, 5})):
        for n in (2, 7):
            (rows,) = similarity.extreme_norms(np.random.default_rng(n), n, 9, norms=norms)
            assert set(rows.sum(1).tolist()) == ends


def test_orbits_have_one_norm_and_ties() -> None:
    for l, n in ((5, 5), (8, 8), (6, 12)):
        rows = similarity.orbit(np.random.default_rng(l), n, l, norms=None)
        assert len(set(rows.sum(1).tolist())) == 1
        products = (rows.astype(int) @ rows.T)[np.triu_indices(n, 1)]
        assert min(np.count_nonzero(products == products.max()), np.count_nonzero(products == products.min())) >= 2


def test_grid_rows_are_what_they_are_called() -> None:
    rng, levels = np.random.default_rng(0), 6
    for _ in range(10):
        (rows,) = grids.extremes(rng, 9, 5, levels=levels)
        assert {tuple(row) for row in rows.tolist()} == {(0,) * 5, (levels,) * 5}
        A, B = grids.constant(rng, 4, 3, 5, levels=levels)
        assert {len(np.unique(side)) for side in (A, B)} == {1}
        (rows,) = grids.corners(rng, 30, 5, levels=levels)
        assert set(np.unique(rows)) <= {0, 1, levels - 1, levels}
        (rows,) = grids.near_duplicates(rng, 40, 5, levels=levels)
        gaps = np.abs(rows[:, None].astype(int) - rows).sum(2) + 99 * np.eye(40, dtype=int)
        assert np.count_nonzero(gaps.min(1) <= 2) >= 20
        (rows,) = grids.lattice(rng, 20, 5, levels=levels)
        gaps = np.abs(rows[:, None].astype(int) - rows).sum(2) + 99 * np.eye(20, dtype=int)
        assert (gaps.min(1) <= 1).all()


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
