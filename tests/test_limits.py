"""How far questions go: the limits are those that trying every size finds, and what ends them is what a refusal has."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from proofformer import limits
from proofformer.compiler import Spec, plan_at_once, plan_of
from proofformer.errors import ProofError
from proofformer.limits import CHECKED, PLANNED, Corner, Limit, Reach, at_half
from proofformer.planner import Unmet
from proofformer.planner.weights import matrices, parameters
from proofformer.problems.numbers import square_root

CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "closest-pair": ("closest-pair", "bfloat16", {}),
    "the cosine in bfloat16": ("msd", "bfloat16", {}),
    "the cosine in float16, two sets": ("msd", "float16", {"bichromatic": True}),
    "a grid": ("closest-pair", "bfloat16", {"metric": "cityblock", "levels": 16}),
    "squares": ("farthest-pair", "float16", {"metric": "sqeuclidean", "levels": 16}),
    "norms": ("lsd", "bfloat16", {"metric": "dice", "norms": (3, 4)}),
    "a decision": ("msd", "bfloat16", {"question": "decide"}),
}
LARGEST, FEW = 260, 16
"""Where the search of these tests ends: for rows of 0/1 and a search, and for the others."""


def refused(spec: Spec) -> str | None:
    """Why there is no plan, in the words of the planner."""
    try:
        plan_at_once(spec)
    except ProofError as error:
        return str(error)
    return None


@pytest.fixture
def few_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LARGEST_DIM", "LARGEST_GRID", "LARGEST_TABLE"):
        monkeypatch.setattr(limits, name, LARGEST if name == "LARGEST_DIM" else FEW)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("few_entries")
def test_the_largest_l_is_the_one_that_trying_all_finds(case: str) -> None:
    name, dtype, asked = CASES[case]
    reach, least = Reach(at_half(name, **asked), dtype), max(asked.get("norms", (1,)))
    most = LARGEST if case == "closest-pair" else FEW
    tried = {l: refused(reach.spec(l, 16)) for l in range(least, most + 1)}
    planned = [l for l, why in tried.items() if why is None]
    assert planned == [*range(least, planned[-1] + 1)]
    for start in (least, planned[-1], most):
        found = reach.largest_dim(16, start)
        assert found.size == planned[-1]
        assert (found.ends and found.ends.refusal) == tried.get(planned[-1] + 1)


@pytest.mark.parametrize(("dtype", "most"), [("float16", 1391613), ("bfloat16", 1625188), ("float32", 1677718)])
def test_the_largest_n_is_refused_with_one_more(dtype: str, most: int) -> None:
    reach = Reach(at_half("closest-pair", question="decide"), dtype)
    found = reach.largest_n(4)
    assert (found.size, found.claim) == (most, CHECKED)
    assert plan_of(reach.spec(4, most)).max_n == most
    with pytest.raises(ProofError) as caught:
        plan_of(reach.spec(4, most + 1))
    assert found.ends is not None
    assert found.ends.refusal in str(caught.value)
    assert found.ends.value > found.ends.limit


def test_the_search_ends_somewhere() -> None:
    assert Reach(at_half("ov"), "float64").largest_n(4, start=16, most=100)[:2] == (100, None)


def test_where_nothing_is_certified_the_least_size_says_why() -> None:
    reach = Reach(at_half("msd"), "bfloat16")
    size, ends, claim = reach.largest_n(64)
    assert (size, claim) == (None, None)
    assert ends is not None
    assert ends.refusal == refused(reach.spec(64, 2))


def test_what_has_too_many_weights_is_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    reach = Reach(at_half("ov"), "float32")
    assert reach.largest_n(4, start=8, most=8) == Limit(8, None, CHECKED)
    monkeypatch.setattr(limits, "MOST_CHECKED", 100)
    assert reach.largest_n(4, start=8, most=8) == Limit(8, None, PLANNED)


def test_what_the_checker_refuses_is_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "examine", lambda read, theorem: {"code": 1})
    assert Reach(at_half("ov"), "float32").largest_n(4, start=8, most=8).claim == PLANNED


@pytest.mark.usefixtures("few_entries")
def test_the_frontier() -> None:
    corners = list(Reach(at_half("msd"), "float16").frontier(16))
    assert [c.dim for c in corners] == [1, 2, 4, 8, 11]
    assert all(c == Corner(c.dim, 1391613, CHECKED) for c in corners)


def test_a_decision_is_at_half() -> None:
    assert at_half("closest-pair", question="decide", metric="cityblock", levels=3)(6).threshold == 9
    assert at_half("msd", question="decide")(8).threshold == square_root(limits.Fraction(1, 2))
    assert at_half("ov", question="decide")(8).threshold is None


def test_too_many_weights_to_add_up_are_an_obligation() -> None:
    spec = Reach(at_half("ov"), "float32").spec(4, 1 << 24)
    with pytest.raises(Unmet) as caught:
        plan_at_once(spec)
    error = pickle.loads(pickle.dumps(caught.value))
    assert error.obligation.value == (1 << 24) + 1
    assert str(error) == str(caught.value) == error.obligation.refusal


@pytest.mark.parametrize("case", CASES)
def test_weights_are_counted_without_making_them(case: str) -> None:
    name, dtype, asked = CASES[case]
    plan = plan_at_once(Reach(at_half(name, **asked), dtype).spec(6, 16))
    assert parameters(plan) == sum(m.rows * m.columns for m in matrices(plan))
