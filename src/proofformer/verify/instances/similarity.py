"""Families for the most and the least similar documents: no row is all zero, and norms are of those declared.

Every generator takes `(rng, *shape)`: the sizes of the sets and l.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from proofformer.problems.kinds import Kind
from proofformer.verify.instances import closest_pair, contrasts, farthest_pair, two_sets
from proofformer.verify.instances.planting import shuffled
from proofformer.verify.instances.rows import COMMON_FAMILIES, Bits, Family, Sets
from proofformer.verify.instances.scales import Similarities, scale_of

Norms = tuple[int, ...] | None


def of_norms(rng: np.random.Generator, l: int, norms: Sequence[int] | np.ndarray) -> Bits:
    """Shape (len(norms), l): an independent random row of each norm."""
    return (rng.random((len(norms), l)).argsort(1).argsort(1) < np.asarray(norms)[:, None]).astype(np.uint8)


def fitted(rng: np.random.Generator, rows: Bits, norms: Norms, alike: bool = True) -> Bits:
    """The rows with as few bits changed as give each the nearest norm declared, or one where it was all zero.

    `alike`: by one order of the coordinates, so that equal rows stay equal and nested ones nested.
    """
    allowed = np.arange(1, rows.shape[1] + 1) if norms is None else np.array(norms)
    weights = rows.sum(1, dtype=np.int64)
    nearest = allowed[np.abs(weights[:, None] - allowed).argmin(1)]
    order = rng.random((1 if alike else len(rows), rows.shape[1]))
    made: Bits = np.less((order - rows).argsort(1).argsort(1), nearest[:, None]).astype(np.uint8)
    return made


def common(
    rng: np.random.Generator, n: int, l: int, *, generate: Callable[..., Any], norms: Norms, alike: bool = True
) -> Bits:
    """Shape (n, l): what a generator for every problem gives, fitted to the norms."""
    return fitted(rng, generate(rng, n, l), norms, alike)


def extreme_norms(rng: np.random.Generator, *shape: int, norms: Norms) -> Sets:
    """For scores at both ends: every row has the least norm or the largest, 1 and l where none are declared.

    With two documents or more, not all of one set have the same.
    """
    *sizes, l = shape
    ends = np.array([1, l] if norms is None else [min(norms), max(norms)])
    return tuple(of_norms(rng, l, ends[rng.permutation(n) % 2]) for n in sizes)


def uneven(rng: np.random.Generator, *shape: int, norms: Norms) -> Sets:
    """For the roles of the sets mixed up: all rows of a set have one norm, and that of the other is drawn apart."""
    *sizes, l = shape
    allowed = np.arange(1, l + 1) if norms is None else np.array(norms)
    return tuple(of_norms(rng, l, np.full(n, rng.choice(allowed))) for n in sizes)


def orbit(rng: np.random.Generator, n: int, l: int, *, norms: Norms) -> Bits:
    """Shape (n, l), cyclic shifts of one row, all different for n <= l. For ties of equal norms: many, for n near l."""
    allowed = np.arange(1, l + 1) if norms is None else np.array(norms)
    row = of_norms(rng, l, [int(rng.choice(allowed))])[0]
    return np.stack([np.roll(row, int(step)) for step in rng.permutation(max(n, l))[:n]])


def ground(
    rng: np.random.Generator, sizes: Sequence[int], rank: int | None, *, l: int, kind: Kind, norms: Norms
) -> Sets:
    """Rows to plant pairs in, as alike or as unlike as it takes for better ones of the rank, if there is one.

    Norms in a narrow range or any declared; a code in which all pairs of neighbours are tied; copies of a pair that is
    one step worse, where equal documents do no harm.
    """
    scale = scale_of(kind.measure, l, 1, norms)
    assert isinstance(scale, Similarities)
    allowed, n = scale.norms, sum(sizes)
    style = rng.random()
    if style < 0.25 and (len(sizes) == 2 or not kind.largest):
        beside = int(rng.integers(scale.size)) if rank is None else rank - 1 if kind.largest else rank + 1
        if 0 <= beside < scale.size:
            x, y = scale.pairs(rng, scale.shapes(rng, beside), 1, np.zeros((0, l), np.uint8))
            if len(sizes) == 2:
                return np.repeat(x, sizes[0], 0), np.repeat(y, sizes[1], 0)
            return shuffled(rng, (np.vstack((x, y))[np.arange(n) % 2],))
    if style < 0.45 and l % 2 == 0 and l // 2 in allowed and rank is None:
        code = (closest_pair if kind.largest else farthest_pair).one_step_worse(rng, n + 2, l // 2, "first")[2:]
        return tuple(np.split(rng.permutation(np.hstack((code, 1 - code)), axis=1), sizes[:-1]))
    densities = allowed / l
    if rank is not None:
        # Two random rows of these densities are about as similar as either is dense.
        level = float(scale.value(rank))
        side = allowed[densities <= level] if kind.largest else allowed[densities >= level]
        allowed = side if len(side) else allowed[:1] if kind.largest else allowed[-1:]
    low, high = np.sort(rng.integers(0, len(allowed), 2))
    if rng.random() < 0.5:
        low, high = 0, len(allowed) - 1
    return tuple(of_norms(rng, l, allowed[rng.integers(low, high + 1, size)]) for size in sizes)


def _about(kind: Kind, l: int, norms: Norms) -> dict[str, Any]:
    return {
        "scale": scale_of(kind.measure, l, 1, norms),
        "largest": kind.largest,
        "ground": partial(ground, l=l, kind=kind, norms=norms),
    }


def _families(about: dict[str, Any], norms: Norms) -> tuple[Family, ...]:
    step = partial(contrasts.one_step_worse, **about)
    tied = partial(contrasts.tied_pairs, **about)
    unequal = partial(contrasts.tied_pairs, **about, unequal=True)
    return (
        Family("one_step_worse", "leak of the softmax from keys one step worse", step, 9),
        Family("planted_first", "mask off by one at the start", partial(step, where="first"), 5),
        Family("planted_last", "mask off by one at the end", partial(step, where="last"), 5),
        Family("planted_ends", "index bits of the farthest pair, sets mixed up", partial(step, where="ends"), 3),
        Family("close", "values that rounding does not tell apart", partial(contrasts.close, **about), 4),
        Family("unequal_tie", "equal values of different norms told apart", unequal, 6),
        Family("tied_pairs", "averages over tied keys, wrong tie order", tied, 3),
        Family("misleading", "inner product in place of similarity", partial(contrasts.misleading, **about), 3),
        Family("extreme_norms", "scores at both ends of the range", partial(extreme_norms, norms=norms), 2),
    )


def one_set(kind: Kind, l: int, norms: Norms) -> tuple[Family, ...]:
    """The families of one set for rows of l bits; their names and weights do not depend on l and the norms."""
    shared = tuple(
        Family(
            family.name,
            family.purpose,
            partial(common, generate=family.generate, norms=norms, alike="uniform" not in family.name),
            family.weight,
        )
        for family in COMMON_FAMILIES
        if family.name not in ("all_zero", "uniform_sparse")
    )
    return (
        *shared,
        *_families(_about(kind, l, norms), norms),
        Family("orbit", "ties of equal norms", partial(orbit, norms=norms), 2),
    )


def two_set(kind: Kind, l: int, norms: Norms) -> tuple[Family, ...]:
    """The families of two sets; their names and weights do not depend on l and the norms."""
    alone = one_set(kind, l, norms)
    about = _about(kind, l, norms)
    return (
        *_families(about, norms),
        Family("block", "averages over tied keys of both sets", partial(contrasts.block, **about), 4),
        Family("parted", "a set that sees itself", partial(two_sets.parted, families=alone), 10),
        Family(
            "copied", "pairs (i, j) and (j, i), a document and its copy", partial(two_sets.copied, families=alone), 4
        ),
        Family("uneven", "the roles of the sets mixed up", partial(uneven, norms=norms), 3),
    )
