"""The bounds of `read_bounds` against softmax as it is computed, on the score vectors that leak most."""

from fractions import Fraction
from math import exp

import pytest
import torch
from tests.cases import CLOSEST, OV
from torch.nn.functional import scaled_dot_product_attention

from proofformer.planner import DTYPES, DType
from proofformer.planner.bounds import INV_E, exp_upper, leak_bound, read_bounds, unseen_gap_for
from proofformer.planner.weights import HeadPlan

NS = (2, 3, 17, 500, 4000)


def worst_scores(head: HeadPlan, n: int) -> list[int]:
    """n + 1 distances below the best score: as many keys just below it as can be, and the others as near as can be."""
    if head.unseen_gap is None:
        return [0] + [1] * n
    scores = [0, *(1 + k // head.sharing for k in range(n - 1))]
    return [*(min(s, head.unseen_gap) for s in scores), head.unseen_gap]


def unseen_scores(head: HeadPlan, n: int) -> list[int]:
    """No document is visible: START is best, and all the others are just the unseen gap below."""
    return [0] + [head.unseen_gap or 1] * n


def attend(distances: list[int], values: list[int], b: int, dtype: torch.dtype, kernel: str) -> float:
    """The read of one head at these scores, through one of three ways to compute it."""
    below = torch.tensor(distances)
    v = torch.tensor(values, dtype=dtype)
    if kernel == "sdpa":
        # Two columns, as scores above 256 are not bfloat16 numbers themselves.
        q = torch.tensor([[-256.0 * b, -1.0 * b]], dtype=dtype)
        k = torch.stack([below // 256, below % 256], dim=1).to(dtype)
        width = 8
        q, k = (torch.nn.functional.pad(x, (0, width - 2)) for x in (q, k))
        v = torch.nn.functional.pad(v[:, None], (0, width - 1))
        return float(scaled_dot_product_attention(q[None, None], k[None, None], v[None, None], scale=1.0)[0, 0, 0, 0])
    wide = torch.float32 if dtype is torch.bfloat16 else dtype
    weights = torch.exp(-b * below.to(wide))
    order = torch.arange(len(distances)) if kernel == "forward" else torch.arange(len(distances)).flip(0)
    total = weights[order].cumsum(0)[-1]
    mixed = (weights.to(dtype).to(wide) * v.to(wide))[order].cumsum(0)[-1]
    return float((mixed / total).to(dtype))


@pytest.mark.parametrize("kernel", ["sdpa", "forward", "backward"])
@pytest.mark.parametrize("n", NS)
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: d.name)
@pytest.mark.parametrize("name", ["partner", "partner.round1", "hit"])
def test_measured_reads_are_within_bounds(name: str, dtype: DType, n: int, kernel: str) -> None:
    if name == "hit":
        head = OV.plan(3, n, dtype.name).head(name)
    else:
        head = CLOSEST.plan(3, max(n, 3), dtype.name, 2 if "round" in name else 1).head(name)
    kind = getattr(torch, dtype.name)
    for distances in (worst_scores(head, n), unseen_scores(head, n)):
        best = [int(d == 0) for d in distances]
        zero = attend(distances, [1 - v for v in best], head.b, kind, kernel)
        one = attend(distances, best, head.b, kind, kernel)
        high = attend(distances, [1] * len(best), head.b, kind, kernel)
        assert 0 <= Fraction(zero) <= head.bounds.zero
        assert head.bounds.one_low <= Fraction(one) <= head.bounds.one_high
        assert head.bounds.one_low <= Fraction(high) <= head.bounds.one_high


def test_the_bound_is_nearly_reached() -> None:
    """A bound that nothing comes near would hide a wrong one."""
    head = OV.plan(3, 500, "float64").head("hit")
    distances = worst_scores(head, 500)
    zero = attend(distances, [int(d != 0) for d in distances], head.b, torch.float64, "sdpa")
    assert float(head.bounds.zero) * 0.75 < zero
    head = CLOSEST.plan(3, 500, "float64", 1).head("partner")
    distances = worst_scores(head, 500)
    zero = attend(distances, [int(d != 0) for d in distances], head.b, torch.float64, "sdpa")
    assert float(head.leak) * 0.5 < zero


@pytest.mark.parametrize("b", [1, 2, 4, 8, 64])
@pytest.mark.parametrize("keys", [3, 9, 1000])
@pytest.mark.parametrize("sharing", [1, 4, 1000])
@pytest.mark.parametrize("gap", [None, 1, 3, 40])
def test_leak_bound_is_above_every_admissible_leak(b: int, keys: int, sharing: int, gap: int | None) -> None:
    visible = [1 + k // min(sharing, keys) for k in range(keys - 1)]
    for seen in {0, 1, keys // 2, keys - 1}:
        below = [1] * (keys - 1) if gap is None else visible[:seen] + [gap] * (keys - 1 - seen)
        assert sum(exp(-b * s) for s in below) <= float(leak_bound(b, keys, sharing, gap)) * (1 + 1e-12)


def test_constants() -> None:
    assert float(INV_E) >= exp(-1)
    for y in range(0, 160):
        assert float(exp_upper(Fraction(y, 10))) >= exp(y / 10)
    for b in (1, 4, 16):
        for keys in (3, 100, 10**6):
            gap = unseen_gap_for(b, keys)
            assert keys * exp(-b * gap) <= 1 / 64
            assert gap == 1 or keys * exp(-b * (gap - 1)) > 1 / 128


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: d.name)
def test_bounds_grow_with_the_leak_and_the_keys(dtype: DType) -> None:
    few = read_bounds(Fraction(1, 64), 10, dtype)
    more = read_bounds(Fraction(1, 16), 10, dtype)
    many = read_bounds(Fraction(1, 16), 100_000, dtype)
    assert few is not None
    assert more is not None
    assert many is not None
    assert few.zero < more.zero <= many.zero
    assert few.one_low > more.one_low >= many.one_low
    assert few.slack > more.slack >= many.slack
    assert read_bounds(Fraction(1, 16), dtype.sums, dtype) is None
