"""Every obligation of every plan is said in words, with claims that exist, and a weaker plan breaks one."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from tests.theorems.test_foreign import MINIMA

from proofformer import problem
from proofformer.compiler import Spec, plan_of, planned
from proofformer.explain.asked import Page, pages
from proofformer.explain.circuits import steps
from proofformer.explain.duties import Duty, claims_of, duties
from proofformer.planner import Plan
from proofformer.problems import Problem
from prooflab.lemmas import CLAIMS

PAGES = pages()
ASKED = [(page, asked) for page in PAGES for _, asked in page.problems]
TWO_ROUNDS = problem("closest-pair", dim=64), 300_000, "float32"


def names(found: tuple[Duty, ...]) -> set[str]:
    return {name for duty in found for name in duty.claims}


@pytest.mark.parametrize(("page", "asked"), ASKED, ids=lambda x: x.stem if isinstance(x, Page) else x.question)
def test_every_obligation_holds_and_is_said_in_words(page: Page, asked: Problem) -> None:
    plan = planned(asked, 64)
    found = duties(plan)
    assert names(found) <= {claim.name for claim in CLAIMS}
    numbers = {(Fraction(d.value), Fraction(d.limit)) for d in found if d.value is not None and d.limit is not None}
    assert all(value <= limit for value, limit in numbers)
    of_heads = {(Fraction(o.value), Fraction(o.limit)) for o in plan.obligations if o.owner.kind == "head"}
    assert of_heads <= numbers
    assert all(any(head.name in duty.about for duty in found) for head in plan.heads)


def test_every_claim_is_used_by_some_theorem() -> None:
    used: set[str] = set()
    for _, asked in ASKED:
        used |= {*claims_of(asked)} | names(duties(planned(asked, 64)))
    asked, max_n, dtype = TWO_ROUNDS
    used |= names(duties(plan_of(Spec(asked, max_n=max_n, dtype=dtype))))
    used |= {*claims_of(problem("msd", dim=8, gamma="3/2"))}
    assert {claim.name for claim in CLAIMS} - used == set()


def test_a_gate_of_ones_own_is_told_and_nothing_is_claimed_of_it() -> None:
    plan = plan_of(Spec(MINIMA.problem(dim=2, levels=2), max_n=8, dtype="float32"))
    *_, own = duties(plan)
    assert (own.about, own.claims) == (("gate `minimum`",), ())
    assert any("`value.a`, `value.b` minimum, 0..2" in line for line in steps(plan, math=False))


def weaker(plan: Plan, entry: int) -> Plan:
    """The first head with half the weight of an entry."""
    head = plan.heads[0]
    weights = tuple(w // 2 if e == entry else w for e, w in enumerate(head.weights))
    return replace(plan, heads=(replace(head, weights=weights), *plan.heads[1:]))


@pytest.mark.parametrize("entry", [0, 1])
def test_a_level_that_does_not_outweigh_those_below_it_shows(entry: int) -> None:
    plan = plan_of(Spec(problem("closest-pair", dim=8), max_n=60, dtype="float32"))
    broken = [duty for duty in duties(weaker(plan, entry)) if duty.slack is not None and duty.slack < 0]
    assert [duty.about for duty in broken] == [(plan.heads[0].name,)]
    assert "outweighs all below it" in broken[0].says


def test_a_prefix_shares_the_level_above_it() -> None:
    asked, max_n, dtype = TWO_ROUNDS
    plan = plan_of(Spec(asked, max_n=max_n, dtype=dtype))
    assert plan.rounds == 2
    shared = [duty for duty in duties(plan) if " with " in duty.says]
    assert shared
    assert all("a-prefix-shares-a-level" in duty.claims for duty in shared)
    assert all(duty.slack is not None and duty.slack >= 0 for duty in shared)


def test_a_token_that_sees_itself_sees_one_key_more() -> None:
    """At 45 documents that makes the gap of unseen keys one larger."""
    gaps = []
    for mask in ("strict", "inclusive"):
        plan = plan_of(Spec(problem("closest-pair", dim=8), max_n=45, mask=mask))
        head = plan.head("partner")
        seen = next(d for d in duties(plan) if "> start > rest" in d.says and "partner" in d.about)
        assert head.b == 4
        gaps.append(int(seen.says.split("gap of ")[1].split(",")[0]))
    assert gaps[1] == gaps[0] + 1
