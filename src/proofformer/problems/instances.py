"""Instances: the checked 0/1 matrices a problem is asked about."""

import reprlib
from collections.abc import Sized
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError


@dataclass(frozen=True, eq=False, init=False)
class Instance:
    """One set of n >= 2 documents over l >= 1 keywords, or two sets of at least one document each over the same l.

    `rows`, of shape (n, l) or (nA, l), and `others`, of shape (nB, l) or None, have dtype uint8, hold only 0 and 1,
    are C-contiguous, not writeable and private copies of what was passed: anything `binary_rows` reads; an Instance
    of two sets is copied whole. Usually made by `Problem.instance`, which also checks l. Raises InputError as
    `binary_rows` does and for two sets of different l. Instances compare by identity. Source: docs/theory.md,
    section 1.
    """

    rows: npt.NDArray[np.uint8]
    others: npt.NDArray[np.uint8] | None = None

    def __init__(self, rows: object, others: object = None) -> None:
        if isinstance(rows, Instance) and others is None:
            others, rows = rows.others, rows.rows
        if others is None:
            object.__setattr__(self, "rows", binary_rows(rows))
            object.__setattr__(self, "others", None)
            return
        left = binary_rows(rows, least=1, name="A")
        right = binary_rows(others, least=1, name="B")
        if left.shape[1] != right.shape[1]:
            raise InputError(
                f"A has {left.shape[1]} columns and B has {right.shape[1]}: pass rows of one length in both"
            )
        object.__setattr__(self, "rows", left)
        object.__setattr__(self, "others", right)

    @property
    def sets(self) -> tuple[npt.NDArray[np.uint8], ...]:
        """The one or two matrices."""
        return (self.rows,) if self.others is None else (self.rows, self.others)

    @property
    def n(self) -> int:
        """The number of documents, of both sets together."""
        return sum(len(matrix) for matrix in self.sets)

    @property
    def dim(self) -> int:
        """The number of keywords, l."""
        return int(self.rows.shape[1])


def binary_rows(X: object, dim: int | None = None, *, least: int = 2, name: str = "X") -> npt.NDArray[np.uint8]:
    """A private, read-only, C-contiguous uint8 copy of X, shape (n, l), every entry checked to be 0 or 1.

    X is an Instance of one set, a list of rows, a bool, int or float array, or a torch tensor, of shape (n, l) with
    n >= least (2 for one set, 1 for each of two) and l = dim (any l >= 1 when dim is None). Raises InputError, naming
    the value, its row and column (counted from 0, as in answers) and the remedy, for any other shape, type or entry;
    the messages call X by `name`, which is "A" or "B" for a set of two.
    """
    matrix = _to_array(X, name)
    if matrix.ndim == 0:
        raise InputError(f"{name} is {reprlib.repr(X)}, not a matrix: pass one row of 0/1 entries per document")
    if matrix.size == 0:
        count = "1 row" if least == 1 else f"{least} rows"
        raise InputError(f"{name} is empty (shape {matrix.shape}): pass at least {count} of 0/1 entries")
    if matrix.ndim != 2:
        raise InputError(
            f"{name} has shape {matrix.shape}, not two dimensions: pass one row of 0/1 entries per document"
        )
    n, width = matrix.shape
    if dim is not None and width != dim:
        raise InputError(
            f"{name} has {width} columns but the problem has l = {dim}: "
            f"pass rows of {dim} entries or build the problem with dim={width}"
        )
    if n < least:
        raise InputError(f"{name} has {n} row: pass at least {least}, because a pair needs two documents")
    if matrix.dtype.kind not in "biuf":
        raise InputError(_not_numeric(matrix, name))
    bad = (matrix != 0) & (matrix != 1)
    if bad.any():
        row, column = divmod(int(bad.argmax()), width)
        value = reprlib.repr(matrix[row, column].item())
        raise InputError(f"{_at(name, row, column)} holds {value}: every entry must be 0 or 1")
    rows = np.array(matrix, dtype=np.uint8, order="C", copy=True)
    rows.setflags(write=False)
    return rows


def _at(name: str, row: int, column: int | None = None) -> str:
    """Where an entry or a row is; which set it is in goes without saying when there is one."""
    place = f"row {row}" if column is None else f"row {row}, column {column}"
    return place if name == "X" else f"{place} of {name}"


def _to_array(X: object, name: str) -> npt.NDArray[Any]:
    if isinstance(X, Instance):
        if X.others is not None:
            raise InputError(f"{name} is an Instance of two sets, not one: pass its rows or its others")
        return X.rows
    if isinstance(X, np.ma.MaskedArray):
        return _unmasked(X, name)
    if hasattr(X, "detach"):
        return _from_tensor(X, name)
    try:
        matrix = np.asarray(X)
        if matrix.dtype.kind not in "biuf" and not isinstance(X, np.ndarray):
            # numpy turns [[0, "1"]] into text throughout; as objects, the entry at fault can still be named.
            matrix = np.asarray(X, dtype=object)
    except ValueError:
        raise InputError(_ragged(X, name)) from None
    return matrix


def _from_tensor(tensor: Any, name: str) -> npt.NDArray[Any]:
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
            f"{name} is a {kind} without a numpy form ({type(error).__name__}): pass a dense tensor of 0/1 entries"
        ) from error


def _unmasked(X: "np.ma.MaskedArray[Any, Any]", name: str) -> npt.NDArray[Any]:
    mask = np.ma.getmaskarray(X)
    if mask.any():
        where = tuple(int(index) for index in np.argwhere(mask)[0])
        raise InputError(f"{name} is masked at index {where}: fill every entry with 0 or 1")
    return np.asarray(X)


def _not_numeric(matrix: npt.NDArray[Any], name: str) -> str:
    for row, entries in enumerate(matrix.tolist()):
        for column, value in enumerate(entries):
            if not (isinstance(value, Real | np.bool_) and value in (0, 1)):
                return (
                    f"{_at(name, row, column)} holds {reprlib.repr(value)} of type {type(value).__name__}: "
                    "every entry must be the number 0 or 1"
                )
    return (
        f"{name} is an array of Python objects (row 0, column 0 holds {matrix[0, 0]!r}): "
        f"convert it first, with {name}.astype(int)"
    )


def _ragged(X: object, name: str) -> str:
    """The sentence for nested lists that numpy cannot make into an array."""
    rows: list[Any] = list(X) if isinstance(X, list | tuple) else []
    for index, row in enumerate(rows):
        if not isinstance(row, Sized):
            return f"{_at(name, index)} is {reprlib.repr(row)}, not a list: pass one list of 0/1 entries per row"
        if len(row) != len(rows[0]):
            return (
                f"{_at(name, index)} has {len(row)} entries but row 0 has {len(rows[0])}: "
                "pass rows of one and the same length"
            )
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, Sized):
                return f"{_at(name, index, column)} holds {reprlib.repr(value)}: every entry must be the number 0 or 1"
    return f"{name} is a {type(X).__name__} that numpy cannot read as a matrix: pass a list of rows of 0/1 entries"
