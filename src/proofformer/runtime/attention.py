"""Attention backends: any callable `attention(q, k, v, *, scale, causal) -> out` on `(batch, heads, n, d)` tensors.

`causal` is inclusive and aligned top-left: query row r sees key rows 0..r. The Transformer makes it strict by shifting.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from proofformer.errors import InputError


class Attention(Protocol):
    """softmax(scale q k^T) v, row by row."""

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor: ...


def sdpa(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """torch's fused attention: O(n) memory on the flash path (4-D, equal query and value width)."""
    return functional.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=scale)


def reference(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """The definition, in float64, one query row at a time: slow and readable, the judge of other backends."""
    q64, k64, v64 = q.double(), k.double(), v.double()
    rows = []
    for r in range(q.shape[2]):
        seen = r + 1 if causal else k.shape[2]
        scores = scale * (k64[:, :, :seen] @ q64[:, :, r, :, None]).squeeze(-1)
        rows.append((torch.softmax(scores, dim=-1)[:, :, None] @ v64[:, :, :seen]).squeeze(2))
    return torch.stack(rows, dim=2).to(q.dtype)


def backend_named(name: str) -> Attention:
    backends: dict[str, Attention] = {"sdpa": sdpa, "reference": reference}
    if name not in backends:
        raise InputError(f"backend {name!r} is unknown: choose one of {', '.join(backends)}")
    return backends[name]
