"""What similarities and grids need of a dtype: what is refused, what the refusal advises, and what fits instead."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from tests.cases import BY_NORM, COSINE, GRID, Case

from proofformer.circuit import Head
from proofformer.compiler import Spec, plan_of
from proofformer.errors import ProofError
from proofformer.planner import dtype_named, make_plan
from proofformer.problems import Problem
from proofformer.theorems import circuit_for

NARROW = ("float16", "bfloat16")
LEAST_COSINE = replace(COSINE, name="lsd", bichromatic=True)


@pytest.mark.parametrize("case", [COSINE, LEAST_COSINE], ids=str)
def test_exact_cosines_of_64_keywords_need_float64(case: Case) -> None:
    with pytest.raises(ProofError, match="every partial sum of a score exact in float32 sums"):
        make_plan(case.circuit(64, 130), max_n=130, dtype=dtype_named("float32"))
    assert case.plan(64, 130, "float64").rounds == 1
    assert case.plan(24, 130, "float32")


def within(case: Case, gamma: Fraction, dim: int = 64) -> Problem:
    return replace(case.problem(dim), gamma=gamma)


@pytest.mark.parametrize("case", [COSINE, LEAST_COSINE], ids=str)
@pytest.mark.parametrize(("dtype", "gamma"), [("float16", Fraction(11, 10)), ("bfloat16", Fraction(3, 2))], ids=str)
def test_within_a_factor_they_fit_where_exact_ones_do_not(case: Case, dtype: str, gamma: Fraction) -> None:
    with pytest.raises(ProofError, match=f"exact in {dtype}"):
        make_plan(case.circuit(64, 130), max_n=130, dtype=dtype_named(dtype))
    plan = plan_of(Spec(within(case, gamma), max_n=130, dtype=dtype))
    assert all(o.holds for o in plan.obligations)


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("metric", ["cosine", "jaccard", "dice"])
def test_declared_norms_fit_everywhere(metric: str, dtype: str) -> None:
    """One head for each norm, and two: no table of logarithms."""
    asked = replace(BY_NORM, metric=metric).problem(64)
    plan = plan_of(Spec(asked, max_n=130, dtype=dtype))
    assert plan.rounds == 1
    names = [n.name for n in plan.circuit.nodes if isinstance(n, Head)]
    assert names == [*(f"norm{b}.best" for b in asked.norms or ()), "partner", "best"]


@pytest.mark.parametrize("dtype", NARROW)
@pytest.mark.parametrize("metric", ["cosine", "jaccard", "dice"])
def test_decisions_fit_everywhere(metric: str, dtype: str) -> None:
    asked = replace(COSINE, question="decide", share=Fraction(1, 2), root=True, metric=metric)
    assert len(plan_of(Spec(asked.problem(64), max_n=4000, dtype=dtype)).heads) == 2


def test_long_distances_do_not_fit_bfloat16() -> None:
    """1,600 is none of its numbers, and the distance is counted whole even where a factor puts it into few classes."""
    with pytest.raises(ProofError, match="every key number exact in bfloat16 would need 1600 <= 256"):
        make_plan(GRID.circuit(64, 130), max_n=130, dtype=dtype_named("bfloat16"))
    assert make_plan(GRID.circuit(64, 130), max_n=130, dtype=dtype_named("float16"))
    with pytest.raises(ProofError, match="gate 'value'"):
        make_plan(circuit_for(within(GRID, Fraction(3, 2)), 130), max_n=130, dtype=dtype_named("bfloat16"))


def test_a_plan_is_for_its_norms_and_its_factor() -> None:
    plans = [
        plan_of(Spec(asked, max_n=8))
        for asked in (
            COSINE.problem(6),
            within(COSINE, Fraction(2), 6),
            within(COSINE, Fraction(5), 6),
            replace(COSINE, by_norm=True).problem(6),
        )
    ]
    assert len({json.dumps(p.circuit.to_json()) for p in plans}) == len(plans)
