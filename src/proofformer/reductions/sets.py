"""Between one set of documents and two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from proofformer.problems.answers import Answer, Decision, PairAnswer
from proofformer.problems.numbers import squared
from proofformer.reductions.question import Asked
from proofformer.reductions.reduction import Cost, Translation


class OneSet(Translation):
    """Two sets made one, for orthogonal vectors."""

    name = "one-set"
    statement = "Orthogonal vectors between two sets are orthogonal vectors in one."
    proof = (
        "Append (1, 0) to the documents of A and (0, 1) to those of B: two documents of one set share the "
        "appended one, documents of different sets share what they did."
    )
    sizes = "n' = nA + nB, l' = l + 2, one question"
    source = "A.4"

    def accepts(self, question: Asked) -> str | None:
        if question.problem.name != "ov" or not question.problem.bichromatic:
            return f"{question.problem.label}: pass orthogonal vectors of two sets"
        return None

    def cost(self, question: Asked) -> Cost:
        return Cost(1, sum(question.sizes), question.dim + 2)

    def apply(self, question: Asked) -> tuple[Sequence[Asked], Asked]:
        marked = [
            np.hstack([rows, np.tile(np.array([mark], dtype=np.uint8), (len(rows), 1))])
            for rows, mark in zip(question.sets, ((1, 0), (0, 1)), strict=True)
        ]
        problem = replace(question.problem, dim=question.dim + 2, bichromatic=False)
        return [Asked.of(problem, np.vstack(marked))], question

    def invert(self, answers: Sequence[Answer], back: Asked) -> Answer:
        (answer,) = answers
        if isinstance(answer, Decision) or answer.pair is None:
            return answer
        i, j = answer.pair
        return back.pair(i, j - back.sizes[0])


class Halving(Translation):
    """One set made two, again and again."""

    name = "halving"
    statement = "A pair of one set is a pair between two halves of some part of it."
    proof = (
        "Cut the set in two halves, and each half again, down to single documents. Two documents are first "
        "parted by one of these cuts, and are then on different sides of it; so the best of the answers is "
        "the best pair."
    )
    sizes = "n - 1 questions of at most n documents, n ceil(log2 n) in all, l' = l"
    source = "A.8, A.12"

    def accepts(self, question: Asked) -> str | None:
        if question.problem.bichromatic:
            return f"{question.problem.label}: pass one set, these are two already"
        return None

    def cost(self, question: Asked) -> Cost:
        (n,) = question.sizes
        return Cost(n - 1, n, question.dim)

    def apply(self, question: Asked) -> tuple[Sequence[Asked], tuple[Asked, list[tuple[int, int]]]]:
        (rows,) = question.sets
        problem = replace(question.problem, bichromatic=True)
        cuts, waiting = [], [(0, len(rows))]
        while waiting:
            start, stop = waiting.pop()
            if stop - start > 1:
                middle = (start + stop + 1) // 2
                cuts.append((start, middle, stop))
                waiting += [(start, middle), (middle, stop)]
        made = [Asked.of(problem, rows[a:b], rows[b:c]) for a, b, c in cuts]
        return made, (question, [(a, b) for a, b, _ in cuts])

    def invert(self, answers: Sequence[Answer], back: tuple[Asked, list[tuple[int, int]]]) -> Answer:
        question, starts = back
        if question.problem.question == "decide":
            return Decision(any(bool(answer) for answer in answers))
        found = []
        for answer, (first, second) in zip(answers, starts, strict=True):
            if isinstance(answer, PairAnswer) and answer.pair is not None and answer.value is not None:
                i, j = answer.pair
                square = squared(answer.value)
                found.append((-square if question.problem.kind.largest else square, first + i, second + j))
        if not found:
            return PairAnswer(None, None)
        _, i, j = min(found)
        return question.pair(i, j)
