"""Every planted bug is caught, or there is a written argument why it changes nothing."""

import pytest

from proofformer import problem
from proofformer.circuit import lower
from proofformer.planner import dtype_named, make_plan
from proofformer.runtime import model_of
from proofformer.theorems import theorem_for
from proofformer.verify.equivalents import why_equivalent
from proofformer.verify.mutator import Outcome, judge, mutants, trials_for

DIM, MAX_N = 7, 16
CASES = [("closest-pair", "search", 1), ("closest-pair", "search", 2), ("ov", "decide", 1)]


@pytest.mark.parametrize(("name", "question", "rounds"), CASES)
def test_every_mutant_is_caught_or_explained(name: str, question: str, rounds: int) -> None:
    asked = problem(name, dim=DIM, question=question)
    circuit = theorem_for(asked.name, asked.question, asked.metric).circuit(dim=DIM, max_n=MAX_N)
    if rounds > 1:
        circuit = lower(circuit, {"partner": rounds, "best": rounds})
    plan = make_plan(circuit, max_n=MAX_N, dtype=dtype_named("float32"))
    trials = trials_for(asked, MAX_N, 150)
    sound = model_of(asked, plan)
    assert (trials.wrong(sound), trials.inexact(sound)) == (0, 0)
    verdicts = [judge(m, trials) for m in mutants(asked, plan)]
    survivors = [v for v in verdicts if v.outcome is Outcome.SURVIVED]
    assert [v for v in survivors if why_equivalent(v) is None] == []
    assert len(survivors) < len(verdicts) / 2

    def outcomes(*words: str) -> set[Outcome]:
        return {v.outcome for v in verdicts if all(w in v.change for w in words)}

    assert outcomes("drop entry") <= {Outcome.REFUSED, Outcome.WRONG}
    assert outcomes("drop prefix") <= {Outcome.REFUSED}
    assert {v.outcome for v in verdicts if v.change.startswith("b = ") and "forced" not in v.change} == {
        Outcome.REFUSED
    }
    assert outcomes("b = 1 forced") == {Outcome.WRONG}
    if rounds > 1:
        low = {o for w in ("agreement", "least distance") for o in outcomes("R by one", w, "weighs 3 ")}
        assert low == {Outcome.WRONG}
