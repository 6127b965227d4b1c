"""Orthogonal vectors by least inner product, by least similarity, and by largest inner product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from proofformer.problems import Problem, problem
from proofformer.problems.answers import Answer, Decision, PairAnswer
from proofformer.reductions.question import Asked
from proofformer.reductions.reduction import Cost, Translation

NONE = PairAnswer(None, None)


def _only_orthogonal(question: Asked) -> str | None:
    if question.problem.name != "ov":
        return f"{question.problem.label}: pass orthogonal vectors"
    return None


def _asking(question: Asked, name: str, threshold: int, gamma: Fraction | None, bichromatic: bool) -> Problem:
    """The same question of another problem: a decision at a threshold, or a search, within a factor gamma if any."""
    decide = question.problem.question == "decide"
    more: dict[str, Any] = {"threshold": threshold} if decide else {"gamma": gamma}
    return problem(name, dim=question.dim, bichromatic=bichromatic, **more)


@dataclass(frozen=True)
class LeastInnerProduct(Translation):
    """By least inner product, exactly or within any factor `gamma`."""

    gamma: Fraction | None = None

    name = "least-inner-product"
    statement = (
        "A pair of least inner product, or of one within a factor gamma of the least, decides orthogonal vectors."
    )
    proof = (
        "The least inner product is 0 exactly when some pair is orthogonal, and within a factor of 0 there is only 0."
    )
    sizes = "n' = n, l' = l, one question"
    source = "OV to Min-IP and gamma-Min-IP"

    def accepts(self, question: Asked) -> str | None:
        return _only_orthogonal(question)

    def cost(self, question: Asked) -> Cost:
        return Cost(1, sum(question.sizes), question.dim)

    def apply(self, question: Asked) -> tuple[Sequence[Asked], None]:
        asking = _asking(question, "min-ip", 0, self.gamma, question.problem.bichromatic)
        return [Asked.of(asking, *question.sets)], None

    def invert(self, answers: Sequence[Answer], back: None) -> Answer:
        (answer,) = answers
        return answer if isinstance(answer, Decision) or answer.value == 0 else NONE


@dataclass(frozen=True)
class LeastSimilar(Translation):
    """By least cosine similarity, exactly or within any factor `gamma`."""

    gamma: Fraction | None = None

    name = "least-similar"
    statement = (
        "A pair of least cosine, or of one within a factor gamma of the least, decides orthogonal vectors, "
        "whatever gamma."
    )
    proof = (
        "A zero vector is orthogonal to all others. Without zero vectors a cosine is 0 exactly when the pair "
        "is orthogonal, and within a factor of 0 there is only 0."
    )
    sizes = "n' = n less the zero vectors, l' = l, one question, or none where a vector is zero"
    source = "3.1"

    def accepts(self, question: Asked) -> str | None:
        return _only_orthogonal(question)

    def cost(self, question: Asked) -> Cost:
        there = not any((~rows.any(axis=1)).any() for rows in question.sets)
        return Cost(int(there), sum(question.sizes) * there, question.dim * there)

    def apply(self, question: Asked) -> tuple[Sequence[Asked], tuple[Asked, tuple[int, int] | None]]:
        zeros = [np.flatnonzero(~rows.any(axis=1)) for rows in question.sets]
        if any(len(found) for found in zeros):
            return [], (question, self._with_zero(question, zeros))
        asking = _asking(question, "lsd", 0, self.gamma, question.problem.bichromatic)
        return [Asked.of(asking, *question.sets)], (question, None)

    @staticmethod
    def _with_zero(question: Asked, zeros: list[Any]) -> tuple[int, int]:
        """A pair with a zero vector."""
        if question.problem.bichromatic:
            return (int(zeros[0][0]), 0) if len(zeros[0]) else (0, int(zeros[1][0]))
        zero = int(zeros[0][0])
        return (0, zero) if zero else (0, 1)

    def invert(self, answers: Sequence[Answer], back: tuple[Asked, tuple[int, int] | None]) -> Answer:
        question, zero = back
        if zero is not None:
            return Decision(True) if question.problem.question == "decide" else question.pair(*zero)
        (answer,) = answers
        if isinstance(answer, Decision) or answer.pair is None:
            return answer
        return question.pair(*answer.pair) if answer.value == 0 else NONE


class ByWeight(Translation):
    """By largest inner product, weight by weight."""

    name = "by-weight"
    statement = "Pairs of largest inner product between two sets decide orthogonal vectors of two sets."
    proof = (
        "With the entries of b turned round, <a, 1 - b> = |a| - <a, b>. Among the documents a of one weight w "
        "the largest such product is w exactly when one of them is orthogonal to some b. So one question for "
        "each weight that occurs."
    )
    sizes = "at most min(nA, l + 1) questions of at most nA + nB documents, nA + (weights) nB in all, l' = l"
    source = "A.13"

    def accepts(self, question: Asked) -> str | None:
        if not question.problem.bichromatic:
            return f"{question.problem.label}: pass orthogonal vectors of two sets"
        return _only_orthogonal(question)

    def cost(self, question: Asked) -> Cost:
        weights, counts = np.unique(question.sets[0].sum(axis=1), return_counts=True)
        return Cost(len(weights), int(counts.max()) + question.sizes[1], question.dim)

    def apply(self, question: Asked) -> tuple[Sequence[Asked], tuple[Asked, list[Any]]]:
        first, second = question.sets
        ones = first.sum(axis=1, dtype=np.int64)
        members = [np.flatnonzero(ones == weight) for weight in np.unique(ones)]
        made = []
        for rows in members:
            asking = _asking(question, "max-ip", int(ones[rows[0]]), None, bichromatic=True)
            made.append(Asked.of(asking, first[rows], 1 - second))
        return made, (question, members)

    def invert(self, answers: Sequence[Answer], back: tuple[Asked, list[Any]]) -> Answer:
        question, members = back
        if question.problem.question == "decide":
            return Decision(any(bool(answer) for answer in answers))
        found = []
        for answer, rows in zip(answers, members, strict=True):
            if not isinstance(answer, PairAnswer) or answer.pair is None:
                continue
            i, j = answer.pair
            if answer.value == int(question.sets[0][rows[i]].sum()):
                found.append((int(rows[i]), j))
        return question.pair(*min(found)) if found else NONE
