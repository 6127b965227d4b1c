"""Lookups by their rule: what a gate has in its matrices, by its table T, and T in words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from proofformer.circuit import Gate
from proofformer.circuit.form_gates import Lookup
from proofformer.circuit.gates import Vector
from proofformer.explain.patterns import KRONECKER, Written, ones, word

BENDS, KNOTS = word("(c_k)"), word("(-k)^T")
MOST_TOLD = 300
"""Numbers of a table that are spelled."""


def by_rule(gate: Gate | None, symbol: str) -> Written | None:
    """W_2 or b_1 of a lookup by its table; None for anything else."""
    if not isinstance(gate, Lookup):
        return None
    rows = len(gate.form)
    if symbol == "W_2":
        return Written((BENDS, *((KRONECKER, *ones(rows, lying=True)) if rows > 1 else ())))
    if symbol == "b_1" and not any(row.constant for row in gate.form):
        return Written((KNOTS, *((KRONECKER, *ones(rows)) if rows > 1 else ())))
    return None


def legend(gates: Iterable[Lookup], section: str) -> Iterator[str]:
    """What the rule is, and the tables of these gates."""
    yield (
        "`(c_k)`: a lookup of x in a table T has a unit relu(x - k) for each k, less than x can be, at which T bends, "
        "and for it in W_2 the column c_k = T(k+1) - 2 T(k) + T(k-1); beyond its ends T is what it is there "
        f"({section}). With several x it is the sum of what T says of each."
    )
    yield ""
    for gate in gates:
        yield f"* `{gate.name}`: {table_of(gate)}"


def table_of(gate: Lookup) -> str:
    """T as a formula, in numbers, or where its numbers are."""
    table, lo = gate.table, gate.lo
    hi, width = lo + len(table) - 1, len(table[0])
    first = next((lo + k for k, row in enumerate(table) if row[0] == 1), lo)
    rules: tuple[tuple[str, Callable[[int], Vector]], ...] = (
        ("the binary digits of x, lowest first", lambda x: tuple(x >> i & 1 for i in range(width))),
        (f"a 1 at the place of x among {first}..{first + width - 1}", lambda x: _one_hot(x - first, width)),
    )
    of = f"for x = {lo}..{hi}"
    for says, rule in rules:
        if all(rule(lo + k) == row for k, row in enumerate(table)):
            return f"T(x) is {says}, {of}"
    if len(table) * width > MOST_TOLD:
        return f"T(x) has {width} numbers {of}: `proofformer prove .. --json` has them (plan, circuit, nodes)"
    rows = (f"{row[0]}" if width == 1 else f"({', '.join(map(str, row))})" for row in table)
    return f"T(x) is {', '.join(rows)} {of}"


def _one_hot(place: int, width: int) -> Vector:
    return tuple(int(i == place) for i in range(width))
