"""Attention kernels that break an assumption of the proof, as real ones do, and what the probe sees of each.

python bench/kernels.py [kernels] [bugs]        for docs/kernels.md
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from results import measure
from torch import Tensor
from torch.nn import functional

import proofformer as pf
from proofformer.runtime.attention import Attention, reference, sdpa
from proofformer.runtime.probe import findings, truncates
from proofformer.verify import verify

LOW = ("float16", "bfloat16")
ALL = (*LOW, "float32", "float64")


def later(q: Tensor, k: Tensor) -> Tensor:
    """Which keys come after each query."""
    return torch.ones(q.shape[2], k.shape[2], dtype=torch.bool, device=q.device).triu(1)


def accumulator(x: Tensor) -> Tensor:
    return x if x.dtype is torch.float64 else x.float()


def plain(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    scale: float,
    causal: bool,
    product: Callable[[Tensor, Tensor], Tensor] = lambda q, k: q @ k.transpose(-1, -2),
    scores: Callable[[Tensor], Tensor] = lambda s: s,
    mask: float = -torch.inf,
    largest: Callable[[Tensor, Tensor], Tensor] = lambda s, masked: masked.amax(-1, keepdim=True),
    exp: Callable[[Tensor], Tensor] = torch.exp,
    weights: Callable[[Tensor], Tensor] = lambda p: p,
    divide_first: bool = False,
    total: Callable[[Tensor], Tensor] = lambda p: p.sum(-1, keepdim=True),
    mean: Callable[[Tensor, Tensor], Tensor] = lambda p, v: p @ v,
    result: Callable[[Tensor], Tensor] = lambda x: x,
) -> Tensor:
    """Attention in the accumulator type, as the assumptions have it, of which one step may be another."""
    s = scores(scale * product(accumulator(q), accumulator(k)))
    masked = s
    if causal:
        masked = s.masked_fill(later(q, k), mask) if mask == -torch.inf else s + later(q, k) * mask
    p = exp(masked - largest(s, masked))
    whole = total(p)
    if divide_first:
        return mean(weights((p / whole).to(q.dtype)).to(p.dtype), accumulator(v)).to(q.dtype)
    return result(mean(weights(p), accumulator(v)) / whole).to(q.dtype)


def step(**other: Any) -> Attention:
    """`plain` with another step."""

    def kernel(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        return plain(q, k, v, scale=scale, causal=causal, **other)

    return kernel


def to_bits(x: Tensor, bits: int) -> Tensor:
    """float32 rounded to a significand of so many bits."""
    exponent = torch.frexp(x).exponent
    return torch.ldexp(torch.ldexp(x, bits - exponent).round(), exponent - bits)


def eager(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """What eager code does in a low type: every step is stored."""
    s = scale * (q @ k.transpose(-1, -2))
    s = s.masked_fill(later(q, k), -torch.inf) if causal else s
    return torch.softmax(s, -1) @ v


def tf32(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    return plain(to_bits(q, 11), to_bits(k, 11), v, scale=scale, causal=causal, weights=lambda p: to_bits(p, 11))


def split(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool, logs: bool, low: bool = False) -> Tensor:
    """Keys in parts of 64, merged by the logarithms of their sums, or by largest score and sum."""
    s = scale * (accumulator(q) @ accumulator(k).transpose(-1, -2))
    s = s.masked_fill(later(q, k), -torch.inf) if causal else s
    parts, means, logarithms = [], [], []
    for at in range(0, k.shape[2], 64):
        part = s[..., at : at + 64]
        top = part.amax(-1, keepdim=True).clamp(min=torch.finfo(s.dtype).min)
        p = torch.exp(part - top)
        whole = p.sum(-1, keepdim=True)
        out = p @ accumulator(v[..., at : at + 64, :]) / whole.clamp(min=1e-30)
        means.append(out.to(q.dtype).to(s.dtype) if low else out)
        logarithms.append(top + torch.log(whole))
        parts.append((top, whole))
    if logs:
        lse = torch.stack(logarithms)
        share = torch.softmax(lse, 0)
    else:
        top = torch.stack([t for t, _ in parts])
        share = torch.exp(top - top.amax(0)) * torch.stack([w for _, w in parts])
        share = share / share.sum(0)
    return (share * torch.stack(means)).sum(0).to(q.dtype)


def split_logs(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    return split(q, k, v, scale=scale, causal=causal, logs=True)


def split_low(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    return split(q, k, v, scale=scale, causal=causal, logs=False, low=True)


def split_kept(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    return split(q, k, v, scale=scale, causal=causal, logs=False)


def in_blocks(of: torch.dtype, p: Tensor, v: Tensor) -> Tensor:
    """The sums over values, kept in a low type after every 16 keys."""
    total = torch.zeros(*p.shape[:-1], v.shape[-1], dtype=of)
    for at in range(0, p.shape[-1], 16):
        total = total + (p[..., at : at + 16] @ v[..., at : at + 16, :]).to(of)
    return total.to(p.dtype)


def truncated(p: Tensor, v: Tensor) -> Tensor:
    """The sums over values, cut to 24 bits after every 16 keys, as tensor cores do."""
    total = torch.zeros(*p.shape[:-1], v.shape[-1], dtype=torch.float64)
    for at in range(0, p.shape[-1], 16):
        total = total + p[..., at : at + 16].double() @ v[..., at : at + 16, :].double()
        exponent = torch.frexp(total).exponent
        total = torch.ldexp(torch.ldexp(total, 24 - exponent).floor(), exponent - 24)
    return total.to(p.dtype)


def flushed(p: Tensor) -> Tensor:
    return torch.where(p < torch.finfo(p.dtype).smallest_normal, 0, p)


def eighth(p: Tensor) -> Tensor:
    return p.to(torch.float8_e4m3fn).to(p.dtype)


def stale(s: Tensor, masked: Tensor) -> Tensor:
    """A largest score that is only brought up to date when it has grown by 8 bits."""
    bits = 8 * 0.6931471805599453
    return torch.floor(masked.amax(-1, keepdim=True) / bits) * bits


@dataclass(frozen=True)
class Broken:
    """A kernel, where its like is met, the dtypes it is for, and the assumption that it breaks (none: "")."""

    name: str
    kernel: Attention
    met: str
    dtypes: tuple[str, ...]
    breaks: str


KERNELS = (
    Broken("torch's own", sdpa, "the default backend", ALL, ""),
    Broken("float64, row by row", reference, "the `reference` backend", ALL, ""),
    Broken("in the accumulator", step(), "the assumptions, to the letter", ALL, ""),
    Broken("split over keys, largest and sum kept", split_kept, "split-KV as it should be", ALL, ""),
    Broken("eager, every step stored low", eager, "eager code in low precision", LOW, "scores"),
    Broken("scores stored low", step(scores=lambda s: s.bfloat16().float()), "score matrices in memory", LOW, "scores"),
    Broken("TF32 products", tf32, "TF32 on GPUs, bfloat16 on CPUs that have it", ("float32",), "scores"),
    Broken(
        "no largest subtracted", step(largest=lambda s, m: torch.zeros_like(s[..., :1])), "naive code", ALL, "largest"
    ),
    Broken("a stale largest", step(largest=stale), "lazy rescaling (FlashAttention-4)", ALL, "largest"),
    Broken("-10,000 added to masked scores", step(mask=-1e4), "additive masks", ALL, "masked"),
    Broken(
        "masked keys in the largest",
        step(largest=lambda s, m: s.amax(-1, keepdim=True)),
        "a maximum before the mask",
        ALL,
        "masked",
    ),
    Broken(
        "a fast exp, within 2%",
        step(exp=lambda x: torch.exp(x) * (1 + 0.02 * torch.sin(5 * x))),
        "exp by bit tricks",
        ALL,
        "exp",
    ),
    Broken(
        "scores times log2(e) first",
        step(
            scores=lambda s: s * 1.4426950408889634,
            exp=torch.exp2,
        ),
        "base-2 softmax",
        (*LOW, "float32"),
        "exp",
    ),
    Broken("split over keys, merged by logarithms", split_logs, "flash-decoding, ring attention", ALL, "rescaling"),
    Broken("weights of 8 bits", step(weights=eighth), "FP8 attention", ALL, "exp"),
    Broken(
        "divided first, subnormals flushed",
        step(divide_first=True, weights=flushed),
        "normalised weights, flush to zero",
        ("float16",),
        "weights",
    ),
    Broken(
        "sums over values stored low",
        step(mean=lambda p, v: in_blocks(torch.bfloat16, p, v)),
        "low accumulators",
        LOW,
        "mean",
    ),
    Broken(
        "sum of weights stored low",
        step(total=lambda p: in_blocks(torch.bfloat16, p, torch.ones_like(p[0, 0, 0])[:, None])),
        "low accumulators",
        LOW,
        "mean",
    ),
    Broken("parts stored low", split_low, "split-KV with low partial outputs", LOW, "result"),
    Broken("sums truncated", step(mean=truncated), "tensor cores, perhaps", LOW, "nearest"),
)
UNSEEN = ("a stale largest", "parts stored low")
"""Kernels that the probe takes for good ones: what they do is too small to see, and has not been seen to do harm."""


def seen(kernel: Attention, dtype: str, *, many: bool = True) -> list[str]:
    """The assumptions that are seen to fail, the first to be seen first."""
    cpu = torch.device("cpu")
    found = [f.assumption for f in findings(kernel, cpu, dtype, width=8, residual=64, many=many)]
    return list(dict.fromkeys(found + ["nearest"] * truncates(kernel, cpu, dtype)))


def told() -> list[dict[str, Any]]:
    """Which kernels break what, and what the probe says first, in each of the dtypes that a kernel is for."""
    rows = []
    for broken in KERNELS:
        first = {", ".join(seen(broken.kernel, dtype)[:1]) or "nothing" for dtype in broken.dtypes}
        row = {"kernel": broken.name, "met": broken.met, "dtypes": broken.dtypes, "breaks": broken.breaks or "nothing"}
        rows.append(row | {"seen": " or ".join(sorted(first))})
    return rows


def padded(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """Keys and values filled up with zeros to whole tiles, which nothing masks."""
    more = (0, 0, 0, -k.shape[2] % 64)
    k, v = functional.pad(k, more), functional.pad(v, more)
    unmasked = later(q, k) & (torch.arange(k.shape[2]) < q.shape[2]) if causal else None
    mask = None if unmasked is None else ~unmasked
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale)


def noisy(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    out = sdpa(q, k, v, scale=scale, causal=causal)
    return out + 0.01 * torch.sin(torch.arange(out.numel())).reshape(out.shape).to(out)


def strict(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    if not causal:
        return sdpa(q, k, v, scale=scale, causal=False)
    mask = ~(later(q, k) | torch.eye(q.shape[2], dtype=torch.bool))
    return functional.scaled_dot_product_attention(q, k, v, attn_mask=mask, scale=scale).nan_to_num()


def one_fewer(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """The last key lost where it is alone in its tile."""
    keys = k.shape[2] - (not causal and k.shape[2] % 16 == 1)
    return sdpa(q, k[:, :, :keys], v[:, :, :keys], scale=scale, causal=causal)


BUGS: dict[str, Attention] = {
    "multiplies scores by 2": lambda q, k, v, *, scale, causal: sdpa(q, k, v, scale=2 * scale, causal=causal),
    "adds noise of 0.01 to what it returns": noisy,
    "fills up tiles with zeros, and does not mask them": padded,
    "is strict where it should be inclusive": strict,
    "loses the last key where that is alone in its tile of 16, if not causal": one_fewer,
    "rounds queries to bfloat16": lambda q, k, v, **how: sdpa(q.bfloat16().to(q), k, v, **how),
}


def bugs() -> list[dict[str, Any]]:
    """What the probe and what `verify` say of a kernel with a bug."""
    model, rows = pf.compile("closest-pair", dim=16, max_n=300), []
    for name, kernel in BUGS.items():
        wrong = verify(model, attention=kernel, adversarial=300).total.wrong
        rows.append({"bug": name, "seen": (seen(kernel, "float32") or ["nothing"])[0], "wrong": wrong})
    return rows


if __name__ == "__main__":
    measure("kernels", {"kernels": told, "bugs": bugs})
