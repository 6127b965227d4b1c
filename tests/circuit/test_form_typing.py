"""What forms may be made of: every rule about the forms of look-ups and relus, violated once."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.circuit.nodes import COUNT, DOC, PLACE, READ_FLAG, build, noisy, with_builder

from proofformer.circuit import At, Gate, Op, Part, Row, Signal
from proofformer.circuit.gates import typed
from proofformer.errors import ProofError

ALL = (Row(0, DOC[:]),)
FORMED = typed(Op.LOOKUP, "formed", [DOC], At.EVERY, ((0,), (1,), (4,), (9,)), ALL)


def relu(signal: Signal, *rows: Row) -> Gate:
    return typed(Op.RELU, "g", [signal], At.EVERY, (), rows)


def looked_up(signal: Signal, start: int, stop: int, *rows: Row) -> Gate:
    table = tuple((v,) for v in range(start, stop + 1))
    return typed(Op.LOOKUP, "g", [signal], At.EVERY, table, rows or (Row(0, signal[:]),), start)


ILL_FORMED: list[tuple[str, Callable[[], object], str]] = [
    ("relu of nothing", with_builder(lambda c: c.relu("r", Row(3))), "its signals are none"),
    (
        "relu of an unknown signal",
        with_builder(lambda c: c.relu("r", Row(0, (Part("ghost", 0, 1),)))),
        "no node before",
    ),
    ("relu of noise", lambda: relu(noisy(), Row(0, noisy()[:])), "noisy; restore it"),
    ("relu of what READ has", lambda: relu(READ_FLAG, Row(0, READ_FLAG[:])), "on the READ token only"),
    ("relu of a component beyond", lambda: relu(DOC, Row(0, (Part("doc", 3, 1),))), "no component 3"),
    ("relu of a component before", lambda: relu(DOC, Row(0, (Part("doc", -1, 1),))), "no component -1"),
    ("relu of another signal", lambda: relu(DOC, Row(0, (Part("place", 0, 1),))), "its form is of place"),
    ("relu of a signal that is not used", lambda: typed(Op.RELU, "g", [DOC, PLACE], At.EVERY, (), ALL), "exactly its"),
    (
        "relu of its signals in another order",
        lambda: typed(Op.RELU, "g", [PLACE, DOC], At.EVERY, (), (Row(0, (*DOC[:], *PLACE[:])),)),
        "exactly its signals",
    ),
    ("count of a form", lambda: typed(Op.COUNT_AND, "g", [DOC, DOC], At.EVERY, (), ALL), "not a form of them"),
    ("restore of a form", lambda: typed(Op.RESTORE, "g", [noisy()], At.EVERY, (), ALL), "not a form of them"),
    ("lookup of noise in a form", lambda: looked_up(noisy(), 0, 3), "noisy; restore it"),
    ("lookup of a component beyond", lambda: looked_up(DOC, 0, 1, Row(0, (Part("doc", 5, 1),))), "no component 5"),
    ("lookup beyond the range", lambda: looked_up(DOC, 4, 9), "rows from 4"),
    ("lookup before the range", lambda: looked_up(DOC, -5, -1), "rows from -5"),
    ("lookup of a table of nothing", lambda: typed(Op.LOOKUP, "g", [DOC], At.EVERY, (), ALL, 0), "needs one row"),
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
    ("range of a form understated", lambda: build(replace(FORMED, output=replace(FORMED.output, hi=2))), "inputs give"),
    ("form exchanged", lambda: build(replace(FORMED, form=(Row(1, DOC[:]),))), "but its inputs give"),
    ("table moved", lambda: build(replace(FORMED, lo=1)), "got 4 rows from 1|but its inputs give"),
    ("form on a count", lambda: build(replace(COUNT, form=ALL)), "not a form of them"),
]


@pytest.mark.parametrize(("make", "why"), [c[1:] for c in ILL_FORMED], ids=[c[0] for c in ILL_FORMED])
def test_ill_formed(make: Callable[[], object], why: str) -> None:
    with pytest.raises(ProofError, match=why):
        make()


def test_what_the_table_varies_is_legal() -> None:
    build(FORMED)
    relu(DOC, Row(0, DOC[:]), Row(-2, (Part("doc", 2, -3),)))
    looked_up(DOC, 1, 2)
    looked_up(DOC, 3, 9)
    looked_up(DOC, -5, 0)
    typed(Op.LOOKUP, "g", [DOC, PLACE], At.EVERY, ((0,),), (Row(0, (*DOC[:], *PLACE[:])),), 0)
