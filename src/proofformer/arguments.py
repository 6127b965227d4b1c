"""What can be asked, argument by argument, in words: one table for Python, for the command line and for messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

LARGEST_N: Final = 1 << 30
"""Documents of an instance."""
LARGEST_DIM: Final = 1 << 16
"""Entries of a document. Weights grow with the square: no machine holds those of more, and planning takes minutes."""


@dataclass(frozen=True)
class Argument:
    """`name` is the keyword, `--name` the option; `metavar` stands for its value (none: a flag)."""

    name: str
    help: str
    metavar: str | None = None
    default: Any = None

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"


ARGUMENTS: Final = (
    Argument("question", "search (the default) or decide.", "Q"),
    Argument("threshold", "Decide: has some pair a value <= T (closest, min, lsd) or >= T? 5, 3/4, sqrt(1/2).", "T"),
    Argument(
        "metric",
        "closest-pair, farthest-pair: hamming (the default), sqeuclidean, cityblock. msd, lsd: cosine (the default), "
        "jaccard, dice.",
        "M",
    ),
    Argument("levels", "sqeuclidean, cityblock: entries are 0..C (else 0/1).", "C", 1),
    Argument("norms", "msd, lsd: how many ones a row may have, such as 3,4,8 or 1-6.", "B,.."),
    Argument("gamma", "Search: any pair within the factor G of the best will do, such as 3/2.", "G"),
    Argument("bichromatic", "Pairs between two sets of documents, N in all.", default=False),
)
"""The keyword arguments of `problem`, in the order of the help."""
