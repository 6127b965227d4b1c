"""Random forms and scores of whatever signals there are: what the nodes of random circuits are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from proofformer.circuit import (
    At,
    Builder,
    Node,
    Part,
    Read,
    Row,
    Signal,
    Term,
    added,
    agreement,
    either,
    euclid,
    inner,
    least,
    most,
    start_scores,
    total,
)
from proofformer.circuit.check import Scope, check_flag
from proofformer.circuit.signals import Form, affine, constants
from proofformer.errors import ProofError

T = TypeVar("T")

COEFFICIENTS = (1, 1, 1, 1, 1, -1, -1, -1, 2, -2, 3, 19, 70)
FACTORS = (2, 3, 6, -2, 64, 999, 4096, -(1 << 16))


class Draws:
    """Random choices among the signals that a circuit has so far."""

    def __init__(self, rng: np.random.Generator, dim: int, bichromatic: bool, max_n: int) -> None:
        builder = Builder("random", dim=dim, max_n=max_n, bichromatic=bichromatic)
        builder.answer(decision=builder.first)
        self.rng = rng
        self.inputs = builder.circuit().inputs
        self.first, self.second, self.doc, self.place = builder.first, builder.second, builder.doc, builder.place
        self.is_start = builder.is_start
        self.scope = Scope.of(self.inputs)
        self.max_n = max_n
        self.named = 0

    @property
    def nodes(self) -> list[Node]:
        return self.scope.nodes

    def below(self, stop: int) -> int:
        return int(self.rng.integers(stop))

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def pick(self, among: Sequence[T]) -> T:
        """One of them, more often a late one: so nodes follow upon each other."""
        if not among:
            raise ProofError("nothing to draw from")
        late = len(among) // 2 if self.chance(0.4) else 0
        return among[late + self.below(len(among) - late)]

    def name(self) -> str:
        self.named += 1
        return f"n{self.named}"

    def exact(self, at: At = At.EVERY) -> list[Signal]:
        """The exact signals of a token: of every token, or of READ."""
        return [s for s in self.scope.signals.values() if not s.noisy and (at is At.READ or s.at is At.EVERY)]

    def noisy(self) -> list[Signal]:
        return [s for s in self.scope.signals.values() if s.noisy]

    def bits(self, at: At = At.EVERY) -> list[Signal]:
        return [s for s in self.exact(at) if s.is_bits and s.name != "one"]

    def flags(self) -> list[Signal]:
        """The signals that documents may be seen by."""
        return [s for s in self.exact() if _is_flag(s, self.scope)]

    def alike(self, signals: Sequence[Signal], at: At = At.EVERY) -> tuple[Signal, Signal]:
        """One of the signals, and another of its width that every token has."""
        key = self.pick([s for s in signals if s.at is At.EVERY])
        return self.pick([s for s in signals if s.width == key.width and (at is At.READ or s.at is At.EVERY)]), key

    def place_to_be(self, signals: Sequence[Signal], often: float = 0.1) -> At:
        """Where a gate of these signals is computed: on READ if it has to be, and now and then though it need not."""
        return At.READ if any(s.at is At.READ for s in signals) or self.chance(often) else At.EVERY

    def row(self, at: At) -> Row:
        """A form of up to three components, or the sum of a signal."""
        if self.chance(0.2):
            return total(self.pick(self.exact(at)))
        parts = []
        for _ in range(int(self.rng.choice((0, 1, 2, 3), p=(0.05, 0.4, 0.35, 0.2)))):
            s = self.pick(self.exact(at))
            parts.append(Part(s.name, self.below(s.width), int(self.rng.choice(COEFFICIENTS))))
        return Row(int(self.rng.integers(-2, 3)) * self.below(2), tuple(parts))

    def rows(self, at: At, count: int) -> Form:
        return tuple(self.row(at) for _ in range(count))

    def number(self, read: Signal) -> Term:
        """A score that a signal's components can be read from, but where several have one coefficient (base 1)."""
        base = int(self.rng.choice((2, 2, 2, 3, 3, -2, 1)))
        parts = [read.part(int(i)).times(base**k) for k, i in enumerate(self.rng.permutation(read.width)[:4])]
        if read.width == 1 and self.chance(0.3):
            parts = [parts[0].times(2), self.is_start.part()]
        return Term(f"number of {read.name}", constants([1]), (Row(self.below(2), tuple(parts)),))

    def score(self, at: At) -> Term:
        """Any score, of query tokens at some place."""
        start = None if self.chance(0.6) else self.below(9)
        makes: tuple[Callable[[], Term], ...] = (
            lambda: agreement(*self.alike(self.bits(at), at), start=start),
            lambda: inner(*self.alike(self.bits(at), at), start=start),
            lambda: inner(*self.alike(self.exact(at), at), start=start),
            lambda: most(self.pick([s for s in self.exact() if s.width == 1])),
            lambda: self.number(self.pick(self.bits())),
            lambda: self.product(at),
            lambda: start_scores(self.rows(at, 1 + self.below(2)), 1 + self.below(2)),
            lambda: either(self.pick(self.flags()), self.pick([self.is_start, *self.flags()])),
            lambda: self.distance(at),
        )
        return makes[self.below(len(makes))]()

    def product(self, at: At) -> Term:
        """Forms of the query token times forms of the key token."""
        count = 1 + self.below(2)
        return Term("product", self.rows(at, count), self.rows(At.EVERY, count))

    def distance(self, at: At) -> Term:
        """Squared distance, of bits."""
        asked, seen = self.alike(self.bits(at), at)
        return euclid(affine(asked[:]), affine(seen[:]), [(1, affine(seen[:]))])

    def term(self, at: At) -> Term:
        """A score, at times turned round, multiplied or added to another; with any gap, legal or not."""
        made = self.score(at)
        match self.below(7):
            case 0 | 1:
                made = least(made)
            case 2:
                made = made.times(int(self.rng.choice(FACTORS)))
            case 3:
                made = added("sum", made, self.score(at))
        if made.step and self.chance(0.5):
            made = replace(made, gap=made.step + (self.chance(0.1) or -self.below(made.step)))
        return made

    def terms(self, at: At, least_many: int = 1) -> list[Term]:
        return [self.term(at) for _ in range(int(self.rng.choice((0, 0, 1, 2), p=(0.3, 0.3, 0.3, 0.1))) + least_many)]

    def read(self, signal: Signal, output: str) -> Read:
        """The signal, or a part of it."""
        start = 0 if self.chance(0.7) else self.below(signal.width)
        stop = signal.width if self.chance(0.7) else start + 1 + self.below(signal.width - start)
        return Read(signal.name, start, stop, output)


def _is_flag(s: Signal, scope: Scope) -> bool:
    try:
        check_flag("any", s.name, scope.signals)
    except ProofError:
        return False
    return True
