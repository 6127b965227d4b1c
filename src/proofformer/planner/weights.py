"""The weights, from one generator: as numbers for the runtime, or in the symbols b, R, V, l, n for people.

Every entry is an integer, times (in attention) b, the weight of a priority level, and a power of two that a row of
keys takes from the same row of queries where one of them would be too large for the type.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from proofformer.circuit.circuit import Output
from proofformer.circuit.gates import Gate
from proofformer.circuit.nodes import ONE, Head, Visible
from proofformer.circuit.signals import Row
from proofformer.planner.plan import Plan

if TYPE_CHECKING:
    import numpy as np
    import sympy


@dataclass(frozen=True)
class Level:
    """The weight of entry `entry` of head `head`."""

    head: str
    entry: int


@dataclass(frozen=True)
class Entry:
    """`factor`, times the head's b where `temperature` names it, times a level's weight, times 2^`shift`."""

    row: int
    column: int
    factor: int
    temperature: str | None = None
    level: Level | None = None
    shift: int = 0


@dataclass
class Matrix:
    """A sparse matrix; a bias has one column. `name` is the tensor's name in the model file, `symbol` what it is in
    formulas, `block` that of which it is a part."""

    name: str
    symbol: str
    rows: int
    columns: int
    block: int | None = None
    entries: list[Entry] = field(default_factory=list)

    def put(
        self,
        row: int,
        column: int,
        factor: int,
        temperature: str | None = None,
        level: Level | None = None,
        shift: int = 0,
    ) -> None:
        self.entries.append(Entry(row, column, factor, temperature, level, shift))


def head_dim(heads: list[Head]) -> int:
    """Query, key and value width of a block: equal for all its heads, which keeps attention on its O(n)-memory path."""
    scores = [sum(len(t.query) for t in h.order) for h in heads]
    values = [sum(r.stop - r.start for r in h.reads) for h in heads]
    return max(scores + values)


def matrices(plan: Plan) -> Iterator[Matrix]:
    """Every weight of the model, block by block: embedding, attention and MLP of each block, unembedding."""
    layout, circuit = plan.layout, plan.circuit
    widths = [s.width for s in circuit.inputs]
    embed = Matrix("embed.weight", "W_E", layout.width, sum(widths))
    column = 0
    for s in circuit.inputs:
        for i in range(s.width):
            embed.put(layout.slice_of(s.name).start + i, column, 1)
            column += 1
    yield embed
    gates = circuit.gates
    for k, block in enumerate(layout.blocks):
        if block.heads:
            yield from _attention(plan, k, [circuit.heads[h] for h in block.heads])
        if block.gates or block.clears:
            yield from _mlp(plan, k, [gates[g] for g in block.gates], block.clears)
    yield _unembedding(plan, circuit.outputs)


def parameters(plan: Plan) -> int:
    """How many weights the matrices have, without making them."""
    layout, circuit = plan.layout, plan.circuit
    bits = sum(s.width for s in circuit.inputs) + sum(circuit.signals[out.signal].width for out in circuit.outputs)
    count = bits * layout.width
    for block in layout.blocks:
        heads = [circuit.heads[h] for h in block.heads]
        count += 4 * head_dim(heads) * len(heads) * layout.width if heads else 0
        if block.gates or block.clears:
            units = sum(len(circuit.gates[g].network(circuit.signals).units) for g in block.gates) + len(block.clears)
            count += max(1, units) * (2 * layout.width + 1) + layout.width
    return count


def _unembedding(plan: Plan, outputs: tuple[Output, ...]) -> Matrix:
    widths = [plan.circuit.signals[out.signal].width for out in outputs]
    unembed = Matrix("unembed.weight", "W_U", sum(widths), plan.layout.width)
    row = 0
    for out, width in zip(outputs, widths, strict=True):
        for i in range(width):
            unembed.put(row, plan.layout.slice_of(out.signal).start + i, 1)
            row += 1
    return unembed


def _attention(plan: Plan, block: int, heads: list[Head]) -> list[Matrix]:
    d = head_dim(heads)
    width = plan.layout.width
    name = f"blocks.{block}.attention"
    q, k, v = (
        Matrix(f"{name}.{x}.weight", symbol, d * len(heads), width, block)
        for x, symbol in (("query", "W_Q"), ("key", "W_K"), ("value", "W_V"))
    )
    out = Matrix(f"{name}.output.weight", "W_O", width, d * len(heads), block)
    one = plan.layout.slice_of(ONE).start

    def write(m: Matrix, row: int, form: Row, b: str | None, level: Level | None, shift: int) -> None:
        if form.constant:
            m.put(row, one, form.constant, b, level, shift)
        for p in form.parts:
            m.put(row, plan.layout.slice_of(p.signal).start + p.component, p.coefficient, b, level, shift)

    for h, head in enumerate(heads):
        on_query, shifts = plan.head(head.name).on_query, iter(plan.head(head.name).shifts)
        row = h * d
        for e, term in enumerate(head.order):
            level = Level(head.name, e)
            for query, key in zip(term.query, term.key, strict=True):
                shift = next(shifts)
                write(q, row, query, head.name, level if on_query[e] else None, -shift)
                write(k, row, key, None, None if on_query[e] else level, shift)
                row += 1
        row = h * d
        for read in head.reads:
            source, target = plan.layout.slice_of(read.signal), plan.layout.slice_of(read.output)
            for i in range(read.stop - read.start):
                v.put(row, source.start + read.start + i, 1)
                out.put(target.start + i, row, 1)
                row += 1
    return [q, k, v, out]


def _mlp(plan: Plan, block: int, gates: list[Gate], clears: tuple[tuple[int, int], ...]) -> list[Matrix]:
    layout, name = plan.layout, f"blocks.{block}.mlp"
    nets = [(layout.slice_of(g.name).start, g.network(plan.circuit.signals)) for g in gates]
    # A layer of constants alone still has a bias to write, so it has a hidden unit, though an idle one.
    hidden = max(1, sum(len(net.units) for _, net in nets) + len(clears))
    w1 = Matrix(f"{name}.hidden.weight", "W_1", hidden, layout.width, block)
    b1 = Matrix(f"{name}.hidden.bias", "b_1", hidden, 1, block)
    w2 = Matrix(f"{name}.output.weight", "W_2", layout.width, hidden, block)
    b2 = Matrix(f"{name}.output.bias", "b_2", layout.width, 1, block)
    unit = 0
    for start, net in nets:
        for i, constant in enumerate(net.constant):
            if constant:
                b2.put(start + i, 0, constant)
        for u in net.units:
            for p in u.form.parts:
                w1.put(unit, layout.slice_of(p.signal).start + p.component, p.coefficient)
            if u.form.constant:
                b1.put(unit, 0, u.form.constant)
            for component, coefficient in u.out:
                w2.put(start + component, unit, coefficient)
            unit += 1
    for dim, sign in clears:
        w1.put(unit, dim, sign)
        w2.put(dim, unit, -sign)
        unit += 1
    return [w1, b1, w2, b2]


def numeric(plan: Plan) -> Iterator[tuple[str, np.ndarray]]:
    """Every weight as float64 with its tensor's name, one at a time; biases have shape (rows,)."""
    import numpy as np

    for m in matrices(plan):
        dense = np.zeros((m.rows, m.columns))
        for e in m.entries:
            b = plan.head(e.temperature).b if e.temperature else 1
            weight = plan.head(e.level.head).weights[e.level.entry] if e.level else 1
            dense[e.row, e.column] += e.factor * 2.0**e.shift * b * weight
        yield m.name, dense[:, 0] if m.name.endswith("bias") else dense


def level_symbol(plan: Plan, level: Level) -> str:
    """V for visibility, R for the objective (with its prefix), 1 for the last level, R2, R3, .. for others."""
    head = plan.circuit.heads[level.head]
    if level.entry == len(head.order) - 1:
        return "1"
    if isinstance(head.order[level.entry], Visible):
        return "V"
    levels = [e for e, term in enumerate(head.order) if term.continues is None]
    at = max(e for e in levels if e <= level.entry)
    above_last = len([e for e in levels if e > at])
    return "R" if above_last == 1 else f"R{above_last}"


def symbolic(plan: Plan) -> dict[str, sympy.Matrix]:
    """Every weight with b, V and R as symbols, by tensor name. For small l: the matrices are dense."""
    import sympy

    def symbol(name: str) -> Any:
        return sympy.Integer(1) if name == "1" else sympy.Symbol(name, positive=True, integer=True)

    tensors = {}
    for m in matrices(plan):
        dense = sympy.zeros(m.rows, m.columns)
        for e in m.entries:
            b = symbol("b" if e.temperature else "1")
            weight = symbol(level_symbol(plan, e.level) if e.level else "1")
            dense[e.row, e.column] += e.factor * sympy.Integer(2) ** e.shift * b * weight
        tensors[m.name] = dense
    return tensors
