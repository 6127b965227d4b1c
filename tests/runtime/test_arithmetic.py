"""Settings of torch that round: put aside while a network runs, and back where they were after it."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import torch
from torch import Tensor

import proofformer as pf
from proofformer.runtime.arithmetic import SETTINGS, Switch, plain
from proofformer.runtime.attention import sdpa

each = pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: s.name)
WRONG = {"ieee": "tf32", False: True, "highest": "medium"}
ROWS = [[0, 0, 1, 1], [1, 1, 1, 0], [0, 1, 1, 1]]


@pytest.fixture(autouse=True)
def kept() -> Iterator[None]:
    before = [(s, s.read()) for s in SETTINGS]
    yield
    for setting, value in before:
        setting.write(value)


def rounding(setting: Switch) -> Any:
    """A value by which it rounds, which it now has."""
    setting.write(WRONG[setting.exact])
    assert setting.rounds
    return setting.read()


@each
def test_put_aside_and_back(setting: Switch) -> None:
    value = rounding(setting)
    with plain():
        assert not setting.rounds
        with plain():
            assert not setting.rounds
        assert not setting.rounds
    assert setting.read() == value
    with pytest.raises(KeyError), plain():
        raise KeyError
    assert setting.read() == value


@each
def test_the_network_sees_none_of_it_by_any_way_in(setting: Switch) -> None:
    model, seen = pf.compile("closest-pair", dim=4, max_n=8), []

    def spy(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        seen.append(setting.rounds or torch.is_autocast_enabled("cpu"))
        return sdpa(q, k, v, scale=scale, causal=causal)

    model.attention = spy
    batch = torch.tensor(ROWS)[None]
    tokens = model.tokens(batch)
    ways = [lambda: model.solve(ROWS), lambda: model(batch), lambda: model.transformer(tokens, spy)]
    ways.append(lambda: model.transformer.residuals(tokens, spy))
    rounding(setting)
    for way in ways:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            way()
    assert seen
    assert not any(seen)


def test_two_threads_the_last_of_which_puts_it_back() -> None:
    setting = SETTINGS[0]
    value, inside, out = rounding(setting), threading.Event(), threading.Event()

    def other() -> None:
        with plain():
            inside.set()
            out.wait()

    thread = threading.Thread(target=other)
    with ExitStack() as stack:
        stack.enter_context(plain())
        thread.start()
        inside.wait()
    assert not setting.rounds
    out.set()
    thread.join()
    assert setting.read() == value


def test_a_setting_that_follows_another_goes_on_following() -> None:
    if not hasattr(torch.backends, "fp32_precision"):
        pytest.skip("this torch has one setting for all")
    torch.backends.mkldnn.matmul.fp32_precision = "none"
    torch.backends.fp32_precision = "bf16"
    try:
        with plain():
            assert torch.backends.mkldnn.matmul.fp32_precision == "ieee"
        assert torch.backends.mkldnn.matmul.fp32_precision == "bf16"
        torch.backends.fp32_precision = "none"
        assert torch.backends.mkldnn.matmul.fp32_precision == "none"
    finally:
        torch.backends.fp32_precision = "none"


def test_a_compiled_model_runs_inside_too() -> None:
    """torch traces the network, and not what puts settings aside: they may change after it compiled."""
    model, seen = pf.compile("closest-pair", dim=4, max_n=8), []

    @torch.compiler.disable  # type: ignore[misc]
    def look() -> None:
        seen.append(torch.backends.mkldnn.matmul.fp32_precision)

    def spy(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        look()
        return sdpa(q, k, v, scale=scale, causal=causal)

    expected = model(torch.tensor(ROWS)[None])
    model.attention = spy
    compiled = torch.compile(model, backend="eager")
    for precision in ("ieee", "bf16"):
        torch.backends.mkldnn.matmul.fp32_precision = precision
        for one, other in zip(compiled(torch.tensor(ROWS)[None]), expected, strict=True):
            assert torch.equal(one, other)
    assert set(seen) == {"ieee"}
