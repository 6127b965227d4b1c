"""Each built-in kernel against its definition, pair by pair in plain Python, and what its state is."""

import math

import pytest
import torch
from torch import Tensor

from proofformer.challenge import kernels
from proofformer.challenge.kernels import BLOCK, BUILT_IN, KEPT, SINKS, WINDOW, as_kernel
from proofformer.challenge.opponents import opponent_of
from proofformer.challenge.verdicts import Growth
from proofformer.runtime.attention import reference

LINEAR = {
    "elu": lambda q, k: sum(
        (max(x, 0) + math.exp(min(x, 0))) * (max(y, 0) + math.exp(min(y, 0))) for x, y in zip(q, k, strict=True)
    ),
    "taylor": lambda q, k: 1 + (s := sum(x * y for x, y in zip(q, k, strict=True))) + s * s / 2,
}


def drawn(
    n: int, m: int | None = None, d: int = 6, dtype: torch.dtype = torch.float64
) -> tuple[Tensor, Tensor, Tensor]:
    rng = torch.Generator().manual_seed(n)
    return tuple(torch.randn(2, 3, rows, d, generator=rng, dtype=torch.float64).to(dtype) for rows in (m or n, n, n))


def best(scores: list[float], count: int) -> set[int]:
    return set(sorted(range(len(scores)), key=lambda k: -scores[k])[:count])


def kept(name: str, q: Tensor, keys: Tensor, at: int) -> set[int]:
    """The keys that one query at this place reads, of those it sees."""
    seen = range(len(keys))
    if name == "window":
        return {k for k in seen if k < SINKS or k > at - WINDOW}
    if name == "topk":
        return best([float(q @ k) for k in keys], KEPT)
    own = at // BLOCK
    means = [float(q @ keys[b * BLOCK : (b + 1) * BLOCK].mean(0)) for b in range(own)]
    blocks = {own, *best(means, kernels.BLOCKS - 1)}
    return {k for k in seen if k // BLOCK in blocks}


@pytest.mark.parametrize("name", ["window", "topk", "pooled"])
@pytest.mark.parametrize("causal", [True, False])
def test_selections_read_the_keys_of_their_definition(name: str, causal: bool) -> None:
    n = 100
    q, k, v = drawn(n, None if causal else 1)
    out = BUILT_IN[name](q, k, v, scale=0.5, causal=causal)
    for row in range(q.shape[2]):
        at = row if causal else n - 1
        keys = sorted(kept(name, q[1, 2, row], k[1, 2, : at + 1], at))
        weights = torch.softmax(0.5 * k[1, 2, keys] @ q[1, 2, row], 0)
        assert torch.allclose(out[1, 2, row], weights @ v[1, 2, keys])


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("causal", [True, False])
def test_linear_attention_weighs_by_its_features(name: str, causal: bool) -> None:
    n = 9
    q, k, v = drawn(n, None if causal else 1)
    out = BUILT_IN[name](q, k, v, scale=1.0, causal=causal)
    for row in range(q.shape[2]):
        seen = row + 1 if causal else n
        weights = torch.tensor([LINEAR[name](q[0, 1, row].tolist(), key.tolist()) for key in k[0, 1, :seen]])
        assert torch.allclose(out[0, 1, row], (weights / weights.sum()).double() @ v[0, 1, :seen], atol=1e-6)


def test_an_indexer_reads_few_keys_and_all_there_are() -> None:
    q, k, _ = drawn(60, d=64)
    units = torch.eye(60, 64, dtype=torch.float64).expand(2, 3, -1, -1)
    read = (BUILT_IN["indexer"](q, k, units, scale=0.1, causal=True) > 0).sum(-1)
    assert read[0, 0].tolist() == [min(row + 1, KEPT) for row in range(60)]


@pytest.mark.parametrize("name", ["softmax", "topk", "window", "pooled", "indexer"])
@pytest.mark.parametrize("causal", [True, False])
def test_of_few_keys_all_are_read(name: str, causal: bool) -> None:
    q, k, v = drawn(KEPT, None if causal else 1)
    wanted = reference(q, k, v, scale=0.3, causal=causal)
    assert torch.allclose(BUILT_IN[name](q, k, v, scale=0.3, causal=causal), wanted)


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_shapes_and_dtypes_are_kept(name: str, dtype: torch.dtype) -> None:
    q, k, v = drawn(40, dtype=dtype)
    out = BUILT_IN[name](q, k, v, scale=1.0, causal=True)
    last = BUILT_IN[name](q[:, :, -1:], k, v, scale=1.0, causal=False)
    assert (out.shape, out.dtype) == (q.shape, dtype)
    assert torch.allclose(out[:, :, -1:].double(), last.double(), atol=0.02)


@pytest.mark.parametrize("name", LINEAR)
def test_a_state_is_all_that_linear_attention_knows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tokens are in memory at once, the bits are those of one step after the other."""
    kernel, (q, k, v) = BUILT_IN[name], drawn(23)
    out = kernel(q, k, v, scale=1.0, causal=True)
    monkeypatch.setattr(kernels, "MOST_NUMBERS", 1)
    assert torch.equal(kernel(q, k, v, scale=1.0, causal=True), out)
    state = kernel.state
    assert state is not None
    after = [state(k[:, :, :n], v[:, :, :n]) for n in (1, 10, 23)]
    assert len({x.shape for x in after}) == 1


def test_a_window_keeps_as_much_however_much_was_read() -> None:
    state = BUILT_IN["window"].state
    assert state is not None
    sizes = {state(*drawn(n)[1:]).shape for n in (WINDOW, 100, 200)}
    assert len(sizes) == 1


@pytest.mark.parametrize("m", [1, 40])
def test_the_hybrid_is_softmax(m: int) -> None:
    """By full attention, and for one query by a recurrence, also where large scores come late."""
    q, k, v = drawn(40, m)
    k = k * torch.arange(40).reshape(-1, 1)
    got = BUILT_IN["hybrid"](q, k, v, scale=0.5, causal=m > 1)
    assert torch.allclose(got, reference(q, k, v, scale=0.5, causal=m > 1), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("package", "name", "seen", "near"),
    [("performer_pytorch", "performer", 100, 0.6), ("local_attention", "local", 65, 1e-5)],
)
def test_kernels_of_packages(package: str, name: str, seen: int, near: float) -> None:
    pytest.importorskip(package)
    kernel = opponent_of(f"examples/kernels.py:{name}", 4, "float32")
    assert isinstance(kernel, kernels.Kernel)
    q, k, v = drawn(100, dtype=torch.float32)
    whole = kernel(q, k, v, scale=0.5, causal=True)
    alone = kernel(q[:, :, -1:], k, v, scale=0.5, causal=False)
    assert torch.allclose(whole[:, :, -1:], alone, atol=1e-4)
    wanted = reference(q[:, :, -1:], k[:, :, -seen:], v[:, :, -seen:], scale=0.5, causal=False)
    assert torch.allclose(alone, wanted, rtol=0, atol=near)


def test_costs_are_those_of_the_methods() -> None:
    linear = {name for name, kernel in BUILT_IN.items() if kernel.cost is Growth.LINEAR}
    assert linear == {"elu", "taylor", "window"}
    assert all((kernel.state is not None) == (name in linear) for name, kernel in BUILT_IN.items())


def test_a_kernel_of_ones_own_has_the_cost_that_is_said() -> None:
    assert as_kernel(reference).cost is None
    assert as_kernel(reference, cost="quadratic").cost is Growth.QUADRATIC
    assert as_kernel(BUILT_IN["elu"]) is BUILT_IN["elu"]
