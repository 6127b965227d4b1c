"""Writes docs/capability.md: how far each question goes in each dtype, and what stops it there.

python bench/capability.py
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from proofformer import problem
from proofformer.circuit import Circuit
from proofformer.errors import ProofError
from proofformer.planner import DTYPES, DType, Plan, make_plan
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
TARGET = Path(__file__).resolve().parent.parent / "docs" / "capability.md"

HEADER = f"""# How far each question goes

Written by `bench/capability.py` from the planner alone: what is listed compiles, and the next size does not. *Largest
max_n* is for l = {DIM}, *largest l* for max_n = {MAX_N:,}; the search for them ends at max_n = {LARGEST_N:,} and l =
{LARGEST_DIM:,} ("or more"). Width (of the residual stream), depth (blocks, and how many of them have attention), b (the
largest of any head), T (rounds of a select) and R (the radix of its index digits; a decision has none) are those at l =
{DIM}, max_n = {MAX_N:,}. Questions whose lines would be equal share one. One set; a bichromatic model is one number
wider, for its second flag, and has the same limits, depth, b, R and T where nothing else is said.
"""

SECTIONS = (
    ("values", "Inner products and Hamming distances", "Decisions are at t = l/2."),
    (
        "grids",
        f"Grids, entries 0 to {LEVELS}",
        f"l is the number of entries, at most {LARGEST_GRID}. Decisions are at t = {LEVELS} l.",
    ),
    (
        "similarities",
        "Similarities",
        "Decisions are at sqrt(1/2) for the cosine and at 1/2 else; the search for the largest l ends at "
        f"{LARGEST_TABLE}, because tables grow with its square. How near cosines come, and which dtype tells them "
        "apart at each l, is a [page of its own](cosines.md). *norms* are searches with the norms "
        f"{', '.join(map(str, NORMS))} declared.",
    ),
    (
        "gamma",
        "Within a factor of 3/2",
        "Searches as above, that may return any pair within the factor. What smaller and larger factors buy for the "
        "cosine is on the [page of cosines](cosines.md). For whole values a factor shortens what the readout compares "
        "by, which saves rounds where values are large; it lowers no b in one round, where the smallest step of a "
        "score is the index's, and no dtype, which has to hold the value of the pair all the same.",
    ),
)

TRACR = f"""## Beside Tracr

[Tracr](https://arxiv.org/abs/2301.05062) compiles RASP programs for the same kind of question to Transformers. Its
residual width, as measured for programs of ours, grows with the number of *values* a token can have:

| question | Tracr, any l and n | Tracr, l = {DIM}, n = {MAX_N:,} | proofformer, l = {DIM}, max_n = {MAX_N:,} |
|---|---|---|---|
| is some pair equal (n values) | 3n + 9 | {{equal:,}} | {{closest}} (closest-pair at 0) |
| is some pair orthogonal (l bits) | 2^l + 2n + 9 | {{orthogonal:.1e}} | {{ov}} |

At l = 10 and n = 16 its second program has 14.5 million parameters. With its default settings it answered 20 of 40
instances of the first program wrongly at n = 128, and 20 of 40 of the second at l = 10, n = 16, without a warning.
"""


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


def cells_of(asked: Question, dtype: DType) -> tuple[int | None, list[str]]:
    """The width of the model, and the other cells of its line."""
    at = plan(asked, dtype, DIM, MAX_N)
    l = largest(lambda l: plan(asked, dtype, l, MAX_N), DIM, asked.largest_dim)
    cells = ["none", "-"] if l is None else [str(l), shortened(l.obligation)]
    if isinstance(at, str):
        return None, ["-", "-", *cells, *"----"]
    n = largest(lambda n: plan(asked, dtype, DIM, n), MAX_N, LARGEST_N)
    radix = ", ".join(dict.fromkeys(str(1 << (stop - start)) for _, ds in at.digits for start, stop in ds))
    attention, blocks = at.depth
    numbers = [f"{blocks} ({attention})", max(h.b for h in at.heads), radix or "-", at.rounds if radix else "-"]
    assert n is not None
    return at.layout.width, [str(n), shortened(n.obligation), *cells, *map(str, numbers)]


def lines_of(section: str) -> Iterator[str]:
    """The lines of a section's table; a bichromatic model that differs in more than its width has one of its own."""
    columns = ("question", "dtype", "largest max_n", "stopped by", "largest l", "stopped by", "width", "depth")
    yield f"| {' | '.join(columns)} | b | R | T |\n|{'---|' * (len(columns) + 3)}\n"
    table: dict[tuple[str, ...], list[str]] = {}
    for question in QUESTIONS:
        for dtype in DTYPES:
            for where, asked in questions():
                if (where, asked.question) != (section, question):
                    continue
                width, cells = cells_of(asked, dtype)
                two, other = cells_of(replace(asked, bichromatic=True), dtype)
                for form, w, row in (("", width, cells), (", bichromatic", two, other)):
                    if form and row == cells and (width is None or w == width + 1):
                        continue
                    key = (f", {question}{form}", dtype.name, *row[:4], "-" if w is None else str(w), *row[4:])
                    table.setdefault(key, []).append(asked.label)
                    print(asked.label, *key, flush=True)
    for (what, *row), labels in table.items():
        yield f"| {' / '.join(labels)}{what} | {' | '.join(row)} |\n"


def shortened(obligation: str | None) -> str:
    """Without the numbers of the size that failed, which differ from line to line, or which of two is preferred."""
    if obligation is None:
        return "-"
    text = re.sub(r" would need .*", "", obligation).replace("entry 'least ", "entry '")
    text = re.sub(r"accumulates \d+ weights", "accumulates so many weights", text)
    return re.sub(r"n up to \d+", "n up to max_n", text)


def main() -> None:
    lines = [HEADER]
    for section, title, about in SECTIONS:
        lines.append(f"\n## {title}\n\n{about}\n\n")
        lines += lines_of(section)
    float32 = next(d for d in DTYPES if d.name == "float32")
    widths = {}
    for key, name in (("closest", "closest-pair"), ("ov", "ov")):
        kind = next(kind for kind in KINDS if kind.name == name)
        made = plan(Question("values", kind, "decide"), float32, DIM, MAX_N)
        widths[key] = made.layout.width if isinstance(made, Plan) else made
    lines.append("\n" + TRACR.format(equal=3 * MAX_N + 9, orthogonal=float(2**DIM + 2 * MAX_N + 9), **widths))
    TARGET.write_text("".join(lines))
    print(f"wrote {TARGET.name}")


if __name__ == "__main__":
    main()
