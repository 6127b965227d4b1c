"""Planted bugs in a lowered circuit: one node changed, or one entry in all rounds of a select; no theorem is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import combinations, pairwise

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
    as_term,
    inner,
    least,
)
from proofformer.circuit.lower import least_digit
from proofformer.circuit.nodes import IS_FIRST, IS_SECOND, IS_START, PLACE, Entry
from proofformer.circuit.signals import renamed as in_form

OTHER_SET = {IS_FIRST: IS_SECOND, IS_SECOND: IS_FIRST}
OTHER_COUNT: dict[type[Gate], type[Gate]] = {CountAnd: CountXor, CountXor: CountAnd}


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
    """`change` in words, at head or gate `where`; `make` builds the changed circuit or raises `ProofError`."""

    where: str
    group: Group
    change: str
    make: Callable[[], Circuit]


def edits(circuit: Circuit) -> Iterator[Edit]:
    """Every edit of a lowered circuit: heads, selects of several rounds, gates, the answer."""
    heads = [n for n in circuit.nodes if isinstance(n, Head)]
    for head in heads:
        yield from _entry_edits(circuit, head.name, [head])
        yield from _head_edits(circuit, head)
        rounds = [h for h in heads if stem(h.name) == stem(head.name)]
        if len(rounds) > 1 and head is rounds[-1]:
            yield from _entry_edits(circuit, f"{head.name}, all rounds", rounds)
    for gate in (n for n in circuit.nodes if isinstance(n, Gate)):
        yield from _gate_edits(circuit, gate)
    for a, b in combinations(circuit.outputs, 2):
        if circuit.signals[a.signal].width == circuit.signals[b.signal].width:
            swapped = {a: replace(a, signal=b.signal), b: replace(b, signal=a.signal)}
            outputs = tuple(swapped.get(out, out) for out in circuit.outputs)
            change = f"'{a.field}' and '{b.field}' exchanged"
            yield Edit("answer", Group.GATE, change, partial(replace, circuit, outputs=outputs))


def stem(where: str) -> str:
    """The head or the select that a head, a round or a gate belongs to."""
    return re.split(r"[., ]", where)[0]


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


def _entry_renamed(entry: Entry, names: dict[str, str]) -> Entry:
    if isinstance(entry, Visible):
        return Visible(names.get(entry.flag, entry.flag))

    query, key = (in_form(form, lambda s: names.get(s, s)) for form in (entry.query, entry.key))
    return replace(entry, query=query, key=key)


def _entry_edits(circuit: Circuit, where: str, heads: Sequence[Head]) -> Iterator[Edit]:
    """Each entry that all the heads have: dropped, or changed in the ways its form invites."""
    for entry in heads[-1].order:
        if not all(entry in h.order for h in heads):
            continue
        term = as_term(entry)
        kind = "prefix" if term.continues else "entry"
        for group, change, new in (
            (Group.ORDER, f"drop {kind} '{term.label}'", None),
            *_changed(circuit, entry),
        ):

            def make(entry: Entry = entry, new: Entry | None = new) -> Circuit:
                changes: list[tuple[Node, Node]] = []
                for head in heads:
                    order = [new if e == entry else e for e in head.order]
                    changes.append((head, replace(head, order=tuple(e for e in order if e is not None))))
                return rebuilt(circuit, *changes)

            yield Edit(where, group, change, make)


def _changed(circuit: Circuit, entry: Entry) -> Iterator[tuple[Group, str, Entry]]:
    term = as_term(entry)
    named = f"'{term.label}'"
    if isinstance(entry, Term):
        yield Group.SCORE, f"most and least exchanged in {named}", least(term)
        if other := _other_score(circuit, term):
            yield Group.SCORE, f"{named} becomes '{other.label}'", other
    if any(p.signal == IS_START for row in term.key for p in row.parts):
        key = tuple(Row(r.constant, tuple(p for p in r.parts if p.signal != IS_START)) for r in term.key)
        yield Group.START, f"{named} loses is_start", replace(term, key=key)
    if ", START as " in term.label:
        for step in (-2, -1, 1, 2):
            query, key = (*term.query, Row(step)), (*term.key, Row(0, (Part(IS_START, 0, 1),)))
            yield Group.START, f"START scores {step:+d} in {named}", replace(term, query=query, key=key)
        for e, row in enumerate(term.key):
            if all(p.signal == IS_START for p in row.parts):
                query, key = term.query[:e] + term.query[e + 1 :], term.key[:e] + term.key[e + 1 :]
                change = f"START loses the part {term.query[e].constant} in {named}"
                yield Group.START, change, replace(term, query=query, key=key)
    if IS_FIRST in circuit.signals:
        other_set = _entry_renamed(entry, OTHER_SET)
        if other_set != entry:
            yield Group.FLAG, f"is_first and is_second exchanged in {named}", other_set


def _other_score(circuit: Circuit, term: Term) -> Term | None:
    """Agreement in place of inner and the reverse, with the same sign and threshold."""
    form = re.fullmatch(r"(least )?(agreement|inner)\((\w+), (\w+)\)(?:, START as (\d+))?", term.label)
    if form is None:
        return None
    score = inner if form[2] == "agreement" else agreement
    start = int(form[5]) if form[5] else None
    other = score(circuit.signals[form[3]], circuit.signals[form[4]], start)
    return least(other) if form[1] else other


def _head_edits(circuit: Circuit, head: Head) -> Iterator[Edit]:
    """Adjacent entries exchanged, a bit off the index digit, the flags of the head, its reads."""

    def edit(group: Group, change: str, new: Node) -> Edit:
        return Edit(head.name, group, change, partial(rebuilt, circuit, (head, new)))

    for e, (a, b) in enumerate(pairwise(head.order)):
        swapped = (*head.order[:e], b, a, *head.order[e + 2 :])
        change = f"swap '{as_term(a).label}' and '{as_term(b).label}'"
        yield edit(Group.ORDER, change, replace(head, order=swapped))
    bits = [p.component for row in as_term(head.order[-1]).key for p in row.parts if p.signal == PLACE]
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
        return Edit(f"{gate.name} (gate)", group, change, partial(rebuilt, circuit, (gate, new)))

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
            yield Edit(f"{gate.name} (gate)", Group.GATE, change, partial(rebuilt, circuit, *users))
    if isinstance(gate, Lookup):
        for step in (-1, 1):
            table = tuple(gate.table[min(max(k + step, 0), len(gate.table) - 1)] for k in range(len(gate.table)))
            yield edit(Group.GATE, f"the table of the number {step:+d}", replace(gate, table=table))
