"""The circuit: inputs, nodes in order, outputs; immutable, checked when made, and stored as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, field
from itertools import groupby
from typing import Any

from proofformer.circuit.check import Node, Scope
from proofformer.circuit.gates import Gate
from proofformer.circuit.nodes import Head
from proofformer.circuit.signals import Signal
from proofformer.errors import ProofError


@dataclass(frozen=True)
class Output:
    """An answer field: the bits of `signal` on the READ token, least significant first, after those of the output
    before it if that has the same field."""

    field: str
    signal: str


@dataclass(frozen=True)
class Circuit:
    """What a theorem builds. Making one runs every typing rule and raises `ProofError` at the first violation.

    `checked` is the scope that the nodes were added to, when they were: then they are not checked again.
    """

    name: str
    inputs: tuple[Signal, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]
    scope: Scope = field(init=False, compare=False, repr=False)
    checked: InitVar[Scope | None] = None

    @staticmethod
    def of(name: str, scope: Scope, outputs: Iterable[Output]) -> Circuit:
        """The circuit of the nodes in a scope, to which no more will be added."""
        return Circuit(name, scope.inputs, tuple(scope.nodes), tuple(outputs), scope)

    def __post_init__(self, checked: Scope | None) -> None:
        scope = checked or Scope.of(self.inputs, self.nodes)
        object.__setattr__(self, "scope", scope)
        fields = [out.field for out in self.outputs]
        if not fields or len([field for field, _ in groupby(fields)]) != len(set(fields)):
            raise ProofError(f"circuit {self.name!r} needs an answer, and each of its fields in one place")
        for out in self.outputs:
            answer = scope.signals.get(out.signal)
            if answer is None or answer.noisy or not answer.is_bits:
                raise ProofError(f"output {out.field!r} is {out.signal!r}; an answer is made of exact bits")

    @property
    def signals(self) -> Mapping[str, Signal]:
        return self.scope.signals

    @property
    def heads(self) -> Mapping[str, Head]:
        """By name."""
        return self.scope.heads

    @property
    def gates(self) -> Mapping[str, Gate]:
        """By name."""
        return {n.name: n for n in self.nodes if isinstance(n, Gate)}

    @property
    def fields(self) -> Mapping[str, int]:
        """The answer's fields in order, with the number of bits of each."""
        widths: dict[str, int] = {}
        for out in self.outputs:
            widths[out.field] = widths.get(out.field, 0) + self.signals[out.signal].width
        return widths

    @property
    def inclusive(self) -> bool:
        """Whether it is for a mask that lets a token attend to itself, not only to those before (`seen.inclusive`)."""
        return self.scope.inclusive

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "inputs": [s.to_json() for s in self.inputs],
            "nodes": [n.to_json(self.signals) if isinstance(n, Gate) else n.to_json() for n in self.nodes],
            "outputs": [[out.field, out.signal] for out in self.outputs],
        }
