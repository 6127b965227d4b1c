"""What exports share that take documents: the front around them, and the names of what goes in and comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from proofformer.artifacts.export_front import ExportFront
from proofformer.compiler import Spec
from proofformer.planner import Plan
from proofformer.problems import Problem
from proofformer.runtime.front import Sets


class DocumentsFront(ExportFront):
    """An export that takes documents and their lengths, and gives the fields of the answer."""

    def __init__(self, spec: Spec, plan: Plan, run: Callable[[Sets, Tensor], Sequence[Tensor]]) -> None:
        """`run` gets sets of uint8 entries (batch, n, l) and int64 lengths (batch, sets), both on the CPU, and returns
        the answer's fields, each (batch, k)."""
        super().__init__(spec, plan)
        self.run = run

    def bits(self, sets: Sets, lengths: Tensor | None) -> Tensor:
        if lengths is None:
            lengths = torch.tensor([[x.shape[1] for x in sets]], device="cpu").expand(len(sets[0]), -1)
        plain = tuple(x.cpu().to(torch.uint8).contiguous() for x in sets)
        return torch.cat(tuple(self.run(plain, lengths.cpu().to(torch.int64).contiguous())), dim=-1)


def input_names(problem: Problem) -> tuple[str, ...]:
    """The names of the sets."""
    return ("rows", "others") if problem.bichromatic else ("rows",)
