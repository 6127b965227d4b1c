"""Rows of bits for orthogonal vectors, in one set."""

import numpy as np

from proofformer.verify.instances.rows import Bits, Place, disjoint, inner_products, put_first_pair, uniform

_HUBS = (
    ((0,),),
    ((0, 1), (0, 2), (1, 2)),
    ((0, 1, 2), (0, 3, 4), (0, 5, 6), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 4, 5)),
)
"""Sets of lines of which any two meet in exactly one point: a point, a triangle, the Fano plane."""


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
    return put_first_pair(rng, _crossing(rng, n, l, 1, 1), where)


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
