"""The compiled model: a problem, its plan, and the Transformer that runs it."""

from __future__ import annotations

from os import PathLike

import torch
from torch import Tensor, nn

from proofformer.circuit import Head
from proofformer.compiler import plan_problem
from proofformer.errors import InputError, ProofError
from proofformer.planner import Plan
from proofformer.planner.weights import head_dim, numeric
from proofformer.plugins import plugin
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.runtime.attention import Attention, sdpa
from proofformer.runtime.decode import Bits, answers, name_bits
from proofformer.runtime.encode import encode
from proofformer.runtime.transformer import BlockShape, Shape, Transformer


def shape_of(plan: Plan) -> Shape:
    """The shape of the Transformer that runs a plan."""
    from proofformer.circuit import Gate, network

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


def torch_dtype(plan: Plan) -> torch.dtype:
    dtype: torch.dtype = getattr(torch, plan.dtype.name)
    return dtype


class Model(nn.Module):
    """A Transformer that answers `problem` exactly for 2..max_n documents."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        """The module with its weights still to be filled: use `compile_model` or `load`."""
        super().__init__()
        self.problem = problem
        self.plan = plan
        self.attention: Attention = sdpa
        with torch.device("meta"):
            self.transformer = Transformer(shape_of(plan))

    @property
    def max_n(self) -> int:
        return self.plan.max_n

    def set_tensors(self, tensors: dict[str, Tensor]) -> None:
        """Use these weights, by tensor name."""
        self.transformer.load_state_dict(tensors, strict=True, assign=True)
        self.transformer.requires_grad_(False)

    def tokens(self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None) -> Tensor:
        """(batch, n, l), and a second set if bichromatic -> tokens (batch, n in all + 2, inputs), in the model's dtype.

        Raises `InputError` for a bad shape.
        """
        sets, table = self.checked(rows, others, lengths=lengths)
        return encode(sets, table, self.plan.circuit, torch_dtype(self.plan), self.problem.levels)

    def checked(
        self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None
    ) -> tuple[list[Tensor], Tensor | None]:
        """The sets, and lengths as (batch, sets). Raises `InputError` for a bad shape."""
        sets = [rows] if others is None else [rows, others]
        for x in sets:
            if not isinstance(x, Tensor):
                raise InputError(
                    f"the model takes tensors, got a {type(x).__name__}: pass torch.as_tensor(x), or use solve"
                )
        count, dim = 1 + self.problem.bichromatic, self.problem.dim
        if len(sets) != count or any(x.ndim != 3 or x.shape[2] != dim or len(x) != len(rows) for x in sets):
            taken = f"(batch, n, {dim})" if count == 1 else f"two sets of documents, each (batch, n, {dim})"
            raise InputError(f"the model takes {taken}, got {' and '.join(str(tuple(x.shape)) for x in sets)}")
        self._check_n(*(x.shape[1] for x in sets))
        return sets, None if lengths is None else self._checked_lengths(torch.as_tensor(lengths), sets)

    def _checked_lengths(self, lengths: Tensor, sets: list[Tensor]) -> Tensor:
        """`lengths` as (batch, sets)."""
        batch = len(sets[0])
        shape = (batch,) if len(sets) == 1 else (batch, len(sets))
        if lengths.shape != shape or lengths.dtype.is_floating_point or lengths.dtype is torch.bool:
            raise InputError(
                f"lengths has to be whole numbers of shape {shape}, got {lengths.dtype} {tuple(lengths.shape)}"
            )
        table = lengths.reshape(batch, len(sets))
        for s, x in enumerate(sets):
            column, least, most = table[:, s], self.problem.least_n, x.shape[1]
            if bool(((column < least) | (column > most)).any()):
                raise InputError(f"lengths {column.tolist()}: each has to be from {least} to n = {most}")
        return table

    def forward(self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None) -> Bits:
        """Documents (batch, n, l), any numeric dtype -> the answer's bits as tensors. Two sets if bichromatic.

        The bits of `i_bits`, `j_bits` and the value come least significant first. Entries are not checked, which
        `solve` does. Instance k uses its first `lengths[k]` rows (None: all n; two sets: `lengths[k]` has two
        numbers); the rest is padding and may hold anything.
        """
        # Autocast would round what the plan keeps exact: a model runs in the dtype it was compiled for.
        tokens = self.tokens(rows, others, lengths=lengths)
        with torch.autocast(rows.device.type, enabled=False):
            bits = self.transformer(tokens, self.attention)
        return name_bits(bits, self.plan.circuit)

    @torch.inference_mode()
    def solve(self, A: object, B: object = None) -> PairAnswer | Decision:
        """The exact answer for an array, list or tensor (n, l) of the problem's entries; two if it is bichromatic.

        Raises `InputError` for anything else.
        """
        sets = self.problem.instance(A, B).sets
        self._check_n(*(len(rows) for rows in sets))
        device = self.transformer.embed.weight.device
        return answers(self(*(torch.tensor(rows, device=device)[None] for rows in sets)), self.problem)[0]

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model folder. Raises `InputError` when the path holds something else."""
        plugin("formats", "folder").save(self, path)

    def _check_n(self, *sizes: int) -> None:
        n = sum(sizes)
        if min(sizes) < self.problem.least_n:
            needed = "at least one document of each set" if self.problem.bichromatic else "at least 2 documents"
            raise InputError(f"n = {min(sizes)}: a pair needs {needed}")
        if n > self.max_n:
            raise InputError(
                f"n = {n} documents, but the model was compiled for at most {self.max_n}: compile with --max-n {n}"
            )


def compile_model(problem: Problem, *, max_n: int, dtype: str = "float32", mask: str = "strict") -> Model:
    """Plan the problem and fill in the weights. Raises `ProofError` when nothing can be guaranteed."""
    return model_of(problem, plan_problem(problem, max_n=max_n, dtype=dtype, mask=mask))


def model_of(problem: Problem, plan: Plan) -> Model:
    """The model of a plan: its matrices, each entry checked to be exact in the plan's dtype."""
    model = Model(problem, plan)
    tensors = {}
    for name, dense in numeric(plan).items():
        exact = torch.from_numpy(dense)
        tensors[name] = exact.to(torch_dtype(plan))
        if not torch.equal(tensors[name].double(), exact):
            raise ProofError(f"{name} has an entry that {plan.dtype.name} cannot store exactly")
    model.set_tensors(tensors)
    return model
