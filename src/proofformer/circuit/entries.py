"""A whole number from 0 to C in bits whose weights add up to C: 1, 2, 4, .. and, last, what is left.

So any combination of bits is a number in 0..C, and the number is an affine form of its bits. Of several codes the one
that sets the last bit as soon as the number needs it is used (docs/theory.md, section 2). For C = 1 it is the number.
"""

from __future__ import annotations

from proofformer.circuit.signals import Form, Part, Row, Signal


def entry_weights(levels: int) -> tuple[int, ...]:
    """The weights of the bits of a number in 0..levels."""
    width = levels.bit_length()
    return (*(1 << i for i in range(width - 1)), levels - (1 << width - 1) + 1)


def entry_bits(value: int, levels: int) -> tuple[int, ...]:
    """The bits of a number in 0..levels."""
    *low, last = entry_weights(levels)
    top = int(value >= 1 << len(low))
    rest = value - top * last
    return (*(rest >> i & 1 for i in range(len(low))), top)


def entries(code: Signal, levels: int) -> Form:
    """The numbers of a vector of codes, one row each."""
    weights = entry_weights(levels)
    starts = range(0, code.width, len(weights))
    return tuple(Row(0, tuple(Part(code.name, i + k, w) for k, w in enumerate(weights))) for i in starts)
