"""The table of families: each row a name, the mistake it is for, a generator, and its weight for each sort of problem.

Who adds a family adds a row. Of the sorts that a problem is of, the one that is named first here decides:

    own                           a task of one's own
    similar_one, similar_two      similarities of one set or of two;   similar: either
    grid_one, grid_two            distances of grids, likewise;        grid: either
    ov                            orthogonal vectors, of one set of bits
    min_ip                        the least inner product, of one set of bits
    inner                         the least or largest inner product, of one set of bits
    bits                          the same, or a Hamming distance
    ov_two                        orthogonal vectors, of two sets of bits
    two                           inner products and Hamming distances of two sets of bits
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial

import numpy as np

from proofformer.problems import Problem
from proofformer.verify.instances import contrasts, grids, min_ip, ov, rows, similarity, two_sets
from proofformer.verify.instances.family import Family, Make, of_weight
from proofformer.verify.instances.grounds import form
from proofformer.verify.instances.planter import in_bits, many_ties, one_step_worse
from proofformer.verify.instances.rows import Bits, Sets, uniform


def families_for(asked: Problem) -> tuple[Family, ...]:
    """The families for a problem, in one set or two; names and weights do not depend on the length of rows."""
    return _families(_sorts(asked))


def _sorts(asked: Problem) -> tuple[str, ...]:
    """The sorts that the problem is of, the narrowest first."""
    of, orthogonal = form(asked), asked.kind.target is not None
    if of == "own":
        return ("own",)
    if of != "bits":
        return f"{of}_two" if asked.bichromatic else f"{of}_one", of
    if asked.bichromatic:
        return ("ov_two", "two") if orthogonal else ("two",)
    if orthogonal:
        return ("ov",)
    return (asked.name.replace("-", "_"), *(["inner"] if asked.kind.measure == "inner" else []), "bits")


@cache
def _families(sorts: tuple[str, ...]) -> tuple[Family, ...]:
    weighed = ((family, next((weights[sort] for sort in sorts if sort in weights), 0)) for family, weights in TABLE)
    return tuple(replace(family, weight=weight) for family, weight in weighed if weight)


def _row(name: str, purpose: str, make: Make, **weights: int) -> tuple[Family, dict[str, int]]:
    return Family(name, purpose, make), weights


def _of_bits(generate: Callable[..., Bits | Sets], alike: bool = True) -> Make:
    """What `generate(rng, *sizes, l)` returns; of a similarity fitted to its norms, `alike` as `fitted` says."""

    def make(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
        made = generate(rng, *sizes, asked.dim)
        sets = made if isinstance(made, tuple) else (made,)
        if asked.kind.is_similarity:
            return tuple(similarity.fitted(rng, side, asked, alike) for side in sets)
        return sets

    return make


def _uniform(density: float) -> Make:
    return _of_bits(partial(uniform, density=density), alike=False)


def _named(asked: Problem, name: str) -> Family:
    return next(family for family in families_for(asked) if family.name == name)


def _paired(rng: np.random.Generator, asked: Problem, sizes: Sequence[int], *, name: str) -> Sets:
    """x of half the length, of a family for distances, as (x, 1 - x), between constant columns; for l = 1, x itself.

    All rows have one weight, and the inner product of two is a constant minus the distance of their x: closest pairs
    become the largest inner products and farthest ones the least, one step to one step. One set.
    """
    l, (n,) = asked.dim, sizes
    of = Problem("closest-pair" if asked.kind.largest else "farthest-pair", 1)
    if l == 1:
        return _named(of, name).make(rng, of, sizes)
    half = l // 2 if rng.random() < 0.7 else int(rng.integers(1, l // 2 + 1))
    (x,) = _named(of, name).make(rng, replace(of, dim=half), sizes)
    rest = np.repeat(uniform(rng, 1, l - 2 * half, 0.5), n, axis=0)
    return (rng.permutation(np.hstack((x, 1 - x, rest)), axis=1),)


def _embedded(rng: np.random.Generator, asked: Problem, sizes: Sequence[int], *, name: str) -> Sets:
    """A family of 0/1 rows, lifted into the grid, now and then stretched."""
    stretch = 1 if rng.random() < 0.85 else int(rng.integers(1, asked.levels + 1))
    bits = in_bits(asked)
    return grids.lifted(rng, _named(bits, name).make(rng, bits, sizes), asked.levels, stretch)


def _parted(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """An instance of one set, of a family drawn by weight, cut in two or dealt out.

    For a mask that lets a set see itself: the best pair of all is often within a set.
    """
    (made,) = _alone(rng, asked, sum(sizes))
    if rng.random() < 0.5:
        made = rng.permutation(made, axis=0)
    return made[: sizes[0]], made[sizes[0] :]


def _copied(rng: np.random.Generator, asked: Problem, sizes: Sequence[int]) -> Sets:
    """Every row of the smaller set is in the larger, in the same order or in any.

    For indices of one set taken for the other's, and for (i, j) and (j, i), which are two pairs.
    """
    fewest = min(sizes)
    (made,) = _alone(rng, asked, max(2, fewest))
    A, B = (made[np.arange(size) % fewest] for size in sizes)
    return (A, B) if rng.random() < 0.5 else (A, rng.permutation(B, axis=0))


def _alone(rng: np.random.Generator, asked: Problem, n: int) -> Sets:
    """An instance of the same problem in one set."""
    alone = replace(asked, bichromatic=False)
    return of_weight(rng, families_for(alone)).make(rng, alone, (n,))


_BEST, _FIRST, _LAST, _ENDS = (partial(one_step_worse, where=where) for where in ("random", "first", "last", "ends"))
_TIES = partial(contrasts.tied_pairs, unequal=True)
_LIFTED = _of_bits(partial(min_ip.lifted, generate=ov.critical))
_INSIDE = _of_bits(two_sets.orthogonal_inside)

_COMMON = (
    _row("uniform_sparse", "mistakes without structure, many empty rows", _of_bits(uniform), ov=1, bits=1),
    _row("uniform_10", "mistakes without structure", _uniform(0.1), bits=1, similar_one=1),
    _row("uniform_50", "mistakes without structure", _uniform(0.5), ov=1, bits=2, similar_one=2),
    _row("uniform_90", "mistakes without structure, large scores", _uniform(0.9), bits=1, similar_one=1),
    _row("random_balanced", "thresholds right on average only", _of_bits(ov.random_balanced), ov=4),
    _row("critical", "thresholds slightly off", _of_bits(ov.critical), ov=4),
    _row("one_step_worse_no", "leaked mass that adds up to a yes", _of_bits(ov.one_step_worse_no), ov=8),
    _row("single_yes", "a witness lost among keys one step worse", _BEST, ov=3),
    _row("single_yes_first", "mask off by one at the start", _FIRST, ov=2),
    _row("single_yes_last", "mask off by one at the end", _LAST, ov=2),
    _row("single_yes_ends", "the witness farthest from its reader", _ENDS, ov=1),
    _row("many_orthogonal", "ties between witnesses", _of_bits(ov.many_orthogonal), ov=4),
    _row("one_zero_row", "value |v_j| = 0 of a zero witness", _of_bits(ov.one_zero_row), ov=2),
    _row("all_zero", "empty rows mistaken for START or padding", _of_bits(rows.all_zero), ov=1, bits=1),
    _row("all_one", "largest scores", _of_bits(rows.all_one), ov=2, bits=1, similar_one=1),
    _row("extreme_rows", "scores at both ends of the range", _of_bits(rows.extreme_rows), ov=1, bits=2, similar_one=2),
    _row("duplicates", "averages over tied keys", _of_bits(rows.duplicates), ov=2, bits=2, similar_one=2),
    _row("one_hot", "ties between all keys", _of_bits(rows.one_hot), ov=2, bits=2, similar_one=2),
    _row("nested", "inner product, norm and distance mixed up", _of_bits(rows.nested), ov=2, bits=2, similar_one=2),
    _row("disjoint", "attention of a row to itself", _of_bits(rows.disjoint), ov=1, bits=1, similar_one=1),
)

_PLANTED = (
    _row(
        "one_step_worse",
        "leak of the softmax from keys one step worse",
        _BEST,
        inner=6,
        bits=8,
        two=6,
        similar=9,
        grid=4,
        own=6,
    ),
    _row("planted_first", "mask off by one at the start", _FIRST, inner=3, bits=4, two=2, similar=5, grid=2, own=3),
    _row("planted_last", "mask off by one at the end", _LAST, inner=3, bits=4, two=2, similar=5, grid=2, own=3),
    _row(
        "planted_ends", "index bits of the farthest pair, sets mixed up", _ENDS, bits=2, two=3, similar=3, grid=2, own=2
    ),
    _row("many_ties", "averages over tied keys, wrong tie order", many_ties, inner=5, bits=8),
    _row("tied", "averages over tied keys, wrong tie order", many_ties, two=6),
)

_PURPOSES = {family.name: family.purpose for family, _ in (*_COMMON, *_PLANTED)}
_PAIRED = {"one_step_worse": 4, "planted_first": 2, "planted_last": 2, "many_ties": 4}
_EMBEDDED = {
    **dict.fromkeys(("duplicates", "one_hot", "nested"), (2, 0)),
    "one_step_worse": (8, 6),
    **dict.fromkeys(("planted_first", "planted_last"), (4, 3)),
    "planted_ends": (2, 3),
    "many_ties": (8, 0),
    "tied": (0, 5),
}

TABLE = (
    *_COMMON,
    _row("critical", "zero or one as the least inner product", _LIFTED, min_ip=3),
    _row("one_zero_row", "value |v_j| = 0 of a zero partner", _of_bits(ov.one_zero_row), min_ip=2),
    *_PLANTED,
    *(
        _row(f"paired_{name}", f"all norms equal: {_PURPOSES[name]}", partial(_paired, name=name), inner=w)
        for name, w in _PAIRED.items()
    ),
    _row("close", "values that rounding does not tell apart", contrasts.close, similar=4),
    _row("unequal_tie", "equal values of different norms told apart", _TIES, similar=6),
    _row("tied_pairs", "averages over tied keys, wrong tie order", contrasts.tied_pairs, similar=3, grid=5),
    _row("misleading", "another measure in place of the one asked for", contrasts.misleading, similar=3, grid=4),
    _row("extreme_norms", "scores at both ends of the range", similarity.extreme_norms, similar=2),
    _row("orbit", "ties of equal norms", similarity.orbit, similar_one=2),
    _row("few_rows", "averages over tied keys, wrong tie order", grids.few_rows, own=6),
    _row("uniform", "mistakes without structure", grids.uniform, grid=3, own=4),
    _row("extremes", "scores at both ends of the range", grids.extremes, grid=2, own=2),
    _row("constant", "ties between all pairs", grids.constant, grid=1, own=1),
    _row("corners", "the largest coordinates", grids.corners, grid=3, own=2),
    _row("near_duplicates", "documents that hardly differ, distances of 0 and 1", grids.near_duplicates, grid=3, own=4),
    _row("lattice", "ties of neighbours in every direction", grids.lattice, grid=3),
    *(
        _row(f"embedded_{name}", _PURPOSES[name], partial(_embedded, name=name), grid_one=one, grid_two=two)
        for name, (one, two) in _EMBEDDED.items()
    ),
    _row("block", "averages over tied keys of both sets", contrasts.block, similar_two=4, grid_two=4),
    _row("parted", "a set that sees itself", _parted, two=10, similar_two=10, grid_two=12),
    _row("copied", "pairs (i, j) and (j, i), a document and its copy", _copied, two=4, similar_two=4, grid_two=5),
    _row("uneven", "the roles of the sets mixed up", similarity.uneven, similar_two=3),
    _row("uneven", "the roles of the sets mixed up", _of_bits(two_sets.uneven), two=3),
    _row("extremes", "scores at both ends of the range", _of_bits(two_sets.extremes), two=2),
    _row("all_one_step_off", "leaked mass that adds up to a yes", _of_bits(two_sets.all_one_step_off), ov_two=3),
    _row("orthogonal_inside", "votes of documents of one set for each other", _INSIDE, ov_two=4),
)
