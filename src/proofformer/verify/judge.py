"""One instance through the model and the oracle."""

from __future__ import annotations

from typing import Any

from proofformer.errors import ProofError
from proofformer.problems import Decision, Instance, PairAnswer
from proofformer.runtime import Front, Model
from proofformer.runtime.reads import Misread, first_misread
from proofformer.verify.instances import Sets
from proofformer.verify.outcome import Case, Failure, Tally


def asked(model: Front, instance: Instance) -> PairAnswer | Decision | str:
    """What the model says, or its refusal to call something a bit."""
    try:
        answer: PairAnswer | Decision = model.solve(instance)
        return answer
    except ProofError as error:
        return f"error: {error}"


def judge(model: Front, case: Case, tally: Tally) -> None:
    """Compare the model with the oracle on one instance."""
    instance = model.problem.instance(*case.sets)
    expected, got = model.problem.answer(instance), asked(model, instance)
    within = model.problem.gamma is not None and not isinstance(got, str)
    right = got == expected or (within and model.problem.accepts(instance, got))
    tally.add(
        f"{case.number} {got}",
        wrong=not right,
        n=instance.n,
        failure=lambda: Failure(model.problem.to_json(), case, str(expected), str(got)),
    )


def first_wrong(model: Front, sets: Sets) -> Misread | None:
    """The first read that a model's kernel gets wrong; None for an export, and where every read is right."""
    return first_misread(model, sets, model.attention) if isinstance(model, Model) else None


def misread_facts(model: Front, failure: Failure) -> dict[str, Any] | None:
    """As JSON, what a head read wrongly first where the model failed."""
    misread = first_wrong(model, failure.case.sets)
    return None if misread is None else misread.to_json()


def fails(model: Front, sets: Sets) -> bool:
    """Whether the model answers an instance wrongly."""
    tally = Tally()
    judge(model, Case("", 0, 0, sets), tally)
    return bool(tally.wrong)
