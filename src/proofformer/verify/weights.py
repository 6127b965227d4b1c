"""Stored weights altered one at a time: zeroed, doubled, turned, moved to the neighbouring entry, rows swapped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
from torch import Tensor

from proofformer.runtime import Model

Tensors = Mapping[str, Tensor]


class Change(StrEnum):
    """What is done to an entry. An entry that is zero takes the value of the nearest one of its row that is not."""

    ZEROED = "zeroed"
    DOUBLED = "doubled"
    SIGN = "sign turned"
    NEIGHBOUR = "moved to the neighbouring entry"
    ROWS = "row swapped with the next"
    TAKEN = "zero, takes a value of its row"


OF_NON_ZERO = (Change.ZEROED, Change.DOUBLED, Change.SIGN, Change.NEIGHBOUR, Change.ROWS)


@dataclass(frozen=True)
class Alteration:
    """One entry of one tensor, `tensor[row, column]` (a bias has one column), and what is done to it."""

    tensor: str
    row: int
    column: int
    change: Change

    def __str__(self) -> str:
        return f"{self.tensor}[{self.row}, {self.column}] {self.change}"

    def apply(self, tensors: Tensors) -> Tensor | None:
        """The altered tensor, or None where nothing would be different."""
        old = tensors[self.tensor]
        new = old.clone()
        table = new.reshape(-1, 1) if new.ndim == 1 else new
        row, value = table[self.row], table[self.row, self.column].clone()
        along = table[:, 0] if new.ndim == 1 else row
        at = self.row if new.ndim == 1 else self.column
        match self.change:
            case Change.ZEROED:
                row[self.column] = 0
            case Change.DOUBLED:
                row[self.column] = 2 * value
            case Change.SIGN:
                row[self.column] = -value
            case Change.NEIGHBOUR:
                beside = (at + 1) % len(along)
                along[at], along[beside] = along[beside].clone(), value
            case Change.ROWS:
                below = (self.row + 1) % len(table)
                table[self.row], table[below] = table[below].clone(), row.clone()
            case Change.TAKEN:
                there = along.nonzero()[:, 0]
                along[at] = along[there[(there - at).abs().argmin()]] if len(there) else 1
        finite = bool(torch.isfinite(new).all())
        return new if finite and not torch.equal(new, old) else None


def alterations(model: Model, seed: int, count: int) -> list[Alteration]:
    """So many that change something, in an order that follows from the seed: those of non-zero entries first."""
    tensors = dict(model.transformer.state_dict())
    rng = np.random.default_rng((seed, 3))
    found: list[Alteration] = []
    for change in (_of_entries(tensors, zero=False), _of_entries(tensors, zero=True)):
        all_of_them = list(change)
        for k in rng.permutation(len(all_of_them)):
            if len(found) == count:
                return found
            if all_of_them[k].apply(tensors) is not None:
                found.append(all_of_them[k])
    return found


def _of_entries(tensors: Tensors, zero: bool) -> Iterator[Alteration]:
    for name, tensor in tensors.items():
        table = tensor.reshape(len(tensor), -1)
        for row, column in (table == 0 if zero else table != 0).nonzero().tolist():
            for change in (Change.TAKEN,) if zero else OF_NON_ZERO:
                if change is not Change.ROWS or tensor.ndim == 2:
                    yield Alteration(name, row, column, change)


def altered(model: Model, alteration: Alteration) -> Model:
    """A model like this one with the altered tensor; the other tensors are shared."""
    tensors = dict(model.transformer.state_dict())
    new = alteration.apply(tensors)
    other = Model(model.spec, model.plan)
    other.attention, other.probed = model.attention, model.probed
    other.set_tensors(tensors if new is None else tensors | {alteration.tensor: new})
    return other
