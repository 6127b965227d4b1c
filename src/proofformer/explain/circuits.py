"""A circuit in Markdown: heads as priority lists with the weights derived from them, gates, scores as formulas."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from proofformer.circuit import Gate, Head, Restore, Signal
from proofformer.explain.describe import TOKENS, Priority, block_of, level_rules, priorities, short, span
from proofformer.explain.patterns import indexed
from proofformer.planner import Plan


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[str] = ()) -> list[str]:
    """A Markdown table, one line each; columns named in `right` are flush right."""
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join('--:' if h in right else '---' for h in head)}|"]
    return [*lines, *(f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |" for row in rows)]


def steps(plan: Plan, math: bool) -> Iterator[str]:
    """The circuit in order: what each head prefers and fetches, what the gates between make of it."""
    gates: list[str] = []
    for node in plan.circuit.nodes:
        if isinstance(node, Gate):
            gates.append(_gate(node, plan.circuit.signals[node.name]))
            continue
        yield from _gates(gates)
        gates = []
        yield from _head(plan, node, math)
    yield from _gates(gates)
    fields = ", ".join(f"`{out.field}` = `{out.signal}`" for out in plan.circuit.outputs)
    yield f"Answer: {fields}."


def _gate(gate: Gate, output: Signal) -> str:
    inputs = ", ".join(f"`{name}`" for name in gate.inputs)
    flag = " and set to 0 where the second is 0" if isinstance(gate, Restore) and len(gate.inputs) == 2 else ""
    return f"* `{gate.name}`: {inputs} {gate.does or gate.op}{flag}, {output.lo:,}..{output.hi:,}"


def _gates(gates: list[str]) -> Iterator[str]:
    if gates:
        yield from (*gates, "")


def _head(plan: Plan, node: object, math: bool) -> Iterator[str]:
    if not isinstance(node, Head):
        raise TypeError(f"{type(node).__name__} in a lowered circuit")
    numbers = plan.head(node.name)
    yield f"**Head `{node.name}`**, block {block_of(plan, node.name)}, at {TOKENS[node.at]}, b = {numbers.b}:"
    yield ""
    prefers, rules = priorities(plan, node.name), weight_rules(plan, node.name)
    rows = []
    for rank, (p, rule) in enumerate(zip(prefers, rules, strict=True), 1):
        weight = short(p.weight) if p.symbol == "1" else f"{p.symbol} = {rule} = {short(p.weight)}"
        rows.append((str(rank), p.label, f"{p.lo:,}..{p.hi:,}", weight))
    yield from table(("", "prefers", "range", "weight"), rows, right=("range", "weight"))
    yield ""
    yield formula(prefers, math)
    yield ""
    reads = [f"`{r.signal}`[{span(r.start, r.stop)}] into `{r.output}`" for r in node.reads]
    yield f"It fetches {', '.join(reads)}."
    yield ""


def weight_rules(plan: Plan, head: str) -> list[str]:
    """For each entry what its weight is made of: the range of all below with the gap, by the step, rounded up."""
    prefers, found = priorities(plan, head), []
    for rule in level_rules(plan, head):
        ranges = Counter[str]()
        for p in prefers[rule.stop :]:
            ranges[p.symbol] += p.hi - p.lo
        parts = [f"{r:,}" if symbol == "1" else f"{r:,} {symbol}" for symbol, r in ranges.items() if r]
        needed = " + ".join([*parts, str(rule.gap)])
        if rule.step > 1:
            needed = f"({needed}) / {rule.step}"
        exact = prefers[rule.start].weight * rule.step == rule.below + rule.gap
        found += [needed if exact else f"up({needed})"] * (rule.stop - rule.start)
    return found


def formula(prefers: Sequence[Priority], math: bool) -> str:
    """score = b (V .. + R .. + ..), for GitHub's math or as text."""
    parts = []
    for p in prefers:
        name = rf"[\mathrm{{{_escaped(p.label)}}}]" if math else f"[{p.label}]"
        symbol = rf"{indexed(p.symbol)}\," if math else f"{p.symbol} "
        parts.append(name if p.symbol == "1" else symbol + name)
    if math:
        return rf"$$\mathrm{{score}} = b\,\bigl({' + '.join(parts)}\bigr)$$"
    return f"    score = b ({' + '.join(parts)})"


def _escaped(label: str) -> str:
    return label.replace("_", r"\_").replace(" ", r"\ ")
