"""Generators of adversarial instances: each family is aimed at one way a compiled network can fail.

A generator is a pure function of `(rng, n, l)`, n >= 2 and l >= 1, and returns n binary vectors of length l
as a uint8 array of shape (n, l). What a docstring guarantees holds for all n, l unless it says otherwise.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

Bits: TypeAlias = npt.NDArray[np.uint8]
Generate: TypeAlias = Callable[[np.random.Generator, int, int], Bits]
Place: TypeAlias = Literal["random", "first", "last", "ends"]

_HUBS = (
    ((0,),),
    ((0, 1), (0, 2), (1, 2)),
    ((0, 1, 2), (0, 3, 4), (0, 5, 6), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 4, 5)),
)
"""Sets of lines of which any two meet in exactly one point: a point, a triangle, the Fano plane."""


@dataclass(frozen=True)
class Family:
    """A named generator, the mistake it is for, and how often a sample draws it relative to the others."""

    name: str
    purpose: str
    make: Generate
    weight: int = 1


def inner_products(rows: Bits | npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """All inner products of binary rows of shape (n, l), exact, shape (n, n)."""
    n, l = rows.shape
    padded = np.zeros((n, -(-l // 64) * 64), np.uint8)
    padded[:, :l] = rows
    products = np.zeros((n, n), np.int32)
    for word in np.packbits(padded, axis=1).view(np.uint64).T:
        products += np.bitwise_count(word[:, None] & word)
    return products


def uniform(rng: np.random.Generator, n: int, l: int, density: float | None = None) -> Bits:
    """Shape (n, l), independent bits of density 1.5/l or as given. For mistakes that need no structure."""
    return (rng.random((n, l)) < (1.5 / l if density is None else density)).astype(np.uint8)


def all_zero(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), only zeros. For empty rows mistaken for START or padding, and for a value |v_j| of 0."""
    return np.zeros((n, l), np.uint8)


def all_one(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), only ones. For the largest scores and for leaked values of the largest weight."""
    return np.ones((n, l), np.uint8)


def extreme_rows(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), random with at least one all-zero and one all-one row. For scores at both range ends."""
    rows = uniform(rng, n, l, rng.choice([0.1, 0.5, 0.9]))
    zero, one = int(rng.integers(1, 1 + min(3, n // 2))), int(rng.integers(1, 1 + min(3, n // 2)))
    chosen = rng.permutation(n)
    rows[chosen[:zero]] = 0
    rows[chosen[zero : zero + one]] = 1
    return rows


def one_hot(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), rows of weight one, each coordinate n/l times (rounded up or down).

    For ties between all keys at once: distances are 0 and 2 only, inner products 0 and 1 only.
    """
    rows = np.zeros((n, l), np.uint8)
    rows[np.arange(n), rng.permutation(l)[rng.permutation(n) % l]] = 1
    return rows


def duplicates(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), at most max(1, min(8, n // 3)) distinct rows. For values averaged over tied keys."""
    distinct = uniform(rng, int(rng.integers(1, 1 + max(1, min(8, n // 3)))), l, rng.choice([0.1, 0.5, 0.9]))
    return distinct[rng.permutation(n) % len(distinct)]


def nested(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), supports that form a chain under inclusion; by size up, down, or in random order.

    For inner products that grow with the key's norm while the distance does not: similarity without `|b|`.
    """
    lengths = rng.integers(0, l + 1, n)
    order = rng.choice(["up", "down", "random"])
    if order != "random":
        lengths = np.sort(lengths)[:: 1 if order == "up" else -1]
    return (rng.permutation(l) < lengths[:, None]).astype(np.uint8)


def disjoint(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), each coordinate in exactly one row. For self-attention: only `<v_i, v_i>` is positive."""
    rows = np.zeros((n, l), np.uint8)
    rows[rng.integers(0, n, l), np.arange(l)] = 1
    return rows


def one_step_worse(rng: np.random.Generator, n: int, l: int, where: Place = "random") -> Bits:
    """Shape (n, l). For leaks: wrong answers have the smallest gap, and as many keys as possible share it.

    For n <= 2^l + 1: the minimum distance is some d, attained by exactly one pair, and every row outside that
    pair has its nearest other row at exactly d + 1 (so for n >= 3 at least one pair is at d + 1). The pair is
    at a random position, at (0, 1), (n-2, n-1) or (0, n-1).
    For larger n two pairs of duplicates are unavoidable: the rows are then all 2^l vectors, as evenly as n
    allows, and the rows at the place asked for are duplicates.
    """
    if n > 2**l + 1:
        return _place(rng, _disguise(rng, _unpack(sorted(i % 2**l for i in range(n)), l)), where)
    gaps = [gap for gap in range(1, l + 2) if n - 1 <= 2 ** len(_moves(l, gap))]
    tries = (_planted(n, l, int(gap), bool(rng.integers(2))) for gap in rng.permutation(gaps))
    words = next(words for words in tries if len(words) == n)
    return _place(rng, _disguise(rng, _unpack(words, l)), where)


def planted_at(rng: np.random.Generator, n: int, l: int, where: Place) -> Bits:
    """Shape (n, l). For mistakes at the edges of the index range: an off-by-one mask, a wrong first tie.

    The first optimal pair is (0, 1), (n-2, n-1) or (0, n-1): one step better than the rest, or a duplicate in
    a random background. For "last" this needs n <= 2^l + 1; beyond, rows n-2 and n-1 are duplicates.
    """
    if n <= 2**l + 1 and (where == "last" or rng.random() < 0.5):
        return one_step_worse(rng, n, l, where)
    rows = uniform(rng, n, l, rng.choice([0.1, 0.5, 0.9]))
    i, j = _positions(rng, n, where)
    clash = np.flatnonzero((rows == rows[i]).all(axis=1))
    rows[clash[clash != i], rng.integers(0, l, np.count_nonzero(clash != i))] ^= 1
    rows[j] = rows[i]
    return rows


def many_ties(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l). For fetched values averaged over tied keys, and for ties not broken by the smaller index.

    For n >= 3 at least two pairs are optimal. One of: duplicates; a circulant (a whole orbit of cyclic
    shifts); a chain (neighbours in a Gray code are tied); two or more disjoint pairs at some d, all other
    pairs at d + 1 or more.
    """
    styles: list[Generate] = [_tied_duplicates, _tied_circulant]
    if n <= 2**l:
        styles.append(_tied_chain)
    if 4 <= n <= 2**l:
        styles.append(_tied_pairs)
    return styles[int(rng.integers(len(styles)))](rng, n, l)


def random_balanced(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), independent bits. For thresholds that are right on average only.

    The density is that at which an orthogonal pair would have an even chance if pairs were independent.
    """
    pair_chance: float = 1 - 0.5 ** (2 / (n * (n - 1)))
    return uniform(rng, n, l, (1 - pair_chance ** (1 / l)) ** 0.5)


def critical(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l), random at the density where its own answer changes. For thresholds that are slightly off.

    One step of 1/4096 in density separates yes from no; which side is returned is an even chance.
    """
    level = rng.integers(0, 4096, (n, l), dtype=np.int16)
    yes, no = 0, 4096
    while no - yes > 1:
        middle = (yes + no) // 2
        products = inner_products(level < middle)
        np.fill_diagonal(products, 1)
        yes, no = (middle, no) if products.min() == 0 else (yes, middle)
    return (level < (yes if rng.random() < 0.5 else no)).astype(np.uint8)


def one_step_worse_no(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l). For leaks in the no-case: the mass of many keys one step off must not add up to a yes.

    No pair is orthogonal and every row has inner product exactly 1 with some other row. Rows carry lines of
    which any two meet once; the other coordinates are split among all rows (then only rows on the same line
    of two or more points exceed 1), or rows are dense and complementary in pairs.
    """
    fitting = [lines for lines in _HUBS if max(map(max, lines)) < l]
    lines = fitting[int(rng.integers(len(fitting)))]
    width = max(map(max, lines)) + 1
    rows = np.zeros((n, l), np.uint8)
    for i in range(n):
        rows[i, lines[i % len(lines)]] = 1
    if rng.random() < 0.6:
        rows[:, width:] = disjoint(rng, n, l - width)
    else:
        half = uniform(rng, n // 2, l - width, 0.5)
        rows[0 : n - n % 2 : 2, width:], rows[1::2, width:] = half, 1 - half
    return rng.permutation(rng.permutation(rows, axis=0), axis=1)


def single_yes(rng: np.random.Generator, n: int, l: int, where: Place = "random") -> Bits:
    """Shape (n, l). For witnesses lost among keys one step worse, and for an OR that misses one reader.

    For l >= 2 or n = 2: exactly one pair is orthogonal, at a random position, (0, 1), (n-2, n-1) or (0, n-1),
    and every other row has inner product exactly 1 with one of the pair. For l = 1 and n >= 3 that is
    impossible: one row is zero, all the others one.
    """
    return _place(rng, _crossing(rng, n, l, 1, 1), where)


def many_orthogonal(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l). For ties between witnesses: a copies of one row, orthogonal to b copies of another.

    For l >= 2 exactly a*b pairs are orthogonal (2 to n^2/4, or 1 if n = 2); for l = 1 at least that many.
    """
    total = int(rng.integers(min(3, n), n + 1))
    a = int(rng.integers(1, total))
    return rng.permutation(_crossing(rng, n, l, a, total - a), axis=0)


def one_zero_row(rng: np.random.Generator, n: int, l: int) -> Bits:
    """Shape (n, l). For a zero witness whose value |v_j| is 0: one zero row, all other pairs not orthogonal.

    Exactly n - 1 pairs are orthogonal, all through the zero row.
    """
    return np.insert(one_step_worse_no(rng, n - 1, l), int(rng.integers(n)), 0, axis=0)


def _positions(rng: np.random.Generator, n: int, where: Place) -> tuple[int, int]:
    if where == "random":
        i, j = np.sort(rng.choice(n, 2, replace=False))
        return int(i), int(j)
    return {"first": (0, 1), "last": (n - 2, n - 1), "ends": (0, n - 1)}[where]


def _place(rng: np.random.Generator, rows: Bits, where: Place) -> Bits:
    """Moves rows 0 and 1, in either order, to the place asked for and shuffles the others."""
    n = len(rows)
    pair = list(_positions(rng, n, where))
    placed = np.empty_like(rows)
    placed[rng.permutation(pair)] = rows[:2]
    placed[np.setdiff1d(np.arange(n), pair)] = rng.permutation(rows[2:], axis=0)
    return placed


def _disguise(rng: np.random.Generator, rows: Bits) -> Bits:
    """An isometry of the cube: coordinates permuted and some, none or all of them complemented."""
    mask = uniform(rng, 1, rows.shape[1], rng.choice([0.0, 0.5, 1.0]))
    return rng.permutation(rows, axis=1) ^ mask


def _unpack(words: Sequence[int], l: int) -> Bits:
    raw = b"".join(word.to_bytes(-(-l // 8), "little") for word in words)
    packed = np.frombuffer(raw, np.uint8).reshape(len(words), -1)
    return np.unpackbits(packed, axis=1, count=l, bitorder="little")


def _blocks(l: int, width: int) -> list[int]:
    return [(2**width - 1) << start for start in range(0, l - width + 1, width)]


def _moves(l: int, gap: int) -> list[int]:
    """Words of weight gap that are independent and span a linear code of minimum distance gap.

    Each coordinate repeated, of the cube if the gap is odd and of the even-weight code if it is even.
    """
    if gap % 2:
        return _blocks(l, gap)
    *blocks, centre = _blocks(l, gap // 2) or [0]
    return [block ^ centre for block in blocks]


def _grow(moves: Sequence[int], count: int, partner: int | None = None, gap: int = 0) -> list[int]:
    """At most count code words, reached from 0 by moves through words gap or more from the partner."""
    words, seen = [0], {0}
    for word in words:
        for move in moves:
            if len(words) == count:
                return words
            new = word ^ move
            if new not in seen and (partner is None or (new ^ partner).bit_count() >= gap):
                words.append(new)
                seen.add(new)
    return words


def _planted(n: int, l: int, gap: int, compact: bool) -> list[int]:
    """0, a word at gap - 1 from it, and up to n - 2 words, gap or more from all and gap from some other."""
    width = gap if gap % 2 else gap // 2
    in_blocks = l - l % width
    # Spread over the blocks: two or more flips in half a block bring the partner close to other code words.
    order = sorted(range(in_blocks), key=lambda c: c % width) + list(range(in_blocks, l))
    partner = sum(1 << c for c in order[: gap - 1])
    moves = _moves(l, gap)
    if compact:
        moves = moves[: (2 * n).bit_length()]
    words = _grow(moves, n - 1, partner, gap)
    return [0, partner, *words[1:]]


def _tied_duplicates(rng: np.random.Generator, n: int, l: int) -> Bits:
    # At most n - 2 distinct rows: with n - 1 the only duplicate pair would be the unique optimum.
    distinct = uniform(rng, int(rng.integers(1, 1 + max(1, n - 2))), l, rng.choice([0.1, 0.5, 0.9]))
    return distinct[rng.permutation(n) % len(distinct)]


def _tied_circulant(rng: np.random.Generator, n: int, l: int) -> Bits:
    order = n if n <= l else max(1, min(l, n - 2))
    rows = np.repeat(uniform(rng, 1, l, 0.5), n, axis=0)
    shifts = (np.arange(order) - np.arange(n)[:, None]) % order
    rows[:, :order] = rows[0, shifts]
    return rng.permutation(rows, axis=0) if rng.random() < 0.5 else rows


def _tied_chain(rng: np.random.Generator, n: int, l: int) -> Bits:
    steps = [step for step in range(1, l + 1) if n <= 2 ** (l // step)]
    blocks = _blocks(l, int(rng.choice(steps)))
    words = [sum(block for b, block in enumerate(blocks) if (i ^ (i >> 1)) >> b & 1) for i in range(n)]
    rows = _disguise(rng, _unpack(words, l))
    return rng.permutation(rows, axis=0) if rng.random() < 0.5 else rows


def _tied_pairs(rng: np.random.Generator, n: int, l: int) -> Bits:
    pairs = min(n // 2, int(2 ** rng.uniform(1, np.log2(n // 2 + 1))))
    fitting = [d for d in range(l) if n - pairs <= 2 ** len(_moves(l - d, d + 1))]
    d = int(rng.choice(fitting))
    words = _grow(_moves(l - d, d + 1), n - pairs)
    # Partners differ in d coordinates that no code word uses: that keeps them d + 1 or more from the rest.
    shift = (2**d - 1) << (l - d)
    chosen = rng.permutation(len(words))[:pairs]
    return rng.permutation(_disguise(rng, _unpack([*words, *(words[c] ^ shift for c in chosen)], l)), axis=0)


def _crossing(rng: np.random.Generator, n: int, l: int, a: int, b: int) -> Bits:
    """a copies of p, b copies of q orthogonal to p; all others contain p's hub and one coordinate of q."""
    size = l - 1 if l == 1 or rng.random() < 0.5 else int(rng.integers(1, l))
    rows = np.zeros((n, l), np.uint8)
    rows[:, 0] = 1
    rows[a : a + b, 0] = 0
    rows[a : a + b, 1 : 1 + size] = 1
    others = np.arange(a + b, n)
    if size:
        rows[others, 1 + others % size] = 1
    dense = uniform(rng, n, l - 1 - size, rng.choice([0.0, 0.5]))
    dense[:a] = dense[0]
    dense[a : a + b] = 0
    rows[:, 1 + size :] = dense
    return rng.permutation(rows, axis=1)


CLOSEST_PAIR_FAMILIES = (
    Family("uniform_sparse", "mistakes without structure, many empty rows", uniform),
    Family("uniform_10", "mistakes without structure", partial(uniform, density=0.1)),
    Family("uniform_50", "mistakes without structure", partial(uniform, density=0.5), 2),
    Family("uniform_90", "mistakes without structure, large scores", partial(uniform, density=0.9)),
    Family("one_step_worse", "leak of the softmax from keys one step worse", one_step_worse, 8),
    Family("planted_first", "mask off by one at the start", partial(planted_at, where="first"), 4),
    Family("planted_last", "mask off by one at the end", partial(planted_at, where="last"), 4),
    Family("planted_ends", "index bits of the farthest pair", partial(planted_at, where="ends"), 2),
    Family("many_ties", "averages over tied keys, wrong tie order", many_ties, 8),
    Family("all_zero", "empty rows mistaken for START or padding", all_zero),
    Family("all_one", "largest scores", all_one),
    Family("extreme_rows", "scores at both ends of the range", extreme_rows, 2),
    Family("duplicates", "averages over tied keys", duplicates, 2),
    Family("one_hot", "ties between all keys", one_hot, 2),
    Family("nested", "inner product instead of distance", nested, 2),
    Family("disjoint", "attention of a row to itself", disjoint),
)

OV_FAMILIES = (
    Family("uniform_sparse", "mistakes without structure, many empty rows", uniform),
    Family("uniform_50", "mistakes without structure", partial(uniform, density=0.5)),
    Family("random_balanced", "thresholds right on average only", random_balanced, 4),
    Family("critical", "thresholds slightly off", critical, 4),
    Family("one_step_worse_no", "leaked mass that adds up to a yes", one_step_worse_no, 8),
    Family("single_yes", "a witness lost among keys one step worse", single_yes, 3),
    Family("single_yes_first", "mask off by one at the start", partial(single_yes, where="first"), 2),
    Family("single_yes_last", "mask off by one at the end", partial(single_yes, where="last"), 2),
    Family("single_yes_ends", "the witness farthest from its reader", partial(single_yes, where="ends")),
    Family("many_orthogonal", "ties between witnesses", many_orthogonal, 4),
    Family("one_zero_row", "value |v_j| = 0 of a zero witness", one_zero_row, 2),
    Family("all_zero", "empty rows mistaken for START or padding", all_zero),
    Family("all_one", "leaked values of the largest weight", all_one, 2),
    Family("extreme_rows", "scores at both ends of the range", extreme_rows),
    Family("duplicates", "inner product of a row with its copy", duplicates, 2),
    Family("one_hot", "ties between all keys", one_hot, 2),
    Family("nested", "norms confused with inner products", nested, 2),
    Family("disjoint", "attention of a row to itself", disjoint),
)
