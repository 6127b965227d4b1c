"""Writes docs/cosines.md: how near two different cosines come, and which dtypes a search compiles in.

python bench/cosines.py
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from pathlib import Path

import numpy as np

from proofformer import problem
from proofformer.errors import ProofError
from proofformer.planner import DTYPES, DType, Plan, make_plan
from proofformer.theorems import circuit_for
from proofformer.theorems.cosine import cosine_tables, triples

MAX_N = 4096
DIMS = (*range(2, 65), *range(72, 257, 8))
GAMMAS = (None, Fraction(101, 100), Fraction(11, 10), Fraction(3, 2), Fraction(2))
GAMMA_DIMS = (8, 16, 32, 64, 128, 256)
NEARLY = 1 + 2.0**-30
TARGET = Path(__file__).resolve().parent.parent / "docs" / "cosines.md"

HEADER = f"""# How near cosines come

Written by `bench/cosines.py`. Of all pairs of 0/1 documents of l bits, the two different cosines that are nearest to
each other, computed from whole numbers: `sqrt(p/q) - sqrt(r/s) = (p s - r q) / (q s (sqrt(p/q) + sqrt(r/s)))`. Beside
it the tables of the construction ([theory](theory.md), section 7) and what the planner says to a search for the most
similar document with max_n = {MAX_N:,}: the least dtype that separates the cosines, its rounds T, and the obligation at
which float32 stops. *scale* and *logarithms* are the largest numbers of the two tables. Decisions compile in every
dtype.

| l | distinct cosines | smallest distance | between | scale | logarithms | dtype | T | float32 stops at |
|---|---|---|---|---|---|---|---|---|
"""

GAMMA_HEADER = f"""
## What a factor buys

The least dtype in which a search compiles, within a factor gamma of the best cosine, its T and b; max_n = {MAX_N:,}.

| l | {" | ".join("exact" if g is None else f"gamma = {float(g):g}" for g in GAMMAS)} |
|---|{"---|" * len(GAMMAS)}
"""

ORDER = ("bfloat16", "float16", "float32", "float64")
"""Of dtypes: fewer significant bits first."""


def nearest(l: int) -> tuple[int, float, Fraction, Fraction]:
    """How many cosines there are, the smallest distance of two, and their squares."""
    k, a, b = triples(l)
    quotients = k * k / (a * b)
    values, first = np.unique(quotients, return_index=True)
    squares = list(zip((k * k)[first].tolist(), (a * b)[first].tolist(), strict=True))
    # Only neighbours that are about as near as the nearest are compared exactly.
    roots = np.sqrt(values)
    about = np.diff(roots)
    # A cosine of 0 is next to the least positive one.
    best = (float(roots[0]), Fraction(0), Fraction(*squares[0]))
    for at in np.flatnonzero(about <= about.min(initial=1) * NEARLY + 1e-15):
        (p, q), (r, s) = squares[at], squares[at + 1]
        distance = (r * q - p * s) / (q * s * (sqrt(p / q) + sqrt(r / s)))
        best = min(best, (distance, Fraction(p, q), Fraction(r, s)))
    return len(values) + 1, *best


def plan(l: int, dtype: DType, gamma: Fraction | None = None) -> Plan | str:
    asked = problem("msd", dim=l, gamma=gamma)
    try:
        return make_plan(circuit_for(asked, MAX_N), max_n=MAX_N, dtype=dtype)
    except ProofError as error:
        return str(error)


def least(l: int, gamma: Fraction | None = None) -> Plan | None:
    """The plan in the first dtype, in `ORDER`, that has one."""
    for name in ORDER:
        made = plan(l, next(d for d in DTYPES if d.name == name), gamma)
        if isinstance(made, Plan):
            return made
    return None


def row(l: int) -> str:
    count, distance, low, high = nearest(l)
    tables = cosine_tables(l)
    made = least(l)
    single = plan(l, next(d for d in DTYPES if d.name == "float32"))
    stops = "-" if isinstance(single, Plan) else single.partition(" would need ")[0]
    chosen = ("none", "-") if made is None else (made.dtype.name, made.rounds)
    cells = [l, f"{count:,}", f"{distance:.2g}", f"sqrt({low}), sqrt({high})", f"{max(tables.scale):,}"]
    cells += [f"{max(tables.logs):,}", *chosen, stops]
    return f"| {' | '.join(map(str, cells))} |\n"


def gamma_row(l: int) -> str:
    cells = []
    for gamma in GAMMAS:
        made = least(l, gamma)
        cells.append(
            "none" if made is None else f"{made.dtype.name}, T = {made.rounds}, b = {max(h.b for h in made.heads)}"
        )
    return f"| {l} | {' | '.join(cells)} |\n"


def main() -> None:
    text = HEADER + "".join(map(row, DIMS)) + GAMMA_HEADER + "".join(map(gamma_row, GAMMA_DIMS))
    TARGET.write_text(text)
    print(f"wrote {TARGET.name}")


if __name__ == "__main__":
    main()
