"""The plan: a lowered circuit with every number it needs, for one dtype and one largest n."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from proofformer.circuit.check import Scope
from proofformer.circuit.circuit import Circuit
from proofformer.circuit.gates import Gate, Restore
from proofformer.circuit.lower import lower_select, split_index
from proofformer.circuit.nodes import PLACE, Head, Select
from proofformer.circuit.own_gates import check_own
from proofformer.errors import ProofError
from proofformer.planner.bounds import most_keys, read_bounds
from proofformer.planner.dtypes import DType
from proofformer.planner.heads import HeadPlan, head_obligations, keys_seen, plan_head
from proofformer.planner.layout import Layout, lay_out
from proofformer.planner.rules import GATE_SUMS, HIDDEN_NUMBERS, INDEX_FITS, WEIGHTS, WEIGHTS_FINITE, Obligation, Owner

Digits = tuple[tuple[int, int], ...]
"""Bits start..stop of an index, for each round of a select, the most significant first."""


@dataclass(frozen=True)
class Plan:
    """Circuit + numbers: everything from which the weights follow.

    `digits` gives, for each select, the index bits of each of its rounds.
    """

    dtype: DType
    max_n: int
    circuit: Circuit
    digits: tuple[tuple[str, Digits], ...]
    heads: tuple[HeadPlan, ...]
    layout: Layout
    obligations: tuple[Obligation, ...]

    def head(self, name: str) -> HeadPlan:
        return next(h for h in self.heads if h.name == name)

    @property
    def keys(self) -> int:
        """The most keys that a token sees."""
        return keys_seen(self.circuit.scope, self.max_n)

    @cached_property
    def max_n_truncating(self) -> int:
        """The most documents, up to max_n, where numbers are truncated instead of rounded to nearest."""
        fewest = min((most_keys(h.leak, self.keys, self.dtype, truncating=True) for h in self.heads), default=self.keys)
        return max(0, fewest - (self.keys - self.max_n))

    @property
    def rounds(self) -> int:
        """The most rounds any select takes (1 when there is none)."""
        return max((len(d) for _, d in self.digits), default=1)

    @property
    def depth(self) -> tuple[int, int]:
        """Blocks with attention, and all blocks."""
        return sum(bool(b.heads) for b in self.layout.blocks), len(self.layout.blocks)

    def to_json(self) -> dict[str, Any]:
        return {
            "dtype": self.dtype.name,
            "max_n": self.max_n,
            "circuit": self.circuit.to_json(),
            "digits": {name: [list(d) for d in digits] for name, digits in self.digits},
            "heads": [h.to_json() for h in self.heads],
            "layout": self.layout.to_json(),
            "obligations": [o.to_json() for o in self.obligations],
        }


def make_plan(circuit: Circuit, *, max_n: int, dtype: DType) -> Plan:
    """The plan with the fewest rounds. Raises `Unmet` with the obligation that no choice meets."""
    width = circuit.signals[PLACE].width
    owner = Owner("circuit", circuit.name)
    Obligation(INDEX_FITS, owner, max_n - 1, (1 << width) - 1, {"bits": width}).require()
    scope = Scope.of(circuit.inputs)
    heads: list[HeadPlan] = []
    digits: list[tuple[str, Digits]] = []
    for node in circuit.nodes:
        if isinstance(node, Select):
            split, scope, planned = _fewest_rounds(node, scope, max_n, dtype)
            digits.append((node.name, split))
            heads += planned
            continue
        scope.add(node)
        if isinstance(node, Head):
            heads.append(plan_head(node, scope, max_n, dtype))
    lowered = Circuit.of(circuit.name, scope, circuit.outputs)
    for gate in lowered.gates.values():
        check_own(gate, lowered.signals)
    obligations = [o for h in heads for o in head_obligations(h, max_n, dtype)]
    obligations += [
        o.require() for n in scope.nodes if isinstance(n, Gate) for o in gate_obligations(n, lowered, dtype)
    ]
    return Plan(dtype, max_n, lowered, tuple(digits), tuple(heads), lay_out(lowered), tuple(obligations))


def _fewest_rounds(node: Select, scope: Scope, max_n: int, dtype: DType) -> tuple[Digits, Scope, list[HeadPlan]]:
    """The digits of a select with the fewest rounds that can be planned, the scope with its nodes, and its heads."""
    width = scope.signals[PLACE].width
    without_leak = read_bounds(Fraction(0), keys_seen(scope, max_n), dtype)
    # Where even a head that leaks nothing could be misread, one try says why as well as all of them.
    hopeless = without_leak is None or without_leak.slack < 0
    for rounds in range(width if hopeless else 1, width + 1):
        split = split_index(width, rounds)
        trial = scope.fork()
        lower_select(node, split, trial)
        new = [n for n in trial.nodes[len(scope.nodes) :] if isinstance(n, Head)]
        try:
            return split, trial, [plan_head(head, trial, max_n, dtype) for head in new]
        except ProofError:
            if rounds == width:
                raise
    raise ProofError(f"select {node.name!r} has an index of {width} bits")


def odd_part(number: int) -> int:
    """Without its factors of two; 0 for 0."""
    return number // (number & -number) if number else 0


def gate_obligations(gate: Gate, circuit: Circuit, dtype: DType) -> list[Obligation]:
    """Every number of an exact gate is exact when stored, and every partial sum in the accumulator.

    For a restore there is nothing to check: it is exact for every float in its domain (docs/theory.md, section 3).
    """
    if isinstance(gate, Restore):
        return []
    who, given = Owner("gate", gate.name), {"dtype": dtype.name}
    net, output = gate.network(circuit.signals), circuit.signals[gate.name]
    sizes = [max(0, u.form.bounds(circuit.signals)[1]) for u in net.units]
    inside = max((u.form.magnitude(circuit.signals) for u in net.units), default=0)
    sums = [abs(c) for c in net.constant]
    for unit, size in zip(net.units, sizes, strict=True):
        for component, coefficient in unit.out:
            sums[component] += abs(coefficient) * size
    sums += [u.form.partial_sums(circuit.signals) for u in net.units]
    out = max(abs(output.lo), abs(output.hi))
    stored = [n for u in net.units for n in u.form.stored_numbers()]
    stored += [abs(n) for n in (*net.constant, *(c for u in net.units for _, c in u.out))]
    return [
        Obligation(HIDDEN_NUMBERS, who, max(inside, out), dtype.integers, given),
        Obligation(GATE_SUMS, who, max(sums), dtype.sums - 1, given),
        Obligation(WEIGHTS, who, max(map(odd_part, stored)), dtype.integers, given),
        Obligation(WEIGHTS_FINITE, who, max(stored).bit_length(), dtype.width, given),
    ]
