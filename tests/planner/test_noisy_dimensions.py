"""A noisy signal's dimensions never become an exact signal's: a subnormal leak there could not be cleared."""

import numpy as np
import pytest

from proofformer import problem
from proofformer.circuit import lower
from proofformer.planner import Plan, dtype_named, make_plan
from proofformer.runtime import model_of
from proofformer.theorems import circuit_for


def two_round_plan(dim: int, max_n: int, dtype: str) -> Plan:
    circuit = circuit_for(problem("closest-pair", dim=dim), max_n)
    return make_plan(lower(circuit, {"partner": 2, "best": 2}), max_n=max_n, dtype=dtype_named(dtype))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("max_n", [16, 1000])
def test_noisy_and_exact_dimensions_are_disjoint(max_n: int, dtype: str) -> None:
    plan = two_round_plan(5, max_n, dtype)
    noisy: set[int] = set()
    exact: set[int] = set()
    for s in plan.layout.slices:
        (noisy if plan.circuit.signals[s.signal].noisy else exact).update(range(s.start, s.stop))
    assert noisy
    assert not noisy & exact


def test_bfloat16_answers_where_a_subnormal_leak_once_survived() -> None:
    """The first round leaks less than 2^-126; bfloat16 linear layers on x86 take that for zero, in one-row calls."""
    asked = problem("closest-pair", dim=3)
    model = model_of(asked, two_round_plan(3, 16, "bfloat16"))
    rng = np.random.default_rng(5)
    seen = np.array([[0, 0, 0], [1, 0, 1], [0, 0, 0], [1, 1, 0], [0, 0, 0]], dtype=np.uint8)
    assert model.solve(seen) == asked.answer(seen)
    for _ in range(400):
        rows = rng.integers(0, 2, (int(rng.integers(2, 9)), 3)).astype(np.uint8)
        assert model.solve(rows) == asked.answer(rows)
