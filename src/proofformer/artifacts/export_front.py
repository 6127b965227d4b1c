"""What all exports share that were read: they run in somebody's runtime, and what it raises is one sentence."""

from __future__ import annotations

from torch import Tensor

from proofformer.errors import InputError, ProofError
from proofformer.runtime import Front
from proofformer.runtime.front import Sets


class ExportFront(Front):
    """A front whose network is an export, run by its own runtime."""

    def bits(self, sets: Sets, lengths: Tensor | None) -> Tensor:
        """Checked sets and lengths (batch, sets) -> the answer's bits (batch, outputs)."""
        raise NotImplementedError

    def network(self, sets: Sets, lengths: Tensor | None) -> Tensor:
        """`bits`. Raises `InputError` where the runtime raises anything."""
        try:
            return self.bits(sets, lengths)
        except (InputError, ProofError):
            raise
        except Exception as error:  # a runtime raises what it likes
            what = f"{type(error).__name__}: {str(error).strip()}".partition("\n")[0]
            raise InputError(
                f"the runtime of this export raises {what}: look for a setting of torch that it cannot run under, "
                "as a choice of attention kernels, or pass fewer documents"
            ) from error
