"""The rows of a table as texts."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from proofformer.errors import InputError

TABLES = (".csv", ".tsv")
_DELIMITERS = ",;\t"


def is_table(file: Path) -> bool:
    """Whether the name, without .gz, is that of a table."""
    return file.name.lower().removesuffix(".gz").endswith(TABLES)


def column_of(name: str, text: str, column: str, longest: int) -> list[str]:
    """The entries of `column` in every row below the header; a row that ends before it has the entry "".

    Commas, semicolons or tabs separate: whichever makes the header contain the column. `longest` is the most
    characters of one entry. Raises InputError for an unknown column, one that is there twice, or a longer entry.
    """
    headers = {d: [entry.strip() for entry in next(_rows(name, text, d, longest), [])] for d in _DELIMITERS}
    delimiter = next((d for d, header in headers.items() if column in header), None)
    if delimiter is None:
        header = max(headers.values(), key=len)
        known = f"its columns are {', '.join(repr(entry[:40]) for entry in header[:30])}" if header else "it is empty"
        raise InputError(f"{name} has no column {column!r}: {known}")
    header = headers[delimiter]
    if header.count(column) > 1:
        raise InputError(f"{name} has {header.count(column)} columns {column!r}: rename all but one")
    at = header.index(column)
    rows = _rows(name, text, delimiter, longest)
    next(rows)
    return [row[at] if at < len(row) else "" for row in rows]


def _rows(name: str, text: str, delimiter: str, longest: int) -> Iterator[list[str]]:
    """The rows that are not blank."""
    before = csv.field_size_limit(longest)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        yield from (row for row in reader if row)
    except csv.Error as error:
        raise InputError(f"{name}, line {reader.line_num}: {error}; is a quotation mark not closed?") from error
    finally:
        csv.field_size_limit(before)
