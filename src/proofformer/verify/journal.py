"""The journal of a campaign: one line for each finished shard, so that a killed campaign goes on where it stopped."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import IO, Any

from proofformer.errors import InputError
from proofformer.verify.outcome import Outcome

FORMAT = "proofformer-journal"
VERSION = 1

Finished = dict[str, tuple[Outcome, float]]


class Journal:
    """Appends outcomes to a JSON-lines file; a line is on the disk before the next shard is counted.

    Raises `InputError` when the file is something else, or the journal of another campaign.
    """

    def __init__(self, path: str | os.PathLike[str], campaign: str) -> None:
        self.path = Path(path)
        self.finished: Finished = {}
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            kept = self._read(campaign) if self.path.exists() and self.path.stat().st_size else 0
            self._file: IO[str] = self.path.open("a", encoding="utf-8")
            self._file.truncate(kept)
        except OSError as error:
            raise InputError(f"cannot write {path}: {error.strerror or error}; choose another --journal FILE") from None
        if not kept:
            self._line({"format": FORMAT, "version": VERSION, "campaign": campaign})

    def _read(self, campaign: str) -> int:
        """Fill `finished`; how many bytes hold whole lines (the last may be torn)."""
        raw = self.path.read_bytes()
        whole = raw.rfind(b"\n") + 1
        damaged = InputError(f"{self.path} is no journal, or a damaged one: choose another --journal FILE")
        try:
            first, *lines = [json.loads(line) for line in raw[:whole].splitlines()]
            made_for, known = first["campaign"], (first["format"], first["version"]) == (FORMAT, VERSION)
            entries = [(line["shard"], Outcome.from_json(line["outcome"]), float(line["seconds"])) for line in lines]
        except (ValueError, KeyError, TypeError):
            raise damaged from None
        if not known:
            raise damaged
        if made_for != campaign:
            raise InputError(
                f"{self.path} is the journal of another campaign (other models, checks, counts or seed): choose "
                "another --journal FILE or remove it"
            )
        for entry in entries:
            self._count(*entry)
        return whole

    def _count(self, shard: str, outcome: Outcome, seconds: float) -> None:
        """Once, whoever ran it. Two runs of a shard that differ are no campaign to go on with."""
        known = self.finished.get(shard)
        if known is not None and known[0] != outcome:
            raise InputError(f"{self.path} has two different outcomes of {shard}: the model does not repeat itself")
        self.finished.setdefault(shard, (outcome, seconds))

    def add(self, shard: str, outcome: Outcome, seconds: float) -> None:
        """A shard is done."""
        if shard not in self.finished:
            self._count(shard, outcome, seconds)
            self._line({"shard": shard, "seconds": round(seconds, 4), "outcome": outcome.to_json()})

    def _line(self, data: dict[str, Any]) -> None:
        self._file.write(json.dumps(data) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()
