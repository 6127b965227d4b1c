"""Every reduction, forward and back with exact oracles at both ends, on random and degenerate questions: for
docs/reductions.md.

python bench/reductions.py [checked] [told]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
from results import measure

from proofformer import problem
from proofformer.problems.kinds import KINDS, Kind, largest_value
from proofformer.reductions import REDUCTIONS, Formula, Question, Reduction
from proofformer.reductions.reduction import measured

INSTANCES = 500


@dataclass(frozen=True)
class Checked:
    """What came of one question: how many were asked, and what is wrong with it, if anything."""

    asked: int
    wrong: str | None


def check(reduction: Reduction, question: Any) -> Checked:
    """Answer a question through a reduction by exact oracles, and compare the answer and the sizes."""
    said = reduction.cost(question)
    answer, took = measured(reduction, question)
    if not right(question, answer):
        return Checked(took.questions, f"answered {answer}")
    within = took.questions <= said.questions and took.n <= said.n and took.l <= said.l
    fits = within if reduction.at_most else took == said
    return Checked(took.questions, None if fits else f"sizes {took}, by formula {said}")


def right(question: Any, answer: Any) -> bool:
    """Whether an answer is right by the exact oracle, or by a SAT solver."""
    if isinstance(question, Question):
        return question.right(answer)
    return satisfiable(question) if answer is None else question.holds(answer) if answer else not question.variables


def satisfiable(formula: Formula) -> bool:
    """False where python-sat's solver finds an assignment: for an answer that there is none."""
    from pysat.solvers import Solver

    with Solver(bootstrap_with=[list(c) for c in formula.clauses]) as solver:
        return not solver.solve()


def draw(reduction: Reduction, random: Random) -> Any:
    """A question that the reduction accepts: small, often degenerate, with many ties."""
    if reduction.name == "half-assignments":
        return draw_formula(random)
    while True:
        question = draw_question(random)
        if reduction.accepts(question) is None and (reduction.name != "kronecker" or question.dim <= 4):
            return question


def draw_formula(random: Random) -> Formula:
    """Of 0 to 8 variables, near the threshold or far from it, with short, tautological and double clauses."""
    variables = random.randrange(9)
    if not variables:
        return Formula(0, random.choice([(), ((),)]))
    count = random.choice([0, 1, variables, round(4.26 * variables), 8 * variables])
    width = random.choice([1, 2, 3, 3, 3])
    clauses = [
        tuple(random.choice([-1, 1]) * random.randint(1, variables) for _ in range(random.choice([width, width, 1, 4])))
        for _ in range(count)
    ]
    return Formula(variables, tuple(clauses) + (((),) if random.random() < 0.02 else ()))


def draw_question(random: Random) -> Question:
    kind = random.choice([k for k in KINDS if not k.takes_levels])
    dim, two, decide = random.choice([1, 1, 2, 3, 4, 6]), random.random() < 0.6, random.random() < 0.5
    sizes = [random.choice([1, 1, 2, 3, 7]) for _ in range(2)] if two else [random.choice([2, 2, 3, 4, 9])]
    share = random.choice([0.1, 0.5, 0.5, 0.9])
    sets = [np.array([[random.random() < share for _ in range(dim)] for _ in range(n)], dtype=np.uint8) for n in sizes]
    if random.random() < 0.3:
        sets = [rows[[random.randrange(len(rows)) for _ in rows]] for rows in sets]
    if kind.is_similarity:
        if random.random() < 0.5:
            sets = [_of_one_norm(rows, random) for rows in sets]
        for rows in sets:
            rows[~rows.any(axis=1), random.randrange(dim)] = 1
    more: dict[str, Any] = {}
    if decide and kind.target is None:
        more["threshold"] = _threshold(kind, dim, random)
    elif not decide and kind.target is None and random.random() < 0.2:
        more["gamma"] = random.choice([Fraction(3, 2), Fraction(2)])
    if not decide and kind.measure in ("jaccard", "dice"):
        more["norms"] = sorted({int(n) for rows in sets for n in rows.sum(axis=1)})
    question = "decide" if decide else "search"
    return Question.of(
        problem(kind.name, metric=kind.metric, dim=dim, bichromatic=two, question=question, **more), *sets
    )


def _of_one_norm(rows: np.ndarray, random: Random) -> np.ndarray:
    norm = random.randint(1, rows.shape[1])
    return np.array(
        [
            [k in picked for k in range(rows.shape[1])]
            for picked in (random.sample(range(rows.shape[1]), norm) for _ in rows)
        ],
        dtype=np.uint8,
    )


def _threshold(kind: Kind, dim: int, random: Random) -> Any:
    if not kind.is_similarity:
        return random.randint(0, largest_value(kind.measure, dim, 1))
    return random.choice(["0", "1/3", "1/2", "sqrt(1/2)", "2/3", "1"])


def questions(reduction: Reduction, count: int, seed: int = 0) -> Iterator[Any]:
    random = Random(f"{reduction.name} {seed}")
    for _ in range(count):
        yield draw(reduction, random)


def failures(reduction: Reduction, count: int, judge: Callable[[Reduction, Any], Checked] = check) -> list[str]:
    """What is wrong with the answers to so many questions."""
    found = (judge(reduction, question).wrong for question in questions(reduction, count))
    return [wrong for wrong in found if wrong is not None]


def checks() -> list[dict[str, Any]]:
    """Instances, questions and wrong answers of each. Raises `SystemExit` with the first wrong answer."""
    told = []
    for reduction in REDUCTIONS:
        results = [check(reduction, question) for question in questions(reduction, INSTANCES)]
        if wrong := [result.wrong for result in results if result.wrong]:
            raise SystemExit(f"{reduction.name}: {len(wrong)} of {INSTANCES} wrong, the first: {wrong[0]}")
        asked = sum(result.asked for result in results)
        found = {"instances": INSTANCES, "questions": asked, "wrong": 0}
        told.append({"name": reduction.name, "source": reduction.source} | found)
    return told


def told() -> list[str]:
    """The lines of the page that say what each claims, and why."""
    return "\n".join(line for reduction in REDUCTIONS for line in reduction.described()).rstrip().split("\n")


if __name__ == "__main__":
    measure("reductions", {"checked": checks, "told": told})
