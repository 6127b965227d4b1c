"""Margins: how far the output that decides stays on its side of the threshold 1/(n + 1), in the worst of a family.

The family: one document u, n - 1 copies of a document v. What a construction makes of it depends on the ones of u, of v
and of both alone, so all of it, O(l^3) instances for each n, is looked at. A negative margin is a wrong answer, so it
refutes; a positive one only says that no instance of this family does.

For Theorem 4.1 without zero documents the family is enough. An output is sum w_j |v_j| / (1 + sum w_j), and grows with
a weight w_j while it is below |v_j|. If some pair is orthogonal, its members get 1/2 from each other alone, and every
other document, of value 1 or more, adds to that. If none is, all weights are n^-3 or less; so while it is below 1, the
largest output is ((n - 1) l + 1) n^-3 / (1 + n^-2), of a single one among full documents.

Most similar documents need documents that are all different for a no: `code` makes up to 8^6 of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from proofformer.errors import Choice, InputError
from proofformer.problems.arrays import Array
from proofformer.problems.numbers import squared
from prooflab.paper.code import KEYWORDS, agreements, size, words
from prooflab.paper.construction import Construction, Threshold
from prooflab.paper.orthogonal import OrthogonalVectors
from prooflab.paper.thresholded import PublishedSimilarities, Thresholded

PAIRS, CODE = "one document and copies of another", "words of a code"


@dataclass(frozen=True)
class Margin:
    """The worst instance of a family, PAIRS or CODE.

    `value` is the distance of its output to `bound` = 1/(n + 1), negative where `answer`, the true one, is missed.
    PAIRS: one document with `ones` ones, n - 1 copies of one with `others`, `common` ones of both. CODE: all documents
    have `others` ones, two of them `common` ones at most.
    """

    n: int
    value: float
    output: float
    answer: bool
    family: str
    ones: int
    others: int
    common: int

    @property
    def bound(self) -> float:
        return 1 / (self.n + 1)

    def rows(self, dim: int) -> Array:
        """The instance, (n, dim) of 0 and 1."""
        if self.family == CODE:
            return words(self.n)
        keyword, first = np.arange(dim), self.ones - self.common
        u, v = keyword < self.ones, (keyword >= first) & (keyword < first + self.others)
        return np.vstack([u, np.repeat(v[None], self.n - 1, axis=0)]).astype(np.uint8)


def margin(construction: Construction, n: int, dim: int, t: Threshold = None, zeros: bool = False) -> Margin:
    """The least margin over the families, in float64 (logarithms of weights: no n is too large).

    Raises InputError for n below 2, for zeros where the construction takes none, and for the most similar of documents
    with other l than 64 or n that is neither 2 nor a power of 8.
    """
    if n < 2:
        raise InputError(f"n is {n}: pass at least 2, because a pair needs two documents")
    if zeros and not construction.takes_zeros:
        raise InputError(f"{construction.label} takes no all-zero documents: leave out ", Choice("zeros", True))
    found = _pairs(construction, n, dim, t, zeros)
    if isinstance(construction, PublishedSimilarities) and construction.sign > 0 and n > 2:
        found = min(found, _code(construction, n, dim, t), key=lambda m: m.value)
    return found


def _pairs(construction: Construction, n: int, dim: int, t: Threshold, zeros: bool) -> Margin:
    k, a, b = _triples(dim, least=0 if zeros else 1)
    truth = _meets(construction, k, a, b, t)
    if n > 2:
        truth = truth | _meets(construction, b, b, b, t)
    values = [_values(construction, ones) for ones in (a, b)]
    log_n = float(np.log(n))
    to_self, to_other = (log_n * _exponent(construction, *x, t) for x in ((a, a, a), (k, a, b)))
    of_others = log_n * _exponent(construction, b, b, b, t)
    outputs = np.maximum(
        _output([(1, to_self, values[0]), (n - 1, to_other, values[1])]),
        _output([(1, to_other, values[0]), (n - 1, of_others, values[1])]),
    )
    margins = np.where(truth, outputs - 1 / (n + 1), 1 / (n + 1) - outputs)
    at = int(margins.argmin())
    worst = float(margins[at]), float(outputs[at]), bool(truth[at])
    return Margin(n, *worst, PAIRS, int(a[at]), int(b[at]), int(k[at]))


def _code(construction: Construction, n: int, dim: int, t: Threshold) -> Margin:
    """All words of a code: every row has the same output."""
    if dim != KEYWORDS:
        raise InputError(f"l is {dim}: pass {KEYWORDS} for the most similar of many documents")
    counts = agreements(size(n))
    shared = np.arange(len(counts))
    ones = np.full_like(shared, len(counts) - 1)
    logs, values = float(np.log(n)) * _exponent(construction, shared, ones, ones, t), _values(construction, ones)
    parts = [(count, logs[k : k + 1], values[k : k + 1]) for k, count in enumerate(counts)]
    output = float(_output(parts)[0])
    met = _meets(construction, shared, ones, ones, t)
    answer = any(bool(met[k]) and count - (k == ones[0]) > 0 for k, count in enumerate(counts))
    value = output - 1 / (n + 1) if answer else 1 / (n + 1) - output
    most = max(k for k, count in enumerate(counts[:-1]) if count)
    return Margin(n, value, output, answer, CODE, int(ones[0]), int(ones[0]), most)


def claimed(n: int) -> float:
    """The margin that the published proofs claim: between their bounds for an output, 1/(n + 1) and (n + 1)^-1.5."""
    return 1 / (n + 1) - float((n + 1) ** -1.5)


def mended_bounds(n: int, b: float) -> tuple[float, float]:
    """The least output of a yes and the largest of a no, of the paper's own unit when it is mended.

    No document sees itself, documents have value 1, the sentinel 0 and the score of a document that just meets the
    threshold, scores are whole numbers. Yes: some document weighs what the sentinel does, or more, so documents have
    half of the weight at least. No: at most n documents of weight e^-b each, against the sentinel's 1. With b = ln(8 n)
    that is 1/8, for every n.
    """
    return 0.5, n * float(np.exp(-b))


def _triples(dim: int, least: int) -> tuple[Array, Array, Array]:
    """All (k, a, b) of two rows of `dim` entries with `least` ones or more."""
    k, a, b = (x.ravel() for x in np.indices((dim + 1, dim + 1, dim + 1)))
    there = (k <= np.minimum(a, b)) & (a + b - k <= dim) & (np.minimum(a, b) >= least)
    return k[there], a[there], b[there]


def _meets(construction: Construction, k: Array, a: Array, b: Array, t: Threshold) -> Array:
    """Whether a pair with these ones meets the threshold, in whole numbers."""
    if t is None:
        return np.asarray(k == 0)
    square = squared(t)
    if isinstance(construction, PublishedSimilarities):
        left, right = k**2 * square.denominator, a * b * square.numerator
    else:
        left, right = k**2 * square.denominator, np.full_like(k, square.numerator)
    return np.asarray(left >= right if construction.sign > 0 else left <= right)


def _exponent(construction: Construction, k: Array, a: Array, b: Array, t: Threshold) -> Array:
    """log_n of a document's weight relative to the sentinel's."""
    if isinstance(construction, OrthogonalVectors):
        return -3.0 * k
    if not isinstance(construction, Thresholded) or t is None:
        raise InputError(f"{construction.label} has no margin at the threshold {t}: pass the threshold of the question")
    score: Array = k.astype(np.float64)
    if isinstance(construction, PublishedSimilarities):
        score = score / (a * b if construction.norm == 1 else np.sqrt(a * b))
    # Printed with a minus the sentinel scores -(t + 1), a document score + 1, and Q K^T is negative.
    printed = construction.sign < 0 and construction.sentinel == "printed"
    return -3 * (score + float(t) + 2) if printed else 3 * construction.sign * (score - float(t))


def _values(construction: Construction, ones: Array) -> Array:
    if isinstance(construction, PublishedSimilarities):
        return np.ones(len(ones)) if construction.norm == 1 else np.sqrt(ones)
    return ones.astype(np.float64)


def _output(parts: list[tuple[int, Array, Array]]) -> Array:
    """sum count e^log value / (1 + sum count e^log) over (count, log, value), the sentinel's weight being 1."""
    top = np.maximum(0.0, np.max([log for _, log, _ in parts], axis=0))
    total, weighted = np.exp(-top), np.zeros_like(top)
    for count, log, value in parts:
        weight = count * np.exp(log - top)
        total, weighted = total + weight, weighted + weight * value
    return np.asarray(weighted / total)
