"""What is in a file: bytes out of a compressed one, text out of bytes, lines out of text. Every reader comes here."""

from __future__ import annotations

import bz2
import codecs
import gzip
import lzma
import re
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any

from proofformer.errors import InputError

COMPRESSED: dict[bytes, tuple[str, Callable[[IO[bytes], int], bytes]]] = {
    b"\x1f\x8b": ("gzip", lambda raw, most: gzip.GzipFile(fileobj=raw).read(most)),
    b"BZh": ("bzip2", lambda raw, most: _inflated(raw, most, bz2.BZ2Decompressor)),
    b"\xfd7zXZ\x00": ("xz", lambda raw, most: _inflated(raw, most, lzma.LZMADecompressor)),
}
"""How a compressed file begins, what the compression is called, and how at most so many bytes are read."""

MOST_LINES = 1 << 22
"""No set has as many documents, and no formula that can be reduced as many clauses."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Text that is not UTF-8 may hold any byte but these: control characters other than backspace, the spaces and escape.
_CONTROLS = bytes(set(range(32)) - set(b"\b\t\n\v\f\r\x1a\x1b"))
BLOCK = 1 << 16
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Text:
    """What is in a file: text is None when it is not text. `cut` had more than the limit, `latin1` was not UTF-8."""

    text: str | None
    cut: bool = False
    latin1: bool = False


def read_bytes(file: Path, limit: int) -> bytes:
    """At most `limit` + 1 bytes, out of gzip, bzip2 or xz where the file begins like that, whatever its name.

    Raises OSError where the file cannot be read or its compression is damaged.
    """
    # Also spares the files of /proc, which say that they are empty and may keep a reader waiting.
    size = file.stat().st_size
    if size == 0:
        return b""
    with open(file, "rb") as raw:
        start = raw.read(max(map(len, COMPRESSED)))
        raw.seek(0)
        for magic, (name, opened) in COMPRESSED.items():
            if start.startswith(magic):
                try:
                    return opened(raw, limit + 1)
                except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
                    raise OSError(None, f"its {name} compression is damaged", str(file)) from error
        # Room is made for as much as is asked for.
        return raw.read(min(limit, size) + 1)


def _inflated(raw: IO[bytes], most: int, stream: Callable[[], Any]) -> bytes:
    """What is in all streams of a file, one after the other. Python's own files end in silence where something else
    follows the first."""
    found, data = bytearray(), raw.read(BLOCK)
    while data:
        now = stream()
        while not now.eof and len(found) < most:
            if now.needs_input and not data and not (data := raw.read(BLOCK)):
                raise EOFError("it ends too early")
            found += now.decompress(data, most - len(found))
            data = b""
        if len(found) >= most:
            break
        # Zeros fill up blocks of tapes and of xz.
        data = (now.unused_data or raw.read(BLOCK)).lstrip(b"\0")
    return bytes(found)


def text_of(data: bytes, limit: int) -> Text:
    """The first `limit` bytes as text: UTF-8, UTF-16 with a byte order mark, or else Latin-1."""
    cut = len(data) > limit
    data = data[:limit]
    wide = data.startswith(_UTF16)
    if b"\0" in data and not wide:
        return Text(None)
    try:
        # Not final where the text was cut: that may have been inside a character.
        text = codecs.getincrementaldecoder("utf-16" if wide else "utf-8-sig")().decode(data, final=not cut)
        # UTF-32 begins as UTF-16 does, and is NULs for every other character then.
        return Text(None) if "\0" in text else Text(text, cut)
    except UnicodeDecodeError:
        if wide:
            return Text(None)
        if data.translate(None, _CONTROLS) != data:
            return Text(None)
        return Text(data.decode("latin-1"), cut, latin1=True)


def read_text(file: Path, limit: int) -> Text:
    """The first `limit` bytes of what is in a file, as text. Raises OSError as `read_bytes` does."""
    return text_of(read_bytes(file, limit), limit)


def standard_input(limit: int) -> Text:
    """The first `limit` bytes of standard input, out of gzip, bzip2 or xz, as text. Raises OSError as `read_bytes`."""
    if sys.stdin is None:
        raise OSError(None, "it is closed")
    with NamedTemporaryFile() as kept:
        kept.write(sys.stdin.buffer.read(limit + 1))
        kept.flush()
        return read_text(Path(kept.name), limit)


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


def lines_of(name: object, text: str) -> list[str]:
    r"""The lines, which end at \n, \r\n or \r and nowhere else; what follows the last end is one if it is not empty.

    Raises InputError, naming the file, when there are more than `MOST_LINES`.
    """
    count = text.count("\n") + text.count("\r") - text.count("\r\n")
    if count > MOST_LINES:
        raise InputError(f"{name} has {count:,} lines: pass at most {MOST_LINES:,}")
    lines = _LINE_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines
