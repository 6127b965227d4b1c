"""The typing rules: what makes a head legal. Every violation is a `ProofError` that says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proofformer.circuit.heads import PLACE, Entry, Head, Read, Select, Visible, as_term
from proofformer.circuit.signals import DOCUMENT_KINDS, At, Signal
from proofformer.errors import ProofError


@dataclass
class Scope:
    """What the nodes checked so far have made.

    `origins` maps a restored signal to the head and the read it restores (absent when it was ANDed with another bit).
    """

    signals: dict[str, Signal] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    origins: dict[str, tuple[str, Read]] = field(default_factory=dict)

    def declare(self, owner: str, signal: Signal) -> None:
        if signal.name in self.signals:
            raise ProofError(f"{owner!r} makes {signal.name!r}, which exists already; signals are named once")
        self.signals[signal.name] = signal


def check_entry(owner: str, at: At, entry: Entry, signals: Mapping[str, Signal]) -> None:
    """An entry is an integer score of exact signals that its two tokens have."""
    term = as_term(entry)
    where = f"head {owner!r}, entry {term.label!r}"
    if len(term.query) != len(term.key) or not term.query:
        raise ProofError(
            f"{where}: query of length {len(term.query)} against key of length {len(term.key)}; both need the same "
            "length, at least 1"
        )
    if term.gap < 1:
        raise ProofError(f"{where}: gap {term.gap}; integer scores differ by at least 1")
    for side, form in (("query", term.query), ("key", term.key)):
        for p in (p for row in form for p in row.parts):
            s = signals.get(p.signal)
            if s is None:
                raise ProofError(f"{where} scores {p.signal!r}, which no node before it makes")
            if not 0 <= p.component < s.width:
                raise ProofError(f"{where}: {p.signal!r} has width {s.width}, so no component {p.component}")
            if s.noisy:
                raise ProofError(f"{where} scores the noisy {p.signal!r}; restore it first")
            if s.at is At.READ and (side == "key" or at is At.EVERY):
                raise ProofError(f"{where} takes {p.signal!r} as {side}, but only the READ token has it")
    if isinstance(entry, Visible):
        check_flag(owner, entry.flag, signals)


def check_flag(owner: str, flag: str, signals: Mapping[str, Signal]) -> None:
    """A visibility flag is one bit, zero outside one kind of document: two kinds, or padding, share indices."""
    s = signals.get(flag)
    if s is None:
        raise ProofError(f"head {owner!r}: visibility by {flag!r}, which no node before it makes")
    if s.noisy or not s.is_bits or s.width != 1:
        raise ProofError(f"head {owner!r}: visibility by {flag!r}, which is not one exact bit")
    if len(s.support) != 1 or not s.support <= DOCUMENT_KINDS:
        raise ProofError(
            f"head {owner!r}: visibility by {flag!r}, which may be set on {', '.join(sorted(s.support))}; a flag is "
            "zero outside one kind of document (AND it with that kind's role when restoring)"
        )


def determined(head: Head, scope: Scope) -> frozenset[tuple[str, int]]:
    """Key components that are equal on all the best keys of the head, whatever the input."""
    known: set[tuple[str, int]] = set()
    for here, entry in enumerate(head.order):
        term = as_term(entry)
        if term.continues is not None:
            known |= prefix_bits(head, here, scope)
        known |= term.determines(scope.signals)
    return frozenset(known)


def unique(head: Head, scope: Scope) -> bool:
    """Whether the best key is one token: visible documents above all others, and their whole index pinned."""
    if not head.order or not isinstance(head.order[0], Visible):
        return False
    return {(PLACE, i) for i in range(scope.signals[PLACE].width)} <= determined(head, scope)


def prefix_bits(head: Head, here: int, scope: Scope) -> frozenset[tuple[str, int]]:
    """The index bits pinned by the prefix entry `head.order[here]`.

    The entry `<2p - 1, bits of place>` pins them only if some best key of the entries above matches all of p. It does
    when p are the restored digits of earlier heads that asked at the same tokens with the same entries above.
    """
    term = as_term(head.order[here])
    chain: dict[str, Head] = {}
    name = term.continues
    while name is not None:
        before = scope.heads.get(name)
        if before is None or before.name in chain:
            raise ProofError(f"head {head.name!r} continues {name!r}, which is no head before it")
        if before.at is not head.at or before.order[:here] != head.order[:here]:
            raise ProofError(
                f"head {head.name!r} continues {name!r}, but the entries above the prefix differ: it need not be the "
                "prefix of one of this head's best keys"
            )
        chain[name] = before
        name = next((t.continues for t in map(as_term, before.order) if t.continues), None)
    known: set[tuple[str, int]] = set()
    for q, k in zip(term.query, term.key, strict=True):
        if q.constant != -1 or len(q.parts) != 1 or q.parts[0].coefficient != 2 or k.constant or len(k.parts) != 1:
            raise ProofError(f"head {head.name!r}: a prefix entry has the form <2p - 1, bits of the index>")
        p, bit = q.parts[0], k.parts[0]
        origin, read = scope.origins.get(p.signal, (None, None))
        matches = read is not None and (read.signal, read.start + p.component) == (bit.signal, bit.component)
        if origin not in chain or not matches or bit.coefficient != 1 or bit.signal != PLACE:
            raise ProofError(
                f"head {head.name!r}: the prefix compares {bit.signal}[{bit.component}] with {p.signal}[{p.component}]"
                ", which is not the same bit as restored from the rounds before"
            )
        known.add((bit.signal, bit.component))
    return frozenset(known)


def check_read(owner: str, read: Read, signals: Mapping[str, Signal]) -> None:
    """Only bits are fetched: an integer is read through its bits."""
    s = signals.get(read.signal)
    if s is None or s.noisy or not s.is_bits or s.at is At.READ:
        raise ProofError(f"head {owner!r} reads {read.signal!r}; only exact bits that every token has can be fetched")
    if not 0 <= read.start < read.stop <= s.width:
        raise ProofError(f"head {owner!r} reads {read.signal}[{read.start}:{read.stop}], but its width is {s.width}")


def check_head(head: Head, scope: Scope) -> None:
    """A read is legal iff it is a function of an entry, or the entries pin the whole index."""
    if not head.order or not head.reads:
        raise ProofError(f"head {head.name!r} needs at least one entry and one read")
    for entry in head.order:
        check_entry(head.name, head.at, entry, scope.signals)
    alone, known = unique(head, scope), determined(head, scope)
    for r in head.reads:
        check_read(head.name, r, scope.signals)
        if not alone and not r.components <= known:
            raise ProofError(
                f"head {head.name!r} reads {r.signal!r}, but its entries neither determine it nor pin the whole index: "
                "two best keys may differ in it"
            )


def check_select(node: Select, scope: Scope) -> None:
    """A select is legal when its entries are; that its reads are follows from the index digits `lower` appends."""
    check_flag(node.name, node.among, scope.signals)
    if not node.order:
        raise ProofError(f"select {node.name!r} has no objective")
    for term in node.order:
        check_entry(node.name, node.at, term, scope.signals)
        if term.continues is not None:
            raise ProofError(f"select {node.name!r}: prefixes are made by lowering, not written")
    for r in node.reads:
        check_read(node.name, r, scope.signals)
    if node.by is not None:
        check_flag(node.name, node.by, scope.signals)
