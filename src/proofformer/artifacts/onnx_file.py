"""ONNX: one file with the graph, from documents to answer bits, and the weights; any batch, any n.

Inputs: `rows` (and `others`), uint8 entries (batch, n, l), and int64 `lengths` (batch, sets). Outputs: the answer's
fields by name, bits least significant first. The `proofformer` metadata entry has the problem, the plan and the hashes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from proofformer.artifacts.artifact import (
    ABOUT,
    AGAIN,
    ExportedModel,
    about_of,
    as_planned,
    field_names,
    field_widths,
    input_names,
    model_again,
    needs,
    read_about,
    read_bytes,
    write_bytes,
)
from proofformer.errors import InputError
from proofformer.runtime.model import Model
from proofformer.theorems import statement_for

if TYPE_CHECKING:
    from proofformer.artifacts.artifact import Exported

KIND = "onnx"
IR_VERSIONS = {18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11, 24: 11}
"""The file format's version for each opset, as ONNX released them."""
USE = (
    "Inputs: 0/1 rows (batch, n, l) as uint8, and how many of them count, lengths (batch, sets) as int64. "
    "Outputs: bits, least significant first."
)
USUAL = {"float16": 23, "float32": 23, "float64": 18}
"""The opset for each dtype. ONNX Runtime's `Attention` takes the root of the scale in float32, whatever the dtype: it
loses nothing as long as the scale is 1, which it is here, but float64 need not depend on that."""


def write(model: Model, target: Path, opset: int | None = None) -> None:
    """Write the `.onnx` file of a model in float16, float32 or float64; opset 23, for float64 18, if not told.

    Raises `InputError` for another dtype or opset, and when the target holds something else.
    """
    needs("onnx", KIND)
    if model.plan.circuit.inclusive:
        raise InputError("the tokens of this model see themselves, an onnx file's do not: plan it with mask='strict'")
    write_bytes(target, _made(as_planned(model), opset), _about, KIND)


def read(source: Path) -> ExportedModel:
    """The model of a file, in ONNX Runtime on the CPU. Raises `InputError` for any file but one that `write` wrote."""
    needs("onnx", KIND)
    runtime: Any = needs("onnxruntime", KIND)
    raw = read_bytes(source)
    about = read_about(_about(raw), KIND, source)
    model = model_again(about, KIND, source)
    if raw != _made(model, about["options"].get("opset")):
        raise InputError(f"{source} was altered: it is not what its problem compiles to; {AGAIN}")
    session = runtime.InferenceSession(raw, providers=["CPUExecutionProvider"])
    names = (*input_names(model.problem), "lengths")

    def run(sets: tuple[torch.Tensor, ...], lengths: torch.Tensor) -> list[torch.Tensor]:
        feed = dict(zip(names, (x.numpy() for x in (*sets, lengths)), strict=True))
        return [torch.from_numpy(field) for field in session.run(list(field_names(model.plan)), feed)]

    return ExportedModel(model, run)


def keeps(exported: Exported) -> str:
    weights = f"weights in {exported.dtype}, any batch, any n up to the model's"
    attention = "attention in float32" if exported.dtype == "float16" else f"attention in {exported.dtype}"
    return f"{weights}; {attention}, in ONNX Runtime's CPU provider with memory that grows with the square of n"


def _made(model: Model, opset: int | None) -> bytes:
    """The file. The same model and opset give the same bytes."""
    import onnx
    from onnx import TensorProto, helper

    from proofformer.artifacts.onnx_graph import build

    opset = _opset(model, opset)
    g = build(model, opset)
    sets = input_names(model.problem)
    counts = ("n_a", "n_b") if len(sets) == 2 else ("n",)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, ["batch", n, model.problem.dim])
        for name, n in zip(sets, counts, strict=True)
    ]
    inputs.append(helper.make_tensor_value_info("lengths", TensorProto.INT64, ["batch", len(sets)]))
    fields = zip(field_names(model.plan), field_widths(model.plan), strict=True)
    outputs = [helper.make_tensor_value_info(name, g.type, ["batch", width]) for name, width in fields]
    graph = helper.make_graph(g.nodes, "proofformer", inputs, outputs, list(g.initializers.values()))
    made = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", opset)],
        ir_version=IR_VERSIONS[opset],
        producer_name="proofformer",
        doc_string=f"{statement_for(model.problem, model.max_n)} {USE}",
    )
    helper.set_model_props(made, {ABOUT: about_of(model, KIND, {"opset": opset})})
    onnx.checker.check_model(made, full_check=True)
    return bytes(made.SerializeToString(deterministic=True))


def _opset(model: Model, opset: int | None) -> int:
    """The opset to use. Raises `InputError` for one that is unknown, and for a dtype that has none."""
    dtype = model.plan.dtype.name
    if dtype not in USUAL:
        raise InputError(f"ONNX Runtime multiplies no {dtype} matrices on a CPU: compile with --dtype float32")
    if opset is None:
        return USUAL[dtype]
    if type(opset) is not int or opset not in IR_VERSIONS:
        raise InputError(f"opset {opset!r} is unknown here: choose one from {min(IR_VERSIONS)} to {max(IR_VERSIONS)}")
    return opset


def _about(raw: bytes) -> str | None:
    import onnx
    from google.protobuf.message import DecodeError

    try:
        made = onnx.load_model_from_string(raw)
    except (DecodeError, UnicodeDecodeError, ValueError):
        return None
    return next((entry.value for entry in made.metadata_props if entry.key == ABOUT), None)
