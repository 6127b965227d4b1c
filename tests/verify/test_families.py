"""Every guarantee a family documents, by brute force; determinism; and the quotas of whole campaigns."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.verify import families as fam
from proofformer.verify.families import CLOSEST_PAIR_FAMILIES, OV_FAMILIES, Bits, Family
from proofformer.verify.quotas import (
    CLOSEST_PAIR_QUOTAS,
    OV_QUOTAS,
    campaign_instances,
    draw_size,
    format_quota_table,
    measure,
    properties,
    quota_table,
    sample,
)

SIZES = list(product([2, 3, 17, 300, 600], [1, 2, 8, 33, 80]))
SEEDS = (0, 1)
ALL_FAMILIES = (*CLOSEST_PAIR_FAMILIES, *OV_FAMILIES)
FAR = 1000


def distances(rows: Bits) -> np.ndarray:
    """Counts of differing coordinates, shape (n, n), with FAR on the diagonal."""
    x = rows.astype(np.float64)
    matrix = x @ (1 - x).T + (1 - x) @ x.T
    np.fill_diagonal(matrix, FAR)
    return matrix


def products(rows: Bits) -> np.ndarray:
    """Inner products, shape (n, n), with FAR on the diagonal."""
    x = rows.astype(np.float64)
    matrix = x @ x.T
    np.fill_diagonal(matrix, FAR)
    return matrix


def pairs_at(matrix: np.ndarray, value: float) -> list[tuple[int, int]]:
    """The pairs i < j with this value, in lexicographic order."""
    return [(int(i), int(j)) for i, j in np.argwhere(np.triu(matrix == value, 1))]


def place_of(where: str, n: int) -> tuple[int, int]:
    return {"first": (0, 1), "last": (n - 2, n - 1), "ends": (0, n - 1)}[where]


def named(families: tuple[Family, ...], name: str) -> Family:
    return next(family for family in families if family.name == name)


def check_everywhere(make: fam.Generate, check: Callable[[Bits, int, int], None]) -> None:
    for (n, l), seed in product(SIZES, SEEDS):
        check(make(np.random.default_rng(seed), n, l), n, l)


def test_distances_count_differing_coordinates() -> None:
    rows = np.random.default_rng(0).integers(0, 2, (9, 7), dtype=np.uint8)
    literal = [[sum(a != b for a, b in zip(x, y, strict=True)) for y in rows] for x in rows]
    assert (distances(rows) == np.array(literal) + FAR * np.eye(9)).all()


def test_inner_products_agree_with_matrix_multiplication() -> None:
    for n, l in SIZES:
        rows = np.random.default_rng(l).integers(0, 2, (n, l), dtype=np.uint8)
        assert (fam.inner_products(rows) == rows.astype(np.int64) @ rows.T.astype(np.int64)).all()


@pytest.mark.parametrize("family", ALL_FAMILIES, ids=lambda family: family.name)
def test_families_are_pure_functions_of_seed_and_size(family: Family) -> None:
    for n, l in SIZES:
        rows, again = (family.make(np.random.default_rng((7, n, l)), n, l) for _ in range(2))
        assert rows.shape == (n, l)
        assert rows.dtype == np.uint8
        assert rows.max() <= 1
        assert (rows == again).all()


def test_family_tables_are_well_formed() -> None:
    for families in (CLOSEST_PAIR_FAMILIES, OV_FAMILIES):
        assert len({family.name for family in families}) == len(families)
        assert all(family.purpose and family.weight > 0 for family in families)


def test_uniform_has_the_density_asked_for() -> None:
    for density in (0.1, 0.5, 0.9):
        rows = fam.uniform(np.random.default_rng(0), 600, 80, density)
        assert abs(rows.mean() - density) < 0.02
    assert abs(fam.uniform(np.random.default_rng(0), 600, 80).sum(axis=1).mean() - 1.5) < 0.2


def test_all_zero_and_all_one() -> None:
    assert fam.all_zero(np.random.default_rng(0), 17, 8).sum() == 0
    assert fam.all_one(np.random.default_rng(0), 17, 8).all()


def test_extreme_rows_has_both_extremes() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        assert (rows.sum(axis=1) == 0).any()
        assert (rows.sum(axis=1) == l).any()

    check_everywhere(fam.extreme_rows, check)


def test_one_hot_uses_coordinates_evenly() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        assert (rows.sum(axis=1) == 1).all()
        assert set(rows.sum(axis=0)) <= {n // l, -(-n // l)}

    check_everywhere(fam.one_hot, check)


def test_duplicates_has_few_distinct_rows() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        assert len(np.unique(rows, axis=0)) <= max(1, min(8, n // 3))

    check_everywhere(fam.duplicates, check)


def test_nested_supports_form_a_chain() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        by_size = rows[np.argsort(rows.sum(axis=1))]
        assert (by_size[:-1] <= by_size[1:]).all()

    check_everywhere(fam.nested, check)


def test_disjoint_partitions_the_coordinates() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        assert (rows.sum(axis=0) == 1).all()
        assert (products(rows)[~np.eye(n, dtype=bool)] == 0).all()

    check_everywhere(fam.disjoint, check)


@pytest.mark.parametrize("where", ["random", "first", "last", "ends"])
def test_one_step_worse(where: fam.Place) -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        matrix = distances(rows)
        optimum = matrix.min()
        optimal = pairs_at(matrix, optimum)
        if n <= 2**l + 1:
            assert len(optimal) == 1
            assert where == "random" or optimal[0] == place_of(where, n)
            assert (np.delete(matrix.min(axis=1), optimal[0]) == optimum + 1).all()
            assert n == 2 or len(pairs_at(matrix, optimum + 1)) >= 1
        else:
            copies = np.unique(rows, axis=0, return_counts=True)[1]
            assert len(copies) == 2**l
            assert np.ptp(copies) <= 1
            assert where == "random" or matrix[place_of(where, n)] == 0

    check_everywhere(lambda rng, n, l: fam.one_step_worse(rng, n, l, where), check)


def test_one_step_worse_at_the_largest_size_that_l_allows() -> None:
    for n, l in [(3, 1), (5, 2), (33, 5), (257, 8), (513, 9)]:
        rows = fam.one_step_worse(np.random.default_rng(0), n, l)
        assert len(pairs_at(distances(rows), 0)) == 1


def test_one_step_worse_varies_in_distance_and_position() -> None:
    optima, positions = set(), set()
    for seed in range(40):
        matrix = distances(fam.one_step_worse(np.random.default_rng(seed), 100, 80))
        optima.add(int(matrix.min()))
        positions.update(pairs_at(matrix, matrix.min()))
    assert len(optima) >= 8
    assert len(positions) >= 35


@pytest.mark.parametrize("where", ["first", "last", "ends"])
def test_planted_at_puts_the_first_optimal_pair_there(where: fam.Place) -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        matrix = distances(rows)
        if where != "last" or n <= 2**l + 1:
            assert pairs_at(matrix, matrix.min())[0] == place_of(where, n)
        else:
            assert matrix[place_of(where, n)] == 0

    check_everywhere(named(CLOSEST_PAIR_FAMILIES, f"planted_{where}").make, check)


def test_many_ties_has_several_optimal_pairs() -> None:
    def make(rng: np.random.Generator, n: int, l: int) -> Bits:
        return np.stack([fam.many_ties(rng, n, l) for _ in range(3)])

    def check(stack: Bits, n: int, l: int) -> None:
        for rows in stack:
            matrix = distances(rows)
            assert n == 2 or np.count_nonzero(matrix == matrix.min()) >= 4

    check_everywhere(make, check)


def test_many_ties_ranges_from_two_pairs_to_very_many() -> None:
    ties = []
    for seed in range(80):
        matrix = distances(fam.many_ties(np.random.default_rng(seed), 100, 33))
        ties.append((len(pairs_at(matrix, matrix.min())), matrix.min()))
    assert min(count for count, _ in ties) <= 3
    assert max(count for count, _ in ties) >= 1000
    assert len({optimum for _, optimum in ties}) >= 4


def test_random_balanced_is_near_even() -> None:
    for n, l in [(17, 33), (300, 80)]:
        answers = [products(fam.random_balanced(np.random.default_rng(seed), n, l)).min() == 0 for seed in range(100)]
        assert 25 <= sum(answers) <= 75


def test_critical_answers_are_even_and_flip_with_one_step_of_density() -> None:
    for n, l in [(2, 1), (3, 2), (17, 8), (100, 33)]:
        answers = []
        for seed in range(100):
            rows = fam.critical(np.random.default_rng(seed), n, l)
            answers.append(products(rows).min() == 0)
            level = np.random.default_rng(seed).integers(0, 4096, (n, l), dtype=np.int16)
            density = level[rows == 1].max(initial=-1) + 1
            if answers[-1]:
                fuller = level < level[rows == 0].min() + 1
                assert products(fuller).min() > 0
            else:
                assert products(level < density - 1).min() == 0
        assert 30 <= sum(answers) <= 70


def test_one_step_worse_no() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        assert (products(rows).min(axis=1) == 1).all()

    check_everywhere(fam.one_step_worse_no, check)


@pytest.mark.parametrize("where", ["random", "first", "last", "ends"])
def test_single_yes(where: fam.Place) -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        matrix = products(rows)
        orthogonal = pairs_at(matrix, 0)
        if l == 1 and n > 2:
            assert rows.sum() == n - 1
            return
        assert len(orthogonal) == 1
        assert where == "random" or orthogonal[0] == place_of(where, n)
        to_pair = np.delete(matrix[:, orthogonal[0]], orthogonal[0], axis=0)
        assert (to_pair.min(axis=1, initial=FAR) == 1).all()

    name = "single_yes" if where == "random" else f"single_yes_{where}"
    check_everywhere(named(OV_FAMILIES, name).make, check)


def test_many_orthogonal_is_a_complete_bipartite_set_of_pairs() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        orthogonal = pairs_at(products(rows), 0)
        assert len(orthogonal) >= min(2, n - 1)
        if l >= 2:
            involved = rows[np.unique(orthogonal)]
            kinds, copies = np.unique(involved, axis=0, return_counts=True)
            assert len(kinds) == 2
            assert len(orthogonal) == copies[0] * copies[1]

    check_everywhere(fam.many_orthogonal, check)


def test_one_zero_row_is_the_only_witness() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        zero = np.flatnonzero(rows.sum(axis=1) == 0)
        assert len(zero) == 1
        assert len(pairs_at(products(rows), 0)) == n - 1

    check_everywhere(fam.one_zero_row, check)


@pytest.mark.parametrize(("problem_name", "quotas"), [("closest-pair", CLOSEST_PAIR_QUOTAS), ("ov", OV_QUOTAS)])
def test_campaigns_meet_their_quotas(problem_name: str, quotas: tuple[object, ...]) -> None:
    for seed in range(3):
        table = quota_table(measure(problem_name, campaign_instances(problem_name, seed, 400)), 400)
        assert len(table) == len(quotas)
        assert all(row.met for row in table), f"seed {seed}\n{format_quota_table(table)}"


@pytest.mark.parametrize("problem_name", ["closest-pair", "ov"])
def test_campaigns_are_determined_by_the_seed(problem_name: str) -> None:
    def campaign(seed: int, count: int) -> list[Bits]:
        return list(campaign_instances(problem_name, seed, count, (2, 40), (1, 20)))

    long, short, other = campaign(3, 60), campaign(3, 30), campaign(4, 60)
    assert all(np.array_equal(a, b) for a, b in zip(long[:30], short, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(long, other, strict=True))
    assert all(2 <= rows.shape[0] <= 40 and 1 <= rows.shape[1] <= 20 for rows in long)


@pytest.mark.parametrize("problem_name", ["closest-pair", "ov"])
def test_properties_agree_with_a_literal_reading(problem_name: str) -> None:
    for rows in campaign_instances(problem_name, 11, 150, (2, 30), (1, 12)):
        n = len(rows)
        matrix = distances(rows) if problem_name == "closest-pair" else products(rows)
        optimum = matrix.min() if problem_name == "closest-pair" else 0
        best = pairs_at(matrix, optimum)
        outside = [i for i in range(n) if len(best) != 1 or i not in best[0]]
        one_step = len(best) <= 1 and outside != [] and all(matrix[i].min() == optimum + 1 for i in outside)
        expected = {
            "n_over_300": n > 300,
            "first_pair_at_end": best[:1] in ([(0, 1)], [(n - 2, n - 1)]),
            "all_zero_row": any(not row.any() for row in rows),
            "all_one_row": any(row.all() for row in rows),
            "duplicate_rows": len({row.tobytes() for row in rows}) < n,
            "one_hot_row": any(row.sum() == 1 for row in rows),
        }
        if problem_name == "closest-pair":
            expected |= {"several_optimal": len(best) > 1, "closest_one_step_worse": one_step}
        else:
            expected |= {"several_orthogonal": len(best) > 1, "ov_one_step_worse": one_step}
            expected |= {"yes": best != [], "no": best == []}
        assert properties(problem_name, rows) == expected


def test_sample_draws_every_family_size_as_asked() -> None:
    rng = np.random.default_rng(0)
    for problem_name in ("closest-pair", "ov"):
        drawn = [sample(problem_name, rng, n=5, l=6) for _ in range(50)]
        assert {rows.shape for rows in drawn} == {(5, 6)}
        assert len({rows.tobytes() for rows in drawn}) > 25


def test_draw_size_covers_its_ranges() -> None:
    rng = np.random.default_rng(0)
    sizes = np.array([draw_size(rng) for _ in range(2000)])
    assert sizes.min(axis=0).tolist() == [2, 1]
    assert sizes.max(axis=0).tolist() == [600, 80]
    assert (sizes[:, 0] > 300).mean() > 0.35
    assert draw_size(rng, (7, 7), (3, 3)) == (7, 3)


def test_bad_requests_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="no families for the problem 'farthest'"):
        sample("farthest", rng, n=2, l=1)
    with pytest.raises(InputError, match="range of n is 1 to 5"):
        draw_size(rng, (1, 5))
    with pytest.raises(InputError, match="range of l is 9 to 8"):
        draw_size(rng, l_range=(9, 8))


def test_quota_table_counts_presence_and_shares() -> None:
    table = quota_table({"n_over_300": 25, "several_optimal": 24, "all_zero_row": 0, "one_hot_row": 1}, 100)
    assert [row.met for row in table] == [True, False, False, True]
    assert [row.share for row in table] == [0.25, 0.24, 0.0, 0.01]
    assert "NO" in format_quota_table(table)
