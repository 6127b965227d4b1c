"""Gates: one hidden ReLU layer each, exact on a stated finite domain (docs/theory.md, section 3).

A gate has a meaning (`evaluate`, used by the interpreter) and a network (`networks.network`, used by the planner). The
tests compare the two on the whole domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from proofformer.circuit.signals import EVERY_KIND, At, Form, Kind, Row, Signal, form_to_json, is_seen
from proofformer.errors import ProofError


class Op(StrEnum):
    """`restore(y[, v])`: noisy bits to bits, ANDed with a bit v. The others take exact signals only.

    `lookup` and `relu` take forms of these signals: a lookup is the sum, over the rows of its form, of what one table
    says at the row's value; a relu is `max(row, 0)` for each row.
    """

    RESTORE = "restore"
    COUNT_AND = "count_and"
    COUNT_XOR = "count_xor"
    LOOKUP = "lookup"
    RELU = "relu"
    MAXIMUM = "maximum"


Table = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Gate:
    """`output = op(inputs)`. `table[x - lo]` is the value of a lookup at x, one tuple of `output.width` integers; below
    and beyond the table it is that of its first and its last row.

    `form` is what a lookup or a relu is computed of; the others have none.
    """

    op: Op
    inputs: tuple[str, ...]
    output: Signal
    table: Table = ()
    form: Form = ()
    lo: int = 0

    @property
    def name(self) -> str:
        return self.output.name

    def to_json(self) -> dict[str, Any]:
        return {
            "node": "gate",
            "op": self.op.value,
            "inputs": list(self.inputs),
            "output": self.output.to_json(),
            "table": [list(row) for row in self.table],
            "form": form_to_json(self.form),
            "lo": self.lo,
        }


def typed(
    op: Op, name: str, inputs: Sequence[Signal], at: At, table: Table = (), form: Form = (), lo: int | None = None
) -> Gate:
    """The gate with its output's width, range, place and support derived from its inputs.

    A lookup of one number needs no form. `lo` is where the table begins: where the form's range does, unless given.
    """
    if op is Op.LOOKUP and not form and len(inputs) == 1 and inputs[0].width == 1:
        form = (Row(0, inputs[0][:]),)
    _check_inputs(op, name, inputs, at, form)
    names = tuple(s.name for s in inputs)
    support = inputs[0].support
    match op:
        case Op.RESTORE:
            if len(inputs) == 2:
                support = support & inputs[1].support
            out = Signal(name, inputs[0].width, 0, 1, False, at, support)
        case Op.COUNT_AND:
            out = Signal(name, 1, 0, inputs[0].width, False, at, support & inputs[1].support)
        case Op.COUNT_XOR:
            out = Signal(name, 1, 0, inputs[0].width, False, at, support | inputs[1].support)
        case Op.LOOKUP:
            return _typed_lookup(name, inputs, at, table, form, lo)
        case Op.RELU:
            ranges = [row.bounds({s.name: s for s in inputs}) for row in form]
            low, high = max(0, min(a for a, _ in ranges)), max(0, *(b for _, b in ranges))
            kept = _support(inputs) if all(row.constant <= 0 for row in form) else EVERY_KIND
            out = Signal(name, len(form), low, high, False, at, kept)
        case Op.MAXIMUM:
            low, high = max(s.lo for s in inputs), max(s.hi for s in inputs)
            out = Signal(name, inputs[0].width, low, high, False, at, support | inputs[1].support)
    return Gate(op, names, out, table, form)


def _typed_lookup(name: str, inputs: Sequence[Signal], at: At, table: Table, form: Form, lo: int | None) -> Gate:
    low, high = form_range(form, inputs)
    start = low if lo is None else lo
    if not table or len({len(row) for row in table}) != 1 or not table[0]:
        raise ProofError(f"gate {name!r} (lookup): needs one row of equal width for each of {low}..{high}")
    end = start + len(table) - 1
    if start > high or end < low or (lo is None and end != high):
        raise ProofError(
            f"gate {name!r} (lookup): needs one row of equal width for each of {low}..{high}, got {len(table)} rows "
            f"from {start}"
        )
    reached = table[max(low - start, 0) : high - start + 1]
    start = max(low, start)
    columns = [[row[j] for row in reached] for j in range(len(table[0]))]
    least, most = min(map(min, columns)), max(map(max, columns))
    # What the gate says on tokens that have none of its signals, if that is in its domain.
    resting = [reached[min(max(row.constant - start, 0), len(reached) - 1)] for row in form]
    at_rest = all(low <= row.constant <= high for row in form) and not any(map(sum, zip(*resting, strict=True)))
    kept = _support(inputs) if at_rest else EVERY_KIND
    out = Signal(name, len(columns), len(form) * least, len(form) * most, False, at, kept)
    return Gate(Op.LOOKUP, tuple(s.name for s in inputs), out, reached, form, start)


def form_range(form: Form, inputs: Sequence[Signal]) -> tuple[int, int]:
    """The least and the largest value of any row."""
    ranges = [row.bounds({s.name: s for s in inputs}) for row in form]
    return min(low for low, _ in ranges), max(high for _, high in ranges)


def _support(inputs: Sequence[Signal]) -> frozenset[Kind]:
    return frozenset().union(*(s.support for s in inputs))


def _check_inputs(op: Op, name: str, inputs: Sequence[Signal], at: At, form: Form) -> None:
    def fail(why: str) -> None:
        raise ProofError(f"gate {name!r} ({op.value}): {why}")

    if op in (Op.LOOKUP, Op.RELU):
        _check_form(name, op, inputs, form)
    else:
        arity = (1, 2) if op is Op.RESTORE else (2, 2)
        if not arity[0] <= len(inputs) <= arity[1]:
            fail(f"takes {arity[1]} signals, got {len(inputs)}")
        if form:
            fail("takes signals as they are, not a form of them")
    for s in inputs:
        if at is At.EVERY and s.at is At.READ:
            fail(f"{s.name!r} exists on the READ token only")
        if is_seen(s.name) is not is_seen(name):
            fail(f"{s.name!r} is known to another token than {name!r} describes")
    first, *rest = inputs
    if op is Op.RESTORE:
        if not first.noisy:
            fail(f"{first.name!r} is exact already; only a head's output is restored")
        if any(v.noisy or not v.is_bits or v.width not in (1, first.width) for v in rest):
            fail(f"{rest[0].name!r} is not an exact bit, so it cannot be ANDed")
        return
    for s in inputs:
        if s.noisy:
            fail(f"{s.name!r} is noisy; restore it first")
    if op in (Op.COUNT_AND, Op.COUNT_XOR) and not all(s.is_bits for s in inputs):
        fail("counts bits only")
    if not form and rest[0].width != first.width:
        fail(f"widths {first.width} and {rest[0].width} differ")


def _check_form(name: str, op: Op, inputs: Sequence[Signal], form: Form) -> None:
    widths = {s.name: s.width for s in inputs}
    used = dict.fromkeys(p.signal for row in form for p in row.parts)
    if not inputs or list(used) != list(widths):
        raise ProofError(
            f"gate {name!r} ({op.value}): takes a form of exactly its signals, but its form is of "
            f"{', '.join(used) or 'none'} and its signals are {', '.join(widths) or 'none'}"
        )
    for p in (p for row in form for p in row.parts):
        if not 0 <= p.component < widths[p.signal]:
            raise ProofError(
                f"gate {name!r} ({op.value}): {p.signal!r} has width {widths[p.signal]}, so no component {p.component}"
            )


def evaluate(gate: Gate, inputs: Sequence[tuple[Fraction | int, ...]]) -> tuple[Fraction | int, ...]:
    """The gate's meaning on exact numbers. Raises `ProofError` when one is not within a restore gate's domain."""
    first = inputs[0]
    match gate.op:
        case Op.RESTORE:
            other = inputs[1] if len(inputs) == 2 else (1,)
            both = other * len(first) if len(other) == 1 else other
            return tuple(_restore(gate.name, y) * v for y, v in zip(first, both, strict=True))
        case Op.COUNT_AND:
            return (sum(a * b for a, b in zip(first, inputs[1], strict=True)),)
        case Op.COUNT_XOR:
            return (sum(max(a - b, b - a) for a, b in zip(first, inputs[1], strict=True)),)
        case Op.LOOKUP:
            rows = [gate.table[min(max(x - gate.lo, 0), len(gate.table) - 1)] for x in _rows(gate, inputs)]
            return tuple(map(sum, zip(*rows, strict=True)))
        case Op.RELU:
            return tuple(max(x, 0) for x in _rows(gate, inputs))
        case Op.MAXIMUM:
            return tuple(max(a, b) for a, b in zip(first, inputs[1], strict=True))


def _rows(gate: Gate, inputs: Sequence[tuple[Fraction | int, ...]]) -> list[int]:
    """The values of the gate's form, whose signals are exact."""
    values = dict(zip(gate.inputs, inputs, strict=True))
    return [row.value(lambda signal, component: int(values[signal][component])) for row in gate.form]


def _restore(name: str, y: Fraction | int) -> int:
    if y <= Fraction(1, 2):
        return 0
    if Fraction(3, 4) <= y <= Fraction(5, 4):
        return 1
    raise ProofError(f"gate {name!r} got {y}: neither at most 1/2 nor within 3/4..5/4, so it is no bit")
