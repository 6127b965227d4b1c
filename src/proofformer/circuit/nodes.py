"""Heads as lists of priorities, and the rule that says which reads are legal.

A head scores every key the query token may see by an ordered list of entries, most important first, and returns the
mean of the read signals over the keys that are best. No weight, radix or temperature is written here: the planner
derives them from the ranges of the entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import gcd
from typing import Any

from proofformer.circuit.signals import At, Form, Part, Row, Signal, added_up, copy_of, form_to_json

ONE = "one"
IS_START = "is_start"
PLACE = "place"
DOC = "doc"
IS_DOCUMENT = "is_document"
IS_FIRST = "is_first"
IS_SECOND = "is_second"
"""Names of the inputs: `is_document` flags the documents of one set, the other two those of the sets A and B."""


@dataclass(frozen=True)
class Term:
    """One entry of a priority list: the integer `<query(query token), key(key token)>`, larger is better.

    `gap` is the least distance between two distinct values. A term that `continues` a head prefers keys that agree in
    the index bits which that head, a round earlier, has found (its *prefix*). It is no level of its own, but shares the
    weight of the entry above it: some key that is best in the entries above agrees in all those bits, so nothing is
    lost (docs/theory.md, section 5).
    """

    label: str
    query: Form
    key: Form
    gap: int = 1
    continues: str | None = None

    @property
    def step(self) -> int:
        """What the distance of any two scores of one query token is a multiple of, by the coefficients alone."""
        return gcd(
            *(
                gcd(q.constant, *(p.coefficient for p in q.parts)) * gcd(*(p.coefficient for p in k.parts))
                for q, k in zip(self.query, self.key, strict=True)
            )
        )

    def times(self, factor: int) -> Term:
        """The score, so many times."""
        query = tuple(Row(factor * r.constant, tuple(p.times(factor) for p in r.parts)) for r in self.query)
        return replace(self, query=query, gap=abs(factor) * self.gap)

    def bounds(self, signals: Mapping[str, Signal]) -> tuple[int, int]:
        """The range of the score over the ranges of its signals."""
        lo = hi = 0
        for q, k in zip(self.query, self.key, strict=True):
            corners = [a * b for a in q.bounds(signals) for b in k.bounds(signals)]
            lo, hi = lo + min(corners), hi + max(corners)
        return lo, hi

    def mass(self, signals: Mapping[str, Signal]) -> int:
        """Bound on every partial sum of the score, in whatever order it is added up."""
        return sum(q.magnitude(signals) * k.magnitude(signals) for q, k in zip(self.query, self.key, strict=True))

    def key_only(self) -> Row | None:
        """The score as one form of the key token, when it does not depend on the query token."""
        if any(q.parts for q in self.query):
            return None
        pairs = list(zip(self.query, self.key, strict=True))
        total = added_up(p.times(q.constant) for q, k in pairs for p in k.parts)
        parts = tuple(Part(s, i, c) for (s, i), c in total.items() if c)
        return Row(sum(q.constant * k.constant for q, k in pairs), parts)

    def determines(self, signals: Mapping[str, Signal]) -> frozenset[tuple[str, int]]:
        """The key components that are functions of the score alone: legal to read from any head with this entry.

        A query-independent score determines all its components when each coefficient outweighs the whole range of
        the smaller ones (a single flag, `2 * flag + is_start`, a binary number).
        """
        row = self.key_only()
        if row is None:
            return frozenset()
        below = 0
        for p in sorted(row.parts, key=lambda p: abs(p.coefficient)):
            if abs(p.coefficient) <= below:
                return frozenset()
            below += abs(p.coefficient) * (signals[p.signal].hi - signals[p.signal].lo)
        return frozenset((p.signal, p.component) for p in row.parts)

    def to_json(self) -> dict[str, Any]:
        return {
            "entry": "term",
            "label": self.label,
            "query": form_to_json(self.query),
            "key": form_to_json(self.key),
            "gap": self.gap,
            "continues": self.continues,
        }


@dataclass(frozen=True)
class Visible(Term):
    """The entry above all others: keys with `flag` set, then START, then everything else.

    `seen` says that the flag is a seen copy: then START is told by its copy too. The score follows from the two.
    """

    label: str = field(init=False)
    query: Form = field(init=False, default=(Row(1),))
    key: Form = field(init=False)
    gap: int = field(init=False, default=1)
    continues: str | None = field(init=False, default=None)
    flag: str
    seen: bool = False

    def __post_init__(self) -> None:
        start = copy_of(IS_START) if self.seen else IS_START
        object.__setattr__(self, "label", f"{self.flag} > start > rest")
        object.__setattr__(self, "key", (Row(-1, (Part(self.flag, 0, 2), Part(start, 0, 1))),))

    def to_json(self) -> dict[str, Any]:
        return {"entry": "visible", "flag": self.flag}


@dataclass(frozen=True)
class Read:
    """Components `start..stop` of `signal`, fetched from the best keys into the noisy signal `output`."""

    signal: str
    start: int
    stop: int
    output: str

    @property
    def components(self) -> frozenset[tuple[str, int]]:
        return frozenset((self.signal, i) for i in range(self.start, self.stop))


@dataclass(frozen=True)
class Head:
    """An attention head. It sees the tokens strictly before its own; the first token sees none and returns zeros.

    In a circuit with seen copies (`inclusive`) it sees its own token too.
    """

    name: str
    at: At
    order: tuple[Term, ...]
    reads: tuple[Read, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "node": "head",
            "name": self.name,
            "at": self.at.value,
            "order": [e.to_json() for e in self.order],
            "reads": [[r.signal, r.start, r.stop, r.output] for r in self.reads],
        }


@dataclass(frozen=True)
class Select:
    """The token flagged `among` that is best by `order`, ties to the smallest index; read these signals of it.

    The one primitive theorems use for search; `lower` turns it into one head, or into one head per index digit.
    `found` is the output that says whether there was any such token; it is ANDed with `by`, the flag of the tokens
    that ask, so that it is zero on all others. Where there was none, the reads are those of START.
    """

    name: str
    at: At
    among: str
    by: str | None
    order: tuple[Term, ...]
    reads: tuple[Read, ...]
    found: str

    def to_json(self) -> dict[str, Any]:
        return {
            "node": "select",
            "name": self.name,
            "at": self.at.value,
            "among": self.among,
            "by": self.by,
            "order": [t.to_json() for t in self.order],
            "reads": [[r.signal, r.start, r.stop, r.output] for r in self.reads],
            "found": self.found,
        }
