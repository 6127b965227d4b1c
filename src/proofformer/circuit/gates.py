"""Gates: one hidden ReLU layer each, exact on a stated finite domain (docs/theory.md, section 3).

A gate has a meaning (`evaluate`, used by the interpreter) and a network (`network`, used by the planner). The tests
compare the two on the whole domain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from proofformer.circuit.signals import EVERY_KIND, At, Part, Row, Signal
from proofformer.errors import ProofError


class Op(StrEnum):
    """`restore(y[, v])`: noisy bits to bits, ANDed with a bit v. The others take exact signals only."""

    RESTORE = "restore"
    COUNT_AND = "count_and"
    COUNT_XOR = "count_xor"
    LOOKUP = "lookup"
    MAXIMUM = "maximum"


@dataclass(frozen=True)
class Gate:
    """`output = op(inputs)`. `table[x - lo]` is the value of a lookup at x, one tuple of `output.width` integers."""

    op: Op
    inputs: tuple[str, ...]
    output: Signal
    table: tuple[tuple[int, ...], ...] = ()

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
        }


def gate_from_json(data: Mapping[str, Any]) -> Gate:
    table = tuple(tuple(row) for row in data["table"])
    return Gate(Op(data["op"]), tuple(data["inputs"]), Signal.from_json(data["output"]), table)


@dataclass(frozen=True)
class Unit:
    """A hidden unit `relu(form)` and what it adds to the output: pairs (component, coefficient)."""

    form: Row
    out: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Network:
    """`output = constant + sum of unit.out * relu(unit.form)`."""

    units: tuple[Unit, ...]
    constant: tuple[int, ...]

    def apply(self, value: Mapping[tuple[str, int], Fraction | int]) -> tuple[Fraction | int, ...]:
        """The network in exact arithmetic, for the values of the input components."""
        out: list[Fraction | int] = list(self.constant)
        for unit in self.units:
            z = unit.form.constant + sum(p.coefficient * value[p.signal, p.component] for p in unit.form.parts)
            for component, coefficient in unit.out:
                out[component] += coefficient * max(z, 0)
        return tuple(out)


def typed(op: Op, name: str, inputs: Sequence[Signal], at: At, table: tuple[tuple[int, ...], ...] = ()) -> Gate:
    """The gate with its output's width, range, place and support derived from its inputs."""
    _check_inputs(op, name, inputs, at, table)
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
            values = [v for row in table for v in row]
            zero = inputs[0].lo <= 0 <= inputs[0].hi and not any(table[-inputs[0].lo])
            kept = support if zero else EVERY_KIND
            out = Signal(name, len(table[0]), min(values), max(values), False, at, kept)
        case Op.MAXIMUM:
            lo, hi = max(s.lo for s in inputs), max(s.hi for s in inputs)
            out = Signal(name, inputs[0].width, lo, hi, False, at, support | inputs[1].support)
    return Gate(op, names, out, table)


def _check_inputs(op: Op, name: str, inputs: Sequence[Signal], at: At, table: tuple[tuple[int, ...], ...]) -> None:
    def fail(why: str) -> None:
        raise ProofError(f"gate {name!r} ({op.value}): {why}")

    arity = {Op.RESTORE: (1, 2), Op.LOOKUP: (1, 1)}.get(op, (2, 2))
    if not arity[0] <= len(inputs) <= arity[1]:
        fail(f"takes {arity[1]} signals, got {len(inputs)}")
    for s in inputs:
        if at is At.EVERY and s.at is At.READ:
            fail(f"{s.name!r} exists on the READ token only")
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
    if rest and rest[0].width != first.width:
        fail(f"widths {first.width} and {rest[0].width} differ")
    if op is Op.LOOKUP:
        if first.width != 1:
            fail(f"looks up one number, but {first.name!r} has width {first.width}")
        if len(table) != first.hi - first.lo + 1 or len({len(row) for row in table}) != 1 or not table[0]:
            fail(f"needs one row of equal width for each of {first.lo}..{first.hi}, got {len(table)} rows")


def evaluate(gate: Gate, inputs: Sequence[tuple[Fraction | int, ...]], lo: int) -> tuple[Fraction | int, ...]:
    """The gate's meaning on exact numbers; `lo` is the least value of the first input (a lookup's first row).

    Raises `ProofError` when a restored number is not within the restore gate's domain.
    """
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
            return gate.table[int(first[0]) - lo]
        case Op.MAXIMUM:
            return tuple(max(a, b) for a, b in zip(first, inputs[1], strict=True))


def _restore(name: str, y: Fraction | int) -> int:
    if y <= Fraction(1, 2):
        return 0
    if Fraction(3, 4) <= y <= Fraction(5, 4):
        return 1
    raise ProofError(f"gate {name!r} got {y}: neither at most 1/2 nor within 3/4..5/4, so it is no bit")


def network(gate: Gate, signals: Mapping[str, Signal]) -> Network:
    """The one hidden layer that computes the gate."""
    match gate.op:
        case Op.RESTORE:
            return _restore_network(gate, signals)
        case Op.COUNT_AND:
            a, b = gate.inputs
            rows = (Row(-1, (Part(a, i, 1), Part(b, i, 1))) for i in range(signals[a].width))
            return Network(tuple(Unit(row, ((0, 1),)) for row in rows), (0,))
        case Op.COUNT_XOR:
            a, b = gate.inputs
            rows = (Row(0, (Part(a, i, sign), Part(b, i, -sign))) for i in range(signals[a].width) for sign in (1, -1))
            return Network(tuple(Unit(row, ((0, 1),)) for row in rows), (0,))
        case Op.LOOKUP:
            return _lookup_network(gate, signals[gate.inputs[0]])
        case Op.MAXIMUM:
            return _maximum_network(gate, signals[gate.inputs[1]])


def _restore_network(gate: Gate, signals: Mapping[str, Signal]) -> Network:
    """`bit(y) = relu(4y-2) - relu(4y-3)`; with a bit v, `bit(y) - bit(y-v)`.

    Nothing here needs two sums to be rounded alike, which linear layers do not promise: 4y-2 and 4y-3 are exact where
    they matter, and with v = 1 both units of `bit(y-v)` are below zero by 1 or more, however they are rounded.
    """
    y = gate.inputs[0]
    units = []
    for i in range(gate.output.width):
        rows: list[tuple[Part, ...]] = [(Part(y, i, 4),)]
        if len(gate.inputs) == 2:
            v = signals[gate.inputs[1]]
            rows.append((Part(y, i, 4), Part(v.name, i if v.width > 1 else 0, -4)))
        for parts, sign in zip(rows, (1, -1), strict=False):
            units += [Unit(Row(-2, parts), ((i, sign),)), Unit(Row(-3, parts), ((i, -sign),))]
    return Network(tuple(units), (0,) * gate.output.width)


def _lookup_network(gate: Gate, x: Signal) -> Network:
    """The piecewise linear interpolation of the table: the slope changes by `c_k` at `x = k`."""
    units = []
    slope = (0,) * gate.output.width
    for i in range(len(gate.table) - 1):
        step = tuple(b - a for a, b in zip(gate.table[i], gate.table[i + 1], strict=True))
        out = tuple((j, new - old) for j, (new, old) in enumerate(zip(step, slope, strict=True)) if new != old)
        if out:
            units.append(Unit(Row(-(x.lo + i), (Part(x.name, 0, 1),)), out))
        slope = step
    return Network(tuple(units), gate.table[0])


def _maximum_network(gate: Gate, b: Signal) -> Network:
    """`max(a, b) = lo + relu(b - lo) + relu(a - b)`."""
    a = gate.inputs[0]
    units = []
    for i in range(gate.output.width):
        units.append(Unit(Row(-b.lo, (Part(b.name, i, 1),)), ((i, 1),)))
        units.append(Unit(Row(0, (Part(a, i, 1), Part(b.name, i, -1))), ((i, 1),)))
    return Network(tuple(units), (b.lo,) * gate.output.width)
