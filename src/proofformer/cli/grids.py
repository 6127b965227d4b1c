"""The symbolic matrices with names on their rows and columns, so that a head can be read from its weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from proofformer.circuit import as_term, network
from proofformer.planner import Plan
from proofformer.planner.describe import component_at, gate_node, head_node
from proofformer.planner.layout import Block
from proofformer.planner.matrices import Level, level_symbol, symbolic

if TYPE_CHECKING:
    import sympy

Label = tuple[str, int]


@dataclass(frozen=True)
class Grid:
    """A matrix as text: a title, and a name and component for each row and column."""

    title: str
    rows: tuple[Label, ...]
    columns: tuple[Label, ...]
    cells: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """Aligned lines without the rows and columns that are all zero; a name stands once over its columns."""
        kept_rows = [r for r, row in enumerate(self.cells) if any(c != "0" for c in row)]
        if not kept_rows:
            return f"{self.title}: all zero"
        kept = [c for c in range(len(self.columns)) if any(row[c] != "0" for row in self.cells)]
        shown = {(r, c): "." if self.cells[r][c] == "0" else self.cells[r][c] for r in kept_rows for c in kept}
        widths = {c: max(len(str(self.columns[c][1])), *(len(shown[r, c]) for r in kept_rows)) for c in kept}
        names = []
        for name, group in groupby(kept, key=lambda c: self.columns[c][0]):
            members = list(group)
            room = sum(widths[c] for c in members) + 2 * (len(members) - 1)
            widths[members[-1]] += max(0, len(name) - room)
            names.append(name.ljust(max(room, len(name))))
        labels = {r: f"{self.rows[r][0]}[{self.rows[r][1]}]" for r in kept_rows}
        margin = max(len(label) for label in labels.values())
        lines = [self.title, f"{'':{margin}}  {'  '.join(names)}"]
        lines.append(f"{'':{margin}}  {'  '.join(str(self.columns[c][1]).ljust(widths[c]) for c in kept)}")
        for r in kept_rows:
            lines.append(f"{labels[r]:{margin}}  {'  '.join(shown[r, c].ljust(widths[c]) for c in kept)}")
        return "\n".join(line.rstrip() for line in lines)


def legend(plan: Plan, head: str | None) -> list[str]:
    """The value of each symbol, head by head."""
    lines = []
    for h in plan.heads:
        if head in (None, h.name):
            symbols = {level_symbol(plan, Level(h.name, e)): w for e, w in enumerate(h.weights)}
            values = [f"{symbol} = {weight}" for symbol, weight in symbols.items() if symbol != "1"]
            lines.append(f"head {h.name}: {', '.join([f'b = {h.b}', *values])}")
    return lines


def grids(plan: Plan, head: str | None = None) -> Iterator[Grid]:
    """Every weight, block by block; only those of one head when it is named."""
    tensors = symbolic(plan)
    inputs = tuple((s.name, i) for s in plan.circuit.inputs for i in range(s.width))
    end = 2 * len(plan.layout.blocks) - 1
    if head is None:
        yield _grid("embedding", "embed.weight", tensors, _residual(plan, -1), inputs)
    for k, block in enumerate(plan.layout.blocks):
        for h, name in enumerate(block.heads):
            if head in (None, name):
                yield from _head_grids(plan, tensors, k, h, name)
        if head is None and (block.gates or block.clears):
            yield from _mlp_grids(plan, tensors, k, block)
    if head is None:
        widths = ((out.field, plan.circuit.signals[out.signal].width) for out in plan.circuit.outputs)
        outputs = tuple((field, i) for field, width in widths for i in range(width))
        yield _grid("unembedding", "unembed.weight", tensors, outputs, _residual(plan, end))


def _head_grids(plan: Plan, tensors: Mapping[str, sympy.Matrix], k: int, h: int, name: str) -> Iterator[Grid]:
    node, tensor = head_node(plan, name), f"blocks.{k}.attention"
    d = tensors[f"{tensor}.query.weight"].rows // len(plan.layout.blocks[k].heads)
    before, after = _residual(plan, 2 * k - 1), _residual(plan, 2 * k)
    scores = [(term.label, i) for term in map(as_term, node.order) for i in range(len(term.query))]
    values = [(r.output, i) for r in node.reads for i in range(r.stop - r.start)]
    here = range(h * d, (h + 1) * d)
    for symbol, part, labels in (("W_Q", "query", scores), ("W_K", "key", scores), ("W_V", "value", values)):
        title = f"{symbol} of head {name}"
        yield _grid(title, f"{tensor}.{part}.weight", tensors, _padded(labels, d), before, rows_from=here)
    columns = _padded(values, d)
    yield _grid(f"W_O of head {name}", f"{tensor}.output.weight", tensors, after, columns, columns_from=here)


def _mlp_grids(plan: Plan, tensors: Mapping[str, sympy.Matrix], k: int, block: Block) -> Iterator[Grid]:
    before, after = _residual(plan, 2 * k), _residual(plan, 2 * k + 1)
    units: list[Label] = []
    for gate in block.gates:
        units += [(f"{gate} unit", i) for i in range(len(network(gate_node(plan, gate), plan.circuit.signals).units))]
    units += [(f"clear {before[dimension][0]}", before[dimension][1]) for dimension, _ in block.clears]
    hidden, constant = tuple(units), (("1", 0),)
    tensor = f"blocks.{k}.mlp"
    yield _grid(f"W_1 of block {k}", f"{tensor}.hidden.weight", tensors, hidden, before)
    yield _grid(f"b_1 of block {k}", f"{tensor}.hidden.bias", tensors, hidden, constant)
    yield _grid(f"W_2 of block {k}", f"{tensor}.output.weight", tensors, after, hidden)
    yield _grid(f"b_2 of block {k}", f"{tensor}.output.bias", tensors, after, constant)


def _residual(plan: Plan, time: int) -> tuple[Label, ...]:
    return tuple(component_at(plan, dimension, time) for dimension in range(plan.layout.width))


def _padded(labels: Sequence[Label], length: int) -> tuple[Label, ...]:
    """Heads of one block have equal width: the rest of a narrower one is zero."""
    return (*labels, *(("unused", i) for i in range(len(labels), length)))


def _grid(
    title: str,
    tensor: str,
    tensors: Mapping[str, sympy.Matrix],
    rows: tuple[Label, ...],
    columns: tuple[Label, ...],
    rows_from: range | None = None,
    columns_from: range | None = None,
) -> Grid:
    matrix = tensors[tensor]
    picked = (rows_from or range(matrix.rows), columns_from or range(matrix.cols))
    cells = tuple(tuple(str(matrix[r, c]) for c in picked[1]) for r in picked[0])
    return Grid(f"{title} ({tensor})", rows, columns, cells)
