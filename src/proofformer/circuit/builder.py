"""The language theorem files are written in.

partner = c.select("partner", by=c.first, among=c.second, order=[most(agreement(c.doc, c.doc))], read=[c.doc, c.place])
distance = c.count_xor("distance", c.doc, partner[c.doc])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from proofformer.circuit.check import Scope
from proofformer.circuit.circuit import Circuit, Output
from proofformer.circuit.entries import entries, entry_weights
from proofformer.circuit.form_gates import Lookup, Relu
from proofformer.circuit.gates import CountAnd, CountXor, Gate, Maximum, Restore
from proofformer.circuit.nodes import (
    DOC,
    IS_DOCUMENT,
    IS_FIRST,
    IS_SECOND,
    IS_START,
    ONE,
    PLACE,
    Head,
    Read,
    Select,
    Term,
)
from proofformer.circuit.signals import At, Form, Role, Row, Signal, form_range, whole
from proofformer.errors import ProofError

MOST_BITS = 12
"""Of a number whose binary digits one table gives."""

MOST_ROWS = 1 << 22
"""Of a table."""


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
    bichromatic instance, all documents of an instance of one set. No theorem has to know which. `doc` has the bits of
    the document's `dim` entries, whole numbers in 0..levels; with `levels` = 1 a bit is an entry. `metric` is the one
    asked for, for a proof that holds for several. `norms` are the numbers of ones that documents may have (1..dim
    unless declared), `gamma` the factor within which an answer will do.
    """

    def __init__(
        self,
        name: str,
        *,
        dim: int,
        max_n: int,
        bichromatic: bool = False,
        levels: int = 1,
        metric: str = "",
        norms: Sequence[int] | None = None,
        gamma: Fraction | None = None,
    ) -> None:
        first, second = frozenset({Role.FIRST}), frozenset({Role.SECOND})
        documents = first | second if bichromatic else first
        self.name, self.dim, self.levels, self.metric = name, dim, levels, metric
        self.norms = tuple(range(1, dim + 1) if norms is None else norms)
        self.gamma = gamma
        self.one = Signal(ONE, 1, 1, 1)
        self.is_start = Signal(IS_START, 1, 0, 1, support=frozenset({Role.START}))
        self.first = Signal(IS_FIRST if bichromatic else IS_DOCUMENT, 1, 0, 1, support=first)
        self.second = Signal(IS_SECOND, 1, 0, 1, support=second) if bichromatic else self.first
        self.doc = Signal(DOC, dim * len(entry_weights(levels)), 0, 1, support=documents)
        self.place = Signal(PLACE, index_width(max_n), 0, 1, support=documents)
        flags = dict.fromkeys((self.first, self.second))
        self.inputs = (self.one, self.is_start, *flags, self.doc, self.place)
        self._scope = Scope.of(self.inputs)
        self._outputs: list[Output] = []

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
        self._scope.add(Select(name, at, among.name, flag, tuple(order), reads, found))
        signals = self._scope.signals
        return Selected(signals[found], {r.signal: signals[r.output] for r in reads})

    def attend(self, name: str, *, at: At, order: Sequence[Term], read: Signal) -> Signal:
        """One head; returns the noisy mean of `read` over the best keys."""
        output = f"{name}.{read.name}~"
        self._scope.add(Head(name, at, tuple(order), (Read(read.name, 0, read.width, output),)))
        return self._scope.signals[output]

    def gate(self, gate: Gate) -> Signal:
        """What any gate makes, one of your own too; those below have words of their own."""
        self._scope.add(gate)
        return self._scope.signals[gate.name]

    def _range(self, name: str, form: Form) -> tuple[int, int]:
        """The least and the largest value of a row, for the gate `name`."""
        missing = [p.signal for row in form for p in row.parts if p.signal not in self._scope.signals]
        if missing:
            raise ProofError(f"gate {name!r} takes {missing[0]!r}, which no node before it makes")
        return form_range(form, self._scope.signals)

    def entries(self, code: Signal) -> Form:
        """The entries of a document from its bits, one row each."""
        return entries(code, self.levels)

    def restore(self, name: str, noisy: Signal, flag: Signal | None = None) -> Signal:
        """The bits of a noisy signal, ANDed with `flag` when given."""
        return self.gate(Restore(name, (noisy.name, *([] if flag is None else [flag.name]))))

    def count_and(self, name: str, a: Signal, b: Signal) -> Signal:
        """`<a, b>` of two bit vectors on one token."""
        return self.gate(CountAnd(name, (a.name, b.name)))

    def count_xor(self, name: str, a: Signal, b: Signal) -> Signal:
        """The Hamming distance of two bit vectors on one token."""
        return self.gate(CountXor(name, (a.name, b.name)))

    def maximum(self, name: str, a: Signal, b: Signal) -> Signal:
        """The larger of two numbers on one token, component by component."""
        return self.gate(Maximum(name, (a.name, b.name)))

    def lookup(
        self,
        name: str,
        x: Signal | Row | Form,
        table: Mapping[int, Sequence[int]] | Callable[[int], Sequence[int]],
        domain: range | None = None,
    ) -> Signal:
        """Any function of one integer, a signal or a form of signals; of several, the sum of the function at each.

        Outside `domain`, when given, it is what it is at the nearer end.
        """
        if isinstance(x, Signal):
            if x.width != 1:
                raise ProofError(f"gate {name!r} (lookup): looks up one number, but {x.name!r} has width {x.width}")
            x = Row(0, x[:])
        form = (x,) if isinstance(x, Row) else x
        low, high = self._range(name, form)
        domain = range(low, high + 1) if domain is None else range(max(low, domain.start), min(high + 1, domain.stop))
        if domain.stop - domain.start > MOST_ROWS:
            raise ProofError(f"lookup {name!r} is of {low}..{high}: no table has more than {MOST_ROWS:,} rows")
        missing = [v for v in domain if isinstance(table, Mapping) and v not in table]
        if missing:
            names = ", ".join(dict.fromkeys(p.signal for row in form for p in row.parts))
            raise ProofError(f"lookup {name!r} has no row for {names} = {missing[0]} (range {low}..{high})")
        of = table.__getitem__ if isinstance(table, Mapping) else table
        rows = tuple(tuple(whole(y, f"lookup {name!r} at {v}") for y in of(v)) for v in domain)
        return self.gate(Lookup(name, form, rows, domain.start))

    def relu(self, name: str, *rows: Row) -> Signal:
        """`max(row, 0)` for each row, a form of exact signals."""
        return self.gate(Relu(name, rows))

    def bits(self, name: str, x: Signal | Row) -> tuple[Signal, ...]:
        """The binary digits of a non-negative integer, least significant first; of a large one, in two halves.

        A table of all numbers up to V adds up V^2: in halves, V^1.5.
        """
        row = Row(0, x[:]) if isinstance(x, Signal) else x
        low, high = self._range(name, (row,))
        if low < 0:
            raise ProofError(f"bits of {name!r}, whose range {low}..{high} has negative numbers")
        width = max(1, high.bit_length())
        if width <= MOST_BITS:
            return (self.lookup(name, x, lambda v: [v >> i & 1 for i in range(width)]),)
        half = width // 2
        upper = self.lookup(f"{name}.half", x, lambda v: [v >> half])
        rest = Row(row.constant, (*row.parts, upper.part().times(-(1 << half))))
        lower = self.lookup(f"{name}.low", rest, lambda v: [v >> i & 1 for i in range(half)], range(1 << half))
        return (lower, *self.bits(f"{name}.high", upper))

    def is_zero(self, name: str, x: Signal) -> Signal:
        """One where the number is 0."""
        return self.lookup(name, x, {v: [int(v == 0)] for v in range(x.lo, x.hi + 1)})

    def answer(self, **fields: Signal | Sequence[Signal]) -> None:
        """Name the bits on the READ token that are the answer, least significant first."""
        for field, parts in fields.items():
            signals = [parts] if isinstance(parts, Signal) else parts
            self._outputs += [Output(field, s.name) for s in signals]

    def circuit(self) -> Circuit:
        if not self._outputs:
            raise ProofError(f"circuit {self.name!r} answers nothing")
        return Circuit.of(self.name, self._scope.fork(), self._outputs)
