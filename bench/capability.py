"""How far each question goes in each dtype, and what stops it there: for docs/capability.md.

python bench/capability.py [SECTION ..] [widths]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache, partial
from typing import Any

from results import measure

from proofformer import problem
from proofformer.circuit import Circuit
from proofformer.errors import ProofError
from proofformer.planner import DTYPES, DType, Plan, dtype_named, make_plan
from proofformer.problems import Problem
from proofformer.problems.kinds import KINDS, Kind
from proofformer.problems.numbers import Exact, square_root
from proofformer.problems.problem import QUESTIONS
from proofformer.theorems import circuit_for

DIM, MAX_N = 64, 4096
LARGEST_DIM, LARGEST_N = 4096, 1 << 25
LEVELS, LARGEST_GRID, LARGEST_TABLE = 16, 256, 512
NORMS = (3, 4, 8)
GAMMA = Fraction(3, 2)
SECTIONS = ("values", "grids", "similarities", "gamma")
"""Of the page: inner products and Hamming distances; entries 0 to `LEVELS`; similarities; searches within `GAMMA`."""


@dataclass(frozen=True)
class Limit:
    """The largest size that compiles, and the obligation that the next one breaks (None: the search ended there)."""

    size: int
    obligation: str | None

    def __str__(self) -> str:
        return f"{self.size:,}" + ("" if self.obligation else " or more")


@dataclass(frozen=True)
class Question:
    """A question of one section, at every l and in one form."""

    section: str
    kind: Kind
    question: str
    bichromatic: bool = False

    @property
    def label(self) -> str:
        metric = "" if self.kind.metric in (None, "hamming") else f" ({self.kind.metric})"
        norms = ", norms" if self.by_norm else ""
        return f"{self.kind.name}{metric}{norms}"

    @property
    def by_norm(self) -> bool:
        return self.section == "norms"

    @property
    def largest_dim(self) -> int:
        return LARGEST_TABLE if self.kind.is_similarity else LARGEST_GRID if self.kind.takes_levels else LARGEST_DIM

    def problem(self, dim: int) -> Problem:
        kind, levels = self.kind, LEVELS if self.kind.takes_levels else 1
        threshold: Exact | None = None
        if self.question == "decide" and kind.target is None:
            half = square_root(Fraction(1, 2)) if kind.measure == "cosine" else Fraction(1, 2)
            threshold = half if kind.is_similarity else LEVELS * dim if kind.takes_levels else dim // 2
        return problem(
            kind.name,
            dim=dim,
            question=self.question,
            metric=kind.metric,
            bichromatic=self.bichromatic,
            threshold=threshold,
            levels=levels,
            norms=NORMS if self.by_norm else None,
            gamma=GAMMA if self.section == "gamma" else None,
        )


def questions() -> Iterator[tuple[str, Question]]:
    """Each with the section of the page that it stands in."""
    for kind in KINDS:
        for question in QUESTIONS:
            section = "similarities" if kind.is_similarity else "grids" if kind.takes_levels else "values"
            if question == "decide" or kind.measure not in ("jaccard", "dice"):
                yield section, Question(section, kind, question)
            if question == "search" and kind.is_similarity:
                yield section, Question("norms", kind, question)
        if kind.target is None and kind.measure not in ("jaccard", "dice"):
            yield "gamma", Question("gamma", kind, "search")


@lru_cache(maxsize=8)
def circuit(asked: Question, dim: int, max_n: int) -> Circuit:
    return circuit_for(asked.problem(dim), max_n)


@lru_cache(maxsize=64)
def plan(asked: Question, dtype: DType, dim: int, max_n: int) -> Plan | str:
    """The plan, or why there is none."""
    try:
        return make_plan(circuit(asked, dim, max_n), max_n=max_n, dtype=dtype)
    except ProofError as error:
        return str(error)


def largest(attempt: Callable[[int], Plan | str], start: int, end: int) -> Limit | None:
    """Doubling, or halving to begin with, then bisection; what compiles at some size compiles at every smaller one."""
    low, made = start, attempt(start)
    high, why = (start, made) if isinstance(made, str) else (end + 1, "")
    while isinstance(made, str):
        if low == 1:
            return None
        high, why = low, made
        low //= 2
        made = attempt(low)
    while low < end and high == end + 1:
        grown = min(2 * low, end)
        made = attempt(grown)
        if isinstance(made, str):
            high, why = grown, made
        else:
            low = grown
    while why and high - low > 1:
        middle = (low + high) // 2
        made = attempt(middle)
        if isinstance(made, str):
            high, why = middle, made
        else:
            low = middle
    return Limit(low, why or None)


def sizes_of(at: Plan | str) -> dict[str, str]:
    """Of a plan, if there is one: width, depth with the blocks that attend in brackets, b, R and T."""
    if isinstance(at, str):
        return dict.fromkeys(("width", "depth", "b", "R", "T"), "-")
    attention, blocks = at.depth
    radix = ", ".join(dict.fromkeys(str(1 << (stop - start)) for _, ds in at.digits for start, stop in ds))
    return {
        "width": str(at.layout.width),
        "depth": f"{blocks} ({attention})",
        "b": str(max(h.b for h in at.heads)),
        "R": radix or "-",
        "T": str(at.rounds) if radix else "-",
    }


def limits_of(asked: Question, dtype: DType) -> dict[str, str]:
    """The line of a question in a dtype."""
    at = plan(asked, dtype, DIM, MAX_N)
    l = largest(lambda l: plan(asked, dtype, l, MAX_N), DIM, asked.largest_dim)
    n = None if isinstance(at, str) else largest(lambda n: plan(asked, dtype, DIM, n), MAX_N, LARGEST_N)
    return {
        "max n": "-" if n is None else str(n),
        "n stopped by": shortened(n and n.obligation),
        "l": "none" if l is None else str(l),
        "l stopped by": shortened(l and l.obligation),
        **sizes_of(at),
    }


def limits(section: str) -> list[dict[str, Any]]:
    """Lines that are equal but for the question are one. So is the line of two sets and of one, if it differs in the
    width alone, by 1."""
    table: dict[tuple[str, ...], dict[str, Any]] = {}
    for question in QUESTIONS:
        for dtype in DTYPES:
            for asked in (a for where, a in questions() if (where, a.question) == (section, question)):
                one, two = (limits_of(replace(asked, bichromatic=two), dtype) for two in (False, True))
                wider = one if one["width"] == "-" else one | {"width": str(int(one["width"]) + 1)}
                for form, found in (("", one), (", bichromatic", two))[: 1 + (two != wider)]:
                    line = {"asked": question + form, "dtype": dtype.name} | found
                    known = table.setdefault(tuple(line.values()), {"questions": [], **line})
                    known["questions"].append(asked.label)
    return list(table.values())


def shortened(obligation: str | None) -> str:
    """Without the numbers of the size that failed, which differ from line to line, or which of two is preferred."""
    if obligation is None:
        return "-"
    text = re.sub(r" would need .*", "", obligation).replace("entry 'least ", "entry '")
    text = re.sub(r"accumulates \d+ weights", "accumulates so many weights", text)
    return re.sub(r"n up to \d+", "n up to max_n", text)


def widths() -> dict[str, int]:
    """Of the residual streams that are set beside Tracr's."""
    found = {}
    for name in ("closest-pair", "ov"):
        kind = next(kind for kind in KINDS if kind.name == name)
        made = plan(Question("values", kind, "decide"), dtype_named("float32"), DIM, MAX_N)
        assert isinstance(made, Plan)
        found[name] = made.layout.width
    return found


PARTS = {section: partial(limits, section) for section in SECTIONS} | {"widths": widths}

if __name__ == "__main__":
    measure("capability", PARTS)
