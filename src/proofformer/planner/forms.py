"""The weights as block matrices in the symbols b, V, R: one line for each signal that an entry, a read or a gate takes.

They come from the same sparse entries as the numbers, so they are complete, and no block depends on l but in its size.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from proofformer.circuit import as_term, network
from proofformer.planner.describe import component_at, gate_node, head_node
from proofformer.planner.matrices import Entry, Matrix, level_symbol, matrices
from proofformer.planner.patterns import written
from proofformer.planner.plan import Plan

Place = tuple[int, int]

SYMBOLS = {
    "query.weight": "W_Q",
    "key.weight": "W_K",
    "value.weight": "W_V",
    "hidden.weight": "W_1",
    "hidden.bias": "b_1",
    "unembed.weight": "W_U",
    "embed.weight": "W_E",
}
OUTPUTS = {"attention": "W_O", "mlp": "W_2"}


@dataclass(frozen=True)
class Label:
    """What a row or a column stands for: component `index` of `group`; `where` names the head or gate it belongs to."""

    where: str
    group: str
    index: int


@dataclass(frozen=True)
class Form:
    """A block of matrix `matrix` (of tensor `tensor`) with the same symbols in all its entries.

    `cells` has its entries without the symbols, `places` where each stands in the tensor.
    """

    tensor: str
    matrix: str
    where: str
    row: str
    column: str
    symbols: str
    cells: Mapping[Place, Fraction]
    places: Mapping[Place, Place]
    text: str
    tex: str


def forms(plan: Plan, head: str | None = None) -> Iterator[Form]:
    """Every block that is not zero, matrix by matrix; only those of one head when it is named."""
    for m in matrices(plan):
        rows, columns = _labels(plan, m)
        for form in _blocks(plan, m, rows, columns):
            if head in (None, form.where):
                yield form


def _blocks(plan: Plan, m: Matrix, rows: list[Label], columns: list[Label]) -> Iterator[Form]:
    sizes = [Counter((label.where, label.group) for label in labels) for labels in (rows, columns)]
    found: dict[tuple[str, str, str, str], dict[Place, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    places: dict[tuple[str, str, str, str], dict[Place, Place]] = defaultdict(dict)
    for e in m.entries:
        row, column = rows[e.row], columns[e.column]
        where = row.where or column.where
        key = where, row.group, column.group, _symbols(plan, e)
        at = row.index, column.index
        found[key][at] += e.factor * Fraction(2) ** e.shift
        places[key][at] = e.row, e.column
    for key, summed in found.items():
        cells = {at: value for at, value in summed.items() if value}
        if not cells:
            continue
        where, row_group, column_group, symbols = key
        height = max(n for (w, g), n in sizes[0].items() if g == row_group and w in (where, ""))
        width = max(n for (w, g), n in sizes[1].items() if g == column_group and w in (where, ""))
        block = written(cells, height, width)
        text, tex = block.times(symbols.split())
        yield Form(
            m.name, _symbol(m.name), where, row_group, column_group, symbols, cells, dict(places[key]), text, tex
        )


def _symbols(plan: Plan, e: Entry) -> str:
    level = "1" if e.level is None else level_symbol(plan, e.level)
    return " ".join(s for s in ("b" if e.temperature else "", "" if level == "1" else level) if s)


def _symbol(tensor: str) -> str:
    for end, symbol in SYMBOLS.items():
        if tensor.endswith(end):
            return symbol
    part = tensor.split(".")[2]
    return "b_2" if tensor.endswith("bias") else OUTPUTS[part]


def _labels(plan: Plan, m: Matrix) -> tuple[list[Label], list[Label]]:
    """What the rows and the columns of a matrix stand for."""
    inputs = [Label("", s.name, i) for s in plan.circuit.inputs for i in range(s.width)]
    if m.name == "embed.weight":
        return _residual(plan, -1), inputs
    if m.name == "unembed.weight":
        widths = ((out.field, plan.circuit.signals[out.signal].width) for out in plan.circuit.outputs)
        return [Label("", field, i) for field, width in widths for i in range(width)], _last(plan)
    _, number, part, matrix, kind = m.name.split(".")
    k = int(number)
    if part == "attention":
        before, after = _residual(plan, 2 * k - 1), _residual(plan, 2 * k)
        own = _of_heads(plan, k, m.columns if matrix == "output" else m.rows, scores=matrix in ("query", "key"))
        return (after, own) if matrix == "output" else (own, before)
    before, after = _residual(plan, 2 * k), _residual(plan, 2 * k + 1)
    units, one = _units(plan, k, before), [Label("", "1", 0)]
    if kind == "bias":
        return (units if matrix == "hidden" else after, one)
    return (units, before) if matrix == "hidden" else (after, units)


def _of_heads(plan: Plan, k: int, total: int, *, scores: bool) -> list[Label]:
    """The rows of queries and keys (`scores`), or of values, of a block; narrower heads are padded."""
    heads = plan.layout.blocks[k].heads
    found = []
    for name in heads:
        node = head_node(plan, name)
        if scores:
            terms = [as_term(entry) for entry in node.order]
            labels = [Label(name, term.label, i) for term in terms for i in range(len(term.query))]
        else:
            labels = [Label(name, r.output, i) for r in node.reads for i in range(r.stop - r.start)]
        found += [*labels, *(Label(name, "unused", i) for i in range(total // len(heads) - len(labels)))]
    return found


def _units(plan: Plan, k: int, before: list[Label]) -> list[Label]:
    block = plan.layout.blocks[k]
    found = []
    for gate in block.gates:
        units = network(gate_node(plan, gate), plan.circuit.signals).units
        found += [Label(gate, "units", i) for i in range(len(units))]
    cleared: Counter[str] = Counter()
    for dimension, _ in block.clears:
        signal = before[dimension].group
        found.append(Label(f"clear {signal}", "units", cleared[signal]))
        cleared[signal] += 1
    return found or [Label("idle", "units", 0)]


def _residual(plan: Plan, time: int) -> list[Label]:
    return [Label("", *component_at(plan, dimension, time)) for dimension in range(plan.layout.width)]


def _last(plan: Plan) -> list[Label]:
    return _residual(plan, 2 * len(plan.layout.blocks) - 1)
