"""Planted bugs in a lowered circuit: one node changed, or one entry in all rounds of a select; no theorem is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import combinations, pairwise, product

from proofformer.circuit import (
    Circuit,
    CountAnd,
    CountXor,
    Gate,
    Head,
    Lookup,
    Node,
    Part,
    Restore,
    Row,
    Term,
    Visible,
    agreement,
    inner,
    least,
)
from proofformer.circuit.lower import least_digit
from proofformer.circuit.nodes import IS_FIRST, IS_SECOND, IS_START, PLACE
from proofformer.circuit.signals import renamed as in_form

OTHER_SET = {IS_FIRST: IS_SECOND, IS_SECOND: IS_FIRST}
OTHER_COUNT: dict[type[Gate], type[Gate]] = {CountAnd: CountXor, CountXor: CountAnd}
GATE = " (gate)"
COUNTS = ((inner, agreement), (agreement, inner))


class Group(StrEnum):
    """What a mutant is about: a column of the tables."""

    ORDER = "entries"
    SCORE = "scores"
    START = "START"
    FLAG = "flags"
    GATE = "gates"
    WEIGHT = "weights"
    TEMPERATURE = "b"
    MASK = "mask"
    RESTORE = "restore"


@dataclass(frozen=True)
class Edit:
    """`change` in words, of a node; `make` builds the changed circuit or raises `ProofError`; `more` says what of the
    node is meant."""

    node: str
    group: Group
    change: str
    make: Callable[[], Circuit]
    more: str = ""


def edits(circuit: Circuit) -> Iterator[Edit]:
    """Every edit of a lowered circuit: heads, selects of several rounds, gates, the answer."""
    heads, of = [*circuit.heads.values()], owners(circuit)
    for head in heads:
        yield from _entry_edits(circuit, head.name, [head])
        yield from _head_edits(circuit, head)
        rounds = [h for h in heads if of[h.name] == head.name]
        if len(rounds) > 1:
            yield from _entry_edits(circuit, head.name, rounds, ", all rounds")
    for gate in circuit.gates.values():
        yield from _gate_edits(circuit, gate)
    for a, b in combinations(circuit.outputs, 2):
        if circuit.signals[a.signal].width == circuit.signals[b.signal].width:
            swapped = {a: replace(a, signal=b.signal), b: replace(b, signal=a.signal)}
            outputs = tuple(swapped.get(out, out) for out in circuit.outputs)
            change = f"'{a.field}' and '{b.field}' exchanged"
            yield Edit("answer", Group.GATE, change, partial(replace, circuit, outputs=outputs))


def owners(circuit: Circuit) -> dict[str, str]:
    """What each node belongs to: a round to the last one of its select, which continues it; a restore to the head that
    returned the bits, a lookup to what made the number; any other to itself."""
    of: dict[str, str] = {}
    for head in reversed([*circuit.heads.values()]):
        of.setdefault(head.name, head.name)
        of |= {term.continues: of[head.name] for term in head.order if term.continues}
    made = {read.output: of[head.name] for head in circuit.heads.values() for read in head.reads}
    for gate in circuit.gates.values():
        alone = isinstance(gate, Restore) or (isinstance(gate, Lookup) and len(gate.inputs) == 1)
        made[gate.name] = made.get(gate.inputs[0], gate.name) if alone else gate.name
    return made | of


def rebuilt(circuit: Circuit, *changes: tuple[Node, Node]) -> Circuit:
    """The circuit with nodes (old, new) replaced."""
    new = {id(old): node for old, node in changes}
    return replace(circuit, nodes=tuple(new.get(id(old), old) for old in circuit.nodes))


def renamed(node: Node, names: dict[str, str]) -> Node:
    """The node with other signals in all the places where it names these."""
    if isinstance(node, Gate):
        return node.taking(lambda s: names.get(s, s))
    if isinstance(node, Head):
        reads = tuple(replace(r, signal=names.get(r.signal, r.signal)) for r in node.reads)
        return replace(node, order=tuple(_entry_renamed(e, names) for e in node.order), reads=reads)
    raise TypeError(f"{node.name!r} is a select: edits are made in lowered circuits")


def _entry_renamed(entry: Term, names: dict[str, str]) -> Term:
    if isinstance(entry, Visible):
        return Visible(names.get(entry.flag, entry.flag))

    query, key = (in_form(form, lambda s: names.get(s, s)) for form in (entry.query, entry.key))
    return replace(entry, query=query, key=key)


def _entry_edits(circuit: Circuit, node: str, heads: Sequence[Head], more: str = "") -> Iterator[Edit]:
    """Each entry that all the heads have: dropped, or changed in the ways its form invites."""
    for entry in heads[-1].order:
        if not all(entry in h.order for h in heads):
            continue
        kind = "prefix" if entry.continues else "entry"
        dropped = (Group.ORDER, f"drop {kind} '{entry.label}'", None)
        for group, change, new in (dropped, *_changed(circuit, entry)):

            def make(entry: Term = entry, new: Term | None = new) -> Circuit:
                changes: list[tuple[Node, Node]] = []
                for head in heads:
                    order = [new if e == entry else e for e in head.order]
                    changes.append((head, replace(head, order=tuple(e for e in order if e is not None))))
                return rebuilt(circuit, *changes)

            yield Edit(node, group, change, make, more)


def _changed(circuit: Circuit, term: Term) -> Iterator[tuple[Group, str, Term]]:
    named, made = f"'{term.label}'", _made_by(circuit, term)
    if not isinstance(term, Visible):
        yield Group.SCORE, f"most and least exchanged in {named}", least(term)
        if made:
            yield Group.SCORE, f"{named} becomes '{made[1].label}'", made[1]
    if any(p.signal == IS_START for row in term.key for p in row.parts):
        key = tuple(Row(r.constant, tuple(p for p in r.parts if p.signal != IS_START)) for r in term.key)
        yield Group.START, f"{named} loses is_start", Term(term.label, term.query, key, term.gap, term.continues)
    if made and made[0] is not None:
        for step in (-2, -1, 1, 2):
            query, key = (*term.query, Row(step)), (*term.key, Row(0, (Part(IS_START, 0, 1),)))
            yield Group.START, f"START scores {step:+d} in {named}", replace(term, query=query, key=key)
        for e, row in enumerate(term.key):
            if all(p.signal == IS_START for p in row.parts):
                query, key = term.query[:e] + term.query[e + 1 :], term.key[:e] + term.key[e + 1 :]
                change = f"START loses the part {term.query[e].constant} in {named}"
                yield Group.START, change, replace(term, query=query, key=key)
    if IS_FIRST in circuit.signals:
        other_set = _entry_renamed(term, OTHER_SET)
        if other_set != term:
            yield Group.FLAG, f"is_first and is_second exchanged in {named}", other_set


def _made_by(circuit: Circuit, term: Term) -> tuple[int | None, Term] | None:
    """For a count of common or of equal bits, turned round or not: what START scores as, and the other count."""
    asked, seen = ({p.signal for row in form for p in row.parts} for form in (term.query, term.key))
    for q, k in product(sorted(asked), sorted(seen - {IS_START})):
        a, b = circuit.signals[q], circuit.signals[k]
        if a.width != b.width:
            continue
        for (score, other), start, turn in product(COUNTS, (None, *range(a.width + 1)), (_as_it_is, least)):
            if turn(score(a, b, start)) == term:
                return start, turn(other(a, b, start))
    return None


def _as_it_is(term: Term) -> Term:
    return term


def _head_edits(circuit: Circuit, head: Head) -> Iterator[Edit]:
    """Adjacent entries exchanged, a bit off the index digit, the flags of the head, its reads."""

    def edit(group: Group, change: str, new: Node) -> Edit:
        return Edit(head.name, group, change, partial(rebuilt, circuit, (head, new)))

    for e, (a, b) in enumerate(pairwise(head.order)):
        swapped = (*head.order[:e], b, a, *head.order[e + 2 :])
        change = f"swap '{a.label}' and '{b.label}'"
        yield edit(Group.ORDER, change, replace(head, order=swapped))
    bits = [p.component for row in head.order[-1].key for p in row.parts if p.signal == PLACE]
    if len(bits) > 1:
        order = (*head.order[:-1], least_digit(min(bits) + 1, max(bits) + 1))
        yield edit(Group.ORDER, "the digit loses its lowest bit", replace(head, order=order))
    if IS_FIRST in circuit.signals and (other := renamed(head, OTHER_SET)) != head:
        yield edit(Group.FLAG, "is_first and is_second exchanged in the whole head", other)
    if isinstance(head.order[0], Visible):
        for gate in circuit.nodes:
            if isinstance(gate, Restore) and gate.name == head.order[0].flag:
                flag, role = gate.name, gate.inputs[1]
                yield edit(Group.FLAG, f"{role} in place of {flag}", renamed(head, {flag: role}))
    for one, two in combinations(head.reads, 2):
        if one.stop - one.start == two.stop - two.start:
            exchanged = {one: replace(two, output=one.output), two: replace(one, output=two.output)}
            reads = tuple(exchanged.get(r, r) for r in head.reads)
            yield edit(Group.FLAG, f"reads '{one.signal}' and '{two.signal}' exchanged", replace(head, reads=reads))


def _gate_edits(circuit: Circuit, gate: Gate) -> Iterator[Edit]:
    """The AND of a restore dropped or with the other set, the other counting gate, an input alone, a table shifted."""

    def edit(group: Group, change: str, new: Node) -> Edit:
        return Edit(gate.name, group, change, partial(rebuilt, circuit, (gate, new)), GATE)

    if isinstance(gate, Restore) and len(gate.inputs) == 2:
        noisy, role = gate.inputs
        yield edit(Group.FLAG, f"not ANDed with {role}", replace(gate, inputs=(noisy,)))
        if role in OTHER_SET:
            yield edit(Group.FLAG, f"ANDed with {OTHER_SET[role]}", replace(gate, inputs=(noisy, OTHER_SET[role])))
    if type(gate) in OTHER_COUNT:
        other = OTHER_COUNT[type(gate)]
        yield edit(Group.GATE, f"{other.op} in place of {gate.op}", other(gate.name, gate.inputs))
    if isinstance(gate, CountAnd) and circuit.signals[gate.name].is_bits:
        for alone in gate.inputs:
            users = [(n, renamed(n, {gate.name: alone})) for n in circuit.nodes]
            change = f"'{alone}' alone in its place"
            yield Edit(gate.name, Group.GATE, change, partial(rebuilt, circuit, *users), GATE)
    if isinstance(gate, Lookup):
        for step in (-1, 1):
            table = tuple(gate.table[min(max(k + step, 0), len(gate.table) - 1)] for k in range(len(gate.table)))
            yield edit(Group.GATE, f"the table of the number {step:+d}", replace(gate, table=table))
