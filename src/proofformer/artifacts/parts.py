"""What of a file is not as it is made, part by part: tensors, keys of JSON, members of an archive."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from contextlib import suppress

from proofformer.artifacts import tensors
from proofformer.errors import InputError

UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError)

Parts = dict[str, tuple[str, object]]
"""By name: what kind of thing a part is, where kinds can differ, and what is in it."""


def differing(name: str, found: bytes, made: bytes) -> str | None:
    """What of the file of that name is not as it is made, for people. None where it is all there, and decides nothing:
    tensors may come in any order."""
    try:
        mine, theirs = _parts(name, found), _parts(name, made)
    except InputError as error:
        return str(error)
    for part in (*theirs, *mine):
        if part not in mine or part not in theirs:
            return f"{part} is missing or does not belong"
        (kind, held), (wanted, right) = mine[part], theirs[part]
        if kind != wanted:
            return f"{part} is {kind}, expected {wanted}"
        if held != right:
            return f"{part} was altered"
    if name.endswith(".safetensors"):
        return None
    return "its spelling was altered" if name.endswith(".json") else "it was altered"


def _parts(name: str, data: bytes) -> Parts:
    """What a file is made of; nothing where that cannot be told. Raises `InputError` for a damaged one."""
    if name.endswith(".safetensors"):
        return tensors.parts(data)
    if name.endswith(".json"):
        try:
            return {f"its {key!r}": ("", value) for key, value in sorted(dict(json.loads(data)).items())}
        except (ValueError, TypeError, RecursionError):
            raise InputError("it is not JSON: the file is damaged") from None
    return {repr(member.partition("/")[2] or member): ("", held) for member, held in members(data).items()}


def members(archive: bytes) -> dict[str, bytes | None]:
    """The members of a zip archive; None for those that cannot be read, or that are compressed: torch and numpy
    compress none, and small files can unpack to huge ones. Nothing for what is no archive."""
    found: dict[str, bytes | None] = {}
    with suppress(*UNREADABLE):
        opened = zipfile.ZipFile(io.BytesIO(archive))
        for info in opened.infolist():
            found[info.filename] = None
            if info.compress_type == zipfile.ZIP_STORED:
                with suppress(*UNREADABLE):
                    found[info.filename] = opened.read(info)
    return found
