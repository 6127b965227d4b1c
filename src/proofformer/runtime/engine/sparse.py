"""Sparse linear layers on a residual stream that is feature-major: (width, n), one row for each dimension.

Weights that were compiled have about one entry in a row, so that a layer is as many sums of whole rows.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from torch import Tensor

from proofformer.problems.arrays import Array
from proofformer.runtime.sources import engine_sources

F = TypeVar("F", bound=Callable[..., Any])

CHUNK = 512
"""Tokens whose hidden units are held at a time."""

FEW = 128
"""Tokens that are turned, before they are embedded, at a time."""


def kernel(function: F) -> F:
    """Compiled at the first call and kept on disk; without Python's lock, with IEEE arithmetic and nothing beyond."""
    asked = {"nogil": True, "error_model": "numpy"}
    try:
        made: Any = njit(cache=True, **asked)(function)
    except RuntimeError:
        # There is no place to keep it.
        return cast(F, njit(**asked)(function))
    if made is function:
        raise ImportError("NUMBA_DISABLE_JIT is set")
    # Kernels are compiled into one another, and numba would look for changes in the file of the outermost alone.
    made._cache._cache_file._source_stamp = engine_sources()
    made._cache.load_overload = _kept(made._cache)
    return cast(F, made)


def _kept(cache: Any) -> Callable[..., Any]:
    """What loads a kernel that is kept; one that is damaged is forgotten, and compiled anew."""
    load = cache.load_overload

    def load_overload(*given: Any) -> Any:
        try:
            return load(*given)
        except Exception:  # whatever pickle makes of half a file
            with suppress(OSError):
                cache.flush()
            return None

    return load_overload


@dataclass(frozen=True)
class Sparse:
    """A matrix by its rows: those of row r are entries `pointer[r]..pointer[r + 1]` of `column` and `value`."""

    pointer: Array
    column: Array
    value: Array

    @staticmethod
    def of(matrix: Array, dtype: type[np.floating[Any]]) -> Sparse:
        row, column = np.nonzero(matrix)
        pointer = np.searchsorted(row, np.arange(len(matrix) + 1))
        return Sparse(pointer.astype(np.int64), column.astype(np.int64), matrix[row, column].astype(dtype))

    @property
    def parts(self) -> tuple[Array, Array, Array]:
        return self.pointer, self.column, self.value

    def __len__(self) -> int:
        return len(self.pointer) - 1

    def of_one(self, x: Array, token: int) -> Array:
        """The product with one column of x (width, n): (rows,), in float64, in which no sum of the plan is rounded."""
        out = np.empty(len(self))
        _of_one(*self.parts, x, token, out)
        return out


def numbers(weight: Tensor) -> Array:
    """A weight in float64, which holds each of ours exactly."""
    made: Array = weight.detach().double().numpy()
    return made


@kernel
def _of_one(pointer: Array, column: Array, value: Array, x: Array, token: int, out: Array) -> None:
    for r in range(len(out)):
        total = 0.0
        for p in range(pointer[r], pointer[r + 1]):
            total += np.float64(value[p]) * np.float64(x[column[p], token])
        out[r] = total


@kernel
def scores_of_one(query: Array, pointer: Array, column: Array, value: Array, x: Array, end: int) -> Array:
    """The scores of a query (rows,) with keys matrix @ x, of the first `end` tokens, in float64."""
    scores = np.zeros(end)
    for r in range(len(query)):
        if query[r] == 0:
            continue
        for p in range(pointer[r], pointer[r + 1]):
            weight, source = query[r] * np.float64(value[p]), x[column[p], :end]
            for k in range(end):
                scores[k] += weight * np.float64(source[k])
    return scores


@kernel
def times(pointer: Array, column: Array, value: Array, x: Array, out: Array, first: int) -> None:
    """out[:, first : first + n] = matrix @ x, x (columns, n)."""
    for r in range(len(pointer) - 1):
        row(pointer, column, value, r, x, out[r, first : first + x.shape[1]])


@kernel
def embed(pointer: Array, column: Array, value: Array, tokens: Array, x: Array, first: int) -> None:
    """x[:, first : first + n] = matrix @ tokens.T, tokens (n, columns) of any dtype."""
    turned = np.empty((tokens.shape[1], FEW), value.dtype)
    for at in range(0, len(tokens), FEW):
        m = min(FEW, len(tokens) - at)
        for k in range(m):
            for c in range(tokens.shape[1]):
                turned[c, k] = tokens[at + k, c]
        times(pointer, column, value, turned[:, :m], x, first + at)


@kernel
def row(pointer: Array, column: Array, value: Array, r: int, x: Array, out: Array) -> None:
    """out (n,) = row r of matrix @ x."""
    n = len(out)
    if pointer[r] == pointer[r + 1]:
        for k in range(n):
            out[k] = 0
    for p in range(pointer[r], pointer[r + 1]):
        weight, source = value[p], x[column[p]]
        if p == pointer[r]:
            for k in range(n):
                out[k] = weight * source[k]
        else:
            for k in range(n):
                out[k] += weight * source[k]


@kernel
def add_times(pointer: Array, column: Array, value: Array, y: Array, x: Array, first: int) -> None:
    """x[:, first : first + n] += matrix @ y, y (columns, n)."""
    for r in range(len(pointer) - 1):
        target = x[r, first : first + y.shape[1]]
        for p in range(pointer[r], pointer[r + 1]):
            weight, source = value[p], y[column[p]]
            for k in range(len(target)):
                target[k] += weight * source[k]


@kernel
def _add_mlp(
    forms: tuple[Array, Array, Array],
    form_of: Array,
    bias: Array,
    outputs: tuple[Array, Array, Array],
    rows: Array,
    shift: Array,
    x: Array,
    first: int,
    last: int,
) -> None:
    """x += the MLP of x, for tokens first..last-1, a chunk at a time; a form that units share is made once."""
    none = bias[:1] * 0
    form, total = np.empty(CHUNK, bias.dtype), np.empty((len(rows), CHUNK), bias.dtype)
    for s in range(first, last, CHUNK):
        m = min(CHUNK, last - s)
        for r in range(len(rows)):
            for k in range(m):
                total[r, k] = shift[r]
        made = -1
        for u in range(len(bias)):
            if form_of[u] != made:
                made = form_of[u]
                row(forms[0], forms[1], forms[2], made, x[:, s : s + m], form[:m])
            for p in range(outputs[0][u], outputs[0][u + 1]):
                weight, target = outputs[2][p], total[outputs[1][p]]
                for k in range(m):
                    target[k] += weight * max(form[k] + bias[u], none[0])
        for r in range(len(rows)):
            target = x[rows[r], s : s + m]
            for k in range(m):
                target[k] += total[r, k]


class SparseMLP:
    """One hidden ReLU layer whose units are sorted by what they are computed of."""

    def __init__(self, hidden: Array, bias: Array, output: Array, shift: Array, dtype: type[np.floating[Any]]) -> None:
        """Weights (units, width), (units,), (width, units), (width,)."""
        forms, which = np.unique(hidden, axis=0, return_inverse=True)
        order = np.argsort(which.ravel(), kind="stable")
        self.forms, self.form_of = Sparse.of(forms, dtype), which.ravel()[order]
        self.bias = bias[order].astype(dtype)
        self.rows = np.nonzero((output != 0).any(1) | (shift != 0))[0]
        self.shift = shift[self.rows].astype(dtype)
        self.outputs = Sparse.of(np.ascontiguousarray(output[self.rows][:, order].T), dtype)

    def add_to(self, x: Array, first: int, last: int) -> None:
        """Add what it makes of tokens first..last-1 to them: x (width, n)."""
        _add_mlp(self.forms.parts, self.form_of, self.bias, self.outputs.parts, self.rows, self.shift, x, first, last)
