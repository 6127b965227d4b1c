"""Orthogonal vectors by least inner product, by least similarity, and by largest inner product."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from proofformer.problems.answers import Decision, PairAnswer
from proofformer.reductions.question import Question
from proofformer.reductions.reduction import Conversation, Cost, Reduction

NONE = PairAnswer(None, None)
TAKES = {"orthogonal vectors": lambda asked: asked.problem.name == "ov"}


def _least(question: Question, name: str, gamma: Fraction | None) -> Conversation:
    """By a problem of least value: a decision at 0, or a search, within a factor gamma if any."""
    more = {"threshold": 0} if question.decides else {"gamma": gamma}
    (answer,) = yield [question.instead(name=name, **more)]
    return question.same(answer) if question.decides or answer.value == 0 else NONE


def least_inner_product(gamma: Fraction | None = None) -> Reduction:
    """By least inner product, exactly or within any factor `gamma`."""
    return Reduction(
        name="least-inner-product",
        statement=(
            "A pair of least inner product, or of one within a factor gamma of the least, decides orthogonal vectors."
        ),
        proof=(
            "The least inner product is 0 exactly when some pair is orthogonal, and within a factor of 0 there is "
            "only 0."
        ),
        sizes="n' = n, l' = l, one question",
        source="OV to Min-IP and gamma-Min-IP",
        takes=TAKES,
        asks=lambda question: _least(question, "min-ip", gamma),
        leads={"ov": "min-ip"},
    )


def _zeros(question: Question) -> list[list[int]]:
    """The indices of the zero vectors of each set."""
    return [np.flatnonzero(~rows.any(axis=1)).tolist() for rows in question.sets]


def least_similar(gamma: Fraction | None = None) -> Reduction:
    """By least cosine similarity, exactly or within any factor `gamma`."""

    def asks(question: Question) -> Conversation:
        zeros = _zeros(question)
        if not any(zeros):
            return (yield from _least(question, "lsd", gamma))
        if question.decides:
            return Decision(True)
        if question.problem.bichromatic:
            return question.pair(zeros[0][0], 0) if zeros[0] else question.pair(0, zeros[1][0])
        return question.pair(0, zeros[0][0] or 1)

    return Reduction(
        name="least-similar",
        statement=(
            "A pair of least cosine, or of one within a factor gamma of the least, decides orthogonal vectors, "
            "whatever gamma."
        ),
        proof=(
            "A zero vector is orthogonal to all others. Without zero vectors a cosine is 0 exactly when the pair "
            "is orthogonal, and within a factor of 0 there is only 0."
        ),
        sizes="n' = n less the zero vectors, l' = l, one question, or none where a vector is zero",
        source="3.1",
        takes=TAKES,
        asks=asks,
        cost=lambda question: Cost(0, 0, 0) if any(_zeros(question)) else Cost(1, sum(question.sizes), question.dim),
        leads={"ov": "lsd"},
    )


def _by_weight(question: Question) -> Conversation:
    first, second = question.sets
    ones = first.sum(axis=1, dtype=np.int64)
    weights = question.norms(0)
    members = [np.flatnonzero(ones == weight) for weight in weights]
    answers = yield [
        question.instead(first[rows], 1 - second, name="max-ip", threshold=weight if question.decides else None)
        for rows, weight in zip(members, weights, strict=True)
    ]
    if question.decides:
        return Decision(any(answers))
    found = []
    for answer, rows, weight in zip(answers, members, weights, strict=True):
        if answer.pair is not None and answer.value == weight:
            i, j = answer.pair
            found.append((int(rows[i]), j))
    return question.pair(*min(found)) if found else NONE


def _weights(question: Question) -> Cost:
    _, counts = np.unique(question.sets[0].sum(axis=1), return_counts=True)
    return Cost(len(counts), int(counts.max()) + question.sizes[1], question.dim)


BY_WEIGHT = Reduction(
    name="by-weight",
    statement="Pairs of largest inner product between two sets decide orthogonal vectors of two sets.",
    proof=(
        "With the entries of b turned round, <a, 1 - b> = |a| - <a, b>. Among the documents a of one weight w "
        "the largest such product is w exactly when one of them is orthogonal to some b. So one question for "
        "each weight that occurs."
    ),
    sizes="at most min(nA, l + 1) questions of at most nA + nB documents, nA + (weights) nB in all, l' = l",
    source="A.13",
    takes={"orthogonal vectors of two sets": lambda asked: asked.problem.bichromatic, **TAKES},
    asks=_by_weight,
    cost=_weights,
    leads={"ov": "max-ip"},
)
