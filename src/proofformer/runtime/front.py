"""What stands between documents and a network: it checks, encodes, and spells answers.

The same for a model and for each export of it; only the network differs.
"""

from __future__ import annotations

import reprlib
from collections import namedtuple
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor

from proofformer.compiler import STRICT, Spec
from proofformer.errors import Choice, InputError, ProofError
from proofformer.planner import Plan
from proofformer.plugins import plugin
from proofformer.problems.answers import Answer
from proofformer.problems.instances import Instance
from proofformer.runtime.arithmetic import plain
from proofformer.runtime.batches import is_batch, shares
from proofformer.runtime.encode import encode

Batches = Sequence[Tensor]
"""Documents (batch, n, l), one set or two."""

Fields = Any
"""A named tuple of tensors (batch, bits), the fields of the answer as `Problem.answer_format` names them: least
significant bit first."""


class Front:
    """A spec with its plan, and a network that answers by them: `network` takes checked sets and lengths (batch, sets)
    and returns the answer's bits (batch, outputs)."""

    def __init__(self, spec: Spec, plan: Plan) -> None:
        self.spec, self.problem, self.plan = spec, spec.problem, plan

    def network(self, sets: Batches, lengths: Tensor | None) -> Tensor:
        raise NotImplementedError

    def ready(self, n: int) -> None:
        """Raises `InputError` or `ProofError` when the network cannot answer exactly for n documents as it stands."""

    @property
    def max_n(self) -> int:
        """The most documents of an instance, of both sets together."""
        return self.spec.max_n

    @property
    def dtype(self) -> str:
        """The name of the dtype that the network works in."""
        return self.spec.dtype

    @property
    def device(self) -> torch.device:
        """Where it runs."""
        return torch.device("cpu")

    def forward(
        self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None, check: bool = False
    ) -> Fields:
        """Bits for documents that are taken as they are: entries outside the problem give bits that mean nothing,
        unless `check` refuses them (`solve` always does).

        Documents (batch, n, l), any numeric dtype -> the answer's bits as tensors. Two sets if bichromatic. The bits of
        `i_bits`, `j_bits` and the value come least significant first. Instance k uses its first `lengths[k]` rows
        (None: all n; two sets: `lengths[k]` has two numbers); the rest is padding and may hold anything. Raises
        `InputError` for a bad shape and, with `check`, for an entry or a number of ones that the problem does not have.
        """
        sets, table = self.checked(rows, others, lengths=lengths)
        if check:
            self._check_entries(sets, table)
        self.ready(sum(x.shape[1] for x in sets))
        with plain(rows.device.type):
            return self.named(self.network(sets, table))

    def __call__(
        self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None, check: bool = False
    ) -> Fields:
        """`forward`, without gradients."""
        with torch.inference_mode():
            return self.forward(rows, others, lengths=lengths, check=check)

    def solve(self, A: Any, B: Any = None) -> Any:
        """The exact answer for an array, list or tensor (n, l) of the problem's entries; two if it is bichromatic.

        For a batch, (batch, n, l) or a list of arrays whose n may differ, a list of answers. Raises `InputError` for
        anything else, and `ProofError` for an answer that is seen to be wrong: an output that is no bit, what is no
        pair, a value that the pair does not have.
        """
        if not is_batch(A):
            return self.solved([self.problem.instance(A, B)])[0]
        others = [None] * len(A) if B is None else B
        if not is_batch(others) and B is not None and len(A):
            raise InputError(f"A is a batch of {len(A)} instances, B is none: pass as many")
        if len(others) != len(A):
            raise InputError(f"A is a batch of {len(A)} instances, B of {len(others)}: pass as many")
        instances = []
        for k, sets in enumerate(zip(A, others, strict=True)):
            try:
                instances.append(self.problem.instance(*sets))
                self._check_n(*map(len, instances[-1].sets))
            except InputError as error:
                raise InputError(f"instance {k} of the batch: ", error) from None
        return [answer for some in shares(instances, self.max_n) for answer in self.solved(some)]

    def solved(self, instances: Sequence[Instance]) -> list[Answer]:
        """The answers of instances of the problem, as one padded batch. Raises as `solve` does."""
        sizes = [tuple(map(len, instance.sets)) for instance in instances]
        for some in sizes:
            self._check_n(*some)
        padded = [
            torch.zeros(len(instances), max(some), self.problem.dim, dtype=torch.uint8, device="cpu")
            for some in zip(*sizes, strict=True)
        ]
        for k, instance in enumerate(instances):
            for into, rows in zip(padded, instance.sets, strict=True):
                into[k, : len(rows)] = torch.tensor(rows, device="cpu")
        lengths = torch.tensor([n if len(n) > 1 else n[0] for n in sizes], device="cpu") if len({*sizes}) > 1 else None
        with torch.inference_mode():
            answers = self.answers(self.forward(*(x.to(self.device) for x in padded), lengths=lengths), sizes)
        for instance, answer in zip(instances, answers, strict=True):
            self.problem.answer_format.confirm(instance, answer)
        return answers

    def answers(self, bits: Fields, sizes: Iterable[int | tuple[int, ...]] | None = None) -> list[Answer]:
        """What the bits say that `forward` returns: an answer for each instance of the batch, of so many documents (of
        each set, if there are two; without `sizes`, of as many as the model takes).

        Raises `ProofError` when an output is not exactly 0 or 1, or names no pair.
        """
        form = self.problem.answer_format
        rows = list(zip(*map(_integers, bits), strict=True))
        most = [(self.max_n,) * (1 + self.problem.bichromatic)] * len(rows) if sizes is None else sizes
        return [
            form.spell(dict(zip(form.names, row, strict=True)), (size,) if isinstance(size, int) else size)
            for row, size in zip(rows, most, strict=True)
        ]

    def _repr_html_(self) -> str:
        """What a notebook shows: the same, and the network drawn where it is small."""
        html: str = plugin("views", "model")(self)
        return html

    def __repr__(self) -> str:
        mask = "" if self.spec.mask == STRICT else f", mask {self.spec.mask}"
        return f"{type(self).__name__}({self.problem.label}, n = 2..{self.max_n}, {self.dtype}{mask})"

    def named(self, bits: Tensor) -> Fields:
        """A network's output (batch, outputs) as named tensors, one for each field of the answer."""
        widths = list(self.plan.circuit.fields.values())
        return _named(self.problem.answer_format.tensors)(*torch.split(bits, widths, dim=-1))

    def tokens(self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None) -> Tensor:
        """(batch, n, l), and a second set if bichromatic -> tokens (batch, n in all + 2, inputs), in the model's dtype.

        Raises `InputError` for a bad shape.
        """
        return self.encoded(*self.checked(rows, others, lengths=lengths))

    def encoded(self, sets: Batches, lengths: Tensor | None) -> Tensor:
        """Tokens of sets that are checked."""
        return encode(sets, lengths, self.plan.circuit, torch_dtype(self.spec.dtype), self.problem.levels)

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
            if x.layout is not torch.strided or x.is_quantized or (x.is_meta and self.device.type != "meta"):
                what = "a quantized" if x.is_quantized else "a meta" if x.is_meta else f"a {x.layout}"
                raise InputError(f"the model takes dense tensors, got {what} one: pass its entries as plain numbers")
        count, dim = 1 + self.problem.bichromatic, self.problem.dim
        if len(sets) != count or any(x.ndim != 3 or x.shape[2] != dim or len(x) != len(rows) for x in sets):
            taken = f"(batch, n, {dim})" if count == 1 else f"two sets of documents, each (batch, n, {dim})"
            raise InputError(f"the model takes {taken}, got {' and '.join(str(tuple(x.shape)) for x in sets)}")
        if not len(rows):
            raise InputError("the batch is empty: pass at least one instance")
        self._check_n(*(x.shape[1] for x in sets))
        if lengths is None:
            return sets, None
        try:
            table = torch.as_tensor(lengths, device=rows.device)
        except (TypeError, ValueError, RuntimeError):
            raise InputError(f"lengths is {reprlib.repr(lengths)}: pass whole numbers, one for each instance") from None
        return sets, self._checked_lengths(table, sets)

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

    def _check_entries(self, sets: list[Tensor], lengths: Tensor | None) -> None:
        """Raises `InputError` for an instance of the batch that `solve` would not take."""
        for k in range(len(sets[0])):
            counts = [x.shape[1] for x in sets] if lengths is None else lengths[k].tolist()
            try:
                self.problem.instance(*(x[k, :count] for x, count in zip(sets, counts, strict=True)))
            except InputError as error:
                raise InputError(f"instance {k} of the batch: ", error) from None

    def _check_n(self, *sizes: int) -> None:
        n = sum(sizes)
        if min(sizes) < self.problem.least_n:
            needed = "at least one document of each set" if self.problem.bichromatic else "at least 2 documents"
            raise InputError(f"n = {min(sizes)}: a pair needs {needed}")
        if n > self.max_n:
            raise InputError(
                f"n = {n} documents, but the model was compiled for at most {self.max_n}: compile with ",
                Choice("max_n", n),
            )


def torch_dtype(name: str) -> torch.dtype:
    dtype: torch.dtype = getattr(torch, name)
    return dtype


@cache
def _named(tensors: tuple[str, ...]) -> type[Fields]:
    return namedtuple("Bits", tensors)


def _integers(bits: Tensor) -> list[int]:
    """The integers that rows of bits spell, least significant bit first."""
    off = (bits != 0) & (bits != 1)
    if off.any():
        raise ProofError(
            f"an output bit is {bits[off][0].item()}: the attention backend is outside the assumptions of the proof"
        )
    powers = 2 ** torch.arange(bits.shape[-1], device=bits.device)
    return [int(v) for v in (bits.to(torch.int64) * powers).sum(-1).tolist()]
