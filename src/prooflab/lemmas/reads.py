"""Claims about what a head returns in floating point, and that it can be restored (docs/theory.md, section 6).

a and u are the roundoffs of the accumulator and of the stored type, h the error of exp, K the number of keys, c = K a /
(1 - K a), E the computed weight outside the best keys relative to theirs, T and Z what subnormal numbers add.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from proofformer.planner.bounds import (
    INV_E,
    LEAK_BUDGET,
    ONE_HIGH,
    ONE_LOW,
    RESCALE_ROUNDOFFS,
    RESIDUE,
    ZERO_LIMIT,
    exp_upper,
)
from proofformer.planner.dtypes import DTYPES
from prooflab.lemmas.claim import Expr, Workings, claim, constant
from prooflab.lemmas.leak import POWER

SHARE = Fraction(1, 32)
"""K a up to which the leak budget alone makes every read restorable: 2^19 keys where sums are float32."""

COARSEST = max(d.sum_roundoff for d in DTYPES)
U = max(d.roundoff for d in DTYPES)
H = max(d.exp_error for d in DTYPES)
EXP = (1 + H) / (1 - H)
RESIDUES = max(RESIDUE, *(2 * d.smallest_normal for d in DTYPES))

LEAKS = tuple(Fraction(i, 32) for i in range(3, 17))
"""Budgets to try: from 3/32 on."""

SHARES = tuple(Fraction(i, 64) for i in range(3, 32))
"""K a to try: from 3/64 on."""


def rescaled_most(share: Fraction) -> Fraction:
    """An upper bound of e^(17 a K) for K a <= share, in 256ths."""
    return Fraction(ceil(256 * exp_upper((RESCALE_ROUNDOFFS + 1) * share)), 256)


def subnormal_most(share: Fraction) -> Fraction:
    """T for K a <= share, in any dtype."""
    return max((share / d.sum_roundoff / (1 - d.exp_error) + 1) * d.tiny for d in DTYPES)


@claim("planner/bounds.py read_bounds", 6)
def sums_of_positive_numbers(k: Workings) -> None:
    """j additions of numbers >= 0 are right within a factor 1 / (1 - j a) above and 1 - j a below, while j a <= 1/2. If
    so for j, with s = j a, then for j + 1; and these are at most 1 + c and at least 1 - c.
    """
    a = k.real("a", 0, Fraction(1, 4))
    s = k.real("s", 0, Fraction(1, 2) - a)
    k.show((1 + a) / (1 - s), "<=", 1 / (1 - s - a))
    k.show((1 - a) * (1 - s), ">=", 1 - s - a)
    k.show(1 / (1 - s), "<=", 1 + s / (1 - s))
    k.show(1 - s, ">=", 1 - s / (1 - s))


@claim("planner/bounds.py read_bounds", 6)
def growth_of_a_quotient(k: Workings) -> None:
    """(1 - c) / (1 + c) = 1 - 2 K a."""
    s = k.real("s", 0, Fraction(1, 2) - COARSEST)
    c = s / (1 - s)
    k.show((1 - c) / (1 + c), "=", 1 - 2 * s)


@claim(
    "planner/bounds.py read_bounds",
    6,
    exponent=constant(RESCALE_ROUNDOFFS + 1, "planner/bounds.py RESCALE_ROUNDOFFS + 1", RESCALE_ROUNDOFFS),
)
def rescaling_of_a_weight(k: Workings) -> None:
    """One rescaling, by a factor within 16 a and a product rounded once, is within e^(17 a): by the first terms of its
    series, and e^y <= 1 / (1 - y).
    """
    n = k["exponent"]
    a = k.real("a", 0, COARSEST)
    e = k.real("e", 1 + n * a + (n * a) ** 2 / 2)
    k.assume(e * (1 - n * a), "<=", 1)
    k.show((1 + RESCALE_ROUNDOFFS * a) * (1 + a), "<=", e)


@claim(
    "planner/bounds.py read_bounds",
    6,
    roundoff=constant(COARSEST, "planner/dtypes.py sum_roundoff", *(Fraction(1, 1 << q) for q in range(16, -1, -1))),
)
def rescaling_shrinks_what_is_left(k: Workings) -> None:
    """Where the largest score grows, by 1 at least, a rescaling makes the errors of subnormal weights smaller."""
    a = k.real("a", 0, k["roundoff"])
    k.show(INV_E * (1 + RESCALE_ROUNDOFFS * a) * (1 + a), "<", 1)


@claim("planner/bounds.py read_bounds", 6)
def weight_outside(k: Workings) -> None:
    """Best keys weigh at least 1 - h each, others (1 + h) F times e to their score: so what is outside the best keys is
    at most E = (1 + h) / (1 - h) F leak times the weight W on them.
    """
    h = k.real("h", 0, Fraction(1, 2))
    f = k.real("F", 1)
    leak = k.real("leak", 0)
    best = k.real("best", 0)
    outside = k.real("outside", None, (1 + h) * f * leak * best)
    weight = k.real("W", (1 - h) * best)
    k.assume(outside, ">=", 0)
    k.show(outside, "<=", (1 + h) / (1 - h) * f * leak * weight)


@claim("planner/bounds.py read_bounds", 6)
def rounded_results(k: Workings) -> None:
    """A quotient of sums, divided, rounded and stored, is at most (E + T) g, for a 1 with 1 + E in place of E; also
    in a kernel that divides every weight before it adds them up. Here tau = K t / (1 - h), so that T = tau + t.
    """
    outside, tau, t, u, a = (k.real(name, 0) for name in ("E", "tau", "t", "u", "a"))
    c = k.real("c", 0, Fraction(1, 2))
    quotient = (1 + c) / (1 - c)
    most = (outside + tau + t) * quotient * (1 + u) ** 2 * (1 + a)
    k.show((outside * (1 + u) + tau) * quotient * (1 + a) * (1 + u) + t, "<=", most)
    k.show((outside * (1 + a) * (1 + u) / (1 - c) + tau) * (1 + c) * (1 + u) + t, "<=", most)


@claim("planner/bounds.py read_bounds", 6)
def the_coarsest_types_bound_all(k: Workings) -> None:
    """The bounds only get wider with u, a and h."""
    u, a, h = k.real("u", 0, U), k.real("a", 0, COARSEST), k.real("h", 0, H)
    k.show((1 + u) ** 2 * (1 + a), "<=", (1 + U) ** 2 * (1 + COARSEST))
    k.show((1 - u) ** 2 * (1 - a), ">=", (1 - U) ** 2 * (1 - COARSEST))
    k.show((1 + h) / (1 - h), "<=", EXP)


@claim("planner/bounds.py read_bounds, exp_upper", 6)
def rescaling_of_all_keys(k: Workings) -> None:
    """(1 - z)^-16 for z = 17 K a / 16 is at most what the next three claims take for it, F, while K a <= 1/32."""
    z = k.real("z", 0, (RESCALE_ROUNDOFFS + 1) * SHARE / POWER)
    k.show(rescaled_most(SHARE) * (1 - z) ** POWER, ">=", 1)


def _read(k: Workings) -> tuple[Expr, Expr, Expr]:
    """E, 1 - 2 K a, and T: any leak within the budget, any K a up to the share."""
    share = k["share"]
    leak = k.real("leak", 0, k["leak_budget"])
    factor = k.real("F", 1, rescaled_most(share))
    keys = k.real("Ka", 0, share)
    k.assume(factor * (1 - (RESCALE_ROUNDOFFS + 1) * keys / POWER) ** POWER, "<=", 1)
    return EXP * leak * factor, 1 - 2 * keys, subnormal_most(share)


_BUDGET = constant(LEAK_BUDGET, "planner/bounds.py LEAK_BUDGET", *LEAKS)
_SHARE = constant(SHARE, "here: K a, of 1/2 at which read_bounds gives up", *SHARES)
GROWTH = (1 + U) ** 2 * (1 + COARSEST)


@claim(
    "planner/heads.py head_obligations",
    6,
    leak_budget=_BUDGET,
    share=_SHARE,
    zero_limit=constant(ZERO_LIMIT, "planner/bounds.py ZERO_LIMIT", *(Fraction(i, 16) for i in range(7, 0, -1))),
)
def a_zero_is_read_as_zero(k: Workings) -> None:
    """In every dtype a fetched 0 is at most 1/2, for any leak within the budget, while K a <= 1/32."""
    outside, shrink, tiny = _read(k)
    k.show((outside + tiny) * GROWTH / shrink + RESIDUES, "<=", k["zero_limit"])


@claim(
    "planner/heads.py head_obligations",
    6,
    leak_budget=_BUDGET,
    share=_SHARE,
    one_low=constant(ONE_LOW, "planner/bounds.py ONE_LOW", *(Fraction(i, 64) for i in range(49, 64))),
)
def a_one_is_not_read_too_small(k: Workings) -> None:
    """In every dtype a fetched 1 is at least 3/4, for any leak within the budget, while K a <= 1/32."""
    outside, shrink, tiny = _read(k)
    k.show(shrink / (1 + outside) * (1 - U) ** 2 * (1 - COARSEST) - tiny, ">=", k["one_low"])


@claim(
    "planner/heads.py head_obligations",
    6,
    leak_budget=_BUDGET,
    share=_SHARE,
    one_high=constant(ONE_HIGH, "planner/bounds.py ONE_HIGH", *(Fraction(i, 64) for i in range(79, 63, -1))),
)
def a_one_is_not_read_too_large(k: Workings) -> None:
    """In every dtype a fetched 1 is at most 5/4, for any leak within the budget, while K a <= 1/32."""
    outside, shrink, tiny = _read(k)
    k.show((1 + outside + tiny) * GROWTH / shrink + RESIDUES, "<=", k["one_high"])


CLAIMS = (
    sums_of_positive_numbers,
    growth_of_a_quotient,
    rescaling_of_a_weight,
    rescaling_shrinks_what_is_left,
    weight_outside,
    rounded_results,
    the_coarsest_types_bound_all,
    rescaling_of_all_keys,
    a_zero_is_read_as_zero,
    a_one_is_not_read_too_small,
    a_one_is_not_read_too_large,
)
