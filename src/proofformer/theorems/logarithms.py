"""Multiples of natural logarithms, rounded to whole numbers: by whole numbers alone, so that every machine agrees.

`ln x` is a sum of `ln 2 = 2 atanh(1/3)` for each halving of an even number and of `ln (x / (x-1)) = 2 atanh(1/(2x-1))`
for each step down from an odd one, and `2 atanh(1/n)` is the sum of `2 / (i n^i)` for i = 1, 3, 5, ...
"""

from functools import cache

BITS = 128
"""After the point; as many more are taken whenever they do not decide how to round."""


def scaled_log(x: int, size: float, bits: int = BITS) -> int:
    """The whole number nearest to size * ln x, for 1 <= x <= 2^bits and size > 0, taken as the fraction that it is.

    It is the one to which both bounds of the logarithm round. For x > 1 the product is irrational, never half way
    between two whole numbers, so that bounds near enough to each other do round to one.
    """
    p, q = size.as_integer_ratio()
    one, (low, high) = 2 * q << bits, log_bounds(x, bits)
    nearest, beyond = divmod(2 * p * low + one // 2, one)
    decided = beyond + 2 * p * (high - low) < one
    return nearest if decided else scaled_log(x, size, bits + BITS)


@cache
def log_bounds(x: int, bits: int) -> tuple[int, int]:
    """Whole numbers below and above 2^bits ln x, for 1 <= x <= 2^bits.

    With u = 2^(bits + 1), each u / (i n^i) loses less than 1 as it is cut to a whole number. (It is u / n^i, cut,
    divided by i and cut, which is the same.) From the first u / n^i < 1 on, where i >= 3 because n < u, all the rest is
    less than 1/3 + 1/27 + 1/243 + ... < 1. So the bounds are as far apart as there are terms, plus 1, in each of at
    most 2 log2(x) series.
    """
    if x == 1:
        return 0, 0
    n, smaller = (2 * x - 1, x - 1) if x % 2 else (3, x // 2)
    low, high = log_bounds(smaller, bits)
    term, i = (2 << bits) // n, 1
    while term:
        low, high = low + term // i, high + term // i + 1
        term, i = term // (n * n), i + 2
    return low, high + 1
