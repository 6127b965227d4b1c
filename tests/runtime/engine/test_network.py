"""The engine beside dense attention: the same bits for every question, dtype and mask, and right answers."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import torch
from tests.cases import CASES, FEW, Case
from tests.runtime.batches import padded

import proofformer as pf
from proofformer.compiler import INCLUSIVE, STRICT, Spec, plan_of
from proofformer.errors import ProofError
from proofformer.runtime import Model
from proofformer.runtime.attention import fast, sdpa
from proofformer.runtime.engine import Engine, network
from proofformer.runtime.model import filled
from proofformer.runtime.transformer import SelfAttention
from proofformer.verify.instances.draws import sample

DTYPES = ("float32", "bfloat16", "float16", "float64")


def model_for(case: Case, dtype: str, mask: str, dim: int = 6, max_n: int = 80) -> Model | None:
    spec = Spec(case.problem(dim), max_n, dtype, mask)
    try:
        return filled(spec, plan_of(spec))
    except ProofError:
        return None


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_same_bits_in_a_padded_batch(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """In all dtypes with both masks for a few and for similarities, of which some have no plan; for others in turn."""
    monkeypatch.setattr(network, "Dense", None)  # none of these needs it
    number, forms, served = CASES.index(case), [*product(DTYPES, (STRICT, INCLUSIVE))], 0
    rng = np.random.default_rng(number)
    for dtype, mask in forms if case in FEW or case.is_similarity else forms[number % 3 :: 3]:
        model = model_for(case, dtype, mask)
        if model is None:
            continue
        asked = model.problem
        batch = [sample(asked, rng, n) for n in (2, 3, 20, 37)]
        rows, lengths = padded([tuple(x.tolist() for x in sets) for sets in batch], fill=0)
        tokens = model.tokens(*rows, lengths=lengths)
        bits = Engine(model.transformer)(tokens)
        assert torch.equal(bits, model.transformer(tokens))
        for sets, answer in zip(batch, model.answers(model.named(bits), [(*map(len, s),) for s in batch]), strict=True):
            assert asked.accepts(asked.instance(*sets), answer), (dtype, sets)
        served += 1
    assert served


LARGE = (
    {"name": "closest-pair"},
    {"name": "farthest-pair", "bichromatic": True},
    {"name": "max-ip", "dtype": "bfloat16"},
    {"name": "ov", "question": "decide", "dtype": "float16"},
    {"name": "closest-pair", "metric": "cityblock", "levels": 3},
    {"name": "msd", "dtype": "float64"},
    {"name": "msd", "dtype": "float64", "question": "decide", "threshold": "2/3"},
)


def rows_like(kind: str, rng: np.random.Generator, n: int, dim: int, levels: int) -> np.ndarray:
    rows = rng.integers(0, levels + 1, (n, dim))
    match kind:
        case "equal":
            rows[:] = rows[0]
        case "zeros and ones":
            rows[:] = levels * (np.arange(n) % 2)[:, None]
        case "few":
            rows = rows[rng.integers(0, 3, n)]
        case "ends":
            rows[1:-1] = levels
            rows[0] = rows[-1]
    rows[:, 0] = np.maximum(rows[:, 0], 1)
    return rows


@pytest.mark.parametrize("kind", ["random", "equal", "zeros and ones", "few", "ends"])
@pytest.mark.parametrize("asked", LARGE, ids=lambda a: "-".join(map(str, a.values())))
def test_large_and_worst_ties(asked: dict[str, object], kind: str) -> None:
    model = pf.compile(**asked, dim=9, max_n=1600)  # type: ignore[arg-type]
    model.attention = fast
    rng = np.random.default_rng(3)
    for n in (575, 1599):
        sets = [rows_like(kind, rng, n, 9, model.problem.levels)]
        sets = np.array_split(sets[0], [n // 3]) if model.problem.bichromatic else sets
        assert model.solve(*sets) == model.problem.answer(*sets)


def test_sizes_at_which_tiles_are_just_full() -> None:
    model = pf.compile("closest-pair", dim=5, max_n=1100)
    model.attention = fast
    rng = np.random.default_rng(0)
    for full in (64, 128, 512, 1024):
        for n in range(full - 3, full + 2):
            rows = rng.integers(0, 2, (n, 5))
            rows[0], rows[-1] = 1, 0
            assert model.solve(rows) == model.problem.answer(rows)


@pytest.mark.parametrize("mask", [STRICT, INCLUSIVE])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_streams_are_near(mask: str, dtype: str) -> None:
    """Of all tokens, at the end: bits alike, and what heads fetched within the leak; READ goes on alone at last."""
    model = pf.compile("closest-pair", dim=8, max_n=300, dtype=dtype, mask=mask)
    rows = torch.tensor(np.random.default_rng(5).integers(0, 2, (1, 300, 8)))
    tokens = model.tokens(rows)
    mine = Engine(model.transformer).stream(tokens[0])[:, :302].T
    theirs = model.transformer.residuals(tokens)[-1][0].numpy()
    assert np.abs(mine - theirs).max() < 1e-5


def test_what_is_no_sum_of_planes_goes_to_dense_attention(monkeypatch: pytest.MonkeyPatch) -> None:
    for mask in (STRICT, INCLUSIVE):
        model = pf.compile("closest-pair", dim=6, max_n=200, mask=mask)
        model.attention = fast
        rows = np.random.default_rng(2).integers(0, 2, (200, 6))
        with monkeypatch.context() as m:
            m.setattr(network, "scores_of", lambda queries, keys: None)
            assert model.solve(rows) == model.problem.answer(rows)


def test_threads_share_the_queries() -> None:
    model = pf.compile("closest-pair", dim=16, max_n=3000)
    model.attention = fast
    rows = np.random.default_rng(1).integers(0, 2, (3000, 16))
    torch.set_num_threads(2)
    try:
        assert model.solve(rows) == model.problem.answer(rows)
    finally:
        torch.set_num_threads(1)


@pytest.mark.parametrize("itself", [0, 1])
def test_heads_of_any_weights(itself: int) -> None:
    """START fetches its own values where tokens see themselves, and nothing where they do not; READ, also of keys that
    weigh little."""
    rng = np.random.default_rng(itself)
    attention = SelfAttention(6, 2, 3).double()
    for layer in (attention.query, attention.key, attention.value, attention.output):
        layer.weight.data = torch.from_numpy(rng.integers(-2, 3, layer.weight.shape).astype(np.float64))
    x = torch.from_numpy(rng.integers(0, 2, (1, 50, 6)).astype(np.float64))
    x[0, 0] = 3
    mine, heads = np.ascontiguousarray(x[0].numpy().T), network.Heads(attention, np.float64)
    read = mine.copy()
    fetches, finish = network.Stage(heads, []).fetching(mine, 50, itself)
    parts = [(0, 1), (1, 20), (20, 50)]
    assert list(network.in_threads(None)(fetches, parts, finish)) == parts
    theirs = (attention.inclusive if itself else attention.strict)(x, sdpa)
    torch.testing.assert_close(torch.from_numpy(mine.T)[None], x + theirs)
    assert theirs[0, 0].abs().sum() > 0 or not itself
    heads.of_read(read, 50, itself)
    theirs = attention.over(x[:, -1:], x if itself else x[:, :-1], sdpa)
    torch.testing.assert_close(torch.from_numpy(read[:, -1]), (x[:, -1:] + theirs)[0, 0])
