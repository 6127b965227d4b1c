"""Hidden units compared as functions, on every value that their inputs can take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import inf, prod

import numpy as np

from proofformer.circuit import Head, Role
from proofformer.circuit.nodes import DOC
from proofformer.circuit.signals import Signal
from proofformer.planner import Plan
from proofformer.planner.bounds import ReadBounds
from proofformer.problems.arrays import Floats

Dims = Sequence[int]
MOST_POINTS = 1 << 14


CLEARED = Signal("nothing", 1, 0, 0)
"""What stands in a dimension that was set back to zero."""


@dataclass(frozen=True)
class Domain:
    """What stands in the stream when the MLP of a block reads it: on all tokens, or (`at_read`) on READ.

    `zeros` are signals known to be 0 there, whatever their range is; those `vanishing` too are exactly 0, even if
    fetched. A fetched bit that is a key of `only_with` is 1
    only where that exact bit is. `ones` are the numbers of ones that documents may have (empty: any).
    """

    plan: Plan
    block: int
    zeros: frozenset[str] = frozenset()
    vanishing: frozenset[str] = frozenset()
    only_with: Mapping[str, str] = field(default_factory=dict)
    at_read: bool = False
    ones: tuple[int, ...] = ()

    def signal(self, dim: int) -> Signal:
        """The signal that was written there last, alive or not, unless it was cleared."""
        time, blocks = 2 * self.block + 1, self.plan.layout.blocks
        here = [s for s in self.plan.layout.slices if s.start <= dim < s.stop and s.born < time]
        if not here:
            return CLEARED
        last = max(here, key=lambda s: s.born)
        cleared = any(
            2 * k + 1 >= last.died and dim in [d for d, _ in blocks[k].clears]
            for k in range(max(0, last.born // 2), self.block)
        )
        return CLEARED if cleared else self.plan.circuit.signals[last.signal]

    def is_zero(self, signal: Signal) -> bool:
        return signal.name in self.zeros or (self.at_read and not signal.noisy and Role.READ not in signal.support)

    def ends(self, signal: Signal) -> tuple[int, int]:
        """The range of an exact signal."""
        return (0, 0) if self.is_zero(signal) else (signal.lo, signal.hi)

    def intervals(self, signal: Signal) -> list[tuple[float, float]]:
        """Where a fetched bit lies."""
        b = bounds_of(self.plan, signal)
        zero, one = (0.0, float(b.zero)), (float(b.one_low), float(b.one_high))
        if not self.is_zero(signal):
            return [zero, one]
        return [(0.0, 0.0)] if signal.name in self.vanishing else [zero]

    def along(self, dims: Dims, axis: Floats) -> Floats | None:
        """All whole numbers between the least and the largest value of a form of exact signals; for the number of ones
        of a document, those that there are."""
        whole = self.signal(dims[0]).name == DOC and len(dims) == self.signal(dims[0]).width
        if self.ones and whole and len(set(axis.tolist())) == 1:
            return np.array([axis[0] * ones for ones in (0, *self.ones)])
        low = high = 0.0
        for dim, coefficient in zip(dims, axis, strict=True):
            signal = self.signal(dim)
            if signal.noisy or coefficient != round(coefficient):
                return None
            both = [coefficient * end for end in self.ends(signal)]
            low, high = low + min(both), high + max(both)
        return np.arange(low, high + 1)

    def counts(self, some: int, width: int) -> list[int]:
        """How many of some bits of a document of so many bits can be 1."""
        return sorted({k for ones in (0, *self.ones) for k in range(max(0, ones - width + some), min(ones, some) + 1)})

    def most(self, dims: Dims, slopes: Floats) -> float:
        """An upper bound of a form of the dimensions: each at its best, bits of a document with so many ones as it may
        have.
        """
        signals = [self.signal(dim) for dim in dims]
        if self.ones and all(s.name == DOC for s in signals):
            best = np.sort(slopes)[::-1].cumsum()
            return float(max(best[k - 1] if k else 0.0 for k in self.counts(len(dims), signals[0].width)))
        high = 0.0
        for signal, slope in zip(signals, slopes, strict=True):
            ends = [end for pair in self.intervals(signal) for end in pair] if signal.noisy else self.ends(signal)
            high += max(slope * end for end in ends)
        return high

    def points(self, dims: Dims, rows: Floats, constants: Floats) -> Floats | None:
        """All combinations of what the dimensions can hold; for a fetched bit, the ends of its intervals and the kinks
        of the units inside them: between those, functions of it are linear. None where that is not known.
        """
        found = [self.signal(dim) for dim in dims]
        noisy = [d for d, s in enumerate(found) if s.noisy]
        # With one exact bit beside a fetched one, all the kinks are known.
        if noisy and (len(noisy) > 1 or len(found) > 2 or not all(s.is_bits for s in found)):
            return None
        columns: list[list[float]] = []
        for d, signal in enumerate(found):
            if signal.noisy:
                columns.append(self._kinks(signal, rows[:, d], rows, constants))
            else:
                low, high = self.ends(signal)
                if high - low >= MOST_POINTS:
                    return None
                columns.append([float(v) for v in range(low, high + 1)])
        if prod(map(len, columns)) > MOST_POINTS:
            return None
        points = np.array(list(product(*columns)))
        if self.ones and all(s.name == DOC for s in found):
            points = points[np.isin(points.sum(1), self.counts(len(dims), found[0].width))]
        if len(noisy) == 1 and len(found) == 2:
            [at] = noisy
            if self.only_with.get(found[at].name) == found[1 - at].name:
                points = points[(points[:, at] <= 0.5) | (points[:, 1 - at] == 1)]
        return points

    def _kinks(self, signal: Signal, slopes: Floats, rows: Floats, constants: Floats) -> list[float]:
        intervals = self.intervals(signal)
        # What the other bit adds: nothing, or its weight.
        others = [
            c + extra for c, row, s in zip(constants, rows, slopes, strict=True) for extra in (0.0, row.sum() - s)
        ]
        kinks = [-o / s for o, s in zip(others, np.repeat(slopes, 2), strict=True) if s]
        inside = [k for k in kinks if any(low < k < high for low, high in intervals)]
        return sorted({end for interval in intervals for end in interval} | set(inside))


def bounds_of(plan: Plan, noisy: Signal) -> ReadBounds:
    """The planner's bounds on a head's output."""
    return next(
        plan.head(h.name).bounds
        for h in plan.circuit.nodes
        if isinstance(h, Head) and any(r.output == noisy.name for r in h.reads)
    )


def spare(plan: Plan, dims: Dims, time: int) -> float:
    """How much of a leak may come to stand in these dimensions at a time: nothing where an exact signal is read later,
    or comes to stand itself.
    """
    later = [s.signal for s in plan.layout.slices if s.died > time and any(s.start <= d < s.stop for d in dims)]
    signals = [plan.circuit.signals[name] for name in later]
    return min((float(bounds_of(plan, s).slack) if s.noisy else 0.0 for s in signals), default=inf)


def furthest(domain: Domain, before: Mapping[str, Floats], after: Mapping[str, Floats]) -> float:
    """How far apart what the block's MLP adds to the stream is, before and after an alteration of it; at most.

    Units that share no input are looked at apart. Infinite where the bias of the output is altered.
    """
    name = f"blocks.{domain.block}.mlp"
    old, new = (
        Units(w[f"{name}.hidden.weight"], w[f"{name}.hidden.bias"], w[f"{name}.output.weight"]) for w in (before, after)
    )
    if not np.array_equal(before[f"{name}.output.bias"], after[f"{name}.output.bias"]):
        return inf
    altered = np.flatnonzero((old.slopes != new.slopes).any(1) | (old.bias != new.bias) | (old.out != new.out).any(0))
    reads = {int(u): set(np.flatnonzero((old.slopes[u] != 0) | (new.slopes[u] != 0)).tolist()) for u in altered}
    groups: list[tuple[list[int], set[int]]] = []
    for unit, dims in reads.items():
        apart = [g for g in groups if not g[1] & dims]
        joined = [g for g in groups if g[1] & dims]
        groups = [*apart, ([unit, *(u for g in joined for u in g[0])], dims.union(*(g[1] for g in joined)))]
    return sum(_furthest(domain, old.some(units), new.some(units), sorted(dims)) for units, dims in groups)


@dataclass(frozen=True)
class Units:
    """Hidden units: slopes (units, width), bias (units,), and what they add to the stream, (width, units)."""

    slopes: Floats
    bias: Floats
    out: Floats

    def some(self, units: list[int]) -> Units:
        return Units(self.slopes[units], self.bias[units], self.out[:, units])


def _furthest(domain: Domain, old: Units, new: Units, dims: list[int]) -> float:
    rows = np.vstack((old.slopes[:, dims], new.slopes[:, dims]))
    constants = np.concatenate((old.bias, new.bias))
    # Where all units see the same number, a form of many signals, that number is the domain.
    axis = rows[np.abs(rows).sum(1).argmax()]
    if len(dims) > 2 and np.linalg.matrix_rank(rows) <= 1:
        values = domain.along(dims, axis)
        hidden = None if values is None else values[:, None] * (rows @ axis / (axis @ axis))
    else:
        points = domain.points(dims, rows, constants)
        hidden = None if points is None else points @ rows.T
    if hidden is not None:
        active = np.maximum(hidden + constants, 0)
        there, here = active[:, : len(old.bias)] @ old.out.T, active[:, len(old.bias) :] @ new.out.T
        return float(np.abs(there - here).max())
    most = np.array([max(0.0, c + domain.most(dims, row)) for row, c in zip(rows, constants, strict=True)])
    return float((np.abs(np.hstack((old.out, new.out))) @ most).max())
