"""Every typing rule, violated once: what is ill-typed is refused with a message that says why."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.circuit.nodes import (
    ANSWER,
    COUNT,
    DIM,
    DOC,
    FLAGGED,
    INPUTS,
    IS_DOC,
    LEGAL,
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
    noisy,
    read_only,
    rounds,
    select,
    wide_flag,
    with_builder,
    with_two_sets,
)

from proofformer.circuit import (
    At,
    Gate,
    Head,
    Kind,
    Op,
    Output,
    Part,
    Read,
    Row,
    Select,
    Signal,
    Term,
    Visible,
    either,
    inner,
    least,
    most,
    split_index,
)
from proofformer.circuit.lower import least_digit, prefix_of
from proofformer.circuit.signals import EVERY_KIND, affine, constants
from proofformer.errors import ProofError

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
    ("signal made later", lambda: build(head(most(COUNT.output)), COUNT), "no node before it makes"),
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
    ("one input too many", lambda: gate(Op.LOOKUP, IS_DOC, IS_DOC), "form of exactly its signals"),
    ("table too short", lambda: gate(Op.LOOKUP, COUNT.output, table=((0,),) * 3), "got 3 rows"),
    ("table too long", lambda: gate(Op.LOOKUP, COUNT.output, table=((0,),) * 5), "got 5 rows"),
    ("table ragged", lambda: gate(Op.LOOKUP, IS_DOC, table=((0,), (0, 1))), "equal width"),
    ("table of nothing", lambda: gate(Op.LOOKUP, IS_DOC, table=((), ())), "equal width"),
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
