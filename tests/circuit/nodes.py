"""Nodes that the typing tests put together by hand."""

from collections.abc import Callable, Sequence

from proofformer.circuit import (
    At,
    Builder,
    Circuit,
    CountAnd,
    Gate,
    Head,
    Lookup,
    Node,
    Output,
    Read,
    Restore,
    Role,
    Row,
    Select,
    Signal,
    Term,
    Visible,
    agreement,
    most,
)
from proofformer.circuit.lower import least_digit, prefix_of
from proofformer.circuit.signals import Form

DIM, MAX_N = 3, 8
PLAIN = Builder("plain", dim=DIM, max_n=MAX_N)
DOC, PLACE, IS_DOC, ONE = PLAIN.doc, PLAIN.place, PLAIN.first, PLAIN.one
INPUTS = (ONE, PLAIN.is_start, IS_DOC, DOC, PLACE)
ANSWER = (Output("decision", IS_DOC.name),)
SEEN = Visible(IS_DOC.name)
NEAR = agreement(DOC, DOC)


def build(*nodes: Node, inputs: Sequence[Signal] = INPUTS, outputs: tuple[Output, ...] = ANSWER) -> Circuit:
    return Circuit("t", tuple(inputs), nodes, outputs)


def head(*order: Term, read: str = "doc", span: tuple[int, int] | None = None, name: str = "h", **more: At) -> Head:
    width = {"doc": DIM, "place": PLACE.width}.get(read, 1)
    start, stop = span or (0, width)
    return Head(name, more.get("at", At.EVERY), order, (Read(read, start, stop, f"{name}~"),))


def noisy(width: int = DIM, name: str = "h") -> Signal:
    return Signal(f"{name}~", width, 0, 1, noisy=True)


LEGAL = head(SEEN, NEAR, least_digit(0, 3))
"""A head whose best key is unique."""


def gate(kind: type[Gate], *inputs: Signal, name: str = "g") -> Gate:
    return kind(name, tuple(s.name for s in inputs))


def looked_up(x: Signal | Form, table: Sequence[tuple[int, ...]], lo: int = 0) -> Lookup:
    return Lookup("g", (Row(0, x[:]),) if isinstance(x, Signal) else x, tuple(table), lo)


def typed(gate: Gate, *inputs: Signal) -> Signal:
    """What the gate makes of such signals."""
    return gate.output({s.name: s for s in inputs})


def rounds(
    *found: tuple[str, int, int], continues: str, above: tuple[Term, ...] = (SEEN, NEAR), at: At = At.EVERY
) -> Circuit:
    """Three rounds of one bit each, the last of which has the prefix given."""
    first = head(SEEN, NEAR, least_digit(2, 3), read="place", span=(2, 3), name="r1", at=at)
    second = head(
        SEEN, NEAR, prefix_of([("p1", 2, 3)], "r1"), least_digit(1, 2), read="place", span=(1, 2), name="r2", at=at
    )
    other = head(SEEN, least_digit(1, 2), read="place", span=(1, 2), name="other", at=at)
    restored = [Restore(p, (f"{r}~",)) for r, p in (("r1", "p1"), ("r2", "p2"))]
    odd, anded = Restore("odd", ("other~",)), Restore("anded", ("r2~", "is_document"))
    last = head(*above, prefix_of(found, continues), least_digit(0, 1), name="last", at=at)
    return build(first, restored[0], second, restored[1], other, odd, anded, last)


def wide_flag(support: frozenset[Role], width: int = 1, hi: int = 1) -> tuple[Signal, ...]:
    return (*INPUTS, Signal("flag", width, 0, hi, support=support))


def read_only(c: Builder) -> Signal:
    """A bit of the READ token that is zero outside documents."""
    return c.restore("r", c.attend("h", at=At.READ, order=[most(c.first)], read=c.first), c.first)


def with_builder(use: Callable[[Builder], object]) -> Callable[[], object]:
    return lambda: use(Builder("t", dim=DIM, max_n=MAX_N))


def with_two_sets(use: Callable[[Builder], object]) -> Callable[[], object]:
    return lambda: use(Builder("t", dim=DIM, max_n=MAX_N, bichromatic=True))


def any_document(c: Builder) -> Signal:
    """A bit of the documents of both sets."""
    return c.maximum("any", c.first, c.second)


def attended(c: Builder, *order: Term, read: Signal) -> Circuit:
    """One head, whose reads are legal or not."""
    c.answer(decision=c.restore("bits", c.attend("h", at=At.EVERY, order=order, read=read)))
    return c.circuit()


def chosen(c: Builder, **changes: object) -> object:
    settings: dict[str, object] = {"by": c.first, "among": c.first, "order": [most(NEAR)], "read": [c.doc]}
    return c.select("s", **{**settings, **changes})  # type: ignore[arg-type]


READ_FLAG = Signal("g", 1, 0, 1, at=At.READ, support=frozenset({Role.FIRST}))
READ_HEAD = head(most(IS_DOC), read="is_document", at=At.READ)
READ_BIT = gate(Restore, noisy(), IS_DOC)
FLAGGED = head(Visible("flag"), NEAR, least_digit(0, 3))
COUNT, COUNTED = gate(CountAnd, DOC, DOC, name="count"), Signal("count", 1, 0, DIM)


def select(*reads: Read) -> Select:
    return Select("s", At.EVERY, "is_document", "is_document", (NEAR,), reads, "s.found")
