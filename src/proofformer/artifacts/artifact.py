"""What the formats share: what a file says of itself, how it is written and read, and what is done with an export.

A file is read by making it again: what it says of itself (problem, plan, options) is checked as a model folder is, the
model is planned and exported anew, and the file has to be that, byte for byte. So a file that was damaged or altered is
refused before its own runtime sees it, and nothing in it is ever unpickled or run that did not come from here.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import torch
from torch import Tensor

from proofformer.artifacts.storage import config_hash, config_of, problem_and_plan
from proofformer.errors import InputError, ProofError
from proofformer.planner import Plan
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.runtime import Model, model_of
from proofformer.runtime.answering import Answering
from proofformer.runtime.decode import Bits, answers, name_bits

FORMAT, VERSION = "proofformer-export", 1
ABOUT = "proofformer"
"""Where a file keeps what it says of itself, as JSON."""
AGAIN = "export the model again"

Sets = tuple[Tensor, ...]


class Exported(Answering, Protocol):
    """An export in its runtime: it answers as `Model` does."""

    @property
    def dtype(self) -> str: ...


class ExportedModel:
    """An export that takes documents and their lengths, and gives the model's output bits."""

    def __init__(self, model: Model, run: Callable[[Sets, Tensor], Sequence[Tensor]]) -> None:
        """`run` gets sets of uint8 entries (batch, n, l) and int64 lengths (batch, sets), both on the CPU, and returns
        the answer's fields, each (batch, k). `model` is what was exported."""
        self._model = model
        self._run = run

    @property
    def problem(self) -> Problem:
        return self._model.problem

    @property
    def plan(self) -> Plan:
        return self._model.plan

    @property
    def max_n(self) -> int:
        return self.plan.max_n

    @property
    def dtype(self) -> str:
        return self.plan.dtype.name

    @torch.inference_mode()
    def __call__(self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None) -> Bits:
        """As `Model.forward`, on the CPU: the answer's bits as tensors. Raises `InputError` for a bad shape."""
        sets, table = self._model.checked(rows, others, lengths=lengths)
        if table is None:
            table = torch.tensor([[x.shape[1] for x in sets]]).expand(len(rows), -1)
        plain = tuple(x.cpu().to(torch.uint8).contiguous() for x in sets)
        fields = self._run(plain, table.cpu().to(torch.int64).contiguous())
        return name_bits(torch.cat(tuple(fields), dim=-1), self.plan.circuit)

    def solve(self, A: object, B: object = None) -> PairAnswer | Decision:
        """As `Model.solve`: the exact answer for an array, list or tensor (n, l); two if the problem is bichromatic."""
        sets = self.problem.instance(A, B).sets
        return answers(self(*(torch.tensor(rows)[None] for rows in sets)), self.problem)[0]


def needs(module: str, extra: str) -> ModuleType:
    """A module of an extra. Raises `InputError` with the command that installs it when it is missing."""
    try:
        return import_module(module)
    except ImportError:
        raise InputError(f"{module} is not installed: pip install 'proofformer[{extra}]'") from None


def field_widths(plan: Plan) -> tuple[int, ...]:
    """The number of bits of each field of the answer."""
    widths: dict[str, int] = {}
    for out in plan.circuit.outputs:
        widths[out.field] = widths.get(out.field, 0) + plan.circuit.signals[out.signal].width
    return tuple(widths.values())


def field_names(plan: Plan) -> tuple[str, ...]:
    """The names of the answer's fields, as `Model.forward` has them."""
    return name_bits(torch.zeros(1, sum(field_widths(plan))), plan.circuit)._fields


def input_names(problem: Problem) -> tuple[str, ...]:
    """The names of the sets."""
    return ("rows", "others") if problem.bichromatic else ("rows",)


def as_planned(model: Model) -> Model:
    """The model made again on the CPU. Raises `InputError` when its weights are no longer those of its plan."""
    again = model_of(model.problem, model.plan)
    mine = model.transformer.state_dict()
    for name, tensor in again.transformer.state_dict().items():
        if not torch.equal(mine[name].cpu().view(torch.uint8), tensor.view(torch.uint8)):
            raise InputError(f"weight {name!r} is not that of the model's plan: compile the model again")
    return again


def about_of(model: Model, kind: str, options: Mapping[str, Any]) -> str:
    """What an export says of itself: problem, plan, the hash of each weight, and one of all that, as JSON."""
    about = config_of(model) | {"format": FORMAT, "version": VERSION, "kind": kind, "options": dict(options)}
    about |= {"max_n": model.max_n, "dtype": model.plan.dtype.name}
    about["sha256"] = config_hash(about)
    return json.dumps(about, separators=(",", ":"))


def read_about(text: str | bytes | None, kind: str, source: Path) -> dict[str, Any]:
    """What a file says of itself. Raises `InputError` when that is damaged, or of another format or version."""
    if text is None:
        raise InputError(f"{source} does not say what problem it answers: it is no {kind} export of proofformer")
    try:
        about = json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{source}: what it says of itself is not JSON: the file is damaged; {AGAIN}") from None
    if not isinstance(about, dict) or about.get("format") != FORMAT or about.get("kind") != kind:
        raise InputError(f"{source} does not say format {FORMAT!r} and kind {kind!r}: it belongs to something else")
    if about.get("version") != VERSION:
        raise InputError(
            f"{source} has format version {about.get('version')!r}; this proofformer reads version {VERSION}: {AGAIN}"
        )
    if about.get("sha256") != config_hash(about):
        raise InputError(f"{source} was altered: what it says of itself does not match its sha256; {AGAIN}")
    return about


def model_again(about: dict[str, Any], kind: str, source: Path) -> Model:
    """The model that was exported, from what the file says. Raises `InputError` for one that it cannot have been."""
    problem, plan = problem_and_plan(about, source, AGAIN)
    try:
        model = model_of(problem, plan)
    except ProofError as error:
        raise InputError(f"{source}: {error}; {AGAIN}") from None
    options = about.get("options")
    if not isinstance(options, dict) or about_of(model, kind, options) != json.dumps(about, separators=(",", ":")):
        raise InputError(f"{source} was altered: it does not describe what its problem compiles to; {AGAIN}")
    return model


def read_bytes(source: Path) -> bytes:
    """The file. Raises `InputError` when there is none, or it cannot be read."""
    if not source.is_file():
        raise InputError(f"there is no file {source}: make one with `proofformer export MODEL_DIR -o {source}`")
    try:
        return source.read_bytes()
    except OSError as error:
        raise InputError(f"{source} cannot be read: {error.strerror or error}") from None


def write_bytes(target: Path, data: bytes, about: Callable[[bytes], str | bytes | None], kind: str) -> None:
    """Write the file in one move, over nothing but an export of the same kind, which `about` finds the words of.

    Raises `InputError` for a target that is anything else, and when it cannot be written.
    """
    target = target.resolve()
    if target.exists() and not (target.is_file() and _is_export(target, about, kind)):
        raise InputError(f"{target} exists and is no {kind} export of proofformer: choose another path or remove it")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
            new = Path(scratch) / "new"
            new.write_bytes(data)
            new.replace(target)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror or error}") from None


def _is_export(target: Path, about: Callable[[bytes], str | bytes | None], kind: str) -> bool:
    try:
        said = json.loads(about(read_bytes(target)) or "null")
    except (InputError, ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("format") == FORMAT and said.get("kind") == kind
