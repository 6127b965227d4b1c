"""What the rows and columns of the weights stand for, and what people call the matrices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

from proofformer.circuit import Gate, Head, Visible, as_term
from proofformer.explain.describe import component_at, gate_node, head_node
from proofformer.planner.layout import inputs_of
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
            found |= {as_term(e).label: family(of(e.flag)) for e in node.order if isinstance(e, Visible)}
    return found | {cleared(name): family("clear", of(name)) for name in found}


def cleared(signal: str) -> str:
    """What is told of the units that set a signal's dimensions to zero."""
    return f"clear {signal}"


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
    count: Counter[str] = Counter()
    for dimension, _ in block.clears:
        signal = before[dimension].group
        found.append(Label(cleared(signal), UNITS, count[signal], clears=True))
        count[signal] += 1
    return found or [Label("idle", UNITS, 0)]


def _residual(plan: Plan, time: int) -> list[Label]:
    return [Label("", *component_at(plan, dimension, time)) for dimension in range(plan.layout.width)]


def _last(plan: Plan) -> list[Label]:
    return _residual(plan, 2 * len(plan.layout.blocks) - 1)
