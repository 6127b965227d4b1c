"""Altered weights: what is caught. That what is called equivalent changes no answer, `tests/prooflab/classes` asks."""

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
    assert mutants.judge(model, Alteration(values, row, column, Change.ZEROED)) == "wrong answer"
    row, column = tensors[outputs].nonzero()[0].tolist()
    assert mutants.judge(model, Alteration(outputs, row, column, Change.DOUBLED)) == "wrong signal"
    shift = Alteration("blocks.0.attention.key.weight", 1, model.plan.layout.slice_of("one").start, Change.ZEROED)
    assert mutants.judge(model, shift) == "equivalent: same for all keys"


def test_a_survivor_without_a_reason_is_wrong(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prooflab.classes.weight_classes.class_of", lambda *_: None)
    outcome = mutants.run(model, mutants.FAMILY, 0, 0, 40)
    assert outcome.wrong == outcome.counts["survived"] == len(outcome.detail) > 0
    assert all("survives unexplained" in sentence for sentence in outcome.detail)


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
