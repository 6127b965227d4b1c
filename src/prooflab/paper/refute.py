"""The refuter: the first instance, in a stated order, that a published construction answers wrongly.

The order: n = 2, 3, .., max_n; then l = 1, 2, .., max_l; then the construction's thresholds, ascending; then the
multisets of n rows, with or without the zero row, in lexicographic order. It knows no counterexample. What it finds is
confirmed in exact arithmetic and explained by the fewest changes to the construction that make the answer right.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Final

import numpy as np

from proofformer.errors import InputError, ProofError, Spoken
from prooflab.paper.cells import MOST_DIM, answers, multisets, rank
from prooflab.paper.construction import Construction, Threshold
from prooflab.paper.enclosures import Enclosure

# In this order, so that self-attention is blamed only where lower weights elsewhere would not help.
REASONS: Final = {
    "sentinel": "the sentinel is on the wrong side: its score is the largest in every row, so it takes the weight",
    "norm": "the 1-norm is not the cosine's norm: the score is <a,b> / (|a| |b|), the cosine <a,b> / sqrt(|a| |b|)",
    "value": "a zero document has the value zero: weight on it does not reach the output",
    "leak": "the no-case leaks: n documents that lose to the sentinel by g keep n^(-3 g) each, times up to l, "
    "which is l n / n^3 at g = 1 and not small at this n and l",
    "self": "self-attention: a document sees itself, and its likeness to itself reaches the threshold",
}


@dataclass(frozen=True)
class Refutation:
    """A wrong answer: the first in the order, with `before` instances before it, confirmed in exact arithmetic.

    `outputs` are the documents' rows' outputs, `bound` is 1/(n + 1); `reasons` are keys of REASONS, the smallest set of
    changes that together make the answer right.
    """

    construction: Construction
    n: int
    dim: int
    t: Threshold
    zeros: bool
    rows: tuple[tuple[int, ...], ...]
    outputs: tuple[Enclosure, ...]
    bound: Fraction
    truth: bool
    reasons: tuple[str, ...]
    before: int

    @property
    def why(self) -> str:
        """The reasons in words."""
        return "; and ".join(REASONS[reason] for reason in self.reasons)

    def __str__(self) -> str:
        at = "" if self.t is None else f", t = {self.t}"
        says, true = ("no", "yes") if self.truth else ("yes", "no")
        outputs = ", ".join(map(str, self.outputs))
        return (
            f"{self.construction.label}: refuted at n = {self.n}, l = {self.dim}{at} by {list(self.rows)}: outputs "
            f"{outputs} against {self.bound} say {says}, the answer is {true} ({self.why})"
        )


@dataclass(frozen=True)
class Covered:
    """No wrong answer: `instances` is all of the order up to the limits."""

    construction: Construction
    max_n: int
    max_l: int
    zeros: bool
    instances: int

    def __str__(self) -> str:
        limits = f"n <= {self.max_n}, l <= {self.max_l}"
        return f"{self.construction.label}: right on all {self.instances:,} instances, {limits}"


def refute(construction: Construction, max_n: int = 4, max_l: int = 4, zeros: bool = False) -> Refutation | Covered:
    """The first wrong answer with n <= max_n and l <= max_l, or that there is none; deterministic.

    `zeros` admits zero documents. Raises InputError for limits below 2 and 1, for max_l above 8, and for zeros where
    the construction takes none.
    """
    if max_n < 2:
        raise InputError(f"max_n is {max_n}: pass at least 2, because a pair needs two documents")
    if not 1 <= max_l <= MOST_DIM:
        raise InputError(Spoken("max_l", "--dim"), f" is {max_l}: pass a whole number from 1 to {MOST_DIM}")
    examined = 0
    for n, dim, t in order(construction, max_n, max_l):
        for documents, truth, decided in answers(construction, n, dim, t, zeros):
            wrong = np.flatnonzero(truth != decided)
            if wrong.size:
                rows = tuple(map(tuple, documents[wrong[0]].tolist()))
                return _refutation(construction, dim, t, zeros, rows, examined + int(wrong[0]), max_l)
            examined += len(truth)
    return Covered(construction, max_n, max_l, zeros, examined)


def order(construction: Construction, max_n: int, max_l: int) -> Iterator[tuple[int, int, Threshold]]:
    """(n, l, t) in the refuter's order."""
    for n in range(2, max_n + 1):
        for dim in range(1, max_l + 1):
            for t in construction.thresholds(dim):
                yield n, dim, t


def instances_before(
    construction: Construction, rows: tuple[tuple[int, ...], ...], t: Threshold, zeros: bool, max_l: int
) -> int:
    """The number of instances before this one in the order, by binomial coefficients alone."""
    n, dim = len(rows), len(rows[0])
    before = rank(rows, zeros)
    for earlier in order(construction, n, max_l):
        if earlier == (n, dim, t):
            return before
        before += multisets(earlier[0], earlier[1], zeros)
    raise AssertionError("the order holds every cell up to its limits")


def reasons(construction: Construction, rows: object, t: Threshold) -> tuple[str, ...]:
    """The smallest set of changes, the first in the order of REASONS, that makes a wrong answer right.

    The construction is run with each set of changes in exact arithmetic: the sentinel's sign or the norm mended, value
    1 for zero documents, no weight but on the largest scores, no document seen by itself. Raises InputError as
    `Problem.instance` does.
    """
    truth = construction.truth(rows, t)
    for size in range(len(REASONS) + 1):
        for changes in combinations(REASONS, size):
            changed = _mended(construction, changes)
            if changed is not None and changed.decides(rows, t, changes) == truth:
                return changes
    raise AssertionError(f"{construction.label} is wrong on {rows} at {t} for a reason that has no name")


def _mended(construction: Construction, changes: tuple[str, ...]) -> Construction | None:
    """The construction with the changes to its print, or None where there is nothing to change."""
    for change in changes:
        if change in ("sentinel", "norm"):
            mended = construction.mended()
            if change not in mended:
                return None
            construction = mended[change]
    return construction


def _refutation(
    construction: Construction,
    dim: int,
    t: Threshold,
    zeros: bool,
    rows: tuple[tuple[int, ...], ...],
    before: int,
    max_l: int,
) -> Refutation:
    """The refutation by these rows; `ProofError` unless exact arithmetic and the count by formula confirm it."""
    outputs, bound = tuple(construction.enclosures(rows, t)), Fraction(1, len(rows) + 1)
    truth = construction.truth(rows, t)
    if any(output.reaches(bound) for output in outputs) == truth:
        raise ProofError(f"float64 calls the answer to {rows} wrong, exact arithmetic does not")
    if instances_before(construction, rows, t, zeros, max_l) != before:
        raise ProofError(f"{before} instances were examined before {rows}, which is not the count by formula")
    why = reasons(construction, rows, t)
    return Refutation(construction, len(rows), dim, t, zeros, rows, outputs, bound, truth, why, before)
