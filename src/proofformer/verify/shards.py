"""Shards: pieces of a campaign, each a pure function of (model hash, check, family, seed, range)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter
from typing import Protocol, cast

from proofformer.artifacts.storage import folder_hash, load
from proofformer.errors import InputError
from proofformer.plugins import plugin
from proofformer.runtime.answering import Answering
from proofformer.runtime.attention import backend_named
from proofformer.verify.outcome import Outcome

SIZES = {"random": 50, "adversarial": 50, "exhaustive": 1 << 15, "metamorphic": 50, "circuits": 100, "mutants": 50}
"""The checks, and how many instances a shard of each has."""

WITHOUT_MODEL = ("circuits",)
OF_WEIGHTS = ("metamorphic", "mutants")
"""Checks that look into a model or make others of it, which an export does not allow."""


class Check(Protocol):
    """What the module of a check offers. `model` is None for the checks of `WITHOUT_MODEL` alone."""

    def families(self, model: Answering | None, count: int) -> list[tuple[str, int]]:
        """Its families and the number of instances of each, for so many asked for in all."""

    def run(self, model: Answering | None, family: str, seed: int, start: int, stop: int) -> Outcome:
        """Instances start..stop - 1 of a family; each depends on the family, the seed and its number only."""


def check_named(name: str) -> Check:
    """The module of a check, an entry point of `proofformer.checks`."""
    return cast(Check, plugin("checks", name))


@dataclass(frozen=True)
class Subject:
    """A model folder, pinned by the hash in its config, and how to run it; or an export, pinned by its bytes.

    `read` opens an export of the runtime named. A worker gets it with the subject, so it has to be one that pickles.
    """

    path: str
    sha256: str
    device: str = "cpu"
    backend: str = "sdpa"
    runtime: str = ""
    read: Callable[[Path], Answering] | None = None

    @staticmethod
    def of(path: str, device: str = "cpu", backend: str = "sdpa") -> Subject:
        """The folder as it is now. Raises `InputError` when it is no model folder."""
        return Subject(str(Path(path).resolve()), folder_hash(path), device, backend)

    @staticmethod
    def of_export(path: str, runtime: str, read: Callable[[Path], Answering]) -> Subject:
        """The export as it is now. Raises `InputError` when there is nothing there."""
        return Subject(str(Path(path).resolve()), _export_hash(Path(path)), runtime=runtime, read=read)

    def open(self) -> Answering:
        """The model, or the export. Raises `InputError` when it is no longer the same."""
        if self.read is not None:
            exported = self.read(Path(self.path))
            self._must_be(_export_hash(Path(self.path)))
            return exported
        attention = backend_named(self.backend)
        model = load(self.path, self.device)
        self._must_be(folder_hash(self.path))
        model.attention = attention
        return model

    def _must_be(self, sha256: str) -> None:
        if sha256 != self.sha256:
            raise InputError(f"{self.path} changed while it was being verified: start again")


def _export_hash(path: Path) -> str:
    """sha256 of a file, or of the names and contents of a folder's files."""
    if not path.exists():
        raise InputError(f"there is no file or folder {path}: make an export with `proofformer export`")
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    hashes = [f"{file.relative_to(path)} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


NO_SUBJECT = Subject("", "")


@dataclass(frozen=True)
class Shard:
    """Instances start..stop - 1 of one family of one check, for the model with that hash ("": none)."""

    model: str
    check: str
    family: str
    seed: int
    start: int
    stop: int

    @property
    def key(self) -> str:
        """Its name in a journal."""
        return f"{self.model}/{self.check}/{self.family}/{self.seed}/{self.start}-{self.stop}"


def shards_of(subject: Subject, model: Answering | None, counts: Mapping[str, int], seed: int) -> Iterator[Shard]:
    """The shards of one model, for so many instances of each check (exhaustive: all there are).

    Raises `InputError` for a check that an export does not allow.
    """
    for check, count in counts.items():
        if subject.runtime and check in OF_WEIGHTS:
            raise InputError(
                f"--{check} needs the model and its weights, not only the answers of the {subject.runtime} runtime: "
                "verify the model folder"
            )
        for family, instances in check_named(check).families(model, count):
            for start in range(0, instances, SIZES[check]):
                yield Shard(subject.sha256, check, family, seed, start, min(start + SIZES[check], instances))


@lru_cache(maxsize=4)
def opened(subject: Subject) -> Answering | None:
    """The model, kept by the process that runs shards of it."""
    return subject.open() if subject.path else None


def run_shard(subject: Subject, shard: Shard) -> tuple[Outcome, float]:
    """What the shard finds, and the seconds it took (opening the model not counted)."""
    model = opened(subject)
    start = perf_counter()
    outcome = check_named(shard.check).run(model, shard.family, shard.seed, shard.start, shard.stop)
    return outcome, perf_counter() - start


def total(shards: Sequence[Shard]) -> int:
    return sum(shard.stop - shard.start for shard in shards)
