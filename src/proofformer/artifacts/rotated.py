"""A stacked plan in another basis of its residual stream, so that weights and stream say nothing by eye.

The basis is orthogonal: signs, a permutation, and Hadamard matrices of order 4^k, whose entries 2^-k and -2^-k floats
hold. What was a whole number is a multiple of 2^-k then, with larger partial sums: these are bounded here again, for
the weights as they are stored.

* A dimension that a head writes holds no whole number. It is permuted and given a sign, no more. Every block's
  attention adds a large constant to it, and every MLP takes it away: so what the head returned is rounded to a multiple
  of a step before the MLP sees it, and all sums in which it is are exact too, beside whatever else. The step has to be
  less than the slack that the plan's bounds leave to the gate that restores the bit.
* Nor are the dimensions of READ's signals turned: on other tokens READ's blocks leave anything there.
* All other dimensions hold whole numbers on every token. They are turned together, in blocks of the largest order up
  to 64 for which the sums fit; what is left over has smaller ones.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from math import ceil, log2

import numpy as np

from proofformer.artifacts.stacked import PROJECTIONS, Stacked
from proofformer.circuit.signals import At
from proofformer.errors import InputError
from proofformer.planner import Plan
from proofformer.problems.arrays import Floats

LARGEST = 3
"""Blocks are at most of order 4^3."""
FETCHED = 1.5
"""A bound of what a head returns, a mean of bits with what rounding adds."""
SPARE = 1 + 2.0**-20
"""More than what float64 loses of a bound that it adds up."""


@dataclass(frozen=True)
class Rotated:
    """`turn` is the orthogonal matrix: row d has what one in dimension d of `stacked` is, so a row x becomes x @ turn.

    `shape` has the blocks in the new basis, each with `bo`, what its attention adds to every token; `rest` is added to
    every token before the first.
    """

    turn: Floats
    shape: Stacked
    rest: Floats


@dataclass(frozen=True)
class _Stream:
    """For each dimension the range of what it may hold, and the step of which that is a multiple."""

    lo: Floats
    hi: Floats
    step: Floats
    noisy: Floats
    mixed: tuple[int, ...]

    @property
    def size(self) -> Floats:
        return np.maximum(abs(self.lo), abs(self.hi))


class _TooLarge(Exception):
    """A sum that the accumulator does not hold: where, and how many bits it takes."""

    def __init__(self, where: str, bits: int) -> None:
        super().__init__(f"{where} adds up numbers of {bits} bits")


def rotated(plan: Plan, shape: Stacked, seed: int) -> Rotated:
    """The plan in the basis of this seed. Raises `InputError` where its sums would not be exact in the plan's dtype."""
    precision = plan.dtype.precision
    constant = 2.0 ** (precision // 2)
    stream = _stream(plan, shape.width, constant * 2.0 ** (1 - precision))
    slack = min((float(h.bounds.slack) for h in plan.heads), default=1.0)
    why: object = f"its heads leave a slack of {slack:.2g}, less than the step {stream.step.min():.2g}"
    for k in range(LARGEST, 0, -1) if slack > stream.step.min() else ():
        try:
            return _turned(shape, stream, _turn(shape.width, stream.mixed, k, seed), constant, precision)
        except _TooLarge as error:
            why = f"{error}, and it keeps {precision}"
    remedy = "compile it in float64" if precision < 53 else "compile a smaller l"
    raise InputError(
        f"this model cannot be rotated exactly in {plan.dtype.name} ({why}): {remedy}, or leave rotate out"
    )


def _stream(plan: Plan, width: int, step: float) -> _Stream:
    """What the dimensions hold at any time. What no signal has is 0, and is turned with the others."""
    lo, hi, noisy, fixed = np.zeros(width), np.zeros(width), np.zeros(width), set()
    for s in plan.layout.slices:
        signal, dims = plan.circuit.signals[s.signal], slice(s.start, s.stop)
        lo[dims] = np.minimum(lo[dims], signal.lo)
        hi[dims] = np.maximum(hi[dims], FETCHED if signal.noisy else signal.hi)
        if signal.noisy:
            noisy[dims] = 1
        if signal.noisy or signal.at is At.READ:
            fixed |= set(range(s.start, s.stop))
    mixed = tuple(d for d in range(width) if d not in fixed)
    return _Stream(lo, hi, np.where(noisy, step, 1.0), noisy, mixed)


def _turn(width: int, mixed: tuple[int, ...], k: int, seed: int) -> Floats:
    """Hadamard blocks of order 4^k and less over the mixed dimensions, in an order and with signs of the seed."""

    def draw(what: str, dim: int) -> bytes:
        return sha256(f"{seed} {what} {dim}".encode()).digest()

    def signs(what: str) -> Floats:
        return np.array([1.0 - 2 * (draw(what, d)[-1] & 1) for d in range(width)])

    left = sorted(mixed, key=lambda d: draw("block", d))
    slots = sorted(range(width), key=lambda d: draw("slot", d))
    turn = np.zeros((width, width))
    while left:
        while 4**k > len(left):
            k -= 1
        block, left = left[: 4**k], left[4**k :]
        here, slots = slots[: 4**k], slots[4**k :]
        turn[np.ix_(block, here)] = _hadamard(k)
    turn[[d for d in range(width) if d not in set(mixed)], slots] = 1
    return signs("row")[:, None] * turn * signs("column")


def _hadamard(k: int) -> Floats:
    """The orthogonal one of order 4^k, by Sylvester's construction."""
    matrix = np.ones((1, 1))
    for _ in range(2 * k):
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix / 2.0**k


def _turned(shape: Stacked, stream: _Stream, turn: Floats, constant: float, precision: int) -> Rotated:
    """Raises `_TooLarge` for the first sum that does not fit."""
    to = abs(turn)
    size, step = stream.size @ to, np.where(turn == 0, np.inf, stream.step[:, None] * to).min(0)
    _fits("the residual stream", size, step, precision)
    _sums("the way back from it", turn, np.zeros(len(turn)), size, step, precision)
    shift = constant * stream.noisy
    blocks = []
    for k, block in enumerate(shape.blocks):
        new: dict[str, Floats] = {"b1": block["b1"], "bo": shift @ turn}
        none = np.zeros(shape.heads * shape.head_dim)
        for name, bias in (*((name, none) for name in PROJECTIONS), ("w1", block["b1"])):
            where = f"{name} of block {k}"
            new[name] = _product(where, block[name], turn, precision)
            _sums(where, new[name], bias, size, step, precision)
        hidden, grain = _hidden(block["w1"], block["b1"], stream)
        new["w2"] = _product(f"w2 of block {k}", block["w2"].T, turn, precision).T
        new["b2"] = (block["b2"] - shift) @ turn
        _sums(f"w2 of block {k}", new["w2"], new["b2"], hidden, grain, precision)
        # Each row has one number of one head, and stays as it is but for place and sign.
        new["output"] = turn.T @ block["output"]
        _one_each(f"output of block {k}", new["output"], stream.noisy @ to)
        blocks.append(new)
    return Rotated(turn, replace(shape, blocks=tuple(blocks)), -shift @ turn)


def _hidden(w1: Floats, b1: Floats, stream: _Stream) -> tuple[Floats, Floats]:
    """The largest number of each hidden unit, and the step of which its numbers are multiples."""
    most = np.maximum(w1 * stream.lo, w1 * stream.hi).sum(1) + b1
    return np.maximum(most, 0), _steps(w1, b1, stream.step)


def _product(where: str, matrix: Floats, turn: Floats, precision: int) -> Floats:
    """The matrix in the new basis, exactly, and exact when stored."""
    unit = np.where(turn == 0, np.inf, abs(turn)).min()
    _fits(where, (abs(matrix) @ abs(turn)).max(1), _steps(matrix, np.zeros(len(matrix)), unit), 53)
    product: Floats = matrix @ turn
    _fits(f"a weight in {where}", abs(product), _units(product), precision)
    return product


def _sums(where: str, matrix: Floats, bias: Floats, size: Floats, step: Floats, precision: int) -> None:
    """That every partial sum of a row times numbers of such size, multiples of such steps, is exact in any order."""
    _fits(where, abs(matrix) @ size + abs(bias), _steps(matrix, bias, step), precision)


def _steps(matrix: Floats, bias: Floats, step: Floats | float) -> Floats:
    """Of what the terms of each row are multiples."""
    steps: Floats = np.minimum((_units(matrix) * step).min(1), _units(bias))
    return steps


def _units(numbers: Floats) -> Floats:
    """The largest power of two of which each is a multiple; infinity for 0."""
    mantissa, exponent = np.frexp(numbers)
    whole = abs(np.ldexp(mantissa, 53)).astype(np.int64)
    unit: Floats = np.where(whole == 0, np.inf, np.ldexp((whole & -whole).astype(np.float64), exponent - 53))
    return unit


def _fits(where: str, total: Floats, step: Floats, precision: int) -> None:
    """That numbers up to such totals, multiples of such steps, have no more bits than the significand."""
    largest = float((total / step).max(initial=0))
    if largest * SPARE > 2.0**precision:
        raise _TooLarge(where, ceil(log2(largest * SPARE)))


def _one_each(where: str, output: Floats, noisy: Floats) -> None:
    """That heads write nothing but what a head returned, each to a dimension of its own."""
    if (np.count_nonzero(output, 1) > noisy).any() or not np.isin(output, (-1, 0, 1)).all():
        raise _TooLarge(where, 54)
