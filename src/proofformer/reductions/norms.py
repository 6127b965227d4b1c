"""Between inner products and similarities by equal norms, and larger ratios by Kronecker powers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from math import isqrt

import numpy as np

from proofformer.problems import problem
from proofformer.problems.answers import Answer, Decision
from proofformer.problems.numbers import Exact, exact_number, square_root, squared
from proofformer.reductions.question import Asked, Rows
from proofformer.reductions.reduction import Cost, Translation

SIMILAR = {"max-ip": "msd", "min-ip": "lsd"}
INNER = {similar: inner for inner, similar in SIMILAR.items()}


def _same_pair(answers: Sequence[Answer], question: Asked) -> Answer:
    """The pair that was named, with its value in the question."""
    (answer,) = answers
    return answer if isinstance(answer, Decision) or answer.pair is None else question.pair(*answer.pair)


class EqualNorms(Translation):
    """Inner products as cosines: all documents get the norm l."""

    name = "equal-norms"
    statement = "The pairs of largest (least) inner product between two sets are those of largest (least) cosine."
    proof = (
        "Let a' = (a, 1^(l-|a|) 0^|a|, 0^l) and b' = (b, 0^l, 1^(l-|b|) 0^|b|). The new parts of a' and b' "
        "have no one in common, so <a', b'> = <a, b>; and all norms are l, so the cosine is <a, b> / l."
    )
    sizes = "n' = n, l' = 3 l, t' = t / l, one question"
    source = "B.5"

    def accepts(self, question: Asked) -> str | None:
        if question.problem.name not in SIMILAR or not question.problem.bichromatic:
            return f"{question.problem.label}: pass min-ip or max-ip of two sets"
        return None

    def cost(self, question: Asked) -> Cost:
        return Cost(1, sum(question.sizes), 3 * question.dim)

    def apply(self, question: Asked) -> tuple[Sequence[Asked], Asked]:
        first, second = question.sets
        filled = [
            (np.arange(question.dim) < question.dim - rows.sum(axis=1, keepdims=True, dtype=np.int64)).astype(np.uint8)
            for rows in question.sets
        ]
        padded = (
            np.hstack([first, filled[0], np.zeros_like(first)]),
            np.hstack([second, np.zeros_like(second), filled[1]]),
        )
        asked = question.problem
        threshold = None if asked.threshold is None else Fraction(_rational(asked.threshold), question.dim)
        made = problem(
            SIMILAR[asked.name], dim=3 * question.dim, bichromatic=True, threshold=threshold, gamma=asked.gamma
        )
        return [Asked.of(made, *padded)], question

    def invert(self, answers: Sequence[Answer], back: Asked) -> Answer:
        return _same_pair(answers, back)


class InnerProducts(Translation):
    """Cosines as inner products, where all documents of a set have the same norm."""

    name = "inner-products"
    statement = (
        "Where all documents of a set have one norm, the most (least) similar are those of largest (least) "
        "inner product."
    )
    proof = "The cosine is the inner product divided by the root of the product of the two norms, which is one number."
    sizes = "n' = n, l' = l, t' = t sqrt(|a| |b|), one question"
    source = "B.5, the other way"

    def accepts(self, question: Asked) -> str | None:
        asked = question.problem
        if asked.name not in INNER or asked.metric != "cosine":
            return f"{asked.label}: pass msd or lsd by cosine"
        if any(len(np.unique(rows.sum(axis=1))) > 1 for rows in question.sets):
            return f"{asked.label}: pass documents that all have the same number of ones, in each set"
        return None

    def cost(self, question: Asked) -> Cost:
        return Cost(1, sum(question.sizes), question.dim)

    def apply(self, question: Asked) -> tuple[Sequence[Asked], Asked]:
        asked = question.problem
        threshold: Exact | None = None
        if asked.threshold is not None:
            norms = [int(rows[0].sum()) for rows in (question.sets[0], question.sets[-1])]
            threshold = _whole_cut(squared(asked.threshold) * norms[0] * norms[1], asked.kind.largest)
        made = problem(
            INNER[asked.name],
            dim=question.dim,
            question=asked.question,
            bichromatic=asked.bichromatic,
            threshold=threshold,
            gamma=asked.gamma,
        )
        return [Asked.of(made, *question.sets)], question

    def invert(self, answers: Sequence[Answer], back: Asked) -> Answer:
        return _same_pair(answers, back)


@dataclass(frozen=True)
class Kronecker(Translation):
    """Every ratio of values becomes its `power`-th power."""

    power: int = 2

    name = "kronecker"
    statement = (
        "An answer within a factor gamma^q is one within a factor gamma, for documents to the Kronecker power q."
    )
    proof = (
        "<a (x) a, b (x) b> = <a, b>^2, and norms are squared too: inner products and cosines of the q-th "
        "Kronecker powers are the q-th powers of what they were, in the same order, and their ratios are q-th "
        "powers."
    )
    sizes = "n' = n, l' = l^q, t' = t^q, gamma' = gamma^q, one question"
    source = "B.2"

    def accepts(self, question: Asked) -> str | None:
        if question.problem.kind.measure not in ("inner", "cosine") or question.problem.norms is not None:
            return f"{question.problem.label}: pass inner products or cosines, without declared norms"
        return None

    def cost(self, question: Asked) -> Cost:
        return Cost(1, sum(question.sizes), question.dim**self.power)

    def apply(self, question: Asked) -> tuple[Sequence[Asked], Asked]:
        asked = question.problem
        threshold = None if asked.threshold is None else _power(asked.threshold, self.power)
        gamma = None if asked.gamma is None else Fraction(asked.gamma) ** self.power
        made = replace(asked, dim=question.dim**self.power, threshold=threshold, gamma=gamma)
        return [Asked.of(made, *(self._raised(rows) for rows in question.sets))], question

    def _raised(self, rows: Rows) -> Rows:
        return reduce(lambda a, b: (a[:, :, None] * b[:, None, :]).reshape(len(a), -1), [rows] * self.power)

    def invert(self, answers: Sequence[Answer], back: Asked) -> Answer:
        return _same_pair(answers, back)


def _rational(value: Exact) -> Fraction:
    """A threshold of a whole-valued problem, which is never a root."""
    exact = exact_number(str(value))
    return Fraction(str(exact))


def _power(value: Exact, power: int) -> Exact:
    return square_root(squared(value) ** power)


def _whole_cut(square: Fraction, largest: bool) -> int:
    """The least whole number whose square is `square` or more, or (not `largest`) the largest with no more."""
    floor = isqrt(square.numerator // square.denominator)
    return floor if not largest or floor * floor == square else floor + 1
