"""Altered weights: what is caught, certified, or survives. What the checker believes, `tests/check` asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import proofformer as pf
from proofformer.errors import InputError
from proofformer.runtime import Model
from proofformer.verify.checks import mutants
from proofformer.verify.weights import Alteration, Change, alterations, altered


@pytest.fixture(autouse=True, scope="module")
def few_trials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, few in (("PAIRS", 60), ("SMALL", 60), ("OF_EACH", 3), ("TIED", 6)):
            patch.setattr(mutants, name, few)
        yield


@pytest.fixture(scope="module")
def model() -> Model:
    return pf.compile("closest-pair", dim=6, max_n=40)


def test_verdicts(model: Model) -> None:
    """A value not read is a wrong answer; a fetched bit twice as large is restored all the same, but out of bounds."""
    values, outputs = (f"blocks.0.attention.{side}.weight" for side in ("value", "output"))
    tensors = dict(model.transformer.state_dict())
    row, column = tensors[values].nonzero()[0].tolist()
    assert mutants.judge(model, Alteration(values, row, column, Change.ZEROED))[0] == "wrong answer"
    row, column = tensors[outputs].nonzero()[0].tolist()
    assert mutants.judge(model, Alteration(outputs, row, column, Change.DOUBLED))[0] == "wrong signal"


def test_what_is_not_caught_is_certified_or_survives(model: Model) -> None:
    """A bias of all keys moves nothing. START loses what holds it above padding, which returns zeros as START does: so
    no answer is another, and the checker wants more."""
    one, start = (model.plan.layout.slice_of(name).start for name in ("one", "is_start"))
    keys = "blocks.3.attention.key.weight"
    verdict, says = mutants.judge(model, Alteration(keys, 1, one, Change.ZEROED))
    assert verdict == "certified"
    assert says.startswith("certified: closest-pair")
    verdict, says = mutants.judge(model, Alteration(keys, 0, start, Change.ZEROED))
    assert verdict == "survived"
    assert "START is not below all keys that are visible and above all others" in says


def test_survivors_are_told_and_are_not_wrong(model: Model) -> None:
    outcome = mutants.run(model, mutants.FAMILY, 0, 0, 40)
    assert outcome.wrong == 0
    assert len(outcome.detail) == outcome.counts["survived"] > 0
    assert all("survived, not certified: block" in sentence for sentence in outcome.detail)
    assert "1 certified, 2 survived" in mutants.told("mutants", {"certified": 1, "survived": 2})[0]


def test_a_checker_that_believes_what_is_wrong_is_found_out(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """But not where a factor lets another pair be the answer."""
    monkeypatch.setattr(mutants, "proved", lambda _: (True, "certified"))
    outcome = mutants.run(model, mutants.FAMILY, 0, 0, 20)
    assert outcome.wrong == outcome.counts["certified and wrong"] == len(outcome.detail) > 10
    assert "15 certified and wrong" in mutants.told("mutants", {"certified and wrong": 15})[0]
    within = pf.compile("closest-pair", dim=3, max_n=6, gamma=2)
    counts = mutants.run(within, mutants.FAMILY, 0, 0, 20).counts
    assert counts.keys() <= {"certified", "wrong signal"}
    assert counts["certified"] > 10


def test_alterations_change_something_and_follow_from_the_seed(model: Model) -> None:
    tensors = dict(model.transformer.state_dict())
    found = alterations(model, 5, 3000)
    assert found[:50] == alterations(model, 5, 50) != alterations(model, 6, 50)
    assert len(set(found)) == len(found)
    for alteration in found[::20]:
        new = alteration.apply(tensors)
        assert new is not None
        assert not torch.equal(new, tensors[alteration.tensor])
    zero = [a.change is Change.TAKEN for a in found]
    assert zero == sorted(zero)
    assert {a.change for a in found} == set(Change)


def test_parts_add_up(model: Model) -> None:
    whole = mutants.run(model, mutants.FAMILY, 2, 0, 20)
    parts = [mutants.run(model, mutants.FAMILY, 2, at, at + 10) for at in (0, 10)]
    counts = {k: sum(p.counts.get(k, 0) for p in parts) for k in whole.counts}
    assert counts == dict(whole.counts)
    assert sum(counts.values()) == whole.instances == 20


def test_a_model_that_is_wrong_itself_is_refused(model: Model) -> None:
    tensors = dict(model.transformer.state_dict())
    broken = altered(model, alterations(model, 0, 1)[0])
    new = tensors["unembed.weight"].clone()
    new[0] = 0
    broken.set_tensors(tensors | {"unembed.weight": new})
    with pytest.raises(InputError, match="the model itself is wrong"):
        mutants.trials(broken)
