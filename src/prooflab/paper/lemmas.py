"""The continuous maps around the attention unit: Lemmas D.1, D.2 and D.3 of Alman & Yu, ICLR 2025, arXiv 2410.04271.

Their MLPs are continuous functions, so these are the functions themselves. All work on float64 arrays of shape
(.., n, d), row by row, or on the outputs of a whole instance, shape (.., n).
"""

import numpy as np

from proofformer.errors import InputError
from proofformer.problems.arrays import Array


def some_large(outputs: Array, low: float, high: float) -> Array:
    """Lemma D.1, shape (..): 1 where some coordinate is >= high, 0 where all are <= low, and a ramp in between.

    Raises InputError unless low < high.
    """
    if not low < high:
        raise InputError(f"low is {low} and high is {high}: pass a low bound below the high one")
    ramp: Array = np.clip((outputs.max(axis=-1) - low) / (high - low), 0.0, 1.0)
    return ramp


def append_coordinate(rows: Array, value: float) -> Array:
    """Lemma D.2, shape (.., n, d + 1): every row with `value` as a last coordinate."""
    return np.concatenate([rows, np.full((*rows.shape[:-1], 1), value)], axis=-1)


def normalise(rows: Array, norm: int) -> Array:
    """Lemma D.3, shape (.., n, d): every row divided by its 1-norm or its 2-norm.

    Continuous away from zero only; raises InputError for a zero row and for a norm other than 1 and 2.
    """
    if norm not in (1, 2):
        raise InputError(f"norm is {norm!r}: pass 1 or 2")
    lengths = np.linalg.norm(rows, ord=norm, axis=-1, keepdims=True)
    if not lengths.all():
        raise InputError("a row has no ones and so no direction: leave zero rows out")
    scaled: Array = rows / lengths
    return scaled
