"""The one table of problems and sizes that the tests of every stage share, with small hand-made instances.

`brute` is written from the statement of the problems alone: it shares no line with the oracles or the compiler.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from operator import mul, ne

from hypothesis import strategies as st

from proofformer.circuit import Circuit, Select, lower
from proofformer.planner import DTYPES as PLANNED
from proofformer.planner import Plan, dtype_named, make_plan
from proofformer.problems import Decision, PairAnswer, Problem, problem
from proofformer.problems.numbers import Exact, square_root, squared
from proofformer.theorems import circuit_for

Rows = list[list[int]]
Sets = tuple[Rows, ...]
"""The documents of an instance: (A,), or (A, B) if bichromatic."""

DTYPES = tuple(d.name for d in PLANNED)
LARGEST = ("max-ip", "farthest-pair", "msd")
INNER = ("ov", "min-ip", "max-ip")
SIMILARITIES = ("cosine", "jaccard", "dice")


@dataclass(frozen=True)
class Case:
    """A problem at every dim; the threshold of a decision is `share` of the largest value (half of 5 is 5/2), or of the
    similarity `share` itself or (`root`) the square root of it. `by_norm` declares the norms 1, dim and one between.
    """

    name: str
    question: str = "search"
    share: Fraction | None = None
    bichromatic: bool = False
    metric: str | None = None
    levels: int = 1
    by_norm: bool = False
    root: bool = False

    def __str__(self) -> str:
        of = f"-{self.metric}" if self.metric else ""
        of += (f"-levels-{self.levels}" if self.levels > 1 else "") + ("-norms" if self.by_norm else "")
        at = "" if self.share is None else f"-at-{'root-' if self.root else ''}{self.share}-l"
        return f"{self.name}{of}-{self.question}{at}{'-two-sets' if self.bichromatic else ''}"

    @property
    def is_similarity(self) -> bool:
        return self.metric in SIMILARITIES

    def threshold(self, dim: int) -> Exact | None:
        if self.share is None or self.is_similarity:
            return square_root(self.share) if self.root and self.share is not None else self.share
        return self.share * dim * (self.levels**2 if self.metric == "sqeuclidean" else self.levels)

    def norms(self, dim: int) -> tuple[int, ...] | None:
        return tuple(sorted({1, (dim + 1) // 2, dim})) if self.by_norm else None

    def problem(self, dim: int) -> Problem:
        return problem(
            self.name,
            dim=dim,
            question=self.question,
            metric=self.metric,
            bichromatic=self.bichromatic,
            threshold=self.threshold(dim),
            levels=self.levels,
            norms=self.norms(dim),
        )

    def legal(self, sets: Sets) -> Sets:
        """Sets of 0/1 rows as ones that the problem takes: larger entries, or no zero row, or declared norms only."""
        return tuple([self._legal(row) for row in rows] for rows in sets)

    def _legal(self, row: list[int]) -> list[int]:
        if not self.is_similarity:
            return row if self.levels == 1 else [self._entry(c, bit, sum(row)) for c, bit in enumerate(row)]
        weight = min(self.norms(len(row)) or [max(1, sum(row))], key=lambda b: abs(b - sum(row)))
        ones_first = sorted(range(len(row)), key=lambda c: -row[c])
        return [int(c in ones_first[:weight]) for c in range(len(row))]

    def _entry(self, c: int, bit: int, ones: int) -> int:
        """0 and `levels` in rows with an even number of ones (both ends), anything in the others."""
        return bit * self.levels if ones % 2 == 0 else (7 * c + ones * (1 + bit)) % (self.levels + 1)

    def circuit(self, dim: int, max_n: int) -> Circuit:
        return circuit_for(self.problem(dim), max_n)

    def lowered(self, dim: int, max_n: int, rounds: int) -> Circuit:
        """The circuit with every select in so many rounds, however few would do."""
        circuit = self.circuit(dim, max_n)
        return lower(circuit, {n.name: rounds for n in circuit.nodes if isinstance(n, Select)})

    @cache  # noqa: B019 - the table is small and lives as long as the run
    def plan(self, dim: int, max_n: int, dtype: str, rounds: int | None = None) -> Plan:
        """The plan, with the rounds the planner chooses or (`rounds`) with so many."""
        circuit = self.circuit(dim, max_n) if rounds is None else self.lowered(dim, max_n, rounds)
        return make_plan(circuit, max_n=max_n, dtype=dtype_named(dtype))

    def instances(self, dim: int, max_n: int) -> dict[str, Sets]:
        return {name: self.legal(sets) for name, sets in hand_made(dim, max_n, self.bichromatic).items()}

    def brute(self, sets: Sets) -> PairAnswer | Decision:
        """The answer straight from the statement, over all pairs."""
        measure = "inner" if self.name in INNER else self.metric or "hamming"
        valued = values(measure, tuple(tuple(map(tuple, rows)) for rows in sets))
        met, threshold = {value for value, _ in valued}, 0 if self.name == "ov" else self.threshold(len(sets[0][0]))
        if self.question == "decide":
            assert threshold is not None
            limit = squared(threshold) if self.is_similarity else threshold
            return Decision(any(v >= limit if self.name in LARGEST else v <= limit for v in met))  # type: ignore[operator]
        extreme = 0 if self.name == "ov" else (max if self.name in LARGEST else min)(met)
        if extreme not in met:
            return PairAnswer(None, None)
        exact = square_root(Fraction(extreme)) if self.is_similarity else extreme
        return PairAnswer(next(pair for value, pair in valued if value == extreme), exact)


def _all_cases() -> Iterator[Case]:
    for two in (False, True):
        for name in (*INNER, "closest-pair", "farthest-pair"):
            yield Case(name, bichromatic=two)
            shares = [None] if name == "ov" else [Fraction(0), Fraction(1, 2), Fraction(1)]
            yield from (Case(name, "decide", share, two) for share in shares)
    half, third = Fraction(1, 2), Fraction(1, 3)
    for two in (False, True):
        yield Case("msd", metric="cosine", bichromatic=two)
        yield Case("lsd", metric="cosine", bichromatic=two)
    yield Case("msd", "decide", half, metric="cosine", root=True)
    yield Case("lsd", "decide", half, metric="cosine", bichromatic=True)
    yield Case("msd", "decide", third, metric="jaccard", bichromatic=True)
    yield Case("lsd", "decide", third, metric="dice")
    for metric in SIMILARITIES:
        yield Case("msd", metric=metric, by_norm=True, bichromatic=metric == "dice")
        yield Case("lsd", metric=metric, by_norm=True, bichromatic=metric != "dice")
    for metric in ("sqeuclidean", "cityblock"):
        yield Case("closest-pair", metric=metric, bichromatic=metric == "cityblock")
        yield Case("closest-pair", metric=metric, levels=2)
        yield Case("farthest-pair", metric=metric, levels=5, bichromatic=True)
        yield Case("closest-pair", "decide", Fraction(1, 8), metric=metric, levels=5, bichromatic=True)
        yield Case("farthest-pair", "decide", half, metric=metric, levels=2)


CASES = tuple(_all_cases())
CLOSEST, OV = Case("closest-pair"), Case("ov", "decide")
BICHROMATIC = Case("farthest-pair", bichromatic=True)
BICHROMATIC_DECIDE = Case("max-ip", "decide", Fraction(1, 2), bichromatic=True)
COSINE, BY_NORM = Case("msd", metric="cosine"), Case("lsd", metric="jaccard", by_norm=True, bichromatic=True)
GRID = Case("farthest-pair", metric="sqeuclidean", levels=5, bichromatic=True)

FEW = (CLOSEST, OV, Case("ov", bichromatic=True), BICHROMATIC, BICHROMATIC_DECIDE)
"""For what costs too much to run on all cases: searches and decisions, one set and two, one that may find nothing."""


def _spread(case: Case) -> list[tuple[int, int]]:
    """A size for each dtype. Searches for the best cosine tell all of them apart in float32 for l = 24, not for 64."""
    largest = 24 if case.is_similarity and case.question == "search" else 16 if case.metric else 64
    return [(1, 2), (5, 7), (largest, 130), (5, 8)]


SIZES = [
    (case, dim, max_n, dtype)
    for case in CASES
    for dim, max_n, dtype in (
        [(dim, n, dtype) for dim in (1, 5, 64) for n in (2, 7, 8, 130) for dtype in DTYPES]
        if case in (CLOSEST, OV)
        else [(*size, dtype) for size, dtype in zip(_spread(case), DTYPES, strict=False)]
    )
]
"""Every size and dtype for two cases, and each dtype once for the others."""
SIZE_IDS = [f"{case}-l{dim}-n{max_n}-{dtype}" for case, dim, max_n, dtype in SIZES]


def hand_made(dim: int, max_n: int, bichromatic: bool = False) -> dict[str, Sets]:
    """Instances that a wrong tie rule, mask, sentinel or range would get wrong: at most max_n rows of `dim` bits."""
    one_set = _one_set(dim, max_n)
    if not bichromatic:
        return {name: (rows,) for name, rows in one_set.items()}
    made = _two_sets(dim, max_n)
    for k, (name, rows) in enumerate(one_set.items()):
        # The first row, half of them, all but the last against the others.
        cut = (1, len(rows) // 2, len(rows) - 1)[k % 3]
        made[f"{name}, {cut} in A"] = (rows[:cut], rows[cut:])
    return made


def _unit(dim: int, k: int) -> list[int]:
    return [int(c == k % dim) for c in range(dim)]


def _one_set(dim: int, n: int) -> dict[str, Rows]:
    zero, one = [0] * dim, [1] * dim
    far = [one if k % 2 else zero for k in range(n)]
    units = [_unit(dim, k) for k in range(n)]
    made = {
        "two zero": [zero, zero],
        "two one": [one, one],
        "two opposite": [zero, one],
        "all zero": [zero] * n,
        "all one": [one] * n,
        "all one but the last": [one] * (n - 1) + [zero],
        "all one but the first": [zero] + [one] * (n - 1),
        "units": units,
        "one row short": units[: max(2, n - 1)],
        "counting": [[k >> c & 1 for c in range(dim)] for k in range(n)],
        "closest first": [zero, zero, *far][:n],
        "closest last": [*far[: n - 2], units[0], units[0]],
        "closest ends": [units[0], *(one for _ in range(n - 2)), units[0]],
        "growing": [[int(c < k) for c in range(dim)] for k in range(n)],
        "shrinking": [[int(c >= k) for c in range(dim)] for k in range(n)],
    }
    return {name: rows for name, rows in made.items() if 2 <= len(rows) <= n}


def _two_sets(dim: int, n: int) -> dict[str, Sets]:
    zero, one, unit = [0] * dim, [1] * dim, _unit(dim, 0)
    left, right = n // 2, n - n // 2
    units = [_unit(dim, k) for k in range(n)]
    return {
        "1 x 1 zero": ([zero], [zero]),
        "1 x 1 one": ([one], [one]),
        "1 x 1 opposite": ([one], [zero]),
        "1 x n": ([unit], units[: n - 1]),
        "n x 1": (units[: n - 1], [unit]),
        "equal rows on both sides": ([unit] * left, [unit] * right),
        "zero against one": ([zero] * left, [one] * right),
        "one against zero": ([one] * left, [zero] * right),
        "A is closer to itself than to B": ([zero] * (left - 1) + [unit], [one] * right),
        "B is closer to itself than to A": ([one] * left, [zero] * (right - 1) + [unit]),
        "only A has orthogonal rows": ([*units[: left - 1], zero][-left:], [one] * right),
        "ties inside and across": (units[:left], units[:right][::-1]),
        "best at (0, last) and (last, 0)": (
            [zero, *[unit] * (left - 2), one][:left],
            [one, *[unit] * (right - 2), zero][:right],
        ),
        "best at (last, last)": ([one] * (left - 1) + [zero], [one] * (right - 1) + [zero]),
    }


@lru_cache(maxsize=4096)
def values(measure: str, sets: tuple[tuple[tuple[int, ...], ...], ...]) -> list[tuple[Exact, tuple[int, int]]]:
    """Each pair with its inner product, its distance, or the square of its similarity."""
    first, second = sets[0], sets[-1]
    kinds = {row: k for k, row in enumerate(dict.fromkeys(first + second))}
    rows = list(kinds)
    # Hand-made instances have many equal rows.
    known = cache(lambda a, b: value(measure, rows[a], rows[b]))
    asks, others = ([kinds[row] for row in side] for side in (first, second))
    return [(known(a, b), (i, j)) for i, a in enumerate(asks) for j, b in enumerate(others) if len(sets) == 2 or i < j]


def value(measure: str, a: tuple[int, ...], b: tuple[int, ...]) -> int | Fraction:
    shared = sum(map(mul, a, b))
    if measure == "inner":
        return shared
    if measure == "hamming":
        return sum(map(ne, a, b))
    if measure in ("sqeuclidean", "cityblock"):
        apart = [abs(x - y) for x, y in zip(a, b, strict=True)]
        return sum(map(mul, apart, apart)) if measure == "sqeuclidean" else sum(apart)
    if measure == "cosine":
        return Fraction(shared**2, sum(a) * sum(b))
    either = sum(map(max, a, b))
    return Fraction(shared, either) ** 2 if measure == "jaccard" else Fraction(2 * shared, sum(a) + sum(b)) ** 2


@st.composite
def small_sets(
    draw: st.DrawFn, bichromatic: bool = False, max_n: int = 7, max_dim: int = 4, dim: int | None = None
) -> Sets:
    """One set or two of at most max_n rows in all, often equal or sparse: ties are the rule, not the exception."""
    dim = draw(st.integers(1, max_dim)) if dim is None else dim
    pool = draw(st.lists(st.lists(st.integers(0, 1), min_size=dim, max_size=dim), min_size=1, max_size=4))
    rows = draw(st.lists(st.sampled_from(pool), min_size=2, max_size=max_n))
    if not bichromatic:
        return (rows,)
    cut = draw(st.integers(1, len(rows) - 1))
    return rows[:cut], rows[cut:]
