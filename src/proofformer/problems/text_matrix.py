"""A matrix out of text: which separator, header and index column it has, and every entry exactly."""

from __future__ import annotations

import csv
import re
import reprlib
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.documents.content import lines_of
from proofformer.errors import InputError

MOST_COLUMNS = 1 << 16
"""No problem has more, and a column of names."""
MOST_LINE = 1 << 22
"""Characters: so many columns as they are usually printed, with exponents, and more."""
MOST_DIGITS = 400
"""Characters of an entry: what is longer is no entry, and slow to compare."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,9})?|[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_IGNORED = re.compile(r"[ \t]*(#|$)")
_PADDED = re.compile(r"[+-]?0\d", re.ASCII)
_TRUTHS = {"TRUE": 1.0, "True": 1.0, "true": 1.0, "FALSE": 0.0, "False": 0.0, "false": 0.0}
_INDEX_NAMES = ("id", "index", "unnamed: 0")
_PLAINLY = "save it without (pandas: index=False, header=False)"
_KEEP = "or if these are entries, begin the file with a line that is #"


def matrix_in(name: str, text: str, suffix: str) -> npt.NDArray[Any]:
    """The entries of a .csv, .tsv or .txt, whose lines that are blank or start with # are ignored, and in a .txt
    whatever is behind a #, as numpy.loadtxt does.

    Raises InputError, with the line and column (counted from 1), for what cannot be read in one way alone.
    """
    lines = [(k, line) for k, line in enumerate(lines_of(name, text), 1) if not _IGNORED.match(line)]
    if suffix == ".txt":
        lines = [(k, line.partition("#")[0]) for k, line in lines]
    if not lines:
        raise InputError(f"{name} holds no rows: write one row of 0/1 entries per document")
    for number, line in lines:
        if len(line) > MOST_LINE:
            raise InputError(
                f"line {number} of {name} has {len(line):,} characters: write at most {MOST_COLUMNS:,} entries in a row"
            )
    separator = _separator(name, lines, suffix)
    first, start = lines[0]
    commented = text.lstrip(" \t\r\n").startswith("#")
    cells = _cells(name, first, start, separator, suffix)
    header = [] if separator is None else _header(name, first, cells, commented or len(lines) == 1)
    corner = header[:1] == [""]
    rows: list[npt.NDArray[Any]] = []
    names: list[str] = []
    for number, line in lines[bool(header) :]:
        row = None if corner else _bits(line, separator)
        if row is None:
            cells = _cells(name, number, line, separator, suffix)
            if corner:
                names.append(cells[0])
            numbers = [_entry(name, number, k, cell) for k, cell in enumerate(cells[corner:], 1 + corner)]
            row = np.array(numbers, dtype=np.float64)
        if len(row) != (width := len(rows[0]) if rows else len(header) - corner if header else len(row)):
            raise InputError(
                f"line {number} of {name} has {len(row) + corner} entries but line {first} has {width + corner}: "
                "write rows of one and the same length"
            )
        rows.append(row)
    if not rows:
        raise InputError(f"{name} holds a header and no rows: write one row of 0/1 entries per document")
    matrix = np.array(rows, dtype=np.float64 if any(row.dtype.kind == "f" for row in rows) else np.int64)
    if corner:
        _check_index(name, names, header)
    elif separator is not None and not commented and matrix.shape[1] > 1:
        _check_first_column(name, header, matrix[:, 0])
    if matrix.dtype.kind == "i":
        return matrix
    whole = (np.trunc(matrix) == matrix) & (np.abs(matrix) < 2.0**53)
    return matrix.astype(np.int64) if bool(whole.all()) else matrix


def _separator(name: str, lines: list[tuple[int, str]], suffix: str) -> str | None:
    """What is between entries; None for spaces, or nothing, in a .txt. Tabs beside commas are blanks."""
    seen: dict[str, int] = {}
    for number, line in lines:
        bare = re.sub(r'"[^"]*"', "", line) if '"' in line else line
        seen |= {mark: number for mark in ",;\t" if mark in bare and mark not in seen}
    if "," in seen and ";" in seen:
        raise InputError(
            f"{name} has both ',' (line {seen[',']}) and ';' (line {seen[';']}): separate entries by one of them alone"
        )
    for mark in ",;":
        if mark in seen:
            return mark
    if suffix == ".txt" and ("\t" not in seen or any(" " in line.strip(" ") for _, line in lines)):
        return None
    return "\t" if "\t" in seen else ","


def _bits(line: str, separator: str | None) -> npt.NDArray[np.uint8] | None:
    """The row of a line such as 0,1,1,0, the usual ones; None for every other."""
    digits = line[::2]
    if separator is None or line[1::2] != separator * (len(line) // 2) or len(line) % 2 == 0 or len(line) < 3:
        return None
    if len(digits) > MOST_COLUMNS or not (digits.isascii() and digits.isdigit()):
        return None
    return np.frombuffer(digits.encode(), np.uint8) - np.uint8(48)


def _cells(name: str, number: int, line: str, separator: str | None, suffix: str) -> list[str]:
    words = line.strip(" \t")
    if suffix == ".txt" and words.isascii() and words.isdigit():
        cells = list(words)
    elif separator is None:
        cells = re.split(r"[ \t]+", words)
    elif '"' not in line:
        cells = [cell.strip(" \t") for cell in line.split(separator)]
    else:
        try:
            (quoted,) = csv.reader([line], delimiter=separator, strict=True, skipinitialspace=True)
        except (csv.Error, ValueError) as error:
            raise InputError(
                f"line {number} of {name} has quotes that do not match ({error}): leave them out"
            ) from None
        cells = [cell.strip(" \t") for cell in quoted]
    if len(cells) > MOST_COLUMNS + 1:
        raise InputError(f"line {number} of {name} has {len(cells):,} entries: write at most {MOST_COLUMNS:,} in a row")
    return cells


def _is_entry(cell: str) -> bool:
    return cell in _TRUTHS or _NUMBER.fullmatch(cell) is not None


def _counts(cells: list[str], first: int) -> bool:
    """Whether entries count from `first` on, however they are spelled."""
    return all(cell not in _TRUTHS and float(cell) == k for k, cell in enumerate(cells, first))


def _header(name: str, number: int, cells: list[str], commented: bool) -> list[str]:
    """The names in the first line, with "" above an index column; none where it is a row."""
    entries = [_is_entry(cell) for cell in cells]
    counted = [str(k) for k in range(len(cells))]
    if all(entries):
        first = 1 if _counts(cells, 1) and len(cells) > 1 else 0
        if _counts(cells, first) and not commented:
            seen = f"{first}, {first + 1}, ..."
            raise InputError(f"line {number} of {name} counts {seen} and looks like a header: {_PLAINLY}, {_KEEP}")
        return []
    below = cells[1:] if cells[0] == "" else cells
    if len(cells) == 1 or not (all(map(_is_name, below)) or (below != cells and below == counted[:-1])):
        column = entries.index(False)
        shown = reprlib.repr(cells[column]) if cells[column] else "nothing"
        raise InputError(
            f"line {number}, column {column + 1} of {name} holds {shown}: every entry must be 0 or 1, and where this "
            f"is a header or an index column, {_PLAINLY}"
        )
    if len(set(cells)) < len(cells):
        raise InputError(f"line {number} of {name} looks like a header with a name twice: {_PLAINLY}")
    return cells


def _is_name(cell: str) -> bool:
    """Whether a cell can only be a name, nothing that resembles a number."""
    return (cell[:1].isalpha() or cell[:1] == "_") and not _is_entry(cell) and any(c not in "OoIlL" for c in cell)


def _check_index(name: str, names: list[str], header: list[str]) -> None:
    """What is below an empty corner is an index when its names differ, and count where the columns' names do."""
    counts = names == list(map(str, range(len(names))))
    if len(set(names)) < len(names) or (not counts and _is_entry(header[1])):
        raise InputError(f"{name} may have an index column, below the empty corner of its header: {_PLAINLY}")


def _check_first_column(name: str, header: list[str], column: npt.NDArray[Any]) -> None:
    """Raises InputError for a first column that counts rows, or is called so.

    0 and 1 alone count below a header only, which a matrix that is nothing else has not.
    """
    counts = any(bool((column == np.arange(start, start + len(column))).all()) for start in (0, 1))
    if (counts and (header or len(column) > 2)) or (header and header[0].lower() in _INDEX_NAMES):
        shown = ", ".join(f"{x:g}" for x in column[:3])
        raise InputError(f"column 1 of {name} ({shown}, ...) looks like an index column: {_PLAINLY}, {_KEEP}")


def _entry(name: str, line: int, column: int, cell: str) -> float:
    if len(cell) <= MOST_DIGITS:
        value = _value(cell)
        if value is not None:
            return value
    shown = reprlib.repr(cell) if cell else "nothing"
    raise InputError(f"line {line}, column {column} of {name} holds {shown}: every entry must be 0 or 1")


@lru_cache(1 << 12)
def _value(cell: str) -> float | None:
    """The number that a cell is; None where it is none, or one that would become a whole number by rounding."""
    if cell in _TRUTHS:
        return _TRUTHS[cell]
    # A zero in front may be an entry of its own whose separator is missing.
    if not _NUMBER.fullmatch(cell) or _PADDED.match(cell):
        return None
    value = float(cell)
    return None if value.is_integer() and Decimal(cell) != Decimal(value) else value
