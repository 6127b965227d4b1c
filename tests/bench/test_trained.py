"""Trained models: what they are asked is the question, they are causal, they train by the seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.scripts import load_script

from proofformer.challenge.families import matching

SCRIPT = load_script("bench/trained.py")
MIXERS = pytest.mark.parametrize("mixer", SCRIPT.MIXERS.values(), ids=SCRIPT.MIXERS)
RESULTS = load_script("bench/results.py")
FOUND = RESULTS.kept("trained")


@pytest.mark.parametrize("n", [1, 8, 64])
def test_draws_are_those_of_the_question(n: int) -> None:
    documents, query, answers = SCRIPT.draws(np.random.default_rng(n), n, 50)
    assert documents.shape == (50, n, 16)
    assert query.shape == (50, 1, 16)
    asked = matching("ov", dim=16).problem
    for rows, about, answer in zip(documents, query, answers, strict=True):
        assert bool(asked.answer(asked.instance(rows, about))) == bool(answer)
        assert len(np.unique(rows, axis=0)) == n
        assert (rows.sum(axis=1) == 8).all()


def test_answers_are_balanced_and_every_document_is_drawn() -> None:
    documents, _, answers = SCRIPT.draws(np.random.default_rng(0), 64, 4000)
    assert abs(answers.mean() - 0.5) < 0.03
    assert len(np.unique(np.packbits(documents.reshape(-1, 16), axis=1), axis=0)) == len(SCRIPT.MIDDLE) == 12870


def test_the_compiled_model_is_right() -> None:
    model = SCRIPT.compiled(SCRIPT.Spec(SCRIPT.hard_question("ov", SCRIPT.DIM), 9))
    assert SCRIPT.right_of_compiled(model, SCRIPT.draws(np.random.default_rng(1), 8, 50)) == 50


@MIXERS
def test_what_follows_changes_nothing_before(mixer: type[torch.nn.Module]) -> None:
    torch.manual_seed(0)
    reader = SCRIPT.Reader(mixer)
    (documents, query, _), (_, other, _) = (SCRIPT.draws(np.random.default_rng(s), 8, 20) for s in (0, 1))
    documents, query, other = map(torch.from_numpy, (documents, query, other))
    held, again = reader.tokens(documents, query), reader.tokens(documents, other)
    assert torch.equal(held[:, :-1], again[:, :-1])
    assert not torch.allclose(held[:, -1], again[:, -1])
    for t in range(1, 8):
        changed = documents.clone()
        changed[:, t:] = 1 - changed[:, t:]
        again = reader.tokens(changed, query)
        assert torch.allclose(held[:, :t], again[:, :t], atol=1e-5)
        assert (held[:, t:] - again[:, t:]).abs().amax(-1).min() > 1e-4


def _softmax(layer: torch.nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, int]:
    q, k, v = layer.qkv(x).chunk(3, dim=-1)
    weights = torch.softmax(k @ q[:, -1, :, None] / 8, dim=1)
    return layer.out((weights * v).sum(1)), (k[0, :-1].numel() + v[0, :-1].numel())


def _linear(layer: torch.nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, int]:
    q, k, v = layer.qkv(x).chunk(3, dim=-1)
    q, k = torch.nn.functional.elu(q) + 1, torch.nn.functional.elu(k) + 1
    sums, norm = k[:, :-1].transpose(1, 2) @ v[:, :-1], k[:, :-1].sum(1)
    numbers = sums[0].numel() + norm[0].numel()
    sums, norm = sums + k[:, -1, :, None] * v[:, -1:], norm + k[:, -1]
    read = (q[:, -1:] @ sums)[:, 0] / (q[:, -1] * norm).sum(-1, keepdim=True)
    return layer.out(read), numbers


def _mamba(layer: torch.nn.Module, x: torch.Tensor) -> tuple[torch.Tensor, int]:
    silu, inner = torch.nn.functional.silu, 2 * SCRIPT.WIDTH
    window, state = torch.zeros(3, inner, SCRIPT.KERNEL - 1), torch.zeros(3, inner, SCRIPT.STATE)
    numbers = window[0].numel() + state[0].numel()
    for token in x.unbind(1):
        fed, gate = layer.into(token).chunk(2, dim=-1)
        window = torch.cat((window, fed[..., None]), dim=-1)
        fed, window = silu((window * layer.conv.weight[:, 0]).sum(-1) + layer.conv.bias), window[..., 1:]
        low, write, read = layer.select(fed).split([layer.step.in_features, SCRIPT.STATE, SCRIPT.STATE], dim=-1)
        step = torch.nn.functional.softplus(layer.step(low))[..., None]
        state = torch.exp(-step * layer.log_rates.exp()) * state + step * fed[..., None] * write[:, None]
        told = layer.out(((state * read[:, None]).sum(-1) + layer.skip * fed) * silu(gate))
    return told, numbers


REPLAYED = {"Softmax": _softmax, "Linear": _linear, "Mamba": _mamba}


@MIXERS
def test_a_state_of_that_size_is_all_that_the_query_sees(mixer: type[torch.nn.Module]) -> None:
    """One document at a time: a layer's output is a function of the state and of the token."""
    torch.manual_seed(1)
    layer, x = mixer(), torch.randn(3, 9, SCRIPT.WIDTH)
    told, numbers = REPLAYED[type(layer).__name__](layer, x)
    assert torch.allclose(told, layer(x)[:, -1], atol=1e-5)
    assert numbers == layer.state(8)


@MIXERS
def test_training_goes_by_its_seed(mixer: type[torch.nn.Module]) -> None:
    drawn = SCRIPT.draws(np.random.default_rng(2), 8, 600)
    first, again, other = (SCRIPT.said(SCRIPT.trained(mixer, 1e-3, seed, 3, 8), drawn) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_what_was_measured_is_kept_and_not_measured_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCRIPT.keep.__globals__, "RESULTS", tmp_path)
    small = {"STEPS": 2, "BATCH": 4, "TESTS": 50, "SIZES": (2, 4), "SEEDS": (1, 2), "RATES": (1e-3, 1e-2)}
    for name, value in small.items():
        monkeypatch.setattr(SCRIPT, name, value)
    SCRIPT.main()
    found = json.loads(text := (tmp_path / "trained.json").read_text())
    assert all(len(told["sweep"]) == len(told["seeds"]) == 2 for told in found["models"].values())
    assert {len(by_seed) for told in found["models"].values() for by_seed in told["seeds"].values()} == {2}
    del found["models"]["Mamba"]["seeds"]["0.01"]["2"]
    SCRIPT.keep("trained", found)
    asked: list[int] = []
    train = SCRIPT.trained
    monkeypatch.setattr(SCRIPT, "trained", lambda *words: asked.append(words[2]) or train(*words))
    SCRIPT.main()
    assert asked == [2]
    again = (tmp_path / "trained.json").read_text()
    assert json.loads(again)["models"]["Mamba"]["seeds"] == json.loads(text)["models"]["Mamba"]["seeds"]


def test_all_models_were_given_the_same_and_the_compiled_one_was_never_wrong() -> None:
    assert FOUND["settings"] == SCRIPT.SETTINGS
    assert list(FOUND["models"]) == list(SCRIPT.MIXERS)
    assert all(by_n == {str(n): SCRIPT.TESTS for n in SCRIPT.SIZES} for by_n in FOUND["compiled"].values())
    for told in FOUND["models"].values():
        assert told["longer"].keys() == {str(n) for n in SCRIPT.SIZES}
        assert list(told["sweep"]) == [str(rate) for rate in SCRIPT.RATES]
        assert list(told["seeds"]) == SCRIPT.best(told["sweep"])
        for by_seed in told["seeds"].values():
            assert list(by_seed) == list(FOUND["compiled"]) == [str(seed) for seed in SCRIPT.SEEDS]
