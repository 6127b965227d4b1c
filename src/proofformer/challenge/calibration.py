"""The best temperature and read threshold for a kernel, fitted on instances, so that no scale is unfair to it.

Layer by layer: its heads are asked with the queries and keys of the exact model, scaled by each temperature in turn,
and the threshold is the number that parts best what was read for a 1 from what was read for a 0. A read is then above
the threshold or not, whatever its value: more than any gate of one hidden layer would grant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log2

import numpy as np
import numpy.typing as npt
from torch import Tensor

from proofformer.errors import InputError
from proofformer.problems.arrays import Floats
from proofformer.runtime import Model
from proofformer.runtime.attention import Attention, sdpa
from proofformer.runtime.reads import Fetched, fetched
from proofformer.runtime.tokens import tokens_of
from proofformer.verify.instances import Sets

Bools = npt.NDArray[np.bool_]

COARSE = (1.0, *(4.0**k for k in (1, -1, 2, -2, 3, -3, 4, -4, 5, 6, 7, 8)))
"""Temperatures tried first, until one misreads nothing; then those a factor 2 from the best."""


@dataclass(frozen=True)
class Setting:
    """Of one layer: scores are multiplied by `temperature`; a read above `threshold` is a 1, any other a 0."""

    temperature: float
    threshold: float


@dataclass(frozen=True)
class _Trial:
    """A setting, the share of 0s and that of 1s that it misreads, added, and how far apart it keeps them."""

    setting: Setting
    missed: float
    apart: float

    @property
    def rank(self) -> tuple[float, float, float]:
        return self.missed, abs(log2(self.setting.temperature)), -self.apart


class Calibrated:
    """The kernel in every layer with its setting; the layers call it one after the other, again and again."""

    def __init__(self, kernel: Attention, settings: Sequence[Setting]) -> None:
        self.kernel, self.settings, self.calls = kernel, tuple(settings), 0

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        setting = self.settings[self.calls % len(self.settings)]
        self.calls += 1
        out = at_temperature(self.kernel, setting.temperature)(q, k, v, scale=scale, causal=causal)
        return (out > setting.threshold).to(q.dtype)


def at_temperature(kernel: Attention, temperature: float) -> Attention:
    """The kernel with all scores times the temperature, half of it on the queries and half on the keys: kernels that
    are no function of scores have both scaled, and those that do not look at `scale` too."""
    root = temperature**0.5

    def attention(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        return kernel(root * q, root * k, v, scale=scale, causal=causal)

    return attention


def calibrate(model: Model, kernel: Attention, instances: Sequence[Sets]) -> tuple[Setting, ...]:
    """The settings of the layers, fitted on the instances.

    Raises `InputError` where the kernel returns no finite numbers at any temperature.
    """
    tokens = [tokens_of(model, sets) for sets in instances]
    exact = [fetched(model, some, sdpa) for some in tokens]
    layers = []
    for layer in range(len(exact[0])):
        asked = [of[layer] for of in exact]
        tried: dict[float, _Trial] = {}
        for temperature in COARSE:
            if all(trial.missed for trial in tried.values()):
                _try(model, kernel, tokens, layer, asked, temperature, tried)
        if not tried:
            raise InputError("the attention backend returns no finite numbers, at any scale: mend it")
        best = min(tried.values(), key=lambda trial: trial.rank)
        for factor in (0.5, 2.0) if best.missed else ():
            _try(model, kernel, tokens, layer, asked, factor * best.setting.temperature, tried)
        layers.append(min(tried.values(), key=lambda trial: trial.rank).setting)
    return tuple(layers)


def _try(
    model: Model,
    kernel: Attention,
    tokens: Sequence[Tensor],
    layer: int,
    exact: Sequence[Sequence[Fetched]],
    temperature: float,
    tried: dict[float, _Trial],
) -> None:
    """The best threshold at a temperature, if the kernel returns numbers there."""
    mixed = at_temperature(kernel, temperature)
    try:
        read = [fetched(model, some, _From(mixed, layer), layer + 1)[-1] for some in tokens]
    except InputError:
        if temperature == 1.0:
            raise
        return
    values = _restored(read, exact)
    if np.isfinite(values).all():
        tried[temperature] = _parted(values, _restored(exact, exact) > 0.5, temperature)


class _From:
    """Softmax attention in the layers before this one, and the kernel in it."""

    def __init__(self, kernel: Attention, layer: int) -> None:
        self.kernel, self.left = kernel, layer

    def __call__(self, q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        self.left -= 1
        return (sdpa if self.left >= 0 else self.kernel)(q, k, v, scale=scale, causal=causal)


def _restored(layers: Sequence[Sequence[Fetched]], exact: Sequence[Sequence[Fetched]]) -> Floats:
    """What gates restore of all that was read, one instance after the other; where they do, the exact model says."""
    both = (zip(one, other, strict=True) for one, other in zip(layers, exact, strict=True))
    return np.concatenate([one.values[other.asks] for pairs in both for one, other in pairs])


def _parted(values: Floats, bits: Bools, temperature: float) -> _Trial:
    """The threshold that misreads the least share of 0s and of 1s; of those, the one in the widest gap."""
    zeros, ones, found = np.sort(values[~bits]), np.sort(values[bits]), np.unique(values)
    middles = (found[1:] + found[:-1]) / 2
    at = np.concatenate([[found[0] - 1], middles, [found[-1]]])
    gaps = np.concatenate([[0], np.diff(found), [0]])
    above = 1 - np.searchsorted(zeros, at, "right") / max(1, len(zeros)) if len(zeros) else np.zeros(len(at))
    below = np.searchsorted(ones, at, "right") / max(1, len(ones))
    missed = above + below
    best = min(range(len(at)), key=lambda k: (missed[k], -gaps[k]))
    return _Trial(Setting(temperature, float(at[best])), float(missed[best]), float(gaps[best]))
