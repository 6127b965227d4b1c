"""Every guarantee a family of two sets documents, by brute force."""

from itertools import product

import numpy as np
import pytest
from tests.verify.matrices import losses, pairs_at, products

from proofformer.problems import problem
from proofformer.problems.kinds import KINDS, Kind
from proofformer.verify.instances import Place, Sets, families_for, planted, two_sets
from proofformer.verify.instances.tables import ONE_SET, TWO_SETS

SIZES = list(product([(1, 1), (1, 7), (7, 1), (2, 3), (40, 9), (150, 150)], [1, 2, 3, 8, 33, 80]))
PLAIN = [kind for kind in KINDS if kind.measure in ("inner", "hamming")]
KIND_IDS = [kind.name for kind in PLAIN]
EACH_KIND = pytest.mark.parametrize("kind", PLAIN, ids=KIND_IDS)


def best_of(kind: Kind, sets: Sets) -> tuple[np.ndarray, list[tuple[int, int]]]:
    matrix = losses(kind, sets)
    return matrix, pairs_at(matrix, matrix.min(), one_set=False)


@pytest.mark.parametrize(
    ("name", "index"), [(name, k) for name, families in TWO_SETS.items() for k in range(len(families))]
)
def test_families_are_pure_functions_of_seed_and_sizes(name: str, index: int) -> None:
    family = TWO_SETS[name][index]
    for (a, b), l in SIZES:
        sets, again = (family.make(np.random.default_rng((7, a, b, l)), (a, b), l) for _ in range(2))
        assert [rows.shape for rows in sets] == [(a, l), (b, l)]
        assert all(rows.dtype == np.uint8 and rows.max() <= 1 for rows in sets)
        assert all((x == y).all() for x, y in zip(sets, again, strict=True))


@EACH_KIND
@pytest.mark.parametrize("where", ["random", "first", "last", "ends"])
def test_one_step_worse(kind: Kind, where: Place) -> None:
    """One best pair where asked; the best of every other row of either set is exactly one step worse."""
    for ((a, b), l), seed in product(SIZES, range(4)):
        if l == 1 and kind.name != "max-ip":
            continue
        rng = np.random.default_rng(seed)
        matrix, best = best_of(kind, two_sets.one_step_worse(rng, a, b, l, kind=kind, where=where, level=kind.target))
        assert len(best) == 1
        (i, j) = best[0]
        places = {"first": [(0, 0)], "last": [(a - 1, b - 1)], "ends": [(0, b - 1), (a - 1, 0)], "random": best}
        assert (i, j) in places[where]
        assert (np.delete(matrix.min(axis=1), i) == matrix.min() + 1).all()
        assert (np.delete(matrix.min(axis=0), j) == matrix.min() + 1).all()
        if kind.target is not None:
            assert matrix.min() == kind.target


@EACH_KIND
def test_one_step_worse_is_the_value_of_most_other_pairs(kind: Kind) -> None:
    for seed in range(8):
        sets = two_sets.one_step_worse(np.random.default_rng(seed), 30, 20, 40, kind=kind)
        matrix, _ = best_of(kind, sets)
        assert np.count_nonzero(matrix == matrix.min() + 1) >= 600 - 1 - 30


@EACH_KIND
def test_tied_pairs_are_a_block(kind: Kind) -> None:
    across = inside = everything = 0
    for ((a, b), l), seed in product(SIZES, range(3)):
        if l == 1:
            continue
        matrix, best = best_of(kind, two_sets.tied(np.random.default_rng(seed), a, b, l, kind=kind))
        i, j = ({pair[side] for pair in best} for side in (0, 1))
        assert len(best) == len(i) * len(j)
        assert (np.delete(matrix.min(axis=1), list(i)) == matrix.min() + 1).all()
        assert (np.delete(matrix.min(axis=0), list(j)) == matrix.min() + 1).all()
        across += len(i) > 1 and len(j) > 1
        inside += len(i) == 1 < len(j)
        everything += len(best) == a * b > 1
    assert min(across, inside, everything) >= 3


@EACH_KIND
def test_planted_is_at_the_level_asked_for(kind: Kind) -> None:
    if kind.target is not None:
        return
    rng = np.random.default_rng(0)
    low, high = {"inner": (1, 14) if kind.largest else (0, 14), "hamming": (2, 16) if kind.largest else (0, 14)}[
        kind.measure
    ]
    if kind.measure == "inner" and kind.largest:
        high = 16
    for level in range(low, high + 1):
        for _ in range(4):
            loss = losses(kind, planted(rng, kind, (20, 10), 16, level)).min()
            assert loss == (16 - level if kind.largest else level)


def test_all_one_step_off() -> None:
    inside = 0
    for ((a, b), l), seed in product(SIZES, range(3)):
        A, B = two_sets.all_one_step_off(np.random.default_rng(seed), a, b, l)
        assert (products(A, B) == 1).all()
        inside += min(products(A).min(), products(B).min()) == 0
    assert inside >= 5


def test_orthogonal_inside() -> None:
    one_off = 0
    for ((a, b), l), seed in product(SIZES, range(3)):
        A, B = two_sets.orthogonal_inside(np.random.default_rng(seed), a, b, l)
        assert products(A, B).min() >= 1
        one_off += (products(A, B) == 1).all()
        if l > 1 and max(a, b) > 1:
            assert min(products(A).min(), products(B).min()) == 0
    assert one_off > len(SIZES)


def test_parted_is_one_instance_of_one_set() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        A, B = two_sets.parted(rng, 20, 30, 12, families=ONE_SET["closest-pair"][-1:])
        matrix = losses(KINDS[3], (np.vstack((A, B)),))
        assert np.count_nonzero(matrix == matrix.min()) >= 4


def test_copied_has_every_row_of_the_smaller_set_in_the_larger() -> None:
    for ((a, b), l), seed in product(SIZES, range(3)):
        A, B = two_sets.copied(np.random.default_rng(seed), a, b, l, families=ONE_SET["max-ip"])
        rows = [{row.tobytes() for row in side} for side in (A, B)]
        assert rows[0] == rows[1]


def test_extremes_are_rows_of_zeros_or_ones() -> None:
    kinds = set()
    for seed in range(40):
        A, B = two_sets.extremes(np.random.default_rng(seed), 6, 5, 4)
        assert set(A.sum(axis=1)) | set(B.sum(axis=1)) <= {0, 4}
        kinds.add((A.mean() in (0, 1), B.mean() in (0, 1)))
    assert len(kinds) >= 3


def test_every_problem_has_families_in_both_forms() -> None:
    for kind, two in product(KINDS, (False, True)):
        norms = (2, 3) if kind.measure in ("jaccard", "dice") else None
        asked = problem(kind.name, dim=6, metric=kind.metric, bichromatic=two, norms=norms)
        assert len(families_for(asked)) >= 9
