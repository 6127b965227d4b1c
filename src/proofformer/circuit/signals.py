"""Signals and integer affine forms: what a token knows, and what a head or a gate may compute from it.

A signal is *exact* when it is an integer on every token for every valid input, in floating point too, and
*noisy* when it is what a head returned. Only `restore` takes a noisy signal, so noise never enters arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import gcd
from operator import index
from typing import Any

from proofformer.errors import ProofError


class Role(StrEnum):
    """The kinds of token, in the order of the sequence `[START, PAD.., SECOND.., FIRST.., READ]`.

    A single set of documents is FIRST only; SECOND is the other side of a bichromatic instance.
    """

    START = "start"
    PAD = "pad"
    SECOND = "second"
    FIRST = "first"
    READ = "read"


DOCUMENT_KINDS = frozenset({Role.FIRST, Role.SECOND})
EVERY_KIND = frozenset(Role)


class At(StrEnum):
    """Where a node is computed: on every token, or (after all of those) on the READ token alone."""

    EVERY = "every"
    READ = "read"


@dataclass(frozen=True)
class Signal:
    """A named vector of `width` numbers on each token.

    `lo..hi` is the range of every component on every token (a READ signal: on the READ token).
    `support` names the kinds of token on which it may be non-zero. A `seen` signal is a copy: each token has in it what
    the token before knows of itself, and `support` names the kinds of that one.
    """

    name: str
    width: int
    lo: int
    hi: int
    noisy: bool = False
    at: At = At.EVERY
    support: frozenset[Role] = EVERY_KIND
    seen: bool = False

    def __post_init__(self) -> None:
        if self.width < 1:
            raise ProofError(f"signal {self.name!r} has width {self.width}: a signal needs at least one component")
        if self.lo > self.hi:
            raise ProofError(f"signal {self.name!r} has the empty range {self.lo}..{self.hi}")

    @property
    def is_bits(self) -> bool:
        return self.lo >= 0 and self.hi <= 1

    def __getitem__(self, index: int | slice) -> tuple[Part, ...]:
        """Components of the signal, each with coefficient one."""
        picked = range(self.width)[index]
        return tuple(Part(self.name, i, 1) for i in ([picked] if isinstance(picked, int) else picked))

    def part(self, component: int = 0) -> Part:
        """One component, with coefficient one."""
        return self[component][0]

    def copy(self) -> Signal:
        """The same of the token before."""
        return replace(self, name=copy_of(self.name), seen=True)

    def beside(self, name: str) -> str:
        """The signal `name` of the token that this one describes: that which has it, or the one before."""
        return copy_of(name) if self.seen else name

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "width": self.width,
            "range": [self.lo, self.hi],
            "noisy": self.noisy,
            "at": self.at.value,
            "support": sorted(k.value for k in self.support),
        }


def copy_of(name: str) -> str:
    """What the seen copy of a signal is called."""
    return f"seen:{name}"


def whole(number: object, what: str) -> int:
    """A number of a circuit as Python's int. Raises `ProofError` for what is none, as a float, whatever it equals."""
    if type(number) is int:
        return number
    try:
        return index(number)  # type: ignore[arg-type]
    except TypeError:
        raise ProofError(f"{what} is {number!r}, no whole number: pass an int") from None


@dataclass(frozen=True)
class Part:
    """`coefficient * signal[component]`."""

    signal: str
    component: int
    coefficient: int

    def __post_init__(self) -> None:
        if type(self.coefficient) is not int:
            object.__setattr__(self, "coefficient", whole(self.coefficient, f"the coefficient of {self.signal!r}"))

    def times(self, factor: int) -> Part:
        return Part(self.signal, self.component, factor * self.coefficient)


@dataclass(frozen=True)
class Row:
    """One integer affine form: `constant + sum of parts`, all of one token."""

    constant: int = 0
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        if type(self.constant) is not int:
            object.__setattr__(self, "constant", whole(self.constant, "the constant of a row"))
        if type(self.parts) is not tuple:
            object.__setattr__(self, "parts", tuple(self.parts))

    def value(self, read: Callable[[str, int], int]) -> int:
        return self.constant + sum(p.coefficient * read(p.signal, p.component) for p in self.parts)

    def bounds(self, signals: Mapping[str, Signal]) -> tuple[int, int]:
        """The range of the form over the ranges of its signals, on whatever kind of token."""
        ranges = [self._bounds_on(kind, signals) for kind in (EVERY_KIND if len(self.parts) > 1 else [None])]
        return min(lo for lo, _ in ranges), max(hi for _, hi in ranges)

    def _bounds_on(self, kind: Role | None, signals: Mapping[str, Signal]) -> tuple[int, int]:
        lo = hi = self.constant
        for p in self.parts:
            s = signals[p.signal]
            if kind is None or kind in s.support:
                ends = (p.coefficient * s.lo, p.coefficient * s.hi)
                lo, hi = lo + min(ends), hi + max(ends)
        return lo, hi

    def magnitude(self, signals: Mapping[str, Signal]) -> int:
        lo, hi = self.bounds(signals)
        return max(abs(lo), abs(hi))

    def partial_sums(self, signals: Mapping[str, Signal]) -> int:
        """Bound on every partial sum of the form, in whatever order, once common factors of two are taken out."""
        sizes = [(p.coefficient, max(abs(signals[p.signal].lo), abs(signals[p.signal].hi))) for p in self.parts]
        common = gcd(self.constant, *(c for c, _ in sizes))
        return (abs(self.constant) + sum(abs(c) * size for c, size in sizes)) // (common & -common) if common else 0

    def stored_size(self, signals: Mapping[str, Signal]) -> int:
        """The largest magnitude of a value or a coefficient once common factors of two are taken out: what a
        significand has to hold."""
        numbers = self.stored_numbers()
        common = gcd(*numbers)
        return max(self.magnitude(signals), *numbers) // (common & -common) if common else 0

    def stored_numbers(self) -> list[int]:
        """The magnitudes of the numbers that a weight matrix has for this row."""
        return [abs(c) for c in (self.constant, *added_up(self.parts).values())]


def added_up(parts: Iterable[Part]) -> dict[tuple[str, int], int]:
    """The coefficient of each component that occurs, however often."""
    total: dict[tuple[str, int], int] = {}
    for p in parts:
        total[p.signal, p.component] = total.get((p.signal, p.component), 0) + p.coefficient
    return total


Form = tuple[Row, ...]
"""A vector of rows; the query and the key of a term are two forms of the same length."""


def constants(values: Iterable[int]) -> Form:
    return tuple(Row(v) for v in values)


def affine(parts: Sequence[Part], scale: int = 1, shift: int = 0) -> Form:
    """One row a part: `scale * part + shift`."""
    return tuple(Row(shift, (p.times(scale),)) for p in parts)


def renamed(form: Form, names: Callable[[str], str]) -> Form:
    """The same form of other signals."""
    return tuple(Row(r.constant, tuple(replace(p, signal=names(p.signal)) for p in r.parts)) for r in form)


def form_range(form: Form, signals: Mapping[str, Signal]) -> tuple[int, int]:
    """The least and the largest value of any row."""
    ranges = [row.bounds(signals) for row in form]
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def form_to_json(form: Form) -> list[Any]:
    """Each row as `[constant, [signal, component, coefficient], ..]`."""
    return [[r.constant, *([p.signal, p.component, p.coefficient] for p in r.parts)] for r in form]
