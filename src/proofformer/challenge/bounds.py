"""How many documents a model of S bits cannot tell apart: T1 to T3 of docs/why-not-subquadratic.md, in integers.

Every number is on the safe side: an n is one at which the theorem is proved to hold, an error is rounded down.
N is the number of documents with l//2 ones, C(l, l//2).
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import comb
from typing import Final

from proofformer.errors import InputError

PROVED: Final = "proved for any weights"

MOST_COUNTED: Final = 6
"""The largest l whose antichains are counted one by one: there are 7,828,354 of them."""
EXACT: Final = 1 << 16
"""Binomials of so many bits, or out of so many documents, are computed; others are bounded from below."""
SHARES: Final = 10_000
"""The floor of T3 is told in such parts."""
LEADING: Final = 128
LOG2_E: Final = Fraction(14_426_950_408, 10**10)
"""At most log2 of e."""


def middle(dim: int) -> int:
    """N, the documents of l = `dim` keywords that have l//2 of them; no such document is a part of another."""
    return comb(dim, dim // 2)


@cache
def antichains(dim: int) -> tuple[int, ...]:
    """How many sets of k documents there are of which none is a part of another, for k = 0, 1, ..

    Raises InputError for l = `dim` above 6.
    """
    if not 0 <= dim <= MOST_COUNTED:
        raise InputError(f"dim is {dim}: antichains are counted up to l = {MOST_COUNTED}; use a lower bound")
    documents = range(1 << dim)
    near = [sum(1 << y for y in documents if x & y in (x, y)) for x in documents]

    @cache
    def sizes(left: int) -> tuple[int, ...]:
        if not left:
            return (1,)
        first = (left & -left).bit_length() - 1
        without, one_less = sizes(left & (left - 1)), sizes(left & ~near[first])
        counts = [0] * max(len(without), len(one_less) + 1)
        for k, count in enumerate(without):
            counts[k] += count
        for k, count in enumerate(one_less, start=1):
            counts[k] += count
        return tuple(counts)

    return sizes((1 << len(documents)) - 1)


def tellable(dim: int) -> tuple[int, ...]:
    """D(l, n) for n = 1, 2, ..: the functions "is some document of A orthogonal to b" for sets A of 1..n documents.

    T1: a state that tells them apart has at least log2 D(l, n) bits, and that many do. Raises InputError for l above 6.
    """
    return tuple(accumulate(antichains(dim)[1:]))


def one_pass(dim: int, bits: int) -> int | None:
    """T1 for `ov`: an n from which on no state of so many bits tells all sets of n documents apart; None if none is
    proved.

    It is the least such n for l <= 6. Beyond, D(l, n) >= C(2^l, n) - c C(2^l - 2, n - 2) >= C(2^l, n) / 2 as long as
    2 c n (n - 1) <= 2^l (2^l - 1), with c = 3^l - 2^l the pairs of documents of which one is a part of the other.
    """
    if bits >= 1 << dim:
        return None
    if dim <= MOST_COUNTED:
        return next((n for n, count in enumerate(tellable(dim), start=1) if count > 1 << bits), None)
    cube, within = 1 << dim, least_n(middle(dim), bits)
    n = least_n(cube, bits + 1)
    if n is None or 2 * (3**dim - cube) * n * (n - 1) > cube * (cube - 1):
        return within
    return n if within is None else min(n, within)


def least_n(documents: int, bits: int) -> int | None:
    """An n <= N/2 with C(N, n) > 2^bits, for N = `documents`: the least, or where that is too long to compute, the
    first that `log2_choices` finds, up to N/4. None if there is none."""
    if bits >= documents:
        return None
    if min(bits, documents) <= EXACT:
        return next((n for n, count in enumerate(_choices(documents), start=1) if count > 1 << bits), None)
    # C(N, n) >= (N/n)^n >= 4^n.
    low, high = 0, min(documents // 4, bits)
    if log2_choices(documents, high) <= bits:
        return None
    while high - low > 1:
        n = (low + high) // 2
        low, high = (low, n) if log2_choices(documents, n) > bits else (n, high)
    return high


def _choices(documents: int) -> Iterator[int]:
    """C(N, n) for n = 1, .., N/2."""
    count = 1
    for n in range(1, documents // 2 + 1):
        count = count * (documents - n + 1) // n
        yield count


def log2_choices(documents: int, n: int) -> Fraction:
    """At most log2 C(N, n), for 1 <= n <= N = `documents`.

    N (N-1) .. (N-n+1) >= (N (N-n+1))^(n/2), as (N-i)(N-n+1+i) >= N (N-n+1); and n! <= e sqrt(n) (n/e)^n.
    """
    places = n.bit_length() + 16
    factors, _ = log2_bounds(documents * (documents - n + 1), places=places)
    _, log_n = log2_bounds(n, places=places)
    return n * factors / 2 - (n + Fraction(1, 2)) * log_n + (n - 1) * LOG2_E


def log2_bounds(x: int, *, places: int) -> tuple[Fraction, Fraction]:
    """A fraction at most and one at least log2(x), x >= 1, not much more than 2^-places apart, for places up to 100.

    x is squared so many times; of each square the `LEADING` bits are kept, rounded down and up.
    """
    low, high, below, above = x, x, 0, 0
    for _ in range(places):
        low, high, below, above = low * low, high * high, 2 * below, 2 * above
        drop, more = max(0, low.bit_length() - LEADING), max(0, high.bit_length() - LEADING)
        low, high, below, above = low >> drop, -(-high >> more), below + drop, above + more
    return (
        Fraction(below + low.bit_length() - 1, 1 << places),
        Fraction(above + (high - 1).bit_length(), 1 << places),
    )


def two_way(dim: int, bits: int) -> int | None:
    """T2: an n from which on the layers cannot answer if they let the two sets meet only through summaries, of so many
    bits in all (the sum over layers; each set has its own). None if none is proved."""
    return least_n(middle(dim), 2 * bits)


def widest_blocks(dim: int, n: int) -> int:
    """The largest r for which T3 has n blocks of 2^r documents and a second set of 2^(r-1) <= n; 0 if there is none."""
    return max(0, min(n.bit_length(), (middle(dim) // n).bit_length() - 1))


def error_floor(bits: int, n: int, r: int) -> Fraction:
    """T3: in at least this share of the draws with n blocks of 2^r documents, a state of so many bits answers wrong.

    That is the inverse of the entropy h at 1 - bits/(n r), rounded down to a multiple of 1/10,000: h(k/K) <= m/K is
    K^K <= 2^m k^k (K-k)^(K-k), in integers.
    """
    K = SHARES
    m = max(0, K * (n * r - bits) // (n * r)) if r else 0
    low, high = 0, K // 2 + 1
    while high - low > 1:
        k = (low + high) // 2
        low, high = (k, high) if (k**k * (K - k) ** (K - k)) << m >= K**K else (low, k)
    return Fraction(low, K)


def telling_n(dim: int, bits: int, share: Fraction = Fraction(1, 10)) -> int | None:
    """The least power of two at which the floor of T3, with its widest blocks, is `share` or more; None if none is."""
    n = 1
    while r := widest_blocks(dim, n):
        if n * r > bits and error_floor(bits, n, r) >= share:
            return n
        n *= 2
    return None
