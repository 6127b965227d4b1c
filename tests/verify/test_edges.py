"""Every edge family has the property it promises, for every kind and form; it catches what it is for."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from tests.cases import CASES, CLOSEST, COSINE, FEW, GRID, Case

from proofformer import problem
from proofformer.planner import Plan
from proofformer.problems import Problem
from proofformer.runtime import model_of
from proofformer.verify.checks import adversarial
from proofformer.verify.instances import Sets, edges
from proofformer.verify.instances.draws import UNPAIRED, costs
from proofformer.verify.instances.planter import goal

DIM, MAX_N, CUT = 12, 96, 8
EACH = pytest.mark.parametrize("case", CASES, ids=str)
BETWEEN = [case for case in CASES if case.share not in (0, 1)]
"""Without decisions at an end of the range, where pairs of random rows do not come."""
SEARCHES = [case for case in CASES if case.question == "search"]
DECISIONS = [case for case in CASES if case.question == "decide"]


def made(case: Case, name: str, count: int, max_n: int = MAX_N) -> Iterator[tuple[Problem, Sets, np.ndarray]]:
    """Instances of a family, with the costs of all pairs (of one set only i < j)."""
    asked, plan = case.problem(DIM), planned(max_n)
    family = next(f for f in edges.edge_families(asked) if f.name == name)
    for seed in range(count):
        sets = family.make(np.random.default_rng(seed), asked, plan)
        table = costs(asked, sets)
        if len(sets) == 1:
            table[np.tril_indices(len(table))] = UNPAIRED
        yield asked, sets, table


def planned(max_n: int) -> Plan:
    """A plan in two rounds as far as edge families look at it: the largest n, and the cut."""
    return replace(CLOSEST.plan(2, 60, "float32", 2), max_n=max_n)


def at_cut(asked: Problem, steps: int) -> int:
    return goal(asked, steps) * (-1 if asked.kind.largest else 1)


def test_cuts_are_those_between_the_digits_of_an_index() -> None:
    assert edges.cuts_of(planned(MAX_N)) == (CUT,)
    assert edges.cuts_of(CLOSEST.plan(2, 60, "float32", 1)) == ()
    assert edges.cuts_of(CLOSEST.plan(2, 200, "float32", 3)) == (4, 32)
    assert edges.cuts_of(Case("ov", "decide").plan(2, 60, "float32")) == ()
    assert edges.edges_of(200, (8,)) == [0, 1, 7, 8, 9, 63, 64, 65, 127, 128, 129, 198, 199]
    assert edges.edges_of(1, (8,)) == [0]


@EACH
def test_instances_are_legal_and_follow_from_the_generator(case: Case) -> None:
    for dim, max_n in ((1, 2), (4, 20)):
        asked, plan = case.problem(dim), planned(max_n)
        for family in edges.edge_families(asked):
            sets, again = (family.make(np.random.default_rng(0), asked, plan) for _ in range(2))
            assert 2 <= asked.instance(*sets).n <= max_n
            assert all(rows.dtype == np.uint8 for rows in sets)
            assert all(np.array_equal(x, y) for x, y in zip(sets, again, strict=True))


@EACH
def test_full_has_the_largest_n_or_one_less(case: Case) -> None:
    assert {sum(map(len, sets)) for _, sets, _ in made(case, "full", 12)} == {MAX_N, MAX_N - 1}


def test_no_instance_is_larger_than_4096() -> None:
    plan = planned(1 << 20)
    for two in (False, True):
        asked = problem("ov", dim=3, bichromatic=two)
        for family in edges.edge_families(asked):
            sizes = {sum(map(len, family.make(np.random.default_rng(seed), asked, plan))) for seed in range(6)}
            assert max(sizes) <= 4096
            assert family.name != "full" or sizes == {4095, 4096}


def test_tiles_are_just_full_or_not_quite_or_just_over() -> None:
    asked, plan = problem("max-ip", dim=3), planned(200)
    tokens = [sum(map(len, edges.OWN_KERNEL.make(np.random.default_rng(k), asked, plan))) for k in range(60)]
    tokens = [n + plan.keys - plan.max_n for n in tokens if n < 200]
    assert {n % 16 for n in tokens} == {15, 0, 1}


@pytest.mark.parametrize("case", BETWEEN, ids=str)
def test_planted_pairs_are_alone_and_at_an_edge(case: Case) -> None:
    alone, places, beside, largest = 0, set(), 0, 0
    for asked, sets, table in made(case, "planted_at_edges", 12):
        best, largest = np.argwhere(table == table.min()), max(largest, *table.shape)
        if len(best) > 1:
            continue
        alone += 1
        (pair,) = best
        at = [edges.edges_of(len(rows), (CUT,)) for rows in (sets[0], sets[-1])]
        assert pair[0] in at[0] or (len(sets) == 1 and pair[1] in at[0])
        places.add(tuple(pair))
        beside += abs(pair[0] - pair[1]) == 1
        if asked.question == "decide":
            assert table.min() == at_cut(asked, 0)
    assert alone >= 4
    # Few rows of 12 bits are all 6 bits apart.
    assert len(places) > 2 or largest < 8
    assert beside


@pytest.mark.parametrize("case", SEARCHES, ids=str)
@pytest.mark.parametrize("group", [2, CUT, 200])
def test_saturated_groups_hold_one_best_key_and_later_ones_are_full(case: Case, group: int) -> None:
    """The first group has one best key, at its end; all later keys are as good; those before are worse."""
    asked, n = case.problem(DIM), 48
    last = min(group, n)
    for seed in range(2):
        if case.bichromatic:
            for sizes in ((1, n - 1), (n - 1, 1), (n // 2, n // 2)):
                table = costs(asked, edges.saturated_sets(np.random.default_rng(seed), asked, sizes, group))
                i, j = (min(group, size) - 1 for size in sizes)
                assert (table[i:, j:] == table.min()).all()
                assert (table[:i] > table.min()).all()
                assert (table[:, :j] > table.min()).all()
            continue
        (rows,) = edges.saturated_partner(np.random.default_rng(seed), asked, n, group)
        table = costs(asked, (rows,))
        assert (table[0, last - 1 :] == table.min()).all()
        assert (table[0, 1 : last - 1] > table.min()).all()
        (rows,) = edges.saturated_readout(np.random.default_rng(seed), asked, n, group)
        table = costs(asked, (rows,))
        table[np.tril_indices(n)] = UNPAIRED
        asking = table.min(axis=1)
        first = min(group, n - 1) - 1
        assert (asking[:first] > table.min()).all()
        assert (asking[first:-1] == table.min()).all()


@pytest.mark.parametrize("case", [CLOSEST, Case("max-ip", bichromatic=True), GRID], ids=str)
def test_saturated_sizes_reach_the_cut_and_the_largest_n(case: Case) -> None:
    sizes = {sum(map(len, sets)) for _, sets, _ in made(case, "leak_saturating", 80)}
    assert {CUT + 1, 2 * CUT, CUT**2, MAX_N} <= sizes


@pytest.mark.parametrize("case", DECISIONS, ids=str)
def test_saturated_decisions_have_one_pair_at_the_threshold_or_none(case: Case) -> None:
    answers, saturated = set(), 0
    for asked, sets, table in made(case, "leak_saturating", 12):
        at, off = at_cut(asked, 0), at_cut(asked, 1)
        if at == off or table.min() not in (at, off):
            continue
        answers.add(asked.answer(*sets).decision)
        off_by_one = table == off
        # The steps off of the document that is in most pairs.
        of_one = max(off_by_one.sum(axis=1).max(), off_by_one.sum(axis=0).max())
        if len(sets) == 1:
            of_one = (off_by_one | off_by_one.T).sum(axis=1).max()
        if of_one >= sum(map(len, sets)) - 2 or off_by_one.all():
            saturated += 1
            assert np.count_nonzero(table == at) == int(asked.answer(*sets).decision)
    if case.share not in (0, 1):
        assert answers == {True, False}
        # Copies of a document meet the threshold, or no row is near enough to another to be a step from it.
        built = not case.bichromatic and case.name in ("closest-pair", "msd")
        assert built or saturated >= (5 if case.metric == "cosine" else 9)


@pytest.mark.parametrize("case", [case for case in BETWEEN if case.question == "decide"], ids=str)
@pytest.mark.parametrize(("name", "steps"), [("at_threshold", 0), ("one_step_off", 1)])
def test_decisions_are_at_the_threshold_or_a_step_off(case: Case, name: str, steps: int) -> None:
    hits = [table.min() == at_cut(asked, steps) for asked, _, table in made(case, name, 12)]
    assert sum(hits) >= 8


@pytest.mark.parametrize(
    ("case", "dim"),
    [*((case, 8) for case in FEW), (COSINE, 8), (GRID, 4), (Case("msd", metric="dice", by_norm=True), 5)],
    ids=str,
)
@pytest.mark.parametrize("rounds", [2, 3])
def test_models_of_several_rounds_are_right(case: Case, dim: int, rounds: int) -> None:
    model = model_of(case.problem(dim), case.plan(dim, 70, "float32", rounds))
    for name in ("planted_at_edges", "leak_saturating", "full"):
        outcome = adversarial.run(model, name, 1, 0, 6)
        assert (outcome.instances, outcome.wrong) == (6, 0)


@pytest.mark.parametrize("case", [CLOSEST, Case("max-ip", bichromatic=True)], ids=str)
@pytest.mark.parametrize("head", ["partner.round1", "partner", "best.round1", "best"])
def test_a_weak_temperature_is_caught_by_the_saturating_family(case: Case, head: str) -> None:
    plan = case.plan(16, 256, "float32", 2)
    chosen = plan.head(head)
    weak = replace(plan, heads=tuple(replace(h, b=h.b // 4) if h is chosen else h for h in plan.heads))
    asked = case.problem(16)
    assert adversarial.run(model_of(asked, plan), "leak_saturating", 2, 0, 4).wrong == 0
    assert adversarial.run(model_of(asked, weak), "leak_saturating", 2, 0, 16).wrong > 0
