"""Reading a matrix from a file, without ever executing or unpickling what is in it."""

import os
import sys
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from shutil import copyfileobj
from tempfile import NamedTemporaryFile
from typing import Any

import numpy.typing as npt

from proofformer.documents.content import read_bytes, text_of
from proofformer.errors import InputError
from proofformer.problems import array_files
from proofformer.problems.text_matrix import matrix_in

_KNOWN = ".npy, .npz, .csv, .tsv or .txt"
_COMPRESSED = (".gz", ".bz2", ".xz")
STDIN = "-"
MOST_TEXT = 1 << 28
"""Bytes of a matrix in text."""


def load_matrix(path: str | os.PathLike[str]) -> npt.NDArray[Any]:
    """The array in a .npy, .npz, .csv, .tsv or .txt file, as read: `Problem.instance` checks shape and entries.

    Standard input ("-") and pipes are told by how they begin.

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
    name = "standard input" if str(path) == STDIN else repr(str(file))
    try:
        if str(path) == STDIN or file.is_fifo():
            return _parsed(name, *_piped(file))
        if not file.exists():
            raise InputError(f"there is no file {name}: check the path")
        if not file.is_file():
            kind = "a directory" if file.is_dir() else "not a regular file"
            raise InputError(f"{name} is {kind}: name one file of type {_KNOWN}")
        inner = file.with_suffix("") if file.suffix.lower() in _COMPRESSED else file
        suffix = inner.suffix.lower()
        if suffix not in (".npy", ".npz", ".csv", ".tsv", ".txt"):
            what = f"the unknown extension {file.suffix!r}" if file.suffix else "no extension"
            raise InputError(f"{name} has {what}: save the rows as {_KNOWN}, such as with numpy.save")
        return _parsed(name, read_bytes(file, _most(suffix)), suffix)
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}): check the path and its access") from error


def _most(suffix: str) -> int:
    return array_files.MOST_BYTES if suffix in (".npy", ".npz") else MOST_TEXT


def _piped(file: Path) -> tuple[bytes, str]:
    """What standard input or a pipe has, and the suffix of a file that had it."""
    with NamedTemporaryFile() as kept, ExitStack() as stack:
        stdin = getattr(sys.stdin, "buffer", None) or BytesIO()
        copyfileobj(stdin if str(file) == STDIN else stack.enter_context(file.open("rb")), kept)
        kept.flush()
        data = read_bytes(Path(kept.name), array_files.MOST_BYTES)
    for magic, suffix in ((b"\x93NUMPY", ".npy"), (b"PK", ".npz")):
        if data.startswith(magic):
            return data, suffix
    line = next((line for line in data.splitlines() if line.strip() and not line.startswith(b"#")), b"")
    line = line.partition(b"#")[0]
    return data, ".tsv" if b"\t" in line else ".csv" if b"," in line or b";" in line else ".txt"


def _parsed(name: str, data: bytes, suffix: str) -> npt.NDArray[Any]:
    most = _most(suffix)
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
