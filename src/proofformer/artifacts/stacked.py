"""A plan as a network whose blocks are all of one shape, as stock architectures have them.

Every block has attention and an MLP, all blocks have equally many heads and hidden units, and every token runs every
block: what a block or a head does not have is zero. That READ's blocks run on other tokens too changes nothing: READ
takes of them what was there before, in dimensions that no block of READ's writes; and what they compute there stays in
the range of its signal, since gates are piecewise linear between whole numbers (docs/theory.md, section 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from proofformer.errors import InputError
from proofformer.planner import Plan
from proofformer.planner.weights import head_dim, numeric
from proofformer.problems.arrays import Floats

PROJECTIONS = ("query", "key", "value")


@dataclass(frozen=True)
class Stacked:
    """Residual `width`, `heads` of `head_dim` and `hidden` units in every block.

    Each of `blocks` has query, key and value (heads * head_dim, width), output (width, heads * head_dim), w1 (hidden,
    width), b1 (hidden,), w2 (width, hidden) and b2 (width,), where y = W x + b. `columns` are the residual
    dimensions of each input signal, `answer` those of each answer field's bits, least significant first. Dimensions
    from `unused` on are not the plan's, and a token's sum of squares is at most `square`, which norms need to know.
    """

    width: int
    heads: int
    head_dim: int
    hidden: int
    blocks: tuple[Mapping[str, Floats], ...]
    columns: Mapping[str, tuple[int, ...]]
    answer: Mapping[str, tuple[int, ...]]
    unused: int
    square: int


def stacked(plan: Plan, *, spare: int = 0, exact_root: bool = True) -> Stacked:
    """The plan's weights, padded; `spare` residual dimensions that nothing uses follow those of the plan.

    With `exact_root` the width of heads is a power of 4, so that its square root is a power of 2. Raises `InputError`
    for a plan whose tokens do not see themselves, which stock causal attention makes them do.
    """
    if not plan.circuit.inclusive:
        raise InputError("stock attention lets a token see itself: compile the model with mask='inclusive'")
    nodes = plan.circuit.heads
    tensors = dict(numeric(plan))
    widths = [head_dim([nodes[h] for h in block.heads]) for block in plan.layout.blocks if block.heads]
    heads = max(len(block.heads) for block in plan.layout.blocks)
    inner = power_of_four(max(widths)) if exact_root else max(widths)
    hidden = max((len(t) for name, t in tensors.items() if name.endswith("mlp.hidden.bias")), default=1)
    width = plan.layout.width + spare
    width += -width % heads

    def head_rows(matrix: Floats, here: int) -> Floats:
        """(here * d, columns) -> (heads * inner, width)."""
        padded = np.zeros((heads, inner, width))
        d = len(matrix) // here
        padded[:here, :d, : matrix.shape[1]] = matrix.reshape(here, d, matrix.shape[1])
        return padded.reshape(heads * inner, width)

    def padded(matrix: Floats, *shape: int) -> Floats:
        out = np.zeros(shape)
        out[tuple(slice(size) for size in matrix.shape)] = matrix
        return out

    blocks = []
    for k, block in enumerate(plan.layout.blocks):
        here, part = len(block.heads), f"blocks.{k}."
        nothing = np.zeros((0, plan.layout.width))
        of = {name: tensors.get(f"{part}attention.{name}.weight", nothing) for name in PROJECTIONS}
        out = tensors.get(f"{part}attention.output.weight", nothing.T)
        weights = {name: head_rows(matrix, max(1, here)) for name, matrix in of.items()}
        weights["output"] = head_rows(out.T, max(1, here)).T
        for name, tensor, shape in (
            ("w1", "hidden.weight", (hidden, width)),
            ("b1", "hidden.bias", (hidden,)),
            ("w2", "output.weight", (width, hidden)),
            ("b2", "output.bias", (width,)),
        ):
            weights[name] = padded(tensors.get(f"{part}mlp.{tensor}", np.zeros((0,) * len(shape))), *shape)
        blocks.append(weights)
    slices = {s.signal: range(s.start, s.stop) for s in plan.layout.slices}
    columns = {s.name: tuple(slices[s.name]) for s in plan.circuit.inputs}
    answer: dict[str, tuple[int, ...]] = {}
    for field in plan.circuit.outputs:
        answer[field.field] = answer.get(field.field, ()) + tuple(slices[field.signal])
    return Stacked(width, heads, inner, hidden, tuple(blocks), columns, answer, plan.layout.width, _square(plan))


def power_of_four(least: int) -> int:
    """The least power of 4, at least 4, that is no less."""
    size = 4
    while size < least:
        size *= 4
    return size


def _square(plan: Plan) -> int:
    total = 0
    for s in plan.layout.slices:
        signal = plan.circuit.signals[s.signal]
        # What a head returned is at most a little more than a bit.
        largest = 2 if signal.noisy else max(abs(signal.lo), abs(signal.hi))
        total += (s.stop - s.start) * largest**2
    return total
