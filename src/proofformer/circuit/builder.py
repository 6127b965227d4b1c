"""The language theorem files are written in.

partner = c.select("partner", by=c.first, among=c.second, order=[most(agreement(c.doc, c.doc))], read=[c.doc, c.place])
distance = c.count_xor("distance", c.doc, partner[c.doc])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proofformer.circuit.check import Scope
from proofformer.circuit.circuit import Circuit, Node, Output, add_node
from proofformer.circuit.gates import Op, typed
from proofformer.circuit.heads import (
    DOC,
    IS_DOCUMENT,
    IS_FIRST,
    IS_SECOND,
    IS_START,
    ONE,
    PLACE,
    Entry,
    Head,
    Read,
    Select,
    Term,
)
from proofformer.circuit.signals import At, Kind, Signal
from proofformer.errors import ProofError


def index_width(max_n: int) -> int:
    """Bits of an index below `max_n`."""
    return max(1, (max_n - 1).bit_length())


@dataclass(frozen=True)
class Selected:
    """What a select fetched: `selected[c.doc]` is the document of the token selected; `found`, whether there is one."""

    found: Signal
    fetched: Mapping[str, Signal]

    def __getitem__(self, signal: Signal) -> Signal:
        if signal.name not in self.fetched:
            raise ProofError(f"{signal.name!r} was not read; it reads {', '.join(self.fetched)}")
        return self.fetched[signal.name]


class Builder:
    """Collects nodes; each is checked as it is added, so an error points at the line that made it.

    `first` and `second` flag the documents that may be the first and the second of a pair: the sets A and B of a
    bichromatic instance, all documents of an instance of one set. No theorem has to know which.
    """

    def __init__(self, name: str, *, dim: int, max_n: int, bichromatic: bool = False) -> None:
        first, second = frozenset({Kind.FIRST}), frozenset({Kind.SECOND})
        documents = first | second if bichromatic else first
        self.name = name
        self.one = Signal(ONE, 1, 1, 1)
        self.is_start = Signal(IS_START, 1, 0, 1, support=frozenset({Kind.START}))
        self.first = Signal(IS_FIRST if bichromatic else IS_DOCUMENT, 1, 0, 1, support=first)
        self.second = Signal(IS_SECOND, 1, 0, 1, support=second) if bichromatic else self.first
        self.doc = Signal(DOC, dim, 0, 1, support=documents)
        self.place = Signal(PLACE, index_width(max_n), 0, 1, support=documents)
        flags = dict.fromkeys((self.first, self.second))
        self._inputs = (self.one, self.is_start, *flags, self.doc, self.place)
        self._scope = Scope()
        self._nodes: list[Node] = []
        self._outputs: list[Output] = []
        for s in self._inputs:
            self._scope.declare("inputs", s)

    def _add(self, node: Node) -> None:
        add_node(self._scope, node)
        self._nodes.append(node)

    def select(
        self,
        name: str,
        *,
        among: Signal,
        order: Sequence[Term],
        read: Sequence[Signal],
        by: Signal | None = None,
    ) -> Selected:
        """For each token flagged `by` (None: for READ), the token flagged `among` that is best by `order`, ties to the
        smallest index."""
        at = At.READ if by is None else At.EVERY
        reads = tuple(Read(s.name, 0, s.width, f"{name}.{s.name}") for s in read)
        found = f"{name}.found"
        flag = None if by is None else by.name
        self._add(Select(name, at, among.name, flag, tuple(order), reads, found))
        signals = self._scope.signals
        return Selected(signals[found], {r.signal: signals[r.output] for r in reads})

    def attend(self, name: str, *, at: At, order: Sequence[Entry], read: Signal) -> Signal:
        """One head; returns the noisy mean of `read` over the best keys."""
        output = f"{name}.{read.name}~"
        self._add(Head(name, at, tuple(order), (Read(read.name, 0, read.width, output),)))
        return self._scope.signals[output]

    def _gate(self, op: Op, name: str, *inputs: Signal, table: tuple[tuple[int, ...], ...] = ()) -> Signal:
        at = At.READ if any(s.at is At.READ for s in inputs) else At.EVERY
        self._add(typed(op, name, inputs, at, table))
        return self._scope.signals[name]

    def restore(self, name: str, noisy: Signal, flag: Signal | None = None) -> Signal:
        """The bits of a noisy signal, ANDed with `flag` when given."""
        return self._gate(Op.RESTORE, name, noisy, *([] if flag is None else [flag]))

    def count_and(self, name: str, a: Signal, b: Signal) -> Signal:
        """`<a, b>` of two bit vectors on one token."""
        return self._gate(Op.COUNT_AND, name, a, b)

    def count_xor(self, name: str, a: Signal, b: Signal) -> Signal:
        """The Hamming distance of two bit vectors on one token."""
        return self._gate(Op.COUNT_XOR, name, a, b)

    def maximum(self, name: str, a: Signal, b: Signal) -> Signal:
        """The larger of two numbers on one token, component by component."""
        return self._gate(Op.MAXIMUM, name, a, b)

    def lookup(self, name: str, x: Signal, table: Mapping[int, Sequence[int]]) -> Signal:
        """Any function of one integer: `table[x]` for each x in its range."""
        missing = [v for v in range(x.lo, x.hi + 1) if v not in table]
        if missing:
            raise ProofError(f"lookup {name!r} has no row for {x.name} = {missing[0]} (range {x.lo}..{x.hi})")
        return self._gate(Op.LOOKUP, name, x, table=tuple(tuple(table[v]) for v in range(x.lo, x.hi + 1)))

    def bits(self, name: str, x: Signal) -> Signal:
        """The binary digits of a non-negative integer, least significant first."""
        if x.lo < 0:
            raise ProofError(f"bits of {x.name!r}, whose range {x.lo}..{x.hi} has negative numbers")
        width = max(1, x.hi.bit_length())
        return self.lookup(name, x, {v: [v >> i & 1 for i in range(width)] for v in range(x.lo, x.hi + 1)})

    def is_zero(self, name: str, x: Signal) -> Signal:
        """One where the number is 0."""
        return self.lookup(name, x, {v: [int(v == 0)] for v in range(x.lo, x.hi + 1)})

    def answer(self, **fields: Signal) -> None:
        """Name the bits on the READ token that are the answer."""
        self._outputs += [Output(field, s.name) for field, s in fields.items()]

    def circuit(self) -> Circuit:
        if not self._outputs:
            raise ProofError(f"circuit {self.name!r} answers nothing")
        return Circuit(self.name, self._inputs, tuple(self._nodes), tuple(self._outputs))
