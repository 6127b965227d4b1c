"""Attention backends: any callable `attention(q, k, v, *, scale, causal) -> out` on `(batch, heads, n, d)` tensors.

`causal` is inclusive and aligned top-left: query row r sees key rows 0..r. The Transformer makes it strict by shifting.
"""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.nn import functional

from proofformer.errors import InputError, one_of, raised
from proofformer.plugins import FOREIGN, object_named


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


def auto(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """The default: `sdpa`, but where the engine is ahead of it and can serve, that runs the network (`serving`)."""
    return sdpa(q, k, v, scale=scale, causal=causal)


def fast(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """The engine, whatever the size: where it cannot serve, a model refuses. Called by itself, it is `sdpa`."""
    return sdpa(q, k, v, scale=scale, causal=causal)


BACKENDS: dict[str, Attention] = {"auto": auto, "sdpa": sdpa, "fast": fast, "reference": reference}


def backend_named(name: str) -> Attention:
    """A backend of proofformer's, or the one that FILE.py:NAME or MODULE:NAME stands for, `guarded`.

    Raises `InputError` for any other name, and for what cannot be loaded or called.
    """
    if name in BACKENDS:
        return BACKENDS[name]
    if ":" not in name:
        raise InputError(f"backend {name!r} is unknown: {one_of(name, [*BACKENDS, *FOREIGN])}")
    return guarded(callable_kernel(object_named(name), name))


@dataclass(frozen=True, eq=False)
class Guarded:
    """A kernel, which raises `InputError` where `asked` does and for a NaN."""

    kernel: Attention

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        out = asked(self.kernel, q, k, v, scale=scale, causal=causal)
        if out.isnan().any():
            raise InputError(f"the attention backend returns NaN, {_how(q, k, v, causal)}: mend it")
        return out

    @property
    def __name__(self) -> str:
        return name_of(self.kernel)


def guarded(kernel: Attention) -> Attention:
    """The kernel, `Guarded`; as it is where it is that already."""
    return kernel if isinstance(kernel, Guarded) else Guarded(callable_kernel(kernel))


def unguarded(kernel: Attention) -> Attention:
    """What is guarded: an experiment may be told of a NaN."""
    return kernel.kernel if isinstance(kernel, Guarded) else kernel


def callable_kernel(given: Any, name: str = "attention") -> Attention:
    """Raises `InputError` for what cannot be called."""
    if not callable(given):
        raise InputError(f"{name} is {reprlib.repr(given)}: give a function (q, k, v, *, scale, causal)")
    kernel: Attention = given
    return kernel


def name_of(given: object) -> str:
    """What it calls itself, or its class is called."""
    try:
        return str(getattr(given, "__name__", type(given).__name__))
    except Exception:  # of code that is not ours
        return type(given).__name__


def asked(kernel: Attention, q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """What the kernel returns. Raises `InputError`, one sentence, when it raises or returns anything but a tensor of
    the right shape and dtype."""
    try:
        out: object = kernel(q, k, v, scale=scale, causal=causal)
    except InputError:
        raise
    except BaseException as error:
        raise InputError(f"the attention backend raises {raised(error)}, {_how(q, k, v, causal)}: mend it") from error
    wanted = (*q.shape[:-1], v.shape[-1])
    if not isinstance(out, Tensor):
        raise InputError(f"the attention backend returns a {type(out).__name__}, {_how(q, k, v, causal)}: mend it")
    if out.layout is not torch.strided:
        raise InputError(f"the attention backend returns a sparse tensor, {_how(q, k, v, causal)}: mend it")
    if (out.shape, out.dtype, out.device) != (wanted, q.dtype, q.device):
        got, right = f"{out.dtype} {tuple(out.shape)} on {out.device}", f"{q.dtype} {wanted} on {q.device}"
        raise InputError(f"the attention backend returns {got} for {right}, {_how(q, k, v, causal)}: mend it")
    return out


def _how(q: Tensor, k: Tensor, v: Tensor, causal: bool) -> str:
    return f"asked with q, k, v of shapes {', '.join(str(tuple(x.shape)) for x in (q, k, v))} and causal={causal}"
