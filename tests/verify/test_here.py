"""`pf.verify`: what it finds of models, kernels and exports, and what it does not take."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.scripts import load_script

import proofformer as pf
from proofformer.errors import InputError
from proofformer.plugins import plugin
from proofformer.verify import Campaign, Subject, assumptions
from proofformer.verify.check import Needs
from proofformer.verify.checks import checks
from proofformer.verify.judged import ONE_BUG
from proofformer.verify.shards import shards_of

KERNELS = load_script("bench/kernels.py")


def test_a_model_is_right_and_a_broken_kernel_is_wrong_and_leaves_it_as_it_was() -> None:
    model = pf.compile("closest-pair", dim=8, max_n=64, dtype="bfloat16")
    assert pf.verify(model).total.wrong == 0
    report = pf.verify(model, attention=KERNELS.eager, adversarial=60)
    assert report.total.wrong > 0
    assert report.failure is not None
    assert ("adversarial", "whole_tiles") in report.families
    assert pf.verify(model, adversarial=60).families.keys().isdisjoint({("adversarial", "whole_tiles")})
    assert model.probed


def test_it_is_a_part_of_the_package_and_a_function() -> None:
    assert pf.verify.Campaign is Campaign  # type: ignore[attr-defined]


def test_a_report_says_what_is_seen_of_the_kernel_and_where_an_answer_went_wrong() -> None:
    model = pf.compile("closest-pair", dim=8, max_n=64, dtype="bfloat16")
    right = pf.verify(model, assumptions=True, random=3)
    assert repr(right).splitlines()[1:3] == ["  layers      not seen to fail", "  scores      not seen to fail"]
    assert repr(right).splitlines()[12].startswith("3 random: 0 wrong (largest n ")
    assert ONE_BUG not in repr(right)
    assert pf.verify(model, random=3).assumptions == ()
    report = pf.verify(model, attention=KERNELS.eager, assumptions=True, adversarial=60)
    told = str(report)
    assert {"scores"} == {a.assumption for a in report.assumptions if a.verdict == "fails"}
    assert report.misread is not None
    assert not torch.is_inference_mode_enabled(), "as it was before"
    assert told.count(ONE_BUG) == 1
    assert f"  where     {report.misread}" in told.splitlines()
    assert len(told.splitlines()) < 40


def test_an_attention_that_cannot_be_called() -> None:
    with pytest.raises(InputError, match="attention is 3: give a function"):
        pf.verify(pf.compile("ov", dim=2, max_n=4), attention=3)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="assumptions = 5: say True"):
        pf.verify(pf.compile("ov", dim=2, max_n=4), assumptions=5)  # type: ignore[arg-type]


def test_exports(tmp_path: Path) -> None:
    model = pf.compile("closest-pair", dim=3, max_n=6)
    plugin("formats", "onnx").write(model, tmp_path / "m.onnx")
    front = pf.read(tmp_path / "m.onnx")
    assert pf.verify(front, exhaustive=9).total.wrong == 0
    with pytest.raises(
        InputError, match="needs the model and its weights, not only the answers of the export's runtime"
    ):
        pf.verify(front, mutants=3)
    with pytest.raises(InputError, match="an export runs its own"):
        pf.verify(front, attention=KERNELS.eager)
    with pytest.raises(InputError, match="an export runs its own"):
        assumptions(front)


NEEDS = {
    "random": Needs.ANSWERS,
    "adversarial": Needs.ANSWERS,
    "exhaustive": Needs.ANSWERS,
    "metamorphic": Needs.WEIGHTS,
    "mutants": Needs.WEIGHTS,
    "circuits": Needs.NOTHING,
}


def test_each_check_is_asked_of_what_it_needs() -> None:
    assert checks().keys() == NEEDS.keys()
    model, export = pf.compile("ov", dim=2, max_n=4), Subject("", "", runtime="onnx")
    for name, needs in NEEDS.items():
        alone = needs is Needs.NOTHING
        assert bool(Campaign.of([], {name: 20}, 0).shards) is alone, name
        with pytest.raises(InputError, match=f"check '{name}' is unknown" if alone else f"{name} = 0: ask for"):
            pf.verify(model, **{name: 0})
        refuses = pytest.raises(InputError, match=f"--{name} needs the model and its weights")
        with refuses if needs is Needs.WEIGHTS else nullcontext():
            assert list(shards_of(export, model, {name: 20}, 0))


@pytest.mark.parametrize("count", [0, -5, 2.0, "9", True, None])
def test_numbers_that_are_none(count: Any) -> None:
    with pytest.raises(InputError, match=f"random = {count!r}: ask for a whole number of instances from 1"):
        pf.verify(pf.compile("ov", dim=2, max_n=4), random=count)


def test_checks_that_there_are_not() -> None:
    with pytest.raises(InputError, match="check 'randon' is unknown: choose one of random, "):
        pf.verify(pf.compile("ov", dim=2, max_n=4), randon=3)
