"""The bounds of `read_bounds` against softmax as it is computed, on the score vectors that leak most."""

from dataclasses import replace
from fractions import Fraction
from math import exp

import pytest
import torch
from tests.cases import CLOSEST, OV
from torch.nn.functional import scaled_dot_product_attention

from proofformer.planner import DTYPES, DType, dtype_named
from proofformer.planner.bounds import INV_E, exp_upper, leak_bound, read_bounds, unseen_gap_for
from proofformer.planner.heads import HeadPlan

NS = (2, 17, 4000)


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
    """The read of one head at these scores, through one of four ways to compute it."""
    below = torch.tensor(distances)
    v = torch.tensor(values, dtype=dtype)
    if kernel == "sdpa":
        # Two columns, as scores above 256 are not bfloat16 numbers themselves; at most 65,504 in float16.
        q = torch.tensor([[-256.0 * b, -1.0 * b]]).to(dtype)
        assert q.isfinite().all()
        k = torch.stack([below // 256, below % 256], dim=1).to(dtype)
        width = 8
        q, k = (torch.nn.functional.pad(x, (0, width - 2)) for x in (q, k))
        v = torch.nn.functional.pad(v[:, None], (0, width - 1))
        return float(scaled_dot_product_attention(q[None, None], k[None, None], v[None, None], scale=1.0)[0, 0, 0, 0])
    wide = torch.float32 if dtype in (torch.float16, torch.bfloat16) else dtype
    weights = torch.exp(-b * below.to(wide))
    order = torch.arange(len(distances)) if kernel == "forward" else torch.arange(len(distances)).flip(0)
    total = weights[order].cumsum(0)[-1]
    if kernel == "divide first":
        return float(((weights / total).to(dtype).to(wide) * v.to(wide)).cumsum(0)[-1].to(dtype))
    mixed = (weights.to(dtype).to(wide) * v.to(wide))[order].cumsum(0)[-1]
    return float((mixed / total).to(dtype))


@pytest.mark.parametrize("kernel", ["sdpa", "forward", "backward", "divide first"])
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


SUBNORMAL = 65_535
"""Keys 17 below the best: in float16 each weight, e^-17, is rounded up from 0.69 to 1 times the smallest number."""


@pytest.mark.parametrize("kernel", ["sdpa", "forward", "backward", "divide first"])
def test_weights_that_float16_rounds_up(kernel: str) -> None:
    float16 = dtype_named("float16")
    bounds = read_bounds(SUBNORMAL * INV_E**17, SUBNORMAL + 1, float16)
    relative = read_bounds(SUBNORMAL * INV_E**17, SUBNORMAL + 1, replace(float16, lowest=-126))
    assert bounds is not None
    assert relative is not None
    distances = [0] + [17] * SUBNORMAL
    zero = attend(distances, [0] + [1] * SUBNORMAL, 1, torch.float16, kernel)
    assert relative.zero < zero, "relative errors alone do not explain it"
    assert zero <= bounds.zero
    one = attend(distances, [1] + [0] * SUBNORMAL, 1, torch.float16, kernel)
    high = attend(distances, [1] * len(distances), 1, torch.float16, kernel)
    assert bounds.one_low <= one <= high <= bounds.one_high


@pytest.mark.parametrize("best", [40_000, 65_408, 65_536])
def test_weights_below_the_normal_numbers_of_float16_add_up_to_one(best: int) -> None:
    """Divided by their sum, 1/best each; the worst is one that falls between two numbers."""
    bounds = read_bounds(Fraction(0), best, dtype_named("float16"))
    assert bounds is not None
    for kernel in ("forward", "divide first"):
        assert bounds.one_low <= attend([0] * best, [1] * best, 1, torch.float16, kernel) <= bounds.one_high


def test_what_subnormal_numbers_cost() -> None:
    """By hand, where nothing else counts: few roundoffs, no leak. Only float16 has few exponents."""
    keys = 1 << 20
    exact = DType("wide sums", 60, 200, -14, Fraction(0))
    bounds = read_bounds(Fraction(0), keys, exact)
    assert bounds is not None
    tiny, left = Fraction(1, 1 << 74), Fraction(1, 1 << 13)
    assert bounds.zero == pytest.approx(float(left))
    tiny = Fraction(1, 1 << 25)
    half = replace(exact, precision=11)
    bounds = read_bounds(Fraction(0), keys, half)
    assert bounds is not None
    u = Fraction(1, 1 << 11)
    assert (keys + 1) * tiny + left <= bounds.zero <= ((keys + 1) * tiny + left) * (1 + u) ** 2 + Fraction(1, 1 << 63)
    assert bounds.one_low <= (1 - u) ** 2 - (keys + 1) * tiny
    assert bounds.one_high >= (1 + (keys + 1) * tiny) * (1 + u) ** 2 + left


def test_the_exp_of_a_best_key_may_be_off_too() -> None:
    """As it is in torch's float16 and bfloat16 attention on CPUs: 1 - 5.3e-5 at 0. So the error counts twice."""
    coarse = DType("coarse", 53, 53, -1022, Fraction(1, 4))
    bounds = read_bounds(Fraction(1, 10), 3, coarse)
    assert bounds is not None
    worst = Fraction(1, 10) * Fraction(5, 4) / Fraction(3, 4)
    assert worst <= bounds.zero <= worst * Fraction(1001, 1000)
    assert bounds.one_low <= 1 / (1 + worst)


def test_dtypes_are_those_of_torch() -> None:
    for dtype in DTYPES:
        info = torch.finfo(getattr(torch, dtype.name))
        assert dtype.largest == int(info.max)
        assert dtype.largest < 1 << dtype.width
        assert dtype.smallest_normal == Fraction(info.smallest_normal)
        assert 2 * dtype.roundoff == Fraction(info.eps)
        assert 2 * dtype.roundoff * dtype.smallest_normal == 2 * dtype.tiny
        assert dtype.integers <= dtype.largest


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
