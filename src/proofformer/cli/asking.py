"""The options that say which problem is asked: the keyword arguments of `proofformer.problem`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

# Weights grow with the square of l: no machine holds those of a larger one, and the planner would search for minutes.
LARGEST_DIM = 1 << 16

OPTIONS = (
    click.option("--question", metavar="Q", help="search (the default) or decide."),
    click.option(
        "--threshold",
        metavar="T",
        help="Decide: has some pair a value <= T (closest, min, lsd) or >= T? 5, 3/4, sqrt(1/2).",
    ),
    click.option(
        "--metric",
        metavar="M",
        help="closest-pair, farthest-pair: hamming (the default), sqeuclidean, cityblock. msd, lsd: cosine (the "
        "default), jaccard, dice.",
    ),
    click.option(
        "--levels", type=int, default=1, metavar="C", help="sqeuclidean, cityblock: entries are 0..C (else 0/1)."
    ),
    click.option(
        "--norms", metavar="B,..", help="msd, lsd: the only numbers of ones of documents, such as 3,4,8 or 1-6."
    ),
    click.option("--gamma", metavar="G", help="Search: any pair within the factor G of the best will do, such as 3/2."),
    click.option("--bichromatic", is_flag=True, help="Pairs between two sets of documents, N in all."),
)


def problem_options(f: F) -> F:
    """Adds them all, in this order."""
    for option in reversed(OPTIONS):
        f = option(f)
    return f
