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
from proofformer.circuit.circuit import Circuit, Node, add_node
from proofformer.circuit.gates import Gate, Op, typed
from proofformer.circuit.nodes import PLACE, Entry, Head, Read, Select, Term, Visible
from proofformer.circuit.signals import Form, Part, Row, affine, beside, constants
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


def lower_select(node: Select, digits: Sequence[tuple[int, int]], scope: Scope) -> list[Node]:
    """The heads and restore gates of one select, for the index digits given (most significant first)."""
    nodes: list[Node] = []
    local = Scope(dict(scope.signals), dict(scope.heads), dict(scope.origins))

    def emit(new: Node) -> None:
        add_node(local, new)
        nodes.append(new)

    def restore(noisy: str, name: str, flag: str | None = None) -> Gate:
        inputs = [local.signals[noisy]] + ([local.signals[flag]] if flag else [])
        return typed(Op.RESTORE, name, inputs, node.at)

    found: list[tuple[str, int, int]] = []
    place = beside(node.among, PLACE)
    for r, (start, stop) in enumerate(digits):
        last = r == len(digits) - 1
        name = node.name if last else f"{node.name}.round{r + 1}"
        order: tuple[Entry, ...] = (Visible(node.among), *node.order)
        if found:
            order += (prefix_of(found, f"{node.name}.round{r}", place),)
        order += (least_digit(start, stop, place),)
        if last:
            reads = tuple(replace(read, output=f"{read.output}~") for read in node.reads)
            reads += (Read(node.among, 0, 1, f"{node.found}~"),)
        else:
            reads = (Read(place, start, stop, f"{name}.digit~"),)
        emit(Head(name, node.at, order, reads))
        if last:
            for read in node.reads:
                emit(restore(f"{read.output}~", read.output))
            emit(restore(f"{node.found}~", node.found, node.by))
        else:
            emit(restore(f"{name}.digit~", f"{name}.digit"))
            found.append((f"{name}.digit", start, stop))
    return nodes


def lower(circuit: Circuit, rounds: dict[str, int]) -> Circuit:
    """The circuit with every select replaced by heads; `rounds[name]` is the number of rounds of each."""
    scope = Scope()
    nodes: list[Node] = []
    for s in circuit.inputs:
        scope.declare("inputs", s)
    for node in circuit.nodes:
        new: list[Node] = [node]
        if isinstance(node, Select):
            new = lower_select(node, split_index(scope.signals[PLACE].width, rounds[node.name]), scope)
        for n in new:
            add_node(scope, n)
        nodes += new
    return Circuit(circuit.name, circuit.inputs, tuple(nodes), circuit.outputs)
