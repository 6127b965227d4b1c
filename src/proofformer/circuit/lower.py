"""`select` lowered to heads: one head when the index fits beside the objective, else one head per index digit.

In T rounds, round r settles digit r of the smallest index among the best keys. Its head asks with the same entries
as before, then the prefix found so far, then the digit; everything else is fetched in the last round, where the best
key is unique.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from proofformer.circuit.check import Scope
from proofformer.circuit.circuit import Circuit
from proofformer.circuit.gates import Restore
from proofformer.circuit.nodes import PLACE, Head, Read, Select, Term, Visible
from proofformer.circuit.signals import Form, Part, Row, affine, constants
from proofformer.errors import ProofError


def split_index(width: int, rounds: int) -> tuple[tuple[int, int], ...]:
    """Bit ranges (start, stop) of the index digits, most significant first, as equal as can be."""
    if not 1 <= rounds <= width:
        raise ProofError(f"{rounds} rounds for an index of {width} bits: choose 1 to {width}")
    cuts = [width * r // rounds for r in range(rounds + 1)]
    return tuple(sorted(pairwise(cuts), reverse=True))


def least_digit(start: int, stop: int, place: str = PLACE) -> Term:
    """Prefer the smaller digit: minus the number written in bits `start..stop` of the index, the signal `place`."""
    query = constants(-(1 << i) for i in range(stop - start))
    key = tuple(Row(0, (Part(place, i, 1),)) for i in range(start, stop))
    label = "least index" if start == 0 else f"least index digit, bits {start}..{stop - 1}"
    return Term(label, query, key)


def prefix_of(found: Sequence[tuple[str, int, int]], head: str, place: str = PLACE) -> Term:
    """`<2p - 1, bits>`: best where the index bits equal the restored digits p = (signal, start, stop), .."""
    query: Form = ()
    key: Form = ()
    for signal, start, stop in found:
        query += affine([Part(signal, i, 1) for i in range(stop - start)], scale=2, shift=-1)
        key += tuple(Row(0, (Part(place, i, 1),)) for i in range(start, stop))
    return Term("same index digits as found", query, key, continues=head)


def lower_select(node: Select, digits: Sequence[tuple[int, int]], scope: Scope) -> None:
    """Add the heads and restore gates of one select, for the index digits given (most significant first)."""
    found: list[tuple[str, int, int]] = []
    among = scope.signals[node.among]
    place = among.beside(PLACE)
    for r, (start, stop) in enumerate(digits):
        last = r == len(digits) - 1
        name = node.name if last else f"{node.name}.round{r + 1}"
        order: tuple[Term, ...] = (Visible(node.among, among.seen), *node.order)
        if found:
            order += (prefix_of(found, f"{node.name}.round{r}", place),)
        order += (least_digit(start, stop, place),)
        if last:
            reads = tuple(replace(read, output=f"{read.output}~") for read in node.reads)
            reads += (Read(node.among, 0, 1, f"{node.found}~"),)
        else:
            reads = (Read(place, start, stop, f"{name}.digit~"),)
        scope.add(Head(name, node.at, order, reads))
        if last:
            for read in node.reads:
                scope.add(Restore(read.output, (f"{read.output}~",)))
            scope.add(Restore(node.found, (f"{node.found}~", *([node.by] if node.by else []))))
        else:
            scope.add(Restore(f"{name}.digit", (f"{name}.digit~",)))
            found.append((f"{name}.digit", start, stop))


def lower(circuit: Circuit, rounds: dict[str, int]) -> Circuit:
    """The circuit with every select replaced by heads; `rounds[name]` is the number of rounds of each."""
    scope = Scope.of(circuit.inputs)
    for node in circuit.nodes:
        if isinstance(node, Select):
            lower_select(node, split_index(scope.signals[PLACE].width, rounds[node.name]), scope)
        else:
            scope.add(node)
    return Circuit.of(circuit.name, scope, circuit.outputs)
