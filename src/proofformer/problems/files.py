"""Reading a matrix from a file, without ever executing or unpickling what is in it."""

import io
import math
import os
import reprlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.documents.content import read_bytes, text_of
from proofformer.errors import InputError

_KNOWN = ".npy, .npz, .csv and .txt"
_ARRAY_NAMES = ("rows", "X")


def load_matrix(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """The array in a .npy, .npz, .csv or .txt file, as read: `Problem.instance` checks shape and entries.

    A .npz holds one array, or one named `rows` or `X`. A .csv has comma-separated numbers. A line of a .txt
    is a run of digits such as 0110, one entry a digit, or numbers separated by spaces or commas. In both,
    blank lines and lines that start with # are ignored. Text gives an (n, l) array of int64, or of float64
    where some number is not whole. Raises InputError naming the file, the line and column (counted from 1)
    where there is one, and the remedy. Format of .npy: NumPy Enhancement Proposal 1.
    """
    file = Path(path)
    name = repr(str(file))
    try:
        if not file.exists():
            raise InputError(f"there is no file {name}: check the path")
        if not file.is_file():
            kind = "a directory" if file.is_dir() else "not a regular file"
            raise InputError(f"{name} is {kind}: name one file of type {_KNOWN}")
        suffix = file.suffix.lower()
        if suffix not in (".npy", ".npz", ".csv", ".txt"):
            raise InputError(f"{name} has the unknown extension {file.suffix!r}: the known ones are {_KNOWN}")
        data = file.read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}): check the path and its access") from error
    if not data:
        raise InputError(f"{name} is an empty file: write one row of 0/1 entries per document")
    if suffix == ".npy":
        return _parse_npy(name, data)
    if suffix == ".npz":
        return _parse_npz(name, data)
    return _parse_text(name, data, commas_only=suffix == ".csv")


def text_in(file: Path, limit: int, remedy: str) -> str:
    """All of a text file, out of its compression. Raises InputError for no text and for more than `limit` bytes."""
    try:
        if file.exists() and not (file.is_file() or file.is_dir()):
            raise InputError(f"{file} is not a regular file: {remedy}, from a disk")
        found = text_of(read_bytes(file, limit), limit)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}; {remedy}") from error
    if found.cut:
        raise InputError(f"{file} holds more than {limit:,} bytes: {remedy} of at most so many")
    if found.text is None:
        raise InputError(f"{file} is no text: {remedy}")
    return found.text


def _parse_npy(name: str, data: bytes) -> npt.NDArray[Any]:
    try:
        stream = io.BytesIO(data)
        version = np.lib.format.read_magic(stream)
        # Format 3.0 differs only in allowing names of fields that are not Latin-1: never a plain matrix.
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(stream)
        if dtype.hasobject:
            raise InputError(
                f"{name} holds Python objects, which are never unpickled: save it again as a bool, int or float array"
            )
        missing = math.prod(shape) * dtype.itemsize - (len(data) - stream.tell())
        if missing > 0:
            raise InputError(f"{name} is truncated ({missing} bytes are missing): save it again with np.save")
        stream.seek(0)
        return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
    except InputError:
        raise
    except Exception as error:  # numpy's header parser meets damaged bytes with many kinds of exception
        raise InputError(
            f"{name} is corrupt or not a .npy array ({type(error).__name__}): save it again with np.save"
        ) from error


def _parse_npz(name: str, data: bytes) -> npt.NDArray[Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            arrays = [entry[: -len(".npy")] for entry in archive.namelist() if entry.endswith(".npy")]
            chosen = arrays if len(arrays) == 1 else [array for array in arrays if array in _ARRAY_NAMES]
            if len(chosen) != 1:
                found = f"the arrays {', '.join(arrays)}" if arrays else "no arrays"
                raise InputError(f"{name} holds {found}: save just one array, or name exactly one of them rows or X")
            member = archive.read(f"{chosen[0]}.npy")
    except InputError:
        raise
    except Exception as error:  # zipfile and its decompressors meet damaged bytes with many kinds of exception
        raise InputError(
            f"{name} is corrupt or not a .npz archive ({type(error).__name__}): save it again with np.savez"
        ) from error
    return _parse_npy(f"{name} ({chosen[0]})", member)


def _parse_text(name: str, data: bytes, *, commas_only: bool) -> npt.NDArray[Any]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{name} is not text (byte {data[error.start]:#04x} at offset {error.start}): save it as UTF-8"
        ) from error
    rows: list[list[float]] = []
    first_line = 0
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        tokens = _tokens(line, commas_only)
        row = [_number(name, number, column, token) for column, token in enumerate(tokens, start=1)]
        if not rows:
            first_line = number
        elif len(row) != len(rows[0]):
            raise InputError(
                f"line {number} of {name} has {len(row)} entries but line {first_line} has {len(rows[0])}: "
                "write rows of one and the same length"
            )
        rows.append(row)
    if not rows:
        raise InputError(f"{name} holds no rows: write one row of 0/1 entries per document")
    matrix = np.array(rows, dtype=np.float64)
    whole = np.trunc(matrix) == matrix
    small = np.abs(matrix) < 2.0**53
    return matrix.astype(np.int64) if bool((whole & small).all()) else matrix


def _tokens(line: str, commas_only: bool) -> list[str]:
    if commas_only or "," in line:
        return [token.strip() for token in line.split(",")]
    words = line.split()
    if len(words) == 1 and line.isascii() and line.isdigit():
        return list(line)
    return words


def _number(name: str, line: int, column: int, token: str) -> float:
    try:
        # float() also reads 1_0 and digits of other scripts, which are not how a matrix is written.
        if token.isascii() and "_" not in token:
            return float(token)
    except ValueError:
        pass
    shown = reprlib.repr(token) if token else "nothing"
    raise InputError(f"line {line}, column {column} of {name} holds {shown}: every entry must be 0 or 1")
