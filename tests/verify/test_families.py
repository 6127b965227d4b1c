"""Every guarantee a family of one set documents, by brute force; and determinism."""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from tests.verify.matrices import FAR, distances, losses, pairs_at, products

from proofformer.problems.kinds import KINDS
from proofformer.verify.instances import Bits, Family, Generate, Place, farthest_pair, max_ip, min_ip
from proofformer.verify.instances import closest_pair as closest
from proofformer.verify.instances import ov as orthogonal
from proofformer.verify.instances import rows as common
from proofformer.verify.instances.tables import ONE_SET, TWO_SETS, planted

SIZES = list(product([2, 3, 17, 300], [1, 2, 8, 33, 80]))
SEEDS = (0, 1)
BY_NAME = {kind.name: kind for kind in KINDS}
STEPS = {"min-ip": min_ip, "max-ip": max_ip, "farthest-pair": farthest_pair}


def place_of(where: str, n: int) -> tuple[int, int]:
    return {"first": (0, 1), "last": (n - 2, n - 1), "ends": (0, n - 1)}[where]


def named(families: tuple[Family, ...], name: str) -> Generate:
    family = next(family for family in families if family.name == name)
    return lambda rng, n, l: family.make(rng, (n,), l)[0]


def check_everywhere(make: Generate, check: Callable[[Bits, int, int], None]) -> None:
    for (n, l), seed in product(SIZES, SEEDS):
        check(make(np.random.default_rng(seed), n, l), n, l)


def test_distances_count_differing_coordinates() -> None:
    rows = np.random.default_rng(0).integers(0, 2, (9, 7), dtype=np.uint8)
    literal = [[sum(a != b for a, b in zip(x, y, strict=True)) for y in rows] for x in rows]
    assert (distances(rows) == np.array(literal) + FAR * np.eye(9)).all()


def test_inner_products_agree_with_matrix_multiplication() -> None:
    for n, l in SIZES:
        rows = np.random.default_rng(l).integers(0, 2, (n, l), dtype=np.uint8)
        assert (common.inner_products(rows) == rows.astype(np.int64) @ rows.T.astype(np.int64)).all()


@pytest.mark.parametrize(
    "family", [family for families in ONE_SET.values() for family in families], ids=lambda family: family.name
)
def test_families_are_pure_functions_of_seed_and_size(family: Family) -> None:
    for n, l in SIZES:
        (rows,), (again,) = (family.make(np.random.default_rng((7, n, l)), (n,), l) for _ in range(2))
        assert rows.shape == (n, l)
        assert rows.dtype == np.uint8
        assert rows.max() <= 1
        assert (rows == again).all()


def test_family_tables_are_well_formed() -> None:
    for families in (*ONE_SET.values(), *TWO_SETS.values()):
        assert len({family.name for family in families}) == len(families)
        assert all(family.purpose and family.weight > 0 for family in families)


def test_uniform_has_the_density_asked_for() -> None:
    for density in (0.1, 0.5, 0.9):
        rows = common.uniform(np.random.default_rng(0), 600, 80, density)
        assert abs(rows.mean() - density) < 0.02
    assert abs(common.uniform(np.random.default_rng(0), 600, 80).sum(axis=1).mean() - 1.5) < 0.2


def test_all_zero_and_all_one() -> None:
    assert common.all_zero(np.random.default_rng(0), 17, 8).sum() == 0
    assert common.all_one(np.random.default_rng(0), 17, 8).all()


def test_extreme_rows_has_both_extremes() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        assert (rows.sum(axis=1) == 0).any()
        assert (rows.sum(axis=1) == l).any()

    check_everywhere(common.extreme_rows, check)


def test_one_hot_uses_coordinates_evenly() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        assert (rows.sum(axis=1) == 1).all()
        assert set(rows.sum(axis=0)) <= {n // l, -(-n // l)}

    check_everywhere(common.one_hot, check)


def test_duplicates_has_few_distinct_rows() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        assert len(np.unique(rows, axis=0)) <= max(1, min(8, n // 3))

    check_everywhere(common.duplicates, check)


def test_nested_supports_form_a_chain() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        by_size = rows[np.argsort(rows.sum(axis=1))]
        assert (by_size[:-1] <= by_size[1:]).all()

    check_everywhere(common.nested, check)


def test_disjoint_partitions_the_coordinates() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        assert (rows.sum(axis=0) == 1).all()
        assert (products(rows)[~np.eye(n, dtype=bool)] == 0).all()

    check_everywhere(common.disjoint, check)


@pytest.mark.parametrize("where", ["random", "first", "last", "ends"])
def test_one_step_worse(where: Place) -> None:
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

    check_everywhere(lambda rng, n, l: closest.one_step_worse(rng, n, l, where), check)


def test_one_step_worse_at_the_largest_size_that_l_allows() -> None:
    for n, l in [(3, 1), (5, 2), (33, 5), (257, 8), (513, 9)]:
        rows = closest.one_step_worse(np.random.default_rng(0), n, l)
        assert len(pairs_at(distances(rows), 0)) == 1


def test_one_step_worse_varies_in_distance_and_position() -> None:
    optima, positions = set(), set()
    for seed in range(40):
        matrix = distances(closest.one_step_worse(np.random.default_rng(seed), 100, 80))
        optima.add(int(matrix.min()))
        positions.update(pairs_at(matrix, matrix.min()))
    assert len(optima) >= 8
    assert len(positions) >= 35


@pytest.mark.parametrize("where", ["first", "last", "ends"])
def test_planted_at_puts_the_first_optimal_pair_there(where: Place) -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        matrix = distances(rows)
        if where != "last" or n <= 2**l + 1:
            assert pairs_at(matrix, matrix.min())[0] == place_of(where, n)
        else:
            assert matrix[place_of(where, n)] == 0

    check_everywhere(named(ONE_SET["closest-pair"], f"planted_{where}"), check)


def test_many_ties_has_several_optimal_pairs() -> None:
    def make(rng: np.random.Generator, n: int, l: int) -> Bits:
        return np.stack([closest.many_ties(rng, n, l) for _ in range(3)])

    def check(stack: Bits, n: int, l: int) -> None:
        for rows in stack:
            matrix = distances(rows)
            assert n == 2 or np.count_nonzero(matrix == matrix.min()) >= 4

    check_everywhere(make, check)


def test_many_ties_ranges_from_two_pairs_to_very_many() -> None:
    ties = []
    for seed in range(80):
        matrix = distances(closest.many_ties(np.random.default_rng(seed), 100, 33))
        ties.append((len(pairs_at(matrix, matrix.min())), matrix.min()))
    assert min(count for count, _ in ties) <= 3
    assert max(count for count, _ in ties) >= 1000
    assert len({optimum for _, optimum in ties}) >= 4


def test_random_balanced_is_near_even() -> None:
    for n, l in [(17, 33), (300, 80)]:
        answers = [
            products(orthogonal.random_balanced(np.random.default_rng(seed), n, l)).min() == 0 for seed in range(100)
        ]
        assert 25 <= sum(answers) <= 75


def test_critical_answers_are_even_and_flip_with_one_step_of_density() -> None:
    for n, l in [(2, 1), (3, 2), (17, 8), (100, 33)]:
        answers = []
        for seed in range(100):
            rows = orthogonal.critical(np.random.default_rng(seed), n, l)
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

    check_everywhere(orthogonal.one_step_worse_no, check)


@pytest.mark.parametrize("where", ["random", "first", "last", "ends"])
def test_single_yes(where: Place) -> None:
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
    check_everywhere(named(ONE_SET["ov"], name), check)


def test_many_orthogonal_is_a_complete_bipartite_set_of_pairs() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        orthogonal = pairs_at(products(rows), 0)
        assert len(orthogonal) >= min(2, n - 1)
        if l >= 2:
            involved = rows[np.unique(orthogonal)]
            kinds, copies = np.unique(involved, axis=0, return_counts=True)
            assert len(kinds) == 2
            assert len(orthogonal) == copies[0] * copies[1]

    check_everywhere(orthogonal.many_orthogonal, check)


def test_one_zero_row_is_the_only_witness() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        zero = np.flatnonzero(rows.sum(axis=1) == 0)
        assert len(zero) == 1
        assert len(pairs_at(products(rows), 0)) == n - 1

    check_everywhere(orthogonal.one_zero_row, check)


@pytest.mark.parametrize("where", ["random", "first", "last", "ends"])
@pytest.mark.parametrize("name", STEPS)
def test_one_step_worse_of_the_other_problems(name: str, where: Place) -> None:
    """One best pair where asked, and the best of every other row exactly one step worse."""

    def check(rows: Bits, n: int, l: int) -> None:
        if l == 1 and name != "max-ip" and n > 2:
            return
        matrix = losses(BY_NAME[name], (rows,))
        best = pairs_at(matrix, matrix.min())
        assert len(best) == 1
        assert where == "random" or best[0] == place_of(where, n)
        assert (np.delete(matrix.min(axis=1), best[0]) == matrix.min() + 1).all()

    check_everywhere(lambda rng, n, l: STEPS[name].one_step_worse(rng, n, l, where), check)


@pytest.mark.parametrize("name", STEPS)
def test_ties_of_the_other_problems(name: str) -> None:
    def make(rng: np.random.Generator, n: int, l: int) -> Bits:
        return np.stack([STEPS[name].many_ties(rng, n, l) for _ in range(4)])

    def check(stack: Bits, n: int, l: int) -> None:
        for rows in stack:
            matrix = losses(BY_NAME[name], (rows,))
            least = matrix.min(axis=1)
            assert n == 2 or l == 1 or np.count_nonzero(matrix == least.min()) >= 4
            if l > 1 and name == "farthest-pair":
                assert set(least - least.min()) <= {0, 1}

    check_everywhere(make, check)


@pytest.mark.parametrize("name", STEPS)
def test_ties_and_optima_range_widely(name: str) -> None:
    ties, optima = [], set()
    for seed in range(60):
        matrix = losses(BY_NAME[name], (STEPS[name].many_ties(np.random.default_rng(seed), 100, 33),))
        ties.append(len(pairs_at(matrix, matrix.min())))
        optima.add(int(matrix.min()))
    assert min(ties) <= 20
    assert max(ties) >= 1000
    assert len(optima) >= 10


def test_all_pairs_but_one_are_one_step_worse_for_the_largest_inner_product() -> None:
    def check(rows: Bits, n: int, l: int) -> None:
        off = products(rows)[~np.eye(n, dtype=bool)]
        assert np.count_nonzero(off == off.max()) == 2
        assert set(off) <= {off.max(), off.max() - 1}

    check_everywhere(max_ip.one_step_worse, check)


def test_paired_turns_distances_into_inner_products_of_equal_norms() -> None:
    family = next(f for f in ONE_SET["max-ip"] if f.name == "paired_one_step_worse")
    for seed in range(10):
        (rows,) = family.make(np.random.default_rng(seed), (50,), 33)
        matrix = products(rows)
        assert len(set(rows.sum(axis=1))) == 1
        matrix[matrix == FAR] = -1
        best = pairs_at(matrix, matrix.max())
        assert len(best) == 1 or len(np.unique(rows, axis=0)) < 49
        if len(best) == 1:
            assert (np.delete(matrix.max(axis=1), best[0]) == matrix.max() - 1).all()


def test_lifted_adds_the_level_to_every_inner_product() -> None:
    for level in range(9):
        rows = min_ip.lifted(np.random.default_rng(level), 20, 9, generate=common.disjoint, level=level)
        assert products(rows).min() == min(level, 8)


@pytest.mark.parametrize("name", STEPS)
def test_planted_is_at_the_level_asked_for(name: str) -> None:
    rng = np.random.default_rng(0)
    for level in range(2, 15):
        for _ in range(4):
            (rows,) = planted(rng, BY_NAME[name], (40,), 16, level)
            loss = losses(BY_NAME[name], (rows,)).min()
            assert loss == (16 - level if BY_NAME[name].largest else level)


def test_planted_closest_pairs_are_at_the_level_where_the_rows_fit() -> None:
    rng = np.random.default_rng(0)
    for level in range(13):
        (rows,) = planted(rng, BY_NAME["closest-pair"], (9,), 60, level)
        assert distances(rows).min() == level
