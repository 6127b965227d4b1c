"""The one table of problems and sizes that the tests of every stage share, with small hand-made instances.

`brute` is written from the statement of the problems alone: it shares no line with the oracles or the compiler.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

from proofformer.circuit import Circuit, Select, lower
from proofformer.planner import Plan, dtype_named, make_plan
from proofformer.problems import Decision, PairAnswer, Problem, problem
from proofformer.theorems import theorem_for

Rows = list[list[int]]


@dataclass(frozen=True)
class Case:
    """A problem with the sizes at which it is tested."""

    name: str
    question: str
    dims: tuple[int, ...]
    max_ns: tuple[int, ...]
    dtypes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}-{self.question}"

    def problem(self, dim: int) -> Problem:
        return problem(self.name, dim=dim, question=self.question)

    def circuit(self, dim: int, max_n: int) -> Circuit:
        asked = self.problem(dim)
        return theorem_for(asked.name, asked.question, asked.metric).circuit(dim=dim, max_n=max_n)

    def lowered(self, dim: int, max_n: int, rounds: int) -> Circuit:
        """The circuit with every select in so many rounds, however few would do."""
        circuit = self.circuit(dim, max_n)
        return lower(circuit, {n.name: rounds for n in circuit.nodes if isinstance(n, Select)})

    @cache  # noqa: B019 - the table is small and lives as long as the run
    def plan(self, dim: int, max_n: int, dtype: str, rounds: int | None = None) -> Plan:
        """The plan, with the rounds the planner chooses or (`rounds`) with so many."""
        circuit = self.circuit(dim, max_n) if rounds is None else self.lowered(dim, max_n, rounds)
        return make_plan(circuit, max_n=max_n, dtype=dtype_named(dtype))


DTYPES = ("bfloat16", "float32", "float64")

CASES = (
    Case("closest-pair", "search", dims=(1, 5, 64), max_ns=(2, 7, 8, 130), dtypes=DTYPES),
    Case("ov", "decide", dims=(1, 5, 64), max_ns=(2, 7, 8, 130), dtypes=DTYPES),
)
CLOSEST, OV = CASES

SIZES = [
    (case, dim, max_n, dtype) for case in CASES for dim in case.dims for max_n in case.max_ns for dtype in case.dtypes
]
SIZE_IDS = [f"{case}-l{dim}-n{max_n}-{dtype}" for case, dim, max_n, dtype in SIZES]


def hand_made(dim: int, max_n: int) -> dict[str, Rows]:
    """Instances that a wrong tie rule, mask, sentinel or range would get wrong: 2..max_n rows of `dim` bits."""
    zero, one = [0] * dim, [1] * dim

    def unit(k: int) -> list[int]:
        return [int(c == k % dim) for c in range(dim)]

    def far(k: int) -> list[int]:
        return one if k % 2 else zero

    n = max_n
    made = {
        "two zero": [zero, zero],
        "two one": [one, one],
        "two opposite": [zero, one],
        "all zero": [zero] * n,
        "all one": [one] * n,
        "all one but the last": [one] * (n - 1) + [zero],
        "all one but the first": [zero] + [one] * (n - 1),
        "units": [unit(k) for k in range(n)],
        "one row short": [unit(k) for k in range(max(2, n - 1))],
        "counting": [[k >> c & 1 for c in range(dim)] for k in range(n)],
        "closest first": [zero, zero, *(far(k) for k in range(n))][:n],
        "closest last": [*(far(k) for k in range(n - 2)), unit(0), unit(0)],
        "closest ends": [unit(0), *(one for _ in range(n - 2)), unit(0)],
        "growing": [[int(c < k) for c in range(dim)] for k in range(n)],
        "shrinking": [[int(c >= k) for c in range(dim)] for k in range(n)],
    }
    return {name: rows for name, rows in made.items() if 2 <= len(rows) <= n}


def brute(name: str, rows: Rows) -> PairAnswer | Decision:
    """The answer straight from the statement, over all pairs i < j."""
    pairs = [(i, j) for j in range(len(rows)) for i in range(j)]
    if name == "closest-pair":
        value, i, j = min((sum(a != b for a, b in zip(rows[i], rows[j], strict=True)), i, j) for i, j in pairs)
        return PairAnswer((i, j), value)
    if name == "ov":
        return Decision(any(not any(a and b for a, b in zip(rows[i], rows[j], strict=True)) for i, j in pairs))
    raise KeyError(name)


@st.composite
def small_rows(draw: st.DrawFn, max_n: int = 7, max_dim: int = 4, dim: int | None = None) -> Rows:
    """2..max_n rows, often equal to one another or sparse: ties are the rule, not the exception."""
    dim = draw(st.integers(1, max_dim)) if dim is None else dim
    pool = draw(st.lists(st.lists(st.integers(0, 1), min_size=dim, max_size=dim), min_size=1, max_size=4))
    return draw(st.lists(st.sampled_from(pool), min_size=2, max_size=max_n))
