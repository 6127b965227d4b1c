"""Every typing rule, violated once: what is ill-typed is refused with a message that says why; and near misses."""

from collections.abc import Callable
from dataclasses import fields, replace

import pytest
from tests.cases import CLOSEST
from tests.circuit.nodes import (
    ANSWER,
    COUNT,
    COUNTED,
    DIM,
    DOC,
    FLAGGED,
    INPUTS,
    IS_DOC,
    LEGAL,
    MAX_N,
    NEAR,
    ONE,
    PLACE,
    PLAIN,
    READ_BIT,
    READ_FLAG,
    READ_HEAD,
    SEEN,
    any_document,
    attended,
    build,
    chosen,
    gate,
    head,
    looked_up,
    noisy,
    read_only,
    rounds,
    select,
    typed,
    wide_flag,
    with_builder,
    with_two_sets,
)

from proofformer.circuit import (
    At,
    Builder,
    CountAnd,
    CountXor,
    Head,
    Maximum,
    Output,
    Part,
    Read,
    Relu,
    Restore,
    Role,
    Row,
    Select,
    Signal,
    Term,
    Visible,
    either,
    inner,
    least,
    lower,
    most,
    split_index,
)
from proofformer.circuit.lower import least_digit, prefix_of
from proofformer.circuit.signals import EVERY_KIND, affine, constants
from proofformer.errors import ProofError

ONE_OF_TWO = Signal("v", 2, 0, 1)
ILL_TYPED: list[tuple[str, Callable[[], object], str]] = [
    # noise
    ("noisy into count_and", lambda: build(LEGAL, gate(CountAnd, noisy(), DOC)), "noisy; restore it"),
    ("noisy into count_xor", lambda: build(LEGAL, gate(CountXor, DOC, noisy())), "noisy; restore it"),
    ("noisy into maximum", lambda: build(LEGAL, gate(Maximum, noisy(), DOC)), "noisy; restore it"),
    ("noisy into lookup", lambda: typed(looked_up(noisy(1), ((0,), (1,))), noisy(1)), "noisy; restore it"),
    ("noisy key", lambda: build(LEGAL, head(inner(DOC, noisy()), name="k")), "scores the noisy"),
    ("noisy query", lambda: build(LEGAL, head(inner(noisy(), DOC), name="k")), "scores the noisy"),
    ("noisy read", lambda: build(LEGAL, head(SEEN, least_digit(0, 3), read="h~", name="k")), "only exact bits"),
    ("exact restored", lambda: build(gate(Restore, DOC)), "exact already"),
    ("restore and noisy", lambda: build(LEGAL, gate(Restore, noisy(), noisy())), "cannot be ANDed"),
    ("restore and integer", lambda: build(LEGAL, COUNT, gate(Restore, noisy(), COUNTED)), "cannot be ANDed"),
    (
        "restore and odd width",
        lambda: build(LEGAL, gate(Restore, noisy(), ONE_OF_TWO), inputs=(*INPUTS, ONE_OF_TWO)),
        "cannot be ANDed",
    ),
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
        lambda: build(FLAGGED, inputs=wide_flag(frozenset({Role.FIRST, Role.SECOND}))),
        "may be set on first, second",
    ),
    ("flag of padding", lambda: build(FLAGGED, inputs=wide_flag(frozenset({Role.PAD}))), "may be set on pad"),
    ("flag of every kind", lambda: build(FLAGGED, inputs=wide_flag(EVERY_KIND)), "may be set on"),
    (
        "restored, but not ANDed with a role",
        lambda: build(head(most(IS_DOC), read="is_document"), gate(Restore, noisy(1)), head(Visible("g"), NEAR)),
        "AND it with that kind's role",
    ),
    ("flag of two bits", lambda: build(FLAGGED, inputs=wide_flag(frozenset({Role.FIRST}), width=2)), "not one exact"),
    ("flag of three values", lambda: build(FLAGGED, inputs=wide_flag(frozenset({Role.FIRST}), hi=2)), "not one exact"),
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
        lambda: build(FLAGGED, inputs=wide_flag(frozenset({Role.SECOND}))),
        "neither determine",
    ),
    (
        "select among both sets",
        with_two_sets(lambda c: chosen(c, among=any_document(c))),
        "may be set on first, second",
    ),
    ("select by both sets", with_two_sets(lambda c: chosen(c, by=any_document(c))), "may be set on first, second"),
    (
        "index of two sets, both seen",
        with_two_sets(lambda c: attended(c, most(any_document(c)), least_digit(0, 3), read=c.doc)),
        "neither determine",
    ),
    (
        "index of two sets, either flag",
        with_two_sets(lambda c: attended(c, most(either(c.first, c.second)), least_digit(0, 3), read=c.doc)),
        "neither determine",
    ),
    (
        "which of two flags, where either counts alike",
        with_two_sets(lambda c: attended(c, most(either(c.first, c.second)), read=c.second)),
        "neither determine",
    ),
    ("either of one flag", with_two_sets(lambda c: either(c.second, c.second)), "may be set on one token"),
    ("either of flags that meet", with_two_sets(lambda c: either(any_document(c), c.first)), "may be set on one token"),
    ("either of all documents", with_builder(lambda c: either(c.first, c.second)), "may be set on one token"),
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
    ("prefix of other bits", lambda: rounds(("p1", 1, 2), continues="r1"), "not the same bit"),
    ("prefix of ANDed digits", lambda: rounds(("p1", 2, 3), ("anded", 1, 2), continues="r2"), "not the same bit"),
    ("prefix with a digit missing", lambda: rounds(("p1", 2, 3), continues="r1"), "neither determine"),
    (
        "prefix of a READ head",
        lambda: build(
            head(SEEN, NEAR, least_digit(2, 3), read="place", span=(2, 3), at=At.READ),
            gate(Restore, noisy(1), name="p"),
            head(SEEN, NEAR, prefix_of([("p", 2, 3)], "h"), least_digit(0, 2), name="k"),
        ),
        "only the READ token has it",
    ),
    (
        "prefix of a head at other tokens",
        lambda: build(
            head(SEEN, NEAR, least_digit(2, 3), read="place", span=(2, 3)),
            gate(Restore, noisy(1), name="p"),
            head(SEEN, NEAR, prefix_of([("p", 2, 3)], "h"), least_digit(0, 2), name="k", at=At.READ),
        ),
        "entries above the prefix differ",
    ),
    (
        "prefix of another form",
        lambda: build(
            LEGAL,
            gate(Restore, noisy()),
            head(SEEN, NEAR, Term("p", affine(PLACE[:]), affine(PLACE[:]), continues="h"), name="k"),
        ),
        "has the form <2p - 1",
    ),
    (
        "prefix of the document",
        lambda: build(
            LEGAL,
            head(SEEN, NEAR, Term("p", affine(DOC[:], scale=2, shift=-1), affine(DOC[:]), continues="h"), name="k"),
        ),
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
    ("signal made later", lambda: build(head(most(COUNTED)), COUNT), "no node before it makes"),
    ("component beyond", lambda: build(head(Term("t", constants([1]), affine([Part("doc", 3, 1)])))), "no component 3"),
    ("component before", lambda: build(head(Term("t", constants([1]), affine([Part("doc", -1, 1)])))), "no component"),
    ("lengths differ", lambda: build(head(Term("t", constants([1, 1]), affine(DOC[:])))), "of length 2 against"),
    ("empty entry", lambda: build(head(Term("t", (), ()))), "at least 1"),
    ("gap of nothing", lambda: build(head(replace(NEAR, gap=0))), "gap 0"),
    ("gap that is not there", lambda: build(head(SEEN, replace(NEAR, gap=3), least_digit(0, 3))), "gap 3"),
    ("no entries", lambda: build(head()), "one entry and one read"),
    ("wide preference", with_builder(lambda c: most(c.doc)), "single number"),
    # names and gates
    ("signal named twice", lambda: build(COUNT, COUNT), "exists already"),
    ("input named twice", lambda: build(inputs=(*INPUTS, DOC)), "exists already"),
    ("head named twice", lambda: build(LEGAL, replace(LEGAL, reads=(Read("doc", 0, 1, "x"),))), "two heads"),
    ("head without a name", lambda: build(replace(LEGAL, name=None)), "give it a name"),
    ("select named as a head", lambda: build(LEGAL, replace(select(), name=LEGAL.name)), "two heads"),
    ("gate of nothing", lambda: build(gate(CountAnd, DOC, Signal("ghost", DIM, 0, 1))), "no node before it"),
    ("count of integers", lambda: build(COUNT, gate(CountAnd, COUNTED, COUNTED)), "counts bits only"),
    ("widths differ", lambda: build(gate(CountXor, DOC, IS_DOC)), "widths 3 and 1"),
    ("one input missing", lambda: build(gate(Maximum, DOC)), "takes 2"),
    ("one input too many", lambda: build(LEGAL, gate(Restore, noisy(), IS_DOC, IS_DOC)), "takes 2 signals, got 3"),
    ("relu of nothing", with_builder(lambda c: c.relu("r", Row(3))), "its form is of none"),
    ("relu of no rows", with_builder(lambda c: c.relu("r")), "its form is of none"),
    ("relu of an unknown signal", lambda: build(Relu("g", affine([Part("ghost", 0, 1)]))), "no node before"),
    ("relu of noise", lambda: build(LEGAL, Relu("g", affine(noisy()[:]))), "noisy; restore it"),
    ("relu of a component beyond", lambda: build(Relu("g", affine([Part("doc", 3, 1)]))), "no component 3"),
    ("relu of a component before", lambda: build(Relu("g", affine([Part("doc", -1, 1)]))), "no component -1"),
    ("table beyond the range", lambda: build(looked_up((Row(0, DOC[:]),), ((0,),) * 5)), "got 5 rows from 0"),
    ("table before the range", lambda: build(looked_up((Row(0, DOC[:]),), ((0,),) * 4, -1)), "got 4 rows from -1"),
    ("table ragged", lambda: build(looked_up(IS_DOC, ((0,), (0, 1)))), "equal width"),
    ("table of nothing", lambda: build(looked_up(IS_DOC, ((), ()))), "equal width"),
    ("no table", lambda: build(looked_up(IS_DOC, ())), "needs one row"),
    ("domain beyond the range", with_builder(lambda c: c.lookup("t", c.first, str, range(2, 4))), "needs one row"),
    (
        "lookup of a form without a row",
        with_builder(lambda c: c.lookup("t", Row(0, c.doc[:]), {0: [1], 1: [0], 3: [0]})),
        r"no row for doc = 2 .range 0\.\.3",
    ),
    (
        "bits of a form that may be negative",
        with_builder(lambda c: c.bits("b", Row(0, tuple(p.times(-1) for p in c.doc[:])))),
        "negative",
    ),
    ("table without a row", with_builder(lambda c: c.lookup("t", c.first, {0: [1]})), "no row for is_document = 1"),
    ("lookup of a vector", with_builder(lambda c: c.lookup("t", c.doc, {0: [0]})), "has width 3"),
    (
        "bits of a negative number",
        with_builder(lambda c: c.bits("b", c.lookup("t", c.first, {0: [-1], 1: [0]}))),
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
    ("output in two places", lambda: build(outputs=(*ANSWER, Output("other", "doc"), *ANSWER)), "in one place"),
    ("no output", lambda: build(outputs=()), "needs an answer"),
    ("no answer", with_builder(lambda c: c.circuit()), "answers nothing"),
    # select
    ("select without objective", with_builder(lambda c: chosen(c, order=[])), "no objective"),
    ("select among everything", with_builder(lambda c: chosen(c, among=c.one)), "may be set on"),
    ("select by everything", with_builder(lambda c: chosen(c, by=c.one)), "may be set on"),
    ("select among what READ has", with_builder(lambda c: chosen(c, among=read_only(c))), "only READ has it"),
    ("select by what READ has", with_builder(lambda c: chosen(c, by=read_only(c))), "only READ has it"),
    ("select reads an integer", lambda: build(COUNT, select(Read("count", 0, 1, "x"))), "only exact bits"),
    ("select reads what is not there", with_builder(lambda c: chosen(c)[c.place]), "was not read"),  # type: ignore[index]
    ("select by nobody", lambda: build(replace(select(), by=None)), "the flag of the tokens that ask"),
    ("no rounds", lambda: split_index(3, 0), "0 rounds"),
    ("too many rounds", lambda: split_index(3, 4), "4 rounds"),
]


@pytest.mark.parametrize(("make", "why"), [c[1:] for c in ILL_TYPED], ids=[c[0] for c in ILL_TYPED])
def test_ill_typed(make: Callable[[], object], why: str) -> None:
    with pytest.raises(ProofError, match=why):
        make()


def test_what_the_table_varies_is_legal() -> None:
    """So that each row of the table fails for its own reason."""
    first, wide = frozenset({Role.FIRST}), Signal("v", 3, 0, 1)
    build(LEGAL, gate(Restore, noisy()), COUNT, select(Read("doc", 0, 3, "x")))
    build(LEGAL, gate(Restore, noisy(), IS_DOC))
    build(LEGAL, gate(Restore, noisy(), wide), inputs=(*INPUTS, wide))
    build(Relu("g", (Row(0, DOC[:]), Row(-2, (Part("doc", 2, -3),)))))
    for lo, rows in ((0, 4), (1, 2), (3, 1), (0, 1)):
        build(looked_up((Row(0, DOC[:]),), ((7,),) * rows, lo))
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


def test_documents_of_one_set_select_among_the_other() -> None:
    """The index tells them apart, although it starts at 0 in both sets."""
    for by, among in (("first", "second"), ("second", "first"), ("first", "first"), ("second", "second")):
        c = Builder("t", dim=DIM, max_n=MAX_N, bichromatic=True)
        partner = c.select("s", by=getattr(c, by), among=getattr(c, among), order=[most(NEAR)], read=[c.doc, c.place])
        c.answer(decision=partner.found)
        assert c.circuit().signals["s.found"].support == getattr(c, by).support
        for count in (1, 2, 3):
            assert not any(isinstance(n, Select) for n in lower(c.circuit(), {"s": count}).nodes)
    c = Builder("t", dim=DIM, max_n=MAX_N, bichromatic=True)
    attended(c, Visible(c.second.name), most(NEAR), least_digit(0, 3), read=c.doc)
    attended(
        Builder("t", dim=DIM, max_n=MAX_N, bichromatic=True),
        most(either(c.first, c.second)),
        most(c.second),
        read=c.second,
    )


def test_one_set_has_one_flag_and_two_sets_have_two() -> None:
    names = {}
    for bichromatic in (False, True):
        c = Builder("t", dim=DIM, max_n=MAX_N, bichromatic=bichromatic)
        c.answer(decision=c.first)
        names[bichromatic] = [s.name for s in c.circuit().inputs]
    assert names[False] == ["one", "is_start", "is_document", "doc", "place"]
    assert names[True] == ["one", "is_start", "is_first", "is_second", "doc", "place"]
    assert PLAIN.first is PLAIN.second
    two = Builder("t", dim=DIM, max_n=MAX_N, bichromatic=True)
    assert not two.first.support & two.second.support
    assert two.doc.support == two.place.support == two.first.support | two.second.support


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
    p1 = gate(Restore, noisy(2, "r1"), name="p1")
    half = Term("half", affine([Part("p1", 1, 1)], scale=2, shift=-1), affine([Part("place", 3, 1)]), continues="r1")
    r2 = head(SEEN, NEAR, half, least_digit(0, 2), read="place", span=(0, 2), name="r2")
    p2 = gate(Restore, noisy(2, "r2"), name="p2")
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


def test_circuits_and_plans_are_immutable() -> None:
    for thing in (build(LEGAL), LEGAL, NEAR, DOC, COUNT, SEEN, CLOSEST.plan(5, 8, "float32")):
        for field in fields(thing):
            with pytest.raises(AttributeError):
                setattr(thing, field.name, None)
    assert isinstance(hash(DOC), int)
