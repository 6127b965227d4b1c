"""A witness: a folder with the instances on which a kernel or a model is wrong, and all that it takes to ask again.

witness.json says what was asked, with what, and what came of it; documents.safetensors has the documents. A folder is
read only if it is, byte for byte, what its contents are written as. Reading runs no code: what is somebody's own is run
only when it is named where the witness is replayed.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path
from typing import Any

import torch

from proofformer.artifacts.folder import Files, load_files, path_of, write_files
from proofformer.artifacts.tensors import as_bytes, as_tensors
from proofformer.challenge.calibration import Setting
from proofformer.challenge.findings import Finding, How, again, verdict_of
from proofformer.challenge.forgetting import remembers
from proofformer.challenge.kernels import BUILT_IN, Kernel
from proofformer.challenge.opponents import Opponent
from proofformer.challenge.recurrent import stock_model
from proofformer.challenge.stock import NAMES
from proofformer.challenge.verdicts import Growth, Verdict
from proofformer.compiler import Spec
from proofformer.errors import InputError, ProofError
from proofformer.runtime.model import compiled
from proofformer.runtime.reads import Misread

JSON, DOCUMENTS = "witness.json", "documents.safetensors"
FORMAT = "proofformer witness 1"
SETS = ("A", "B")
OTHER = "B after"
"""The other set B of a collision."""
_UNREADABLE = (ValueError, LookupError, TypeError, RecursionError, AttributeError, InputError)


@dataclass(frozen=True)
class Witness:
    """What a folder holds: the kernel or the model with a state, by the name it was given, what was asked, and the
    findings. `cost` is that of a kernel, `made` what a model is made with; None for the other."""

    name: str
    built_in: bool
    cost: Growth | None
    made: Mapping[str, int] | None
    spec: Spec
    findings: tuple[Finding, ...]
    versions: Mapping[str, str]

    @staticmethod
    def of(asked: Opponent, spec: Spec, findings: tuple[Finding, ...]) -> Witness:
        """Raises `InputError` when nothing was found."""
        if not findings:
            raise InputError(f"nothing was found for {asked.name}: there is no witness to write")
        cost, made = (asked.cost, None) if isinstance(asked, Kernel) else (None, asked.made)
        return Witness(asked.name, asked.built_in, cost, made, spec, findings, versions_here())

    @property
    def verdict(self) -> Verdict:
        return verdict_of(self.findings, self.cost)

    def command(self, folder: str) -> str:
        """The command line that asks again."""
        return shlex.join(["proofformer", "challenge", self.name, "--replay", folder])

    def files(self) -> Files:
        documents = as_bytes({name: torch.from_numpy(rows) for name, rows in self._documents()})
        said = {
            "format": FORMAT,
            **({"kernel": self.name} if self.made is None else {"model": self.name, "made": dict(self.made)}),
            "built_in": self.built_in,
            "cost": self.cost,
            "verdict": self.verdict,
            "replay": self.command("."),
            "versions": dict(self.versions),
            "spec": self.spec.to_json(),
            "findings": [finding.to_json() for finding in self.findings],
            "documents_sha256": hashlib.sha256(documents).hexdigest(),
        }
        digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        return {JSON: (json.dumps(said | {"sha256": digest}, indent=1) + "\n").encode(), DOCUMENTS: documents}

    def save(self, path: str | PathLike[str]) -> None:
        """Write the folder, whole or not at all. Raises `InputError` when there is something already."""
        target = vacant(path)
        write_files(target, self.files(), lambda folder: False, "empty folder")

    def _documents(self) -> Iterator[tuple[str, Any]]:
        for k, finding in enumerate(self.findings):
            for name, rows in zip(SETS, finding.sets, strict=False):
                yield f"{k} {name}", rows
            if finding.other is not None:
                yield f"{k} {OTHER}", finding.other


def vacant(path: str | PathLike[str]) -> Path:
    """A place where there is nothing, or an empty folder. Raises `InputError` for any other."""
    target = path_of(path)
    if target.is_dir() and not any(target.iterdir()):
        return target
    if target.exists() or target.is_symlink():
        raise InputError(f"{target} exists: choose another folder for the witness, or remove it")
    return target


def versions_here() -> dict[str, str]:
    """What decides how it is computed, as far as it has a version."""
    packages = {name: version(name) for name in ("proofformer", "torch", "numpy")}
    # Of stock models, what is not there has made none.
    with suppress(PackageNotFoundError):
        packages["transformers"] = version("transformers")
    return packages | {"python": platform.python_version(), "machine": platform.machine()}


def read_witness(path: str | PathLike[str]) -> Witness:
    """The witness in a folder. Raises `InputError`, one sentence, for anything that `save` did not write."""
    folder = path_of(path)
    files = load_files(folder, (JSON, DOCUMENTS), "witness: name the folder that challenge wrote")
    for name in (JSON, DOCUMENTS):
        if name not in files:
            raise InputError(f"{folder / name} is missing: name a folder that challenge wrote")
    try:
        made = _parsed(files)
        written = made.files()
    except _UNREADABLE as error:
        raise InputError(
            f"{folder} is no witness as challenge writes it ({type(error).__name__}): make it anew"
        ) from None
    for name in (JSON, DOCUMENTS):
        if written[name] != files[name]:
            raise InputError(f"{folder / name} was edited: make the witness anew")
    return made


def _parsed(files: Files) -> Witness:
    """Raises an error of Python's own, or `InputError`, for what no witness has."""
    said, documents = json.loads(files[JSON]), as_tensors(files[DOCUMENTS])
    if said["format"] != FORMAT:
        raise ValueError("another format")
    spec, findings = Spec.from_json(said["spec"]), []
    for k, data in enumerate(said["findings"]):
        sets = tuple(documents[f"{k} {name}"].numpy() for name in SETS if f"{k} {name}" in documents)
        other = documents.get(f"{k} {OTHER}")
        instances = [sets] if other is None else [sets, (sets[0], other.numpy())]
        for instance in instances:
            spec.problem.instance(*instance)
        findings.append(
            Finding(
                How(data["how"]),
                str(data["source"]),
                sets,
                str(data["expected"]),
                str(data["got"]),
                None if data["misread"] is None else Misread.from_json(data["misread"]),
                tuple(Setting(float(t), float(threshold)) for t, threshold in data["settings"]),
                None if other is None else other.numpy(),
                str(data.get("other_expected", "")),
            )
        )
    cost = None if said["cost"] is None else Growth(said["cost"])
    made = {str(key): int(value) for key, value in said["made"].items()} if "model" in said else None
    if made is not None and made.keys() != ({"layers", "seed"} if said["built_in"] else set()):
        raise ValueError("made otherwise")
    name = str(said["kernel" if made is None else "model"])
    return Witness(name, bool(said["built_in"]), cost, made, spec, tuple(findings), dict(said["versions"]))


@dataclass(frozen=True)
class Replayed:
    """A witness asked again: beside each of its findings, what is left of it here."""

    witness: Witness
    opponent: Opponent
    left: tuple[Finding | None, ...]

    @property
    def verdict(self) -> Verdict:
        """What is left says so much, of a kernel of this cost or a model."""
        left = [finding for finding in self.left if finding is not None]
        return verdict_of(left, self.opponent.cost if isinstance(self.opponent, Kernel) else None)

    @property
    def holds(self) -> bool:
        """Whether anything is left."""
        return self.verdict is not Verdict.NOTHING

    def to_json(self) -> dict[str, Any]:
        left = [None if finding is None else finding.to_json() for finding in self.left]
        kind = "kernel" if isinstance(self.opponent, Kernel) else "model"
        return {kind: self.opponent.name, "verdict": self.verdict.value, "holds": self.holds, "findings": left}


def replay(path: str | PathLike[str], opponent: Opponent | None = None) -> Replayed:
    """Ask a witness again: what it is of, if that is built in, or another.

    Raises `InputError` for a folder that is no witness, where what is somebody's own is not passed, and for a kernel in
    the place of a model with a state, or the other way round.
    """
    witness = read_witness(path)
    if opponent is None:
        opponent = _built_in(witness, path)
    if isinstance(opponent, Kernel) != (witness.made is None):
        wanted, given = ("a kernel", "a model with a state") if witness.made is None else ("such a model", "a kernel")
        raise InputError(f"{path} is a witness of {witness.name}, and {opponent.name} is {given}: name {wanted}")
    if not isinstance(opponent, Kernel):
        asked = witness.spec.problem
        return Replayed(witness, opponent, tuple(remembers(opponent, asked, finding) for finding in witness.findings))
    try:
        model = compiled(witness.spec)
    except ProofError as error:
        raise InputError(f"{path} is of a model that has no plan here: ", error) from None
    return Replayed(witness, opponent, tuple(again(model, opponent, finding) for finding in witness.findings))


def _built_in(witness: Witness, path: str | PathLike[str]) -> Opponent:
    """Raises `InputError` for what is somebody's own."""
    if witness.built_in and witness.made is None and witness.name in BUILT_IN:
        return BUILT_IN[witness.name]
    if witness.built_in and witness.made is not None and witness.name in NAMES:
        return stock_model(witness.name, witness.spec.problem.dim, witness.spec.dtype, **witness.made)
    named = "KERNEL" if ":" not in witness.name else witness.name
    command = shlex.join(["proofformer", "challenge", named, "--replay", str(path)])
    raise InputError(
        f"{path} is a witness of {witness.name}, which is code of somebody's own and not run unless it is named: "
        f"{command}"
    )
