"""Between one set of documents and two."""

from __future__ import annotations

import numpy as np

from proofformer.problems.answers import Decision, PairAnswer
from proofformer.problems.numbers import squared
from proofformer.reductions.question import Question
from proofformer.reductions.reduction import Conversation, Cost, Reduction


def _marked(question: Question) -> Conversation:
    marked = [
        np.hstack([rows, np.tile(np.array([mark], dtype=np.uint8), (len(rows), 1))])
        for rows, mark in zip(question.sets, ((1, 0), (0, 1)), strict=True)
    ]
    (answer,) = yield [question.instead(np.vstack(marked), dim=question.dim + 2, bichromatic=False)]
    if isinstance(answer, Decision) or answer.pair is None:
        return answer
    i, j = answer.pair
    return question.pair(i, j - question.sizes[0])


ONE_SET = Reduction(
    name="one-set",
    statement="Orthogonal vectors between two sets are orthogonal vectors in one.",
    proof=(
        "Append (1, 0) to the documents of A and (0, 1) to those of B: two documents of one set share the "
        "appended one, documents of different sets share what they did."
    ),
    sizes="n' = nA + nB, l' = l + 2, one question",
    source="A.4",
    takes={"orthogonal vectors of two sets": lambda asked: asked.problem.name == "ov" and asked.problem.bichromatic},
    asks=_marked,
    cost=lambda question: Cost(1, sum(question.sizes), question.dim + 2),
)


def _halved(question: Question) -> Conversation:
    (rows,) = question.sets
    cuts, waiting = [], [(0, len(rows))]
    while waiting:
        start, stop = waiting.pop()
        if stop - start > 1:
            middle = (start + stop + 1) // 2
            cuts.append((start, middle, stop))
            waiting += [(start, middle), (middle, stop)]
    answers = yield [question.instead(rows[a:b], rows[b:c], bichromatic=True) for a, b, c in cuts]
    if question.decides:
        return Decision(any(answers))
    found = []
    for answer, (first, second, _) in zip(answers, cuts, strict=True):
        if answer.pair is not None:
            i, j = answer.pair
            square = squared(answer.value)
            found.append((-square if question.problem.kind.largest else square, first + i, second + j))
    return question.pair(*min(found)[1:]) if found else PairAnswer(None, None)


HALVING = Reduction(
    name="halving",
    statement="A pair of one set is a pair between two halves of some part of it.",
    proof=(
        "Cut the set in two halves, and each half again, down to single documents. Two documents are first "
        "parted by one of these cuts, and are then on different sides of it; so the best of the answers is "
        "the best pair."
    ),
    sizes="n - 1 questions of at most n documents, n ceil(log2 n) in all, l' = l",
    source="A.8, A.12",
    takes={"one set, these are two already": lambda asked: not asked.problem.bichromatic},
    asks=_halved,
    cost=lambda question: Cost(question.sizes[0] - 1, question.sizes[0], question.dim),
)
