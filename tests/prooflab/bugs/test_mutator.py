"""Planted bugs are caught, or certified, or survive for a bound's sake; the trials are what they say."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from proofformer import problem
from proofformer.circuit import Builder, Select, lower, most
from proofformer.planner import Plan, dtype_named, make_plan
from proofformer.problems import Instance, Problem
from proofformer.problems.oracle import profile
from proofformer.runtime import model_of
from proofformer.theorems import circuit_for
from prooflab.bugs.edits import Group, edits, owners
from prooflab.bugs.mutator import Fate, Judgement, judge, mutants
from prooflab.bugs.steps import PLANTED, decoys, one_step, worst
from prooflab.bugs.trials import trials_for

DIM, MAX_N = 10, 16
SEARCH = [
    problem("ov", dim=DIM),
    problem("max-ip", dim=DIM, bichromatic=True),
    problem("closest-pair", dim=DIM),
    problem("farthest-pair", dim=DIM, bichromatic=True),
]
DECIDE = [
    problem("min-ip", dim=DIM, threshold=2),
    problem("max-ip", dim=DIM, threshold=3, bichromatic=True),
    problem("closest-pair", dim=DIM, threshold=1, bichromatic=True),
]
UNPROVED = {Group.ORDER, Group.WEIGHT, Group.TEMPERATURE, Group.FLAG, Group.MASK, Group.RESTORE}
"""What may survive: bounds that are wider than need be, and what no weights show. No score, gate or START does."""


def plan_of(asked: Problem, rounds: int) -> Plan:
    circuit = circuit_for(asked, MAX_N)
    lowered = lower(circuit, {n.name: rounds for n in circuit.nodes if isinstance(n, Select)})
    return make_plan(lowered, max_n=MAX_N, dtype=dtype_named("float32"))


def verdicts_of(asked: Problem, rounds: int) -> list[Judgement]:
    plan, trials = plan_of(asked, rounds), trials_for(asked, MAX_N, 60, 10)
    assert trials.faults(model_of(asked, plan)) == (0, 0)
    verdicts = [judge(m, trials) for m in mutants(asked, plan)]
    fates = Counter(v.outcome for v in verdicts)
    assert not fates[Fate.BELIEVED]
    assert fates[Fate.SURVIVED] < len(verdicts) / 5
    assert fates[Fate.CERTIFIED] > 1
    for v in verdicts:
        assert (v.faults > 0) is (v.outcome in (Fate.WRONG, Fate.INEXACT))
        assert v.says.startswith("certified: ") is (v.outcome is Fate.CERTIFIED)
        assert v.outcome is not Fate.SURVIVED or v.mutant.group in UNPROVED, v
    return verdicts


def outcomes(verdicts: list[Judgement], group: Group, *words: str) -> set[Fate]:
    found = {v.outcome for v in verdicts if v.mutant.group is group and all(w in v.mutant.change for w in words)}
    assert found, f"no mutant of {group} says {words}"
    return found


@pytest.mark.parametrize(("asked", "rounds"), [(SEARCH[0], 1), (SEARCH[1], 1), (SEARCH[2], 2)])
def test_every_bug_of_a_search_is_caught_or_bounded(asked: Problem, rounds: int) -> None:
    verdicts = verdicts_of(asked, rounds)
    caught = {Fate.REFUSED, Fate.WRONG}
    assert outcomes(verdicts, Group.TEMPERATURE, "b = 1 forced") <= {Fate.WRONG, Fate.INEXACT}
    assert outcomes(verdicts, Group.TEMPERATURE, "instead of") == {Fate.REFUSED}
    assert outcomes(verdicts, Group.GATE, "in place of") <= caught
    assert outcomes(verdicts, Group.GATE, "exchanged") == {Fate.WRONG}
    assert outcomes(verdicts, Group.FLAG, "not ANDed") == {Fate.REFUSED}
    assert outcomes(verdicts, Group.SCORE, "becomes") <= caught
    if asked.bichromatic:
        assert outcomes(verdicts, Group.FLAG, "is_first and is_second exchanged") <= caught
    if rounds > 1:
        assert outcomes(verdicts, Group.ORDER, "drop prefix") == {Fate.REFUSED}


@pytest.mark.parametrize("asked", DECIDE, ids=lambda p: p.label)
def test_every_bug_of_a_decision_is_caught_or_bounded(asked: Problem) -> None:
    verdicts = verdicts_of(asked, 1)
    for step in (-2, 1, 2):
        assert outcomes(verdicts, Group.START, f"START scores {step:+d}") == {Fate.WRONG}
    assert outcomes(verdicts, Group.START, "or is_start' loses is_start") <= {Fate.WRONG, Fate.REFUSED}
    assert outcomes(verdicts, Group.ORDER, "drop entry", ", START ") == {Fate.WRONG}
    assert outcomes(verdicts, Group.SCORE, "becomes") == {Fate.WRONG}
    assert outcomes(verdicts, Group.FLAG, "not ANDed") == {Fate.WRONG}


def test_rounds_belong_to_their_select_whatever_its_name() -> None:
    c = Builder("t", dim=2, max_n=4)
    for name in ("a.one", "a.two"):
        found = c.select(name, among=c.second, order=[most(c.second)], read=[c.place])
    c.bits("number.bits", c.count_xor("number", found[c.place], found[c.place]))
    c.answer(decision=found.found)
    circuit = lower(c.circuit(), {"a.one": 2, "a.two": 2})
    assert {e.node for e in edits(circuit) if e.more == ", all rounds"} == {"a.one", "a.two"}
    of = {"a.one.round1": "a.one", "a.one.round1.digit": "a.one", "a.two.found": "a.two", "number.bits": "number"}
    assert of.items() <= owners(circuit).items()


@pytest.mark.parametrize("asked", SEARCH + DECIDE, ids=lambda p: p.label)
def test_one_step_has_one_best_pair_and_the_rest_one_step_worse(asked: Problem) -> None:
    rng, kind = np.random.default_rng(1), asked.kind
    sizes = (8, 8) if asked.bichromatic else (MAX_N,)
    sign = -1 if kind.largest else 1
    for i, j in product(range(sizes[0]), range(sizes[-1])):
        if asked.bichromatic or i < j:
            sets = one_step(asked, rng, sizes, i, j)
            values = sorted((sign * v, n) for v, n in profile(*sets, measure=kind.measure).items())
            (best, alone), (second, _) = values[:2]
            assert (alone, second) == (1, best + 1)
            assert asked.question == "decide" or asked.answer(*sets).pair in ((i, j), None)
            if asked.cut is not None:
                assert sign * best == asked.cut
            bare = profile(*one_step(asked, rng, sizes, i, j, planted=False, shift=0), measure=kind.measure)
            assert min(sign * v for v in bare) == sign * PLANTED[kind.measure, kind.largest] + 1 or not asked.cut


def test_decoys_are_better_inside_a_set_than_across() -> None:
    rng, better = np.random.default_rng(2), 0
    for asked in (p for p in SEARCH + DECIDE if p.bichromatic):
        sign = -1 if asked.kind.largest else 1
        for _ in range(20):
            sets = decoys(asked, rng, (6, 6))
            across = min(sign * v for v in profile(*sets, measure=asked.kind.measure))
            inside = min(sign * v for x in sets for v in profile(x, measure=asked.kind.measure))
            better += inside < across
    assert better > 60


def test_worst_reaches_the_worst_value() -> None:
    rng = np.random.default_rng(3)
    for asked in SEARCH:
        worst_value = 0 if asked.kind.largest else DIM
        sizes = (5, 5) if asked.bichromatic else (5,)
        found = [profile(*Instance(*worst(asked, rng, sizes)).sets, measure=asked.kind.measure) for _ in range(20)]
        assert any(set(values) == {worst_value} for values in found)
