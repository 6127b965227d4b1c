"""Instances to tokens: the only thing that code does is order tokens and write their input signals."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from proofformer.circuit import Circuit
from proofformer.circuit.entries import entry_weights
from proofformer.circuit.nodes import DOC, IS_DOCUMENT, IS_FIRST, IS_SECOND, IS_START, ONE, PLACE
from proofformer.circuit.signals import Signal, copy_of


def encode(
    sets: Sequence[Tensor], lengths: Tensor | None, circuit: Circuit, dtype: torch.dtype, levels: int = 1
) -> Tensor:
    """One set of documents (batch, n, l) with entries 0..levels, or two, to tokens (batch, n in all + 2, inputs).

    The order is `[START, B reversed, A reversed, READ]`. Instance k uses the first `lengths[k, s]` rows of set s (None:
    all); the others become padding, and what stands in them does not matter. Seen inputs are those of the token before.
    """
    inputs = own_inputs(circuit)
    flags = (IS_DOCUMENT,) if len(sets) == 1 else (IS_FIRST, IS_SECOND)
    blocks = []
    for s, (rows, flag) in enumerate(zip(sets, flags, strict=True)):
        real = None if lengths is None else lengths[:, s].to(rows.device)
        blocks.append(_documents(entry_code(rows, levels), real, flag, inputs, dtype))
    batch, device = sets[0].shape[0], sets[0].device
    ends = []
    for marked in ({ONE, IS_START}, {ONE}):
        row = [float(s.name in marked) for s in inputs for _ in range(s.width)]
        ends.append(torch.tensor(row, dtype=dtype, device=device).expand(batch, 1, -1))
    tokens = torch.cat((ends[0], *reversed(blocks), ends[1]), dim=1)
    return with_seen(tokens, circuit) if circuit.inclusive else tokens


def own_inputs(circuit: Circuit) -> list[Signal]:
    """The inputs without the seen copies, which follow them."""
    return [s for s in circuit.inputs if not s.seen]


def with_seen(tokens: Tensor, circuit: Circuit) -> Tensor:
    """Each token with the seen copies of what the token before it has; the first, with zeros."""
    widths = {copy_of(s.name): s.width for s in own_inputs(circuit)}
    columns = dict(zip(widths, torch.split(tokens, list(widths.values()), dim=-1), strict=True))
    copied = [columns[s.name] for s in circuit.inputs if s.seen]
    before = functional.pad(torch.cat(copied, dim=-1)[:, :-1], (0, 0, 1, 0))
    return torch.cat((tokens, before), dim=-1)


def entry_code(rows: Tensor, levels: int) -> Tensor:
    """Entries (batch, n, l) to the bits of `entry_weights` (batch, n, l * bits); the same for 0 and 1."""
    *low, last = entry_weights(levels)
    if not low:
        return rows
    whole = rows.to(torch.int64)
    top = (whole >= 1 << len(low)).to(torch.int64)
    rest = whole - top * last
    return torch.stack([*(rest >> k & 1 for k in range(len(low))), top], dim=-1).flatten(2)


def _documents(rows: Tensor, length: Tensor | None, flag: str, inputs: Sequence[Signal], dtype: torch.dtype) -> Tensor:
    """The tokens of one set, the largest index first."""
    batch, n, _ = rows.shape
    index = torch.arange(n - 1, -1, -1, device=rows.device)
    widths = {s.name: s.width for s in inputs}
    place = (index[:, None] >> torch.arange(widths[PLACE], device=rows.device)) & 1
    signals = {
        ONE: torch.ones(batch, n, 1, dtype=dtype, device=rows.device),
        flag: torch.ones(batch, n, 1, dtype=dtype, device=rows.device),
        DOC: rows.flip(1).to(dtype),
        PLACE: place.to(dtype).expand(batch, -1, -1),
    }
    nought = torch.zeros((), dtype=dtype, device=rows.device)
    if length is not None:
        real = (index < length[:, None])[:, :, None]
        signals |= {name: torch.where(real, signals[name], nought) for name in (flag, DOC, PLACE)}
    none = nought.expand(batch, n, 1)
    return torch.cat([signals.get(s.name, none) for s in inputs], dim=-1)
