"""Models and exports under torch's settings; `bench/environments.py` takes more questions and more instances."""

from collections import Counter
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch
from tests.scripts import load_script

from proofformer.errors import InputError
from proofformer.runtime import Front, front, transformer

SCRIPT = load_script("bench/environments.py")
CLOSEST, _, FARTHEST, _, MSD = SCRIPT.QUESTIONS
UNSERVED = {"kernel EFFICIENT": {"model", "hf", "torch"}}
"""Torch has no such kernel on a CPU; these exports ask torch for theirs."""


@pytest.fixture(scope="module", params=[FARTHEST, pytest.param(CLOSEST, marks=pytest.mark.slow)], ids=["hard", "easy"])
def fronts(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Front]]:
    return list(SCRIPT.fronts(tmp_path_factory.mktemp("fronts"), (request.param,)))


@pytest.mark.parametrize("name", SCRIPT.ENVIRONMENTS)
def test_every_answer_is_right(name: str, fronts: list[tuple[str, Front]]) -> None:
    assert {of for of, _ in fronts} == {"model", "hf", "onnx", "torch", "transformerlens"}
    for of, asked in fronts:
        what = "refused" if of in UNSERVED.get(name, ()) else "right"
        assert SCRIPT.under(SCRIPT.ENVIRONMENTS[name], asked, 3) == Counter({what: 3}), of


def test_what_is_not_put_aside_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the guard, autocast makes float32 models wrong; `solve` sees it or not."""
    for module in (front, transformer):
        monkeypatch.setattr(module, "plain", lambda device="cpu": nullcontext())
    model = SCRIPT.pf.compile(**FARTHEST)
    model.probed = False
    counts: Counter[Any] = SCRIPT.under(SCRIPT.ENVIRONMENTS["autocast to bfloat16"], model)
    assert counts["right"] < counts.total()


def test_a_default_device_decides_nothing_else() -> None:
    """Lengths as a list, checks by the oracle: both make tensors of their own."""
    model = SCRIPT.pf.compile(**CLOSEST)
    batch = torch.tensor([[[0, 1] * 8, [1] * 16, [0] * 16]] * 2)
    with torch.device("meta"):
        bits = model(batch, lengths=[3, 2])
        report = SCRIPT.pf.verify(model, random=20, adversarial=20, metamorphic=10)
    assert [a.pair for a in model.answers(bits, [(3,), (2,)])] == [(0, 1), (0, 1)]
    assert (report.total.instances, report.total.wrong) == (50, 0)


def test_weights_without_values_are_refused() -> None:
    model = SCRIPT.pf.compile(**CLOSEST).to("meta")
    for ask in (lambda: model.solve(np.eye(16)), lambda: model(torch.ones(1, 2, 16))):
        with pytest.raises(InputError, match="moved to the device 'meta', where weights have no values"):
            ask()


def test_vmap_changes_no_bit() -> None:
    for name, same in SCRIPT.transformed(SCRIPT.pf.compile(**MSD), modes=()):
        assert same, name
