"""The nearest two of scikit-learn's 1,797 handwritten digits, as they are: 64 pixels of 0 to 16.

By squared Euclidean and by cityblock distance on the grey values, by the cosine on the pixels that are dark (8 or
more). Beside each answer stands what scikit-learn's pairwise distances say.

    python examples/digits_grid.py [--count N]
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import click
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

import proofformer as pf
from proofformer.problems import PairAnswer
from proofformer.problems.oracle import pair_value

LEVELS, DARK = 16, 8
# metric -> the problem and the dtype it is compiled in
ASKED = {
    "sqeuclidean": ("closest-pair", "float32"),
    "cityblock": ("closest-pair", "float32"),
    "cosine": ("msd", "float64"),
}
Pixels = npt.NDArray[np.uint8]


def digits(count: int | None = None) -> tuple[Pixels, npt.NDArray[np.int64]]:
    """Grey values (n, 64) of 0..16, and which digit each is."""
    from sklearn.datasets import load_digits

    data = load_digits()
    return data.data[:count].astype(np.uint8), data.target[:count]


def of_sklearn(rows: Pixels, metric: str) -> tuple[tuple[int, int], float]:
    """The first pair of the least distance (for the cosine the largest similarity) in scikit-learn's floating point."""
    from sklearn.metrics import pairwise_distances
    from sklearn.metrics.pairwise import cosine_similarity

    x = rows.astype(np.float64)
    values = -cosine_similarity(x) if metric == "cosine" else pairwise_distances(x, metric=metric)
    values[np.tril_indices(len(x))] = np.inf
    i, j = divmod(int(values.argmin()), len(x))
    return (i, j), abs(float(values[i, j]))


def answer(rows: Pixels, metric: str) -> dict[str, Any]:
    """The model's answer, the oracle's and scikit-learn's, with the seconds it took to compile and to solve."""
    name, dtype = ASKED[metric]
    levels = 1 if metric == "cosine" else LEVELS
    start = perf_counter()
    model = pf.compile(name, dim=rows.shape[1], max_n=len(rows), metric=metric, levels=levels, dtype=dtype)
    compiled = perf_counter()
    found = model.solve(rows)
    solved = perf_counter()
    assert isinstance(found, PairAnswer)
    assert found.value is not None
    pair, value = of_sklearn(rows, metric)
    asked = model.problem
    # Pairs that tie are told apart by rounding alone: its pair counts as equal if its exact value is.
    theirs = pair_value(rows[pair[0]], rows[pair[1]], measure=asked.kind.measure)
    return {
        "pair": found.pair,
        "value": found.value,
        "dtype": dtype,
        "compile": compiled - start,
        "solve": solved - compiled,
        "oracle": found == asked.answer(rows),
        "sklearn": pair,
        "sklearn_value": value,
        "same": theirs == found.value and abs(value - float(found.value)) < 1e-9,
    }


@click.command()
@click.option("--count", type=click.IntRange(min=2), help="Only so many digits.")
def main(count: int | None) -> None:
    """Print a table; exit code 1 when an answer differs from the oracle's or scikit-learn's."""
    grey, labels = digits(count)
    binary = (grey >= DARK).astype(np.uint8)
    dark = np.flatnonzero(binary.any(axis=1))
    table = Table(
        "metric", "digits", "pair", "which are", "value", "dtype", "compile", "solve", "oracle", "scikit-learn"
    )
    good = True
    for metric in ASKED:
        kept = dark if metric == "cosine" else np.arange(len(grey))
        rows = (binary if metric == "cosine" else grey)[kept]
        facts = answer(rows, metric)
        i, j = (int(kept[k]) for k in facts["pair"])
        theirs = tuple(int(kept[k]) for k in facts["sklearn"])
        good &= bool(facts["oracle"] and facts["same"])
        table.add_row(
            metric,
            f"{len(rows):,}",
            f"({i}, {j})",
            f"{labels[i]} and {labels[j]}",
            str(facts["value"]),
            str(facts["dtype"]),
            f"{facts['compile']:.2f} s",
            f"{facts['solve']:.2f} s",
            "equal" if facts["oracle"] else "DIFFERS",
            f"{theirs}, {facts['sklearn_value']:.6g}: {'equal' if facts['same'] else 'DIFFERS'}",
        )
    Console(width=150).print(table)
    if len(dark) < len(grey):
        print(f"{len(grey) - len(dark)} digits have no dark pixel and are left out of the cosine.")
    raise SystemExit(0 if good else 1)


if __name__ == "__main__":
    main()
