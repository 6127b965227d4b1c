"""Weights in the dtypes that NumPy has: without torch, which takes longer to import than a model to compile."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save

from proofformer.errors import ProofError

OF_NUMPY = ("float32", "float64", "float16")

Stored = dict[str, npt.NDArray[np.floating]]


def stored(weights: Iterable[tuple[str, npt.NDArray[np.float64]]], dtype: str) -> Stored:
    """The weights in a dtype. Raises `ProofError` for an entry that it cannot store exactly."""
    found: Stored = {}
    for name, dense in weights:
        with np.errstate(over="ignore"):
            found[name] = np.ascontiguousarray(dense.astype(dtype))
        if not np.array_equal(found[name].astype(np.float64), dense):
            raise ProofError(f"{name} has an entry that {dtype} cannot store exactly")
    return found


def as_file(weights: Stored) -> bytes:
    """The safetensors file of these."""
    raw: bytes = save(dict(weights), metadata={"format": "pt"})
    return raw
