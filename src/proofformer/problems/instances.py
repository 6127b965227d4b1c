"""Instances: the checked 0/1 matrix a problem is asked about."""

import reprlib
from collections.abc import Sized
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError


@dataclass(frozen=True, eq=False)
class Instance:
    """n >= 2 documents over l >= 1 keywords (source: docs/theory.md, section 1).

    `rows` has shape (n, l) and dtype uint8, holds only 0 and 1, is C-contiguous, not writeable and a private
    copy of what was passed. Usually made by `Problem.instance`, which also checks l. Raises InputError as
    `binary_rows` does. Instances compare by identity.
    """

    rows: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", binary_rows(self.rows))

    @property
    def n(self) -> int:
        """The number of documents."""
        return int(self.rows.shape[0])

    @property
    def dim(self) -> int:
        """The number of keywords, l."""
        return int(self.rows.shape[1])


def binary_rows(X: object, dim: int | None = None) -> npt.NDArray[np.uint8]:
    """A private, read-only, C-contiguous uint8 copy of X, shape (n, l), every entry checked to be 0 or 1.

    X is an Instance, a list of rows, a bool, int or float array, or a torch tensor, of shape (n, l) with
    n >= 2 and l = dim (any l >= 1 when dim is None). Raises InputError, naming the value, its row and column
    (counted from 0, as in answers) and the remedy, for any other shape, type or entry.
    """
    matrix = _to_array(X)
    if matrix.ndim == 0:
        raise InputError(f"X is {reprlib.repr(X)}, not a matrix: pass one row of 0/1 entries per document")
    if matrix.size == 0:
        raise InputError(f"X is empty (shape {matrix.shape}): pass at least 2 rows of 0/1 entries")
    if matrix.ndim != 2:
        raise InputError(f"X has shape {matrix.shape}, not two dimensions: pass one row of 0/1 entries per document")
    n, width = matrix.shape
    if dim is not None and width != dim:
        raise InputError(
            f"X has {width} columns but the problem has l = {dim}: "
            f"pass rows of {dim} entries or build the problem with dim={width}"
        )
    if n < 2:
        raise InputError(f"X has {n} row: pass at least 2, because a pair needs two documents")
    if matrix.dtype.kind not in "biuf":
        raise InputError(_not_numeric(matrix))
    bad = (matrix != 0) & (matrix != 1)
    if bad.any():
        row, column = divmod(int(bad.argmax()), width)
        value = reprlib.repr(matrix[row, column].item())
        raise InputError(f"row {row}, column {column} holds {value}: every entry must be 0 or 1")
    rows = np.array(matrix, dtype=np.uint8, order="C", copy=True)
    rows.setflags(write=False)
    return rows


def _to_array(X: object) -> npt.NDArray[Any]:
    if isinstance(X, Instance):
        return X.rows
    if isinstance(X, np.ma.MaskedArray):
        return _unmasked(X)
    if hasattr(X, "detach"):
        return _from_tensor(X)
    try:
        matrix = np.asarray(X)
        if matrix.dtype.kind not in "biuf" and not isinstance(X, np.ndarray):
            # numpy turns [[0, "1"]] into text throughout; as objects, the entry at fault can still be named.
            matrix = np.asarray(X, dtype=object)
    except ValueError:
        raise InputError(_ragged(X)) from None
    return matrix


def _from_tensor(tensor: Any) -> npt.NDArray[Any]:
    try:
        dense = tensor.detach().cpu()
        try:
            return np.asarray(dense.numpy())
        except TypeError:
            # bfloat16 and float8 have no numpy type and embed exactly in float32; float64 must not come here.
            if not hasattr(dense, "float"):
                raise
            return np.asarray(dense.float().numpy())
    except (TypeError, RuntimeError) as error:
        kind = type(tensor).__name__
        raise InputError(
            f"X is a {kind} without a numpy form ({type(error).__name__}): pass a dense tensor of 0/1 entries"
        ) from error


def _unmasked(X: "np.ma.MaskedArray[Any, Any]") -> npt.NDArray[Any]:
    mask = np.ma.getmaskarray(X)
    if mask.any():
        where = tuple(int(index) for index in np.argwhere(mask)[0])
        raise InputError(f"X is masked at index {where}: fill every entry with 0 or 1")
    return np.asarray(X)


def _not_numeric(matrix: npt.NDArray[Any]) -> str:
    for row, entries in enumerate(matrix.tolist()):
        for column, value in enumerate(entries):
            if not (isinstance(value, Real | np.bool_) and value in (0, 1)):
                return (
                    f"row {row}, column {column} holds {reprlib.repr(value)} of type {type(value).__name__}: "
                    "every entry must be the number 0 or 1"
                )
    return (
        f"X is an array of Python objects (row 0, column 0 holds {matrix[0, 0]!r}): "
        "convert it first, with X.astype(int)"
    )


def _ragged(X: object) -> str:
    """The sentence for nested lists that numpy cannot make into an array."""
    rows: list[Any] = list(X) if isinstance(X, list | tuple) else []
    for index, row in enumerate(rows):
        if not isinstance(row, Sized):
            return f"row {index} is {reprlib.repr(row)}, not a list: pass one list of 0/1 entries per row"
        if len(row) != len(rows[0]):
            return (
                f"row {index} has {len(row)} entries but row 0 has {len(rows[0])}: pass rows of one and the same length"
            )
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, Sized):
                return (
                    f"row {index}, column {column} holds {reprlib.repr(value)}: every entry must be the number 0 or 1"
                )
    return f"X is a {type(X).__name__} that numpy cannot read as a matrix: pass a list of rows of 0/1 entries"
