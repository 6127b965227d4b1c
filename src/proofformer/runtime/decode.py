"""Output bits to answers."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from proofformer.circuit import Circuit
from proofformer.errors import ProofError
from proofformer.problems import Decision, PairAnswer


class PairBits(NamedTuple):
    """Bits of a pair, least significant first: (batch, k), (batch, k), (batch, m), and `found` (batch, 1)."""

    i_bits: Tensor
    j_bits: Tensor
    value_bits: Tensor
    found: Tensor


class DecisionBits(NamedTuple):
    """The decision, (batch, 1)."""

    decision: Tensor


def name_bits(bits: Tensor, circuit: Circuit) -> PairBits | DecisionBits:
    """The model's output (batch, outputs) as named tensors."""
    widths = [circuit.signals[out.signal].width for out in circuit.outputs]
    named = dict(zip([out.field for out in circuit.outputs], torch.split(bits, widths, dim=-1), strict=True))
    if "decision" in named:
        return DecisionBits(named["decision"])
    return PairBits(named["i"], named["j"], named["value"], named["found"])


def answers(bits: PairBits | DecisionBits) -> list[PairAnswer | Decision]:
    """One answer for each instance of the batch. Raises `ProofError` when an output is not exactly 0 or 1."""
    if isinstance(bits, DecisionBits):
        return [Decision(bool(d)) for d in _integers(bits.decision)]
    columns = [_integers(b) for b in bits]
    return [
        PairAnswer((i, j), value) if found else PairAnswer(None, None)
        for i, j, value, found in zip(*columns, strict=True)
    ]


def _integers(bits: Tensor) -> list[int]:
    """The integers that rows of bits spell, least significant bit first."""
    off = (bits != 0) & (bits != 1)
    if off.any():
        raise ProofError(
            f"an output bit is {bits[off][0].item()}: the attention backend is outside the assumptions of the proof"
        )
    powers = 2 ** torch.arange(bits.shape[-1], device=bits.device)
    return [int(v) for v in (bits.to(torch.int64) * powers).sum(-1).tolist()]
