"""Shards: pieces of a campaign, each a pure function of (model hash, check, family, seed, range)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import perf_counter

import torch

from proofformer.artifacts import FOLDER, format_named, load, no_export
from proofformer.errors import Choice, InputError
from proofformer.runtime import Front, Model
from proofformer.runtime.attention import backend_named
from proofformer.theorems import theorem_file
from proofformer.verify.check import Needs
from proofformer.verify.checks import check_named
from proofformer.verify.outcome import Outcome

MOST_INSTANCES = 10_000_000
"""Of a check, in one campaign, which knows all its shards beforehand."""


@dataclass(frozen=True)
class Subject:
    """A model folder, or an export of it in the format named, pinned by its bytes; and how to run it.

    `theorem` is the file of a theorem of one's own, `backend` may be FILE.py:NAME; the bytes of both files count too.
    """

    path: str
    sha256: str
    device: str = "cpu"
    backend: str = "auto"
    runtime: str = ""
    theorem: str = ""

    @staticmethod
    def of(
        path: str,
        device: str = "cpu",
        backend: str = "auto",
        runtime: str | None = None,
        theorem: str | None = None,
    ) -> Subject:
        """What is there now. Raises `InputError` when there is nothing, or the format is unknown."""
        form = format_named(runtime) if runtime else FOLDER
        with nullcontext() if runtime else no_export(path):
            sha256 = form.sha256(Path(path))
        kernel, _, name = backend.rpartition(":")
        # Workers may be elsewhere.
        theorem = str(Path(theorem).resolve()) if theorem else ""
        kernel = str(Path(kernel).resolve()) if kernel.endswith(".py") else ""
        for file in (theorem, kernel):
            if os.path.isfile(file):
                sha256 = hashlib.sha256(sha256.encode() + Path(file).read_bytes()).hexdigest()
        backend = f"{kernel}:{name}" if kernel else backend
        return Subject(str(Path(path).resolve()), sha256, device, backend, runtime or "", theorem)

    def open(self) -> Front:
        """The model, or the export. Raises `InputError` when it is no longer the same."""
        attention = backend_named(self.backend)
        theorem = theorem_file(self.theorem) if self.theorem else None
        if self.runtime:
            front = format_named(self.runtime).read(self.path, theorem)
        else:
            front = load(self.path, self.device, theorem)
        if Subject.of(self.path, self.device, self.backend, self.runtime, self.theorem).sha256 != self.sha256:
            raise InputError(f"{self.path} changed while it was being verified: start again")
        if isinstance(front, Model):
            # What a kernel gets wrong is to be seen, not to be told beforehand.
            front.attention, front.probed = attention, False
        return front


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


def shards_of(subject: Subject, model: Front | None, counts: Mapping[str, int], seed: int) -> Iterator[Shard]:
    """The shards of one model, for so many instances of each check (exhaustive: all there are).

    Raises `InputError` for a check that an export does not allow.
    """
    for name, count in counts.items():
        check = check_named(name)
        if count > MOST_INSTANCES:
            shown = f"{count:,}" if count < 10**40 else "a number of more than 40 digits"
            raise InputError(
                Choice(name, stands_for=shown),
                f" is more than a campaign has: ask for at most {MOST_INSTANCES:,}, and go on with another ",
                Choice("seed", stands_for="S"),
            )
        if subject.runtime and check.needs is Needs.WEIGHTS:
            raise InputError(
                f"--{name} needs the model and its weights, not only the answers of the {subject.runtime} runtime: "
                "verify the model folder"
            )
        for family, instances in check.families(model, count):
            for start in range(0, instances, check.shard):
                yield Shard(subject.sha256, name, family, seed, start, min(start + check.shard, instances))


@lru_cache(maxsize=4)
def opened(subject: Subject) -> Front | None:
    """The model, kept by the process that runs shards of it."""
    return subject.open() if subject.path else None


def run_shard(subject: Subject, shard: Shard) -> tuple[Outcome, float]:
    """What the shard finds, and the seconds it took (opening the model not counted)."""
    return timed(opened(subject), shard)


def timed(model: Front | None, shard: Shard) -> tuple[Outcome, float]:
    """What the shard finds on this model, and the seconds it took. The caller's default device is not the checks'."""
    with torch.device("cpu"):
        start = perf_counter()
        outcome = check_named(shard.check).run(model, shard.family, shard.seed, shard.start, shard.stop)
        return outcome, perf_counter() - start


def total(shards: Sequence[Shard]) -> int:
    return sum(shard.stop - shard.start for shard in shards)
