"""The symbolic matrices, with the plan's numbers in place of b, V and R, are the numeric ones."""

import numpy as np
import pytest
import sympy
from tests.cases import CLOSEST, OV, Case

from proofformer.circuit import Head
from proofformer.planner import Plan
from proofformer.planner.matrices import Level, level_symbol, matrices, numeric, symbolic


def numbers(plan: Plan, head: Head) -> dict[str, int]:
    h = plan.head(head.name)
    found = {"b": h.b}
    for e in range(len(head.order)):
        name = level_symbol(plan, Level(head.name, e))
        assert found.setdefault(name, h.weights[e]) == h.weights[e]
    assert found.pop("1") == 1
    return found


@pytest.mark.parametrize(
    ("case", "rounds", "names"),
    [(OV, None, {"b", "R"}), (CLOSEST, None, {"b", "V", "R"}), (CLOSEST, 2, {"b", "V", "R"})],
    ids=str,
)
@pytest.mark.parametrize("dtype", ["bfloat16", "float64"])
def test_symbols_and_numbers_agree(case: Case, rounds: int | None, names: set[str], dtype: str) -> None:
    plan = case.plan(2, 5, dtype, rounds)
    exact, general = numeric(plan), symbolic(plan)
    assert list(exact) == list(general) == [m.name for m in matrices(plan)]
    heads = {n.name: n for n in plan.circuit.nodes if isinstance(n, Head)}
    seen: set[str] = set()
    for name, matrix in general.items():
        values: dict[str, int] = {}
        if ".attention." in name:
            (head,) = plan.layout.blocks[int(name.split(".")[1])].heads
            values = numbers(plan, heads[head])
        seen |= {s.name for s in matrix.free_symbols}
        filled = matrix.subs({s: values[s.name] for s in matrix.free_symbols})
        dense = np.array(filled.tolist(), dtype=float).reshape(filled.shape)
        assert np.array_equal(dense[:, 0] if name.endswith("bias") else dense, exact[name]), name
    assert seen == names


@pytest.mark.parametrize("case", [CLOSEST, OV], ids=str)
def test_every_entry_is_an_integer_of_few_bits(case: Case) -> None:
    plan = case.plan(5, 130, "bfloat16")
    for name, matrix in numeric(plan).items():
        for value in np.unique(matrix):
            whole = abs(int(value))
            assert whole == abs(value), name
            assert whole == 0 or (whole // (whole & -whole)).bit_length() <= plan.dtype.precision, name


def test_temperature_is_on_the_query_side_only() -> None:
    for name, matrix in symbolic(CLOSEST.plan(2, 5, "float32")).items():
        b = sympy.Symbol("b", positive=True, integer=True)
        assert (b in matrix.free_symbols) == name.endswith("query.weight")
