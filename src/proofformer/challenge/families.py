"""The instances of the proofs in docs/why-not-subquadratic.md: what a model is asked that cannot know the answer.

All are of two sets, and decisions. A search answers them too: its best value tells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import comb, gcd
from random import Random
from typing import Final

import numpy as np

from proofformer.challenge.bounds import middle
from proofformer.challenge.instances import partner
from proofformer.errors import InputError, one_of
from proofformer.problems import Instance, Problem, problem
from proofformer.problems.arrays import Bits

MATCHED: Final = ("ov", "min-ip", "lsd", "farthest-pair", "max-ip", "msd", "closest-pair")
MOST_BITS: Final = 16
"""The largest r of T3's instances and t of T4's: their sets have 2^(r-1) and 2^(t-1) documents."""


@dataclass(frozen=True)
class FoolingPair:
    """Two instances with the same second set: the answer is yes for one and no for the other.

    A model whose states after the two first sets are equal is wrong on one of them, whatever reads the state.
    """

    yes: Instance
    no: Instance


@dataclass(frozen=True)
class Draw:
    """One instance of T3 and its answer: the bit numbered `bit` of the secret of the block numbered `block`."""

    instance: Instance
    answer: bool
    block: int
    bit: int


@dataclass(frozen=True)
class Matching:
    """An induced matching of a problem: N = C(l, l//2) documents c_k, each with a partner d_k.

    The answer for the sets {c_i} and {d_j} is yes exactly when i = j. So what T1 to T3 say of `ov` holds for `problem`.
    """

    problem: Problem

    @property
    def count(self) -> int:
        """N."""
        return middle(self.problem.dim)

    def document(self, k: int) -> Bits:
        """c_k, shape (l,): the k-th document with l//2 ones, 0 <= k < N."""
        row, ones = np.zeros(self.problem.dim, dtype=np.uint8), self.problem.dim // 2
        for column in reversed(range(self.problem.dim)):
            if ones and k >= comb(column, ones):
                k -= comb(column, ones)
                row[column], ones = 1, ones - 1
        return row

    def partner(self, document: Bits) -> Bits:
        """d_k for c_k, shape (l,)."""
        return partner(self.problem.kind, document).copy()

    def shuffled(self, rng: Random) -> Callable[[int], Bits]:
        """The N documents in another order, a random step apart: from their place there, 0 <= place < N."""
        N = self.count
        start, step = rng.randrange(N), rng.randrange(1, N + 1)
        while gcd(step, N) > 1:
            step = rng.randrange(1, N + 1)
        return lambda place: self.document((start + place * step) % N)


def matching(name: str = "ov", *, dim: int, metric: str | None = None) -> Matching:
    """The matching of a problem between two sets, at the threshold that only partners reach.

    `ov`, `min-ip` <= 0, `lsd` <= 0 and `farthest-pair` >= l match complements; `max-ip` >= l//2, `msd` >= 1 and
    `closest-pair` <= 0 a document with itself. Raises InputError for another name, and for l = `dim` below 2.
    """
    if name not in MATCHED:
        raise InputError(f"no matching is known for {name!r}: {one_of(name, MATCHED)}")
    if not isinstance(dim, int) or dim < 2:
        raise InputError(f"dim is {dim!r}: documents with and without half of the keywords need dim >= 2")
    at = {"ov": None, "farthest-pair": dim, "max-ip": dim // 2, "msd": 1}.get(name, 0)
    return Matching(problem(name, dim=dim, question="decide", metric=metric, bichromatic=True, threshold=at))


def one_differs(matched: Matching, n: int, *, seed: int) -> FoolingPair:
    """T1: two sets of n documents c_k that differ in the first one only; the second set is the partner of one of them.

    Raises InputError for n that is not 1..N-1.
    """
    if not 1 <= n < matched.count:
        raise InputError(f"n is {n}: with l = {matched.problem.dim} it is from 1 to {matched.count - 1}")
    first, other, *rest = map(matched.shuffled(Random(seed)), range(n + 1))
    query = [matched.partner(first)]
    return FoolingPair(matched.problem.instance([first, *rest], query), matched.problem.instance([other, *rest], query))


def separating(matched: Matching, left: Sequence[Bits], right: Sequence[Bits]) -> FoolingPair | None:
    """T1: the partner of a document of either set on which the two sets have different answers; None if none has.

    For `ov` none has only if the sets have the same answer for every document.
    """
    asked = matched.problem
    for document in (*left, *right):
        made = [asked.instance(rows, [matched.partner(document)]) for rows in (left, right)]
        told = [bool(asked.answer(x)) for x in made]
        if told[0] != told[1]:
            return FoolingPair(*(made if told[0] else reversed(made)))
    return None


def draws(matched: Matching, n: int, r: int, *, seed: int) -> Iterator[Draw]:
    """T3, without end: A has one of the 2^r documents of each of n blocks, a secret of r bits each; B has the partners
    of those documents of one block whose index has one bit set.

    The blocks are the same in all draws; secrets, block and bit are uniform. Raises InputError where there are no n
    such blocks, and for r above 16.
    """
    most = min(MOST_BITS, (matched.count // n).bit_length() - 1) if n >= 1 else 0
    if not 1 <= r <= most:
        remedy = f"choose r from 1 to {most}" if most >= 1 else "choose another n or a larger dim"
        raise InputError(f"n is {n} and r is {r}: with l = {matched.problem.dim} there are no such blocks; {remedy}")
    rng = Random(seed)
    place = matched.shuffled(rng)
    while True:
        secrets, block, bit = [rng.randrange(1 << r) for _ in range(n)], rng.randrange(n), rng.randrange(r)
        first = [place((k << r) + secret) for k, secret in enumerate(secrets)]
        second = [matched.partner(place((block << r) + index)) for index in range(1 << r) if index >> bit & 1]
        yield Draw(matched.problem.instance(first, second), bool(secrets[block] >> bit & 1), block, bit)


def most_flips(matched: Matching) -> int:
    """The largest t of T4's cubes in documents of the problem, up to 16."""
    dim = matched.problem.dim
    return min(MOST_BITS, {"max-ip": dim // 2, "msd": dim - 1, "lsd": dim - 1}.get(matched.problem.name, dim))


def parity_halves(matched: Matching, t: int) -> FoolingPair:
    """T4: the corners of the t-cube with an even and with an odd number of flips, 2^(t-1) documents each, and the
    partner of the corner without a flip.

    A flip sets one of the first t keywords (`max-ip`: clears it); the others are the same in all documents. Raises
    InputError for t that is not 1..l (`msd`, `lsd`: below l, `max-ip`: up to l//2) or above 16.
    """
    name, dim, most = matched.problem.name, matched.problem.dim, most_flips(matched)
    if not 1 <= t <= most:
        raise InputError(f"t is {t}: for {name} with l = {dim} choose it from 1 to {most}")
    corner, start = np.zeros(dim, dtype=np.uint8), 0 if name == "max-ip" else t
    corner[start : start + dim // 2] = 1
    halves: tuple[list[Bits], list[Bits]] = ([], [])
    for flips in product((0, 1), repeat=t):
        halves[sum(flips) % 2].append(corner ^ np.array(flips + (0,) * (dim - t), dtype=np.uint8))
    even, odd = (matched.problem.instance(rows, [matched.partner(corner)]) for rows in halves)
    return FoolingPair(even, odd)
