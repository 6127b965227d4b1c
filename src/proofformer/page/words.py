"""What a page of a model says in words: its question, what to take home, exercises with their answers."""

from __future__ import annotations

from dataclasses import dataclass

from proofformer.planner import Plan
from proofformer.problems import Problem

METRICS = {"sqeuclidean": "squared Euclidean distance", "cityblock": "cityblock distance"}


@dataclass(frozen=True)
class Lesson:
    """One thing to take home; `without` is what its button takes away, "" for none."""

    name: str
    title: str
    text: tuple[str, ...]
    without: str = ""


@dataclass(frozen=True)
class Exercise:
    asks: str
    answer: str


def noun(problem: Problem) -> str:
    """What the value of a pair is."""
    if problem.kind.is_similarity:
        return f"{problem.metric} similarity"
    return "inner product" if problem.metric is None else METRICS.get(problem.metric, "distance")


def heading(problem: Problem) -> str:
    """The question, for somebody who has never heard of it."""
    rows = "row of A and which of B" if problem.bichromatic else "two rows"
    if problem.question == "decide":
        return f"{'Do a row of A and one of B' if problem.bichromatic else 'Do two rows'} {_beyond(problem)}?"
    return f"Which {rows} {_best(problem)}?"


def _best(problem: Problem) -> str:
    kind = problem.kind
    if kind.target is not None:
        return "have no 1 in common"
    if kind.is_similarity:
        return f"are {'most' if kind.largest else 'least'} similar ({problem.metric})"
    if kind.measure == "inner":
        return f"have the {'most' if kind.largest else 'fewest'} ones in common"
    if kind.measure == "hamming":
        return f"differ in the {'most' if kind.largest else 'fewest'} bits"
    return f"are {'farthest apart' if kind.largest else 'nearest'} ({noun(problem)})"


def _beyond(problem: Problem) -> str:
    kind, cut = problem.kind, problem.cut
    if kind.target is not None:
        return "have no 1 in common"
    bound = f"{'at least' if kind.largest else 'at most'} {cut}"
    if kind.measure == "inner":
        return f"have {bound} ones in common"
    if kind.measure == "hamming":
        return f"differ in {bound} bits"
    return f"have a {noun(problem)} of {bound}"


def lessons(problem: Problem, plan: Plan) -> tuple[Lesson, ...]:
    """Why START is there, what b does, and why ties go to the smaller index (or need no index)."""
    b = max(head.b for head in plan.heads)
    leak = float(max(head.leak for head in plan.heads))
    return (
        _start(problem),
        Lesson(
            "b",
            "What does b do?",
            (
                f"Scores are whole numbers, and b = {b} multiplies them all (it is 1 / temperature). A key that is g "
                f"behind the best then gets e^(-{b}g) of its weight.",
                f"So b decides how much of the attention leaks to the others: here at most {100 * leak:.1f}% in all, "
                "on every input. The gate behind forgives a third.",
            ),
            "Lower b to 1",
        ),
        _ties(problem),
    )


def _start(problem: Problem) -> Lesson:
    title, without = "Why is START there?", "Take START away"
    always = "Softmax hands out weights that add up to 1: every row has to look at something."
    if problem.question == "decide":
        return Lesson(
            "start",
            title,
            (
                f"{always} Some document is always the best one, good enough or not.",
                "So START plays a document that just meets the threshold. A document wins against START only if it "
                "meets the threshold too; where START wins, the answer of that row is no.",
            ),
            without,
        )
    who = "A document of B" if problem.bichromatic else "The last document"
    none = " READ needs it as well: where no pair counts, READ looks at START, and that is the answer." * (
        problem.kind.target is not None
    )
    return Lesson(
        "start",
        title,
        (
            f"{always} {who} has no document that it may pair up with.",
            "START takes that weight. All its bits are 0, “found” among them, so that row stays out of the choice."
            + none,
        ),
        without,
    )


def _ties(problem: Problem) -> Lesson:
    if problem.question == "decide":
        return Lesson(
            "ties",
            "What of ties?",
            (
                "Equally good documents share the weight, and nothing goes wrong: only the bit “is a document” is "
                "fetched, which is the same on all of them. The mean of equal bits is that bit.",
                "So a decision needs no index in its score. But many may be tied just behind the best, so b grows with "
                "the logarithm of their number.",
            ),
        )
    return Lesson(
        "ties",
        "Why do ties go to the smaller index?",
        (
            "Two equally good documents would share the weight half and half, and the mean of two documents is no "
            "document: half a bit says nothing.",
            "So the lowest level of the score is the index. Among equals the smaller index leads by 1, one key wins "
            "alone, and the answer is the first of all best pairs.",
        ),
        "Take the index away",
    )


def exercises(problem: Problem, plan: Plan) -> tuple[Exercise, ...]:
    """For a class."""
    b = max(head.b for head in plan.heads)
    search = problem.question != "decide"
    found = [
        Exercise(
            "Why does a document look only down the list, and why is the list upside down in the sequence?",
            "Attention is causal: a token sees those before it. In the order START, last document, .., first document, "
            "READ each pair is met once, by its first member, and no document meets itself.",
        ),
        Exercise(
            "Lower b until the answer breaks, and let the page find the smallest instance. What is the least b that "
            "always works?",
            "No two documents that may be looked at have the same score, so the losers weigh at most e^-b + e^-2b + .. "
            "= 1 / (e^b - 1) of the winner. The gate bears 1/3: any b above ln 4 = 1.39 does, but for START's share "
            f"and rounding. The planner takes {b}, and leaves the rest to the machine."
            if search
            else "Up to n documents may be tied one short of the best, and weigh n e^-b together. The gate bears 1/3, "
            f"so b has to exceed ln(3 n): it grows with the logarithm of n. For {plan.max_n} documents the planner "
            f"takes {b}.",
        ),
        Exercise(
            "Let documents see themselves. Which answers change?",
            "A document is then a key of its own, and a pair of a document with itself is no pair. Whether it wins "
            "depends on the question: it is the nearest and the most similar, and the farthest only among equals. The "
            "mask keeps it out without a weight.",
        ),
        Exercise(
            "Round everything to bfloat16, and look at the scores. What goes first?",
            "Eight significant bits: above 256 not every whole number is left. The lowest level drowns first, the "
            "index, and then differences of the values. With few and short documents nothing may happen: then the "
            "scores are small."
            if search
            else "Eight significant bits: above 256 not every whole number is left, and a document that is one short "
            "of the threshold scores as START does. With short documents nothing may happen: then the scores are "
            "small.",
        ),
        Exercise(
            "Keep only a window of the last keys, or the best blocks of two. Why can't a cheaper kernel be right?",
            "The best partner may be any document, and it may be the one that was not looked at: the search finds such "
            "an instance at once. That nothing truly faster answers all inputs follows from the strong exponential "
            "time hypothesis (docs/why-not-subquadratic.md).",
        ),
    ]
    if search and not problem.bichromatic:
        found.append(
            Exercise(
                "Take START away. What is 0 / 0 here, and would zeros in its place do?",
                "The last document has no key left, and softmax of nothing divides nothing by nothing. In a search "
                "among one set zeros would do: all that START gives there is zeros. In a decision they would not: "
                "there START carries the threshold.",
            )
        )
    if search:
        found.insert(
            2,
            Exercise(
                "Take the index away and make two equal documents: often the answer survives. Three: it breaks. Why?",
                "Where two tied keys differ in a bit its mean is 1/2, and the gate makes 0 of 1/2: by luck a bit, and "
                "perhaps the wrong one. Of three keys the mean may be 2/3, between the limits 1/2 and 3/4: no bit at "
                "all.",
            ),
        )
    return tuple(found)
