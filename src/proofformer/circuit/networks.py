"""The one hidden ReLU layer that computes a gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from proofformer.circuit.gates import Gate, Op, form_range
from proofformer.circuit.signals import Part, Row, Signal


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
            return _lookup_network(gate, signals)
        case Op.RELU:
            return Network(tuple(Unit(row, ((i, 1),)) for i, row in enumerate(gate.form)), (0,) * len(gate.form))
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


def _lookup_network(gate: Gate, signals: Mapping[str, Signal]) -> Network:
    """For each row the piecewise linear interpolation of the table: the slope changes by `c_k` at `x = k`."""
    steps = [tuple(b - a for a, b in zip(x, y, strict=True)) for x, y in pairwise(gate.table)]
    if form_range(gate.form, [signals[s] for s in gate.inputs])[1] >= gate.lo + len(gate.table):
        steps.append((0,) * gate.output.width)
    units = []
    slope = (0,) * gate.output.width
    for i, step in enumerate(steps):
        out = tuple((j, new - old) for j, (new, old) in enumerate(zip(step, slope, strict=True)) if new != old)
        if out:
            units += [Unit(Row(row.constant - gate.lo - i, row.parts), out) for row in gate.form]
        slope = step
    return Network(tuple(units), tuple(len(gate.form) * v for v in gate.table[0]))


def _maximum_network(gate: Gate, b: Signal) -> Network:
    """`max(a, b) = lo + relu(b - lo) + relu(a - b)`."""
    a = gate.inputs[0]
    units = []
    for i in range(gate.output.width):
        units.append(Unit(Row(-b.lo, (Part(b.name, i, 1),)), ((i, 1),)))
        units.append(Unit(Row(0, (Part(a, i, 1), Part(b.name, i, -1))), ((i, 1),)))
    return Network(tuple(units), (b.lo,) * gate.output.width)
