"""The typing rules: what makes a node legal. Every violation is a `ProofError` that says why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from proofformer.circuit.gates import Gate, Restore
from proofformer.circuit.nodes import IS_START, ONE, PLACE, Head, Read, Select, Term, Visible
from proofformer.circuit.signals import DOCUMENT_KINDS, EVERY_KIND, At, Form, Role, Signal, copy_of
from proofformer.errors import ProofError

Node = Head | Select | Gate


@dataclass
class Scope:
    """The nodes of a circuit so far, each checked when it is added, and what they make.

    `origins` maps a restored signal to the head and the read it restores (absent when it was ANDed with another bit).
    """

    inputs: tuple[Signal, ...]
    nodes: list[Node] = field(default_factory=list)
    signals: dict[str, Signal] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    origins: dict[str, tuple[str, Read]] = field(default_factory=dict)

    @staticmethod
    def of(inputs: Iterable[Signal], nodes: Iterable[Node] = ()) -> Scope:
        """The scope of the inputs, and of nodes in order. Raises `ProofError` at the first that is not legal."""
        scope = Scope(tuple(inputs))
        for s in scope.inputs:
            scope._declare("inputs", s)
        check_inputs(scope.signals)
        for node in nodes:
            scope.add(node)
        return scope

    def fork(self) -> Scope:
        """A scope that goes on from here, without changing this one."""
        return Scope(self.inputs, [*self.nodes], {**self.signals}, {**self.heads}, {**self.origins})

    def add(self, node: Node) -> None:
        """Check one node against what came before it, and declare the signals it makes."""
        if isinstance(node, Gate):
            made = [node.output(self.signals)]
            if isinstance(node, Restore) and len(node.inputs) == 1:
                found = ((h.name, r) for h in self.heads.values() for r in h.reads if r.output == node.inputs[0])
                self.origins.update((node.name, origin) for origin in found)
        elif isinstance(node, Head):
            check_head(node, self)
            self._check_name(node)
            self.heads[node.name] = node
            made = [Signal(r.output, r.stop - r.start, 0, 1, noisy=True, at=node.at) for r in node.reads]
        else:
            check_select(node, self)
            self._check_name(node)
            made = [Signal(r.output, r.stop - r.start, 0, 1, at=node.at) for r in node.reads]
            support = self.signals[node.by].support if node.by else EVERY_KIND
            made.append(Signal(node.found, 1, 0, 1, at=node.at, support=support))
        for signal in made:
            self._declare(node.name, signal)
        self.nodes.append(node)

    @property
    def inclusive(self) -> bool:
        """Whether the circuit is for a causal mask that lets a token attend to itself (`seen.inclusive`).

        Such a token carries copies of what the token before it knows, so that attending to itself is as good as
        attending to that one.
        """
        return any(s.seen for s in self.inputs)

    def _check_name(self, node: Head | Select) -> None:
        """A select becomes a head of its name, which prefixes refer to: no name is none."""
        if not isinstance(node.name, str):
            raise ProofError(f"a head is called {node.name!r}: give it a name")
        if any(node.name == other.name for other in self.nodes if not isinstance(other, Gate)):
            raise ProofError(f"two heads are called {node.name!r}")

    def _declare(self, owner: str, signal: Signal) -> None:
        if signal.name in self.signals:
            raise ProofError(f"{owner!r} makes {signal.name!r}, which exists already; signals are named once")
        self.signals[signal.name] = signal


def check_inputs(inputs: Mapping[str, Signal]) -> None:
    """Raises `ProofError` unless inputs are exact and on every token, and those that the rules rely on (the constant
    1, the flag of START, the bits of a document's index) are of that type."""
    copies = [s.copy() for s in inputs.values() if not s.seen]
    for s in inputs.values():
        if s.noisy or s.at is At.READ:
            raise ProofError(f"input {s.name!r} has to be exact, and on every token")
        if s.seen and s not in copies:
            raise ProofError(f"input {s.name!r} has to be a copy of an input, but differs from it")
    if any(a.seen and not b.seen for a, b in pairwise(inputs.values())):
        raise ProofError("copies of inputs have to follow all inputs, as tokens have them")
    one, start, place = (inputs.get(name) for name in (ONE, IS_START, PLACE))
    if one != Signal(ONE, 1, 1, 1) or start != Signal(IS_START, 1, 0, 1, support=frozenset({Role.START})):
        raise ProofError(f"the inputs need 'one', which is 1 everywhere, and {IS_START!r}, a bit of START alone")
    if place is None or not place.is_bits or not place.support <= DOCUMENT_KINDS:
        raise ProofError(f"the inputs need {PLACE!r}, the bits of a document's index")


def check_entry(owner: str, at: At, term: Term, signals: Mapping[str, Signal]) -> None:
    """An entry is an integer score of exact signals that its two tokens have."""
    where = f"head {owner!r}, entry {term.label!r}"
    if len(term.query) != len(term.key) or not term.query:
        raise ProofError(
            f"{where}: query of length {len(term.query)} against key of length {len(term.key)}; both need the same "
            "length, at least 1"
        )
    if term.gap < 1 or term.step % term.gap:
        raise ProofError(
            f"{where}: gap {term.gap}; integer scores differ by at least 1, and by more only when the coefficients say "
            f"so (here they are multiples of {term.step})"
        )
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
        if mixes(form, signals):
            raise ProofError(f"{where} adds up what two tokens know in its {side}; the ranges are those of one")
    if isinstance(term, Visible):
        check_flag(owner, term.flag, signals)


def mixes(form: Form, signals: Mapping[str, Signal]) -> bool:
    """Whether a form adds up what a token and the token before it know, whose kinds differ."""
    return len({signals[p.signal].seen for row in form for p in row.parts if p.signal != ONE}) > 1


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
    for here, term in enumerate(head.order):
        if term.continues is not None:
            known |= prefix_bits(head, here, scope)
        known |= term.determines(scope.signals)
    return frozenset(known)


def indexed(flag: str, scope: Scope) -> bool:
    """Whether the index tells apart the documents that may have the flag."""
    s = scope.signals[flag]
    place = scope.signals.get(s.beside(PLACE))
    return place is not None and s.support <= place.support


def unique(head: Head, scope: Scope) -> bool:
    """Whether the best key is one token: visible documents above all others, and their whole index pinned."""
    first = head.order[0]
    if not isinstance(first, Visible) or not indexed(first.flag, scope):
        return False
    place = scope.signals[first.flag].beside(PLACE)
    return {(place, i) for i in range(scope.signals[place].width)} <= determined(head, scope)


Pair = tuple[tuple[str, int], tuple[str, int]]


def compared(head: Head, term: Term) -> list[Pair]:
    """The pairs (component p of the query token, bit of the key token) that a prefix entry compares."""
    pairs = []
    for q, k in zip(term.query, term.key, strict=True):
        if q.constant != -1 or len(q.parts) != 1 or q.parts[0].coefficient != 2 or k.constant or len(k.parts) != 1:
            raise ProofError(f"head {head.name!r}: a prefix entry has the form <2p - 1, bits of the index>")
        p, bit = q.parts[0], k.parts[0]
        if bit.coefficient != 1 or bit.signal not in (PLACE, copy_of(PLACE)):
            raise ProofError(f"head {head.name!r}: a prefix compares bits of the index, not {bit.signal!r}")
        pairs.append(((p.signal, p.component), (bit.signal, bit.component)))
    return pairs


def prefix_bits(head: Head, here: int, scope: Scope) -> frozenset[tuple[str, int]]:
    """The index bits pinned by the prefix entry `head.order[here]`.

    The entry `<2p - 1, bits of place>` pins them only if some best key of the entries above matches all of p. It does
    when one earlier head asked at the same tokens with the same entries above, and each p is a digit restored from
    that head or one that its own prefix compared: every best key of that head then matches them all.
    """
    term = head.order[here]
    before = scope.heads.get(term.continues or "")
    if before is None:
        raise ProofError(f"head {head.name!r} continues {term.continues!r}, which is no head before it")
    if before.at is not head.at or before.order[:here] != head.order[:here]:
        raise ProofError(
            f"head {head.name!r} continues {before.name!r}, but the entries above the prefix differ: it need not be "
            "the prefix of one of this head's best keys"
        )
    inherited = {pair for t in before.order if t.continues for pair in compared(before, t)}
    pairs = compared(head, term)
    for (p, i), bit in pairs:
        origin, read = scope.origins.get(p, (None, None))
        fetched = origin == before.name and read is not None and (read.signal, read.start + i) == bit
        if not fetched and ((p, i), bit) not in inherited:
            raise ProofError(
                f"head {head.name!r}: the prefix compares {bit[0]}[{bit[1]}] with {p}[{i}], which is not the same bit "
                f"as restored from {before.name!r} or compared by its prefix"
            )
    return frozenset(bit for _, bit in pairs)


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
    for flag in (node.among, node.by if node.at is At.EVERY else None):
        if flag is not None and flag in scope.signals and scope.signals[flag].at is At.READ:
            raise ProofError(f"select {node.name!r} needs the flag {flag!r} on every token, but only READ has it")
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
    elif node.at is At.EVERY:
        raise ProofError(f"select {node.name!r} at every token needs the flag of the tokens that ask")
