"""The symbolic matrices, with the plan's numbers in place of b, V and R, are the numeric ones."""

import numpy as np
import pytest
import sympy
from tests.cases import CLOSEST, OV, Case

from proofformer.circuit import Head
from proofformer.planner import Plan
from proofformer.planner.weights import Level, level_symbol, matrices, numeric, symbolic


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
    [(OV, None, {"b", "R", "R2"}), (CLOSEST, None, {"b", "V", "R"}), (CLOSEST, 2, {"b", "V", "R"})],
    ids=str,
)
@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_symbols_and_numbers_agree(case: Case, rounds: int | None, names: set[str], dtype: str) -> None:
    plan = case.plan(2, 5, dtype, rounds)
    exact, general = dict(numeric(plan)), symbolic(plan)
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


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize(("case", "max_n"), [(CLOSEST, 130), (CLOSEST, 4000), (CLOSEST, 1 << 20), (OV, 130)], ids=str)
def test_every_entry_is_a_finite_integer_of_few_bits(case: Case, max_n: int, dtype: str) -> None:
    plan = case.plan(5, max_n, dtype)
    for name, matrix in numeric(plan):
        for value in np.unique(matrix):
            whole = abs(int(value))
            assert whole == abs(value), name
            assert whole <= plan.dtype.largest, name
            assert whole == 0 or (whole // (whole & -whole)).bit_length() <= plan.dtype.precision, name


@pytest.mark.parametrize("max_n", [4096, 65_536])
def test_a_row_in_float16_is_that_in_float32_with_a_power_of_two_moved(max_n: int) -> None:
    """So the scores are the same. Both have the same layout and, at this size, the same weights."""
    half, single = (CLOSEST.plan(64, max_n, dtype) for dtype in ("float16", "float32"))
    narrow, wide = dict(numeric(half)), dict(numeric(single))
    moved = 0
    for name, matrix in narrow.items():
        if name.endswith("key.weight"):
            block = int(name.split(".")[1])
            (head,) = half.layout.blocks[block].heads
            shifts = np.zeros(len(matrix))
            shifts[: len(half.head(head).shifts)] = half.head(head).shifts
            power = 2.0 ** shifts[:, None]
            query = name.replace("key", "query")
            assert np.array_equal(matrix, wide[name] * power)
            assert np.array_equal(narrow[query] * power, wide[query])
            assert (wide[query].max() > 65_504) == (power.max() > 1)
            moved += int((power > 1).sum())
        elif not name.endswith("query.weight"):
            assert np.array_equal(matrix, wide[name])
    assert moved


def test_a_symbolic_entry_carries_what_moved() -> None:
    plan = CLOSEST.plan(2, 8000, "float16")
    name, row = "blocks.0.attention.query.weight", 0
    assert plan.head("partner").shifts[row] > 0
    one = plan.layout.slice_of("one").start
    b, v = (sympy.Symbol(s, positive=True, integer=True) for s in "bV")
    power = 2 ** plan.head("partner").shifts[row]
    assert symbolic(plan)[name][row, one] == b * v / power
    assert symbolic(plan)[name.replace("query", "key")][row, one] == -power


def test_temperature_is_on_the_query_side_only() -> None:
    for name, matrix in symbolic(CLOSEST.plan(2, 5, "float32")).items():
        b = sympy.Symbol("b", positive=True, integer=True)
        assert (b in matrix.free_symbols) == name.endswith("query.weight")
