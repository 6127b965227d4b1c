"""The journal of a campaign: one line for each finished shard, so that a killed campaign goes on where it stopped.

The first line names the campaign. Each line after it has a checksum of itself and of the checksum before it, so of all
that is above: none can be altered, moved, repeated, left out or brought from elsewhere unseen. Lines at the end may be
missing; their shards are run again. Whoever computes checksums anew is stopped by the types and the counts at most.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from hashlib import sha256
from io import FileIO
from math import isfinite
from pathlib import Path
from typing import Any

from proofformer.errors import InputError
from proofformer.verify.locks import locked
from proofformer.verify.outcome import Outcome

FORMAT = "proofformer-journal"
VERSION = 2

ANOTHER = "choose another --journal FILE"
LONGEST_HEADER = 1000
_UNREADABLE = (ValueError, TypeError, LookupError, OverflowError, RecursionError)

Finished = dict[str, tuple[Outcome, float]]


class Journal:
    """Appends outcomes to a JSON-lines file; a line is on the disk before the next shard is counted.

    `sizes` has the shards of the campaign, each with its number of instances. Raises `InputError` when the file is
    something else, the journal of another campaign, or damaged, and while another process writes to it.
    """

    def __init__(self, path: str | os.PathLike[str], campaign: str, sizes: Mapping[str, int]) -> None:
        self.path = Path(path)
        self.finished: Finished = {}
        header = _encoded({"format": FORMAT, "version": VERSION, "campaign": campaign})
        self._check = sha256(header).hexdigest()
        try:
            self._file = self._opened()
        except (OSError, ValueError) as error:
            raise self._unwritable(error) from None
        try:
            kept = self._read(header, sizes)
            self._write(b"" if kept else header + b"\n", kept)
        except BaseException:
            self.close()
            raise

    def _opened(self) -> FileIO:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists() and not self.path.is_file():
            # Not even opened: a pipe would wait for somebody.
            raise ValueError("it is no regular file")
        file = self.path.open("a+b", buffering=0)
        try:
            if locked(file):
                return file
        except OSError:
            file.close()
            raise
        file.close()
        raise ValueError("another process is writing to it, let that end first")

    def _read(self, header: bytes, sizes: Mapping[str, int]) -> int:
        """Fill `finished`; how many bytes hold whole lines (the last may be torn)."""
        self._file.seek(0)
        first = self._file.read(len(header) + 1)
        if header.startswith(first):
            return 0
        if first != header + b"\n":
            raise InputError(f"{self.path} {_other(first + self._file.read(LONGEST_HEADER))}")
        kept = len(first)
        *lines, _ = self._file.readall().split(b"\n")
        for number, line in enumerate(lines, 2):
            self._count(line, sizes, f"line {number} of {self.path}")
            kept += len(line) + 1
        return kept

    def _count(self, line: bytes, sizes: Mapping[str, int], where: str) -> None:
        """One whole line, that is as it was written, and right where it was."""
        again = f"remove it and all lines after it, and their shards are run again, or {ANOTHER}"
        body = b"{" + line[len(self._chained(b"{")) :]
        if line != self._chained(body):
            raise InputError(f"{where} is not what followed the line before it when it was written: {again}")
        self._check = self._checked(body)
        wrong = InputError(f"{where} is no outcome of a shard of this campaign: {again}")
        try:
            entry = json.loads(body)
            shard, seconds, outcome = entry["shard"], float(entry["seconds"]), Outcome.from_json(entry["outcome"])
            # A line is right if it is what its content is written as; so all types are.
            right = body == _entry(shard, outcome, seconds) and isfinite(seconds) and seconds >= 0
            right = right and outcome.instances == sizes[shard] and shard not in self.finished
        except _UNREADABLE:
            raise wrong from None
        if not right:
            raise wrong
        self.finished[shard] = outcome, seconds

    def add(self, shard: str, outcome: Outcome, seconds: float) -> None:
        """A shard is done; once, whoever ran it."""
        if shard not in self.finished:
            body = _entry(shard, outcome, seconds)
            self._write(self._chained(body) + b"\n")
            self._check = self._checked(body)
            self.finished[shard] = outcome, seconds

    def _checked(self, body: bytes) -> str:
        return sha256(self._check.encode() + body).hexdigest()

    def _chained(self, body: bytes) -> bytes:
        """A line of this content after the last one."""
        return b'{"check": "%s", ' % self._checked(body).encode() + body[1:]

    def _write(self, line: bytes, after: int | None = None) -> None:
        """Append a line; what stands after so many bytes makes way."""
        try:
            if after is not None:
                self._file.truncate(after)
            while line:
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: Exception) -> InputError:
        return InputError(f"cannot write {self.path}: {getattr(error, 'strerror', None) or error}; or {ANOTHER}")

    def close(self) -> None:
        self._file.close()


def _encoded(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data).encode()


def _entry(shard: str, outcome: Outcome, seconds: float) -> bytes:
    return _encoded({"shard": shard, "seconds": round(seconds, 4), "outcome": outcome.to_json()})


def _other(start: bytes) -> str:
    """What a file is that starts like no journal of this campaign, and what to do."""
    try:
        header = json.loads(start.partition(b"\n")[0])
    except _UNREADABLE:
        header = None
    if isinstance(header, dict) and header.get("format") == FORMAT:
        if header.get("version") == VERSION:
            is_ = "is the journal of another campaign (other models, checks, counts or seed)"
            return f"{is_}: {ANOTHER} or remove it"
        is_ = f"is a journal of version {header.get('version')!r}, and this proofformer goes on with version {VERSION}"
        return f"{is_}: {ANOTHER}, or end it with the proofformer that began it"
    return f"is no journal, or a damaged one: {ANOTHER}"
