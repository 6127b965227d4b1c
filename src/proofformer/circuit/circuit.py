"""The circuit: inputs, nodes in order, outputs; immutable, checked when made, and stored as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from proofformer.circuit.check import Scope, check_head, check_inputs, check_select
from proofformer.circuit.gates import Gate, Op, typed
from proofformer.circuit.nodes import Head, Select
from proofformer.circuit.signals import EVERY_KIND, At, Signal
from proofformer.errors import ProofError

Node = Head | Select | Gate


@dataclass(frozen=True)
class Output:
    """An answer field: the bits of `signal` on the READ token, least significant first, after those of the output
    before it if that has the same field."""

    field: str
    signal: str


@dataclass(frozen=True)
class Circuit:
    """What a theorem builds. Making one runs every typing rule and raises `ProofError` at the first violation."""

    name: str
    inputs: tuple[Signal, ...]
    nodes: tuple[Node, ...]
    outputs: tuple[Output, ...]

    def __post_init__(self) -> None:
        _ = self.scope

    @cached_property
    def scope(self) -> Scope:
        """Every signal of the circuit, with the heads and the origins of restored bits."""
        scope = Scope()
        for s in self.inputs:
            scope.declare("inputs", s)
        check_inputs(scope.signals)
        for node in self.nodes:
            add_node(scope, node)
        fields = [out.field for out in self.outputs]
        if not fields or len([field for field, _ in groupby(fields)]) != len(set(fields)):
            raise ProofError(f"circuit {self.name!r} needs an answer, and each of its fields in one place")
        for out in self.outputs:
            answer = scope.signals.get(out.signal)
            if answer is None or answer.noisy or not answer.is_bits:
                raise ProofError(f"output {out.field!r} is {out.signal!r}; an answer is made of exact bits")
        return scope

    @property
    def signals(self) -> Mapping[str, Signal]:
        return self.scope.signals

    @property
    def fields(self) -> Mapping[str, int]:
        """The answer's fields in order, with the number of bits of each."""
        widths: dict[str, int] = {}
        for out in self.outputs:
            widths[out.field] = widths.get(out.field, 0) + self.signals[out.signal].width
        return widths

    @property
    def inclusive(self) -> bool:
        """Whether a token sees itself, not only the tokens before it (`inclusive` makes such circuits)."""
        return self.scope.inclusive

    @property
    def is_lowered(self) -> bool:
        return not any(isinstance(node, Select) for node in self.nodes)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "inputs": [s.to_json() for s in self.inputs],
            "nodes": [node.to_json() for node in self.nodes],
            "outputs": [[out.field, out.signal] for out in self.outputs],
        }


def add_node(scope: Scope, node: Node) -> None:
    """Check one node against what came before it, and declare the signals it makes."""
    if isinstance(node, Gate):
        _add_gate(scope, node)
    elif isinstance(node, Head):
        check_head(node, scope)
        if node.name in scope.heads:
            raise ProofError(f"two heads are called {node.name!r}")
        scope.heads[node.name] = node
        for r in node.reads:
            scope.declare(node.name, Signal(r.output, r.stop - r.start, 0, 1, noisy=True, at=node.at))
    else:
        check_select(node, scope)
        for r in node.reads:
            scope.declare(node.name, Signal(r.output, r.stop - r.start, 0, 1, at=node.at))
        if node.by is None and node.at is At.EVERY:
            raise ProofError(f"select {node.name!r} at every token needs the flag of the tokens that ask")
        support = scope.signals[node.by].support if node.by else EVERY_KIND
        scope.declare(node.name, Signal(node.found, 1, 0, 1, at=node.at, support=support))


def _add_gate(scope: Scope, gate: Gate) -> None:
    missing = [name for name in gate.inputs if name not in scope.signals]
    if missing:
        raise ProofError(f"gate {gate.name!r} takes {missing[0]!r}, which no node before it makes")
    inputs = [scope.signals[name] for name in gate.inputs]
    expected = typed(gate.op, gate.name, inputs, gate.output.at, gate.table, gate.form, gate.lo)
    if expected != gate:
        raise ProofError(f"gate {gate.name!r} declares {gate.output}, but its inputs give {expected.output}")
    scope.declare(gate.name, gate.output)
    if gate.op is Op.RESTORE and len(gate.inputs) == 1:
        for head in scope.heads.values():
            for r in head.reads:
                if r.output == gate.inputs[0]:
                    scope.origins[gate.name] = (head.name, r)
