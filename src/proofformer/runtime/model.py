"""The compiled model: a spec, its plan, and the Transformer that runs it."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from proofformer.circuit import Gate, Head, network
from proofformer.compiler import INCLUSIVE, STRICT, Spec, plan_of
from proofformer.errors import ProofError
from proofformer.planner import Plan
from proofformer.planner.weights import head_dim, numeric
from proofformer.plugins import plugin
from proofformer.problems import Problem
from proofformer.runtime.attention import Attention, sdpa
from proofformer.runtime.front import Front, Sets, torch_dtype
from proofformer.runtime.transformer import BlockShape, Shape, Transformer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def shape_of(plan: Plan) -> Shape:
    """The shape of the Transformer that runs a plan."""
    nodes = {n.name: n for n in plan.circuit.nodes if isinstance(n, Head)}
    units = {n.name: len(network(n, plan.circuit.signals).units) for n in plan.circuit.nodes if isinstance(n, Gate)}
    blocks = []
    for block in plan.layout.blocks:
        heads = [nodes[h] for h in block.heads]
        hidden = sum(units[g] for g in block.gates) + len(block.clears)
        if block.gates:
            hidden = max(1, hidden)
        width = head_dim(plan, heads) if heads else 0
        blocks.append(BlockShape(block.at.value == "read", len(heads), width, hidden))
    inputs = sum(s.width for s in plan.circuit.inputs)
    outputs = sum(plan.circuit.signals[out.signal].width for out in plan.circuit.outputs)
    return Shape(inputs, plan.layout.width, outputs, tuple(blocks), plan.circuit.inclusive)


class Model(nn.Module, Front):
    """A Transformer that answers the problem of its spec exactly, for 2..max_n documents. Calling it is `forward`."""

    def __init__(self, spec: Spec, plan: Plan) -> None:
        """The module with its weights still to be filled: use `compile_model` or `load`."""
        nn.Module.__init__(self)
        Front.__init__(self, spec, plan)
        self.attention: Attention = sdpa
        with torch.device("meta"):
            self.transformer = Transformer(shape_of(plan))

    forward = Front.forward

    @property
    def device(self) -> torch.device:
        return self.transformer.embed.weight.device

    def set_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Use these weights, by tensor name."""
        self.transformer.load_state_dict(tensors, strict=True, assign=True)
        self.transformer.requires_grad_(False)

    def network(self, sets: Sets, lengths: Tensor | None) -> Tensor:
        bits: Tensor = self.transformer(self.encoded(sets, lengths), self.attention)
        return bits

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model folder. Raises `InputError` when the path holds something else, or the weights are no longer
        those of the spec."""
        plugin("formats", "folder").write(self, path)


def compile_model(problem: Problem, *, max_n: int, dtype: str = "float32", mask: str = STRICT) -> Model:
    """The model of a spec. Raises `ProofError` when nothing can be guaranteed."""
    return compiled(Spec(problem, max_n, dtype, mask))


def compiled(spec: Spec) -> Model:
    """Plan the spec and fill in the weights. Raises `ProofError` when nothing can be guaranteed."""
    return filled(spec, plan_of(spec))


def model_of(problem: Problem, plan: Plan) -> Model:
    """The model of a plan, which need not be the one that its spec has."""
    mask = INCLUSIVE if plan.circuit.inclusive else STRICT
    return filled(Spec(problem, plan.max_n, plan.dtype.name, mask), plan)


def filled(spec: Spec, plan: Plan) -> Model:
    """The model of a spec with this plan, its weights filled in."""
    model = Model(spec, plan)
    model.set_tensors(exact_tensors(numeric(plan), spec.dtype))
    return model


def exact_tensors(weights: Mapping[str, npt.NDArray[np.float64]], dtype: str) -> dict[str, Tensor]:
    """The weights in a dtype. Raises `ProofError` for an entry that it cannot store exactly."""
    tensors = {}
    for name, dense in weights.items():
        exact = torch.from_numpy(dense)
        tensors[name] = exact.to(torch_dtype(dtype), copy=True).contiguous()
        if not torch.equal(tensors[name].double(), exact):
            raise ProofError(f"{name} has an entry that {dtype} cannot store exactly")
    return tensors
