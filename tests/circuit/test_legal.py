"""What is legal: so that each row of the table of ill-typed nodes fails for its own reason; and near misses."""

from dataclasses import fields, replace

import pytest
from tests.cases import CLOSEST
from tests.circuit.nodes import (
    COUNT,
    DIM,
    DOC,
    FLAGGED,
    INPUTS,
    IS_DOC,
    LEGAL,
    MAX_N,
    NEAR,
    PLAIN,
    READ_BIT,
    READ_FLAG,
    READ_HEAD,
    SEEN,
    attended,
    build,
    gate,
    head,
    looked_up,
    noisy,
    rounds,
    select,
    wide_flag,
)

from proofformer.circuit import (
    At,
    Builder,
    Kind,
    Part,
    Read,
    Relu,
    Restore,
    Row,
    Signal,
    Term,
    Visible,
    either,
    inner,
    lower,
    most,
)
from proofformer.circuit.lower import least_digit, prefix_of
from proofformer.circuit.signals import affine, constants
from proofformer.errors import ProofError


def test_what_the_table_varies_is_legal() -> None:
    """So that each row of the table fails for its own reason."""
    first, wide = frozenset({Kind.FIRST}), Signal("v", 3, 0, 1)
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
            assert lower(c.circuit(), {"s": count}).is_lowered
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
