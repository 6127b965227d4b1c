"""The interpreter against brute force, before and after lowering; and that it notices what a type does not."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import BICHROMATIC, BICHROMATIC_DECIDE, CASES, CLOSEST, LARGEST, OV, Case, Sets, small_sets

from proofformer.circuit import (
    At,
    Builder,
    Circuit,
    Gate,
    Role,
    Signal,
    agreement,
    answer_fields,
    inner,
    interpret,
    lower,
    most,
    sequence,
)
from proofformer.circuit.builder import index_width
from proofformer.circuit.interpreter import ExactTrace
from proofformer.errors import ProofError
from proofformer.problems import Decision, PairAnswer

MAX_N = 7


def run(circuit: Circuit, sets: Sets, padding: int, levels: int = 1) -> ExactTrace:
    return interpret(circuit, *sequence(sets, circuit.inputs, padding, levels))


def answer(case: Case, circuit: Circuit, trace: ExactTrace, sets: Sets) -> PairAnswer | Decision:
    form = case.problem(len(sets[0][0])).answer_format
    return form.spell(answer_fields(circuit, trace), tuple(map(len, sets)))


def stages(case: Case, dim: int, max_n: int) -> Iterable[Circuit]:
    """The circuit as the theorem writes it; a search also in heads, one to three for each select."""
    yield case.circuit(dim, max_n)
    for rounds in range(1, min(3, index_width(max_n)) + 1) if case.question == "search" else ():
        yield case.lowered(dim, max_n, rounds)


@settings(deadline=None, max_examples=10)
@given(data=st.data(), padding=st.integers(0, 3))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_answers_equal_brute_force(case: Case, data: st.DataObject, padding: int) -> None:
    sets = case.legal(data.draw(small_sets(case.bichromatic, MAX_N)))
    plain: ExactTrace | None = None
    for circuit in stages(case, len(sets[0][0]), MAX_N):
        trace = run(circuit, sets, padding, case.levels)
        assert answer(case, circuit, trace, sets) == case.brute(sets)
        plain = plain or trace
        for name in plain.keys() & trace.keys():
            assert trace[name] == plain[name], name


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize(("dim", "max_n"), [(1, 2), (4, MAX_N)])
def test_hand_made_instances(case: Case, dim: int, max_n: int) -> None:
    circuits = [*stages(case, dim, max_n)][::2]
    for name, sets in case.instances(dim, max_n).items():
        for circuit in circuits:
            assert answer(case, circuit, run(circuit, sets, 0, case.levels), sets) == case.brute(sets), name


@pytest.mark.parametrize("case", [c for c in CASES if c.question == "decide"], ids=str)
def test_the_hand_made_instances_ask_for_both_decisions(case: Case) -> None:
    """A pair is always at l or less, and at 0 or more; else there are instances of both kinds."""
    always = case.share == (0 if case.name in LARGEST else 1)
    decisions = {bool(case.brute(sets)) for sets in case.instances(4, MAX_N).values()}
    assert decisions == ({True} if always else {True, False})


@settings(deadline=None, max_examples=12)
@given(sets=small_sets(True, MAX_N), padding=st.integers(0, 3))
@pytest.mark.parametrize("case", [BICHROMATIC, BICHROMATIC_DECIDE], ids=str)
def test_padding_between_the_sets_changes_nothing(case: Case, sets: Sets, padding: int) -> None:
    """The shorter A of a batch has its padding there."""
    for circuit in stages(case, len(sets[0][0]), MAX_N):
        kinds, tokens = sequence(sets, circuit.inputs, padding)
        first = kinds.index(Role.FIRST)
        pads = slice(1, 1 + padding)
        kinds = [*kinds[:first], *kinds[pads], *kinds[first:]]
        tokens = [*tokens[:first], *tokens[pads], *tokens[first:]]
        assert answer(case, circuit, interpret(circuit, kinds, tokens), sets) == case.brute(sets)


def test_sequence_of_two_sets() -> None:
    """`[START, PAD, B reversed, A reversed, READ]`: each set has its own flag and counts from 0."""
    circuit = BICHROMATIC.circuit(2, 4)
    kinds, tokens = sequence(([[0, 1], [1, 0], [1, 1]], [[0, 0], [1, 0]]), circuit.inputs, padding=1)
    assert kinds == [Role.START, Role.PAD, *[Role.SECOND] * 2, *[Role.FIRST] * 3, Role.READ]
    columns = {s.name: [token[s.name] for token in tokens] for s in circuit.inputs}
    assert columns == {
        "one": [(1,)] * 8,
        "is_start": [(1,), *[(0,)] * 7],
        "is_first": [*[(0,)] * 4, *[(1,)] * 3, (0,)],
        "is_second": [(0,), (0,), (1,), (1,), *[(0,)] * 4],
        "doc": [(0, 0), (0, 0), (1, 0), (0, 0), (1, 1), (1, 0), (0, 1), (0, 0)],
        "place": [(0, 0), (0, 0), (1, 0), (0, 0), (0, 1), (1, 0), (0, 0), (0, 0)],
    }


@pytest.mark.parametrize("flag", ["is_document", "is_first"])
def test_only_documents_that_may_be_the_first_of_a_pair_hit(flag: str) -> None:
    """Neither START, nor padding, nor READ, nor a document of B: whatever their scores are."""
    two = flag == "is_first"
    for case in (c for c in CASES if c.question == "decide" and c.bichromatic is two):
        circuit = case.circuit(2, MAX_N)
        for sets in case.instances(2, MAX_N).values():
            trace = run(circuit, sets, 2, case.levels)
            hits = [bool(h and h[0]) for h in trace["hit"]]
            asking = [bool(f and f[0]) for f in trace[flag]]
            assert all(a for h, a in zip(hits, asking, strict=True) if h)
            assert any(hits) == bool(case.brute(sets))


def test_lowered_prefixes_and_digits_are_those_of_the_partner() -> None:
    rows = [[0, 1], [1, 1], [0, 0], [1, 1], [0, 1]]
    circuit = CLOSEST.lowered(2, MAX_N, 3)
    trace = run(circuit, (rows,), 1)
    place = trace["partner.place"]
    for r, bit in ((1, 2), (2, 1)):
        digit = trace[f"partner.round{r}.digit"]
        assert [d and d[0] for d in digit] == [p and p[bit] for p in place]


def test_nothing_to_select_reads_start() -> None:
    """What a document without a partner fetches is what START holds, in a select as in the heads it lowers to."""
    c = Builder("t", dim=1, max_n=4)
    mark = c.lookup("mark", c.first, {0: [1], 1: [0]})
    partner = c.select("s", by=c.first, among=c.first, order=[most(agreement(c.doc, c.doc))], read=[mark])
    c.answer(decision=partner.found)
    circuit = c.circuit()
    for stage in (circuit, lower(circuit, {"s": 1}), lower(circuit, {"s": 2})):
        trace = run(stage, ([[0], [1]],), 1)
        assert trace["s.mark"] == [(0,), (1,), (1,), (0,), (0,)]
        assert trace["s.found"] == [(0,), (0,), (0,), (1,), (0,)]


def test_ties_average_and_restore_refuses_the_average() -> None:
    """The interpreter is the judge of the typing rules: a circuit made around them fails in it."""
    c = Builder("t", dim=1, max_n=4)
    partner = c.select("s", by=c.first, among=c.first, order=[most(inner(c.doc, c.doc))], read=[c.doc])
    c.answer(decision=partner.found)
    lowered = lower(c.circuit(), {"s": 1})
    head = lowered.nodes[0]
    object.__setattr__(head, "order", head.order[:1])  # type: ignore[union-attr]
    with pytest.raises(ProofError, match="no bit"):
        run(lowered, ([[0], [1], [0], [1]],), 0)


def test_signal_beyond_its_range() -> None:
    circuit = CLOSEST.circuit(3, MAX_N)
    circuit.scope.signals["value"] = Signal("value", 1, 0, 1)
    run(circuit, ([[0, 0, 1], [0, 0, 0]],), 0)
    with pytest.raises(ProofError, match=r"'value' is .* on token 2, outside 0\.\.1"):
        run(circuit, ([[0, 1, 1], [0, 0, 0]],), 0)


def test_wrong_table() -> None:
    circuit = CLOSEST.circuit(3, MAX_N)
    bits = next(n for n in circuit.nodes if isinstance(n, Gate) and n.name == "value.bits")
    object.__setattr__(bits, "table", ((0, 0), (2, 0), (0, 1), (1, 1)))
    with pytest.raises(ProofError, match=r"'value.bits' is .* outside 0\.\.1"):
        run(circuit, ([[0, 0, 1], [0, 0, 0]],), 0)


def test_input_beyond_its_support() -> None:
    circuit = OV.circuit(2, MAX_N)
    kinds, tokens = sequence(([[0, 1], [1, 0]],), circuit.inputs, padding=1)
    assert kinds == [Role.START, Role.PAD, Role.FIRST, Role.FIRST, Role.READ]
    with pytest.raises(ProofError, match="on a pad token, outside its support"):
        interpret(circuit, kinds, [tokens[0], {**tokens[1], "doc": (0, 1)}, *tokens[2:]])
    with pytest.raises(ProofError, match=r"outside 0\.\.1"):
        interpret(circuit, kinds, [*tokens[:2], {**tokens[2], "doc": (0, 7)}, *tokens[3:]])


def test_read_signals_have_no_value_elsewhere() -> None:
    circuit = OV.circuit(2, MAX_N)
    trace = run(circuit, ([[0, 1], [1, 0]],), 0)
    assert trace["yes"] == [None, None, None, (1,)]
    assert {s.at for s in circuit.signals.values()} == set(At)
