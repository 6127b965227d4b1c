"""The weights drawn are those the model attends with, and the tokens are called by their names."""

import numpy as np
import pytest
import torch

from proofformer.explain.attention import head_views
from proofformer.explain.drawing import story_of
from proofformer.problems import Decision
from proofformer.runtime.attention import reference
from proofformer.runtime.tokens import labels, tokens_of

from .conftest import DTYPES, MODELS


class Recorder:
    """The reference backend, which keeps what it was given and what it returned."""

    def __init__(self):
        self.calls = []

    def __call__(self, q, k, v, *, scale, causal):
        out = reference(q, k, v, scale=scale, causal=causal)
        self.calls.append((v, out))
        return out


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*MODELS, "rounds"])
def test_the_weights_are_those_of_the_reference_backend(models, instance, monkeypatch, name, dtype):
    """Weights times values is what the head returned, at every token that asks."""
    model = models("search" if name == "rounds" and dtype == "float16" else name, dtype)
    recorder = Recorder()
    monkeypatch.setattr(model, "attention", recorder)
    tokens = tokens_of(model, instance(model.problem).sets)
    views = iter(head_views(model, tokens))
    last = tokens.shape[1] - 1
    heads = 0
    for values, out in recorder.calls:
        for h in range(values.shape[1]):
            view = next(views)
            for at in [last] if view.read else range(1, last + 1):
                weights = view.weights(at)
                assert weights.shape == (at,)
                assert weights.min() >= 0
                assert weights.sum() == pytest.approx(1, abs=1e-12)
                mixed = torch.from_numpy(weights) @ values[0, h, :at].double()
                returned = out[0, h, 0 if view.read else at - 1]
                assert torch.equal(mixed.to(returned.dtype), returned) or torch.allclose(
                    mixed, returned.double(), rtol=torch.finfo(returned.dtype).eps, atol=1e-12
                )
            heads += 1
    assert next(views, None) is None
    assert heads == len(model.plan.heads)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", MODELS)
def test_the_weight_outside_the_best_keys_is_within_the_bound(models, instance, name, dtype):
    model = models(name, dtype)
    tokens = tokens_of(model, instance(model.problem, n=40).sets)
    for view in head_views(model, tokens):
        for at in [41] if view.read else range(1, 41):
            best, weights = view.best(at), view.weights(at)
            assert np.delete(weights, best).sum() <= view.leak
            assert np.ptp(weights[best]) <= 1e-12


def test_tokens_are_named_by_their_flags(models, instance):
    model = models("search")
    rows = instance(model.problem, n=4)
    tokens = tokens_of(model, rows.sets)[0]
    assert labels(tokens, model) == ["START", "3", "2", "1", "0", "READ"]
    padded = model.tokens(torch.tensor(rows.rows)[None], lengths=torch.tensor([3]))[0]
    assert labels(padded, model) == ["START", "PAD", "2", "1", "0", "READ"]
    model = models("two sets", "bfloat16")
    tokens = tokens_of(model, instance(model.problem, n=6).sets)[0]
    assert labels(tokens, model) == ["START", "B3", "B2", "B1", "B0", "A1", "A0", "READ"]


@pytest.mark.parametrize("name", ["search", "two sets", "rounds"])
@pytest.mark.parametrize("seed", range(5))
def test_of_a_search_the_documents_of_the_answer_are_marked(models, instance, name, seed):
    model = models(name)
    asked = instance(model.problem, seed=seed)
    tokens, answer = tokens_of(model, asked.sets), model.problem.answer(asked)
    views = head_views(model, tokens)
    story = story_of(views, labels(tokens[0], model), [*map(len, asked.sets)], answer)
    i, j = answer.pair
    one, other = ("A", "B") if model.problem.bichromatic else ("", "")
    assert (story.names[story.first], story.names[story.second]) == (f"{one}{i}", f"{other}{j}")
    named = {view.head.name: view for view in views}
    assert named["partner"].best(story.first) == [story.second]
    assert named["best"].best(len(story.names) - 1) == [story.first]


@pytest.mark.parametrize("name", ["decision", "two sets, decision"])
def test_of_a_decision_a_document_with_a_hit_is_marked(models, instance, name):
    model = models(name)
    seen = set()
    for seed in range(30):
        asked = instance(model.problem, n=4, seed=seed, density=(0.2, 0.5, 0.85)[seed % 3])
        answer = model.problem.answer(asked)
        tokens = tokens_of(model, asked.sets)
        story = story_of(head_views(model, tokens), labels(tokens[0], model), [*map(len, asked.sets)], answer)
        first = story.names[story.first]
        rows, i = asked.rows, int(first.lstrip("A"))
        others = asked.rows[i + 1 :] if asked.others is None else asked.others
        good = [decided(model.problem, rows[i], other) for other in others]
        if answer == Decision(True):
            assert "has a hit" in story.why
            j = int(story.names[story.second].lstrip("B")) - (i + 1 if asked.others is None else 0)
            assert good[j]
        else:
            assert first in ("0", "A0")
            assert story.why.startswith(f"no document has a hit, so document {first} is shown")
            assert story.second is None
            assert story.why.endswith("key is START")
            assert not any(good)
        seen.add(answer.decision)
    assert seen == {True, False}


def decided(problem, a, b):
    value = int((a & b).sum()) if problem.kind.measure == "inner" else int((a ^ b).sum())
    return value >= problem.cut if problem.kind.largest else value <= problem.cut


def test_where_there_is_no_pair_document_0_asks(models):
    model = models("maybe")
    asked = model.problem.instance([[1, 1, 0, 0, 0, 0], [1, 0, 1, 0, 0, 0], [1, 0, 0, 1, 0, 0]])
    tokens = tokens_of(model, asked.sets)
    story = story_of(head_views(model, tokens), labels(tokens[0], model), [*map(len, asked.sets)], model.solve(asked))
    assert (story.names[story.first], story.names[story.second]) == ("0", "1")
    assert story.why == "there is no pair, so document 0 is shown asking; its best key is 1"
