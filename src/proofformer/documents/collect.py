"""Documents from text files, folders and tables, and what was passed over on the way."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proofformer.documents.content import Text, read_text, standard_input
from proofformer.documents.files import find_files
from proofformer.documents.lines import is_objects, texts_by_line, texts_of_objects
from proofformer.documents.tables import column_of, is_table
from proofformer.errors import InputError

LONGEST = 1 << 20  # bytes of a document
LONGEST_TABLE = 1 << 28  # bytes of a table, which is never cut: half a row would be a document nobody wrote
STDIN, INPUT = "-", "standard input"
LEAST = 3  # with two, every word in both is in all


@dataclass(frozen=True)
class Document:
    """A text, and a name for it that is short, printable and its own."""

    name: str
    text: str


@dataclass
class Collection:
    """Documents, and by name what became of files: nothing more is told of them than this.

    `tables` were read row by row, and have so many rows and lines; `copies` maps a document left out to an equal one;
    `cut` had more than LONGEST bytes; `latin1` were not UTF-8; no text was in the `binary`, no way to read the
    `unreadable`; so many were `hidden`.
    """

    documents: list[Document] = field(default_factory=list)
    tables: dict[str, dict[str, int]] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    cut: list[str] = field(default_factory=list)
    latin1: list[str] = field(default_factory=list)
    binary: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    hidden: int = 0

    def left(self) -> dict[str, Any]:
        """What became of files, as JSON values."""
        return {name: value for name, value in vars(self).items() if name != "documents"}


def collect(
    paths: Sequence[str | os.PathLike[str]],
    column: str | None = None,
    near: str | os.PathLike[str] | None = None,
    lines: bool = False,
) -> Collection:
    """The documents in files and folders, and the lines of standard input, `-`, which come last.

    With `column`, each row of a .csv or .tsv file is one, and that entry of the JSON object on each line of a .jsonl
    file and of standard input; with `lines`, each line of a file that is not blank. The text of the file `near`, if it
    is given, is the first document, wherever else it is. A row is named file:row, counted from 1 below the header, a
    line file:line. Raises InputError for a path that does not exist, a named file that cannot be read, fewer than 3
    documents, and for what `column_of` and `texts_of_objects` refuse.
    """
    if lines and column is not None:
        raise InputError(f"--lines and --column {column} both say what a text is: leave one of them out")
    if near is not None and os.path.isdir(near):
        raise InputError(f"{str(near)!r} is a folder: name the file of the one text to compare with")
    given = [path for path in paths if path != STDIN]
    found = find_files(given if near is None else [near, *given])
    names = display_names([*found.files, *found.unreadable])
    result = Collection(hidden=found.hidden, unreadable=[names[file] for file in found.unreadable])
    asked = None if near is None else found.files[0]
    named, seen = {asked, *map(Path, given)}, dict[str, str]()
    tables = [file for file in found.files if (is_table(file.name) or is_objects(file.name)) and file != asked]
    if column is not None and not tables and len(given) == len(paths):
        raise InputError(
            f"there is no .csv, .tsv or .jsonl file to read the column {column!r} from: leave --column out"
        )
    for file in found.files:
        name, parted = names[file], file != asked and (lines or (column is not None and file in tables))
        try:
            read = read_text(file, LONGEST_TABLE if parted else LONGEST)
        except OSError as error:
            if file in named:
                raise InputError(f"{str(file)!r} cannot be read ({error.strerror}): leave it out") from error
            result.unreadable.append(name)
            continue
        if read.text is None and file == asked:
            raise InputError(f"{str(file)!r} is no text file: name one")
        _take(result, seen, name, read, column if parted else None, parted=parted)
    if len(given) < len(paths):
        read = _standard_input()
        _take(result, seen, INPUT, read, column, parted=True)
    if len(result.documents) < LEAST:
        raise InputError(_too_few(result, tables if column is None else [], lines or len(result.tables) > 0))
    return result


def _standard_input() -> Text:
    try:
        read = standard_input(LONGEST_TABLE)
    except OSError as error:
        raise InputError(f"standard input cannot be read ({error.strerror}): pass lines of text") from error
    if read.text is None:
        raise InputError("standard input is no text: pass lines of text")
    return read


def _take(result: Collection, seen: dict[str, str], name: str, read: Text, column: str | None, *, parted: bool) -> None:
    """The documents of what was read: one, or those of its rows or lines if it is `parted`."""
    if read.text is None:
        result.binary.append(name)
        return
    if read.latin1:
        result.latin1.append(name)
    if not parted:
        if read.cut:
            result.cut.append(name)
        _add(result, seen, [Document(name, read.text)])
        return
    if read.cut:
        raise InputError(f"{name!r} has more than {LONGEST_TABLE >> 20} MiB: split it into several")
    if column is None:
        table = texts_by_line(name, read.text, LONGEST)
    elif is_table(name):
        table = column_of(name, read.text, column, LONGEST)
    else:
        table = texts_of_objects(name, read.text, column, LONGEST)
    result.tables[name] = {"rows": len(table.texts), "lines": table.lines}
    numbers = table.numbers or range(1, len(table.texts) + 1)
    _add(result, seen, (Document(f"{name}:{row}", entry) for row, entry in zip(numbers, table.texts, strict=True)))


def _add(result: Collection, seen: dict[str, str], documents: Iterable[Document]) -> None:
    """Take in what is not an exact copy: a pair of equal texts would be the answer to no question worth asking."""
    for document in documents:
        first = seen.setdefault(document.text, document.name) if document.text.strip() else document.name
        if first == document.name:
            result.documents.append(document)
        else:
            result.copies[document.name] = first


def _too_few(result: Collection, tables: list[Path], by_line: bool) -> str:
    counts = {
        "exact copies": len(result.copies),
        "hidden": result.hidden,
        "binary": len(result.binary),
        "unreadable": len(result.unreadable),
    }
    skipped = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    count = len(result.documents)
    told = f"{count} document{'s' * (count != 1)} found" + (f" (left out: {skipped})" if skipped else "")
    remedy = f"name at least {LEAST} text files or a folder of them, since a keyword is in two documents but not in all"
    if tables:
        remedy += f", or read the rows of {tables[0].name} with --column NAME"
    elif count and not by_line:
        remedy += ", or read each line as one with --lines"
    return f"{told}: {remedy}"


def display_names(files: Sequence[Path]) -> dict[Path, str]:
    """Each file's path below the deepest folder that holds all of them, with nothing that a terminal would obey."""
    if not files:
        return {}
    absolute = {file: os.path.abspath(file) for file in files}
    folder = os.path.commonpath([os.path.dirname(path) for path in absolute.values()])
    return {file: _printable(os.path.relpath(path, folder)) for file, path in absolute.items()}


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)
