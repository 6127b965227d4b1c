"""Plans: obligations, the least temperature, the fewest rounds, refusals and what they recommend."""

import pickle
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from math import exp

import pytest
from tests.cases import CASES, CLOSEST, COSINE, OV, SIZE_IDS, SIZES, Case

from proofformer.circuit import At, Builder, Circuit, Head, Select, Visible, inclusive, inner, lower, most
from proofformer.circuit.lower import least_digit
from proofformer.circuit.nodes import PLACE
from proofformer.compiler import Spec, Unplanned, plan_of
from proofformer.errors import ProofError
from proofformer.planner import DTYPES, Plan, dtype_named, make_plan
from proofformer.planner.bounds import LEAK_BUDGET
from proofformer.planner.heads import head_obligations, plan_head_at, round_up, sharing_of
from proofformer.planner.plan import gate_obligations
from proofformer.planner.rules import Obligation, Owner, Rule

FLOAT32, BFLOAT16 = dtype_named("float32"), dtype_named("bfloat16")


def heads(plan: Plan) -> dict[str, Head]:
    return {n.name: n for n in plan.circuit.nodes if isinstance(n, Head)}


@pytest.mark.parametrize(("case", "dim", "max_n", "dtype"), SIZES, ids=SIZE_IDS)
def test_every_plan(case: Case, dim: int, max_n: int, dtype: str) -> None:
    plan = plan_of(Spec(case.problem(dim), max_n=max_n, dtype=dtype))
    assert plan == case.plan(dim, max_n, dtype)
    assert plan.rounds == 1 or (case.metric == "cosine" and dtype == "float32")
    for obligation in plan.obligations:
        assert obligation.holds, obligation
    assert [h.name for h in plan.heads] == list(heads(plan))
    for h in plan.heads:
        assert h.b & (h.b - 1) == 0
        assert h.leak <= LEAK_BUDGET
        assert h.bounds.slack > 0
        if h.b > 1:
            colder = plan_head_at(heads(plan)[h.name], plan.circuit.scope, max_n, plan.dtype, h.b // 2)
            assert colder.leak > LEAK_BUDGET, "b is not the least power of two"


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_weights_separate_the_levels(rounds: int) -> None:
    """As docs/theory.md, section 4 says: one step of a level outweighs the whole range of all that is below it."""
    plan = CLOSEST.plan(5, 8, "float32", rounds)
    for name, node in heads(plan).items():
        h, signals = plan.head(name), plan.circuit.signals
        below = 0
        for e in reversed(range(len(node.order))):
            term = node.order[e]
            lo, hi = term.bounds(signals)
            if term.continues is not None:
                assert h.weights[e] == h.weights[e - 1], "a prefix weighs as much as the entry above it"
                assert h.weights[e] > below
            below_with = below + h.weights[e] * (hi - lo)
            shares = e + 1 < len(node.order) and node.order[e + 1].continues is not None
            assert shares or h.weights[e] * term.gap > below
            below = below_with
        assert h.unseen_gap is not None
        assert h.unseen_gap >= 1
        assert h.mass < plan.dtype.sums


def test_a_lowered_circuit_is_planned_as_it_is() -> None:
    plan = CLOSEST.plan(5, 8, "float32", 3)
    assert plan.digits == ()
    assert len(plan.heads) == 6
    assert plan.circuit == CLOSEST.lowered(5, 8, 3)
    assert CLOSEST.plan(5, 8, "float32").circuit == CLOSEST.lowered(5, 8, 1)


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: d.name)
@pytest.mark.parametrize(("dim", "max_n"), [(64, 1 << 18), (200, 1 << 17), (256, 1 << 16)])
def test_the_fewest_rounds(dim: int, max_n: int, dtype: object) -> None:
    circuit = CLOSEST.circuit(dim, max_n)
    plan = make_plan(circuit, max_n=max_n, dtype=dtype)  # type: ignore[arg-type]
    assert plan.rounds == (1 if dtype is dtype_named("float64") else 2)
    for name, digits in plan.digits:
        bits = [bit for start, stop in digits for bit in range(start, stop)]
        assert sorted(bits) == list(range((max_n - 1).bit_length()))
        assert [d[0] for d in digits] == sorted((d[0] for d in digits), reverse=True)
        if len(digits) > 1:
            fewer = {n.name: len(dict(plan.digits)[n.name]) for n in circuit.nodes if isinstance(n, Select)}
            with pytest.raises(ProofError, match="partial sum of a score"):
                make_plan(lower(circuit, {**fewer, name: len(digits) - 1}), max_n=max_n, dtype=plan.dtype)
    assert all(o.holds for o in plan.obligations)


@pytest.mark.parametrize(
    ("case", "dim", "max_n", "dtype", "why"),
    [
        (CLOSEST, 257, 4, "bfloat16", "exact in bfloat16 would need 257 <= 256"),
        (OV, 2, 2_000_000, "float16", "restores"),
        (OV, 2, 8_000_000, "bfloat16", "weights|restores"),
        (OV, 2, 3_000_000, "float32", "weights|restores"),
        (COSINE, 12, 16, "bfloat16", "every key number exact in bfloat16"),
    ],
    ids=str,
)
def test_a_refusal_knows_what_has_a_plan_and_that_one_more_has_none(
    case: Case, dim: int, max_n: int, dtype: str, why: str
) -> None:
    with pytest.raises(Unplanned, match=why) as caught:
        plan_of(Spec(case.problem(dim), max_n, dtype))
    error = pickle.loads(pickle.dumps(caught.value))
    assert str(error) == str(caught.value)
    assert {"dtype", *(["dim"] if dim > 2 else ["max_n"])} <= {argument for argument, _ in error.remedies}
    for argument, value in error.remedies:
        sizes = {"dim": dim, "max_n": max_n, "dtype": dtype} | {argument: value}
        assert plan_of(Spec(case.problem(sizes["dim"]), sizes["max_n"], sizes["dtype"])).max_n == sizes["max_n"]
        if argument != "dtype":
            more = sizes | {argument: value + 1}
            with pytest.raises(ProofError):
                make_plan(case.circuit(more["dim"], more["max_n"]), max_n=more["max_n"], dtype=dtype_named(dtype))
        assert f"--{argument.replace('_', '-')} {value}" in error.told(options=True)
    assert "--" not in str(error)


def test_float16_stops_at_2048() -> None:
    assert CLOSEST.plan(2048, 4, "float16").rounds == 1
    with pytest.raises(ProofError, match="every key number exact in float16 would need 2049 <= 2048"):
        CLOSEST.plan(2049, 4, "float16")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_more_documents_than_the_index_can_number(case: Case) -> None:
    """Documents 0 and 4 would have the same index, and every claim about unique keys would be empty."""
    make_plan(case.circuit(3, 3), max_n=4, dtype=FLOAT32)
    with pytest.raises(ProofError, match="index fits in 2 bits would need 4 <= 3"):
        make_plan(case.circuit(3, 4), max_n=5, dtype=FLOAT32)


def test_an_obligation_that_fails_says_its_numbers() -> None:
    rule, owner = Rule("all {things} fit"), Owner("head", "x", "y")
    with pytest.raises(ProofError, match=r"head 'x', entry 'y': all bits fit would need 0\.3333 <= 0\.25"):
        Obligation(rule, owner, Fraction(1, 3), Fraction(1, 4), {"things": "bits"}).require()
    assert Obligation(rule, owner, 3, 3, {"things": "bits"}).require().holds


def test_selects_have_to_be_lowered_before_they_are_laid_out() -> None:
    from proofformer.planner.layout import lay_out

    with pytest.raises(ProofError, match="lower it first"):
        lay_out(CLOSEST.circuit(3, 4))


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_round_up(bits: int) -> None:
    for x in range(1, 300):
        assert round_up(x, bits) == min(y for y in range(x, 2 * x + 1) if (y // (y & -y)).bit_length() <= bits)


def test_documents_that_share_a_score() -> None:
    """In round r only the documents that agree in the digit it scores can; without visibility, all of them."""
    circuit = CLOSEST.lowered(3, 60, 3)
    shared = {n.name: sharing_of(n, circuit.scope, 60) for n in circuit.nodes if isinstance(n, Head)}
    assert shared["partner.round1"] == shared["partner.round2"] == shared["partner"] == 16
    circuit = CLOSEST.lowered(3, 60, 1)
    assert {sharing_of(n, circuit.scope, 60) for n in circuit.nodes if isinstance(n, Head)} == {1}
    circuit = OV.circuit(3, 60)
    assert {sharing_of(n, circuit.scope, 60) for n in circuit.nodes if isinstance(n, Head)} == {60}


def test_an_entry_above_a_prefix_tells_no_documents_apart() -> None:
    """It shares its level with the prefix, so that equal scores do not mean that it is equal."""
    node = next(n for n in CLOSEST.lowered(3, 60, 2).nodes if isinstance(n, Head) and n.name == "partner")
    scope = CLOSEST.lowered(3, 60, 2).scope
    assert node.order[2].continues is not None  # type: ignore[union-attr]
    assert sharing_of(node, scope, 60) == 8
    moved = replace(node, order=(node.order[0], node.order[3], node.order[2]))
    assert sharing_of(moved, scope, 60) == 60
    assert sharing_of(replace(node, order=node.order[1:]), scope, 60) == 60


@pytest.mark.parametrize("seen", [False, True])
def test_documents_without_an_index_can_all_share_a_score(seen: bool) -> None:
    """63 of 64 are one step below the best: only the other set has indices, or no copy has one."""
    c = Builder("t", dim=1, max_n=64, bichromatic=True)
    index = [] if seen else [least_digit(0, 6)]
    order = [Visible(c.second.name), *index, most(c.doc)]
    noisy = c.attend("h", at=At.EVERY if seen else At.READ, order=order, read=c.doc)
    c.answer(decision=c.restore("bit", noisy))
    circuit = c.circuit()
    if seen:
        circuit = inclusive(circuit)
    else:
        inputs = tuple(replace(s, support=c.first.support) if s.name == PLACE else s for s in circuit.inputs)
        circuit = Circuit(circuit.name, inputs, circuit.nodes, circuit.outputs)
    plan = make_plan(circuit, max_n=64, dtype=FLOAT32)
    assert 63 * exp(-plan.head("h").b) <= plan.head("h").leak


def test_gates_that_do_not_fit_a_dtype() -> None:
    c = Builder("t", dim=2, max_n=4)
    big = c.lookup("big", c.first, {0: [0], 1: [300]})
    c.answer(decision=c.bits("bit", c.lookup("small", big, {v: [int(v > 9)] for v in range(301)})))
    circuit = c.circuit()
    make_plan(circuit, max_n=4, dtype=FLOAT32)
    with pytest.raises(ProofError, match="gate 'big': every hidden number exact in bfloat16 would need 300 <= 256"):
        make_plan(circuit, max_n=4, dtype=BFLOAT16)


def test_sums_inside_a_linear_layer_are_bounded_whatever_their_order() -> None:
    """The number itself may be small where its partial sums are not."""
    c = Builder("t", dim=2, max_n=4)
    large = (1 << 22) - 1
    steep = c.lookup("steep", c.first, {0: [0], 1: [large]})
    level = c.maximum("level", steep, c.lookup("other", c.first, {0: [0], 1: [-large]}))
    c.answer(decision=c.bits("bit", c.count_and("count", c.first, c.first)))
    circuit = c.circuit()
    gate = next(n for n in circuit.nodes if getattr(n, "name", "") == "level")
    obligations = gate_obligations(gate, circuit, FLOAT32)  # type: ignore[arg-type]
    assert obligations[1].value >= 2 * large
    assert level.hi == large
    flat = replace(inner(c.doc, c.doc), query=(most(steep).key[0], most(c.first).key[0]))
    c.attend("h", at=At.EVERY, order=[flat, most(c.first)], read=c.first)
    with pytest.raises(ProofError, match="partial sum"):
        make_plan(c.circuit(), max_n=4, dtype=FLOAT32)


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: d.name)
def test_head_obligations_fail_at_a_temperature_too_low(dtype: object) -> None:
    plan = OV.plan(5, 130, dtype.name)  # type: ignore[attr-defined]
    node = heads(plan)["hit"]
    warm = plan_head_at(node, plan.circuit.scope, 130, plan.dtype, 1)
    failed = [o.statement for o in head_obligations(warm, 130, plan.dtype) if not o.holds]
    assert any("outside the best keys" in s for s in failed)
    assert any("restores" in s for s in failed)


def test_a_score_with_nothing_above_it_needs_a_temperature_that_grows_with_n() -> None:
    assert [OV.plan(5, n, "float32").head("hit").b for n in (2, 130)] == [4, 8]
    assert {CLOSEST.plan(5, n, "float32").head("partner").b for n in (2, 130)} == {4}


def test_planning_needs_neither_torch_nor_sympy() -> None:
    code = """
import sys
from proofformer.compiler import Spec, plan_of
from proofformer.problems import problem
plan_of(Spec(problem("closest-pair", dim=8), max_n=64, dtype="bfloat16")).to_json()
plan_of(Spec(problem("ov", dim=8, question="decide"), max_n=64))
print(sorted({"torch", "sympy", "safetensors"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
