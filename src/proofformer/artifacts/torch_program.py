"""torch.export: a `.pt2` file with the graph, from documents to answer bits, and the weights; any batch, any n.

It takes `sets`, one or two of uint8 entries (batch, n, l), and int64 `lengths` (batch, sets); it returns the answer's
fields by name. `torch.export.load` runs Python that a file carries (guards, shapes, pickles): here it only gets a file
that was found equal to what this version of torch makes of the spec.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import Dim
from torch.fx import GraphModule

from proofformer.artifacts.artifact import Artifact, Format, about_of, as_json
from proofformer.artifacts.export_front import ExportFront, on_documents
from proofformer.artifacts.folder import Files
from proofformer.artifacts.parts import members
from proofformer.compiler import Spec
from proofformer.planner import Plan
from proofformer.runtime import Front, Model
from proofformer.runtime.front import Batches, Fields
from proofformer.runtime.model import filled

MEMBER = "proofformer.json"
EXAMPLE = (7, 5)
"""The batch and the largest n that are traced: no 1 and no 0, which torch takes for constants."""
TRACES = ("stack_trace", "nn_module_stack", "source_fn_stack", "from_node")


class Whole(nn.Module):
    """Documents to named answer bits: what `Model.forward` does, without its checks."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.transformer = model.transformer
        self.front = Front(model.spec, model.plan)

    def forward(self, sets: Batches, lengths: Tensor) -> dict[str, Tensor]:
        # In the graph: whoever runs the file under autocast gets the same bits.
        with torch.autocast("cpu", enabled=False):
            bits: Fields = self.front.named(self.transformer(self.front.encoded(sets, lengths)))
        fields: dict[str, Tensor] = bits._asdict()
        return fields


class TorchProgram(Format):
    """A program of torch.export, of any dtype."""

    name, suffix = "torch", ".pt2"

    def settle(self, spec: Spec, given: Mapping[str, Any]) -> tuple[Spec, dict[str, Any]]:
        return spec, {"torch": str(torch.__version__).partition("+")[0]}

    def make(self, spec: Spec, plan: Plan, options: Mapping[str, Any]) -> Files:
        count = 1 + spec.problem.bichromatic
        batch, n = EXAMPLE
        least, most = spec.problem.least_n, spec.max_n - spec.problem.bichromatic
        some = Dim("batch", min=1)
        # Where there is but one n, it is a constant.
        sizes = [{1: Dim(f"n_{name}", min=least, max=most)} if least < most else {} for name in ("a", "b")[:count]]
        shapes = tuple({0: some} | size for size in sizes)
        sets = tuple(torch.zeros(batch, min(n, most), spec.problem.dim, dtype=torch.uint8) for _ in sizes)
        program = torch.export.export(
            Whole(filled(spec, plan)),
            (sets, torch.ones(batch, count, dtype=torch.int64)),
            dynamic_shapes=(shapes, {0: some}),
        )
        # They name the files of whoever exports.
        for graph in (part.graph for part in program.graph_module.modules() if isinstance(part, GraphModule)):
            for node in graph.nodes:
                for trace in TRACES:
                    node.meta.pop(trace, None)
        buffer = io.BytesIO()
        about = as_json(about_of(self, spec, options)).decode()
        torch.export.save(program, buffer, extra_files={MEMBER: about})
        return {"": buffer.getvalue()}

    def run(self, artifact: Artifact, plan: Plan) -> Front:
        program = torch.export.load(io.BytesIO(artifact.files[""])).module()
        run = on_documents(lambda sets, lengths: list(program(sets, lengths).values()))
        return ExportFront(artifact.spec, plan, run)

    def keeps(self, front: Front) -> str:
        return (
            f"weights and arithmetic in {front.dtype}, torch's own attention (memory grows with n, not with its "
            "square, where torch has a flash kernel), any batch, any n up to the model's"
        )

    def said(self, files: Files) -> bytes | None:
        held = members(files[""])
        return next((held[name] for name in held if name.endswith(f"/extra/{MEMBER}")), None)


FORMAT = TorchProgram()
