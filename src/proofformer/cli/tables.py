"""The tables that `inspect` and `certify --map` print."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from proofformer.explain.describe import (
    TOKENS,
    block_of,
    call,
    named_dimensions,
    priorities,
    short,
    span,
    time_name,
)
from proofformer.limits import CHECKED, Limit
from proofformer.planner import Plan

TICKED = {CHECKED: "checked ✓"}
SEARCHED = "nothing: the search ended there"


def blocks(plan: Plan) -> Group:
    """What each block computes, in order."""
    table = _table("block", "at", "heads", "gates", "sets to zero (dimensions)", right=("block",))
    for k, block in enumerate(plan.layout.blocks):
        gates = [f"{name} = {call(plan.circuit.gates[name])}" for name in block.gates]
        cleared = named_dimensions(plan, (dimension for dimension, _ in block.clears), 2 * k + 1)
        table.add_row(str(k), TOKENS[block.at], "\n".join(block.heads), "\n".join(gates), "\n".join(cleared))
    return _titled("blocks", table)


def head(plan: Plan, name: str) -> Group:
    """A head as its list of priorities, and what it fetches."""
    node, numbers = plan.circuit.heads[name], plan.head(name)
    title = (
        f"head {name}: block {block_of(plan, name)}, {TOKENS[node.at]}, b = {numbers.b} (in W_Q), "
        f"leak {short(numbers.leak)}, slack {short(numbers.bounds.slack)}"
    )
    table = _table("", "prefers", "range", "weight", "symbol", "weight is in", right=("", "range", "weight"))
    for e, p in enumerate(priorities(plan, name)):
        side = "W_Q" if numbers.on_query[e] else "W_K"
        table.add_row(str(e + 1), p.label, f"{p.lo}..{p.hi}", short(p.weight), p.symbol, side)
    reads = Table.grid(padding=(0, 1))
    for r in node.reads:
        target = plan.layout.slice_of(r.output)
        source = f"{r.signal}[{span(r.start, r.stop)}]"
        reads.add_row("reads", source, "into", r.output, f"(dimensions {span(target.start, target.stop)})")
    return _titled(title, table, reads)


def obligations(plan: Plan, head_name: str | None) -> Group:
    """Everything that had to hold, with its numbers."""
    table = _table("about", "statement", "value", "", "limit", right=("value",))
    for o in plan.obligations:
        if head_name is None or (o.owner.kind, o.owner.name) == ("head", head_name):
            table.add_row(str(o.owner), o.statement, short(o.value), "<=" if o.holds else ">", short(o.limit))
    return _titled("obligations", table)


def slices(plan: Plan) -> Group:
    """Where each signal lives in the residual stream, and from when to when."""
    table = _table("dimensions", "signal", "range", "born", "died", right=("dimensions", "range"))
    for s in sorted(plan.layout.slices, key=lambda s: (s.born, s.start)):
        signal = plan.circuit.signals[s.signal]
        numbers = "noisy" if signal.noisy else f"{signal.lo}..{signal.hi}"
        table.add_row(span(s.start, s.stop), s.signal, numbers, time_name(plan, s.born), time_name(plan, s.died))
    return _titled(f"residual stream, {plan.layout.width} dimensions", table)


def limits(title: str, rows: Iterable[tuple[str, str, str, Limit]]) -> Group:
    """How far a question goes: for each dtype, at which size, the largest of which other size, and what ends it."""
    table = _table("dtype", "at", "largest", "is", "what the next would break")
    for dtype, at, of, limit in rows:
        largest = f"no {of}" if limit.size is None else f"{of} = {limit.size:,}"
        claim = "-" if limit.claim is None else TICKED.get(limit.claim, limit.claim)
        table.add_row(dtype, at, largest, claim, SEARCHED if limit.ends is None else limit.ends.refusal)
    return _titled(title, table)


def _table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left")
    return table


def _titled(title: str, *parts: Table) -> Group:
    return Group(Text(title, style="bold"), *parts, Text())
