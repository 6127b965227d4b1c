"""Between inner products and similarities by equal norms, and larger ratios by Kronecker powers."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from math import ceil, floor

import numpy as np

from proofformer.problems.arrays import Bits
from proofformer.problems.numbers import Exact, square_root, squared
from proofformer.reductions.question import Question
from proofformer.reductions.reduction import Conversation, Cost, Reduction

SIMILAR = {"max-ip": "msd", "min-ip": "lsd"}
INNER = {similar: inner for inner, similar in SIMILAR.items()}


def _filled(question: Question) -> Conversation:
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
    threshold = None if asked.threshold is None else square_root(squared(asked.threshold) / question.dim**2)
    (answer,) = yield [
        question.instead(*padded, name=SIMILAR[asked.name], dim=3 * question.dim, metric=None, threshold=threshold)
    ]
    return question.same(answer)


EQUAL_NORMS = Reduction(
    name="equal-norms",
    statement="The pairs of largest (least) inner product between two sets are those of largest (least) cosine.",
    proof=(
        "Let a' = (a, 1^(l-|a|) 0^|a|, 0^l) and b' = (b, 0^l, 1^(l-|b|) 0^|b|). The new parts of a' and b' "
        "have no one in common, so <a', b'> = <a, b>; and all norms are l, so the cosine is <a, b> / l."
    ),
    sizes="n' = n, l' = 3 l, t' = t / l, one question",
    source="B.5",
    takes={
        "min-ip or max-ip of two sets": lambda asked: asked.problem.name in SIMILAR and asked.problem.bichromatic,
    },
    asks=_filled,
    cost=lambda question: Cost(1, sum(question.sizes), 3 * question.dim),
    leads=SIMILAR,
)


def _of_one_norm(question: Question) -> Conversation:
    asked = question.problem
    threshold: Exact | None = None
    if asked.threshold is not None:
        (a,), (b,) = question.norms(0), question.norms(-1)
        threshold = (ceil if asked.kind.largest else floor)(square_root(squared(asked.threshold) * a * b))
    (answer,) = yield [question.instead(name=INNER[asked.name], metric=None, norms=None, threshold=threshold)]
    return question.same(answer)


INNER_PRODUCTS = Reduction(
    name="inner-products",
    statement=(
        "Where all documents of a set have one norm, the most (least) similar are those of largest (least) "
        "inner product."
    ),
    proof="The cosine is the inner product divided by the root of the product of the two norms, which is one number.",
    sizes="n' = n, l' = l, t' = t sqrt(|a| |b|), one question",
    source="B.5, the other way",
    takes={
        "msd or lsd by cosine": lambda asked: asked.problem.name in INNER and asked.problem.metric == "cosine",
        "documents that all have the same number of ones, in each set": lambda asked: (
            len(asked.norms(0)) == len(asked.norms(-1)) == 1
        ),
    },
    asks=_of_one_norm,
    leads=INNER,
)


def kronecker(power: int = 2) -> Reduction:
    """Every ratio of values becomes its `power`-th power."""

    def asks(question: Question) -> Conversation:
        asked = question.problem
        (answer,) = yield [
            question.instead(
                *(_power(rows, power) for rows in question.sets),
                dim=question.dim**power,
                threshold=None if asked.threshold is None else square_root(squared(asked.threshold) ** power),
                gamma=None if asked.gamma is None else Fraction(asked.gamma) ** power,
            )
        ]
        return question.same(answer)

    return Reduction(
        name="kronecker",
        statement=(
            "An answer within a factor gamma^q is one within a factor gamma, for documents to the Kronecker power q."
        ),
        proof=(
            "<a (x) a, b (x) b> = <a, b>^2, and norms are squared too: inner products and cosines of the q-th "
            "Kronecker powers are the q-th powers of what they were, in the same order, and their ratios are q-th "
            "powers."
        ),
        sizes="n' = n, l' = l^q, t' = t^q, gamma' = gamma^q, one question",
        source="B.2",
        takes={
            "inner products or cosines, without declared norms": lambda asked: (
                asked.problem.kind.measure in ("inner", "cosine") and asked.problem.norms is None
            )
        },
        asks=asks,
        cost=lambda question: Cost(1, sum(question.sizes), question.dim**power),
    )


def _power(rows: Bits, power: int) -> Bits:
    return reduce(lambda a, b: (a[:, :, None] * b[:, None, :]).reshape(len(a), -1), [rows] * power)
