"""A circuit for attention in which a token sees itself: the shift of the mask moves into the input.

Circuits are written for a strict mask: a token sees the tokens before it, so a document never meets itself. To run one
under the usual causal mask, where every token is among its own keys, each token also carries *seen copies*: the input
signals of the token before it (START: zeros). Heads at every token take their keys and values from these copies. What a
query finds at position r is then token r - 1, and the positions up to its own stand for just the tokens before it.
Position 0 stands for none: it looks like padding, which no circuit notices. It is one key more than under the strict
mask, and `planner.heads.keys_seen` counts it.

Heads of READ keep their own keys: what those say was worked out by the documents that asked, and has no copy. READ, now
a key too, is flagged as no document, or scores as START does.
"""

from __future__ import annotations

from dataclasses import replace

from proofformer.circuit.check import Node, Scope
from proofformer.circuit.circuit import Circuit
from proofformer.circuit.gates import Gate
from proofformer.circuit.nodes import IS_START, ONE, PLACE, Head, Read, Select, Term, Visible
from proofformer.circuit.signals import DOCUMENT_KINDS, At, copy_of, renamed
from proofformer.errors import ProofError


def inclusive(circuit: Circuit) -> Circuit:
    """The circuit for a causal mask that lets a token attend to itself, made of one whose tokens see only those before.

    Raises `ProofError` when a head at every token takes of its keys what another head returned, which no token can know
    of the one before it; or when READ would disturb a head of its own.
    """
    known = {s.name for s in circuit.inputs} | circuit.gates.keys()
    used, needed = {out.signal for out in circuit.outputs}, {IS_START}
    nodes: list[Node] = []
    # From the last node on, for what follows says which of a gate and its copy is taken by any.
    for node in reversed(circuit.nodes):
        if isinstance(node, Gate):
            if node.name in needed:
                needed |= set(node.inputs)
                nodes.append(replace(node.taking(_seen), name=_seen(node.name)))
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
    used = {p.signal for term in node.order for row in term.query for p in row.parts}
    return used | ({node.by} if isinstance(node, Select) and node.by else set())


def _of_keys(node: Head | Select) -> set[str]:
    """What it takes of the tokens that it sees."""
    reads = {r.signal for r in node.reads}
    used = {p.signal for term in node.order for row in term.key for p in row.parts}
    return reads | used | ({node.among, PLACE} if isinstance(node, Select) else set())


def _seen_term(term: Term) -> Term:
    if isinstance(term, Visible):
        return Visible(_seen(term.flag), seen=True)
    return replace(term, key=renamed(term.key, _seen))


def _seen_node(node: Head | Select) -> Head | Select:
    """The node with its keys and values from the seen copies."""
    reads: tuple[Read, ...] = tuple(replace(r, signal=_seen(r.signal)) for r in node.reads)
    seen = replace(node, order=tuple(map(_seen_term, node.order)), reads=reads)
    return replace(seen, among=_seen(seen.among)) if isinstance(seen, Select) else seen


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
