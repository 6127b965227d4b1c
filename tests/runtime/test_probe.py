"""Kernels that break an assumption, as real ones do: named by the probe, and refused by the model that meets them."""

from typing import Any

import numpy as np
import pytest
import torch
from tests.scripts import load_script

import proofformer as pf
from proofformer.errors import InputError, ProofError
from proofformer.explain.attention import head_views
from proofformer.planner.bounds import ASSUMPTIONS
from proofformer.runtime import Model, probe
from proofformer.runtime import model as of_models
from proofformer.runtime.attention import Attention, sdpa
from proofformer.runtime.tokens import tokens_of
from proofformer.verify.instances.draws import sample

KERNELS = load_script("bench/kernels.py")
CPU = torch.device("cpu")
EACH = [
    pytest.param(broken, dtype, id=f"{broken.name}, {dtype}") for broken in KERNELS.KERNELS for dtype in broken.dtypes
]


@pytest.mark.parametrize(("broken", "dtype"), EACH)
def test_what_is_seen_first_is_what_is_broken(broken: Any, dtype: str) -> None:
    unseen = broken.name in KERNELS.UNSEEN or not broken.breaks
    assert KERNELS.seen(broken.kernel, dtype)[:1] == ([] if unseen else [broken.breaks])
    assert not broken.breaks or broken.breaks in {a.name for a in ASSUMPTIONS}


@pytest.mark.parametrize("width", [1, 2, 3, 5, 64])
@pytest.mark.parametrize("dtype", KERNELS.ALL)
def test_the_default_kernel_passes_at_all_widths(dtype: str, width: int) -> None:
    assert not probe.findings(sdpa, CPU, dtype, width=width, residual=width, many=True)


@pytest.mark.parametrize("dtype", KERNELS.LOW)
def test_a_kernel_may_truncate_what_it_stores(dtype: str) -> None:
    """The plan knows for how many documents that will do."""
    low = getattr(torch, dtype)

    def cut(x: torch.Tensor) -> torch.Tensor:
        kept = x.to(low)
        return torch.where(kept.abs() > x.abs(), kept.nextafter(torch.zeros_like(kept)), kept).to(x.dtype)

    assert not probe.findings(KERNELS.step(weights=cut, result=cut), CPU, dtype, width=8, residual=8, many=True)


@pytest.mark.parametrize("residual", [600, 1600, 5000])
@pytest.mark.parametrize("dtype", KERNELS.ALL)
def test_layers_of_many_numbers_pass(dtype: str, residual: int) -> None:
    """Of which sums may be larger than what the type stores exactly."""
    assert not probe.findings(sdpa, CPU, dtype, width=8, residual=residual)


def split_pair() -> tuple[Model, Any, Any]:
    """The pair is (0, 127), and beside a score of this size the logarithm of how many there are is lost."""
    model = pf.compile("closest-pair", dim=1, max_n=16384, metric="sqeuclidean", levels=128, bichromatic=True)
    others = np.zeros((256, 1), dtype=np.uint8)
    others[127:] = 127
    return model, [[128]], others


def test_a_split_that_is_merged_by_logarithms() -> None:
    model, *sets = split_pair()
    assert model.solve(*sets).pair == (0, 127)  # type: ignore[union-attr]
    model.attention = KERNELS.split_kept
    assert model.solve(*sets).pair == (0, 127)  # type: ignore[union-attr]
    model.attention = KERNELS.split_logs
    with pytest.raises(ProofError, match=r"split_logs on cpu in float32 breaks the assumption 'rescaling'"):
        model.solve(*sets)
    model.probed = False
    assert model.solve(*sets).pair == (0, 128)  # type: ignore[union-attr]  # wrong, and no guard at O(l) can tell


@pytest.mark.parametrize("tile", [16, 32, 64, 128])
def test_a_key_that_is_lost_where_it_is_alone_in_its_tile(tile: int) -> None:
    def one_fewer(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, scale: float, causal: bool) -> torch.Tensor:
        keys = k.shape[2] - (not causal and k.shape[2] % tile == 1)
        return sdpa(q, k[:, :, :keys], v[:, :, :keys], scale=scale, causal=causal)

    for dtype in KERNELS.ALL:
        assert KERNELS.seen(one_fewer, dtype, many=False) == ["mean"]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("closest-pair", {"dim": 16}),
        ("farthest-pair", {"dim": 1, "metric": "cityblock", "levels": 255}),
        ("msd", {"dim": 8, "dtype": "float64"}),
        ("ov", {"dim": 8, "bichromatic": True}),
        ("max-ip", {"dim": 8, "threshold": 3}),
    ],
)
def test_queries_are_exact_in_bfloat16_so_that_a_kernel_may_round_them(name: str, asked: dict[str, Any]) -> None:
    model = pf.compile(name, max_n=16, **asked)
    for view in head_views(model, tokens_of(model, sample(model.problem, np.random.default_rng(0), 16))):
        assert torch.equal(view.queries.bfloat16().double(), view.queries.double())


def test_numbers_that_differ_are_told_in_digits_that_do() -> None:
    def nearly(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, scale: float, causal: bool) -> torch.Tensor:
        return sdpa(q, k, v, scale=scale, causal=causal) * (1 - 1e-6)

    found = probe.findings(nearly, CPU, "float32", width=8, residual=8)
    assert any(breach.seen == "a mean over 1 key was 0.999999, outside 0.9999998 to 1" for breach in found), found


def test_a_model_refuses_by_either_way_in_and_answers_again_with_another_kernel() -> None:
    model = pf.compile("closest-pair", dim=4, max_n=8, dtype="bfloat16")
    rows = [[0, 0, 1, 1], [1, 1, 1, 0], [0, 1, 1, 1]]
    model.attention = KERNELS.eager
    for ask in (lambda: model.solve(rows), lambda: model(torch.tensor(rows)[None])):
        with pytest.raises(ProofError, match="eager on cpu in bfloat16 breaks the assumption 'scores' "):
            ask()
    model.attention = sdpa
    assert model.solve(rows).pair == (0, 2)  # type: ignore[union-attr]


def refused(attention: Attention) -> str:
    model = pf.compile("closest-pair", dim=4, max_n=8)
    model.attention = attention
    with pytest.raises(InputError) as caught:
        model.solve(np.eye(4))
    return str(caught.value)


def raising(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, scale: float, causal: bool) -> torch.Tensor:
    raise KeyError("tile")


def test_kernels_that_keep_no_contract() -> None:
    assert "raises KeyError ('tile'), asked with q, k, v of shapes" in refused(raising)
    there = refused(lambda q, k, v, *, scale, causal: q.to("meta"))
    assert "on meta for torch.float32 (2, 3, 1, 8) on cpu" in there
    assert "returns torch.float32 (2, 1, 1, " in refused(lambda q, k, v, *, scale, causal: q[:, :1])
    assert "returns a NoneType, asked with" in refused(lambda q, k, v, *, scale, causal: None)  # type: ignore[arg-type, return-value]


def one_for_all(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, scale: float, causal: bool) -> torch.Tensor:
    return sdpa(q, k[:1].expand_as(k), v, scale=scale, causal=causal)


def test_a_kernel_that_takes_one_instance_of_a_batch_for_all() -> None:
    model = pf.compile("closest-pair", dim=4, max_n=8)
    model.attention = one_for_all
    with pytest.raises(ProofError, match="one_for_all on cpu in float32 breaks the assumption"):
        model.solve(np.eye(4))


def test_a_kernel_that_fails_later() -> None:
    def late(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, scale: float, causal: bool) -> Any:
        return sdpa(q, k, v, scale=scale, causal=causal) if k.shape[2] != 7 else None

    model = pf.compile("closest-pair", dim=4, max_n=8)
    model.attention = late
    assert model.solve(np.eye(4)).pair == (0, 1)  # type: ignore[union-attr]
    with pytest.raises(InputError, match="the attention backend returns a NoneType, asked with"):
        model.solve(np.ones((6, 4)))


def test_a_kernel_after_which_there_is_no_pair() -> None:
    def forgetful(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, scale: float, causal: bool) -> torch.Tensor:
        return sdpa(q, k, v, scale=scale, causal=causal) * (k.shape[2] != 7)

    model = pf.compile("closest-pair", dim=4, max_n=8)
    model.attention = forgetful
    with pytest.raises(ProofError, match="the answer names no pair, and some pair is the best"):
        model.solve(np.ones((6, 4)))


def test_one_look_for_each_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    real = probe.findings_of_kernel
    monkeypatch.setattr(of_models, "findings_of_kernel", lambda *a, **k: looks.append(a) or real(*a, **k))
    model = pf.compile("closest-pair", dim=7, max_n=19, dtype="float64")

    def mine(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, scale: float, causal: bool) -> torch.Tensor:
        return sdpa(q, k, v, scale=scale, causal=causal)

    model.attention = mine
    for _ in range(3):
        model.solve(np.eye(7))
    count = len(looks)
    assert count
    with torch.nn.attention.sdpa_kernel([torch.nn.attention.SDPBackend.MATH]):
        model.solve(np.eye(7))
    assert len(looks) == 2 * count


def test_where_sums_are_truncated_a_plan_has_room_for_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    """In float32 for 838,858 documents; here a plan is told that it has room for 5."""
    model = pf.compile("closest-pair", dim=4, max_n=8, dtype="bfloat16")
    model.plan.__dict__["max_n_truncating"] = 5
    rows = np.eye(8, 4, dtype=np.uint8)
    expected = model.solve(rows)
    model.attention = KERNELS.step(mean=KERNELS.truncated)
    assert model.solve(rows[:5]) == model.problem.answer(rows[:5])
    with pytest.raises(ProofError, match="room up to 5 documents, not 8"):
        model.solve(rows)
    model.attention = sdpa
    assert model.solve(rows) == expected


@pytest.mark.parametrize(
    ("dtype", "max_n", "room"),
    [
        ("float32", 1_200_000, 838_858),
        ("bfloat16", 1_100_000, 786_225),
        ("float16", 900_000, 692_961),
        ("float32", 99, 99),
    ],
)
def test_the_most_documents_where_sums_are_truncated(dtype: str, max_n: int, room: int) -> None:
    model = pf.compile("closest-pair", dim=2, max_n=max_n, dtype=dtype, threshold=0)
    assert model.plan.max_n_truncating == room
