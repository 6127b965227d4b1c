"""Gates of affine forms: a table looked up at a number, and the positive part of a sum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from proofformer.circuit.gates import Gate, Signals, Table, Type, Vector
from proofformer.circuit.networks import Network, Unit
from proofformer.circuit.signals import EVERY_KIND, Form, Role, Row, Signal, form_range, form_to_json, renamed


@dataclass(frozen=True)
class _OfForm(Gate):
    """Of a vector of rows, whose signals are the inputs in the order in which they occur."""

    inputs: tuple[str, ...] = field(init=False)
    form: Form

    def __post_init__(self) -> None:
        object.__setattr__(self, "inputs", tuple(dict.fromkeys(p.signal for row in self.form for p in row.parts)))

    def taking(self, names: Callable[[str], str]) -> Gate:
        return replace(self, form=renamed(self.form, names))

    def to_json(self, signals: Signals) -> dict[str, Any]:
        return {**super().to_json(signals), "form": form_to_json(self.form)}

    def _range(self, inputs: Sequence[Signal]) -> tuple[int, int]:
        """The least and the largest value of any row, if they are forms of such inputs."""
        self._exact(inputs)
        if not inputs:
            self._fail("takes a form of signals, but its form is of none")
        signals = {s.name: s for s in inputs}
        for p in (p for row in self.form for p in row.parts):
            if not 0 <= p.component < signals[p.signal].width:
                self._fail(f"{p.signal!r} has width {signals[p.signal].width}, so no component {p.component}")
        return form_range(self.form, signals)

    def _values(self, values: Sequence[Vector]) -> list[int]:
        """The values of the rows, whose signals are exact."""
        of = dict(zip(self.inputs, values, strict=True))
        return [row.value(lambda signal, component: int(of[signal][component])) for row in self.form]


@dataclass(frozen=True)
class Lookup(_OfForm):
    """Any function of a number: the sum, over the rows of the form, of what the table says at the row's value.

    `table[x - lo]` is what it says at x, one tuple of whole numbers; below and beyond, what it says at its ends.
    """

    op, does = "lookup", "looked up in a table"
    lemmas = ("lookup-of-five-values", "lookup-of-one-value-more")

    table: Table
    lo: int

    def to_json(self, signals: Signals) -> dict[str, Any]:
        return {**super().to_json(signals), "table": [list(row) for row in self.table], "lo": self.lo}

    def _type(self, inputs: Sequence[Signal]) -> Type:
        low, high = self._range(inputs)
        needs = f"needs one row of equal width for each of {low}..{high}"
        if not self.table or len({len(row) for row in self.table}) != 1 or not self.table[0]:
            self._fail(needs)
        if self.lo < low or self.lo + len(self.table) - 1 > high:
            self._fail(f"{needs}, or for some of these in a row, got {len(self.table)} rows from {self.lo}")
        numbers = [number for row in self.table for number in row]
        # What the gate says on tokens that have none of its signals, if that is in its domain.
        resting = zip(*(self._at(row.constant) for row in self.form), strict=True)
        at_rest = all(low <= row.constant <= high for row in self.form) and not any(map(sum, resting))
        rows = len(self.form)
        support = _supports(inputs) if at_rest else EVERY_KIND
        return len(self.table[0]), rows * min(numbers), rows * max(numbers), support

    def _at(self, x: int) -> tuple[int, ...]:
        return self.table[min(max(x - self.lo, 0), len(self.table) - 1)]

    def meaning(self, values: Sequence[Vector]) -> Vector:
        return tuple(map(sum, zip(*map(self._at, self._values(values)), strict=True)))

    def network(self, signals: Signals) -> Network:
        """For each row the piecewise linear interpolation of the table: the slope changes by `c_k` at `x = k`."""
        import numpy as np

        # Python's numbers, which have no largest.
        slopes = np.diff(np.array(self.table, object), axis=0)
        ends = [slopes, slopes[:1] * 0] if form_range(self.form, signals)[1] >= self.lo + len(self.table) else [slopes]
        bends = np.diff(np.concatenate(ends), axis=0, prepend=0)
        units = []
        for i in map(int, np.flatnonzero(bends.any(axis=1))):
            out = tuple((j, bend) for j, bend in enumerate(bends[i]) if bend)
            units += [Unit(Row(row.constant - self.lo - i, row.parts), out) for row in self.form]
        return Network(tuple(units), tuple(len(self.form) * v for v in self.table[0]))


class Relu(_OfForm):
    """`max(row, 0)` for each row of the form."""

    op, does = "relu", "the positive part of a sum"
    lemmas = ("relu-of-a-number-and-a-bit",)

    def _type(self, inputs: Sequence[Signal]) -> Type:
        low, high = self._range(inputs)
        support = _supports(inputs) if all(row.constant <= 0 for row in self.form) else EVERY_KIND
        return len(self.form), max(0, low), max(0, high), support

    def meaning(self, values: Sequence[Vector]) -> Vector:
        return tuple(max(x, 0) for x in self._values(values))

    def network(self, signals: Signals) -> Network:
        return Network(tuple(Unit(row, ((i, 1),)) for i, row in enumerate(self.form)), (0,) * len(self.form))


def _supports(inputs: Sequence[Signal]) -> frozenset[Role]:
    return frozenset().union(*(s.support for s in inputs))
