"""torch.export: a `.pt2` file with the graph, from documents to answer bits, and the weights; any batch, any n.

It takes `sets`, one or two of uint8 entries (batch, n, l), and int64 `lengths` (batch, sets); it returns the answer's
fields by name. `torch.export.load` runs Python that a file carries (guards, shapes, pickles): here it only gets a file
that was found equal to what this version of torch makes of the problem.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.export import Dim

from proofformer.artifacts.artifact import (
    ABOUT,
    AGAIN,
    ExportedModel,
    Sets,
    about_of,
    as_planned,
    model_again,
    read_about,
    read_bytes,
    write_bytes,
)
from proofformer.errors import InputError
from proofformer.runtime.decode import name_bits
from proofformer.runtime.encode import encode
from proofformer.runtime.model import Model, torch_dtype

if TYPE_CHECKING:
    from proofformer.artifacts.artifact import Exported

KIND = "torch"
MEMBER = f"{ABOUT}.json"
SUFFIX = ".pt2"
EXAMPLE = (7, 5)
"""The batch and the largest n that are traced: no 1 and no 0, which torch takes for constants."""
UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, NotImplementedError, RuntimeError)
TRACES = ("stack_trace", "nn_module_stack", "source_fn_stack", "from_node")


class Whole(nn.Module):
    """Documents to named answer bits: what `Model.forward` does, without its checks."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.transformer = model.transformer
        self.circuit = model.plan.circuit
        self.dtype = torch_dtype(model.plan)
        self.levels = model.problem.levels

    def forward(self, sets: Sets, lengths: Tensor) -> dict[str, Tensor]:
        tokens = encode(sets, lengths, self.circuit, self.dtype, self.levels)
        return name_bits(self.transformer(tokens), self.circuit)._asdict()


def write(model: Model, target: Path) -> None:
    """Write the `.pt2` file of a model, of any dtype. Raises `InputError` when the target holds something else.

    torch reads no file under another suffix.
    """
    if target.suffix != SUFFIX:
        raise InputError(f"torch.export.load reads names that end in {SUFFIX}, not {target.name!r}: call it so")
    write_bytes(target, _made(as_planned(model)), _about, KIND)


def read(source: Path) -> ExportedModel:
    """The program of a file, on the CPU. Raises `InputError` for any file but one that this torch writes."""
    raw = read_bytes(source)
    about = read_about(_about(raw), KIND, source)
    model = model_again(about, KIND, source)
    written = about["options"].get("torch")
    if written != _version():
        raise InputError(f"{source} was written by torch {written} and this is torch {_version()}: {AGAIN}")
    made = _made(model)
    if raw != made:
        raise InputError(f"{source} was altered: {_differing(raw, made)} is not what its problem compiles to; {AGAIN}")
    program = torch.export.load(io.BytesIO(raw)).module()
    return ExportedModel(model, lambda sets, lengths: list(program(sets, lengths).values()))


def keeps(exported: Exported) -> str:
    return (
        f"weights and arithmetic in {exported.dtype}, torch's own attention (memory grows with n, not with its "
        "square, where torch has a flash kernel), any batch, any n up to the model's"
    )


def _made(model: Model) -> bytes:
    """The file. The same model and the same torch give the same bytes."""
    count = 1 + model.problem.bichromatic
    batch, n = EXAMPLE
    least, most = model.problem.least_n, model.max_n - model.problem.bichromatic
    some = Dim("batch", min=1)
    # Where there is but one n, it is a constant.
    sizes = [{1: Dim(f"n_{name}", min=least, max=most)} if least < most else {} for name in ("a", "b")[:count]]
    shapes = tuple({0: some} | size for size in sizes)
    sets = tuple(torch.zeros(batch, min(n, most), model.problem.dim, dtype=torch.uint8) for _ in sizes)
    program = torch.export.export(
        Whole(model), (sets, torch.ones(batch, count, dtype=torch.int64)), dynamic_shapes=(shapes, {0: some})
    )
    # They name the files of whoever exports.
    for node in program.graph.nodes:
        for trace in TRACES:
            node.meta.pop(trace, None)
    buffer = io.BytesIO()
    about = about_of(model, KIND, {"torch": _version()})
    torch.export.save(program, buffer, extra_files={MEMBER: about})
    return buffer.getvalue()


def _version() -> str:
    return str(torch.__version__).partition("+")[0]


def _about(raw: bytes) -> bytes | None:
    return next((data for name, data in _members(raw).items() if name.endswith(f"/extra/{MEMBER}")), None)


def _members(raw: bytes) -> Mapping[str, bytes]:
    """The members of the archive that can be read."""
    found: dict[str, bytes] = {}
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except UNREADABLE:
        return found
    for info in archive.infolist():
        with suppress(*UNREADABLE):
            found[info.filename] = archive.read(info)
    return found


def _differing(raw: bytes, made: bytes) -> str:
    """The first member that differs, for people."""
    mine, theirs = _members(raw), _members(made)
    names = [name for name in (*theirs, *mine) if mine.get(name) != theirs.get(name)]
    return repr(names[0].partition("/")[2]) if names else "the archive"
