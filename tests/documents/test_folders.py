"""Folders of whatever files there are: each is read as the text that was put into it, or left out and named."""

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from proofformer.documents import collect
from proofformer.documents.content import MOST_LINES, lines_of, read_text
from proofformer.errors import InputError

WORDS = ("bread", "größe", "l’eau", "हिन्दी", "ไทย", "東京", "a,b;c", '"quoted"', "tab\tbed", "\x0c", "", "😀")
ENDS = ("\n", "\r\n", "\r", " ")
PACKS = (bytes, bytes, gzip.compress, bz2.compress, lzma.compress)
DAMAGED = "damaged"


def text_of(rng: Random) -> str:
    return "".join(rng.choice(WORDS) + rng.choice(ENDS) for _ in range(rng.randint(1, 12))) + str(rng.random())


def content(rng: Random) -> tuple[bytes, str | None]:
    """Bytes of a file, and the text that they are; None for no text."""
    text = text_of(rng)
    packed = rng.choice(PACKS)
    latin = "".join(c for c in text if c in "\t\n\r\f" or " " <= c < "\x7f" or "\xa0" <= c <= "\xff") + "é"
    match rng.randrange(9):
        case 0 | 1 | 2:
            return packed(text.encode()), text
        case 3:
            return packed(text.encode("utf-8-sig")), text
        case 4:
            return packed(text.encode("utf-16")), text
        case 5:
            return packed(b"\xfe\xff" + text.encode("utf-16-be")), text
        case 6:
            return packed(latin.encode("latin-1")), latin
        case 7:
            data = rng.choice([text.encode("utf-32"), text.encode("utf-16") + b"x", text.encode() + b"\0", b"\x01\xff"])
            return packed(data), None
        case _:
            whole = rng.choice(PACKS[2:])(text.encode())
            return whole[: rng.randint(7, len(whole) - 1)], DAMAGED


def made(rng: Random, folder: Path) -> tuple[dict[str, str], int, int, int]:
    """Fill a folder: the texts by name, and how many entries are no text, cannot be read, and are hidden."""
    texts: dict[str, str] = {}
    binary = unreadable = hidden = 0
    folders = [folder]
    for k in range(rng.randint(4, 14)):
        where = rng.choice(folders)
        file = where / f"{k}{rng.choice(['', '.txt', '.gz', '.csv', ' x', chr(8238), chr(10)])}"
        match rng.randrange(10):
            case 0:
                file.mkdir()
                folders.append(file)
            case 1:
                file.symlink_to(rng.choice(["nowhere", file.name, "/dev/null/x"]))
                unreadable += 1
            case 2:
                os.mkfifo(file)
                unreadable += 1
            case 3:
                (where / f".{k}").write_bytes(content(rng)[0])
                hidden += 1
            case 4:
                file.symlink_to(folder)
            case _:
                data, text = content(rng)
                file.write_bytes(data)
                if text is None:
                    binary += 1
                elif text is DAMAGED:
                    unreadable += 1
                else:
                    texts[str(file.relative_to(folder))] = text
    return texts, binary, unreadable, hidden


def judged(rng: Random, folder: Path) -> str:
    """What came of a folder, after it was held against what was put there."""
    folder.mkdir()
    texts, binary, unreadable, hidden = made(rng, folder)
    if len(texts) < 3:
        with pytest.raises(InputError, match="found"):
            collect([folder])
        return "refused"
    found = collect([folder])
    assert sorted(document.text for document in found.documents) == sorted(texts.values())
    assert (len(found.binary), len(found.unreadable), found.hidden, found.copies) == (binary, unreadable, hidden, {})
    return "read"


@pytest.mark.parametrize("seed", range(15))
def test_each_file_is_read_or_named(seed: int, tmp_path: Path) -> None:
    came = {judged(Random(f"{seed} {k}"), tmp_path / str(k)) for k in range(5)}
    assert "read" in came


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_streams_one_after_the_other(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    """All of them, and never the first alone: what is no stream behind one is damage."""
    file = tmp_path / "f"
    one, two, big = pack(b"one\n"), pack(b"two\n"), pack(b"x" * 300_000)
    for data, text in ((one + two, "one\ntwo\n"), (one + b"\0" * 8, "one\n"), (big + one, "x" * 300_000 + "one\n")):
        file.write_bytes(data)
        assert read_text(file, 1 << 20).text == text
        assert read_text(file, 3).text == text[:3]
    for data in (one + b"three\n", one + two[1:], one + b"\0\1", one[:-3], one + two[:-3], big[:-1]):
        file.write_bytes(data)
        with pytest.raises(OSError, match="compression is damaged"):
            read_text(file, 1 << 20)


def test_more_lines_than_a_set_has_documents() -> None:
    assert lines_of("f", "a\r\nb\rc\n\nd") == ["a", "b", "c", "", "d"]
    for end in ("\n", "\r\n", "\r"):
        with pytest.raises(InputError, match=r"^f has 4,194,305 lines: pass at most 4,194,304$"):
            lines_of("f", end * (MOST_LINES + 1))
