"""What an attention kernel and linear layers do to the assumptions of the proof: experiments of known outcome.

In each experiment a query meets keys of known scores and values. A kernel within the assumptions (`planner.bounds`,
docs/theory.md, section 6) returns a mean within bounds that follow from them; one that returns anything else breaks
one. An experiment is aimed at one assumption, or at some that no kernel's output tells apart, and named after them.
Passing all of them takes milliseconds and proves nothing for other inputs: an assumption is then "not seen to fail".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from proofformer.planner.dtypes import DType, dtype_named
from proofformer.problems.arrays import Floats, Ints
from proofformer.runtime.allowed import means_allowed
from proofformer.runtime.arithmetic import plain
from proofformer.runtime.attention import Attention, asked
from proofformer.runtime.experiments import COLUMNS, ONE, ROWS, Experiment, batches

T = TypeVar("T")

ENTRIES = 1 << 26
"""Of the keys of experiments that are made together, unless there are only two."""
MOST_SEEN = 1024
CHOICES = ("flash_sdp_enabled", "mem_efficient_sdp_enabled", "math_sdp_enabled", "cudnn_sdp_enabled")
"""Which of its own kernels torch may choose from."""


@dataclass(frozen=True)
class Breach:
    """An assumption, by its name, that was seen to fail, and what was seen."""

    assumption: str
    seen: str


_SEEN: dict[Hashable, tuple[Attention, Any]] = {}
"""What was found of kernels, each told by its id, for a callable may have an equality of its own; and itself, so that
no other gets that id."""


def once(look: Callable[..., T], attention: Attention, *where: Hashable, **sizes: int) -> T:
    """What `findings` or `truncates` says, looked for once for each kernel, place, size and choice of torch's own."""
    chosen = tuple(getattr(torch.backends.cuda, name)() for name in CHOICES)
    key = look, id(attention), chosen, where, *sizes.items()
    seen = _SEEN.get(key)
    if seen is None:
        if len(_SEEN) >= MOST_SEEN:
            _SEEN.clear()
        seen = _SEEN[key] = attention, look(attention, *where, **sizes)
    found: T = seen[1]
    return found


def findings(
    attention: Attention, device: torch.device, dtype: str, *, width: int, residual: int, many: bool = False
) -> tuple[Breach, ...]:
    """What fails of the assumptions, for heads of this width and layers that take `residual` numbers.

    Raises `InputError` when the kernel raises, or returns something of another shape.
    """
    layers = findings_of_layers(attention, device, dtype, residual=residual)
    return (*layers, *findings_of_kernel(attention, device, dtype, width=width, many=many))


def findings_of_layers(_: Attention, device: torch.device, dtype: str, *, residual: int) -> tuple[Breach, ...]:
    """Of `findings`, what no kernel has to do with."""
    with torch.inference_mode(), plain(device.type):
        return tuple(_layers(dtype_named(dtype), device, residual))


def findings_of_kernel(
    attention: Attention, device: torch.device, dtype: str, *, width: int, many: bool
) -> tuple[Breach, ...]:
    """Of `findings`, what layers have nothing to do with."""
    of, found, roundoffs = dtype_named(dtype), list[tuple[Experiment, str]](), 1.0
    fewest, most = ceil(of.accumulator / min(width, COLUMNS)), of.precision
    with torch.inference_mode(), plain(device.type):
        for experiments, causal in batches(of, width, many):
            # Of wide heads a few at a time: what memory has no room for is no kernel's fault.
            some = max(2, ENTRIES // (width * len(experiments[0].scores)))
            for bits in sorted({min(fewest, most), most}, reverse=True) if causal else [most]:
                for at in range(0, len(experiments), some):
                    tried = experiments[at : at + some]
                    means = _means(tried, bits, causal, attention, of, device, width)
                    found += _outside(tried, *means, causal, of, roundoffs)
            if found and roundoffs == 1 and experiments[0].assumptions == ONE:
                # What is seen of one key is no news where there are more.
                roundoffs = _roundoffs(experiments, *means, of)
    # What fails by itself explains what may have failed with it.
    alone = {x.assumptions[0] for x, _ in found if len(x.assumptions) == 1 and not x.other}
    return tuple(
        Breach(name, seen)
        for x, seen in found
        if x.other not in alone
        for name in x.assumptions
        if name in alone or not alone & {*x.assumptions}
    )


def truncates(attention: Attention, device: torch.device, dtype: str) -> bool:
    """Whether the kernel is seen to truncate sums instead of rounding them to nearest.

    Sums of small numbers beside large ones, which cancel in the end, are too small by much more than they scatter.
    """
    of, rng, heads, large, small = dtype_named(dtype), np.random.default_rng(0), 16, 1 << 11, 1 << 12
    each = 2.0 ** (of.accumulator + 2) / large
    values = np.concatenate(
        [np.full((heads, large), each), rng.integers(1, 8, (heads, small)), np.full((heads, large), -each)], axis=1
    )
    v = _tensor(values[None, :, :, None], of, device)
    nothing = torch.zeros_like(v)
    with torch.inference_mode(), plain(device.type):
        out = _floats(asked(attention, nothing[:, :, :1], nothing, v, scale=1.0, causal=False))[0, :, 0, 0]
    lost = out * values.shape[1] - values.sum(axis=1)
    return bool(np.isfinite(lost).all() and lost.mean() < -3 * max(lost.std(), 1))


def _spelled(scores: Ints, dtype: DType, bits: int, width: int) -> tuple[Floats, Floats]:
    """A query (c,) and keys (.., c), c <= width, whose products are the scores: digits of `bits` times powers of 2.

    A power too large for the query goes to the key, so that both are finite in every type.
    """
    lows = range(0, dtype.accumulator, bits)[:width]
    powers = [min(low, dtype.width - 1) for low in lows]
    digits = [(np.abs(scores) >> low & (1 << bits) - 1) << low - power for low, power in zip(lows, powers, strict=True)]
    return np.exp2(powers), np.sign(scores)[..., None] * np.stack(digits, axis=-1).astype(float)


def _means(
    experiments: list[Experiment],
    bits: int,
    causal: bool,
    attention: Attention,
    dtype: DType,
    device: torch.device,
    width: int,
) -> tuple[Floats, Floats]:
    """The least and the largest that are returned (experiments, rows), for scores in digits of so many bits.

    Each experiment is a head; a second instance of the batch has them in reverse order, so that none is taken for
    another.
    """
    query, keys = _spelled(np.stack([x.scores for x in experiments]), dtype, bits, width)
    k = functional.pad(_tensor(keys[None], dtype, device), (0, width - keys.shape[-1]))
    q = functional.pad(_tensor(query / experiments[0].fine, dtype, device), (0, width - len(query)))
    q = q.expand(1, len(experiments), ROWS if causal else 1, width).contiguous()
    v = _tensor(np.stack([x.values for x in experiments])[None, :, :, None], dtype, device).expand_as(k).contiguous()
    twice = [torch.cat((x, x.flip(1))) for x in (q, k, v)]
    first, second = _floats(asked(attention, *twice, scale=1.0, causal=causal))
    out = np.concatenate((first, second[::-1]), axis=-1)
    return out.min(axis=-1), out.max(axis=-1)


def _outside(
    experiments: list[Experiment], low: Floats, high: Floats, causal: bool, dtype: DType, roundoffs: float
) -> Iterator[tuple[Experiment, str]]:
    """Which experiments return what is not allowed, and what."""
    scores, values = (np.stack(x).astype(float) for x in zip(*((x.scores, x.values) for x in experiments), strict=True))
    least, most = means_allowed(scores / experiments[0].fine, values, causal, dtype, roundoffs)
    # Written so that NaN, which compares false with everything, is outside.
    outside = ~((low >= least) & (high <= most))
    for e in np.flatnonzero(outside.any(axis=1)):
        row = int(outside[e].argmax())
        off = low if not low[e, row] >= least[e, row] else high
        n = row + 1 if causal else scores.shape[1]
        mean, low_end, high_end = _apart(off[e, row], least[e, row], most[e, row])
        allowed = f"outside {low_end} to {high_end}" if low_end != high_end else f"and is {low_end}"
        yield experiments[e], f"a mean over {n} key{'s' * (n > 1)} was {mean}, {allowed}"


def _roundoffs(experiments: list[Experiment], low: Floats, high: Floats, dtype: DType) -> float:
    """Of a kernel that returns other values than those of single keys, by how many roundoffs; 1 if that is no small
    error."""
    values = np.array([x.values[:1] for x in experiments])
    off = float((np.maximum(np.abs(low - values), np.abs(high - values)) / np.abs(values)).max())
    return off / float(dtype.roundoff) if off < 1 / 8 else 1.0


def _apart(*numbers: float) -> list[str]:
    """The numbers in as few digits, six or more, as tell those that differ from each other."""
    spelled = ([f"{x + 0.0:.{digits}g}" for x in numbers] for digits in range(6, 18))
    return next(words for words in spelled if len({*words}) == len({*numbers}))


def _layers(dtype: DType, device: torch.device, inputs: int) -> Iterator[Breach]:
    """Sums of large whole numbers that cancel but for a few, through a linear layer."""
    rng, pairs = np.random.default_rng(2), max(1, inputs // 2)
    top = min(dtype.integers, dtype.sums // (2 * pairs)) - 1
    x = rng.integers(top // 2, top, (ROWS, pairs))
    # What is left of a sum is itself stored in the type.
    few = rng.integers(0, 2, x.shape) * (np.arange(pairs) < dtype.integers)
    rows = np.concatenate([x, x - few], axis=1)
    signs = np.repeat([1, -1], pairs)
    order = rng.permutation(2 * pairs)
    wanted = rows @ signs
    for many in (ROWS, 1):
        layer = _tensor(np.broadcast_to(signs[order], (16, 2 * pairs)), dtype, device)
        out = _floats(functional.linear(_tensor(rows[:many, order], dtype, device), layer))
        off = out != wanted[:many, None]
        if off.any():
            row, column = divmod(int(off.argmax()), 16)
            yield Breach("layers", f"a sum of whole numbers was {out[row, column]:.6g}, and is {wanted[row]}")
            break
    # Numbers that are not subnormal, far from each other, are kept.
    normal = float(dtype.smallest_normal) * np.array([1, 1.5, 2, 3, 4 * (1 - float(dtype.roundoff))])
    out = _floats(functional.linear(_tensor(np.diag(normal), dtype, device), _tensor(np.eye(5), dtype, device)))
    if (np.diag(out) == 0).any():
        yield Breach(
            "subnormal", f"of numbers from {normal[0]:.6g}, which are not subnormal, a layer took some for zero"
        )


def _tensor(x: npt.NDArray[Any], dtype: DType, device: torch.device) -> Tensor:
    made = torch.tensor(np.ascontiguousarray(x, dtype=np.float64), device=device).to(getattr(torch, dtype.name))
    # numpy says 0 for the stride of an axis of length 1, which some kernels do not take.
    return made.clone(memory_format=torch.contiguous_format)


def _floats(x: Tensor) -> Floats:
    floats: Floats = x.double().cpu().numpy()
    return floats
