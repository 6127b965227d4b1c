"""Plans at the edge of what the planner accepts: the largest l for a small n, or the largest n at an l.

One step beyond is refused; at the edge, with as many documents as can be, the model has to be right all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from proofformer.circuit import Select, lower
from proofformer.errors import ProofError
from proofformer.planner import Plan, dtype_named, make_plan
from proofformer.problems import Problem, problem
from proofformer.runtime import Model, model_of
from proofformer.theorems import circuit_for
from proofformer.verify.instances.draws import sample
from proofformer.verify.judge import asked as answer_of
from proofformer.verify.outcome import Case, Failure, Tally

LARGEST_DIM, LARGEST_N = 300, 400
SMALL_N = (2, 40)
INSTANCES = 2

VALUED = (("ov", None), ("min-ip", None), ("max-ip", None), ("closest-pair", "hamming"), ("farthest-pair", "hamming"))
SIMILAR = (("msd", "cosine"), ("lsd", "cosine"))
SQUARES = (("closest-pair", "sqeuclidean"), ("farthest-pair", "sqeuclidean"))
CITYBLOCK = (("closest-pair", "cityblock"), ("farthest-pair", "cityblock"))

IN_L = (
    *((VALUED, "bfloat16", 1) for _ in range(3)),
    *((SIMILAR, dtype, 1) for dtype in ("float16", "bfloat16", "float32")),
    *((SQUARES, *of) for of in (("float16", 7), ("float16", 16), ("bfloat16", 2), ("bfloat16", 5))),
    *((CITYBLOCK, *of) for of in (("bfloat16", 5), ("bfloat16", 16))),
)
"""Problems, dtype and levels whose largest l is small."""

IN_N = ((SQUARES, "float32", 16, (24, 40)), (SIMILAR, "float32", 1, (24, 29, 31, 34)))
"""Problems, dtype, levels and some l at which, with selects in one round, the largest n is small."""


@dataclass(frozen=True)
class Edge:
    """A kind of problem for a dtype, and which number of two is as large as can be: l for this n, or n for this l."""

    name: str
    metric: str | None
    dtype: str
    levels: int
    bichromatic: bool
    max_n: int | None
    dim: int | None

    def problem(self, dim: int) -> Problem:
        return problem(self.name, dim=dim, metric=self.metric, levels=self.levels, bichromatic=self.bichromatic)

    def plan(self, size: int) -> Plan:
        """The plan where the number sought is `size`. Raises `ProofError` when there is none."""
        asked, max_n = self.problem(self.dim or size), self.max_n or size
        circuit = circuit_for(asked, max_n)
        if self.dim is not None:
            circuit = lower(circuit, {n.name: 1 for n in circuit.nodes if isinstance(n, Select)})
        return make_plan(circuit, max_n=max_n, dtype=dtype_named(self.dtype))

    def accepts(self, size: int) -> bool:
        try:
            self.plan(size)
        except ProofError:
            return False
        return True


def draw_edge(rng: np.random.Generator) -> Edge:
    bichromatic = bool(rng.integers(2))
    if rng.random() < 0.75:
        kinds, dtype, levels = IN_L[int(rng.integers(len(IN_L)))]
        name, metric = kinds[int(rng.integers(len(kinds)))]
        return Edge(name, metric, dtype, levels, bichromatic, int(rng.choice(SMALL_N)), None)
    kinds, dtype, levels, dims = IN_N[int(rng.integers(len(IN_N)))]
    name, metric = kinds[int(rng.integers(len(kinds)))]
    return Edge(name, metric, dtype, levels, bichromatic, None, int(rng.choice(dims)))


@cache
def largest(edge: Edge) -> int | None:
    """The largest size accepted, the next being refused; None when the smallest is refused, or the cap accepted."""
    low, cap = (1, LARGEST_DIM) if edge.dim is None else (2, LARGEST_N)
    if not edge.accepts(low):
        return None
    high = 2 * low
    while high < cap and edge.accepts(high):
        low, high = high, 2 * high
    high = min(high, cap)
    if high == cap and edge.accepts(cap):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if edge.accepts(middle) else (low, middle)
    return low


@lru_cache(maxsize=32)
def model_at(edge: Edge) -> Model | None:
    """The model at the edge, if there is one within the caps."""
    size = largest(edge)
    return None if size is None else model_of(edge.problem(edge.dim or size), edge.plan(size))


def try_at_edge(rng: np.random.Generator, tally: Tally, family: str, seed: int, number: int) -> None:
    """A random edge, with two adversarial instances of n = max_n."""
    edge = draw_edge(rng)
    while (model := model_at(edge)) is None:
        tally.counts["no edge"] += 1
        edge = draw_edge(rng)
    tally.counts["largest l" if edge.dim is None else "largest n"] += 1
    tally.counts[edge.dtype] += 1
    asked, said, wrong = model.problem, [], []
    for _ in range(INSTANCES):
        case = Case(family, seed, number, sample(asked, rng, model.max_n))
        instance = asked.instance(*case.sets)
        expected, got = asked.answer(instance), answer_of(model, instance)
        said.append(str(got))
        if got != expected:
            wrong.append(Failure(asked.to_json(), case, str(expected), str(got)))
            tally.detail.append(f"{family}, seed {seed}, number {number} ({edge}): {got} instead of {expected}")
    tally.add("; ".join(said), wrong=bool(wrong), n=model.max_n, failure=lambda: wrong[0])
