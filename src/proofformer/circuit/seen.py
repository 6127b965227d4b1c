"""A circuit for attention in which a token sees itself: the strict shift moved into the input.

Each token carries, besides its own input signals, seen copies of those of the token before it (zeros on START). A head
at every token takes its keys and values from the seen copies, so what it meets at token r is token r - 1, and a token
that sees itself meets the tokens strictly before it, as it should. The first token meets its copy of nothing, which is
what padding would be: a circuit that padding does not disturb does not notice one more of it. So each token sees one
key more than under the strict mask: `planner.heads.keys_seen` counts it.

READ's own heads stay as they are: what they take of their keys was worked out by the documents that asked. READ, which
they now see as well, is not flagged as a document, or scores as START does.
"""

from __future__ import annotations

from dataclasses import replace

from proofformer.circuit.check import Node, Scope
from proofformer.circuit.circuit import Circuit
from proofformer.circuit.gates import Gate, Lookup, Relu
from proofformer.circuit.nodes import IS_START, ONE, PLACE, Entry, Head, Read, Select, Term, Visible, as_term
from proofformer.circuit.signals import DOCUMENT_KINDS, At, Form, Part, Row, copy_of
from proofformer.errors import ProofError


def inclusive(circuit: Circuit) -> Circuit:
    """The circuit of heads and selects, rewritten for an inclusive mask.

    Raises `ProofError` when a head at every token takes of its keys what another head returned, which no token can know
    of the one before it; or when READ would disturb a head of its own.
    """
    known = {s.name for s in circuit.inputs} | {n.name for n in circuit.nodes if isinstance(n, Gate)}
    used, needed = {out.signal for out in circuit.outputs}, {IS_START}
    nodes: list[Node] = []
    # From the last node on, for what follows says which of a gate and its copy is taken by any.
    for node in reversed(circuit.nodes):
        if isinstance(node, Gate):
            if node.name in needed:
                needed |= set(node.inputs)
                nodes.append(_seen_gate(node))
            if node.name in used:
                used |= set(node.inputs)
                nodes.append(node)
            continue
        used |= _of_query(node)
        if node.at is At.READ:
            _check_read(node, circuit)
            used |= _of_keys(node)
            nodes.append(node)
        else:
            needed |= _of_keys(node)
            nodes.append(_seen_node(node))
    needed -= {ONE}
    for name in sorted(needed - known):
        raise ProofError(
            f"circuit {circuit.name!r}: heads see {name!r}, which follows from what a head returned; a token that "
            "sees itself cannot know that of the token before it: use the strict mask"
        )
    copies = (s.copy() for s in circuit.inputs if s.name in needed)
    return Circuit.of(circuit.name, Scope.of([*circuit.inputs, *copies], reversed(nodes)), circuit.outputs)


def _seen(name: str) -> str:
    """The copy of a signal; `one` is 1 on every token."""
    return name if name == ONE else copy_of(name)


def _of_query(node: Head | Select) -> set[str]:
    """What it takes of the token that asks."""
    used = {p.signal for entry in node.order for row in as_term(entry).query for p in row.parts}
    return used | ({node.by} if isinstance(node, Select) and node.by else set())


def _of_keys(node: Head | Select) -> set[str]:
    """What it takes of the tokens that it sees."""
    reads = {r.signal for r in node.reads}
    used = {p.signal for entry in node.order for row in as_term(entry).key for p in row.parts}
    return reads | used | ({node.among, PLACE} if isinstance(node, Select) else set())


def _seen_form(form: Form) -> Form:
    return tuple(
        Row(r.constant, tuple(Part(_seen(p.signal), p.component, p.coefficient) for p in r.parts)) for r in form
    )


def _seen_gate(gate: Gate) -> Gate:
    """The gate that computes the copy."""
    name = _seen(gate.name)
    if isinstance(gate, Lookup | Relu):
        return replace(gate, name=name, form=_seen_form(gate.form))
    return replace(gate, name=name, inputs=tuple(map(_seen, gate.inputs)))


def _seen_term(term: Term) -> Term:
    return replace(term, key=_seen_form(term.key))


def _seen_entry(entry: Entry) -> Entry:
    return Visible(_seen(entry.flag), seen=True) if isinstance(entry, Visible) else _seen_term(entry)


def _seen_node(node: Head | Select) -> Head | Select:
    """The node with its keys and values from the seen copies."""
    reads: tuple[Read, ...] = tuple(replace(r, signal=_seen(r.signal)) for r in node.reads)
    if isinstance(node, Head):
        return replace(node, order=tuple(map(_seen_entry, node.order)), reads=reads)
    return replace(node, among=_seen(node.among), order=tuple(map(_seen_term, node.order)), reads=reads)


def _check_read(node: Head | Select, circuit: Circuit) -> None:
    """READ sees itself: below START by the flag, or like START by having none of the signals, on which all agrees."""
    if isinstance(node, Select) or isinstance(node.order[0], Visible):
        return
    for name in _of_keys(node) - {ONE}:
        if not circuit.signals[name].support <= DOCUMENT_KINDS:
            raise ProofError(
                f"head {node.name!r} scores or reads {name!r}, which READ may have: where READ sees itself it needs a "
                "visible flag first, or the strict mask"
            )
