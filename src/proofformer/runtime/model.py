"""The compiled model: a spec, its plan, and the Transformer that runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from os import PathLike
from typing import TYPE_CHECKING, Any
from zlib import crc32

import torch
from torch import Tensor, nn

from proofformer.compiler import INCLUSIVE, STRICT, Spec, plan_of
from proofformer.errors import InputError, ProofError, Spoken
from proofformer.planner import Plan, dtype_named
from proofformer.planner.weights import head_dim, numeric
from proofformer.plugins import plugin
from proofformer.problems import Problem
from proofformer.runtime.attention import BACKENDS, Attention, asked, auto, callable_kernel, fast, sdpa
from proofformer.runtime.encode import encode
from proofformer.runtime.experiments import MANY
from proofformer.runtime.front import Batches, Front, torch_dtype
from proofformer.runtime.probe import Breach, findings_of_kernel, findings_of_layers, once, truncates
from proofformer.runtime.serving import Serving
from proofformer.runtime.transformer import BlockShape, Shape, Transformer

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from proofformer.runtime.engine.network import Share


def shape_of(plan: Plan) -> Shape:
    """The shape of the Transformer that runs a plan."""
    units = {name: len(gate.network(plan.circuit.signals).units) for name, gate in plan.circuit.gates.items()}
    blocks = []
    for block in plan.layout.blocks:
        heads = [plan.circuit.heads[h] for h in block.heads]
        hidden = sum(units[g] for g in block.gates) + len(block.clears)
        if block.gates:
            hidden = max(1, hidden)
        width = head_dim(heads) if heads else 0
        blocks.append(BlockShape(block.at.value == "read", len(heads), width, hidden))
    inputs = sum(s.width for s in plan.circuit.inputs)
    outputs = sum(plan.circuit.signals[out.signal].width for out in plan.circuit.outputs)
    return Shape(inputs, plan.layout.width, outputs, tuple(blocks), plan.circuit.inclusive)


class Model(nn.Module, Front):
    """A Transformer that answers the problem of its spec exactly, for 2..max_n documents. Calling it is `forward`.

    `attention` is its kernel (docs/kernels.md), by default `auto` (docs/speed.md). It is put to the test when it is
    first met on a device, in a dtype, and weights are refused that were changed; with `probed = False` it answers all
    the same. `progress(done, of)` is told how many pairs of tokens have met, where the engine runs it. `cluster` takes
    the engine's attention elsewhere, from the smallest size on (docs/speed.md).
    """

    def __init__(self, spec: Spec, plan: Plan) -> None:
        """The module with its weights still to be filled: use `compile_model` or `load`."""
        nn.Module.__init__(self)
        Front.__init__(self, spec, plan)
        self.attention: Attention = auto
        self.probed = True
        self.progress: Callable[[int, int], None] | None = None
        self.cluster: Share | None = None
        shape = shape_of(plan)
        self._weights: dict[str, int] = {}
        self._serving = Serving()
        self.head_dims = sorted({block.head_dim for block in shape.blocks if block.heads})
        with torch.device("meta"):
            self.transformer = Transformer(shape)

    forward = Front.forward
    __repr__ = Front.__repr__

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "attention":
            callable_kernel(value)
        super().__setattr__(name, value)

    @property
    def device(self) -> torch.device:
        return next((w.device for w in self.transformer.parameters()), torch.device("cpu"))

    def set_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Use these weights, by tensor name."""
        self.transformer.load_state_dict(tensors, strict=True, assign=True)
        self.transformer.requires_grad_(False)
        self._weights = _sums(self.transformer)
        self._serving.keep(self.transformer)

    def ready(self, n: int) -> None:
        self._check_weights()
        if self.probed and not torch.compiler.is_compiling():
            self.check_unchanged()
            self._check_kernel(n)

    def network(self, sets: Batches, lengths: Tensor | None) -> Tensor:
        attention = fast if self.cluster is not None and self.attention is auto else self.attention
        engine = self._serving.engine(self.transformer, sets, attention)
        if engine is not None:
            engine.progress, engine.share = self.progress, self.cluster
            # As uint8 the tokens take a quarter of the memory; it is exact for documents that came in it.
            small = all(x.dtype in (torch.uint8, torch.bool) for x in sets)
            dtype = torch.uint8 if small else torch_dtype(self.spec.dtype)
            return engine(encode(sets, lengths, self.plan.circuit, dtype, self.problem.levels))
        bits: Tensor = self.transformer(self.encoded(sets, lengths), self.kernel)
        return bits

    @property
    def kernel(self) -> Attention:
        """The attention; one of the user's own so that it ends in a sentence where it does not keep to its contract."""
        return self.attention if self.attention in BACKENDS.values() else partial(asked, self.attention)

    def _check_weights(self) -> None:
        """Raises `InputError` for a model that was moved to another dtype or to no device, or has quantised layers."""
        weights = list(self.transformer.parameters())
        if len(weights) != len(self._weights) or any(type(w) is not nn.Parameter for w in weights):
            raise InputError(
                "the model's weights were replaced, as by quantisation: compile it again, in a dtype it fits"
            )
        if any(w.is_meta for w in weights):
            raise InputError("the model was moved to the device 'meta', where weights have no values: compile it again")
        for w in weights:
            if w.dtype != torch_dtype(self.spec.dtype):
                to = str(w.dtype).removeprefix("torch.")
                raise InputError(
                    f"the model was compiled for {self.spec.dtype} and its weights are {to} now: compile it for {to}, "
                    "if that has a plan"
                )

    def check_unchanged(self) -> None:
        """Raises `InputError`, naming the weight, for one that is not as it was compiled."""
        for name, checksum in _sums(self.transformer).items():
            if checksum != self._weights.get(name):
                raise InputError(
                    f"weight {name!r} was changed since it was compiled: compile the model again, or set "
                    "probed = False to have answers that nothing guarantees"
                )

    def _check_kernel(self, n: int) -> None:
        """Raises `ProofError`, naming the assumptions, for a kernel that was seen to break some, or to truncate where
        the plan has no room for that."""
        kernel = sdpa if self.attention in (auto, fast) else self.attention
        device, dtype, name = self.device, self.spec.dtype, getattr(kernel, "__name__", "the attention backend")
        looks: list[tuple[Callable[..., tuple[Breach, ...]], dict[str, int]]] = [
            (findings_of_layers, {"residual": self.plan.layout.width}),
            *((findings_of_kernel, {"width": d, "many": self.plan.keys >= MANY}) for d in self.head_dims),
        ]
        if found := [breach for look, sizes in looks for breach in once(look, kernel, device, dtype, **sizes)]:
            names = dict.fromkeys(repr(breach.assumption) for breach in found)
            broken = f"assumption{'s' * (len(names) > 1)} {', '.join(names)}"
            raise ProofError(
                f"{name} on {device.type} in {dtype} breaks the {broken} of the proof "
                f"({found[0].seen}): choose another kernel, as ",
                Spoken("model.attention = .. or by torch's own settings", "--backend B"),
            )
        if n > self.plan.max_n_truncating and once(truncates, kernel, device, dtype):
            raise ProofError(
                f"{name} on {device.type} in {dtype} truncates sums instead of rounding them to nearest, and for that "
                f"the proof has room up to {self.plan.max_n_truncating} documents, not {n}: take fewer, or choose "
                "another kernel"
            )

    def trace(self, A: object, B: object = None) -> Any:
        """What every head and every signal was on one instance, by name: `trace["partner"].attention`, `.scores`,
        `.fetched` and `.restored`, `trace["value"]`, `trace.tokens`. See `proofformer.explain.trace`."""
        return plugin("views", "trace")(self, A, B)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model folder. Raises `InputError` when the path holds something else, or the weights are no longer
        those of the spec."""
        plugin("formats", "folder").write(self, path)


def compile_model(problem: Problem, *, max_n: int, dtype: object = "float32", mask: str = STRICT) -> Model:
    """The model of a spec. Raises `ProofError` when nothing can be guaranteed."""
    return compiled(Spec(problem, max_n, dtype_named(dtype).name, mask))


def compiled(spec: Spec) -> Model:
    """Plan the spec and fill in the weights. Raises `ProofError` when nothing can be guaranteed."""
    return filled(spec, plan_of(spec))


def _sums(transformer: Transformer) -> dict[str, int]:
    """A checksum of each weight, by its name."""
    named = transformer.named_parameters()
    return {name: crc32(w.detach().cpu().contiguous().view(torch.uint8).numpy().data) for name, w in named}


def model_of(problem: Problem, plan: Plan) -> Model:
    """The model of a plan, which need not be the one that its spec has."""
    mask = INCLUSIVE if plan.circuit.inclusive else STRICT
    return filled(Spec(problem, plan.max_n, plan.dtype.name, mask), plan)


def filled(spec: Spec, plan: Plan) -> Model:
    """The model of a spec with this plan, its weights filled in."""
    model = Model(spec, plan)
    model.set_tensors(exact_tensors(numeric(plan), spec.dtype))
    return model


def exact_tensors(weights: Iterable[tuple[str, npt.NDArray[np.float64]]], dtype: str) -> dict[str, Tensor]:
    """The weights in a dtype. Raises `ProofError` for an entry that it cannot store exactly."""
    tensors = {}
    for name, dense in weights:
        exact = torch.from_numpy(dense)
        tensors[name] = exact.to(torch_dtype(dtype), copy=True).contiguous()
        if not torch.equal(tensors[name].double(), exact):
            raise ProofError(f"{name} has an entry that {dtype} cannot store exactly")
    return tensors
