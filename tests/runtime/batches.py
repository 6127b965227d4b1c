"""Instances as the tensors a model takes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from tests.cases import Case, Sets
from torch import Tensor


def alone(sets: Sets) -> list[Tensor]:
    """A batch of one instance."""
    return [torch.tensor([rows]) for rows in sets]


def fitting(case: Case, dim: int, max_n: int, first: int = 3) -> tuple[list[Sets], tuple[int, ...]]:
    """The hand-made instances that fit in a frame, of two sets one of so many rows in the first, and the frame."""
    frame = (first, max_n - first) if case.bichromatic else (max_n,)
    made = case.instances(dim, max_n).values()
    return [sets for sets in made if all(map(int.__le__, map(len, sets), frame))], frame


def padded(batch: Sequence[Sets], sizes: Sequence[int] | None = None, fill: float = 7) -> tuple[list[Tensor], Tensor]:
    """The instances side by side, each set with `sizes` rows (None: as many as the longest has), and their lengths."""
    lengths = torch.tensor([[len(rows) for rows in sets] for sets in batch])
    dim = len(batch[0][0][0])
    tensors = []
    for s, size in enumerate(lengths.amax(0).tolist() if sizes is None else sizes):
        x = torch.full((len(batch), size, dim), fill)
        for k, sets in enumerate(batch):
            x[k, : len(sets[s])] = torch.tensor(sets[s])
        tensors.append(x)
    return tensors, lengths[:, 0] if len(tensors) == 1 else lengths
