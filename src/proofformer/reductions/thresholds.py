"""Decisions by a search, and searches by decisions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, log2

from proofformer.problems.answer_format import SQUARES
from proofformer.problems.answers import Decision, PairAnswer
from proofformer.problems.arrays import Sets
from proofformer.problems.numbers import Exact, square_root, squared
from proofformer.reductions.question import Question
from proofformer.reductions.reduction import Conversation, Cost, Reduction


def _searched(question: Question) -> Conversation:
    asked = question.problem
    norms = asked.norms
    if norms is None and asked.kind.is_similarity and asked.metric != "cosine":
        # A search by these has to know which norms there are.
        norms = tuple({*question.norms(0), *question.norms(-1)})
    (answer,) = yield [question.instead(question="search", threshold=None, norms=norms)]
    if answer.value is None or asked.cut is None:
        return Decision(answer.value is not None)
    value, bound = squared(answer.value), squared(asked.cut)
    return Decision(value >= bound if asked.kind.largest else value <= bound)


DECISION_BY_SEARCH = Reduction(
    name="decision-by-search",
    statement="A search decides: its best value meets the threshold, or none does.",
    proof="If any value meets the threshold the best one does.",
    sizes="n' = n, l' = l, one question",
    source="3.2, 3.4",
    takes={"a decision": lambda asked: asked.decides},
    asks=_searched,
)


def _best_pair(question: Question) -> Conversation:
    first, last = question.sets[0], question.sets[-1]
    best = yield from _best_value(question)
    if best is None:
        return PairAnswer(None, None)

    def fewest(tries: Sequence[Sets]) -> Conversation:
        """The first of these, each part of the next, in which some pair has the best value; the last one does."""
        threshold = None if question.problem.kind.target is not None else best
        return _first(len(tries), lambda k: question.instead(*tries[k], question="decide", threshold=threshold))

    if question.problem.bichromatic:
        # The fewest of A that do, then the fewest of B that do with the last of these.
        i = yield from fewest([(first[:k], last) for k in range(1, len(first) + 1)])
        j = yield from fewest([(first[i : i + 1], last[:k]) for k in range(1, len(last) + 1)])
    else:
        j = 1 + (yield from fewest([(first[:k],) for k in range(2, len(first) + 1)]))
        i = j - 1 - (yield from fewest([(first[k : j + 1],) for k in range(j - 1, -1, -1)]))
    return question.pair(i, j)


def _best_value(question: Question) -> Conversation:
    """The best value that some pair meets; the last of the values is met by every pair if there is no target."""
    target, values = question.problem.kind.target, values_of(question)
    if target is not None:
        (met,) = yield [question.instead(question="decide")]
        return target if met else None
    k = yield from _first(len(values), lambda k: question.instead(question="decide", threshold=values[k]))
    return values[k]


def _first(count: int, decision: Callable[[int], Question]) -> Conversation:
    """The first of the decisions 0..count-1 whose answer is yes, by a binary search: all after it say yes as well."""
    low, high = 0, count - 1
    while low < high:
        middle = (low + high) // 2
        (met,) = yield [decision(middle)]
        low, high = (low, middle) if met else (middle + 1, high)
    return low


def values_of(question: Question) -> list[Exact]:
    """The values that a pair of such documents can have, the best first."""
    asked = question.problem
    if asked.kind.target is not None:
        return [asked.kind.target]
    if not asked.kind.is_similarity:
        return sorted(range(asked.largest_value + 1), reverse=asked.kind.largest)
    squares = {
        SQUARES[asked.metric or ""](shared, a, b)
        for a in question.norms(0)
        for b in question.norms(-1)
        for shared in range(max(0, a + b - asked.dim), min(a, b) + 1)
    }
    return [square_root(square) for square in sorted(squares, reverse=asked.kind.largest)]


def _steps(question: Question) -> Cost:
    n = sum(question.sizes)
    return Cost(ceil(log2(max(1, len(values_of(question))))) + 2 * ceil(log2(n)) + 2, n, question.dim)


SEARCH_BY_DECISIONS = Reduction(
    name="search-by-decisions",
    statement="Decisions at the finitely many values that pairs can have find a best pair.",
    proof=(
        "Values are finitely many, so a binary search over them finds the best one that some pair meets. Of "
        "the first documents of A (of the one set) the fewest that still meet it end in a document of such a "
        "pair, and the fewest of B beside it (the fewest of the last ones) begin with the other."
    ),
    sizes="at most ceil(log2 values) + 2 ceil(log2 n) + 2 questions of at most n documents, l' = l",
    source="3.2, 3.4",
    takes={
        "a search that is exact": lambda asked: not asked.decides and asked.problem.gamma is None,
    },
    asks=_best_pair,
    cost=_steps,
    at_most=True,
    at_once=False,
)
