"""How near two different cosines come, and which dtypes a search compiles in: for docs/cosines.md.

python bench/cosines.py [nearest] [factors]
"""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np
from results import measure

from proofformer import problem
from proofformer.compiler import Spec
from proofformer.limits import MAX_N, planned
from proofformer.planner import Obligation, Plan
from proofformer.theorems.cosine import cosine_tables, triples

DIMS = (*range(2, 65), *range(72, 257, 8))
GAMMAS = (None, Fraction(101, 100), Fraction(11, 10), Fraction(3, 2), Fraction(2))
GAMMA_DIMS = (8, 16, 32, 64, 128, 256)
NEARLY = 1 + 2.0**-30
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


def plan(l: int, dtype: str, gamma: Fraction | None = None) -> Plan | Obligation:
    return planned(Spec(problem("msd", dim=l, gamma=gamma), MAX_N, dtype))


def least(l: int, gamma: Fraction | None = None) -> Plan | None:
    """The plan in the first dtype, in `ORDER`, that has one."""
    for name in ORDER:
        made = plan(l, name, gamma)
        if isinstance(made, Plan):
            return made
    return None


def row(l: int) -> dict[str, Any]:
    """The nearest two cosines, the tables, and what the planner says to a search for the most similar document."""
    count, distance, low, high = nearest(l)
    tables, made = cosine_tables(l), least(l)
    single = plan(l, "float32")
    return {
        "l": l,
        "cosines": count,
        "distance": float(f"{distance:.2g}"),
        "between": f"sqrt({low}), sqrt({high})",
        "scale": max(tables.scale),
        "logarithms": max(tables.logs),
        "dtype": "none" if made is None else made.dtype.name,
        "rounds": None if made is None else made.rounds,
        "stops": "-" if isinstance(single, Plan) else f"{single.owner}: {single.statement}",
    }


def buys(l: int, gamma: Fraction | None) -> str:
    """The least dtype of a search within a factor."""
    made = least(l, gamma)
    return "none" if made is None else f"{made.dtype.name}, T = {made.rounds}, b = {max(h.b for h in made.heads)}"


PARTS = {
    "nearest": lambda: [row(l) for l in DIMS],
    "factors": lambda: {str(l): [buys(l, gamma) for gamma in GAMMAS] for l in GAMMA_DIMS},
}

if __name__ == "__main__":
    measure("cosines", PARTS)
