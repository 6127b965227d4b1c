"""The circuit run in exact arithmetic: attention is "uniform over the maximisers", numbers are rationals.

It knows no weight, radix or temperature, and compares entries lexicographically. It runs a circuit before lowering
(a select picks its token) and after (heads and gates), and checks every signal's stated range and support on the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from proofformer.circuit.circuit import Circuit
from proofformer.circuit.entries import entry_bits
from proofformer.circuit.gates import Gate, Number, Vector
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
from proofformer.circuit.signals import At, Form, Role, Signal, copy_of
from proofformer.errors import ProofError

Token = Mapping[str, Vector]
ExactTrace = dict[str, list[Vector | None]]
"""Per signal, its value on each token; None where a READ signal isn't computed."""


def sequence(
    sets: Sequence[Sequence[Sequence[int]]], inputs: Iterable[Signal], padding: int = 0, levels: int = 1
) -> tuple[list[Role], list[Token]]:
    """The tokens `[START, PAD.., B reversed, A reversed, READ]` of one set (A,) or two (A, B), and their inputs.

    Entries are whole numbers in 0..levels. Seen inputs are those of the token before, and zero on START.
    """
    inputs = list(inputs)
    widths = {s.name: s.width for s in inputs if not s.seen}
    first = (Role.FIRST, IS_DOCUMENT if len(sets) == 1 else IS_FIRST)
    kinds: list[Role] = []
    tokens: list[Token] = []

    def put(kind: Role, **values: Vector) -> None:
        kinds.append(kind)
        tokens.append({name: (0,) * width for name, width in widths.items()} | {ONE: (1,)} | values)

    put(Role.START, **{IS_START: (1,)})
    for _ in range(padding):
        put(Role.PAD)
    for rows, (kind, flag) in reversed(list(zip(sets, (first, (Role.SECOND, IS_SECOND)), strict=False))):
        for index in reversed(range(len(rows))):
            place = tuple(index >> b & 1 for b in range(widths[PLACE]))
            put(
                kind,
                **{flag: (1,), DOC: tuple(b for x in rows[index] for b in entry_bits(int(x), levels)), PLACE: place},
            )
    put(Role.READ)
    return kinds, with_seen(tokens, inputs)


def with_seen(tokens: Sequence[Token], inputs: Iterable[Signal]) -> list[Token]:
    """The tokens with the seen inputs besides: each has what the token before it has, START zeros."""
    widths = {s.name: s.width for s in inputs if s.seen}
    nothing: Token = {name: (0,) * width for name, width in widths.items()}
    known = [{copy_of(name): value for name, value in token.items()} for token in tokens[:-1]]
    return [
        {**token, **{name: before[name] for name in widths}}
        for token, before in zip(tokens, [nothing, *known], strict=True)
    ]


class _Run:
    def __init__(self, circuit: Circuit, kinds: Sequence[Role], tokens: Sequence[Token]) -> None:
        self.circuit = circuit
        self.kinds = kinds
        self.trace: ExactTrace = {}
        for s in circuit.inputs:
            self._record(s, [token[s.name] for token in tokens])

    def keys(self, row: int) -> range:
        """The tokens that a token sees."""
        return range(row + self.circuit.inclusive)

    def kind(self, signal: Signal, row: int) -> Role:
        """Of the token that the signal describes; before START stands what has no more than padding has."""
        return self.kinds[row] if not signal.seen else self.kinds[row - 1] if row else Role.PAD

    def rows(self, at: At) -> range:
        """The tokens on which a node is computed."""
        n = len(self.kinds)
        return range(n - 1, n) if at is At.READ else range(n)

    def _record(self, signal: Signal, values: Iterable[Vector]) -> None:
        column: list[Vector | None] = [None] * len(self.kinds)
        for row, value in zip(self.rows(signal.at), values, strict=True):
            if any(not signal.lo <= v <= signal.hi for v in value):
                raise ProofError(f"{signal.name!r} is {value} on token {row}, outside {signal.lo}..{signal.hi}")
            kind = self.kind(signal, row)
            if any(value) and kind not in signal.support and not signal.noisy:
                raise ProofError(f"{signal.name!r} is {value} on a {kind.value} token, outside its support")
            column[row] = value
        self.trace[signal.name] = column

    def at(self, signal: str, row: int) -> Vector:
        value = self.trace[signal][row]
        if value is None:
            raise ProofError(f"{signal!r} has no value on token {row}")
        return value

    def _form(self, form: Form, row: int) -> list[Number]:
        return [r.constant + sum(p.coefficient * self.at(p.signal, row)[p.component] for p in r.parts) for r in form]

    def _score(self, terms: Sequence[Term], query: int, key: int) -> tuple[Number, ...]:
        return tuple(
            sum(q * k for q, k in zip(self._form(t.query, query), self._form(t.key, key), strict=True)) for t in terms
        )

    def _fetch(self, reads: Sequence[Read], best: Sequence[int]) -> list[Vector]:
        """Means over the best keys; zeros where there is none."""
        out: list[Vector] = []
        for r in reads:
            rows = [self.at(r.signal, key)[r.start : r.stop] for key in best]
            mean = (Fraction(sum(column), len(best)) for column in zip(*rows, strict=True))
            out.append(tuple(mean) if best else (0,) * (r.stop - r.start))
        return out

    def head(self, head: Head) -> None:
        fetched = []
        for row in self.rows(head.at):
            scores = {key: self._score(head.order, row, key) for key in self.keys(row)}
            best = [key for key, score in scores.items() if score == max(scores.values())]
            fetched.append(self._fetch(head.reads, best))
        for i, r in enumerate(head.reads):
            self._record(self.circuit.signals[r.output], [row[i] for row in fetched])

    def select(self, node: Select) -> None:
        fetched, found = [], []
        among = self.circuit.signals[node.among]
        index = among.beside(PLACE)
        for row in self.rows(node.at):
            seen = self.keys(row)
            keys = [key for key in seen if self.at(node.among, key)[0]]
            place = {key: sum(b << i for i, b in enumerate(map(int, self.at(index, key)))) for key in keys}
            best = max(keys, key=lambda key: (self._score(node.order, row, key), -place[key]), default=None)
            # START stands in where there is no such token; START itself sees none, or what stands before it.
            start = min(row, int(among.seen))
            fetched.append(self._fetch(node.reads, [best if best is not None else start] if seen else []))
            asks = node.by is None or self.at(node.by, row)[0]
            found.append((int(best is not None and bool(asks)),))
        for i, r in enumerate(node.reads):
            self._record(self.circuit.signals[r.output], [row[i] for row in fetched])
        self._record(self.circuit.signals[node.found], found)

    def gate(self, gate: Gate) -> None:
        output = self.circuit.signals[gate.name]
        rows = self.rows(output.at)
        self._record(output, [gate.meaning([self.at(s, row) for s in gate.inputs]) for row in rows])


def interpret(circuit: Circuit, kinds: Sequence[Role], tokens: Sequence[Token]) -> ExactTrace:
    """Every signal on every token, exactly. Raises `ProofError` if a signal leaves its stated range or support."""
    run = _Run(circuit, kinds, tokens)
    for node in circuit.nodes:
        if isinstance(node, Head):
            run.head(node)
        elif isinstance(node, Select):
            run.select(node)
        else:
            run.gate(node)
    return run.trace


def answer_fields(circuit: Circuit, trace: ExactTrace) -> dict[str, int]:
    """The answer on the READ token, each field as the integer its bits spell."""
    fields: dict[str, list[int]] = {}
    for out in circuit.outputs:
        bits = trace[out.signal][-1]
        if bits is None:
            raise ProofError(f"{out.signal!r} has no value on the READ token")
        fields.setdefault(out.field, []).extend(map(int, bits))
    return {field: sum(b << i for i, b in enumerate(bits)) for field, bits in fields.items()}
