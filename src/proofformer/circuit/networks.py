"""One hidden layer of ReLUs as data: what a gate is compiled to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from proofformer.circuit.signals import Row


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
