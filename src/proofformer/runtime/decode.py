"""Output bits to answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from proofformer.circuit import Circuit
from proofformer.errors import ProofError
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.theorems.similarity import value_of


class PairBits(NamedTuple):
    """Bits of a pair, least significant first: (batch, k), (batch, k), (batch, m), and `found` (batch, 1)."""

    i_bits: Tensor
    j_bits: Tensor
    value_bits: Tensor
    found: Tensor


class SimilarityBits(NamedTuple):
    """Bits of a pair and of what its similarity follows from, least significant first: the ones that the two share and
    the numbers of ones of either, (batch, k), (batch, k) and three of (batch, m), and `found` (batch, 1)."""

    i_bits: Tensor
    j_bits: Tensor
    shared_bits: Tensor
    norm_i_bits: Tensor
    norm_j_bits: Tensor
    found: Tensor


class DecisionBits(NamedTuple):
    """The decision, (batch, 1)."""

    decision: Tensor


Bits = PairBits | SimilarityBits | DecisionBits


def name_bits(bits: Tensor, circuit: Circuit) -> Bits:
    """The model's output (batch, outputs) as named tensors."""
    widths: dict[str, int] = {}
    for out in circuit.outputs:
        widths[out.field] = widths.get(out.field, 0) + circuit.signals[out.signal].width
    named = dict(zip(widths, torch.split(bits, list(widths.values()), dim=-1), strict=True))
    if "decision" in named:
        return DecisionBits(named["decision"])
    if "shared" in named:
        value = (named["shared"], named["norm_i"], named["norm_j"])
        return SimilarityBits(named["i"], named["j"], *value, named["found"])
    return PairBits(named["i"], named["j"], named["value"], named["found"])


def answers(bits: Bits, asked: Problem) -> list[PairAnswer | Decision]:
    """One answer for each instance of the batch. Raises `ProofError` when an output is not exactly 0 or 1."""
    fields = {name.removesuffix("_bits"): _integers(column) for name, column in bits._asdict().items()}
    rows = zip(*fields.values(), strict=True)
    return [spelled(dict(zip(fields, row, strict=True)), asked) for row in rows]


def spelled(fields: Mapping[str, int], asked: Problem) -> PairAnswer | Decision:
    """The answer that a circuit's answer fields spell, as whole numbers. Raises `ProofError` for one that cannot be."""
    if "decision" in fields:
        return Decision(bool(fields["decision"]))
    if not fields["found"]:
        return PairAnswer(None, None)
    pair = (fields["i"], fields["j"])
    if "shared" in fields:
        if not (fields["norm_i"] and fields["norm_j"]):
            raise ProofError("the answer names a document without ones, which no similarity is defined for")
        return PairAnswer(pair, value_of(asked.metric or "", fields["shared"], fields["norm_i"], fields["norm_j"]))
    return PairAnswer(pair, fields["value"])


def _integers(bits: Tensor) -> list[int]:
    """The integers that rows of bits spell, least significant bit first."""
    off = (bits != 0) & (bits != 1)
    if off.any():
        raise ProofError(
            f"an output bit is {bits[off][0].item()}: the attention backend is outside the assumptions of the proof"
        )
    powers = 2 ** torch.arange(bits.shape[-1], device=bits.device)
    return [int(v) for v in (bits.to(torch.int64) * powers).sum(-1).tolist()]
