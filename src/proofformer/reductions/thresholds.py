"""Decisions by a search, and searches by decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, log2

from proofformer.problems.answers import Answer, Decision, PairAnswer
from proofformer.problems.kinds import Measure
from proofformer.problems.numbers import Exact, square_root, squared
from proofformer.reductions.question import Asked, Rows
from proofformer.reductions.reduction import Conversation, Cost, Reduction, Translation


class DecisionBySearch(Translation):
    """The value of a best pair, compared with the threshold."""

    name = "decision-by-search"
    statement = "A search decides: its best value meets the threshold, or none does."
    proof = "If any value meets the threshold the best one does."
    sizes = "n' = n, l' = l, one question"
    source = "3.2, 3.4"

    def accepts(self, question: Asked) -> str | None:
        if question.problem.question != "decide":
            return f"{question.problem.label}: pass a decision"
        return None

    def cost(self, question: Asked) -> Cost:
        return Cost(1, sum(question.sizes), question.dim)

    def apply(self, question: Asked) -> tuple[Sequence[Asked], Asked]:
        asked = question.problem
        norms = asked.norms
        if norms is None and asked.kind.is_similarity and asked.metric != "cosine":
            # A search by these has to know which norms there are.
            norms = tuple(sorted({int(n) for rows in question.sets for n in rows.sum(axis=1)}))
        searching = replace(asked, question="search", threshold=None, norms=norms)
        return [Asked.of(searching, *question.sets)], question

    def invert(self, answers: Sequence[Answer], back: Asked) -> Answer:
        (answer,) = answers
        if not isinstance(answer, PairAnswer) or answer.value is None:
            return Decision(False)
        cut = back.problem.cut
        if cut is None:
            return Decision(True)
        value, bound = squared(answer.value), squared(cut)
        return Decision(value >= bound if back.problem.kind.largest else value <= bound)


class SearchByDecisions(Reduction):
    """The best value by a binary search over the finitely many values, then the pair by one over its indices."""

    name = "search-by-decisions"
    statement = "Decisions at the finitely many values that pairs can have find a best pair."
    proof = (
        "Values are finitely many, so a binary search over them finds the best one that some pair meets. Of "
        "the first documents of A (of the one set) the fewest that still meet it end in a document of such a "
        "pair, and the fewest of B beside it (the fewest of the last ones) begin with the other."
    )
    sizes = "at most ceil(log2 values) + 2 ceil(log2 n) + 2 questions of at most n documents, l' = l"
    source = "3.2, 3.4"

    def accepts(self, question: Asked) -> str | None:
        if question.problem.question != "search" or question.problem.gamma is not None:
            return f"{question.problem.label}: pass a search that is exact"
        return None

    def cost(self, question: Asked) -> Cost:
        values, n = len(values_of(question)), sum(question.sizes)
        return Cost(ceil(log2(max(1, values))) + 2 * ceil(log2(n)) + 2, n, question.dim)

    def asks(self, question: Asked) -> Conversation:
        best = yield from self._best(question)
        if best is None:
            return PairAnswer(None, None)
        first, last = question.sets[0], question.sets[-1]
        if question.problem.bichromatic:
            # The fewest of A that do, then the fewest of B that do with the last of these.
            i = yield from self._fewest(question, best, [(first[:k], last) for k in range(1, len(first) + 1)])
            ends = [(first[i : i + 1], last[:k]) for k in range(1, len(last) + 1)]
            j = yield from self._fewest(question, best, ends)
            return question.pair(i, j)
        j = 1 + (yield from self._fewest(question, best, [(first[:k],) for k in range(2, len(first) + 1)]))
        i = j - 1 - (yield from self._fewest(question, best, [(first[k : j + 1],) for k in range(j - 1, -1, -1)]))
        return question.pair(i, j)

    def _best(self, question: Asked) -> Conversation:
        """The best value that some pair meets; the last of the values is met by every pair if there is no target."""
        values = values_of(question)
        if question.problem.kind.target is not None:
            met = yield _decision(question, None, question.sets)
            return question.problem.kind.target if met else None
        low, high = 0, len(values) - 1
        while low < high:
            middle = (low + high) // 2
            if (yield _decision(question, values[middle], question.sets)):
                high = middle
            else:
                low = middle + 1
        return values[low]

    def _fewest(self, question: Asked, best: Exact, tries: Sequence[tuple[Rows, ...]]) -> Conversation:
        """The first of these, each part of the next, in which some pair has the best value; the last one does."""
        threshold = None if question.problem.kind.target is not None else best
        low, high = 0, len(tries) - 1
        while low < high:
            middle = (low + high) // 2
            if (yield _decision(question, threshold, tries[middle])):
                high = middle
            else:
                low = middle + 1
        return low


def _decision(question: Asked, threshold: Exact | None, sets: Sequence[Rows]) -> Asked:
    return Asked.of(replace(question.problem, question="decide", threshold=threshold), *sets)


def values_of(question: Asked) -> list[Exact]:
    """The values that a pair of such documents can have, the best first."""
    asked = question.problem
    if asked.kind.target is not None:
        return [asked.kind.target]
    if not asked.kind.is_similarity:
        whole = range(asked.largest_value + 1)
        return [*(reversed(whole) if asked.kind.largest else whole)]
    norms = [sorted({int(n) for n in rows.sum(axis=1)}) for rows in (question.sets[0], question.sets[-1])]
    squares = {
        _square(asked.kind.measure, k, a, b)
        for a in norms[0]
        for b in norms[1]
        for k in range(max(0, a + b - asked.dim), min(a, b) + 1)
    }
    return [square_root(square) for square in sorted(squares, reverse=asked.kind.largest)]


def _square(measure: Measure, k: int, a: int, b: int) -> Fraction:
    """The square of a similarity of documents with a and b ones, k of them in common."""
    if measure == "cosine":
        return Fraction(k * k, a * b)
    return (Fraction(k, a + b - k) if measure == "jaccard" else Fraction(2 * k, a + b)) ** 2
