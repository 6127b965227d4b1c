"""What a run of instances found: counts, a digest of every answer, and the first failure, which can be saved."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from proofformer.artifacts.folder import write_files
from proofformer.documents.content import read_bytes
from proofformer.errors import InputError
from proofformer.problems.array_files import MOST_BYTES, arrays_in
from proofformer.verify.instances import Sets

SET_NAMES = ("rows", "others")
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, RecursionError)


@dataclass(frozen=True)
class Case:
    """One instance, of one set or two, and where it comes from: check or family, seed and number."""

    source: str
    seed: int
    number: int
    sets: Sets


@dataclass(frozen=True)
class Failure:
    """A wrong answer: what was asked (as JSON: a task of one's own is in no file), the case, what was expected, and
    what the model said (an answer or an error)."""

    asked: Mapping[str, Any]
    case: Case
    expected: str
    got: str

    def save(self, path: str | PathLike[str]) -> None:
        """Write the sets, where they come from and what was asked to an .npz that `replay` reads."""
        about: dict[str, Any] = {"source": self.case.source, "seed": self.case.seed, "number": self.case.number}
        about |= {"problem": self.asked, "expected": self.expected, "got": self.got}
        sets = dict(zip(SET_NAMES, self.case.sets, strict=False))
        made = io.BytesIO()
        np.savez_compressed(made, **sets, about=np.array(json.dumps(about)))  # type: ignore[arg-type]
        write_files(Path(path), {"": made.getvalue()}, Path.is_file, "file")

    def to_json(self) -> dict[str, Any]:
        """Everything, so that another process can read it back."""
        sets = [[base64.b64encode(rows.tobytes()).decode(), list(rows.shape)] for rows in self.case.sets]
        case = {"source": self.case.source, "seed": self.case.seed, "number": self.case.number, "sets": sets}
        return {"problem": self.asked, "case": case, "expected": self.expected, "got": self.got}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Failure:
        """Raises an error of Python's own for what `to_json` would not give."""
        about = data["case"]
        sets = tuple(
            np.frombuffer(base64.b64decode(raw), np.uint8).reshape(shape).copy() for raw, shape in about["sets"]
        )
        if not 1 <= len(sets) <= len(SET_NAMES) or any(rows.ndim != 2 for rows in sets):
            raise ValueError("sets of rows")
        case = Case(str(about["source"]), int(about["seed"]), int(about["number"]), sets)
        return Failure(dict(data["problem"]), case, str(data["expected"]), str(data["got"]))


def replay(path: str | PathLike[str]) -> Case:
    """The case of a saved failure. Raises `InputError` when the file is not one."""
    try:
        data = read_bytes(Path(path), MOST_BYTES)
        saved = arrays_in(str(path), data, lambda names: [x for x in names if x in ("about", *SET_NAMES)])
        about = json.loads(str(saved["about"][()]))
        source, seed, number = about["source"], about["seed"], about["number"]
        if (type(source), type(seed), type(number)) != (str, int, int):
            raise TypeError
        return Case(source, seed, number, (saved["rows"], *(saved[x] for x in SET_NAMES[1:] if x in saved)))
    except (*_UNREADABLE, InputError) as error:
        kind = type(error.__cause__ or error).__name__
        raise InputError(f"{path} is no failure.npz that verify wrote ({kind}): name one") from None


@dataclass(frozen=True)
class Outcome:
    """What one shard found. `digest` is of all that the model said, in order; `counts` are a check's own.

    `detail` has a sentence for each thing to be told that is no instance (a wrong circuit, a mutant that survives).
    """

    instances: int = 0
    wrong: int = 0
    largest_n: int = 0
    digest: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    detail: tuple[str, ...] = ()
    failure: Failure | None = None

    def to_json(self) -> dict[str, Any]:
        failure = None if self.failure is None else self.failure.to_json()
        return vars(self) | {"counts": dict(self.counts), "detail": list(self.detail), "failure": failure}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Outcome:
        """Raises an error of Python's own for what `to_json` would not give, and for counts that no shard has."""
        failure = None if data["failure"] is None else Failure.from_json(data["failure"])
        instances, wrong, largest_n = (int(data[name]) for name in ("instances", "wrong", "largest_n"))
        counts = {str(name): int(count) for name, count in dict(data["counts"]).items()}
        if not 0 <= wrong <= instances or min(largest_n, *counts.values(), 0) < 0 or (failure and not wrong):
            raise ValueError("counts")
        return Outcome(
            instances, wrong, largest_n, str(data["digest"]), counts, tuple(map(str, data["detail"])), failure
        )


@dataclass
class Tally:
    """Instances, or the outcomes of shards, being added up; `seconds` are those of the shards."""

    instances: int = 0
    wrong: int = 0
    largest_n: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    detail: list[str] = field(default_factory=list)
    failure: Failure | None = None
    _hash: Any = field(default_factory=hashlib.sha256, repr=False)

    def add(
        self,
        said: bytes | str,
        *,
        instances: int = 1,
        wrong: int = 0,
        n: int = 0,
        failure: Callable[[], Failure | None] = lambda: None,
    ) -> None:
        """So many more instances, of at most n documents, of which some wrong; `said` goes into the digest.

        `failure` is asked for when the first is wrong.
        """
        self._hash.update(said.encode() if isinstance(said, str) else said)
        self._hash.update(b"\n")
        self.instances += instances
        self.wrong += wrong
        self.largest_n = max(self.largest_n, n)
        if wrong and self.failure is None:
            self.failure = failure()

    def include(self, shard: str, outcome: Outcome, seconds: float) -> None:
        """What a shard found; its name goes into the digest too."""
        self.add(
            f"{shard} {outcome.digest}",
            instances=outcome.instances,
            wrong=outcome.wrong,
            n=outcome.largest_n,
            failure=lambda: outcome.failure,
        )
        self.seconds += seconds
        self.counts.update(outcome.counts)
        self.detail += outcome.detail

    @property
    def digest(self) -> str:
        """Of all that was said, in its order."""
        return str(self._hash.hexdigest())

    def outcome(self) -> Outcome:
        found = self.instances, self.wrong, self.largest_n, self.digest
        return Outcome(*found, dict(self.counts), tuple(self.detail), self.failure)

    def to_json(self) -> dict[str, Any]:
        """As in a report: the numbers of a check, or of one family of it."""
        found: dict[str, Any] = {name: vars(self)[name] for name in ("instances", "wrong", "largest_n")}
        found["seconds"] = round(self.seconds, 3)
        if self.seconds:
            found["per_second"] = round(self.instances / self.seconds, 1)
        return found | ({"counts": dict(sorted(self.counts.items()))} if self.counts else {})
