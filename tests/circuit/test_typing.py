"""Every typing rule, violated once: what is ill-typed is refused with a message that says why."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from proofformer.circuit import (
    At,
    Builder,
    Circuit,
    Gate,
    Head,
    Kind,
    Node,
    Op,
    Output,
    Part,
    Read,
    Row,
    Select,
    Signal,
    Term,
    Visible,
    agreement,
    inner,
    least,
    lower,
    most,
    split_index,
)
from proofformer.circuit.gates import typed
from proofformer.circuit.heads import Entry
from proofformer.circuit.lower import least_digit, prefix_of
from proofformer.circuit.signals import EVERY_KIND, affine, constants
from proofformer.errors import ProofError

DIM, MAX_N = 3, 8
PLAIN = Builder("plain", dim=DIM, max_n=MAX_N)
DOC, PLACE, IS_DOC, ONE = PLAIN.doc, PLAIN.place, PLAIN.documents, PLAIN.one
INPUTS = (ONE, PLAIN.is_start, IS_DOC, DOC, PLACE)
ANSWER = (Output("decision", IS_DOC.name),)
SEEN = Visible(IS_DOC.name)
NEAR = agreement(DOC, DOC)


def build(*nodes: Node, inputs: Sequence[Signal] = INPUTS, outputs: tuple[Output, ...] = ANSWER) -> Circuit:
    return Circuit("t", tuple(inputs), nodes, outputs)


def head(*order: Entry, read: str = "doc", span: tuple[int, int] | None = None, name: str = "h", **more: At) -> Head:
    width = {"doc": DIM, "place": PLACE.width}.get(read, 1)
    start, stop = span or (0, width)
    return Head(name, more.get("at", At.EVERY), order, (Read(read, start, stop, f"{name}~"),))


def noisy(width: int = DIM, name: str = "h") -> Signal:
    return Signal(f"{name}~", width, 0, 1, noisy=True)


LEGAL = head(SEEN, NEAR, least_digit(0, 3))
"""A head whose best key is unique."""


def gate(op: Op, *inputs: Signal, at: At = At.EVERY, name: str = "g", **more: tuple[tuple[int, ...], ...]) -> Gate:
    return typed(op, name, inputs, at, more.get("table", ()))


def rounds(
    *found: tuple[str, int, int], continues: str, above: tuple[Entry, ...] = (SEEN, NEAR), at: At = At.EVERY
) -> Circuit:
    """Three rounds of one bit each, the last of which has the prefix given."""
    first = head(SEEN, NEAR, least_digit(2, 3), read="place", span=(2, 3), name="r1", at=at)
    second = head(
        SEEN, NEAR, prefix_of([("p1", 2, 3)], "r1"), least_digit(1, 2), read="place", span=(1, 2), name="r2", at=at
    )
    other = head(SEEN, least_digit(1, 2), read="place", span=(1, 2), name="other", at=at)
    restored = [gate(Op.RESTORE, replace(noisy(1, n), at=at), name=p, at=at) for n, p in (("r1", "p1"), ("r2", "p2"))]
    odd = gate(Op.RESTORE, replace(noisy(1, "other"), at=at), name="odd", at=at)
    anded = gate(Op.RESTORE, replace(noisy(1, "r2"), at=at), IS_DOC, name="anded", at=at)
    last = head(*above, prefix_of(found, continues), least_digit(0, 1), name="last", at=at)
    return build(first, restored[0], second, restored[1], other, odd, anded, last)


def wide_flag(support: frozenset[Kind], width: int = 1, hi: int = 1) -> tuple[Signal, ...]:
    return (*INPUTS, Signal("flag", width, 0, hi, support=support))


def read_only(c: Builder) -> Signal:
    """A bit of the READ token that is zero outside documents."""
    return c.restore("r", c.attend("h", at=At.READ, order=[most(c.documents)], read=c.documents), c.documents)


def with_builder(use: Callable[[Builder], object]) -> Callable[[], object]:
    return lambda: use(Builder("t", dim=DIM, max_n=MAX_N))


def chosen(c: Builder, **changes: object) -> object:
    settings: dict[str, object] = {"by": c.documents, "among": c.documents, "order": [most(NEAR)], "read": [c.doc]}
    return c.select("s", **{**settings, **changes})  # type: ignore[arg-type]


READ_FLAG = Signal("g", 1, 0, 1, at=At.READ, support=frozenset({Kind.FIRST}))
READ_HEAD = head(most(IS_DOC), read="is_document", at=At.READ)
READ_BIT = gate(Op.RESTORE, replace(noisy(1), at=At.READ), IS_DOC, at=At.READ)
FLAGGED = head(Visible("flag"), NEAR, least_digit(0, 3))
COUNT = gate(Op.COUNT_AND, DOC, DOC, name="count")

ILL_TYPED: list[tuple[str, Callable[[], object], str]] = [
    # noise
    ("noisy into count_and", lambda: build(LEGAL, gate(Op.COUNT_AND, noisy(), DOC)), "noisy; restore it"),
    ("noisy into count_xor", lambda: build(LEGAL, gate(Op.COUNT_XOR, DOC, noisy())), "noisy; restore it"),
    ("noisy into maximum", lambda: build(LEGAL, gate(Op.MAXIMUM, noisy(), DOC)), "noisy; restore it"),
    ("noisy into lookup", lambda: gate(Op.LOOKUP, noisy(1), table=((0,), (1,))), "noisy; restore it"),
    ("noisy key", lambda: build(LEGAL, head(inner(DOC, noisy()), name="k")), "scores the noisy"),
    ("noisy query", lambda: build(LEGAL, head(inner(noisy(), DOC), name="k")), "scores the noisy"),
    ("noisy read", lambda: build(LEGAL, head(SEEN, least_digit(0, 3), read="h~", name="k")), "only exact bits"),
    ("exact restored", lambda: build(gate(Op.RESTORE, DOC)), "exact already"),
    ("restore and noisy", lambda: gate(Op.RESTORE, noisy(), noisy()), "cannot be ANDed"),
    ("restore and integer", lambda: build(LEGAL, COUNT, gate(Op.RESTORE, noisy(), COUNT.output)), "cannot be ANDed"),
    ("restore and odd width", lambda: build(LEGAL, gate(Op.RESTORE, noisy(), Signal("v", 2, 0, 1))), "cannot be ANDed"),
    # reads
    ("read not determined", lambda: build(head(NEAR)), "neither determine"),
    ("read of a tie", lambda: build(head(SEEN, NEAR)), "neither determine"),
    ("read with half the index", lambda: build(head(SEEN, NEAR, least_digit(1, 3))), "neither determine"),
    ("read with the index, unseen", lambda: build(head(NEAR, least_digit(0, 3))), "neither determine"),
    ("visibility not on top", lambda: build(head(NEAR, SEEN, least_digit(0, 3))), "neither determine"),
    (
        "index without weight",
        lambda: build(head(SEEN, Term("flat", constants([1]), (Row(0, PLACE[:]),)))),
        "neither determine",
    ),
    (
        "index seen by some queries only",
        lambda: build(head(SEEN, inner(PLACE, PLACE))),
        "neither determine",
    ),
    ("read of an integer", lambda: build(COUNT, head(SEEN, least_digit(0, 3), read="count")), "only exact bits"),
    ("read of nothing", lambda: build(head(SEEN, least_digit(0, 3), read="ghost")), "only exact bits"),
    (
        "read of a READ signal",
        lambda: build(READ_HEAD, READ_BIT, head(SEEN, least_digit(0, 3), read="g", name="k", at=At.READ)),
        "every token has",
    ),
    ("read beyond its width", lambda: build(head(SEEN, least_digit(0, 3), span=(1, 4))), "its width is 3"),
    ("empty read", lambda: build(head(SEEN, least_digit(0, 3), span=(2, 2))), "its width is 3"),
    ("no reads", lambda: build(Head("h", At.EVERY, (SEEN,), ())), "one entry and one read"),
    # visibility
    (
        "flag of two kinds",
        lambda: build(FLAGGED, inputs=wide_flag(frozenset({Kind.FIRST, Kind.SECOND}))),
        "may be set on first, second",
    ),
    ("flag of padding", lambda: build(FLAGGED, inputs=wide_flag(frozenset({Kind.PAD}))), "may be set on pad"),
    ("flag of every kind", lambda: build(FLAGGED, inputs=wide_flag(EVERY_KIND)), "may be set on"),
    (
        "restored, but not ANDed with a role",
        lambda: build(head(most(IS_DOC), read="is_document"), gate(Op.RESTORE, noisy(1)), head(Visible("g"), NEAR)),
        "AND it with that kind's role",
    ),
    ("flag of two bits", lambda: build(FLAGGED, inputs=wide_flag(frozenset({Kind.FIRST}), width=2)), "not one exact"),
    ("flag of three values", lambda: build(FLAGGED, inputs=wide_flag(frozenset({Kind.FIRST}), hi=2)), "not one exact"),
    (
        "flag that is noisy",
        lambda: build(head(most(IS_DOC), read="is_document"), head(Visible("h~"), NEAR, name="k")),
        "noisy",
    ),
    ("flag of nothing", lambda: build(head(Visible("ghost"), NEAR)), "no node before it makes"),
    (
        "flag of READ alone",
        lambda: build(READ_HEAD, READ_BIT, head(Visible("g"), least_digit(0, 3), name="k", at=At.READ)),
        "only the READ token has it",
    ),
    (
        "flag whose documents the index does not tell apart",
        lambda: build(FLAGGED, inputs=wide_flag(frozenset({Kind.SECOND}))),
        "neither determine",
    ),
    # prefixes
    ("prefix of no head", lambda: rounds(("p1", 2, 3), continues="ghost"), "no head before it"),
    ("prefix of another head", lambda: rounds(("p1", 2, 3), ("odd", 1, 2), continues="r2"), "not the same bit"),
    ("prefix of other entries", lambda: rounds(("p1", 2, 3), ("p2", 1, 2), continues="other"), "entries above"),
    (
        "prefix below other entries",
        lambda: rounds(("p1", 2, 3), ("p2", 1, 2), continues="r2", above=(SEEN, least(NEAR))),
        "entries above the prefix differ",
    ),
    ("prefix with bits exchanged", lambda: rounds(("p1", 1, 2), ("p2", 2, 3), continues="r2"), "not the same bit"),
    ("prefix of ANDed digits", lambda: rounds(("p1", 2, 3), ("anded", 1, 2), continues="r2"), "not the same bit"),
    ("prefix with a digit missing", lambda: rounds(("p1", 2, 3), continues="r1"), "neither determine"),
    (
        "prefix of a READ head",
        lambda: build(
            head(SEEN, NEAR, least_digit(2, 3), read="place", span=(2, 3), at=At.READ),
            gate(Op.RESTORE, replace(noisy(1), at=At.READ), name="p", at=At.READ),
            head(SEEN, NEAR, prefix_of([("p", 2, 3)], "h"), least_digit(0, 2), name="k"),
        ),
        "only the READ token has it",
    ),
    (
        "prefix of a head at other tokens",
        lambda: build(
            head(SEEN, NEAR, least_digit(2, 3), read="place", span=(2, 3)),
            gate(Op.RESTORE, noisy(1), name="p"),
            head(SEEN, NEAR, prefix_of([("p", 2, 3)], "h"), least_digit(0, 2), name="k", at=At.READ),
        ),
        "entries above the prefix differ",
    ),
    (
        "prefix of another form",
        lambda: build(
            LEGAL,
            gate(Op.RESTORE, noisy()),
            head(SEEN, NEAR, Term("p", affine(PLACE[:]), affine(PLACE[:]), continues="h"), name="k"),
        ),
        "has the form <2p - 1",
    ),
    (
        "prefix of the document",
        lambda: build(LEGAL, head(SEEN, NEAR, replace(NEAR, continues="h"), name="k")),
        "bits of the index, not 'doc'",
    ),
    (
        "prefix in a select",
        lambda: build(Select("s", At.READ, "is_document", None, (replace(NEAR, continues="h"),), (), "s.found")),
        "made by lowering",
    ),
    # entries
    ("key of READ alone", lambda: build(READ_HEAD, READ_BIT, head(most(READ_FLAG), name="k", at=At.READ)), "as key"),
    (
        "query of READ alone",
        lambda: build(READ_HEAD, READ_BIT, head(Term("t", affine(READ_FLAG[:]), affine(IS_DOC[:])), name="k")),
        "as query",
    ),
    ("unknown signal", lambda: build(head(most(Signal("ghost", 1, 0, 1)))), "no node before it makes"),
    ("signal made later", lambda: build(head(most(COUNT.output)), COUNT), "no node before it makes"),
    ("component beyond", lambda: build(head(Term("t", constants([1]), affine([Part("doc", 3, 1)])))), "no component 3"),
    ("component before", lambda: build(head(Term("t", constants([1]), affine([Part("doc", -1, 1)])))), "no component"),
    ("lengths differ", lambda: build(head(Term("t", constants([1, 1]), affine(DOC[:])))), "of length 2 against"),
    ("empty entry", lambda: build(head(Term("t", (), ()))), "at least 1"),
    ("gap of nothing", lambda: build(head(replace(NEAR, gap=0))), "gap 0"),
    ("gap that is not there", lambda: build(head(SEEN, replace(NEAR, gap=2), least_digit(0, 3))), "gap 2"),
    ("no entries", lambda: build(head()), "one entry and one read"),
    ("wide preference", with_builder(lambda c: most(c.doc)), "single number"),
    # names and gates
    ("signal named twice", lambda: build(COUNT, COUNT), "exists already"),
    ("input named twice", lambda: build(inputs=(*INPUTS, DOC)), "exists already"),
    ("head named twice", lambda: build(LEGAL, replace(LEGAL, reads=(Read("doc", 0, 1, "x"),))), "two heads"),
    ("gate of nothing", lambda: build(gate(Op.COUNT_AND, DOC, Signal("ghost", DIM, 0, 1))), "no node before it"),
    (
        "gate takes READ signals to every token",
        lambda: build(READ_HEAD, gate(Op.RESTORE, noisy(1))),
        "exists on the READ token only",
    ),
    (
        "range understated",
        lambda: build(replace(COUNT, output=replace(COUNT.output, hi=1))),
        "but its inputs give",
    ),
    (
        "support understated",
        lambda: build(replace(COUNT, output=replace(COUNT.output, support=frozenset({Kind.SECOND})))),
        "but its inputs give",
    ),
    ("noise declared exact", lambda: build(LEGAL, Gate(Op.RESTORE, ("h~",), Signal("g", 2, 0, 1))), "inputs give"),
    ("count of integers", lambda: gate(Op.COUNT_AND, COUNT.output, COUNT.output), "counts bits only"),
    ("widths differ", lambda: gate(Op.COUNT_XOR, DOC, IS_DOC), "widths 3 and 1"),
    ("one input missing", lambda: gate(Op.MAXIMUM, DOC), "takes 2"),
    ("one input too many", lambda: gate(Op.LOOKUP, IS_DOC, IS_DOC), "takes 1"),
    ("table too short", lambda: gate(Op.LOOKUP, COUNT.output, table=((0,),) * 3), "got 3 rows"),
    ("table too long", lambda: gate(Op.LOOKUP, COUNT.output, table=((0,),) * 5), "got 5 rows"),
    ("table ragged", lambda: gate(Op.LOOKUP, IS_DOC, table=((0,), (0, 1))), "equal width"),
    ("table of nothing", lambda: gate(Op.LOOKUP, IS_DOC, table=((), ())), "equal width"),
    ("table without a row", with_builder(lambda c: c.lookup("t", c.documents, {0: [1]})), "no row for is_document = 1"),
    ("lookup of a vector", lambda: gate(Op.LOOKUP, DOC, table=((0,), (1,))), "has width 3"),
    (
        "bits of a negative number",
        with_builder(lambda c: c.bits("b", c.lookup("t", c.documents, {0: [-1], 1: [0]}))),
        "negative",
    ),
    ("empty signal", lambda: Signal("s", 0, 0, 1), "at least one component"),
    ("empty range", lambda: Signal("s", 1, 1, 0), "empty range"),
    # inputs and outputs
    ("noisy input", lambda: build(inputs=(*INPUTS, noisy())), "has to be exact"),
    ("READ input", lambda: build(inputs=(*INPUTS, READ_FLAG)), "has to be exact"),
    ("no index", lambda: build(inputs=INPUTS[:-1]), "bits of a document's index"),
    ("no constant", lambda: build(inputs=INPUTS[1:]), "1 everywhere"),
    (
        "two kinds of START",
        lambda: build(inputs=(ONE, replace(PLAIN.is_start, support=EVERY_KIND), *INPUTS[2:])),
        "START",
    ),
    ("noisy output", lambda: build(LEGAL, outputs=(Output("decision", "h~"),)), "made of exact bits"),
    ("integer output", lambda: build(COUNT, outputs=(Output("decision", "count"),)), "made of exact bits"),
    ("unknown output", lambda: build(outputs=(Output("decision", "ghost"),)), "made of exact bits"),
    ("output named twice", lambda: build(outputs=ANSWER * 2), "named once"),
    ("no output", lambda: build(outputs=()), "needs an answer"),
    ("no answer", with_builder(lambda c: c.circuit()), "answers nothing"),
    # select
    ("select without objective", with_builder(lambda c: chosen(c, order=[])), "no objective"),
    ("select among everything", with_builder(lambda c: chosen(c, among=c.one)), "may be set on"),
    ("select by everything", with_builder(lambda c: chosen(c, by=c.one)), "may be set on"),
    ("select among what READ has", with_builder(lambda c: chosen(c, among=read_only(c))), "only READ has it"),
    ("select by what READ has", with_builder(lambda c: chosen(c, by=read_only(c))), "only READ has it"),
    ("select reads an integer", lambda: build(COUNT, _select(Read("count", 0, 1, "x"))), "only exact bits"),
    ("select reads what is not there", with_builder(lambda c: chosen(c)[c.place]), "was not read"),  # type: ignore[index]
    ("select by nobody", lambda: build(replace(_select(), by=None)), "the flag of the tokens that ask"),
    ("no rounds", lambda: split_index(3, 0), "0 rounds"),
    ("too many rounds", lambda: split_index(3, 4), "4 rounds"),
]


def _select(*reads: Read) -> Select:
    return Select("s", At.EVERY, "is_document", "is_document", (NEAR,), reads, "s.found")


@pytest.mark.parametrize(("make", "why"), [c[1:] for c in ILL_TYPED], ids=[c[0] for c in ILL_TYPED])
def test_ill_typed(make: Callable[[], object], why: str) -> None:
    with pytest.raises(ProofError, match=why):
        make()


def test_what_the_table_varies_is_legal() -> None:
    """So that each row of the table fails for its own reason."""
    first = frozenset({Kind.FIRST})
    build(LEGAL, gate(Op.RESTORE, noisy()), COUNT, _select(Read("doc", 0, 3, "x")))
    build(LEGAL, gate(Op.RESTORE, noisy(), Signal("is_document", 1, 0, 1, support=first)))
    build(FLAGGED, inputs=wide_flag(first))
    build(
        READ_HEAD,
        READ_BIT,
        head(Term("t", affine(READ_FLAG[:]), affine(IS_DOC[:])), SEEN, read="is_document", name="k", at=At.READ),
    )
    build(head(SEEN, replace(inner(DOC, DOC), gap=1), least_digit(0, 3)))
    for at in At:
        rounds(("p1", 2, 3), ("p2", 1, 2), continues="r2", at=at)
        rounds(("p2", 1, 2), ("p1", 2, 3), continues="r2", at=at)


def test_gap_that_the_coefficients_show_is_legal() -> None:
    doubled = Term("twice", affine(DOC[:], scale=4), affine(DOC[:], scale=3, shift=1), gap=6)
    build(head(SEEN, doubled, least_digit(0, 3)))
    with pytest.raises(ProofError, match="multiples of 12"):
        build(head(SEEN, replace(doubled, gap=5), least_digit(0, 3)))


def test_prefix_has_to_be_that_of_one_key() -> None:
    """r2 pins only one of the two bits of r1's digit: its digit may be that of another key than r1's.

    Best documents 2 = 0b0010 and 4 = 0b0100: r1 finds the bits 00.., r2 (told 0 of them) the bits ..00, and no best
    document is 0b0000.
    """
    place = Builder("t", dim=DIM, max_n=16).place
    inputs = (*INPUTS[:-1], place)
    r1 = head(SEEN, NEAR, least_digit(2, 4), read="place", span=(2, 4), name="r1")
    p1 = gate(Op.RESTORE, noisy(2, "r1"), name="p1")
    half = Term("half", affine([Part("p1", 1, 1)], scale=2, shift=-1), affine([Part("place", 3, 1)]), continues="r1")
    r2 = head(SEEN, NEAR, half, least_digit(0, 2), read="place", span=(0, 2), name="r2")
    p2 = gate(Op.RESTORE, noisy(2, "r2"), name="p2")
    last = head(SEEN, NEAR, prefix_of([("p1", 2, 4), ("p2", 0, 2)], "r2"), name="last")
    build(r1, p1, r2, p2, inputs=inputs)
    with pytest.raises(ProofError, match="not the same bit"):
        build(r1, p1, r2, p2, last, inputs=inputs)


@pytest.mark.parametrize("coefficients", [(1, 1), (1, 2, 2), (2, 1, 2), (1, 1, 4), (-1, 1, 3)])
def test_a_score_that_does_not_outweigh_determines_nothing(coefficients: tuple[int, ...]) -> None:
    row = Row(0, tuple(Part("doc", i, c) for i, c in enumerate(coefficients)))
    with pytest.raises(ProofError, match="neither determine"):
        build(head(Term("t", constants([1]), (row,)), span=(0, len(coefficients))))


@pytest.mark.parametrize("coefficients", [(1, 2), (4, 1, 2), (-1, 2, -4), (1, 3, 9)])
def test_a_score_that_outweighs_determines_its_bits(coefficients: tuple[int, ...]) -> None:
    row = Row(5, tuple(Part("doc", i, c) for i, c in enumerate(coefficients)))
    build(head(Term("t", constants([1]), (row,)), span=(0, len(coefficients))))


def test_coefficients_that_cancel_determine_nothing() -> None:
    cancelled = Term("t", constants([1, -1]), (Row(0, DOC[0]), Row(0, DOC[0])))
    with pytest.raises(ProofError, match="neither determine"):
        build(head(cancelled, span=(0, 1)))


def test_found_of_a_readout_can_be_counted_before_and_after_lowering() -> None:
    c = Builder("t", dim=DIM, max_n=MAX_N)
    a, b = (c.select(name, among=c.documents, order=[most(c.documents)], read=[c.place]) for name in "ab")
    c.answer(decision=c.bits("bits", c.count_and("both", a.found, b.found)))
    circuit = c.circuit()
    assert lower(circuit, {"a": 1, "b": 3}).is_lowered


def test_circuit_is_immutable() -> None:
    circuit = build(LEGAL)
    for thing, field in (
        (circuit, "nodes"),
        (LEGAL, "order"),
        (NEAR, "gap"),
        (DOC, "hi"),
        (COUNT, "table"),
        (SEEN, "flag"),
    ):
        with pytest.raises(AttributeError):
            setattr(thing, field, None)
    assert isinstance(hash(DOC), int)


def test_least_and_most_of_the_same_thing_are_opposite() -> None:
    c = Builder("t", dim=3, max_n=4)
    term = agreement(c.doc, c.doc)
    lo, hi = term.bounds({"doc": c.doc})
    assert least(term).bounds({"doc": c.doc}) == (-hi, -lo)
    assert least(least(term)).query == most(term).query
