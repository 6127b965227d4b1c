"""A circuit with one field perturbed: the typing rules refuse it, or it runs as it says.

Which rule is broken, if any, nobody says: a rule that is missing shows as a crash, or as signals that are not what the
interpreter makes of the accepted circuit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from proofformer.circuit import Circuit, Head, Node
from proofformer.circuit.check import Scope
from proofformer.circuit.signals import Role

GHOST = "ghost"
"""A name that nothing has."""
TOLD = {"label", "field"}
"""Strings that are told, and name nothing."""
NEW = {"name", "output", "found"}
"""Names that a node gives: another one is soon refused, and so is drawn seldom."""
Path = tuple[str | int, ...]


class Perturbation:
    """One random change of one field of a circuit, to another value of its kind."""

    def __init__(self, circuit: Circuit, rng: np.random.Generator) -> None:
        self.circuit, self.rng = circuit, rng
        self.sites = [sites(node) for node in circuit.nodes]
        self.names = [GHOST, *circuit.signals]

    def made(self) -> Circuit:
        """Raises `ProofError` for a circuit that is refused."""
        c, part = self.circuit, self.rng.random()
        if part < 0.1:
            return Circuit(c.name, self.inputs(), c.nodes, c.outputs)
        if part < 0.2 or not c.nodes:
            return Circuit(c.name, c.inputs, c.nodes, self.other(c.outputs))
        if part < 0.3:
            return Circuit(c.name, c.inputs, self.several(c.nodes), c.outputs)
        # A prefix is seldom drawn, and its rules are many.
        k = self.pick([k for k, n in enumerate(c.nodes) for _ in range(8 if _continues(n) else 1)])
        before = Scope.of(c.inputs, c.nodes[:k])
        self.names = [GHOST, *before.signals, *before.heads]
        return Circuit(c.name, c.inputs, (*c.nodes[:k], self.changed(k), *c.nodes[k + 1 :]), c.outputs)

    def inputs(self) -> tuple[Any, ...]:
        """Where they stand and how often, or that one is noisy or of READ; the rest of what they say is the world's."""
        inputs = self.circuit.inputs
        if self.chance(0.5):
            return self.several(inputs)
        k, name = self.below(len(inputs)), self.pick(("noisy", "at"))
        changed = replace(inputs[k], **{name: self.other(getattr(inputs[k], name))})
        return (*inputs[:k], changed, *inputs[k + 1 :])

    def changed(self, k: int) -> Any:
        """The node with one field changed, to what such a field is elsewhere or to something near."""
        mine = {name: paths for name, paths in self.sites[k].items() if name not in NEW or self.chance(0.1)}
        name = self.pick(list(mine))
        path = self.pick(mine[name])
        node = self.circuit.nodes[k]
        alike = [o for o, n in enumerate(self.circuit.nodes) if type(n) is type(node) and name in self.sites[o]]
        if self.chance(0.3):
            other = self.pick(alike)
            return put(node, path, at(self.circuit.nodes[other], self.pick(self.sites[other][name])))
        return put(node, path, self.other(at(node, path)))

    def other(self, value: Any) -> Any:
        """Another value, near this one."""
        match value:
            case bool():
                return not value
            case StrEnum():
                return self.pick([v for v in type(value) if v is not value])
            case int():
                return self.pick([v for v in (value + 1, value - 1, -value, 2 * value, 0, 1) if v != value])
            case str() | None:
                return self.pick([name for name in (*self.names, None) if name != value])
            case frozenset():
                return value ^ {self.pick(list(Role))}
            case tuple():
                k = self.below(len(value) + 1)
                if k < len(value) and self.chance(0.3):
                    return (*value[:k], self.other(value[k]), *value[k + 1 :])
                return self.several(value)
        mine = sites(value)
        path = self.pick(mine[self.pick(list(mine))])
        return put(value, path, self.other(at(value, path)))

    def several(self, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """One more, one less, none, or another order."""
        if not values:
            return values
        k = self.below(len(values))
        turned = [values[i] for i in self.rng.permutation(len(values))]
        return tuple(self.pick([(*values, values[k]), (*values[:k], *values[k + 1 :]), (), turned]))

    def pick(self, among: Any) -> Any:
        return among[self.below(len(among))]

    def below(self, stop: int) -> int:
        return int(self.rng.integers(stop))

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)


def sites(value: Any) -> dict[str, list[Path]]:
    """Where the fields of a value are, and those of all that it is made of, by their names."""
    found: dict[str, list[Path]] = {}
    for path in _paths(value):
        if isinstance(path[-1], str):
            found.setdefault(path[-1], []).append(path)
    return found


def _paths(value: Any) -> Iterator[Path]:
    parts: list[tuple[str | int, Any]] = []
    if isinstance(value, tuple):
        parts += enumerate(value)
    elif is_dataclass(value):
        parts += ((f.name, getattr(value, f.name)) for f in fields(value) if f.init and f.name not in TOLD)
    for step, part in parts:
        yield (step,)
        for path in _paths(part):
            yield (step, *path)


def at(value: Any, path: Path) -> Any:
    for step in path:
        value = getattr(value, step) if isinstance(step, str) else value[step]
    return value


def put(value: Any, path: Path, new: Any) -> Any:
    """The value with another one at that place."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        return replace(value, **{step: put(getattr(value, step), rest, new)})
    return (*value[:step], put(value[step], rest, new), *value[step + 1 :])


def _continues(node: Node) -> bool:
    return isinstance(node, Head) and any(term.continues for term in node.order)
