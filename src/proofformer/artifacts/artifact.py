"""Artifacts: models on disk. In whatever format, one is valid if and only if it is what its spec compiles to.

A file says what spec it has, and nothing else of it is believed: the spec is compiled and exported again, and the file
has to be that, byte for byte. Only then does its own runtime see it. So an artifact that was damaged or altered in
whatever way is refused, and no code in a file is run that did not come from here.
"""

from __future__ import annotations

import hashlib
import json
import reprlib
import shlex
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from os.path import exists, isdir
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from proofformer.artifacts.folder import Files, load_files, path_of, write_files
from proofformer.artifacts.parts import differing
from proofformer.circuit.nodes import IS_START
from proofformer.circuit.signals import copy_of
from proofformer.compiler import INCLUSIVE, STRICT, Spec, plan_of
from proofformer.errors import InputError, ProofError
from proofformer.planner import Plan
from proofformer.planner.weights import numeric
from proofformer.problems import Problem, Task
from proofformer.theorems import Theorem

if TYPE_CHECKING:
    from proofformer.runtime import Front, Model

VERSION = 4
FIRST_KIND = "proofformer-export"
"""What the first torch and onnx exports said they were, with the format's name as their `kind`."""
ABOUT = "proofformer.json"
CARD = "README.md"


class Format(ABC):
    """A way to write a model, and to run what was written.

    `names` are its files, the first of which says what it is; of one file, ``""``, and `suffix` is how its name ends.
    `unread` may lie beside them. `options` are what `settle` takes, `libraries` the modules of its extra. The card is
    for people, who may edit it.
    """

    name: str
    names: tuple[str, ...] = ("",)
    suffix: str = ""
    unread: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    version: int = VERSION
    again: str = "export the model again"

    @property
    def kind(self) -> str:
        """What an artifact of it says it is."""
        return f"proofformer-{self.name}"

    @property
    def called(self) -> str:
        """What people call one."""
        return f"{self.name} export of proofformer"

    @property
    def how(self) -> str:
        """The command that makes one, but for its path."""
        return f"export MODEL_DIR --to {self.name} -o"

    @property
    def about(self) -> str:
        """The file that says what it is."""
        return self.names[0]

    def check_libraries(self) -> None:
        """Raises `InputError` with the command that installs them unless its libraries are there."""
        for module in self.libraries:
            needs(module, self.name)

    def settle(self, spec: Spec, given: Mapping[str, Any]) -> tuple[Spec, dict[str, Any]]:
        """The spec that is written, and all options with the versions of libraries that decide bytes.

        Raises `InputError` for what the format cannot hold exactly.
        """
        return spec, {}

    def write(self, model: Model, path: str | PathLike[str], **given: Any) -> None:
        """Write the model, in one move, over nothing but an artifact of the same kind.

        Raises `InputError` when its weights are no longer those of its spec, for what the format cannot hold exactly
        and for a target that is anything else; `ProofError` when the format needs another plan and there is none.
        """
        self.write_plan(model.spec, plan_of(model.spec), path, model, **given)

    def write_plan(
        self, of: Spec, plan: Plan, path: str | PathLike[str], model: Model | None = None, **given: Any
    ) -> Files:
        """Write the model of a spec, whose plan this is, as `write` does: of `model`, if its weights are those."""
        target = path_of(path)
        for name in given.keys() - set(self.options):
            raise InputError(f"{name} is no option of {self.name} exports: leave it out")
        if self.suffix and target.suffix != self.suffix:
            raise InputError(
                f"{target.name!r} does not end in {self.suffix}, as {self.name} exports do: choose another name"
            )
        spec, options = self.settle(of, given)
        with plainly():
            if model is not None:
                _check_weights(model, plan)
            files = self.make(spec, plan if spec == of else plan_of(spec), options)
            files = {**files, **self.beside(files)}
        write_files(target, files, self.replaces, self.called)
        return files

    def read(self, path: str | PathLike[str], theorem: Theorem | None = None) -> Front:
        """What an artifact answers by: its own files, in the format's own runtime, after they were found to be right.

        A model of a theorem of one's own needs the theorem. Raises `InputError`, naming the file and what is at fault.
        """
        source = path_of(path)
        files = load_files(source, self.names, self._wanted(source))
        about = _about(self, files, source)
        file = source / self.about
        spec, options = _spec_of(self, about, files, file, task_of(theorem))
        odd = self.unlike(spec, files)
        if odd is not None:
            raise InputError(f"{source}: {odd}; {self.again}")
        with plainly():
            try:
                plan = plan_of(spec)
                made = self.make(spec, plan, options)
            except ProofError as error:
                raise InputError(f"{file}: what it names cannot be compiled (", error, f"); {self.again}") from None
            _compare(self, files, made, source)
            return self.run(Artifact(spec, options, files, source), plan)

    def _wanted(self, source: Path) -> str:
        place = "PATH" if exists(source) else source
        return f"{self.called}: name one, or make it with `proofformer {self.how} {place}`"

    def is_kind(self, source: Path) -> bool:
        """Whether a file or folder says that it is of this kind, in whatever version."""
        if isdir(source) != (self.suffix == ""):
            return False
        try:
            said = json.loads(self.said(load_files(source, [self.about], self.called)) or "null")
        except (InputError, ValueError, RecursionError):
            return False
        return isinstance(said, dict) and _says(self, said)

    def replaces(self, there: Path) -> bool:
        """Whether nothing is lost but an artifact of this kind: there are no files but its own."""
        own = {*self.names, *self.unread}
        return self.is_kind(there) and (
            there.is_file() or all(file.is_file() and file.name in own for file in there.iterdir())
        )

    def sha256(self, source: Path) -> str:
        """What an artifact is known by: a hash of all its files but the card. Raises `InputError` for none."""
        files = load_files(source, self.names, self._wanted(source))
        if not files:
            raise InputError(f"{source} is no {self._wanted(source)}")
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != CARD}
        return hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()

    @abstractmethod
    def make(self, spec: Spec, plan: Plan, options: Mapping[str, Any]) -> Files:
        """The files. The same arguments, the same bytes."""

    def beside(self, files: Files) -> Files:
        """What is written beside the files, of them, and never read."""
        return {}

    @abstractmethod
    def run(self, artifact: Artifact, plan: Plan) -> Front:
        """What answers: the format's own runtime on the artifact's own bytes, which were found to be right."""

    @abstractmethod
    def keeps(self, front: Front) -> str:
        """A sentence: what of the model the export keeps, and what it does otherwise."""

    def remedy(self, spec: Spec, source: Path) -> str:
        """The end of a sentence: the commands that make an artifact of the spec in this place."""
        model = f"{source}.model"
        export = shlex.join(["proofformer", "export", model, "--to", self.name, "-o", str(source)])
        return f"`{spec.command(model)}` compiles it again, for `{export}`"

    def said(self, files: Files) -> bytes | str | None:
        """What the files say of themselves, as JSON; None where they say nothing."""
        return files.get(self.about)

    def unlike(self, spec: Spec, files: Files) -> str | None:
        """Why the files cannot be of the spec, as far as can be told before it is compiled."""
        return None


@dataclass(frozen=True)
class Artifact:
    """A spec with its bytes in a format; `options` are what else decides them."""

    spec: Spec
    options: Mapping[str, Any]
    files: Files
    source: Path


def about_of(form: Format, spec: Spec, options: Mapping[str, Any]) -> dict[str, Any]:
    """What every artifact says of itself."""
    return {"format": form.kind, "version": form.version, "spec": spec.to_json(), "options": dict(options)}


def as_json(about: Mapping[str, Any]) -> bytes:
    return (json.dumps(about, indent=1) + "\n").encode()


@contextmanager
def plainly() -> Iterator[None]:
    """Bytes depend on the spec alone: not on the caller's autocast or default device."""
    if "torch" not in sys.modules:
        yield
        return
    import torch

    with torch.autocast("cpu", enabled=False), torch.device("cpu"):
        yield


def task_of(theorem: Theorem | None) -> Task | None:
    """The task of a theorem of one's own. Raises `InputError` for what is no theorem."""
    if theorem is not None and not isinstance(theorem, Theorem):
        raise InputError(f"theorem is {reprlib.repr(theorem)}: pass a THEOREM, or theorem_file(path)")
    return theorem.task if theorem is not None and isinstance(theorem.task, Task) else None


def needs(module: str, extra: str) -> ModuleType:
    """A module of an extra. Raises `InputError` with the command that installs it when it is missing."""
    try:
        return import_module(module)
    except ImportError:
        raise InputError(f"{module} is not installed: pip install 'proofformer[{extra}]'") from None


def _check_weights(model: Model, plan: Plan) -> None:
    import torch

    from proofformer.runtime.model import exact_tensors

    mine, wanted = model.transformer.state_dict(), exact_tensors(numeric(plan), model.spec.dtype)
    for name in (*wanted, *mine):
        one, other = mine.get(name), wanted.get(name)
        if one is None or other is None or one.dtype != other.dtype or not torch.equal(one.cpu(), other):
            raise InputError(f"weight {name!r} was changed, so nothing is proved of it: compile the model again")


def _says(form: Format, about: Mapping[str, Any]) -> bool:
    """Whether a file says that it is of this kind, in whatever version."""
    return about.get("format") == form.kind or (about.get("format"), about.get("kind")) == (FIRST_KIND, form.name)


def _about(form: Format, files: Files, source: Path) -> dict[str, Any]:
    """What the files say of themselves. Raises `InputError` when that is damaged, or of another kind or version."""
    file, said = source / form.about, form.said(files)
    if said is None:
        if not form.about:
            raise InputError(f"{file} does not say what problem it answers: it is no {form.called}")
        raise InputError(f"{file} is missing: {source} is no complete {form.called}; {form.again}")
    try:
        about: object = json.loads(said)
    except (ValueError, RecursionError):
        raise InputError(f"{file} is damaged, what it says of itself is not JSON: {form.again}") from None
    if not isinstance(about, dict) or not _says(form, about):
        raise InputError(f"{file} does not say format {form.kind!r}, so {source} is no {form.called}: name one")
    if about.get("version") != form.version:
        has = f"has format version {reprlib.repr(about.get('version'))}"
        remedy = _remedy(form, about, source)
        raise InputError(f"{file} {has} and this proofformer reads version {form.version}: {remedy}")
    return about


def _remedy(form: Format, about: Mapping[str, Any], source: Path) -> str:
    """How to make an artifact of an older version again: the command, where it can be told."""
    plan = about.get("plan")
    of = plan if isinstance(plan, dict) else about
    try:
        mask = INCLUSIVE if json.dumps(copy_of(IS_START)) in json.dumps(plan) else STRICT
        spec = Spec(Problem.from_json(about["problem"]), of["max_n"], of["dtype"], mask)
    except (LookupError, TypeError, ValueError, RecursionError):
        return form.again
    return form.remedy(spec, source)


def _spec_of(
    form: Format, about: Mapping[str, Any], files: Files, file: Path, task: Task | None
) -> tuple[Spec, dict[str, Any]]:
    """The spec and the options of an artifact. Raises `InputError` for ones that it cannot have been made from."""
    try:
        spec = Spec.from_json(about.get("spec"), task)  # type: ignore[arg-type]
        options = about.get("options")
        if not isinstance(options, dict):
            raise InputError("its options are no object")
        given = {name: value for name, value in options.items() if name in form.options}
        settled, wanted = form.settle(spec, given)
        same = settled == spec and json.dumps(wanted, sort_keys=True) == json.dumps(options, sort_keys=True)
    except InputError as error:
        # It has a remedy of its own, such as naming the theorem.
        raise InputError(f"{file} asks for what cannot be compiled: ", error) from None
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError) as error:
        raise InputError(f"{file}: what it names cannot be compiled (", error, f"); {form.again}") from None
    for name, value in wanted.items():
        if name not in form.options and options.get(name) != value:
            was = options.get(name)
            by = was if isinstance(was, str) and was.isprintable() else reprlib.repr(was)
            raise InputError(f"{file} was written by {name} {by} and this is {name} {value}: {form.again}")
    if not same:
        raise InputError(f"{file} was altered: its options are not what {form.name} has; {form.again}")
    # Every format has at least one dense matrix of l columns and no fewer rows.
    if sum(map(len, files.values())) < spec.problem.dim**2:
        raise InputError(f"{file} was altered: files this small hold no model of l = {spec.problem.dim}; {form.again}")
    return spec, wanted


def _compare(form: Format, found: Files, made: Files, source: Path) -> None:
    """Raises `InputError`, naming the file and what of it is not as it is made, unless all but the card is equal."""
    for name, data in made.items():
        file = source / name if name else source
        if name == CARD:
            continue
        if name not in found:
            raise InputError(f"{file} is missing: {source} is no complete {form.called}; {form.again}")
        odd = None if found[name] == data else differing(name, found[name], data)
        if odd is not None:
            raise InputError(f"{file}: {odd}, so nothing is proved of it; {form.again}")
