"""Random circuits, perturbed circuits and plans at their edge; and that they find what they are for."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from proofformer.circuit import Circuit, CountAnd, CountXor, Gate, Lookup, Maximum, Relu, Restore, Row
from proofformer.circuit.check import compared
from proofformer.circuit.networks import Network
from proofformer.circuit.nodes import Head, Term
from proofformer.circuit.signals import At
from proofformer.errors import ProofError
from proofformer.planner import DTYPES
from proofformer.planner.plan import plan_head
from proofformer.verify.outcome import Outcome
from prooflab.fuzz.check import EDGE_PLANS, PERTURBED, WELL_TYPED, families, run
from prooflab.fuzz.edge_plans import IN_L, IN_N, Edge, largest
from prooflab.fuzz.random_circuits import kinds_of, random_circuit

SEED = 1
KINDS = ("select", "head", *(gate.op for gate in (Restore, CountAnd, CountXor, Lookup, Relu, Maximum)))


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


@pytest.mark.parametrize("family", [WELL_TYPED, PERTURBED])
def test_a_circuit_does_not_depend_on_its_shard(family: str) -> None:
    whole, *parts = (run(None, family, SEED, *ends) for ends in ((0, 9), (0, 4), (4, 9)))
    assert whole.digest == run(None, family, SEED, 0, 9).digest != run(None, family, SEED + 1, 0, 9).digest
    assert Counter(whole.counts) == sum((Counter(part.counts) for part in parts), Counter())
    assert whole.largest_n == max(part.largest_n for part in parts)


def test_families() -> None:
    assert families(None, 1000) == [(WELL_TYPED, 1000), (PERTURBED, 1000), (EDGE_PLANS, 100)]


def test_perturbed_circuits_are_refused_or_run_as_they_say() -> None:
    found = run(None, PERTURBED, SEED, 0, 60)
    assert (found.instances, found.wrong, found.detail) == (60, 0, ())
    assert found.counts["refused"] > 60
    assert all(found.counts[kind] > 10 for kind in KINDS)


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


def unchecked(head: Head, here: int, scope: Any) -> frozenset[tuple[str, int]]:
    """What a prefix compares, of whatever head."""
    return frozenset(bit for _, bit in compared(head, head.order[here]))


BUGS: list[tuple[str, str, Callable[..., object]]] = [
    ("half the temperature", "planner.plan.plan_head", half_as_warm),
    ("lookup off by one", "circuit.form_gates.Lookup.network", off_by_one),
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
        ("check.prefix_bits", unchecked),
    ],
)
def test_a_missing_rule_is_found(monkeypatch: pytest.MonkeyPatch, name: str, rule: Callable[..., object]) -> None:
    monkeypatch.setattr(f"proofformer.circuit.{name}", rule)
    assert first_fault(PERTURBED, 300).wrong


def test_a_crash_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> Circuit:
        raise KeyError("a")

    monkeypatch.setattr("prooflab.fuzz.check.make_plan", crash)
    for family in (WELL_TYPED, PERTURBED):
        found = run(None, family, SEED, 0, 1)
        assert found.wrong == 1
        assert "KeyError" in found.detail[0]
