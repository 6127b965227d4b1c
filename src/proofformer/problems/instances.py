"""Instances: the checked matrices a problem is asked about."""

import reprlib
from collections.abc import Sized
from dataclasses import dataclass
from numbers import Real
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError, Spoken
from proofformer.problems.sparse import dense, is_sparse

MOST_LEVELS: Final = 255
CALLED: Final = {"X": Spoken("X", "INPUT"), "A": Spoken("A", "INPUT"), "B": Spoken("B", "INPUT_B")}
PASS: Final = Spoken("pass", "write")


@dataclass(frozen=True, eq=False, init=False)
class Instance:
    """One set of n >= 2 documents over l >= 1 keywords, or two sets of at least one document each over the same l.

    `rows`, of shape (n, l) or (nA, l), and `others`, of shape (nB, l) or None, have dtype uint8, hold only the whole
    numbers 0..levels (0 and 1 unless told otherwise), are C-contiguous, not writeable and private copies of what was
    passed: anything `checked_rows` reads; an Instance passed alone is copied whole, with its levels if they are more.
    Usually made by `Problem.instance`, which also checks l. Raises InputError as `checked_rows` does and for two sets
    of different l. Instances compare by identity. Source: docs/theory.md, section 1.
    """

    rows: npt.NDArray[np.uint8]
    others: npt.NDArray[np.uint8] | None = None
    levels: int = 1

    def __init__(self, rows: object, others: object = None, levels: int = 1) -> None:
        levels = checked_levels(levels)
        if isinstance(rows, Instance) and others is None:
            levels, others, rows = max(levels, rows.levels), rows.others, rows.rows
        object.__setattr__(self, "levels", levels)
        if others is None:
            object.__setattr__(self, "rows", checked_rows(rows, levels=levels))
            object.__setattr__(self, "others", None)
            return
        left = checked_rows(rows, levels=levels, least=1, name="A")
        right = checked_rows(others, levels=levels, least=1, name="B")
        if left.shape[1] != right.shape[1]:
            width, other = left.shape[1], right.shape[1]
            raise InputError(
                CALLED["A"],
                f" has {width} columns and ",
                CALLED["B"],
                f" has {other}: ",
                PASS,
                " rows of one length in both",
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


def checked_levels(levels: object) -> int:
    """The largest entry C, an int 1..255; raises InputError for anything else."""
    if not isinstance(levels, int) or isinstance(levels, bool) or not 1 <= levels <= MOST_LEVELS:
        raise InputError(
            f"levels is {reprlib.repr(levels)}: pass the largest entry as a whole number from 1 to {MOST_LEVELS}"
        )
    return levels


def checked_rows(X: object, *, levels: int = 1, least: int = 2, name: str = "X") -> npt.NDArray[np.uint8]:
    """A private, read-only, C-contiguous uint8 copy of X, shape (n, l), every entry a whole number 0..levels.

    X is an Instance of one set, a list of rows, a bool, int or float array, dense or scipy's sparse, or a torch tensor,
    of shape (n, l) with n >= least (2 for one set, 1 for each of two) and any l >= 1. Raises InputError, naming the
    value, its row and column (counted from 0, as in answers) and the remedy, for any other shape, type or entry; the
    messages call X by `name`, which is "A" or "B" for a set of two.
    """
    entries = "0/1 entries" if levels == 1 else f"entries 0 to {levels}"
    matrix, called = _to_array(X, name), CALLED.get(name, name)
    if matrix.ndim == 0:
        raise InputError(called, f" is {reprlib.repr(X)}, not a matrix: ", PASS, f" one row of {entries} per document")
    if matrix.size == 0:
        count = "1 row" if least == 1 else f"{least} rows"
        raise InputError(called, f" is empty (shape {matrix.shape}): ", PASS, f" at least {count} of {entries}")
    if matrix.ndim != 2:
        shape = f" has shape {matrix.shape}, not two dimensions: "
        raise InputError(called, shape, PASS, f" one row of {entries} per document")
    n, width = matrix.shape
    if n < least:
        raise InputError(called, f" has {n} row: ", PASS, f" at least {least}, because a pair needs two documents")
    if matrix.dtype.kind not in "biuf":
        raise InputError(_not_numeric(matrix, name, levels))
    # Written so that NaN, which compares false with everything, is bad.
    good = (matrix >= 0) & (matrix <= levels)
    if matrix.dtype.kind == "f":
        good &= np.floor(matrix) == matrix
    if not good.all():
        row, column = divmod(int(good.argmin()), width)
        value = reprlib.repr(matrix[row, column].item())
        wanted = "0 or 1" if levels == 1 else f"a whole number from 0 to {levels}"
        raise InputError(f"{_at(name, row, column)} holds {value}: every entry must be {wanted}")
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
    if is_sparse(X):
        return dense(X, name)
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
            f"{name} is a {kind} without a numpy form ({type(error).__name__}): pass a dense tensor of numbers"
        ) from error


def _unmasked(X: "np.ma.MaskedArray[Any, Any]", name: str) -> npt.NDArray[Any]:
    mask = np.ma.getmaskarray(X)
    if mask.any():
        where = tuple(int(index) for index in np.argwhere(mask)[0])
        raise InputError(f"{name} is masked at index {where}: fill every masked entry")
    return np.asarray(X)


def _not_numeric(matrix: npt.NDArray[Any], name: str, levels: int) -> str:
    for row, entries in enumerate(matrix.tolist()):
        for column, value in enumerate(entries):
            if not (isinstance(value, Real | np.bool_) and value in range(levels + 1)):
                wanted = "the number 0 or 1" if levels == 1 else f"a whole number from 0 to {levels}"
                return (
                    f"{_at(name, row, column)} holds {reprlib.repr(value)} of type {type(value).__name__}: "
                    f"every entry must be {wanted}"
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
            return f"{_at(name, index)} is {reprlib.repr(row)}, not a list: pass one list of numbers per row"
        if len(row) != len(rows[0]):
            return (
                f"{_at(name, index)} has {len(row)} entries but row 0 has {len(rows[0])}: "
                "pass rows of one and the same length"
            )
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, Sized):
                return f"{_at(name, index, column)} holds {reprlib.repr(value)}: every entry must be one number"
    return f"{name} is a {type(X).__name__} that numpy cannot read as a matrix: pass a list of rows of numbers"
