"""Reading a matrix from a file, without ever executing or unpickling what is in it."""

import os
from pathlib import Path
from typing import Any

import numpy.typing as npt

from proofformer.documents.content import read_bytes, text_of
from proofformer.errors import InputError
from proofformer.problems import array_files
from proofformer.problems.text_matrix import matrix_in

_KNOWN = ".npy, .npz, .csv, .tsv and .txt"
_COMPRESSED = (".gz", ".bz2", ".xz")
MOST_TEXT = 1 << 28
"""Bytes of a matrix in text."""


def load_matrix(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """The array in a .npy, .npz, .csv, .tsv or .txt file, as read: `Problem.instance` checks shape and entries.

    A .npz holds one array, or one named `rows` or `X`, or what scipy.sparse.save_npz wrote. Text is UTF-8, Latin-1 or,
    with a byte order mark, UTF-16; files that begin as gzip, bzip2 or xz are decompressed, also with .gz, .bz2 or .xz
    after the name. A .csv or .tsv has numbers, TRUE or FALSE, between commas, semicolons or tabs, perhaps in quotes. A
    line of a .txt may also be a run of digits such as 0110, one entry a digit, or numbers separated by spaces. Blank
    lines and lines that start with # are ignored, and so are a header of names and an index column below its empty
    corner: rows are counted without them. Text gives an (n, l) array of int64, or of float64 where some number is not
    whole. Raises InputError naming the file, the line and column (counted from 1) where there is one, and the remedy,
    for whatever can be read in two ways, such as a first column 0, 1, 2, ... below a header, and for numbers that would
    be rounded to whole ones.
    """
    file = Path(path)
    name = repr(str(file))
    try:
        if not file.exists():
            raise InputError(f"there is no file {name}: check the path")
        if not file.is_file():
            kind = "a directory" if file.is_dir() else "not a regular file"
            raise InputError(f"{name} is {kind}: name one file of type {_KNOWN}")
        inner = file.with_suffix("") if file.suffix.lower() in _COMPRESSED else file
        suffix = inner.suffix.lower()
        if suffix not in (".npy", ".npz", ".csv", ".tsv", ".txt"):
            raise InputError(f"{name} has the unknown extension {file.suffix!r}: the known ones are {_KNOWN}")
        most = array_files.MOST_BYTES if suffix in (".npy", ".npz") else MOST_TEXT
        data = read_bytes(file, most)
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}): check the path and its access") from error
    if not data:
        raise InputError(f"{name} is an empty file: write one row of 0/1 entries per document")
    if len(data) > most:
        raise InputError(f"{name} holds more than {most:,} bytes: save fewer rows, or smaller entries such as uint8")
    if suffix == ".npy":
        return array_files.parse_npy(name, data)
    if suffix == ".npz":
        return array_files.parse_npz(name, data)
    text = text_of(data, most).text
    if text is None:
        raise InputError(f"{name} is not text: save it as UTF-8")
    return matrix_in(name, text, suffix)
