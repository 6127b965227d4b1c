"""ONNX: one file with the graph, from documents to answer bits, and the weights; any batch, any n.

Inputs: `rows` (and `others`), uint8 entries (batch, n, l), and int64 `lengths` (batch, sets). Outputs: the answer's
fields by name, bits least significant first. The `proofformer` metadata entry has what the file says of itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from proofformer.artifacts.artifact import Artifact, Format, about_of, as_json, needs
from proofformer.artifacts.export_front import ExportFront, on_documents
from proofformer.artifacts.folder import Files
from proofformer.compiler import STRICT, Spec
from proofformer.errors import Choice, InputError
from proofformer.planner import Plan
from proofformer.runtime import Front
from proofformer.runtime.front import Batches
from proofformer.runtime.model import filled
from proofformer.theorems import statement_for

ENTRY = "proofformer"
IR_VERSIONS = {18: 8, 19: 9, 20: 9, 21: 10, 22: 10, 23: 11, 24: 11}
"""The file format's version for each opset, as ONNX released them."""
USE = (
    "Inputs: 0/1 rows (batch, n, l) as uint8, and how many of them count, lengths (batch, sets) as int64. "
    "Outputs: bits, least significant first."
)
USUAL = {"float16": 23, "float32": 23, "float64": 18}
"""The opset for each dtype. ONNX Runtime's `Attention` takes the root of the scale in float32, whatever the dtype: it
loses nothing as long as the scale is 1, which it is here, but float64 need not depend on that."""


class OnnxFile(Format):
    """A model in float16, float32 or float64; opset 23, for float64 18, if not told."""

    name, suffix = "onnx", ".onnx"
    options = ("opset",)
    libraries = ("onnx", "onnxruntime")

    def settle(self, spec: Spec, given: Mapping[str, Any]) -> tuple[Spec, dict[str, Any]]:
        onnx = needs("onnx", self.name)
        if spec.mask != STRICT:
            raise InputError(
                "the tokens of this model see themselves, an onnx file's do not: compile it with ",
                Choice("mask", STRICT),
            )
        if spec.dtype not in USUAL:
            raise InputError(
                f"ONNX Runtime multiplies no {spec.dtype} matrices on a CPU: compile with ", Choice("dtype", "float32")
            )
        opset = given.get("opset")
        opset = USUAL[spec.dtype] if opset is None else opset
        if type(opset) is not int or opset not in IR_VERSIONS:
            known = f"{min(IR_VERSIONS)} to {max(IR_VERSIONS)}"
            raise InputError(f"opset {opset!r} is unknown here: choose one from {known}")
        return spec, {"opset": opset, "onnx": str(onnx.__version__)}

    def make(self, spec: Spec, plan: Plan, options: Mapping[str, Any]) -> Files:
        onnx = needs("onnx", self.name)
        from proofformer.artifacts.onnx_graph import build, input_names

        model, opset, helper = filled(spec, plan), options["opset"], onnx.helper
        g, sets = build(model, opset), input_names(spec.problem)
        counts = ("n_a", "n_b") if len(sets) == 2 else ("n",)
        inputs = [
            helper.make_tensor_value_info(name, onnx.TensorProto.UINT8, ["batch", n, spec.problem.dim])
            for name, n in zip(sets, counts, strict=True)
        ]
        inputs.append(helper.make_tensor_value_info("lengths", onnx.TensorProto.INT64, ["batch", len(sets)]))
        fields = zip(spec.problem.answer_format.tensors, plan.circuit.fields.values(), strict=True)
        outputs = [helper.make_tensor_value_info(name, g.type, ["batch", width]) for name, width in fields]
        graph = helper.make_graph(g.nodes, "proofformer", inputs, outputs, list(g.initializers.values()))
        made = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", opset)],
            ir_version=IR_VERSIONS[opset],
            producer_name="proofformer",
            doc_string=f"{statement_for(spec.problem, spec.max_n)} {USE}",
        )
        helper.set_model_props(made, {ENTRY: as_json(about_of(self, spec, options)).decode()})
        onnx.checker.check_model(made, full_check=True)
        return {"": bytes(made.SerializeToString(deterministic=True))}

    def run(self, artifact: Artifact, plan: Plan) -> Front:
        runtime: Any = needs("onnxruntime", self.name)
        session = runtime.InferenceSession(artifact.files[""], providers=["CPUExecutionProvider"])
        names = [taken.name for taken in session.get_inputs()]

        def run(sets: Batches, lengths: torch.Tensor) -> list[torch.Tensor]:
            feed = dict(zip(names, (x.numpy() for x in (*sets, lengths)), strict=True))
            return [torch.from_numpy(field) for field in session.run(None, feed)]

        return ExportFront(artifact.spec, plan, on_documents(run))

    def keeps(self, front: Front) -> str:
        weights = f"weights in {front.dtype}, any batch, any n up to the model's"
        attention = "attention in float32" if front.dtype == "float16" else f"attention in {front.dtype}"
        return f"{weights}; {attention}, in ONNX Runtime's CPU provider with memory that grows with the square of n"

    def said(self, files: Files) -> str | None:
        onnx = needs("onnx", self.name)
        from google.protobuf.message import DecodeError

        try:
            made = onnx.load_model_from_string(files[""])
        except (DecodeError, UnicodeDecodeError, ValueError):
            return None
        return next((entry.value for entry in made.metadata_props if entry.key == ENTRY), None)


FORMAT = OnnxFile()
