"""Random circuits, ill-typed circuits and plans at their edge; and that they find what they are for."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from proofformer.circuit import Circuit, CountAnd, CountXor, Gate, Lookup, Maximum, Relu, Restore, Row
from proofformer.circuit.networks import Network
from proofformer.circuit.nodes import Head, Term
from proofformer.circuit.signals import At
from proofformer.errors import ProofError
from proofformer.planner import DTYPES
from proofformer.planner.plan import plan_head
from proofformer.verify.outcome import Outcome
from prooflab.fuzz.check import EDGE_PLANS, ILL_TYPED, WELL_TYPED, families, run
from prooflab.fuzz.edge_plans import IN_L, IN_N, Edge, largest
from prooflab.fuzz.ill_typed import NODES, VIOLATIONS, IllTyped, ill_typed
from prooflab.fuzz.random_circuits import kinds_of, random_circuit, sketch
from prooflab.fuzz.sites import Site

SEED = 1
KINDS = ("select", "head", *(gate.op for gate in (Restore, CountAnd, CountXor, Lookup, Relu, Maximum)))

WHY = {
    "scores a noisy key": "scores the noisy",
    "scores a noisy query": "scores the noisy",
    "reads a noisy signal": "only exact bits",
    "reads an integer": "only exact bits",
    "reads what best keys differ in": "neither determine",
    "restores an exact signal": "exact already",
    "ANDs what is no bit": "cannot be ANDed",
    "counts integers": "counts bits only",
    "computes of a noisy signal": "noisy; restore it",
    "table too short, too long or uneven": "one row of equal width",
    "has no such signal": "no node before it|only exact bits",
    "has no such component": "no component|its width is",
    "READ's signal at every token": "only READ has it|READ token|every token has",
    "name twice": "exists already|two heads",
    "no flag of one kind of document": "not one exact bit|may be set on",
    "prefix of no best key": "no head before it|entries above the prefix|not the same bit|made by lowering",
    "gap that is not there": "multiples of",
    "lengths differ": "both need the same",
    "widths differ": "widths .* differ",
    "wrong number of inputs": "takes . signals|form is of none",
    "nothing to ask or to read": "at least|no objective|the tokens that ask",
    "outputs that are no bits": "made of exact bits|in one place",
    "inputs that are not what they are called": "exists already|has to be|inputs need|neither determine",
}


def circuits(count: int) -> list[tuple[Circuit, int, bool, int]]:
    return [random_circuit(np.random.default_rng((SEED, k))) for k in range(count)]


def test_every_kind_of_node_has_its_share() -> None:
    made = circuits(200)
    shares = Counter(kind for circuit, *_ in made for kind in set(kinds_of(circuit)))
    assert set(shares) == set(KINDS)
    assert min(shares.values()) > 40, shares
    assert {dim for _, dim, _, _ in made} == {1, 2, 3, 4, 5, 6}
    assert 60 < sum(two for _, _, two, _ in made) < 140
    assert min(n for *_, n in made) == 2
    assert max(n for *_, n in made) > 30
    nodes = [n for circuit, *_ in made for n in circuit.nodes]
    assert len(nodes) > 8 * len(made)
    restored = Counter(len(n.inputs) for n in nodes if isinstance(n, Restore))
    assert min(restored[1], restored[2]) > 100
    assert sum(isinstance(n, Head) and n.at is At.READ for n in nodes) > 50
    assert sum(len(n.form) > 1 for n in nodes if isinstance(n, Lookup)) > 20
    prefixes = [t for n in nodes if isinstance(n, Head) for t in n.order if isinstance(t, Term) and t.continues]
    assert len(prefixes) > 10


def test_circuits_follow_upon_each_other() -> None:
    """The signals of most nodes come from other nodes, not from the inputs."""
    deep = 0
    for circuit, *_ in circuits(100):
        inputs = {s.name for s in circuit.inputs}
        gates = [n for n in circuit.nodes if isinstance(n, Gate) and not isinstance(n, Restore)]
        deep += any(set(gate.inputs) - inputs for gate in gates)
    assert deep > 80


def test_well_typed_circuits_run_as_they_mean() -> None:
    found = run(None, WELL_TYPED, SEED, 0, 60)
    assert (found.instances, found.wrong, found.detail) == (60, 0, ())
    assert min(found.counts[d.name] for d in DTYPES) > 5
    assert all(found.counts[kind] > 10 for kind in KINDS)
    assert found.counts["signals compared"] > 1000


@pytest.mark.parametrize("family", [WELL_TYPED, ILL_TYPED])
def test_a_circuit_does_not_depend_on_its_shard(family: str) -> None:
    whole, *parts = (run(None, family, SEED, *ends) for ends in ((0, 9), (0, 4), (4, 9)))
    assert whole.digest == run(None, family, SEED, 0, 9).digest != run(None, family, SEED + 1, 0, 9).digest
    assert Counter(whole.counts) == sum((Counter(part.counts) for part in parts), Counter())
    assert whole.largest_n == max(part.largest_n for part in parts)


def test_families() -> None:
    assert families(None, 1000) == [(WELL_TYPED, 1000), (ILL_TYPED, 100), (EDGE_PLANS, 100)]


def test_every_violation_is_refused_for_its_own_reason() -> None:
    assert set(WHY) == set(VIOLATIONS)
    assert len(NODES) >= 20
    seen: Counter[str] = Counter()
    for k in range(500):
        broken = ill_typed(np.random.default_rng((SEED, k)))
        with pytest.raises(ProofError, match=WHY[broken.violation]):
            broken()
        seen[broken.violation] += 1
    assert min(seen[violation] for violation in VIOLATIONS) > 5


def test_what_violations_vary_is_legal() -> None:
    """The nodes that they are planted among, and the ones that they change."""
    for k in range(60):
        x = Site(sketch(np.random.default_rng((SEED, k))))
        nodes = [*x.made(x.unique(x.near()))(), *x.select(name="chosen")()]
        nodes += x.two_rounds()()[:2]
        Circuit("site", x.s.inputs, (*x.s.nodes, *nodes), x.s.circuit().outputs)
        Circuit("site", x.s.inputs, (*x.s.nodes, *x.two_rounds()()), x.s.circuit().outputs)


EDGES = {
    Edge("lsd", "cosine", "bfloat16", 1, True, 2, None): 6,
    Edge("msd", "cosine", "float16", 1, False, 40, None): 11,
    Edge("closest-pair", "sqeuclidean", "bfloat16", 5, False, 2, None): 10,
    Edge("msd", "cosine", "float32", 1, True, None, 31): 8,
}


@pytest.mark.parametrize("edge", EDGES, ids=str)
def test_one_step_beyond_the_edge_is_refused(edge: Edge) -> None:
    at = largest(edge)
    assert at == EDGES[edge]
    edge.plan(at)
    with pytest.raises(ProofError):
        edge.plan(at + 1)


def test_edges_that_nothing_refuses_are_none() -> None:
    assert largest(Edge("closest-pair", "hamming", "float32", 1, False, None, 2)) is None


@pytest.fixture
def quick_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those that take little time to plan."""
    edges = sys.modules[Edge.__module__]
    monkeypatch.setattr(edges, "IN_L", tuple(of for of in IN_L if of[1:] in (("float16", 1), ("bfloat16", 5))))
    monkeypatch.setattr(edges, "IN_N", ((*IN_N[1][:3], (31,)),))


@pytest.mark.usefixtures("quick_edges")
def test_models_at_the_edge_are_right() -> None:
    found = run(None, EDGE_PLANS, SEED, 0, 8)
    assert (found.instances, found.wrong, found.detail) == (8, 0, ())
    assert found.counts["largest l"]
    assert found.counts["largest n"]


@pytest.mark.usefixtures("quick_edges")
def test_a_wrong_model_at_the_edge_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    edges = sys.modules[Edge.__module__]
    monkeypatch.setattr(edges, "model_at", edges.model_at.__wrapped__)
    monkeypatch.setattr(Lookup, "network", off_by_one)
    found = run(None, EDGE_PLANS, SEED, 0, 3)
    assert found.wrong
    assert found.failure is not None
    assert found.failure.case.source == EDGE_PLANS
    assert "instead of" in found.detail[0]


def half_as_warm(*asked: Any) -> Any:
    plan = plan_head(*asked)
    return replace(plan, b=max(1, plan.b // 2))


def off_by_one(gate: Lookup, signals: Any, network: Callable[..., Network] = Lookup.network) -> Network:
    """A lookup that says at x what it should say at x - 1."""
    net = network(gate, signals)
    units = tuple(replace(u, form=Row(u.form.constant - 1, u.form.parts)) for u in net.units)
    return Network(units, net.constant)


def cleared_too_early(s: Any) -> int:
    """In the MLP that writes a signal that nothing needs."""
    return int(s.died + 1 - s.died % 2)


def everything(term: Term, signals: Any) -> frozenset[tuple[str, int]]:
    """All that a score is made of, though it does not tell them apart."""
    row = term.key_only()
    return frozenset((p.signal, p.component) for p in row.parts) if row else frozenset()


BUGS: list[tuple[str, str, Callable[..., object]]] = [
    ("half the temperature", "planner.plan.plan_head", half_as_warm),
    ("lookup off by one", "circuit.gates.Lookup.network", off_by_one),
    ("slices not cleared", "planner.layout._standing", lambda slices, new: []),
    ("slices cleared too early", "planner.layout._clear_time", cleared_too_early),
    ("one document shares a score", "planner.heads.sharing_of", lambda head, scope, max_n: 1),
    ("no visibility", "planner.heads.unseen_gap_for", lambda b, keys: 0),
]


def first_fault(family: str, most: int) -> Outcome:
    """Of the first that has one, in steps of ten."""
    for start in range(0, most, 10):
        found = run(None, family, SEED, start, start + 10)
        if found.wrong:
            return found
    return Outcome()


@pytest.mark.parametrize(("name", "bug"), [b[1:] for b in BUGS], ids=[b[0] for b in BUGS])
def test_bugs_are_found(monkeypatch: pytest.MonkeyPatch, name: str, bug: Callable[..., object]) -> None:
    monkeypatch.setattr(f"proofformer.{name}", bug)
    found = first_fault(WELL_TYPED, 100)
    assert found.wrong
    assert f"{WELL_TYPED}, seed {SEED}, number " in found.detail[0]
    assert any(f"({d.name}): " in found.detail[0] for d in DTYPES)


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("check.unique", lambda head, scope: True),
        ("nodes.Term.determines", everything),
    ],
)
def test_a_missing_rule_is_found(monkeypatch: pytest.MonkeyPatch, name: str, rule: Callable[..., object]) -> None:
    """By circuits that should have been refused; and by those that are accepted then and mean nothing."""
    monkeypatch.setattr(f"proofformer.circuit.{name}", rule)
    assert "reads what best keys differ in: accepted" in "; ".join(run(None, ILL_TYPED, SEED, 0, 300).detail)
    if name == "check.unique":
        assert first_fault(WELL_TYPED, 100).wrong


def test_a_crash_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> Circuit:
        raise KeyError("a")

    monkeypatch.setattr("prooflab.fuzz.check.ill_typed", lambda rng: IllTyped("any", crash))
    monkeypatch.setattr("prooflab.fuzz.check.make_plan", crash)
    for family in (WELL_TYPED, ILL_TYPED):
        found = run(None, family, SEED, 0, 1)
        assert found.wrong == 1
        assert "KeyError" in found.detail[0]
