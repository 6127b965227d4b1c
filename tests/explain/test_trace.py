"""A trace tells what a model did: its scores decide what its attention is, and its signals are the interpreter's."""

from copy import copy

import numpy as np
import pytest
import torch

import proofformer as pf
from proofformer.circuit import interpret, sequence
from proofformer.errors import InputError
from proofformer.runtime import Model
from proofformer.runtime.attention import sdpa

ROWS = [[0, 0, 0, 1], [1, 1, 1, 0], [0, 0, 1, 1], [1, 1, 1, 0]]
MODELS = {
    "search": pf.compile("closest-pair", dim=4, max_n=8, dtype="bfloat16"),
    "inclusive": pf.compile("closest-pair", dim=4, max_n=8, mask="inclusive"),
    "decide": pf.compile("max-ip", dim=4, max_n=8, threshold=2),
    "similar": pf.compile("msd", dim=4, max_n=8, dtype="float64"),
    "two sets": pf.compile("ov", dim=4, max_n=8, bichromatic=True),
}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_scores_decide_attention_and_attention_what_is_fetched(model: Model) -> None:
    sets = (ROWS[:2], ROWS[2:]) if model.problem.bichromatic else (ROWS,)
    trace = model.trace(*sets)
    assert len(trace.tokens) == 6
    assert [*trace.heads] == [head.name for head in model.plan.heads]
    for head in trace.heads.values():
        for row, weights in enumerate(head.attention):
            seen = ~np.isnan(weights)
            if not seen.any():
                continue
            assert weights[seen].sum() == pytest.approx(1)
            scores = list(zip(*(of[row][seen] for of in head.scores.values()), strict=True))
            best = [score == max(scores) for score in scores]
            assert ((weights[seen] > 0.5 / sum(best)) == best).all()
    for name, column in interpret(model.plan.circuit, *sequence(sets, model.plan.circuit.inputs)).items():
        values = [value for value in column if value is not None]
        assert np.abs(trace.signals[name] - np.array(values, dtype=float)).max() < 0.02


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_the_attention_of_a_kernel_of_ones_own_is_what_it_did(model: Model) -> None:
    """One that scores as it should, and one to which all keys are alike."""
    sets = (ROWS[:2], ROWS[2:]) if model.problem.bichromatic else (ROWS,)
    exact, asking = model.trace(*sets), copy(model)
    seen = {name: ~np.isnan(head.attention) for name, head in exact.heads.items()}
    alike = {name: np.where(of, 1 / np.maximum(of.sum(1, keepdims=True), 1), np.nan) for name, of in seen.items()}
    for factor, wanted in (1, {name: head.attention for name, head in exact.heads.items()}), (0, alike):
        asking.attention = lambda q, k, v, *, f=factor, **how: sdpa(f * q, k, v, **how)
        for name, head in asking.trace(*sets).heads.items():
            assert head.attention == pytest.approx(wanted[name], abs=0.01, nan_ok=True)


def test_names() -> None:
    trace = MODELS["two sets"].trace(ROWS[:2], ROWS[2:])
    assert trace.tokens == ["START", "B1", "B0", "A1", "A0", "READ"]
    assert "partner" in repr(trace)
    assert repr(trace["partner"]).startswith("HeadTrace(partner: attention (6, 6); scores is_second > start > rest, ")
    assert trace["partner"].restored.keys() >= {"partner.found"}
    assert trace.signal("doc").width == 4
    with pytest.raises(InputError, match="nothing is called 'nobody': there are partner, best, one, is_start, "):
        trace["nobody"]


def test_instances_that_are_refused() -> None:
    with pytest.raises(InputError, match=r"n = 9 documents.*compile with max_n=9"):
        MODELS["search"].trace([*ROWS, *ROWS, ROWS[0]])


def test_models_that_are_refused() -> None:
    model = pf.compile("closest-pair", dim=3, max_n=8)
    model.attention = lambda *qkv, scale, causal: None  # type: ignore[assignment,return-value]
    with pytest.raises(InputError, match="the attention backend returns a NoneType"):
        model.trace(np.eye(3))
    model.attention = sdpa
    model.transformer.blocks[2].mlp.hidden.weight[0] = torch.nan
    with pytest.raises(InputError, match=r"^weight 'blocks\.2\.mlp\.hidden\.weight' was changed"):
        model.trace(np.eye(3))
    report = pf.verify(model, random=2)
    assert (report.total.wrong, report.misread) == (2, None)
