"""Rows of bits for the minimum inner product, in one set."""

from collections.abc import Callable
from functools import partial

import numpy as np

from proofformer.verify.instances.ov import many_orthogonal, one_step_worse_no, single_yes
from proofformer.verify.instances.rows import Bits, Place


def lifted(
    rng: np.random.Generator, n: int, l: int, *, generate: Callable[..., Bits], level: int | None = None
) -> Bits:
    """Shape (n, l): an instance for orthogonal vectors and `level` columns of ones (at most l - 1; by default any).

    Every inner product is larger by as much: where a pair was orthogonal, it is now the least, at `level`.
    """
    ones = int(rng.integers(0, l)) if level is None else min(level, l - 1)
    return rng.permutation(np.hstack((generate(rng, n, l - ones), np.ones((n, ones), np.uint8))), axis=1)


def one_step_worse(rng: np.random.Generator, n: int, l: int, where: Place = "random", level: int | None = None) -> Bits:
    """Shape (n, l). For leaks: one pair of least inner product, every other row's least is exactly one more.

    For n = 2, or where two columns are left beside those of ones; else as `single_yes` says.
    """
    ones = int(rng.integers(0, max(1, l - 1))) if level is None else min(level, max(0, l - 2))
    return lifted(rng, n, l, generate=partial(single_yes, where=where), level=ones)


def many_ties(rng: np.random.Generator, n: int, l: int, level: int | None = None) -> Bits:
    """Shape (n, l). For ties: several pairs of least inner product (n >= 3), of two kinds of rows, or nearly all."""
    if rng.random() < 0.25:
        return lifted(rng, n, l, generate=one_step_worse_no, level=None if level is None else max(0, level - 1))
    return lifted(rng, n, l, generate=many_orthogonal, level=level)
