"""Instances at the edges of a plan: ties where one digit of an index ends and the next begins, the largest n, and
attention that puts as much weight on wrong keys (leak) as the plan allows.

A round of a select settles one digit of the least index among the best keys. Equally good keys that agree in this digit
and those above share a score, so the leak is largest where the first group of them holds one best key and every later
group is full of keys as good. `cuts` are the sizes of groups: 2^start for each digit that starts above bit 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from proofformer.circuit.nodes import PLACE
from proofformer.circuit.signals import copy_of
from proofformer.planner import Plan
from proofformer.problems import Problem
from proofformer.verify.instances.draws import (
    LARGEST_DRAWN,
    LARGEST_EDGE,
    UNPAIRED,
    costs,
    draw_n,
    random_sets,
    sample,
    split,
)
from proofformer.verify.instances.family import Family
from proofformer.verify.instances.foreign import OwnValues
from proofformer.verify.instances.grounds import form, scale_for
from proofformer.verify.instances.planter import goal, one_step_worse, planted
from proofformer.verify.instances.rows import Bits, Sets, moved
from proofformer.verify.instances.tables import families_for

# Where blocks of keys end in attention kernels.
TILES = (64, 128, 256)
LARGEST_SATURATED = 2048
# Of a task of one's own, each pair of which is a call of Python.
LARGEST_OWN = 1024
_TRIES = 40
_VARIANTS = 128
_FEW_VARIANTS = 12


@dataclass(frozen=True)
class EdgeFamily:
    """A named generator, the mistake it is for, and its weight beside the problem's own families.

    `make(rng, asked, plan)` is a pure function: an instance of the problem, of at most 4,096 documents in all.
    """

    name: str
    purpose: str
    make: Callable[[np.random.Generator, Problem, Plan], Sets]
    weight: int


def edge_families(asked: Problem) -> tuple[EdgeFamily, ...]:
    """The families for a problem with any plan."""
    return EDGES + (AT_THRESHOLD if asked.question == "decide" else ())


def whole_tiles(rng: np.random.Generator, asked: Problem, plan: Plan) -> Sets:
    """An instance whose tokens, more than documents, are a multiple of a tile, one fewer or one more."""
    tokens = int(rng.choice((16, 32, 64, 128))) * int(rng.integers(1, 5)) + int(rng.integers(-1, 2))
    documents = tokens - (plan.keys - plan.max_n)
    return sample(asked, rng, min(max(documents, 2), plan.max_n, LARGEST_DRAWN))


def cuts_of(plan: Plan) -> tuple[int, ...]:
    """How many indices agree above each cut between two digits of an index, the smallest first."""
    last = [head.order[-1] for head in plan.circuit.heads.values()]
    parts = [[part for row in term.key for part in row.parts] for term in last]
    bits = [[p.component for p in of_term if p.signal in (PLACE, copy_of(PLACE))] for of_term in parts]
    return tuple(sorted({1 << min(digit) for digit in bits if min(digit, default=0)}))


def edges_of(n: int, cuts: Sequence[int]) -> list[int]:
    """The positions among n at an edge: both ends, and around the tiles and the cuts."""
    around = {e + step for e in (*TILES, *cuts) for step in (-1, 0, 1)}
    return sorted({i for i in {0, 1, n - 2, n - 1, *around} if 0 <= i < n})


def planted_at_edges(rng: np.random.Generator, asked: Problem, plan: Plan) -> Sets:
    """One best pair (at the threshold of a decision), others one step worse; one of its documents at an edge, the other
    next to it, at another edge or anywhere. Where so many documents have no best pair alone, one of several."""
    n, cuts = draw_n(rng, plan.max_n, 0), cuts_of(plan)
    if rng.random() < 0.5:
        n = min(plan.max_n, LARGEST_SATURATED, max(LARGEST_DRAWN, *(2 * cut for cut in cuts), 2))
    sizes = split(rng, n, asked.bichromatic)
    for _ in range(4):
        sets = aimed(rng, asked, sizes, 0) if asked.question == "decide" else one_step_worse(rng, asked, sizes)
        table = costs(asked, sets)
        if np.count_nonzero(table == table.min()) == 3 - len(sizes):
            break
    best, sizes = divmod(int(table.argmin()), table.shape[1]), tuple(map(len, sets))
    i = int(rng.choice(edges_of(sizes[0], cuts)))
    j = int(rng.choice((int(rng.choice(edges_of(sizes[-1], cuts))), i - 1, i + 1, int(rng.integers(sizes[-1])))))
    if len(sizes) == 1:
        j = j if 0 <= j < sizes[0] and j != i else i - 1 if i else 1
        return (moved(rng, sets[0], best, sorted((i, j))),)
    j = min(max(j, 0), sizes[1] - 1)
    return moved(rng, sets[0], best[:1], [i]), moved(rng, sets[1], best[1:], [j])


def full(rng: np.random.Generator, asked: Problem, plan: Plan) -> Sets:
    """A sample of max_n or max_n - 1 documents, at most 4,096.

    For decisions about similarities and grids, near the threshold only with up to 600 documents: larger ones take long.
    """
    n = max(2, min(plan.max_n, LARGEST_EDGE if asked.task is None else LARGEST_OWN) - int(rng.integers(2)))
    if asked.question == "search" or form(asked) in ("bits", "own") or n <= LARGEST_DRAWN:
        return sample(asked, rng, n)
    return _any_family(rng, asked).make(rng, asked, split(rng, n, asked.bichromatic))


def near_threshold(rng: np.random.Generator, asked: Problem, plan: Plan, *, steps: int) -> Sets:
    """The best value of an instance is so many steps worse than the threshold, where documents can have that value."""
    family = _any_family(rng, asked) if rng.random() < 0.5 else None
    return aimed(rng, asked, split(rng, draw_n(rng, plan.max_n, 0), asked.bichromatic), steps, family)


def aimed(
    rng: np.random.Generator, asked: Problem, sizes: tuple[int, ...], steps: int, family: Family | None = None
) -> Sets:
    """An instance for a decision, the best value so many steps worse than the threshold: one of the family made so or,
    for None and where that does not do, built for that value; smaller where so many documents cannot have it."""
    rank = goal(asked, steps)
    sets = planted(rng, asked, sizes, rank, family)
    missed = abs(int(costs(asked, sets).min())) != rank
    if missed and family is not None:
        return aimed(rng, asked, sizes, steps)
    if missed and sum(sizes) > 2:
        return aimed(rng, asked, tuple(max(asked.least_n, size // 2) for size in sizes), steps)
    return sets


def _any_family(rng: np.random.Generator, asked: Problem) -> Family:
    families = families_for(asked)
    return families[int(rng.integers(len(families)))]


def saturated(rng: np.random.Generator, asked: Problem, plan: Plan) -> Sets:
    """The largest leak: for a yes or no; for an index, by the first asker or (half of those in one set) by READ."""
    if asked.question == "decide":
        return saturated_decision(rng, asked, plan.max_n)
    most, cuts = min(plan.max_n, LARGEST_SATURATED), cuts_of(plan)
    group = int(rng.choice((*cuts, *cuts, 2, most)))
    fitting = [n for n in (group + 1, 2 * group, group**2) if 2 <= n <= most]
    n = int(rng.choice(fitting)) if fitting and rng.random() < 0.3 else most
    if asked.bichromatic:
        return saturated_sets(rng, asked, ((1, n - 1), (n - 1, 1), (n // 2, n - n // 2))[int(rng.integers(3))], group)
    return (saturated_partner if rng.random() < 0.5 else saturated_readout)(rng, asked, n, group)


def saturated_partner(rng: np.random.Generator, asked: Problem, n: int, group: int) -> Sets:
    """Shape (n, l): q, then documents a step worse for it, then copies of g from index `group` - 1 (n - 1 if less) on:
    the first best pair is (0, that index). All copies of g where nothing like that was found."""
    worse = min(group, n) - 2
    for q, g in _pairs(rng, asked):
        near = _variants(rng, asked, g)
        best, off = _cost(asked, q, g), costs(asked, (q, near))[0]
        fits = (off > best) & (costs(asked, (near, g))[:, 0] >= best) & (costs(asked, (near, near)).diagonal() >= best)
        if _cost(asked, g, g) >= best and fits.any():
            d = near[[np.where(fits, off, UNPAIRED).argmin()]]
            return (np.repeat(np.vstack((q, d, g)), (1, worse, n - 1 - worse), 0),)
    return (np.repeat(g, n, 0),)


def saturated_readout(rng: np.random.Generator, asked: Problem, n: int, group: int) -> Sets:
    """Shape (n, l): `group` - 1 documents (n - 2 if less) with all pairs a step worse, then q and g in turn: the first
    best asker is that index. All copies of g where nothing like that was found."""
    worse = min(group, n - 1) - 1
    for q, g in _pairs(rng, asked):
        near = np.vstack((_variants(rng, asked, q), _variants(rng, asked, g)))
        best, off = _cost(asked, q, g), costs(asked, (near, np.vstack((q, g)))).min(1)
        alone = (off > best) & (costs(asked, (near, near)).diagonal() > best)
        if min(_cost(asked, q, q), _cost(asked, g, g)) < best:
            continue
        if alone.any():
            bad = np.repeat(near[[np.where(alone, off, UNPAIRED).argmin()]], worse, 0)
        else:
            # Copies are as good as the best pair: different rows.
            pool = np.unique(np.vstack((near[off > best], *random_sets(rng, asked, 2 * worse + 2))), axis=0)
            bad = rng.permutation(pool[costs(asked, (pool, np.vstack((q, g)))).min(1) > best])[:worse]
            if len(bad) < worse or (worse > 1 and costs(asked, (bad,)).min() <= best):
                continue
        return (np.vstack((bad, np.vstack((q, g))[np.arange(n - worse) % 2])),)
    return (np.repeat(g, n, 0),)


def saturated_sets(rng: np.random.Generator, asked: Problem, sizes: tuple[int, int], group: int) -> Sets:
    """Shapes (a, l) and (b, l): `group` - 1 documents of each set (all but one if less) a step worse, then copies: the
    first best pair is (that index, that index). All of it copies where nothing like that was found."""
    a, b = (min(group, size) - 1 for size in sizes)
    for q, g in _pairs(rng, asked):
        best = _cost(asked, q, g)
        first, second = _variants(rng, asked, q), _variants(rng, asked, g)
        row, column = costs(asked, (first, g)), costs(asked, (q, second))
        both = np.where((row > best) & (column > best) & (costs(asked, (first, second)) > best), row + column, UNPAIRED)
        if both.min() < UNPAIRED:
            x, y = np.unravel_index(int(both.argmin()), both.shape)
            A = np.repeat(np.vstack((first[x], q)), (a, sizes[0] - a), 0)
            return A, np.repeat(np.vstack((second[y], g)), (b, sizes[1] - b), 0)
    return np.repeat(q, sizes[0], 0), np.repeat(g, sizes[1], 0)


def saturated_decision(rng: np.random.Generator, asked: Problem, max_n: int) -> Sets:
    """q, and as many copies of g as can be, exactly one step off the threshold; one document at it, in a yes.

    In two sets, where no document is at it, there are many of q too. Where copies of g meet the threshold, an instance
    built for its value, with up to 600 documents.
    """
    most = min(max_n, LARGEST_SATURATED)
    n = draw_n(rng, most, 0) if rng.random() < 0.3 else most
    yes = rng.random() < 0.5
    at = goal(asked, 0) * (-1 if asked.kind.largest else 1)
    for q, g in _pairs(rng, asked, goal(asked, 1)):
        near = _variants(rng, asked, g)
        meets = costs(asked, (q, near))[0] == at
        if not asked.bichromatic:
            meets &= costs(asked, (near, g))[:, 0] > at
        copies = asked.bichromatic or _cost(asked, g, g) > at
        if not copies or _cost(asked, q, g) <= at or (yes and not meets.any()):
            continue
        keys = np.repeat(g, n - 1, 0)
        if yes:
            keys[int(rng.choice(edges_of(n - 1, ())))] = near[int(meets.argmax())]
        if not asked.bichromatic:
            return (np.insert(keys, int(rng.choice((0, 0, n - 1, int(rng.integers(n))))), q[0], axis=0),)
        if not yes:
            a, b = split(rng, n, True)
            return np.repeat(q, a, 0), np.repeat(g, b, 0)
        return (q, keys) if rng.random() < 0.5 else (keys, q)
    return aimed(rng, asked, split(rng, min(n, LARGEST_DRAWN), asked.bichromatic), 1 - yes)


def _pairs(rng: np.random.Generator, asked: Problem, rank: int | None = None) -> Iterator[tuple[Bits, Bits]]:
    """Pairs of rows, each of shape (1, l), at the rank (or value 0..l); of any rank, often at an end, for None."""
    target, scale = asked.kind.target, scale_for(asked)
    for _ in range(_TRIES):
        if isinstance(scale, OwnValues):
            yield scale.pair(rng, rank)
            continue
        anywhere = int(rng.choice((0, scale.size - 1, int(rng.integers(scale.size))))) if target is None else target
        yield scale.pair(rng, anywhere if rank is None else rank)


def _variants(rng: np.random.Generator, asked: Problem, row: Bits) -> Bits:
    """Rows that the problem takes and that differ from this one, of shape (1, l), in one entry or two."""
    count = _VARIANTS if asked.task is None else _FEW_VARIANTS
    made = np.repeat(row, 2 * count, 0)
    changed, swapped = np.split(made, 2)
    at, columns = np.arange(count), rng.integers(0, asked.dim, (count, 2))
    stepped = changed[at, columns[:, 0]].astype(np.int64) + rng.choice((-1, 1), count)
    changed[at, columns[:, 0]] = asked.levels - abs(asked.levels - abs(stepped))
    swapped[at[:, None], columns] = swapped[at[:, None], columns[:, ::-1]]
    if asked.kind.is_similarity:
        norms = made.sum(1, dtype=np.int64)
        made = made[np.isin(norms, asked.norms) if asked.norms is not None else norms > 0]
    return made


def _cost(asked: Problem, x: Bits, y: Bits) -> int:
    return int(costs(asked, (x, y))[0, 0])


EDGES = (
    EdgeFamily("planted_at_edges", "an index wrong at the edge of a set, a tile or a digit", planted_at_edges, 12),
    EdgeFamily("leak_saturating", "a weak temperature: the largest leak that the plan allows", saturated, 10),
    EdgeFamily("full", "scores, sums and indices at the largest n", full, 2),
)
AT_THRESHOLD = (
    EdgeFamily("at_threshold", "a pair that just meets the threshold missed", partial(near_threshold, steps=0), 6),
    EdgeFamily("one_step_off", "a pair that just misses the threshold taken", partial(near_threshold, steps=1), 6),
)
# For a kernel of one's own: sizes at which its tiles are just full, or not quite, or just over.
OWN_KERNEL = EdgeFamily("whole_tiles", "a kernel wrong where its tiles are just full, or have one row", whole_tiles, 40)
