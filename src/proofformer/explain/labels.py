"""What the rows and columns of the weights stand for, and what people call the matrices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

from proofformer.circuit import Gate, Head, Visible
from proofformer.explain.describe import component_at
from proofformer.planner.layout import inputs_of
from proofformer.planner.plan import Plan
from proofformer.planner.weights import Matrix

UNITS = "units"
"""The group of the hidden units of a gate."""


@dataclass(frozen=True)
class Label:
    """What a row or a column stands for: component `index` of `group`; `where` names the head or gate it belongs to,
    or what a unit of none `clears`."""

    where: str
    group: str
    index: int
    clears: bool = False


def families(plan: Plan) -> dict[str, Hashable]:
    """What each head, gate, signal and clearing has in common with others that compute the same of other numbers.

    Gates are of one family if they do the same with signals of one family: so are the rungs of all entries, and what is
    found for each norm.
    """
    numbers: dict[Hashable, int] = {}
    found: dict[str, Hashable] = {}

    def of(name: str) -> Hashable:
        return found.get(name, name)

    def family(*key: Hashable) -> int:
        return numbers.setdefault(key, len(numbers))

    for node in plan.circuit.nodes:
        if isinstance(node, Gate):
            output = plan.circuit.signals[node.name]
            found[node.name] = family(node.op, tuple(map(of, node.inputs)), output.width, output.is_bits)
        elif isinstance(node, Head):
            found[node.name] = family(node.at, *map(of, sorted(inputs_of(node))))
            found |= {read.output: family(of(node.name), of(read.signal)) for read in node.reads}
            found |= {e.label: family(of(e.flag)) for e in node.order if isinstance(e, Visible)}
    return found | {cleared(name): family("clear", of(name)) for name in found}


def cleared(signal: str) -> str:
    """What is told of the units that set a signal's dimensions to zero."""
    return f"clear {signal}"


def labels_of(plan: Plan, m: Matrix) -> tuple[list[Label], list[Label]]:
    """What the rows and the columns of a matrix stand for."""
    if m.block is None:
        if m.symbol == "W_E":
            return _residual(plan, -1), [Label("", s.name, i) for s in plan.circuit.inputs for i in range(s.width)]
        widths = ((out.field, plan.circuit.signals[out.signal].width) for out in plan.circuit.outputs)
        fields = [Label("", field, i) for field, width in widths for i in range(width)]
        return fields, _residual(plan, 2 * len(plan.layout.blocks) - 1)
    before, between, after = (_residual(plan, 2 * m.block + time) for time in (-1, 0, 1))
    match m.symbol:
        case "W_Q" | "W_K":
            return _of_heads(plan, m.block, m.rows, scores=True), before
        case "W_V":
            return _of_heads(plan, m.block, m.rows, scores=False), before
        case "W_O":
            return between, _of_heads(plan, m.block, m.columns, scores=False)
    units, one = _units(plan, m.block, between), [Label("", "1", 0)]
    of = {"W_1": (units, between), "b_1": (units, one), "W_2": (after, units), "b_2": (after, one)}
    return of[m.symbol]


def _of_heads(plan: Plan, k: int, total: int, *, scores: bool) -> list[Label]:
    """The rows of queries and keys (`scores`), or of values, of a block; narrower heads are padded."""
    heads = plan.layout.blocks[k].heads
    found = []
    for name in heads:
        node = plan.circuit.heads[name]
        if scores:
            groups = [(term.label, len(term.query)) for term in node.order]
        else:
            groups = [(read.output, read.stop - read.start) for read in node.reads]
        labels = [Label(name, group, i) for group, width in groups for i in range(width)]
        found += [*labels, *(Label(name, "unused", i) for i in range(total // len(heads) - len(labels)))]
    return found


def _units(plan: Plan, k: int, before: list[Label]) -> list[Label]:
    block = plan.layout.blocks[k]
    found = []
    for gate in block.gates:
        units = plan.circuit.gates[gate].network(plan.circuit.signals).units
        found += [Label(gate, UNITS, i) for i in range(len(units))]
    count: Counter[str] = Counter()
    for dimension, _ in block.clears:
        signal = before[dimension].group
        found.append(Label(cleared(signal), UNITS, count[signal], clears=True))
        count[signal] += 1
    return found or [Label("idle", UNITS, 0)]


def _residual(plan: Plan, time: int) -> list[Label]:
    return [Label("", *component_at(plan, dimension, time)) for dimension in range(plan.layout.width)]
