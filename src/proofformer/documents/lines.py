"""Lines as texts: each line of a file, or an entry of the JSON object on each."""

import json
import re
from collections.abc import Iterator
from typing import Any

from proofformer.documents.content import lines_of
from proofformer.documents.tables import ColumnTexts
from proofformer.errors import InputError

_OBJECTS = re.compile(r"\.(jsonl|ndjson)(\.(gz|bz2|xz))?$", re.IGNORECASE)


def is_objects(name: str) -> bool:
    """Whether the name is that of a file with a JSON object on each line."""
    return _OBJECTS.search(name) is not None


class _Object(dict[str, Any]):
    """A JSON object that knows which keys it has more than once."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.twice = {key for key in self if keys.count(key) > 1} if len(self) < len(keys) else set()


def texts_by_line(name: str, text: str, longest: int) -> ColumnTexts:
    """Each line that is not blank. Raises InputError for one of more than `longest` characters."""
    return _table(name, text, longest, None)


def texts_of_objects(name: str, text: str, column: str, longest: int) -> ColumnTexts:
    """The entry `column` of the JSON object on each line that is not blank.

    Raises InputError for a line that is no JSON object, without this entry or with two of them, and for an entry that
    is no text or has more than `longest` characters.
    """
    return _table(name, text, longest, column)


def _table(name: str, text: str, longest: int, column: str | None) -> ColumnTexts:
    lines = lines_of(name, text)
    numbers = [k for k, line in enumerate(lines, 1) if line.strip()]
    texts = list(_texts(name, lines, numbers, column))
    for k, entry in zip(numbers, texts, strict=True):
        if len(entry) > longest:
            raise InputError(f"{name}, line {k} has a text of more than {longest:,} characters: shorten it")
    return ColumnTexts(texts, len(lines), numbers)


def _texts(name: str, lines: list[str], numbers: list[int], column: str | None) -> Iterator[str]:
    for k in numbers:
        yield lines[k - 1] if column is None else _entry(f"{name}, line {k}", lines[k - 1], column)


def _entry(where: str, line: str, column: str) -> str:
    try:
        found = json.loads(line, object_pairs_hook=_Object)
    except (ValueError, RecursionError) as error:
        told = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else "too large"
        raise InputError(f"{where} is not JSON ({told}): write one object a line") from None
    if not isinstance(found, _Object):
        raise InputError(f"{where} is {line.strip()[:40]!r}, no JSON object: write one a line, with the key {column!r}")
    if column not in found:
        known = f"its keys are {', '.join(repr(key[:40]) for key in list(found)[:30])}" if found else "it has no keys"
        raise InputError(f"{where} has no {column!r}: {known}")
    if column in found.twice:
        raise InputError(f"{where} has {column!r} twice: rename all but one")
    entry = found[column]
    if not isinstance(entry, str):
        told = json.dumps(entry)[:40]
        raise InputError(f"{where} has {told} for {column!r}, no text: name a key of texts, or leave the line out")
    return entry
