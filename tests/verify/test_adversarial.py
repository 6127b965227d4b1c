"""The check splits instances over the families, gives every shard the same ones, and finds what is wrong."""

from dataclasses import replace

import numpy as np
import pytest
from tests.cases import CASES, CLOSEST, FEW, Case

from proofformer.problems import Problem, problem
from proofformer.runtime import Model, compile_model, model_of
from proofformer.verify.checks import adversarial
from proofformer.verify.instances import families_for
from proofformer.verify.instances.draws import costs
from proofformer.verify.instances.planter import goal

EDGE = ["planted_at_edges", "leak_saturating", "full"]
FOR_DECISIONS = ["at_threshold", "one_step_off"]


def model_for(case: Case, dim: int = 5, max_n: int = 24) -> Model:
    return model_of(case.problem(dim), case.plan(dim, max_n, "float32"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_models_are_right_on_every_family(case: Case) -> None:
    model = model_for(case)
    names = list(adversarial.purposes(model))
    assert names == [f.name for f in families_for(model.problem)] + EDGE + FOR_DECISIONS * (case.question == "decide")
    for name, count in adversarial.families(model, 2 * len(names)):
        outcome = adversarial.run(model, name, 3, 0, count)
        assert (outcome.instances, outcome.wrong, outcome.failure) == (count, 0, None)
        assert 2 <= outcome.largest_n <= 24


@pytest.mark.parametrize("case", FEW, ids=str)
@pytest.mark.parametrize("count", [0, 1, 7, 33, 60, 1001])
def test_counts_add_up_and_follow_the_weights(case: Case, count: int) -> None:
    model = model_for(case)
    shares = dict(adversarial.families(model, count))
    purposes = adversarial.purposes(model)
    assert sum(shares.values()) == count
    assert set(shares) <= set(purposes)
    assert min(shares.values(), default=1) >= 1
    if count >= len(purposes):
        assert list(shares) == list(purposes)
    weights = {f.name: f.weight for f in families_for(model.problem)}
    if count == 1001:
        assert all(shares[x] <= shares[y] for x in weights for y in weights if weights[x] < weights[y])
    assert all(purposes.values())


@pytest.mark.parametrize("name", ["one_step_worse", "planted_at_edges", "leak_saturating"])
def test_an_instance_depends_on_its_number_and_not_on_the_shard(name: str) -> None:
    model, weak = model_for(CLOSEST), weakened()
    whole = adversarial.run(model, name, 4, 0, 12)
    assert whole == adversarial.run(model, name, 4, 0, 12)
    assert whole.digest != adversarial.run(model, name, 5, 0, 12).digest
    found = adversarial.run(weak, name, 4, 0, 60).failure
    assert found is not None
    alone = adversarial.run(weak, name, 4, found.case.number, found.case.number + 1).failure
    assert alone is not None
    assert all(np.array_equal(x, y) for x, y in zip(found.case.sets, alone.case.sets, strict=True))


def weakened() -> Model:
    plan = CLOSEST.plan(16, 120, "float32", 2)
    return model_of(CLOSEST.problem(16), replace(plan, heads=tuple(replace(h, b=1) for h in plan.heads)))


def test_a_failure_comes_back_with_its_case() -> None:
    model = weakened()
    outcome = adversarial.run(model, "leak_saturating", 0, 0, 8)
    failure = outcome.failure
    assert failure is not None
    assert outcome.wrong > 0
    assert (failure.case.source, failure.case.seed) == ("leak_saturating", 0)
    assert failure.expected == str(model.problem.answer(*failure.case.sets)) != failure.got


def test_own_families_of_a_decision_are_often_at_the_threshold() -> None:
    for asked in (
        problem("max-ip", dim=12, threshold=4),
        problem("farthest-pair", dim=12, threshold=7, bichromatic=True),
        problem("lsd", dim=12, metric="jaccard", threshold="1/4"),
        problem("closest-pair", dim=6, metric="cityblock", levels=3, threshold=3, bichromatic=True),
    ):
        hits = [at_threshold(asked, number) for number in range(40)]
        assert 10 <= sum(hits) < 40


def at_threshold(asked: Problem, number: int) -> bool:
    """Whether an instance of a family that is not built for the threshold is at it or a step off."""
    family = next(f for f in families_for(asked) if f.name.startswith(("uniform", "uneven")))
    rng = np.random.default_rng(number)
    sets = adversarial._drawn(rng, number, asked=asked, max_n=30, family=family)
    best = int(costs(asked, sets).min()) * (-1 if asked.kind.largest else 1)
    return best in (goal(asked, 0), goal(asked, 1))


def test_a_search_within_a_factor_may_give_any_pair_within_it() -> None:
    model = compile_model(problem("max-ip", dim=16, gamma="3/2"), max_n=24)
    for name, _ in adversarial.families(model, 100):
        assert adversarial.run(model, name, 1, 0, 4).wrong == 0
