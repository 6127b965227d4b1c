"""Every reduction is right on random and degenerate questions, of the sizes it says, and a planted fault shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from tests.scripts import load_script

from proofformer import problem
from proofformer.errors import InputError
from proofformer.problems import Decision, PairAnswer
from proofformer.reductions import REDUCTIONS, Formula, Question, Reduction
from proofformer.reductions.norms import EQUAL_NORMS, INNER_PRODUCTS, kronecker
from proofformer.reductions.orthogonal import BY_WEIGHT, least_inner_product, least_similar
from proofformer.reductions.reduction import Conversation, measured, solve, translated
from proofformer.reductions.routes import ENDS, route
from proofformer.reductions.sat import SAT, half_assignments
from proofformer.reductions.sets import HALVING, ONE_SET
from proofformer.reductions.thresholds import DECISION_BY_SEARCH, SEARCH_BY_DECISIONS

SCRIPT = load_script("bench/reductions.py")
OTHERS = (
    half_assignments(settle=False),
    *(least(gamma) for least in (least_inner_product, least_similar) for gamma in (Fraction(3, 2), Fraction(100))),
    *(kronecker(power) for power in (1, 3)),
)


@pytest.mark.parametrize("reduction", [*REDUCTIONS, *OTHERS], ids=str)
def test_forward_and_back(reduction: Reduction) -> None:
    assert SCRIPT.failures(reduction, 150) == []


def faulty(
    reduction: Reduction,
    asked: Callable[[Question, Question], Question] = lambda question, made: made,
    answered: Callable[[Question, Any], Any] = lambda question, answer: answer,
    returned: Callable[[Question, Any], Any] = lambda question, answer: answer,
) -> Reduction:
    """The reduction with something wrong in what it asks, in what it takes for the last answer, or in what it says."""

    def asks(question: Question) -> Conversation:
        conversation, answers = reduction.asks(question), None
        try:
            while True:
                made = conversation.send(answers)
                answers = yield [asked(question, one) for one in made]
                answers = [*answers[:-1], answered(question, answers[-1])]
        except StopIteration as end:
            return returned(question, end.value)

    return replace(reduction, asks=asks)


def none(question: Question, answer: Any = None) -> Any:
    return Decision(False) if question.decides else PairAnswer(None, None)


def marked_alike(question: Question, made: Question) -> Question:
    return made.instead(np.hstack([made.sets[0][:, :-2], np.ones((len(made.sets[0]), 2), np.uint8)]))


def filled_alike(question: Question, made: Question) -> Question:
    own, first, second = np.split(made.sets[1], 3, axis=1)
    return made.instead(made.sets[0], np.hstack([own, second, first]))


def rounded_down(question: Question, made: Question) -> Question:
    t = made.problem.threshold
    return made.instead(threshold=t - 1) if t else made


def one_early(question: Question, answer: PairAnswer) -> PairAnswer:
    return answer if answer.pair is None else question.pair(max(0, answer.pair[0] - 1), answer.pair[1])


HALVES = half_assignments()
FAULTS = {
    "one mark": faulty(ONE_SET, asked=marked_alike),
    "last cut lost": faulty(HALVING, answered=none),
    "one is zero": faulty(
        least_inner_product(),
        answered=lambda question, answer: PairAnswer(answer.pair, 0) if getattr(answer, "value", 0) == 1 else answer,
    ),
    "zeros forgotten": faulty(
        least_similar(),
        returned=lambda question, answer: (
            answer if all(rows.any(axis=1).all() for rows in question.sets) else none(question)
        ),
    ),
    "not turned": faulty(BY_WEIGHT, asked=lambda question, made: made.instead(made.sets[0], 1 - made.sets[1])),
    "ratio kept": faulty(kronecker(), lambda question, made: made.instead(threshold=question.problem.threshold)),
    "filled alike": faulty(EQUAL_NORMS, filled_alike),
    "rounded down": faulty(INNER_PRODUCTS, rounded_down),
    "strict": faulty(
        DECISION_BY_SEARCH,
        answered=lambda question, answer: PairAnswer(None, None) if answer.value == question.problem.cut else answer,
    ),
    "one early": faulty(SEARCH_BY_DECISIONS, returned=one_early),
    "sign lost": replace(
        HALVES, asks=lambda f: HALVES.asks(Formula(f.variables, tuple(tuple(map(abs, c)) for c in f.clauses)))
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_caught(name: str) -> None:
    assert any(wrong.startswith("answered") for wrong in SCRIPT.failures(FAULTS[name], 60))


def test_every_reduction_has_a_planted_fault() -> None:
    assert {fault.name for fault in FAULTS.values()} == {reduction.name for reduction in REDUCTIONS}


@pytest.mark.parametrize("end", [end for end in ENDS if end != SAT])
def test_chains_from_formulas(end: str) -> None:
    chain = route(SAT, end)
    for formula in SCRIPT.questions(HALVES, 25, seed=1):
        answer, cost = measured(chain, formula)
        assert SCRIPT.right(formula, answer), (chain.name, formula)
        asked = translated(chain, formula)
        assert (cost.questions, cost.n) == (len(asked), max((sum(a.sizes) for a in asked), default=0))
        assert not chain.links or chain.cost(formula) == cost


def test_chains_print_themselves() -> None:
    chain = route(SAT, "msd")
    assert str(chain) == "half-assignments >> by-weight >> equal-norms"
    assert "l' = 3 l" in chain.sizes
    assert (ONE_SET >> HALVING >> least_inner_product()).name == "one-set >> halving >> least-inner-product"


def test_a_chain_of_changing_forms() -> None:
    chain = ONE_SET >> HALVING >> BY_WEIGHT >> EQUAL_NORMS >> INNER_PRODUCTS >> SEARCH_BY_DECISIONS
    for question in SCRIPT.questions(ONE_SET, 20):
        if not question.decides:
            assert question.right(measured(chain, question)[0])
            with pytest.raises(InputError, match="the questions of search-by-decisions depend on answers"):
                translated(chain, question)


@pytest.mark.parametrize("name", ["max-ip", "min-ip"])
@pytest.mark.parametrize("threshold", ["sqrt(2)", "7/2", "0"])
def test_thresholds_stay_exact_among_cosines(name: str, threshold: str) -> None:
    asked = problem(name, dim=4, bichromatic=True, threshold=threshold)
    question = Question.of(asked, [[1, 1, 0, 0], [0, 0, 0, 1]], [[1, 1, 1, 0]])
    answer, _ = measured(EQUAL_NORMS >> INNER_PRODUCTS, question)
    assert answer == asked.answer(question.instance)


@pytest.mark.parametrize(
    ("reduction", "asked", "why"),
    [
        (ONE_SET, problem("ov", dim=2), "ov, search, l = 2: pass orthogonal vectors of two sets"),
        (HALVING, problem("ov", dim=2, bichromatic=True), "one set, these are two already"),
        (BY_WEIGHT, problem("ov", dim=2), "two sets"),
        (BY_WEIGHT, problem("min-ip", dim=2, bichromatic=True), "pass orthogonal vectors$"),
        (least_similar(), problem("min-ip", dim=2), "pass orthogonal vectors"),
        (EQUAL_NORMS, problem("max-ip", dim=2), "two sets"),
        (INNER_PRODUCTS, problem("msd", dim=2), "the same number of ones"),
        (INNER_PRODUCTS, problem("max-ip", dim=2), "pass msd or lsd by cosine"),
        (kronecker(), problem("closest-pair", dim=2), "inner products or cosines"),
        (DECISION_BY_SEARCH, problem("ov", dim=2), "pass a decision"),
        (SEARCH_BY_DECISIONS, problem("ov", dim=2, question="decide"), "pass a search"),
        (HALVES, problem("ov", dim=2), "pass a formula"),
    ],
)
def test_what_cannot_be_reduced_is_refused(reduction: Reduction, asked: Any, why: str) -> None:
    sets = ([[0, 1], [1, 1]],) * (1 + asked.bichromatic)
    with pytest.raises(InputError, match=why):
        solve(reduction, Question.of(asked, *sets), lambda question: None)


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("min-ip", "ov", "no reduction leads from min-ip to ov"),
        ("ov", "ov", "no reduction leads from ov to ov"),
        ("tsp", "ov", "no reduction knows 'tsp'"),
    ],
)
def test_routes_that_there_are_not(start: str, end: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        route(start, end)
