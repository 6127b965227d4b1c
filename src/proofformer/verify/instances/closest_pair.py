"""Rows of bits for closest pairs, in one set: linear codes, of which many pairs have the least distance there is."""

from collections.abc import Sequence

import numpy as np

from proofformer.verify.instances.rows import Bits, Generate, Place, disguise, positions, put_first_pair, uniform


def one_step_worse(rng: np.random.Generator, n: int, l: int, where: Place = "random", level: int | None = None) -> Bits:
    """Shape (n, l). For leaks: wrong answers have the smallest gap, and as many keys as possible share it.

    For n <= 2^l + 1: the minimum distance is some d, attained by exactly one pair, and every row outside that
    pair has its nearest other row at exactly d + 1 (so for n >= 3 at least one pair is at d + 1). The pair is
    at a random position, at (0, 1), (n-2, n-1) or (0, n-1).
    `level` asks for a d: of those at which the rows fit, the least from there up, or else the largest.
    For larger n two pairs of duplicates are unavoidable: the rows are then all 2^l vectors, as evenly as n
    allows, and the rows at the place asked for are duplicates.
    """
    if n > 2**l + 1:
        return put_first_pair(rng, disguise(rng, _unpack(sorted(i % 2**l for i in range(n)), l)), where)
    gaps = [gap for gap in range(1, l + 2) if n - 1 <= 2 ** len(_moves(l, gap))]
    order = (
        rng.permutation(gaps) if level is None else sorted(gaps, key=lambda gap: (gap <= level, abs(gap - 1 - level)))
    )
    tries = (_planted(n, l, int(gap), bool(rng.integers(2))) for gap in order)
    words = next(words for words in tries if len(words) == n)
    return put_first_pair(rng, disguise(rng, _unpack(words, l)), where)


def planted_at(rng: np.random.Generator, n: int, l: int, where: Place) -> Bits:
    """Shape (n, l). For mistakes at the edges of the index range: an off-by-one mask, a wrong first tie.

    The first optimal pair is (0, 1), (n-2, n-1) or (0, n-1): one step better than the rest, or a duplicate in
    a random background. For "last" this needs n <= 2^l + 1; beyond, rows n-2 and n-1 are duplicates.
    """
    if n <= 2**l + 1 and (where == "last" or rng.random() < 0.5):
        return one_step_worse(rng, n, l, where)
    rows = uniform(rng, n, l, rng.choice([0.1, 0.5, 0.9]))
    i, j = positions(rng, n, where)
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
    rows = disguise(rng, _unpack(words, l))
    return rng.permutation(rows, axis=0) if rng.random() < 0.5 else rows


def _tied_pairs(rng: np.random.Generator, n: int, l: int) -> Bits:
    pairs = min(n // 2, int(2 ** rng.uniform(1, np.log2(n // 2 + 1))))
    fitting = [d for d in range(l) if n - pairs <= 2 ** len(_moves(l - d, d + 1))]
    d = int(rng.choice(fitting))
    words = _grow(_moves(l - d, d + 1), n - pairs)
    # Partners differ in d coordinates that no code word uses: that keeps them d + 1 or more from the rest.
    shift = (2**d - 1) << (l - d)
    chosen = rng.permutation(len(words))[:pairs]
    return rng.permutation(disguise(rng, _unpack([*words, *(words[c] ^ shift for c in chosen)], l)), axis=0)
