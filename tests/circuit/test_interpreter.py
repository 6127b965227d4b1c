"""The interpreter against brute force, before and after lowering; and that it notices what a type does not."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import CASES, CLOSEST, OV, Case, Rows, brute, hand_made, small_rows

from proofformer.circuit import (
    At,
    Builder,
    Circuit,
    Gate,
    Kind,
    Select,
    Signal,
    agreement,
    answer_fields,
    inner,
    interpret,
    lower,
    most,
    sequence,
)
from proofformer.circuit.interpreter import Trace
from proofformer.errors import ProofError
from proofformer.problems import Decision, PairAnswer

MAX_N = 7


def run(circuit: Circuit, rows: Rows, padding: int) -> Trace:
    return interpret(circuit, *sequence(rows, circuit.inputs, padding))


def answer(circuit: Circuit, trace: Trace) -> PairAnswer | Decision:
    fields = answer_fields(circuit, trace)
    if "decision" in fields:
        return Decision(bool(fields["decision"]))
    return PairAnswer((fields["i"], fields["j"]), fields["value"]) if fields["found"] else PairAnswer(None, None)


def stages(case: Case, dim: int) -> Iterable[Circuit]:
    yield case.circuit(dim, MAX_N)
    for rounds in (1, 2, 3) if case is CLOSEST else ():
        yield case.lowered(dim, MAX_N, rounds)


@settings(deadline=None, max_examples=100)
@given(rows=small_rows(MAX_N), padding=st.integers(0, 3))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_answers_equal_brute_force(case: Case, rows: Rows, padding: int) -> None:
    plain: Trace | None = None
    for circuit in stages(case, len(rows[0])):
        trace = run(circuit, rows, padding)
        assert answer(circuit, trace) == brute(case.name, rows)
        plain = plain or trace
        for name in plain.keys() & trace.keys():
            assert trace[name] == plain[name], name


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("max_n", [2, MAX_N])
@pytest.mark.parametrize("dim", [1, 4])
def test_hand_made_instances(case: Case, dim: int, max_n: int) -> None:
    circuit = case.circuit(dim, max_n)
    for name, rows in hand_made(dim, max_n).items():
        assert answer(circuit, run(circuit, rows, 0)) == brute(case.name, rows), name


def test_lowered_prefixes_and_digits_are_those_of_the_partner() -> None:
    rows = [[0, 1], [1, 1], [0, 0], [1, 1], [0, 1]]
    circuit = CLOSEST.lowered(2, MAX_N, 3)
    trace = run(circuit, rows, 1)
    place = trace["partner.place"]
    for r, bit in ((1, 2), (2, 1)):
        digit = trace[f"partner.round{r}.digit"]
        assert [d and d[0] for d in digit] == [p and p[bit] for p in place]


def test_nothing_to_select_reads_start() -> None:
    """What a document without a partner fetches is what START holds, in a select as in the heads it lowers to."""
    c = Builder("t", dim=1, max_n=4)
    mark = c.lookup("mark", c.documents, {0: [1], 1: [0]})
    partner = c.select("s", by=c.documents, among=c.documents, order=[most(agreement(c.doc, c.doc))], read=[mark])
    c.answer(decision=partner.found)
    circuit = c.circuit()
    for stage in (circuit, lower(circuit, {"s": 1}), lower(circuit, {"s": 2})):
        trace = run(stage, [[0], [1]], 1)
        assert trace["s.mark"] == [(0,), (1,), (1,), (0,), (0,)]
        assert trace["s.found"] == [(0,), (0,), (0,), (1,), (0,)]


def test_ties_average_and_restore_refuses_the_average() -> None:
    """The interpreter is the judge of the typing rules: a circuit made around them fails in it."""
    c = Builder("t", dim=1, max_n=4)
    partner = c.select("s", by=c.documents, among=c.documents, order=[most(inner(c.doc, c.doc))], read=[c.doc])
    c.answer(decision=partner.found)
    lowered = lower(c.circuit(), {"s": 1})
    head = lowered.nodes[0]
    object.__setattr__(head, "order", head.order[:1])  # type: ignore[union-attr]
    with pytest.raises(ProofError, match="no bit"):
        run(lowered, [[0], [1], [0], [1]], 0)


def test_signal_beyond_its_range() -> None:
    circuit = CLOSEST.circuit(3, MAX_N)
    distance = next(n for n in circuit.nodes if isinstance(n, Gate) and n.name == "distance")
    object.__setattr__(distance, "output", Signal("distance", 1, 0, 1))
    run(circuit, [[0, 0, 1], [0, 0, 0]], 0)
    with pytest.raises(ProofError, match=r"'distance' is .* on token 2, outside 0\.\.1"):
        run(circuit, [[0, 1, 1], [0, 0, 0]], 0)


def test_wrong_table() -> None:
    circuit = CLOSEST.circuit(3, MAX_N)
    bits = next(n for n in circuit.nodes if isinstance(n, Gate) and n.name == "value")
    object.__setattr__(bits, "table", ((0, 0), (2, 0), (0, 1), (1, 1)))
    with pytest.raises(ProofError, match=r"'value' is .* outside 0\.\.1"):
        run(circuit, [[0, 0, 1], [0, 0, 0]], 0)


def test_input_beyond_its_support() -> None:
    circuit = OV.circuit(2, MAX_N)
    kinds, tokens = sequence([[0, 1], [1, 0]], circuit.inputs, padding=1)
    assert kinds == [Kind.START, Kind.PAD, Kind.FIRST, Kind.FIRST, Kind.READ]
    with pytest.raises(ProofError, match="on a pad token, outside its support"):
        interpret(circuit, kinds, [tokens[0], {**tokens[1], "doc": (0, 1)}, *tokens[2:]])
    with pytest.raises(ProofError, match=r"outside 0\.\.1"):
        interpret(circuit, kinds, [*tokens[:2], {**tokens[2], "doc": (0, 7)}, *tokens[3:]])


def test_read_signals_have_no_value_elsewhere() -> None:
    circuit = OV.circuit(2, MAX_N)
    trace = run(circuit, [[0, 1], [1, 0]], 0)
    assert trace["yes"] == [None, None, None, (1,)]
    assert {s.at for s in circuit.signals.values()} == set(At)


def test_lower_leaves_no_select() -> None:
    circuit = CLOSEST.circuit(4, MAX_N)
    assert not circuit.is_lowered
    assert sum(isinstance(n, Select) for n in circuit.nodes) == 2
    for rounds in (1, 2, 3):
        assert CLOSEST.lowered(4, MAX_N, rounds).is_lowered
