"""Float16: what the proof assumes of this machine, numbers up to 65,504, and answers at sizes that need the shifts."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.cases import CLOSEST, FEW, OV, Case, Rows
from torch.nn.functional import linear, scaled_dot_product_attention

from proofformer.errors import ProofError
from proofformer.planner import dtype_named
from proofformer.runtime import Model, compile_model, model_of
from proofformer.runtime.attention import Attention, sdpa
from proofformer.runtime.transformer import SelfAttention

HALF = torch.float16
LARGE = 4000
"""At this max_n numbers of queries would be above 65,504 if no power of two moved."""


@pytest.mark.parametrize("rows", [1, 2, 33])
@pytest.mark.parametrize("width", [16, 130, 600])
@pytest.mark.parametrize("outputs", [1, 9, 64])
def test_linear_layers_add_in_float32(rows: int, width: int, outputs: int) -> None:
    """Products cancel, after partial sums far above 2^11 and above 65,504; the exact result is a float16 number."""
    rng = np.random.default_rng(rows * width)
    half = width // 2
    x = torch.tensor(rng.integers(-2047, 2048, (2, rows, width))).double()
    w = torch.tensor(rng.integers(-15, 16, (outputs, width))).double()
    x[..., half : 2 * half], w[:, half : 2 * half] = x[..., :half], -w[:, :half]
    bias = torch.tensor(rng.integers(-2047, 2048, outputs)).double()
    order = torch.tensor(rng.permutation(width))
    exact = x @ w.T + bias
    assert exact.abs().max() <= 2048
    assert (x[..., :half].abs() @ w[:, :half].abs().T).max() > 65_504
    for asked, expected in ((x, exact), (x[:, -1:], exact[:, -1:]), (x[0, -1], exact[0, -1])):
        got = linear(asked[..., order].to(HALF), w[:, order].to(HALF), bias.to(HALF))
        assert torch.equal(got.double(), expected)


@pytest.mark.parametrize("queries", [1, 5])
@pytest.mark.parametrize("keys", [3, 40, 700])
def test_scores_are_added_in_float32(keys: int, queries: int) -> None:
    """Scores of about six million, one apart, through partial sums that cancel: one best key, 4 above the next."""
    q, k, v = (torch.zeros(1, 1, rows, 8) for rows in (queries, keys, keys))
    q[..., :4] = torch.tensor([32_768.0, 32_768.0, 30_000.0, 4.0])
    k[..., :3] = torch.tensor([1000.0, -1000.0, 200.0])
    k[0, 0, :, 3] = -torch.arange(keys) % keys
    v[0, 0, 1, 0] = 1
    below = 4 * torch.arange(keys, dtype=torch.float64)
    best = 1 / torch.exp(-below).sum()
    got = scaled_dot_product_attention(*(x.to(HALF) for x in (q, k, v)), scale=1.0)[0, 0, :, 0]
    assert torch.all((got.double() - best).abs() < 1e-3)


@pytest.mark.parametrize("keys", [2, 34, 101])
@pytest.mark.parametrize("distance", [1, 2, 4, 8])
def test_exp_is_within_its_assumption(distance: int, keys: int) -> None:
    """The sum of the weights, to 20 bits: from where the rounding of value/sum falls for 1,024 different values."""
    h = float(dtype_named("float16").exp_error)
    values = torch.arange(1024, 2048, dtype=torch.float64).reshape(16, 1, 64)
    q, k, v = (torch.zeros(16, 1, rows, 64, dtype=HALF) for rows in (1, keys, keys))
    q[..., 0], k[:, :, 1:, 0], v[:, :, 0] = 1, -distance, values.to(HALF)
    got = scaled_dot_product_attention(q, k, v, scale=1.0)[:, :, 0]
    ends = [torch.nextafter(got, torch.full_like(got, end)).double() for end in (-torch.inf, torch.inf)]
    low, high = (((got.double() + end) / 2 / values) for end in ends)
    assert low.max() < high.min() * (1 + 1e-6)
    # The best weight itself meets the values as exactly 1: what it is off by is less than half a float16 step.
    total = 1 + (keys - 1) * float(np.exp(-distance))
    assert 1 / float(high.min()) <= total * (1 + h)
    assert 1 / float(low.max()) >= total * (1 - h)


def all_kinds_of_places(model: Model, n: int, seed: int) -> torch.Tensor:
    """Tokens of n random documents, at random indices below 2^bits and the largest one: (1, n + 2, inputs)."""
    rng = np.random.default_rng(seed)
    dim = model.problem.dim
    tokens = model.tokens(torch.tensor(rng.integers(0, 2, (1, n, dim))))
    width = model.plan.circuit.signals["place"].width
    places = torch.tensor(rng.integers(0, 2, (n, width)))
    places[0] = 1
    tokens[0, 1:-1, -width:] = places.to(tokens.dtype)
    return tokens


@pytest.mark.parametrize("max_n", [LARGE, 65_536, 800_000])
@pytest.mark.parametrize("case", [CLOSEST, OV], ids=str)
def test_every_query_and_key_is_finite_and_exact(case: Case, max_n: int) -> None:
    model = model_of(case.problem(5), case.plan(5, max_n, "float16"))
    largest = 0.0

    def watch(layer: torch.nn.Linear, inputs: tuple[torch.Tensor], got: torch.Tensor) -> None:
        nonlocal largest
        exact = inputs[0].double() @ layer.weight.double().T
        assert torch.equal(got.double(), exact)
        largest = max(largest, float(exact.abs().max()))

    for module in model.transformer.modules():
        if isinstance(module, SelfAttention):
            module.query.register_forward_hook(watch)
            module.key.register_forward_hook(watch)
    with torch.inference_mode():
        model.transformer(all_kinds_of_places(model, 12, max_n))
    assert 0 < largest <= max(h.largest for h in model.plan.heads) <= 65_504
    assert case is OV or largest >= 32_752, "the numbers that had to be made smaller are as large as can be"


def test_without_the_shifts_there_is_no_model() -> None:
    plan = CLOSEST.plan(5, LARGE, "float16")
    still = tuple(replace(h, shifts=(0,) * len(h.shifts)) for h in plan.heads)
    with pytest.raises(ProofError, match=r"query\.weight has an entry that float16 cannot store"):
        model_of(CLOSEST.problem(5), replace(plan, heads=still))


def in_float64(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, scale: float, causal: bool) -> torch.Tensor:
    """Another backend within the assumptions, one that rounds once at the end."""
    return sdpa(q.double(), k.double(), v.double(), scale=scale, causal=causal).to(q.dtype)


@pytest.mark.parametrize("attention", [sdpa, in_float64], ids=["sdpa", "float64"])
@pytest.mark.parametrize("case", FEW, ids=str)
def test_answers_where_numbers_had_to_move(case: Case, attention: Attention) -> None:
    """Small instances, in a model whose weights are those of a large one."""
    model = model_of(case.problem(5), case.plan(5, LARGE, "float16"))
    model.attention = attention
    for name, sets in case.instances(5, 9).items():
        assert model.solve(*sets) == case.brute(sets), name


def far_apart(n: int, dim: int, pairs: dict[tuple[int, int], int], seed: int) -> Rows:
    """Random rows (about dim/2 apart), where these pairs are at these distances."""
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 2, (n, dim))
    for (i, j), distance in pairs.items():
        rows[j] = rows[i]
        rows[j, rng.permutation(dim)[:distance]] ^= 1
    made: Rows = rows.tolist()
    return made


@pytest.mark.parametrize(
    ("pairs", "first"),
    [
        ({(998, 999): 0}, (998, 999)),
        ({(0, 999): 1, (511, 512): 1, (1, 998): 2}, (0, 999)),
        ({(255, 767): 3, (256, 768): 3, (254, 999): 4}, (255, 767)),
    ],
)
def test_a_thousand_documents(pairs: dict[tuple[int, int], int], first: tuple[int, int]) -> None:
    """The largest indices, ties between them, and a runner-up one step behind; also where all rows are alike."""
    model = compile_model(CLOSEST.problem(64), max_n=1000, dtype="float16")
    rows = far_apart(1000, 64, pairs, seed=first[0])
    answer = model.problem.answer(rows)
    assert answer.pair == first
    assert model.solve(rows) == answer


def test_a_thousand_documents_that_are_alike() -> None:
    """Every weight of a row is at its best in `hit`; each index but one loses by the last bit in `partner`."""
    rows = [[1] * 4 for _ in range(999)]
    for last in ([1] * 4, [0] * 4):
        for case in (CLOSEST, OV):
            model = compile_model(case.problem(4), max_n=1000, dtype="float16")
            assert model.solve([*rows, last]) == model.problem.answer([*rows, last])
