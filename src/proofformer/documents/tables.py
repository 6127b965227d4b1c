"""The rows of a table as texts, where there is but one way to read it."""

import csv
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from proofformer.documents.content import lines_of
from proofformer.errors import InputError

MOST_COLUMNS = 1 << 14
_TABLE = re.compile(r"\.(csv|tsv)(\.(gz|bz2|xz))?$", re.IGNORECASE)
_LINE = "\U0010ffff"  # in no text, being no character: a table without a delimiter has one column
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", _LINE: "line ends"}


@dataclass(frozen=True)
class ColumnTexts:
    """The texts of a column, one for each row below the header, and how many lines the file has.

    `numbers` has the line of each text, where a text is what is on a line.
    """

    texts: list[str]
    lines: int
    numbers: Sequence[int] = ()


@dataclass(frozen=True)
class _Reading:
    """A table read in one of the possible ways: split at `delimiter`, with quotation marks around entries or without.

    `texts` are the entries of the column, and row k of them ends on line `ends[k]`. `broken` is the first line that
    makes this way impossible, with the reason.
    """

    delimiter: str
    quotes: bool
    header: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    ends: "array[int]" = field(default_factory=lambda: array("q"))
    broken: tuple[int, str] | None = None

    def at(self, k: int) -> tuple[int, str]:
        """Row k: where it ends, and its text without the quotation marks around it."""
        text = self.texts[k]
        if not self.quotes and len(text) >= 2 and text[0] == text[-1] == '"':
            text = text[1:-1].replace('""', '"')
        return self.ends[k], text

    def how(self) -> str:
        return f"split at {_DELIMITERS[self.delimiter]} with{'out' * (not self.quotes)} quotation marks"


class _BrokenError(Exception):
    """A line that does not belong to a table, and why."""


class _TooLongError(_BrokenError):
    """An entry that no document could be: whether it is one, or a quotation mark astray, cannot be told."""


def is_table(name: str) -> bool:
    """Whether the name, without the ending of a compressed file, is that of a table."""
    return _TABLE.search(name) is not None


def column_of(name: str, text: str, column: str, longest: int) -> ColumnTexts:
    """The entries of `column` in every row below the header; blank lines are no rows.

    Commas, semicolons or tabs separate (in a .tsv tabs only), or nothing does in a table of one column; quotation marks
    enclose entries as in RFC 4180, or are characters like any other. A way to read the table is one in which the header
    has the column once and every row has as many fields as the header. `longest` is the most characters of one entry.
    Raises InputError for an unknown column, one that is there twice, a longer entry, and unless there is one way alone,
    or all agree but for the quotation marks around entries.
    """
    lines = lines_of(name, text)
    tabs = (found := _TABLE.search(name)) is not None and found[1].lower() == "tsv"
    separators = "\t" + _LINE if tabs else "".join(_DELIMITERS)
    marks = (True, False) if '"' in text else (False,)
    before = csv.field_size_limit(longest)
    try:
        ways = [_read(lines, d, q, column, longest) for q in marks for d in separators]
    except _TooLongError as error:
        line, why = error.args
        raise InputError(f"{name}, line {line} {why}") from None
    finally:
        csv.field_size_limit(before)
    ways = [way for way in ways if way.header.count(column) == 1] or _no_column(name, column, ways)
    whole = [way for way in ways if way.broken is None] or _no_way(name, ways)
    for other in whole[1:]:
        _agree(name, whole[0], other)
    return ColumnTexts(whole[0].texts, len(lines))


def _read(lines: Sequence[str], delimiter: str, quotes: bool, column: str, longest: int) -> _Reading:
    rows = _quoted(lines, delimiter, longest) if quotes else _plain(lines, delimiter)
    try:
        line, header = next(rows, (0, []))
    except _BrokenError:
        header = []
    header = [entry.strip() for entry in header]
    way = _Reading(delimiter, quotes, header)
    if header.count(column) != 1:
        return way
    if len(header) > MOST_COLUMNS:
        raise _TooLongError(line, f"has more than {MOST_COLUMNS:,} columns: leave some out")
    at = header.index(column)
    try:
        for end, row in rows:
            if len(row) != len(header):
                many = f"more than {MOST_COLUMNS:,}" if len(row) > MOST_COLUMNS else f"{len(row):,}"
                fields = f"{many} field{'s' * (len(row) != 1)}"
                raise _BrokenError(end, f"has {fields} where the header has {len(header):,}")
            if len(row[at]) > longest:
                raise _TooLongError(end, f"has an entry of more than {longest:,} characters: shorten it")
            way.texts.append(row[at])
            way.ends.append(end)
    except _TooLongError:
        raise
    except _BrokenError as error:
        return _Reading(delimiter, quotes, header, broken=error.args)
    return way


def _plain(lines: Sequence[str], delimiter: str) -> Iterator[tuple[int, list[str]]]:
    return ((k, line.split(delimiter, MOST_COLUMNS)) for k, line in enumerate(lines, 1) if line)


def _quoted(lines: Sequence[str], delimiter: str, longest: int) -> Iterator[tuple[int, list[str]]]:
    def bounded() -> Iterator[str]:
        for k, line in enumerate(lines, 1):
            if line.count(delimiter) > longest:
                raise _BrokenError(k, f"has more than {longest:,} fields")
            yield line + "\n"

    end = 0
    reader = csv.reader(bounded(), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            end = reader.line_num
            if row:
                yield end, row
    except csv.Error as error:
        told = str(error)
        if "limit" in told:
            raise _TooLongError(
                end + 1, f"begins an entry of more than {longest:,} characters: is a quotation mark not closed?"
            ) from None
        if "end of data" in told:
            opened = next(k for k in range(end, len(lines)) if lines[k]) + 1
            raise _BrokenError(opened, "has a quotation mark that is not closed") from None
        raise _BrokenError(reader.line_num, "goes on behind a closing quotation mark") from None


def _no_column(name: str, column: str, ways: list[_Reading]) -> NoReturn:
    header = max((way.header for way in ways), key=lambda header: (header.count(column), len(header)))
    if column in header:
        raise InputError(f"{name} has {header.count(column)} columns {column!r}: rename all but one")
    known = f"its columns are {', '.join(repr(entry[:40]) for entry in header[:30])}" if header else "it is empty"
    raise InputError(f"{name} has no column {column!r}: {known}")


def _no_way(name: str, ways: list[_Reading]) -> NoReturn:
    # Without quotation marks, and with them if that is another reason.
    reasons = {way.broken: way.how() for way in ways if way.broken}
    told = "; ".join(f"{how}, line {line} {why}" for (line, why), how in reasons.items())
    raise InputError(f"{name} is no table: {told}: mend it, or enclose texts that hold delimiters in quotation marks")


def _agree(name: str, one: _Reading, other: _Reading) -> None:
    pairs = ((one.at(k), other.at(k)) for k in range(min(len(one.ends), len(other.ends))))
    differ = next(((k, *pair) for k, pair in enumerate(pairs) if pair[0] != pair[1]), None)
    if differ is None:
        return
    k, (end, text), (least, second) = differ
    if end != least:
        far, near = (one, other) if end > least else (other, one)
        first, last = near.ends[k], far.ends[k]
        told = f"lines {first} to {last} are 1 row {far.how()}, but {bisect_right(near.ends, last) - k} {near.how()}"
    else:
        told = f"line {end} says {text[:40]!r} {one.how()}, but {second[:40]!r} {other.how()}"
    raise InputError(
        f"{name} can be read in two ways ({told}): write each row on one line, and a quotation mark in a text as two, "
        "with the text in quotation marks"
    )
