"""Writes docs/capability.md: how far each question goes in each dtype, and what stops it there.

python bench/capability.py
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from proofformer import problem
from proofformer.errors import ProofError
from proofformer.planner import DTYPES, DType, Plan, make_plan
from proofformer.problems import Problem
from proofformer.problems.problem import KINDS, QUESTIONS
from proofformer.theorems import circuit_for

DIM, MAX_N = 64, 4096
LARGEST_DIM, LARGEST_N = 4096, 1 << 25
TARGET = Path(__file__).resolve().parent.parent / "docs" / "capability.md"

HEADER = f"""# How far each question goes

Written by `bench/capability.py` from the planner alone: what is listed compiles, and the next size does not. *Largest
max_n* is for l = {DIM}, *largest l* for max_n = {MAX_N:,}; the search for them ends at max_n = {LARGEST_N:,} and l =
{LARGEST_DIM:,} ("or more"). Width (of the residual stream), depth (blocks, and how many of them have attention), b (the
largest of any head), T (rounds of a select) and R (the radix of its index digits; a decision has none) are those at l =
{DIM}, max_n = {MAX_N:,}. Decisions are at t = l/2. One set; a bichromatic model is one number wider, for its second
flag, and has the same limits, depth, b, R and T where nothing else is said.

"""

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


def asked(name: str, question: str, dim: int, bichromatic: bool) -> Problem:
    threshold = dim // 2 if question == "decide" and name != "ov" else None
    return problem(name, dim=dim, question=question, bichromatic=bichromatic, threshold=threshold)


@cache
def plan(name: str, question: str, bichromatic: bool, dtype: DType, dim: int, max_n: int) -> Plan | str:
    """The plan, or why there is none."""
    circuit = circuit_for(asked(name, question, dim, bichromatic), max_n)
    try:
        return make_plan(circuit, max_n=max_n, dtype=dtype)
    except ProofError as error:
        return str(error)


def largest(attempt: Callable[[int], Plan | str], start: int, end: int) -> Limit:
    """Doubling, then bisection; what compiles at some size compiles at every smaller one."""
    low, high, why = start, start, ""
    while high < end:
        high = min(2 * high, end)
        made = attempt(high)
        if isinstance(made, str):
            why = made
            break
        low = high
    else:
        return Limit(end, None)
    while high - low > 1:
        middle = (low + high) // 2
        made = attempt(middle)
        if isinstance(made, str):
            high, why = middle, made
        else:
            low = middle
    return Limit(low, why)


def row(name: str, question: str, dtype: DType) -> str:
    """One line of the table; a bichromatic model that differs in more than its width gets a line of its own."""
    lines = []
    for bichromatic in (False, True):
        at = plan(name, question, bichromatic, dtype, DIM, MAX_N)
        if isinstance(at, str):
            raise ProofError(f"{name}, {question}, {dtype.name}: {at}")
        n = largest(lambda n, b=bichromatic: plan(name, question, b, dtype, DIM, n), MAX_N, LARGEST_N)  # type: ignore[misc]
        l = largest(lambda l, b=bichromatic: plan(name, question, b, dtype, l, MAX_N), DIM, LARGEST_DIM)  # type: ignore[misc]
        radix = ", ".join(dict.fromkeys(str(1 << (stop - start)) for _, ds in at.digits for start, stop in ds))
        attention, blocks = at.depth
        numbers = [f"{blocks} ({attention})", max(h.b for h in at.heads), radix or "-", at.rounds if radix else "-"]
        cells = [n, shortened(n.obligation), l, shortened(l.obligation), *numbers]
        lines.append((at.layout.width, cells))
    (width, cells), (two, other) = lines
    table = [(f"{name}, {question}", width, cells)]
    if two != width + 1 or [str(c) for c in cells] != [str(c) for c in other]:
        table.append((f"{name}, {question}, bichromatic", two, other))
    lines = ([label, dtype.name, *cells[:4], width, *cells[4:]] for label, width, cells in table)
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def shortened(obligation: str | None) -> str:
    """Without the numbers of the size that failed, which differ from line to line."""
    if obligation is None:
        return "-"
    text = re.sub(r" would need .*", "", obligation)
    text = re.sub(r"accumulates \d+ weights", "accumulates so many weights", text)
    return re.sub(r"n up to \d+", "n up to max_n", text)


def main() -> None:
    lines = [HEADER]
    columns = ("question", "dtype", "largest max_n", "stopped by", "largest l", "stopped by", "width", "depth")
    lines.append(f"| {' | '.join(columns)} | b | R | T |\n|{'---|' * (len(columns) + 3)}\n")
    for kind in KINDS:
        for question in QUESTIONS:
            for dtype in DTYPES:
                lines.append(row(kind.name, question, dtype))
                print(lines[-1], end="", flush=True)
    float32 = next(d for d in DTYPES if d.name == "float32")
    widths = {}
    for key, name in (("closest", "closest-pair"), ("ov", "ov")):
        made = plan(name, "decide", False, float32, DIM, MAX_N)
        widths[key] = made.layout.width if isinstance(made, Plan) else made
    lines.append("\n" + TRACR.format(equal=3 * MAX_N + 9, orthogonal=float(2**DIM + 2 * MAX_N + 9), **widths))
    TARGET.write_text("".join(lines))
    print(f"wrote {TARGET.name}")


if __name__ == "__main__":
    main()
