"""Every guarantee a family of bits documents, by brute force; and what holds for all families of all problems."""

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np
import pytest
from tests.verify.matrices import FAR, distances, losses, pairs_at, places, products

from proofformer.problems import Problem, problem
from proofformer.problems.kinds import KINDS
from proofformer.verify.instances import (
    Bits,
    Family,
    Sets,
    closest_pair,
    families_for,
    max_ip,
    min_ip,
    ov,
    rows,
    tables,
)
from proofformer.verify.instances.planter import among_bits

SIZES = [(*each, l) for each in ((2,), (3,), (17,), (130,)) for l in (1, 2, 7, 40)]
SIZES_TWO = [(*each, l) for each in ((1, 1), (1, 7), (7, 1), (2, 3), (40, 9), (50, 60)) for l in (1, 2, 3, 8, 40)]
EVERY = [
    problem(kind.name, dim=5, metric=kind.metric, bichromatic=two, levels=levels, norms=norms)
    for kind in KINDS
    for two in (False, True)
    for levels in ((1, 4) if kind.takes_levels else (1,))
    for norms in (
        ((2, 3, 5),) if kind.measure in ("jaccard", "dice") else (None, (1, 4)) if kind.is_similarity else (None,)
    )
]
BITS = [asked for asked in EVERY if asked.kind.measure in ("inner", "hamming")]
EACH = pytest.mark.parametrize("asked", BITS, ids=lambda asked: asked.label)
WHERE = ("random", "first", "last", "ends")


def named(asked: Problem, name: str) -> Family:
    return next(family for family in families_for(asked) if family.name == name)


def drawn(asked: Problem, name: str, seeds: int = 2) -> Iterator[tuple[Problem, Sets]]:
    """Instances of a family, of many sizes and lengths."""
    for *sizes, l in SIZES_TWO if asked.bichromatic else SIZES:
        of = Problem(asked.name, l, bichromatic=asked.bichromatic)
        for seed in range(seeds):
            yield of, named(of, name).make(np.random.default_rng(seed), of, tuple(sizes))


def each_of(make: Callable[..., Bits], seeds: int = 2) -> Iterator[tuple[Bits, int, int]]:
    for (n, l), seed in product(SIZES, range(seeds)):
        yield make(np.random.default_rng(seed), n, l), n, l


@pytest.mark.parametrize("asked", EVERY, ids=lambda asked: asked.label)
def test_families_are_legal_pure_functions_of_seed_and_sizes(asked: Problem) -> None:
    """Their names are different, and names and weights do not depend on the rows."""
    families = families_for(asked)
    assert len(families) == len({family.name for family in families}) >= 9
    longer = problem(asked.name, dim=9, metric=asked.metric, bichromatic=asked.bichromatic, norms=asked.norms)
    assert families_for(longer) == families
    for family in families:
        assert family.purpose
        assert family.weight > 0
        for sizes in ((1, 1), (1, 5), (6, 1), (20, 3)) if asked.bichromatic else ((2,), (3,), (40,)):
            sets, again = (family.make(np.random.default_rng(7), asked, sizes) for _ in range(2))
            assert [made.shape for made in sets] == [(n, asked.dim) for n in sizes]
            assert all(made.dtype == np.uint8 for made in sets)
            assert all((x == y).all() for x, y in zip(sets, again, strict=True))
            asked.instance(*sets)


def test_rows_are_what_they_are_called() -> None:
    for density in (0.1, 0.5, 0.9):
        assert abs(rows.uniform(np.random.default_rng(0), 600, 80, density).mean() - density) < 0.02
    assert abs(rows.uniform(np.random.default_rng(0), 600, 80).sum(axis=1).mean() - 1.5) < 0.2
    assert rows.all_zero(np.random.default_rng(0), 17, 8).sum() == 0
    assert rows.all_one(np.random.default_rng(0), 17, 8).all()
    for made, _, l in each_of(rows.extreme_rows):
        assert {0, l} <= set(made.sum(axis=1))
    for made, n, l in each_of(rows.one_hot):
        assert (made.sum(axis=1) == 1).all()
        assert set(made.sum(axis=0)) <= {n // l, -(-n // l)}
    for made, n, _ in each_of(rows.duplicates):
        assert len(np.unique(made, axis=0)) <= max(1, min(8, n // 3))
    for made, _, _ in each_of(rows.nested):
        by_size = made[np.argsort(made.sum(axis=1))]
        assert (by_size[:-1] <= by_size[1:]).all()
    for made, n, _ in each_of(rows.disjoint):
        assert (made.sum(axis=0) == 1).all()
        assert (products(made)[~np.eye(n, dtype=bool)] == 0).all()
    for made, _, _ in each_of(lambda rng, n, l: rows.uniform(rng, n, l, 0.5)):
        assert (rows.inner_products(made) == made.astype(np.int64) @ made.T.astype(np.int64)).all()


@EACH
@pytest.mark.parametrize("where", WHERE)
def test_one_pair_is_best_and_all_other_rows_are_one_step_worse(asked: Problem, where: str) -> None:
    """Exactly one step, for every other row of either set; the pair where it is asked for."""
    one, closest = not asked.bichromatic, asked.name == "closest-pair" and not asked.bichromatic
    name = "one_step_worse" if where == "random" else f"planted_{where}"
    if asked.name == "ov" and one:
        name = "single_yes" if where == "random" else f"single_yes_{where}"
    for of, sets in drawn(asked, name, 1 if closest else 2):
        sizes, l = tuple(map(len, sets)), of.dim
        if closest:
            (n,) = sizes
            sets = (closest_pair.one_step_worse(np.random.default_rng(l), n, l, where),)  # type: ignore[arg-type]
        matrix = losses(of, sets)
        best = pairs_at(matrix, matrix.min(), one)
        if closest and n > 2**l + 1:
            copies = np.unique(sets[0], axis=0, return_counts=True)[1]
            assert (len(copies), np.ptp(copies) <= 1) == (2**l, True)
            assert where == "random" or matrix[min(places(where, sizes))] == 0
        elif l > 1 or of.name == "max-ip" or sizes == (2,) or closest:
            ((i, j),) = best
            assert where == "random" or best[0] in places(where, sizes)
            assert (np.delete(matrix.min(axis=1), [i, j] if one else i) == matrix.min() + 1).all()
            assert (np.delete(matrix.min(axis=0), [i, j] if one else j) == matrix.min() + 1).all()
            assert of.kind.target is None or matrix.min() == 0
            if of.name == "ov" and one:
                assert (np.delete(matrix[:, [i, j]], [i, j], axis=0).min(axis=1, initial=FAR) == 1).all()
        elif of.name == "ov" and one:
            assert sets[0].sum() == sizes[0] - 1


@EACH
def test_ties_are_several(asked: Problem) -> None:
    """Of two sets, a block; of one set two pairs or more, few and very many, at many values."""
    if asked.bichromatic:
        across = inside = everything = 0
        for of, sets in drawn(asked, "tied", 3):
            if of.dim > 1:
                matrix = losses(of, sets)
                best = pairs_at(matrix, matrix.min(), one_set=False)
                i, j = ({pair[side] for pair in best} for side in (0, 1))
                assert len(best) == len(i) * len(j)
                assert (np.delete(matrix.min(axis=1), list(i)) == matrix.min() + 1).all()
                assert (np.delete(matrix.min(axis=0), list(j)) == matrix.min() + 1).all()
                across += len(i) > 1 and len(j) > 1
                inside += len(i) == 1 < len(j)
                everything += len(best) == matrix.size > 1
        assert min(across, inside, everything) >= 3
    elif asked.name != "ov":
        for of, sets in drawn(asked, "many_ties", 6):
            matrix = losses(of, sets)
            least = matrix.min(axis=1)
            easy = len(sets[0]) > 2 and (of.dim > 1 or of.name == "closest-pair")
            assert not easy or np.count_nonzero(matrix == least.min()) >= 4
            assert of.name != "farthest-pair" or of.dim == 1 or set(least - least.min()) <= {0, 1}
        ties, optima, of = [], set(), Problem(asked.name, 33)
        for seed in range(60):
            matrix = losses(of, named(of, "many_ties").make(np.random.default_rng(seed), of, (100,)))
            ties.append(len(pairs_at(matrix, matrix.min())))
            optima.add(int(matrix.min()))
        assert min(ties) <= 20
        assert max(ties) >= 1000
        assert len(optima) >= 4


@EACH
def test_planted_is_at_the_level_asked_for(asked: Problem) -> None:
    """Closest pairs of one set only where the rows fit."""
    rng, kind, l = np.random.default_rng(0), asked.kind, 16
    closest = asked.name == "closest-pair" and not asked.bichromatic
    of = Problem(asked.name, 60 if closest else l, bichromatic=asked.bichromatic)
    for level, _ in product(range(13) if closest else range(2, 15), range(3)):
        sets = among_bits(rng, kind, (9,) if closest else (20, 10) if of.bichromatic else (40,), of.dim, level)
        assert losses(of, sets).min() == (of.dim - level if kind.largest else level)


def test_codes_reach_as_far_as_their_length_allows() -> None:
    for n, l in [(3, 1), (5, 2), (33, 5), (257, 8), (513, 9)]:
        assert len(pairs_at(distances(closest_pair.one_step_worse(np.random.default_rng(0), n, l)), 0)) == 1
    optima, at = set(), set()
    for seed in range(40):
        matrix = distances(closest_pair.one_step_worse(np.random.default_rng(seed), 100, 80))
        optima.add(int(matrix.min()))
        at.update(pairs_at(matrix, matrix.min()))
    assert len(optima) >= 8
    assert len(at) >= 35


@pytest.mark.parametrize("where", ["first", "last", "ends"])
def test_the_first_closest_pair_is_where_it_is_planted(where: str) -> None:
    for of, (made,) in drawn(problem("closest-pair", dim=1), f"planted_{where}", 4):
        matrix = distances(made)
        place = min(places(where, (len(made),)))
        assert matrix[place] == matrix.min() if where != "last" or len(made) <= 2**of.dim + 1 else matrix[place] == 0
        assert where == "last" or pairs_at(matrix, matrix.min())[0] == place


def test_random_balanced_is_near_even() -> None:
    made = [ov.random_balanced(np.random.default_rng(seed), 60, 33) for seed in range(100)]
    assert 25 <= sum(products(each).min() == 0 for each in made) <= 75


def test_critical_answers_are_even_and_flip_with_one_step_of_density() -> None:
    for n, l in [(2, 1), (3, 2), (17, 8), (60, 33)]:
        answers = []
        for seed in range(60):
            made = ov.critical(np.random.default_rng(seed), n, l)
            answers.append(products(made).min() == 0)
            level = np.random.default_rng(seed).integers(0, 4096, (n, l), dtype=np.int16)
            if answers[-1]:
                assert products(level < level[made == 0].min() + 1).min() > 0
            else:
                assert products(level < level[made == 1].max(initial=-1)).min() == 0
        assert 16 <= sum(answers) <= 44


def test_orthogonal_vectors_of_one_set() -> None:
    for made, _, _ in each_of(ov.one_step_worse_no):
        assert (products(made).min(axis=1) == 1).all()
    for made, n, l in each_of(ov.many_orthogonal):
        orthogonal = pairs_at(products(made), 0)
        assert len(orthogonal) >= min(2, n - 1)
        if l >= 2:
            kinds, copies = np.unique(made[np.unique(orthogonal)], axis=0, return_counts=True)
            assert len(kinds) == 2
            assert len(orthogonal) == copies[0] * copies[1]
    for made, n, _ in each_of(ov.one_zero_row):
        assert np.count_nonzero(made.sum(axis=1) == 0) == 1
        assert len(pairs_at(products(made), 0)) == n - 1


def test_orthogonal_vectors_of_two_sets() -> None:
    asked = problem("ov", dim=1, bichromatic=True)
    inside = one_off = 0
    for _, (A, B) in drawn(asked, "all_one_step_off", 6):
        assert (products(A, B) == 1).all()
        inside += min(products(A).min(), products(B).min()) == 0
    assert inside >= 5
    for of, (A, B) in drawn(asked, "orthogonal_inside", 3):
        assert products(A, B).min() >= 1
        one_off += (products(A, B) == 1).all()
        if of.dim > 1 and max(len(A), len(B)) > 1:
            assert min(products(A).min(), products(B).min()) == 0
    assert one_off > len(SIZES_TWO)


def test_all_pairs_but_one_are_one_step_worse_for_the_largest_inner_product() -> None:
    for made, n, _ in each_of(max_ip.one_step_worse):
        off = products(made)[~np.eye(n, dtype=bool)]
        assert np.count_nonzero(off == off.max()) == 2
        assert set(off) <= {off.max(), off.max() - 1}


@pytest.mark.parametrize("name", ["max-ip", "min-ip"])
def test_paired_turns_distances_into_inner_products_of_equal_norms(name: str) -> None:
    asked, alone = problem(name, dim=33), 0
    for seed in range(10):
        sets = named(asked, "paired_one_step_worse").make(np.random.default_rng(seed), asked, (50,))
        matrix = losses(asked, sets)
        assert len(set(sets[0].sum(axis=1))) == 1
        best = pairs_at(matrix, matrix.min())
        if len(best) == 1:
            alone += 1
            assert (np.delete(matrix.min(axis=1), best[0]) == matrix.min() + 1).all()
    assert alone >= 5


def test_lifted_adds_the_level_to_every_inner_product() -> None:
    for level in range(9):
        made = min_ip.lifted(np.random.default_rng(level), 20, 9, generate=rows.disjoint, level=level)
        assert products(made).min() == min(level, 8)


def test_parted_is_one_instance_of_one_set_and_copied_the_same_rows_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    ties, parted, copied = (
        named(problem("closest-pair", dim=12, bichromatic=two), name)
        for name, two in (("many_ties", False), ("parted", True), ("copied", True))
    )
    monkeypatch.setattr(tables, "families_for", lambda asked: () if asked.bichromatic else (ties,))
    asked = problem("closest-pair", dim=12, bichromatic=True)
    for seed in range(20):
        matrix = distances(np.vstack(parted.make(np.random.default_rng(seed), asked, (20, 30))))
        assert np.count_nonzero(matrix == matrix.min()) >= 4
    for a, b, seed in product((1, 4, 9), (1, 5), range(3)):
        sets = copied.make(np.random.default_rng(seed), asked, (a, b))
        A, B = ({row.tobytes() for row in side} for side in sets)
        assert A == B


def test_extremes_are_rows_of_zeros_or_ones() -> None:
    asked, kinds = problem("ov", dim=4, bichromatic=True), set()
    for seed in range(40):
        A, B = named(asked, "extremes").make(np.random.default_rng(seed), asked, (6, 5))
        assert set(A.sum(axis=1)) | set(B.sum(axis=1)) <= {0, 4}
        kinds.add((A.mean() in (0, 1), B.mean() in (0, 1)))
    assert len(kinds) >= 3
