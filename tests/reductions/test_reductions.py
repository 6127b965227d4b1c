"""Every reduction is right on random and degenerate questions, of the sizes it says, and a planted fault shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from tests.scripts import load_script

from proofformer import problem
from proofformer.errors import InputError
from proofformer.problems import Decision, PairAnswer
from proofformer.reductions import (
    REDUCTIONS,
    Asked,
    ByWeight,
    DecisionBySearch,
    EqualNorms,
    Formula,
    HalfAssignments,
    Halving,
    InnerProducts,
    Kronecker,
    LeastInnerProduct,
    LeastSimilar,
    OneSet,
    Reduction,
    SearchByDecisions,
)
from proofformer.reductions.reduction import solve
from proofformer.reductions.routes import ENDS, SAT, route, translated


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("bench/reductions.py")


@pytest.mark.parametrize("reduction", [*REDUCTIONS, HalfAssignments(settle=False)], ids=lambda r: r.name)
def test_forward_and_back(script: ModuleType, reduction: Reduction) -> None:
    assert script.failures(reduction, 120) == []


@pytest.mark.parametrize("gamma", [Fraction(3, 2), Fraction(100)])
@pytest.mark.parametrize("kind", [LeastInnerProduct, LeastSimilar])
def test_any_factor_decides_orthogonal_vectors(script: ModuleType, kind: Any, gamma: Fraction) -> None:
    assert script.failures(kind(gamma), 60) == []


@pytest.mark.parametrize("power", [1, 3])
def test_other_powers(script: ModuleType, power: int) -> None:
    assert script.failures(Kronecker(power), 40) == []


class OneMark(OneSet):
    def apply(self, question: Asked) -> tuple[Sequence[Asked], Asked]:
        (made,), back = super().apply(question)
        rows = made.sets[0].copy()
        rows[:, -2:] = 1
        return [Asked.of(made.problem, rows)], back


class LastCutLost(Halving):
    def apply(self, question: Asked) -> Any:
        made, (back, starts) = super().apply(question)
        return made[:-1] or made, (back, starts[:-1] or starts)


class OneIsZero(LeastInnerProduct):
    def invert(self, answers: Any, back: None) -> Any:
        (answer,) = answers
        return answer if isinstance(answer, Decision) or answer.value <= 1 else PairAnswer(None, None)


class ZerosForgotten(LeastSimilar):
    def invert(self, answers: Any, back: Any) -> Any:
        question, zero = back
        return super().invert(answers, back) if zero is None else self._none(question)

    @staticmethod
    def _none(question: Asked) -> Any:
        return Decision(False) if question.problem.question == "decide" else PairAnswer(None, None)


class NotTurned(ByWeight):
    def apply(self, question: Asked) -> Any:
        made, back = super().apply(question)
        return [Asked.of(m.problem, m.sets[0], question.sets[1]) for m in made], back


class RatioKept(Kronecker):
    def apply(self, question: Asked) -> Any:
        (made,), back = super().apply(question)
        return [Asked.of(replace(made.problem, threshold=question.problem.threshold), *made.sets)], back


class FilledAlike(EqualNorms):
    def apply(self, question: Asked) -> Any:
        (made,), back = super().apply(question)
        l = question.dim
        second = np.hstack([made.sets[1][:, :l], made.sets[1][:, 2 * l :], made.sets[1][:, l : 2 * l]])
        return [Asked.of(made.problem, made.sets[0], second)], back


class RoundedDown(InnerProducts):
    def apply(self, question: Asked) -> Any:
        (made,), back = super().apply(question)
        if made.problem.threshold is None or not made.problem.threshold:
            return [made], back
        return [Asked.of(replace(made.problem, threshold=made.problem.threshold - 1), *made.sets)], back


class Strict(DecisionBySearch):
    def invert(self, answers: Any, back: Asked) -> Any:
        (answer,) = answers
        if answer.value is not None and answer.value == back.problem.cut:
            return Decision(False)
        return super().invert(answers, back)


class OneEarly(SearchByDecisions):
    def _fewest(self, question: Asked, best: Any, tries: Any) -> Any:
        found = yield from super()._fewest(question, best, tries)
        return max(0, found - 1)


class SignLost(HalfAssignments):
    def apply(self, question: Formula) -> Any:
        return super().apply(Formula(question.variables, tuple(tuple(map(abs, c)) for c in question.clauses)))


FAULTS = (
    OneMark(),
    LastCutLost(),
    OneIsZero(),
    ZerosForgotten(),
    NotTurned(),
    RatioKept(),
    FilledAlike(),
    RoundedDown(),
    Strict(),
    OneEarly(),
    SignLost(),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_planted_fault_is_caught(script: ModuleType, fault: Reduction) -> None:
    assert [wrong for wrong in script.failures(fault, 120) if wrong.startswith("answered")]


def test_every_reduction_has_a_planted_fault() -> None:
    assert {fault.name for fault in FAULTS} == {reduction.name for reduction in REDUCTIONS}


@pytest.mark.parametrize("end", [end for end in ENDS if end != SAT])
def test_chains_from_formulas(script: ModuleType, end: str) -> None:
    chain = route(SAT, end)
    for formula in script.questions(HalfAssignments(), 40, seed=1):
        answer = solve(chain, formula, lambda asked: asked.problem.answer(asked.instance))
        assert script.right(formula, answer), (chain.name, formula)
        asked = translated(chain, formula)
        cost = chain.cost(formula)
        assert (cost.questions, cost.n) == (len(asked), max((sum(a.sizes) for a in asked), default=0))


def test_chains_print_themselves() -> None:
    chain = route(SAT, "msd")
    assert str(chain) == "half-assignments >> by-weight >> equal-norms"
    assert "l' = 3 l" in chain.sizes
    assert (OneSet() >> Halving() >> LeastInnerProduct()).name == "one-set >> halving >> least-inner-product"


def test_a_chain_of_changing_forms(script: ModuleType) -> None:
    chain = OneSet() >> Halving() >> ByWeight() >> EqualNorms() >> InnerProducts() >> SearchByDecisions()
    for question in script.questions(OneSet(), 30):
        if question.problem.question == "search":
            answer = solve(chain, question, lambda asked: asked.problem.answer(asked.instance))
            assert question.right(answer)


@pytest.mark.parametrize(
    ("reduction", "asked", "why"),
    [
        (OneSet(), problem("ov", dim=2), "two sets"),
        (Halving(), problem("ov", dim=2, bichromatic=True), "one set"),
        (ByWeight(), problem("ov", dim=2), "two sets"),
        (LeastSimilar(), problem("min-ip", dim=2), "pass orthogonal vectors"),
        (EqualNorms(), problem("max-ip", dim=2), "two sets"),
        (InnerProducts(), problem("msd", dim=2), "the same number of ones"),
        (Kronecker(), problem("closest-pair", dim=2), "inner products or cosines"),
        (DecisionBySearch(), problem("ov", dim=2), "pass a decision"),
        (SearchByDecisions(), problem("ov", dim=2, question="decide"), "pass a search"),
    ],
)
def test_what_cannot_be_reduced_is_refused(reduction: Reduction, asked: Any, why: str) -> None:
    sets = ([[0, 1], [1, 1]],) * (1 + asked.bichromatic)
    with pytest.raises(InputError, match=why):
        solve(reduction, Asked.of(asked, *sets), lambda question: None)


def test_routes_that_there_are_not() -> None:
    with pytest.raises(InputError, match="no reduction leads from min-ip to ov"):
        route("min-ip", "ov")
    with pytest.raises(InputError, match="no reduction knows 'tsp'"):
        route("tsp", "ov")
