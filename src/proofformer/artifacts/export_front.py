"""What exports that were read have in common: somebody's runtime answers, and what it raises is one sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from proofformer.compiler import Spec
from proofformer.errors import InputError, ProofError
from proofformer.planner import Plan
from proofformer.runtime import Front
from proofformer.runtime.front import Batches

Run = Callable[[Batches, Tensor | None], Tensor]
"""From checked sets and lengths (batch, sets) to the answer's bits (batch, outputs)."""


class ExportFront(Front):
    """A front whose network is an export, run by its own runtime."""

    def __init__(self, spec: Spec, plan: Plan, run: Run) -> None:
        super().__init__(spec, plan)
        self.run = run

    def network(self, sets: Batches, lengths: Tensor | None) -> Tensor:
        """Raises `InputError` where the runtime raises anything."""
        try:
            return self.run(sets, lengths)
        except (InputError, ProofError):
            raise
        except Exception as error:  # a runtime raises what it likes
            what = f"{type(error).__name__}: {str(error).strip()}".partition("\n")[0]
            raise InputError(
                f"the runtime of this export raises {what}: look for a setting of torch that it cannot run under, "
                "as a choice of attention kernels, or pass fewer documents"
            ) from error


def on_documents(run: Callable[[Batches, Tensor], Sequence[Tensor]]) -> Run:
    """A network of one that gets sets of uint8 entries (batch, n, l) and int64 lengths (batch, sets), both on the CPU,
    and returns the answer's fields, each (batch, k)."""

    def bits(sets: Batches, lengths: Tensor | None) -> Tensor:
        if lengths is None:
            lengths = torch.tensor([[x.shape[1] for x in sets]], device="cpu").expand(len(sets[0]), -1)
        plain = tuple(x.cpu().to(torch.uint8).contiguous() for x in sets)
        return torch.cat(tuple(run(plain, lengths.cpu().to(torch.int64).contiguous())), dim=-1)

    return bits
