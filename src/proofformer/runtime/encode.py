"""Instances to tokens: the only thing that code does is order tokens and write their input signals."""

from __future__ import annotations

import torch
from torch import Tensor

from proofformer.circuit import Circuit
from proofformer.circuit.builder import DOC, IS_DOCUMENT
from proofformer.circuit.heads import IS_START, ONE, PLACE


def encode(rows: Tensor, lengths: Tensor | None, circuit: Circuit, dtype: torch.dtype) -> Tensor:
    """Documents (batch, n, l) to tokens `[START, PAD.., documents in reverse order, READ]` (batch, n + 2, inputs).

    Instance k uses its first `lengths[k]` rows (None: all); what stands in the others does not matter.
    """
    batch, n, _ = rows.shape
    index = torch.arange(n - 1, -1, -1, device=rows.device)
    widths = {s.name: s.width for s in circuit.inputs}
    real = torch.ones(batch, n, dtype=torch.bool, device=rows.device)
    if lengths is not None:
        real = index < lengths.to(rows.device)[:, None]
    place = (index[:, None] >> torch.arange(widths[PLACE], device=rows.device)) & 1
    nought = torch.zeros((), dtype=dtype, device=rows.device)
    documents = {
        ONE: torch.ones(batch, n, 1, dtype=dtype, device=rows.device),
        IS_START: torch.zeros(batch, n, 1, dtype=dtype, device=rows.device),
        IS_DOCUMENT: real[:, :, None].to(dtype),
        DOC: torch.where(real[:, :, None], rows.flip(1).to(dtype), nought),
        PLACE: torch.where(real[:, :, None], place.to(dtype), nought),
    }
    ends = []
    for flags in ({ONE, IS_START}, {ONE}):
        row = [float(s.name in flags) for s in circuit.inputs for _ in range(s.width)]
        ends.append(torch.tensor(row, dtype=dtype, device=rows.device).expand(batch, 1, -1))
    middle = torch.cat([documents[s.name] for s in circuit.inputs], dim=-1)
    return torch.cat((ends[0], middle, ends[1]), dim=1)
