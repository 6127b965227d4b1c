"""The whole numbers that order cosines, against Fractions: every two values that can occur, equal ones too."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import log, nextafter

import numpy as np
import pytest

from proofformer.theorems import cosine
from proofformer.theorems.cosine import LARGEST, CosineTables, cosine_tables
from proofformer.theorems.logarithms import log_bounds, scaled_log

Check = Callable[[Sequence[int]], bool]
GAMMAS = [Fraction(101, 100), Fraction(3, 2), Fraction(2), Fraction(7)]


@cache
def seen(l: int) -> list[list[tuple[Fraction, int, int]]]:
    """For each norm a, the k and b of the documents that may be seen, in the order of k^2 / b."""
    return [
        sorted((Fraction(k * k, b), k, b) for b in range(1, l + 1) for k in range(max(0, a + b - l), min(a, b) + 1))
        for a in range(1, l + 1)
    ]


@cache
def compared(l: int) -> list[tuple[Fraction, int, int, int]]:
    """All k >= 1, a and b that two documents can have, in the order of k^2 / ab."""
    return sorted(
        (Fraction(k * k, a * b), k, a, b)
        for a in range(1, l + 1)
        for b in range(1, l + 1)
        for k in range(max(1, a + b - l), min(a, b) + 1)
    )


def keys(scale: Sequence[int], l: int) -> Iterator[list[tuple[Fraction, int]]]:
    return ([(value, k * scale[b]) for value, k, b in row] for row in seen(l))


def pairs(logs: Sequence[int], l: int) -> list[tuple[Fraction, int]]:
    return [(value, 2 * logs[k] - logs[a] - logs[b]) for value, k, a, b in compared(l)]


def same_order(column: list[tuple[Fraction, int]]) -> bool:
    """Sorted values: neighbours that are equal have equal scores, others larger ones. So has any two."""
    return all((x == y and s == t) or (x < y and s < t) for (x, s), (y, t) in pairwise(column))


def within(column: list[tuple[Fraction, int]], gamma: Fraction) -> bool:
    """Whichever of two has the larger or an equal score: its value is at least 1/gamma of the other's."""
    most = Fraction(0)
    for score in sorted({s for _, s in column}):
        level = [v for v, s in column if s == score]
        most = max(most, *level)
        if most > gamma * min(level):
            return False
    return True


def scale_orders(scale: Sequence[int], l: int) -> bool:
    return all(map(same_order, keys(scale, l)))


def logs_order(logs: Sequence[int], l: int) -> bool:
    return same_order(pairs(logs, l))


def check_shape(tables: CosineTables, l: int) -> None:
    assert len(tables.scale) == len(tables.logs) == l + 1
    assert tables.scale[0] == tables.logs[0] == tables.logs[1] == 0
    assert min(tables.scale[1:]) >= 1, "what shares something is above what shares nothing"
    assert max(*tables.scale, *tables.logs) < LARGEST
    assert min(score for _, score in pairs(tables.logs, l)) + tables.offset == 1


@pytest.mark.parametrize("l", [*range(1, 20), 48])
def test_exact_tables_order_every_two_values(l: int) -> None:
    tables = cosine_tables(l)
    check_shape(tables, l)
    assert scale_orders(tables.scale, l)
    assert logs_order(tables.logs, l)


@pytest.mark.parametrize("gamma", GAMMAS, ids=str)
@pytest.mark.parametrize("l", [1, 2, 3, 5, 8, 13, 24])
def test_tables_within_a_factor(l: int, gamma: Fraction) -> None:
    """Squares within gamma are cosines within its root: once for the partner, once among the pairs."""
    tables = cosine_tables(l, gamma)
    check_shape(tables, l)
    assert all(within(column, gamma) for column in keys(tables.scale, l))
    assert within(pairs(tables.logs, l), gamma)


def test_a_factor_makes_numbers_smaller() -> None:
    for l in (8, 24):
        sizes = [max(cosine_tables(l, g).scale) for g in (None, Fraction(101, 100), Fraction(2))]
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] > 4 * sizes[2]


def test_what_can_occur() -> None:
    """k <= a <= b and k >= a + b - l, each once; the mirror images are not listed."""
    for l in range(1, 13):
        listed = list(zip(*(column.tolist() for column in cosine.triples(l)), strict=True))
        assert len(set(listed)) == len(listed)
        assert set(listed) == {(k, a, b) for _, k, a, b in compared(l) if a <= b}


def own_checks(monkeypatch: pytest.MonkeyPatch, l: int, gamma: Fraction | None) -> list[Check]:
    """The checks by which the tables of this l are accepted: of the scale, and of the logarithms."""
    found: list[Check] = []
    first = cosine._first

    def spy(tables: Iterator[np.ndarray], good: Callable[[np.ndarray], bool]) -> np.ndarray:
        found.append(lambda table: good(np.array(table, dtype=np.int64)))
        return first(tables, good)

    monkeypatch.setattr(cosine, "_first", spy)
    cosine_tables.__wrapped__(l, gamma)
    monkeypatch.undo()
    return found


def with_factor_of(logs: Sequence[int], prime: int, more: int) -> list[int]:
    """Logarithms with another number for one prime, and so for what it divides."""
    made = list(logs)
    for power in (prime**e for e in range(1, len(logs)) if prime**e < len(logs)):
        for x in range(power, len(logs), power):
            made[x] += more
    return made


@pytest.mark.parametrize("l", [2, 3, 6, 9, 14, 20])
def test_weaker_tables_are_refused(l: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of half the size, or off by one: accepted exactly when they still order all values, which few do."""
    scale_check, logs_check = own_checks(monkeypatch, l, None)
    tables = cosine_tables(l)
    halved = [[round(x / 2) for x in table] for table in (tables.scale, tables.logs)]
    planted = [[x + (b == at) * by for b, x in enumerate(tables.scale)] for at in range(1, l + 1) for by in (-1, 1)]
    judged = {scale_check(table) for table in planted}
    assert [scale_check(t) for t in planted] == [scale_orders(t, l) for t in planted]
    assert scale_check(halved[0]) is scale_orders(halved[0], l)
    primes = [p for p in range(2, l + 1) if all(p % q for q in range(2, p))]
    moved = [with_factor_of(tables.logs, p, by) for p in primes for by in (-2, -1, 1, 2)]
    assert [logs_check(t) for t in moved] == [logs_order(t, l) for t in moved]
    assert logs_check(halved[1]) is logs_order(halved[1], l)
    assert scale_check(tables.scale)
    assert logs_check(tables.logs)
    if l >= 6:
        assert False in judged
        assert not scale_check(halved[0])
        assert not logs_check(halved[1])
        assert not all(map(logs_check, moved))


@pytest.mark.parametrize("gamma", GAMMAS, ids=str)
@pytest.mark.parametrize("l", [4, 9, 16])
def test_weaker_tables_within_a_factor_are_refused(l: int, gamma: Fraction, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is accepted is within the factor; what is within a little less is accepted. Tables of any quality."""
    scale_check, logs_check = own_checks(monkeypatch, l, gamma)
    rng = np.random.default_rng(l)
    nearly = gamma * (1 - Fraction(1, 1 << 30))
    judged = set()
    for size in (1, 3, 10, 30, 100, 1000):
        noise = rng.uniform(-0.6, 0.6, (2, l + 1))
        scale = [0, *(max(1, round(size / b**0.5 + noise[0, b])) for b in range(1, l + 1))]
        logs = [0, *(round(size * np.log(x) + noise[1, x]) for x in range(1, l + 1))]
        # The scale is checked for all k <= b, whatever the norm of the document that asks.
        column = [(Fraction(k * k, b), k * scale[b]) for b in range(1, l + 1) for k in range(b + 1)]
        for check, table, here in ((scale_check, scale, column), (logs_check, logs, pairs(logs, l))):
            good = check(table)
            judged.add(good)
            assert within(here, gamma) or not good
            assert good or not within(here, nearly)
    assert True in judged
    assert False in judged or gamma > 2


def exponential(y: Fraction) -> tuple[Fraction, Fraction]:
    """Below and above e^y for 0 <= y < 32: after 64 terms each is less than half the one before."""
    term = total = Fraction(1)
    for i in range(1, 65):
        term *= y / i
        total += term
    return total, total + term


@pytest.mark.parametrize("bits", [9, 33, 128])
def test_bounds_of_logarithms(bits: int) -> None:
    """e to the lower bound is x at most, to the upper one x at least; they are not far apart."""
    assert log_bounds(1, bits) == (0, 0)
    for x in (*range(2, 34), 127, 128, 251, 509):
        low, high = log_bounds(x, bits)
        assert exponential(Fraction(low, 2**bits))[1] <= x <= exponential(Fraction(high, 2**bits))[0]
        assert low < high < low + 2 * x.bit_length() * (bits + 1)


@pytest.mark.parametrize("x", [2, 3, 5, 6, 13, 64, 127, 251])
def test_rounded_multiples_of_logarithms(x: int) -> None:
    """Within 1/2 of size * ln x: e^((n - 1/2) / size) < x < e^((n + 1/2) / size), however near that is to half way."""
    half_way = (100_000.5 / log(x), 10_000_000_000.5 / log(x))
    for size in (1, 1.0625, 3.7, 1e4 / 3, 2.0**40 / 7, *half_way, *(nextafter(s, 0) for s in half_way)):
        n = scaled_log(x, size)
        assert exponential((n + Fraction(1, 2)) / Fraction(size))[0] > x
        assert n == 0 or exponential((n - Fraction(1, 2)) / Fraction(size))[1] < x
        assert scaled_log(x, size, bits=8) == n, "too few bits to tell at first"
        assert scaled_log(1, size) == 0


def test_rounded_roots() -> None:
    """The nearest whole number n to sqrt(p / q), up from half way: (n - 1/2)^2 <= p / q < (n + 1/2)^2."""
    for p in range(1, 60):
        for q in range(1, 60):
            n = cosine._nearest_root(p, q)
            assert n == 0 or (2 * n - 1) ** 2 * q <= 4 * p
            assert 4 * p < (2 * n + 1) ** 2 * q
