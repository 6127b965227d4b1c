"""What the rows and columns of the weights stand for, and what people call the matrices."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from proofformer.circuit import as_term
from proofformer.explain.describe import component_at, gate_node, head_node
from proofformer.planner.plan import Plan
from proofformer.planner.weights import Matrix

SYMBOLS = {
    "query.weight": "W_Q",
    "key.weight": "W_K",
    "value.weight": "W_V",
    "hidden.weight": "W_1",
    "hidden.bias": "b_1",
    "unembed.weight": "W_U",
    "embed.weight": "W_E",
}
UNITS = "units"
"""The group of the hidden units of a gate."""

OUTPUTS = {"attention": "W_O", "mlp": "W_2"}


@dataclass(frozen=True)
class Label:
    """What a row or a column stands for: component `index` of `group`; `where` names the head or gate it belongs to,
    or what a unit of none `clears`."""

    where: str
    group: str
    index: int
    clears: bool = False


def symbol_of(tensor: str) -> str:
    """W_Q, W_1, .. of a tensor."""
    for end, symbol in SYMBOLS.items():
        if tensor.endswith(end):
            return symbol
    part = tensor.split(".")[2]
    return "b_2" if tensor.endswith("bias") else OUTPUTS[part]


def labels_of(plan: Plan, m: Matrix) -> tuple[list[Label], list[Label]]:
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
        units = gate_node(plan, gate).network(plan.circuit.signals).units
        found += [Label(gate, UNITS, i) for i in range(len(units))]
    cleared: Counter[str] = Counter()
    for dimension, _ in block.clears:
        signal = before[dimension].group
        found.append(Label(f"clear {signal}", UNITS, cleared[signal], clears=True))
        cleared[signal] += 1
    return found or [Label("idle", UNITS, 0)]


def _residual(plan: Plan, time: int) -> list[Label]:
    return [Label("", *component_at(plan, dimension, time)) for dimension in range(plan.layout.width)]


def _last(plan: Plan) -> list[Label]:
    return _residual(plan, 2 * len(plan.layout.blocks) - 1)
