"""What an attention kernel and linear layers do to the assumptions of the proof: experiments of known outcome.

In each experiment a query meets keys of known whole scores, with values of 0 and 1. A kernel within the assumptions
(`planner.bounds`, docs/theory.md, section 6) returns a mean within bounds that follow from them; one that returns
anything else breaks one. An experiment is aimed at one assumption, and named after it. Passing all of them takes
milliseconds and proves nothing for other inputs: an assumption is then "not seen to fail".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from math import ceil
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from proofformer.planner.bounds import RESCALE_ROUNDOFFS
from proofformer.planner.dtypes import DType, dtype_named
from proofformer.problems.arrays import Floats, Ints
from proofformer.runtime.arithmetic import plain
from proofformer.runtime.attention import Attention, asked

T = TypeVar("T")

ROWS = 130
"""Tokens of the experiments in which each asks those up to itself: tiles of 16 to 128 rows, and two more."""
KEYS, MANY = 6000, 1 << 15
"""Keys of the experiments in which one query asks; many only for models that may have so many."""
ENTRIES = 1 << 26
"""Of the keys of experiments that are made together, unless there are only two."""
EDGES = tuple(size + more for size in (16, 32, 48, 64, 128, 256, 512, 2048) for more in (-1, 0, 1))
"""Keys of the experiments in which none is lost, doubled or made up where tiles of 16 to 128 keys are just full."""
COLUMNS = 4
STEP, FAR = 64, 128
"""Differences of scores that leave a weight less than any type can tell beside 1, and next to nothing."""
MOST_SEEN = 1024
CHOICES = ("flash_sdp_enabled", "mem_efficient_sdp_enabled", "math_sdp_enabled", "cudnn_sdp_enabled")
"""Which of its own kernels torch may choose from."""


@dataclass(frozen=True)
class Breach:
    """An assumption, by its name, that was seen to fail, and what was seen."""

    assumption: str
    seen: str


@dataclass(frozen=True)
class Experiment:
    """Keys with these scores and values, each (keys,), to see whether an assumption holds."""

    assumption: str
    scores: Ints
    values: Ints


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
    of, found = dtype_named(dtype), list[Breach]()
    few, most = ceil(of.accumulator / min(width, COLUMNS)), of.precision
    spellings = sorted({min(few, most), most}, reverse=True)
    batches = [(_even, False, [most]), (_near, False, [most])] + [(_many, False, [most])] * many
    batches += [(_each_asks, True, spellings), (_merged, False, [most])]
    batches += [(partial(_edge, keys), False, [most]) for keys in EDGES]
    with torch.inference_mode(), plain(device.type):
        for experiments, causal, digits in batches:
            # Where a width has no columns for scores this large, no model of it has them.
            spelled = [x for x in experiments(of, width) if np.abs(x.scores).max() <= _largest(of, width)]
            # Of wide heads a few at a time: what memory has no room for is no kernel's fault.
            some = max(2, ENTRIES // (width * len(spelled[0].scores))) if spelled else 1
            for bits, at in product(digits, range(0, len(spelled), some)):
                found += _attended(spelled[at : at + some], bits, causal, attention, of, device, width)
    return tuple(found)


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


def _even(dtype: DType, width: int) -> Iterator[Experiment]:
    """Experiments of one query to which `KEYS` keys are all the same."""
    rng, k = np.random.default_rng(1), np.arange(KEYS)
    yield Experiment("mean", 0 * k, rng.integers(0, 2, KEYS))
    yield Experiment("mean", 0 * k, 1 + 0 * k)


def _near(dtype: DType, width: int) -> Iterator[Experiment]:
    """Experiments of one query whose best key is the first, with others a few steps below."""
    k = np.arange(512)
    for d in range(1, 7):
        # Few, or so many that half of the weight is theirs.
        for others in (1, 3, ceil(np.exp(d))):
            yield Experiment("exp", np.where(k == 0, 0, np.where(k <= others, -d, -FAR)), (k > 0) * 1)


def _each_asks(dtype: DType, width: int) -> Iterator[Experiment]:
    """Experiments of `ROWS` tokens; where exp is not what they are about, other scores are too far to weigh."""
    k, top = np.arange(ROWS), _largest(dtype, width)
    odd = k % 2
    # Without the largest score subtracted, exp overflows, or all weights vanish.
    for size in (1024, -1024):
        yield Experiment("largest", size - 128 * odd, 1 - odd)
    # What comes later weighs nothing, however large its score is.
    yield Experiment("masked", 128 * k, odd)
    yield Experiment("masked", k // 16 * 1024, k // 16 % 2)
    # Neighbouring scores, far from 0 on either side: rounded, they tie or are far apart.
    for size in (top, top >> 1, top >> 3, STEP - top):
        yield Experiment("scores", size - STEP * odd, 1 - odd)
        yield Experiment("exp", np.where(k < 16, size - odd, -top), 1 - odd)
    yield Experiment("rescaling", k, (k % 3 == 0) * 1)
    yield Experiment("rescaling", k // 5, odd)
    # None is lost, where all have the same share.
    yield Experiment("mean", 0 * k, odd)


def _edge(keys: int, dtype: DType, width: int) -> Iterator[Experiment]:
    """Experiments of one query to which keys are all the same, the values of one of them 1: on either side of a tile's
    edge, the first, the last."""
    k = np.arange(keys)
    for one in {0, keys // 16 * 16 - 1, keys // 16 * 16, keys - 2, keys - 1} - {keys, -1}:
        yield Experiment("mean", 0 * k, (k == one) * 1)


def _many(dtype: DType, width: int) -> Iterator[Experiment]:
    """Experiments of one query that asks so many keys that each has a subnormal share, in float16."""
    k = np.arange(MANY)
    yield Experiment("weights", 0 * k, (k < MANY // 3) * 1)


def _merged(dtype: DType, width: int) -> Iterator[Experiment]:
    """Experiments of one query with `KEYS` keys, of which the best lie close in one place and apart in another: beside
    their score, the logarithm of how many there are is lost."""
    k, top = np.arange(KEYS), _largest(dtype, width)
    close = k < KEYS // 3
    for size in (top, top >> 1, top >> 2, top >> 4, STEP - top):
        yield Experiment("rescaling", np.where(close | (k % 16 == 0), size, size - STEP), close * 1)
    yield Experiment("rescaling", k * 64 // KEYS, k % 2)


def _largest(dtype: DType, width: int) -> int:
    """The largest score that columns of exact numbers can spell."""
    return (1 << min(dtype.accumulator, min(width, COLUMNS) * dtype.precision)) - 1


def _spelled(scores: Ints, dtype: DType, bits: int, width: int) -> tuple[Floats, Floats]:
    """A query (c,) and keys (.., c), c <= width, whose products are the scores: digits of `bits` times powers of 2.

    A power too large for the query goes to the key, so that both are finite in every type.
    """
    lows = range(0, dtype.accumulator, bits)[:width]
    powers = [min(low, dtype.width - 1) for low in lows]
    digits = [(np.abs(scores) >> low & (1 << bits) - 1) << low - power for low, power in zip(lows, powers, strict=True)]
    return np.exp2(powers), np.sign(scores)[..., None] * np.stack(digits, axis=-1).astype(float)


def _attended(
    experiments: list[Experiment],
    bits: int,
    causal: bool,
    attention: Attention,
    dtype: DType,
    device: torch.device,
    width: int,
) -> Iterator[Breach]:
    """What experiments find, all with as many keys, and scores in digits of so many bits.

    Each is a head; a second instance of the batch has them in reverse order, so that none is taken for another.
    """
    scores, values = np.stack([x.scores for x in experiments]), np.stack([x.values for x in experiments])
    least, most = _bounds(scores, values, causal, dtype)
    query, keys = _spelled(scores, dtype, bits, width)
    k = functional.pad(_tensor(keys[None], dtype, device), (0, width - keys.shape[-1]))
    q = functional.pad(_tensor(query, dtype, device), (0, width - len(query)))
    q = q.expand(1, len(experiments), ROWS if causal else 1, width).contiguous()
    v = _tensor(values[None, :, :, None], dtype, device).expand_as(k).contiguous()
    twice = [torch.cat((x, x.flip(1))) for x in (q, k, v)]
    first, second = _floats(asked(attention, *twice, scale=1.0, causal=causal))
    out = np.concatenate((first, second[::-1]), axis=-1)
    low, high = out.min(axis=-1), out.max(axis=-1)
    # Written so that NaN, which compares false with everything, is outside.
    outside = ~((low >= least) & (high <= most))
    for e in np.flatnonzero(outside.any(axis=1)):
        row = int(outside[e].argmax())
        off = low if not low[e, row] >= least[e, row] else high
        n = row + 1 if causal else scores.shape[1]
        mean, low_end, high_end = _apart(off[e, row], least[e, row], most[e, row])
        yield Breach(
            experiments[e].assumption,
            f"a mean over {n} key{'s' * (n > 1)} was {mean}, outside {low_end} to {high_end}",
        )


def _apart(*numbers: float) -> list[str]:
    """The numbers in as few digits, six or more, as tell those that differ from each other."""
    spelled = ([f"{x:.{digits}g}" for x in numbers] for digits in range(6, 18))
    return next(words for words in spelled if len({*words}) == len({*numbers}))


def _bounds(scores: Ints, values: Ints, causal: bool, dtype: DType) -> tuple[Floats, Floats]:
    """The least and the largest mean (experiments, rows) that the assumptions allow, sums truncated or not."""
    a, u, t = 2 * float(dtype.sum_roundoff), float(dtype.roundoff), float(dtype.tiny)
    h, n = float(dtype.exp_error), scores.shape[1]
    seen = np.tril(np.ones((n, n), dtype=bool)) if causal else np.ones((1, n), dtype=bool)
    largest = np.where(seen, scores[:, None, :], scores.min() - 1).max(axis=-1, keepdims=True)
    weights = np.exp(np.where(seen, scores[:, None, :] - largest, -np.inf))
    one, nought = (weights * values[:, None, :]).sum(-1), (weights * (1 - values[:, None, :])).sum(-1)
    keys = seen.sum(axis=1)
    away = np.exp((RESCALE_ROUNDOFFS + 1) * a * keys) * (1 + h) / (1 - h)
    c = keys * a / (1 - keys * a)
    tiny = (keys / (1 - h) + 1) * t + float(dtype.smallest_normal)
    least = one / (one + nought * away) * (1 - c) / (1 + c) * (1 - u) ** 2 * (1 - a) - tiny
    most = one * away / (one * away + nought) * (1 + c) / (1 - c) * (1 + u) ** 2 * (1 + a) + tiny
    return least, most


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
            return


def _tensor(x: npt.NDArray[Any], dtype: DType, device: torch.device) -> Tensor:
    made = torch.tensor(np.ascontiguousarray(x, dtype=np.float64), device=device).to(getattr(torch, dtype.name))
    # numpy says 0 for the stride of an axis of length 1, which some kernels do not take.
    return made.clone(memory_format=torch.contiguous_format)


def _floats(x: Tensor) -> Floats:
    floats: Floats = x.double().cpu().numpy()
    return floats
