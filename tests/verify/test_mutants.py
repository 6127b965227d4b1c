"""Altered weights: what is caught, and that what is called equivalent changes no answer to any input."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

import proofformer as pf
from proofformer.errors import InputError
from proofformer.runtime import Model
from proofformer.verify.checks import exhaustive, mutants
from proofformer.verify.weights import Alteration, Change, alterations, altered
from prooflab.classes.weight_classes import CLASSES, class_of

SMALL: tuple[tuple[str, dict[str, Any]], ...] = (
    ("closest-pair", {"dim": 2, "max_n": 5}),
    ("closest-pair", {"dim": 2, "max_n": 4, "bichromatic": True}),
    ("ov", {"dim": 2, "max_n": 5}),
    ("ov", {"dim": 3, "max_n": 4, "question": "decide"}),
    ("ov", {"dim": 2, "max_n": 4, "question": "decide", "bichromatic": True}),
    ("max-ip", {"dim": 2, "max_n": 5, "threshold": 1}),
    ("max-ip", {"dim": 2, "max_n": 4, "threshold": 2, "bichromatic": True}),
    ("min-ip", {"dim": 2, "max_n": 5, "dtype": "bfloat16"}),
    ("farthest-pair", {"dim": 2, "max_n": 5, "threshold": 1}),
    ("msd", {"dim": 3, "max_n": 4}),
    ("lsd", {"dim": 2, "max_n": 4, "metric": "jaccard", "norms": (1, 2)}),
)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="module")
def few_trials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, few in (("PAIRS", 60), ("SMALL", 60), ("OF_EACH", 3), ("TIED", 6)):
            patch.setattr(mutants, name, few)
        yield


@pytest.fixture(scope="module")
def model() -> Model:
    return pf.compile("closest-pair", dim=6, max_n=40)


@pytest.mark.parametrize(("name", "asked"), SMALL, ids=lambda x: x if isinstance(x, str) else "")
def test_what_is_called_equivalent_answers_every_input_alike(name: str, asked: dict[str, Any]) -> None:
    """No instance is looked at to call a mutant equivalent; here all of them are, but for 20 bits and more."""
    small = pf.compile(name, **asked)
    found = 0
    for alteration in alterations(small, 0, 400):
        reason = class_of(small, alteration)
        if reason is None:
            continue
        found += 1
        mutant = altered(small, alteration)
        for family, count in exhaustive.families(mutant, 10):
            assert exhaustive.run(mutant, family, 0, 0, count).wrong == 0, (str(alteration), reason.name)
    assert found > 5


def test_classes_are_met_and_not_by_everything() -> None:
    met: set[str] = set()
    for name, asked in (
        *SMALL,
        ("closest-pair", {"dim": 6, "max_n": 40}),
        ("farthest-pair", {"dim": 6, "max_n": 60, "threshold": 5}),
    ):
        small = pf.compile(name, **asked)
        reasons = [class_of(small, a) for a in alterations(small, 1, 500)]
        met |= {r.name for r in reasons if r is not None}
        assert sum(r is None for r in reasons) > 0.5 * len(reasons)
    assert met >= {c.name for c in CLASSES} - {"within the slack"}


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
