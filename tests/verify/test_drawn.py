"""Random and adversarial instances against the oracle: every kind of problem gets them, wherever a shard begins; wrong
answers are counted, and the first comes back whole."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.cases import CASES, CLOSEST, FEW, Case

from proofformer.errors import InputError
from proofformer.problems import Instance as Documents
from proofformer.problems import PairAnswer, Problem, problem
from proofformer.runtime import Model, compile_model, model_of
from proofformer.verify import Case as Instance
from proofformer.verify import Failure, Outcome, replay
from proofformer.verify.checks import adversarial, check_named, random
from proofformer.verify.instances import families_for
from proofformer.verify.instances.draws import costs, draw_n, generator, random_sets
from proofformer.verify.instances.planter import goal

EDGE = ["planted_at_edges", "leak_saturating", "full"]
FOR_DECISIONS = ["at_threshold", "one_step_off"]


@cache
def model_for(case: Case) -> Model:
    model = model_of(case.problem(5), case.plan(5, 24, "float32"))
    model.probed = False
    return model


@cache
def weakened() -> Model:
    """At too weak a temperature: documents that are nearly as good leak into the answer."""
    plan = CLOSEST.plan(16, 120, "float32", 2)
    return model_of(CLOSEST.problem(16), replace(plan, heads=tuple(replace(h, b=1) for h in plan.heads)))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_models_are_right_on_every_family(case: Case) -> None:
    model = model_for(case)
    names = list(adversarial.purposes(model))
    assert names == [f.name for f in families_for(model.problem)] + EDGE + FOR_DECISIONS * (case.question == "decide")
    for check, count in ((random, 12), (adversarial, len(names))):
        for name, share in check.families(model, count):
            outcome = check.run(model, name, 3, 0, share)
            assert (outcome.instances, outcome.wrong, outcome.failure) == (share, 0, None), name
            assert 2 <= outcome.largest_n <= 24


@pytest.mark.parametrize("case", FEW, ids=str)
def test_counts_add_up_and_follow_the_weights(case: Case) -> None:
    model = model_for(case)
    purposes = adversarial.purposes(model)
    assert all(purposes.values())
    weights = {f.name: f.weight for f in families_for(model.problem)}
    for count in (0, 1, 7, 33, 60, 1001):
        shares = dict(adversarial.families(model, count))
        assert sum(shares.values()) == count
        assert set(shares) <= set(purposes)
        assert min(shares.values(), default=1) >= 1
        assert count < len(purposes) or list(shares) == list(purposes)
    assert all(shares[x] <= shares[y] for x in weights for y in weights if weights[x] < weights[y])


@pytest.mark.parametrize("name", ["random", "one_step_worse", "planted_at_edges", "leak_saturating"])
def test_an_instance_depends_on_its_number_and_not_on_the_shard(name: str) -> None:
    run = check_named("random" if name == "random" else "adversarial").run
    whole = run(weakened(), name, 4, 0, 24)
    assert whole.to_json() == run(weakened(), name, 4, 0, 24).to_json()
    assert whole.digest != run(weakened(), name, 5, 0, 24).digest
    parts = [run(weakened(), name, 4, at, at + 8) for at in (0, 8, 16)]
    assert [sum(p.instances for p in parts), sum(p.wrong for p in parts)] == [24, whole.wrong]
    assert len({p.digest for p in parts}) == 3
    failure = whole.failure
    if name == "random":
        return
    assert failure is not None
    assert (failure.case.source, failure.case.seed) == (name, 4)
    assert failure.expected == str(weakened().problem.answer(*failure.case.sets)) != failure.got
    alone = run(weakened(), name, 4, failure.case.number, failure.case.number + 1).failure
    assert alone is not None
    assert alone.to_json() == failure.to_json()


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


@pytest.mark.parametrize("bichromatic", [False, True])
def test_sizes_reach_the_ends(bichromatic: bool) -> None:
    asked = problem("max-ip", dim=5, bichromatic=bichromatic)
    sizes = set()
    for k in range(200):
        rng = generator(0, "random", k)
        sizes.add(tuple(map(len, random_sets(rng, asked, draw_n(rng, 12, k)))))
    assert {sum(size) for size in sizes} == set(range(2, 13))
    if bichromatic:
        assert (1, 1) in sizes
        assert {1, 11} <= {a for a, _ in sizes} & {b for _, b in sizes}


@pytest.mark.parametrize("sizes", [(4,), (3, 1), (1, 1)])
def test_a_failure_comes_back_whole(sizes: tuple[int, ...], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sets = tuple(rng.integers(0, 2, (n, 6), dtype=np.uint8) for n in sizes)
    asked = problem("closest-pair", dim=6, bichromatic=len(sizes) == 2)
    failure = Failure(asked.to_json(), Instance("random", 3, 7, sets), "this", "that")
    failure.save(tmp_path / "f.npz")
    outcome = Outcome(4, 1, 5, "ab", {"x": 2}, ("a sentence",), failure)
    back = Outcome.from_json(json.loads(json.dumps(outcome.to_json())))
    assert back.to_json() == outcome.to_json()
    assert back.failure is not None
    for case in (replay(tmp_path / "f.npz"), back.failure.case):
        assert (case.source, case.seed, case.number) == ("random", 3, 7)
        assert len(case.sets) == len(sets)
        assert all(rows.dtype == np.uint8 and (rows == x).all() for rows, x in zip(case.sets, sets, strict=True))
    with np.load(tmp_path / "f.npz") as data:
        about = json.loads(str(data["about"]))
    assert about["problem"] == asked.to_json()
    assert (about["expected"], about["got"]) == ("this", "that")


def test_wrong_answers_are_counted_and_the_first_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    model, sizes = model_for(CLOSEST), []
    right, wrong = Model.solved, PairAnswer((0, 1), 99)

    def solved(self: Model, given: list[Documents]) -> list[Any]:
        """Wrong on the third instance, and on those of its size that come later."""
        sizes.append(given[0].n)
        return [wrong] if given[0].n in sizes[2:3] else right(self, given)

    monkeypatch.setattr(Model, "solved", solved)
    outcome = random.run(model, "random", 0, 0, 8)
    assert outcome.wrong == sizes[2:].count(sizes[2]) > 0
    assert outcome.failure is not None
    assert outcome.failure.case.number == 2
    assert outcome.failure.expected == str(model.problem.answer(*outcome.failure.case.sets))
    assert outcome.failure.got == str(wrong)


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut"])
def test_what_is_no_failure_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "f.npz").write_bytes(content)
    with pytest.raises(InputError, match="is no failure"):
        replay(tmp_path / "f.npz")
