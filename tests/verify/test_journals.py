"""Journals: believed as they were written, line after line, by one process at a time; anything else is one sentence."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.verify.journal import Journal
from proofformer.verify.outcome import Case, Failure, Outcome

CASE = Case("random", 0, 6, (np.array([[0, 1], [1, 1]], np.uint8),))
FAILING = Outcome(5, 2, 2, "d", {"kind": 3}, ("a sentence",), Failure({"name": "ov"}, CASE, "1", "0"))
OUTCOMES = {f"m/random/random/0/{k}-{k + 5}": FAILING if k == 5 else Outcome(5, 0, k, f"{k}") for k in (0, 5, 10)}
SIZES = dict.fromkeys([*OUTCOMES, "m/random/random/0/15-20"], 5)

Lines = list[bytes]


def opened(path: Path, campaign: str = "c") -> Journal:
    return Journal(path, campaign, SIZES)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return written(tmp_path / "j.jsonl")


def written(path: Path, campaign: str = "c") -> Path:
    book = opened(path, campaign)
    for shard, outcome in OUTCOMES.items():
        book.add(shard, outcome, 1.5)
        book.add(shard, outcome, 2.5)  # whoever says so again
    book.close()
    return path


def found(path: Path) -> list[str]:
    book = opened(path)
    book.close()
    return [f"{shard}: {outcome.to_json()}, {seconds}" for shard, (outcome, seconds) in book.finished.items()]


ALL = [f"{shard}: {outcome.to_json()}, 1.5" for shard, outcome in OUTCOMES.items()]


def test_what_was_written_is_read(journal: Path) -> None:
    before = journal.read_bytes()
    assert found(journal) == ALL
    assert journal.read_bytes() == before


TORN: dict[str, tuple[Callable[[Lines], bytes], int]] = {
    "nothing": (lambda lines: b"", 0),
    "half of the first line": (lambda lines: lines[0][:30], 0),
    "the first line without its end": (lambda lines: lines[0], 0),
    "the first line alone": (lambda lines: lines[0] + b"\n", 0),
    "half of the last line": (lambda lines: b"\n".join(lines)[:-20], 2),
    "the last line without its end": (lambda lines: b"\n".join(lines), 2),
    "no JSON after the end": (lambda lines: b"\n".join(lines) + b"\n\xff\0{", 3),
    "lines missing at the end": (lambda lines: b"\n".join(lines[:2]) + b"\n", 1),
}


@pytest.mark.parametrize("how", TORN)
def test_what_a_kill_left_is_gone_on_from(journal: Path, how: str) -> None:
    whole, (left, kept) = journal.read_bytes(), TORN[how]
    journal.write_bytes(left(whole.splitlines()))
    assert found(journal) == ALL[:kept]
    assert written(journal).read_bytes() == whole


def replaced(old: bytes, new: bytes, lines: Lines) -> bytes:
    assert old in b"\n".join(lines)
    return b"\n".join(lines).replace(old, new) + b"\n"


def of(*numbers: int) -> Callable[[Lines], bytes]:
    """These lines, the first being line 1."""
    return lambda lines: b"".join(lines[n - 1] + b"\n" for n in numbers)


def brought(number: int, lines: Lines) -> bytes:
    """A line of the same shard in another campaign's journal."""
    other = written(Path("other.jsonl"), "another").read_bytes().splitlines()
    return b"\n".join([*lines[: number - 1], other[number - 1], *lines[number:]]) + b"\n"


CHAIN = r"line {} of \S*j.jsonl is not what followed the line before it when it was written: remove it and all lines"
ALTERED: dict[str, tuple[Callable[[Lines], bytes], int]] = {
    "counts edited": (partial(replaced, b'"wrong": 2', b'"wrong": 0'), 3),
    "a digest edited": (partial(replaced, b'"digest": "d"', b'"digest": "e"'), 3),
    "seconds edited in all lines": (partial(replaced, b"1.5", b"2.5"), 2),
    "a space more": (partial(replaced, b'"d"', b' "d"'), 3),
    "another checksum": (partial(replaced, b'{"check": "', b'{"check": "0'), 2),
    "a failing line twice": (of(1, 2, 3, 3, 4), 4),
    "the last line twice": (of(1, 2, 3, 4, 4), 5),
    "all lines twice": (of(1, 2, 3, 4, 1, 2, 3, 4), 5),
    "lines exchanged": (of(1, 3, 2, 4), 2),
    "a line left out": (of(1, 2, 4), 3),
    "the first line twice": (of(1, 1, 2, 3, 4), 2),
    "an empty line": (lambda lines: b"\n".join([*lines[:2], b"", *lines[2:]]) + b"\n", 3),
    "a line of another campaign": (partial(brought, 3), 3),
    "the last line of another campaign": (partial(brought, 4), 4),
    "ends of lines as on Windows": (lambda lines: lines[0] + b"\n" + b"\r\n".join(lines[1:]) + b"\n", 2),
    "not UTF-8": (partial(replaced, b"a sentence", b"a \xff"), 3),
    "null bytes": (lambda lines: b"\n".join(lines) + b"\n" + bytes(100) + b"\n", 5),
}


@pytest.mark.parametrize("how", ALTERED)
def test_a_line_that_is_not_what_was_written_there(
    journal: Path, how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    change, number = ALTERED[how]
    _refused(journal, change(journal.read_bytes().splitlines()), CHAIN.format(number))
    lines = journal.read_bytes().splitlines()[: number - 1]
    journal.write_bytes(b"\n".join(lines) + b"\n")
    assert found(journal) == ALL[: number - 2]


def _refused(path: Path, content: bytes, sentence: str) -> None:
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        found(path)
    assert re.search(sentence, str(caught.value))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    assert path.read_bytes() == content


def forged(line: bytes, change: Callable[[Any], object] | bytes, before: str) -> bytes:
    """A line with another content, and the checksum that it has to have."""
    if isinstance(change, bytes):
        body = change
    else:
        entry = json.loads(line)
        del entry["check"]
        change(entry)
        body = json.dumps(entry).encode()
    return b'{"check": "%s", ' % sha256(before.encode() + body).hexdigest().encode() + body[1:]


def put(*path: str, value: object) -> Callable[[Any], object]:
    def change(entry: Any) -> None:
        for key in path[:-1]:
            entry = entry[key]
        entry[path[-1]] = value

    return change


O, CASE_OF = "outcome", ("outcome", "failure", "case")
FORGED: dict[str, Callable[[Any], object] | bytes] = {
    "deep JSON": b'{"shard": ' + b"[" * 100_000,
    "deep JSON in a problem": b'{"shard": 1, "outcome": ' + b'{"a": ' * 100_000 + b"1" + b"}" * 100_001,
    "a huge integer": b'{"shard": ' + b"9" * 5_000 + b"}",
    "not UTF-8": b'{"shard": "\xff"}',
    "UTF-16": b"{" + '"shard": 1}'.encode("utf-16"),
    "no JSON": b"{]",
    "nothing": b"{}",
    "a number too many": put("more", value=1),
    "no outcome": lambda entry: entry.pop(O),
    "an outcome that is a list": put(O, value=[]),
    "no digest": lambda entry: entry[O].pop("digest"),
    "more in an outcome": put(O, "more", value=1),
    "an unknown shard": put("shard", value="m/random/random/0/20-25"),
    "a shard again": put("shard", value="m/random/random/0/0-5"),
    "a shard that is a list": put("shard", value=[]),
    "seconds that are text": put("seconds", value="1.5"),
    "seconds that are no number": put("seconds", value=float("nan")),
    "endless seconds": put("seconds", value=float("inf")),
    "seconds before zero": put("seconds", value=-1.5),
    "seconds that are true": put("seconds", value=True),
    "fewer instances": put(O, "instances", value=4),
    "more instances": put(O, "instances", value=10**400),
    "instances of 5.0": put(O, "instances", value=5.0),
    "instances that are text": put(O, "instances", value="5"),
    "more wrong than instances": put(O, "wrong", value=6),
    "wrong below zero": put(O, "wrong", value=-1),
    "a failure with none wrong": put(O, "wrong", value=0),
    "wrong that is true": put(O, "wrong", value=True),
    "n below zero": put(O, "largest_n", value=-2),
    "no number of counts": put(O, "counts", "kind", value=None),
    "counts below zero": put(O, "counts", "kind", value=-3),
    "counts that are a list": put(O, "counts", value=[]),
    "a digest that is a number": put(O, "digest", value=1),
    "detail that is text": put(O, "detail", value="ab"),
    "detail of numbers": put(O, "detail", value=[1]),
    "a failure that is text": put(O, "failure", value="no"),
    "a failure without a case": lambda entry: entry[O]["failure"].pop("case"),
    "a problem that is a list": put(O, "failure", "problem", value=[]),
    "no sets": put(*CASE_OF, "sets", value=[]),
    "sets that are no base64": put(*CASE_OF, "sets", value=[["!", [2, 2]]]),
    "sets of another shape": put(*CASE_OF, "sets", value=[["AAEBAQ==", [4]]]),
    "sets of a shape to be guessed": put(*CASE_OF, "sets", value=[["AAEBAQ==", [-1, 2]]]),
    "sets of a huge shape": put(*CASE_OF, "sets", value=[["AAEBAQ==", [10**30, 2]]]),
    "a seed that is text": put(*CASE_OF, "seed", value="0"),
    "a source that is a number": put(*CASE_OF, "source", value=0),
}


@pytest.mark.parametrize("how", FORGED)
def test_types_and_counts_of_a_line_whose_checksum_is_right(journal: Path, how: str) -> None:
    lines = journal.read_bytes().splitlines()
    lines[2] = forged(lines[2], FORGED[how], json.loads(lines[1])["check"])
    _refused(
        journal, b"\n".join(lines) + b"\n", r"line 3 of \S*j.jsonl is no outcome of a shard of this campaign: remove"
    )


def test_the_forger_forges(journal: Path) -> None:
    """Else the table above would show nothing."""
    lines = journal.read_bytes().splitlines()
    assert forged(lines[2], lambda entry: None, json.loads(lines[1])["check"]) == lines[2]


HEADS = {
    "of another campaign": (b'"campaign": "c"', b'"campaign": "d"', "is the journal of another campaign"),
    "of version 1": (b'"version": 2', b'"version": 1', "is a journal of version 1, .* goes on with version 2: choose"),
    "of a version to come": (b'"version": 2', b'"version": 3', "is a journal of version 3"),
    "of a version that is none": (b'"version": 2', b'"version": [[]]', r"is a journal of version \[\[\]\]"),
    "of something else": (b"proofformer-journal", b"diary", "is no journal, or a damaged one: choose"),
    "of a huge version": (b'"version": 2', b'"version": ' + b"9" * 5000, "is no journal"),
    "of deep JSON": (b"{", b"[" * 100_000, "is no journal"),
    "of a list": (b"{", b"[", "is no journal"),
    "not UTF-8": (b"{", b"\xff", "is no journal"),
}


@pytest.mark.parametrize("how", HEADS)
def test_a_first_line(journal: Path, how: str) -> None:
    *edit, sentence = HEADS[how]
    lines = journal.read_bytes().splitlines()
    lines[0] = lines[0].replace(*edit)  # type: ignore[arg-type]
    _refused(journal, b"\n".join(lines) + b"\n", sentence)


def test_a_file_of_somebody_else_stays_as_it_is(tmp_path: Path) -> None:
    for content in (b"my notes", b"1111\n0000\n", b"\n", b'{"format": "another"', bytes(1 << 16)):
        _refused(tmp_path / "j.jsonl", content, "is no journal")


def places(folder: Path) -> dict[str, tuple[Path, str]]:
    (folder / "folder").mkdir()
    (folder / "file").write_text("")
    (folder / "nowhere").symlink_to(folder / "nowhere")
    (folder / "to folder").symlink_to(folder / "folder")
    os.mkfifo(folder / "pipe")
    return {
        "a folder": (folder / "folder", "no regular file"),
        "a link to a folder": (folder / "to folder", "no regular file"),
        "a link to itself": (folder / "nowhere", "symbolic links"),
        "a pipe": (folder / "pipe", "no regular file"),
        "nothing that keeps": (Path("/dev/null"), "no regular file"),
        "a place that takes nothing": (Path("/dev/full"), "no regular file"),
        "a read-only place": (Path("/proc/sys/j.jsonl"), "No such file|denied|Read-only"),
        "below a file": (folder / "file" / "j.jsonl", "Not a directory|File exists"),
        "a name that is too long": (folder / ("x" * 300), "File name too long"),
        "a name with a null": (folder / "a\0b", "null"),
    }


def test_places_that_hold_no_journal(tmp_path: Path) -> None:
    for path, why in places(tmp_path).values():
        with pytest.raises(InputError, match=rf"cannot write .*(?:{why}).*; or choose another --journal FILE"):
            opened(path)


def test_through_a_link_the_file_is_written(journal: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("deep.jsonl")
    assert written(tmp_path / "link").read_bytes() == journal.read_bytes()
    assert (tmp_path / "link").is_symlink()
    assert found(tmp_path / "deep.jsonl") == ALL


def test_a_disk_that_is_full_loses_nothing(journal: Path) -> None:
    whole = journal.read_bytes()
    journal.write_bytes(b"\n".join(whole.splitlines()[:2]) + b"\n")
    book, limits = opened(journal), resource.getrlimit(resource.RLIMIT_FSIZE)
    _, failing, _ = OUTCOMES
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(journal.read_bytes()) + 100, limits[1]))
        with pytest.raises(InputError, match=r"cannot write \S*j.jsonl: File too large"):
            book.add(failing, OUTCOMES[failing], 1.5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        book.close()
    assert written(journal).read_bytes() == whole


BUSY = r"cannot write \S+: another process is writing to it, let that end first; or choose another --journal FILE"


@pytest.mark.parametrize("name", ["j.jsonl", "link", "hard", "../{}/j.jsonl"])
def test_one_writer_at_a_time(journal: Path, name: str) -> None:
    (journal.parent / "link").symlink_to(journal)
    (journal.parent / "hard").hardlink_to(journal)
    other = journal.parent / name.format(journal.parent.name)
    before, book = journal.read_bytes(), opened(journal)
    with pytest.raises(InputError, match=BUSY):
        opened(other)
    journal.read_bytes()  # to look at it gives nothing away
    with pytest.raises(InputError, match=BUSY):
        opened(other)
    book.close()
    assert found(other) == ALL
    assert journal.read_bytes() == before


HOLDER = """
import os, subprocess, sys, time
from proofformer.verify.journal import Journal
book = Journal(sys.argv[1], "c", {})
if not os.fork():
    time.sleep(60)
child = subprocess.Popen(["sleep", "60"], stdout=subprocess.DEVNULL)
print("open", flush=True)
time.sleep(60)
"""


def test_the_lock_of_a_killed_writer_is_gone_whoever_it_leaves_behind(tmp_path: Path) -> None:
    """A child that it forked, and one that it started, are still there."""
    path = tmp_path / "j.jsonl"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as holder:
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == b"open\n"
            with pytest.raises(InputError, match=BUSY):
                opened(path)
            holder.kill()
            holder.wait()
            opened(path).close()
        finally:
            os.killpg(holder.pid, signal.SIGKILL)


def _closed(book: Journal) -> None:
    sys.exit(0 if book._file.closed else 1)


def test_a_forked_worker_has_no_hold_of_the_journal(journal: Path) -> None:
    book = opened(journal)
    worker = get_context("fork").Process(target=_closed, args=(book,))
    worker.start()
    worker.join()
    assert worker.exitcode == 0
    with pytest.raises(InputError, match=BUSY):
        opened(journal)
    book.add("m/random/random/0/15-20", Outcome(5), 0.0)
    book.close()
    assert len(found(journal)) == 4
