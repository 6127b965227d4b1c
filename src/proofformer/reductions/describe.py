"""A reduction in Markdown: its statement, proof and sizes."""

from __future__ import annotations

from collections.abc import Iterator

from proofformer.errors import InputError
from proofformer.reductions import REDUCTIONS
from proofformer.reductions.reduction import Reduction


def named(name: str) -> Reduction:
    """The reduction of this name. Raises InputError when there is none."""
    for reduction in REDUCTIONS:
        if reduction.name == name:
            return reduction
    raise InputError(f"no reduction is named {name!r}: choose one of {', '.join(r.name for r in REDUCTIONS)}")


def described(reduction: Reduction) -> Iterator[str]:
    yield f"## {reduction.name}"
    yield ""
    yield f"**Claim.** {reduction.statement}"
    yield ""
    yield f"**Proof.** {reduction.proof}"
    yield ""
    yield f"**Sizes.** {reduction.sizes}."
    yield ""
    yield f"**Source.** Alman & Yu (ICLR 2025, arXiv 2410.04271): {reduction.source}."
    yield ""
