"""Where a violation of the typing rules is planted: a random circuit, and nodes that are legal until one is changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from proofformer.circuit import (
    At,
    CountAnd,
    Gate,
    Head,
    Lookup,
    Maximum,
    Node,
    Part,
    Read,
    Restore,
    Row,
    Select,
    Signal,
    Term,
    Visible,
    agreement,
    inner,
    least,
    most,
)
from proofformer.circuit.lower import least_digit, prefix_of
from proofformer.circuit.nodes import Entry
from proofformer.circuit.signals import affine, constants
from prooflab.fuzz.random_circuits import Sketch

Make = Callable[[], Sequence[Node]]
"""The nodes of a violation; making them may be what raises."""


def key_of(signal: Signal) -> Term:
    """The first component of a signal of the key, as a score."""
    return Term(signal.name, constants([1]), affine(signal[:1]))


def start_of(query: Signal) -> Term:
    """The first component of a signal of the query, as START's score."""
    return Term(query.name, affine(query[:1]), (Row(0, (Part("is_start", 0, 1),)),))


class Site:
    """Where a violation goes: behind all nodes of a sketch, and some that make a signal of every kind to draw from."""

    def __init__(self, s: Sketch) -> None:
        self.s = s
        first = (Row(0, s.first[:]),)
        s.put(CountAnd("site.count", (s.doc.name, s.doc.name)))
        s.put(Lookup("site.minus", first, ((0,), (-1,)), 0))
        s.put(Lookup("site.two", first, ((0, 0), (1, 1)), 0))
        for at in At:
            s.put(Head(f"site.{at}", at, (most(s.first),), (Read(s.first.name, 0, 1, f"site.{at}~"),)))
            s.put(Restore(f"site.{at}.bit", (f"site.{at}~",)))
        s.put(Restore("site.flag", ("site.read~", s.first.name)))
        whole = Read(s.doc.name, 0, s.doc.width, "site.doc~")
        s.put(Head("site.doc", At.EVERY, (Visible(s.first.name), least_digit(0, s.place.width)), (whole,)))
        s.put(Maximum("site.role", (s.first.name, s.is_start.name)))
        self.signals = s.scope.signals

    def any_of(self, test: Callable[[Signal], bool]) -> Signal:
        return self.s.pick([x for x in self.signals.values() if test(x)])

    def noisy(self) -> Signal:
        return self.any_of(lambda x: x.noisy)

    def every_noisy(self) -> Signal:
        return self.any_of(lambda x: x.noisy and x.at is At.EVERY)

    def exact(self) -> Signal:
        return self.any_of(lambda x: not x.noisy)

    def integer(self) -> Signal:
        """Not a bit, and on every token."""
        return self.any_of(lambda x: not x.noisy and not x.is_bits and x.at is At.EVERY)

    def of_read(self) -> Signal:
        """Exact, a bit, and on READ alone."""
        return self.any_of(lambda x: not x.noisy and x.is_bits and x.at is At.READ)

    def bit(self) -> Signal:
        return self.any_of(lambda x: not x.noisy and x.is_bits and x.at is At.EVERY)

    def no_flag(self) -> Signal:
        """On every token, and no bit that one kind of document alone has."""
        flags = {x.name for x in self.s.flags()}
        return self.any_of(lambda x: not x.noisy and x.at is At.EVERY and x.name not in flags)

    def seen(self) -> Visible:
        return Visible(self.s.pick(self.s.flags()).name)

    def near(self) -> Term:
        """A score that nothing can be read from: it depends on the query."""
        bits = self.bit()
        return self.s.pick([agreement(bits, bits), agreement(self.s.doc, self.s.doc), least(inner(bits, bits))])

    def index(self) -> Term:
        return least_digit(0, self.s.place.width)

    def head(
        self, *order: Entry, read: Signal | None = None, at: At = At.EVERY, span: tuple[int, int] | None = None
    ) -> Head:
        """A head that is legal when its order is."""
        read = read or self.s.doc
        return Head("bad", at, order, (Read(read.name, *(span or (0, read.width)), "bad~"),))

    def unique(self, *order: Entry, at: At = At.EVERY) -> Head:
        """One with a best key of its own, and more entries."""
        return self.head(self.seen(), *order, self.index(), at=at)

    def gate(self, kind: type[Gate], *inputs: Signal) -> Make:
        return lambda: [kind("bad", tuple(s.name for s in inputs))]

    def made(self, *nodes: Node) -> Make:
        return lambda: nodes

    def select(self, **changes: object) -> Make:
        flag = self.s.pick(self.s.flags()).name
        whole = Select("bad", At.EVERY, flag, flag, (self.near(),), (Read("doc", 0, 1, "bad.0"),), "bad.found")
        return lambda: [replace(whole, **changes)]  # type: ignore[arg-type]

    def two_rounds(self, *, continues: str = "r1", other: bool = False, anded: bool = False, skew: int = 0) -> Make:
        """Two rounds by hand: the second one's prefix is that of the first unless something is changed."""
        s, above = self.s, (self.seen(), self.near())
        cut = s.place.width - 1
        first = Head("r1", At.EVERY, (*above, least_digit(cut, cut + 1)), (Read("place", cut, cut + 1, "r1~"),))
        digit = Restore("r1.digit", ("r1~", *([s.first.name] if anded else [])))
        changed = (above[0], least(above[1])) if other else above
        prefix = prefix_of([("r1.digit", cut - skew, cut + 1 - skew)], continues)
        order: tuple[Entry, ...] = (*changed, prefix, *([least_digit(0, cut)] if cut else []))
        return lambda: [first, digit, self.head(*order)]
