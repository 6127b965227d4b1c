"""Circuits for tokens that see themselves: against brute force and against the strict circuit, in exact arithmetic."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import BICHROMATIC, BY_NORM, CASES, CLOSEST, OV, Case, small_sets

from proofformer.circuit import (
    At,
    Builder,
    Circuit,
    CountAnd,
    CountXor,
    Gate,
    Head,
    Part,
    Read,
    Role,
    Row,
    Select,
    Term,
    answer_fields,
    inclusive,
    inner,
    interpret,
    lower,
    most,
    sequence,
)
from proofformer.circuit.interpreter import with_seen
from proofformer.circuit.signals import copy_of
from proofformer.errors import ProofError

MAX_N = 5


def stages(case: Case, dim: int) -> list[Circuit]:
    """As the theorem writes it, in one head for each select, and in three."""
    rounds = (1, 3) if case.question == "search" else ()
    return [case.circuit(dim, MAX_N), *(case.lowered(dim, MAX_N, r) for r in rounds)]


@settings(deadline=None, max_examples=4)
@given(data=st.data(), padding=st.integers(0, 2), between=st.integers(0, 2))
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_token_knows_what_it_knows_under_the_strict_mask(
    case: Case, data: st.DataObject, padding: int, between: int
) -> None:
    sets = case.legal(data.draw(small_sets(case.bichromatic, MAX_N)))
    for circuit in stages(case, len(sets[0][0])):
        kinds, tokens = sequence(sets, circuit.inputs, padding + between, case.levels)
        first, pads = kinds.index(Role.FIRST), slice(1, 1 + between)
        kinds, tokens = ([x[0], *x[1 + between : first], *x[pads], *x[first:]] for x in (kinds, tokens))  # type: ignore[index]
        itself = inclusive(circuit)
        strict = interpret(circuit, kinds, tokens)
        trace = interpret(itself, kinds, with_seen(tokens, itself.inputs))
        assert case.problem(len(sets[0][0])).answer_format.spell(
            answer_fields(itself, trace), tuple(map(len, sets))
        ) == case.brute(sets)
        for name in trace.keys() & strict.keys():
            assert trace[name] == strict[name], name
        for name in strict:
            copy = trace.get(copy_of(name))
            assert copy is None or copy[1:] == strict[name][:-1], name
        assert trace.keys() <= {*strict, *map(copy_of, strict)}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_copies_are_of_what_is_seen_and_of_nothing_else(case: Case) -> None:
    strict, itself = (case.circuit(3, MAX_N), inclusive(case.circuit(3, MAX_N)))
    assert itself.inclusive
    assert not strict.inclusive
    names = {n.name for n in itself.nodes}
    own = {n.name: isinstance(n, Gate) for n in strict.nodes}
    assert names <= {*own, *(copy_of(name) for name, is_gate in own.items() if is_gate)}
    assert all(name in names or copy_of(name) in names for name in own)
    assert itself.inputs[: len(strict.inputs)] == strict.inputs
    copies = {s.name for s in itself.inputs[len(strict.inputs) :]}
    second = "is_second" if case.bichromatic else "is_document"
    wanted = {"is_start", "doc", second} | ({"place"} if case.question == "search" else set())
    assert copies == set(map(copy_of, wanted))


@pytest.mark.parametrize("case", [CLOSEST, BICHROMATIC, BY_NORM], ids=str)
def test_it_can_be_lowered_before_or_after(case: Case) -> None:
    circuit = case.circuit(3, MAX_N)
    rounds = {n.name: 2 for n in circuit.nodes if isinstance(n, Select)}
    assert lower(inclusive(circuit), rounds) == inclusive(lower(circuit, rounds))


def builder() -> Builder:
    return Builder("t", dim=2, max_n=4)


def test_keys_that_know_what_a_head_returned_are_refused() -> None:
    c = builder()
    partner = c.select("partner", by=c.first, among=c.first, order=[most(inner(c.doc, c.doc))], read=[c.doc])
    number = c.count_and("number", c.doc, partner[c.doc])
    again = c.select("again", by=c.first, among=c.first, order=[most(number)], read=[c.doc])
    c.answer(decision=again.found)
    with pytest.raises(ProofError, match=r"see 'partner\.doc', which follows from what a head returned"):
        inclusive(c.circuit())


def test_read_must_not_disturb_its_own_head() -> None:
    c = builder()
    nothing = c.is_zero("nothing", c.first)
    c.answer(decision=c.restore("yes", c.attend("yes", at=At.READ, order=[most(nothing)], read=nothing)))
    with pytest.raises(ProofError, match="scores or reads 'nothing', which READ may have"):
        inclusive(c.circuit())


def altered(circuit: Circuit, name: str, node: Head | Gate) -> Circuit:
    nodes = tuple(node if n.name == name else n for n in circuit.nodes)
    return Circuit(circuit.name, circuit.inputs, nodes, circuit.outputs)


def test_what_two_tokens_know_is_not_added_up() -> None:
    circuit = inclusive(OV.circuit(2, MAX_N))
    head = circuit.nodes[0]
    assert isinstance(head, Head)
    both = Term("both", (Row(1),), (Row(0, (Part("doc", 0, 1), Part("seen:doc", 0, 1))),))
    with pytest.raises(ProofError, match="adds up what two tokens know in its key"):
        altered(circuit, head.name, replace(head, order=(both, *head.order)))
    with pytest.raises(ProofError, match="'seen:doc' is known to another token than 'doc'"):
        circuit.scope.fork().add(CountAnd("x", ("doc", "seen:doc")))
    scope = circuit.scope.fork()
    scope.add(CountXor("x", ("seen:doc", "seen:doc")))
    assert scope.signals["x"].seen


def test_a_copy_differs_in_nothing_but_its_name() -> None:
    circuit = inclusive(CLOSEST.circuit(2, MAX_N))
    for change in ({"hi": 2}, {"width": 3}, {"support": frozenset({Role.FIRST, Role.PAD})}, {"name": "another"}):
        inputs = tuple(replace(s, **change) if s.name == "seen:doc" else s for s in circuit.inputs)
        with pytest.raises(ProofError, match="has to be a copy of an input"):
            Circuit(circuit.name, inputs, circuit.nodes, circuit.outputs)


def test_the_index_that_makes_a_key_unique_is_the_one_that_goes_with_the_flag() -> None:
    """Own places do not tell apart the tokens that are seen."""
    circuit = lower(inclusive(CLOSEST.circuit(2, MAX_N)), {"partner": 1, "best": 1})
    head = next(n for n in circuit.nodes if isinstance(n, Head))
    *above, digit = head.order
    assert isinstance(digit, Term)
    own = replace(digit, key=tuple(Row(0, (Part("place", p.component, 1),)) for row in digit.key for p in row.parts))
    with pytest.raises(ProofError, match="two best keys may differ"):
        altered(circuit, head.name, replace(head, order=(*above, own)))
    assert head.reads[0] == Read("seen:doc", 0, 2, "partner.doc~")


def test_planted_a_key_of_ones_own_is_a_pair_with_oneself() -> None:
    """The mask needs the copies: with the strict circuit's keys, a document would choose itself."""
    circuit = inclusive(Case("max-ip").circuit(2, MAX_N))
    select = circuit.nodes[0]
    assert isinstance(select, Select)
    doc = circuit.signals["doc"]
    reads = tuple(replace(r, signal=name) for r, name in zip(select.reads, ("doc", "place"), strict=True))
    own = replace(select, among="is_document", order=(most(inner(doc, doc)),), reads=reads)
    wrong = Circuit(circuit.name, circuit.inputs, (own, *circuit.nodes[1:]), circuit.outputs)
    trace = interpret(wrong, *sequence(([[0, 0], [1, 1], [1, 1]],), circuit.inputs))
    assert answer_fields(wrong, trace)["i"] == answer_fields(wrong, trace)["j"]
