"""Claims about the leak and the temperature (docs/theory.md, section 6), in exact arithmetic.

e is the one number here that is no fraction. What is used of it are partial sums of its series, and for e^z, z >= 0,
that all terms of the series are positive.
"""

from __future__ import annotations

from fractions import Fraction
from math import factorial

from proofformer.arguments import LARGEST_N
from proofformer.planner.bounds import INV_E, LEAK_BUDGET, UNSEEN_BUDGET, unseen_gap_for
from prooflab.lemmas.claim import Workings, claim, constant

TERMS = 10
E_LOW = sum((Fraction(1, factorial(k)) for k in range(TERMS)), Fraction(0))
E_HIGH = E_LOW + Fraction(1, factorial(TERMS - 1) * (TERMS - 1))
"""Bounds of e: a partial sum of its series, and with the rest of it, which is less than a geometric series."""

ONE_ROUND = 4
"""The temperature at which the scores of visible documents, all distinct, leak little enough whatever n and l."""

HIGHEST = 32
"""The temperature that does for every number of keys."""

POWER = 16
"""Of exp_upper."""


@claim(
    "planner/bounds.py INV_E",
    6,
    inv_e=constant(INV_E, "planner/bounds.py INV_E", Fraction(5000, 13591), Fraction(5000, 13592)),
)
def inverse_of_e(k: Workings) -> None:
    """500/1359 is an upper bound of 1/e."""
    e = k.real("e", E_LOW, E_HIGH)
    k.show(k["inv_e"] * e, ">=", 1)


@claim("planner/bounds.py leak_bound", 6)
def leak_of_visible_keys(k: Workings) -> None:
    """At most s keys at each whole distance g >= 1 below the best, of weight x^g each, weigh at most s x / (1 - x) in
    all. The sum up to distance N is x (m + the same sum up to N - 1, of the keys from distance 2 on): if that is within
    the bound, so is this, and the empty sum is.
    """
    x = k.real("x", 0, INV_E)
    s = k.real("s", 1)
    m = k.real("m", 0, s)
    rest = k.real("rest", None, s * x / (1 - x))
    k.assume(rest, ">=", 0)
    k.show(x * (m + rest), "<=", s * x / (1 - x))


@claim("planner/bounds.py leak_bound, unseen_gap_for", 6)
def a_wider_gap_leaks_less(k: Workings) -> None:
    """A weight p multiplied by x <= 1 is no larger: so K x^g falls with g, and g may be capped in a bound."""
    x = k.real("x", 0, 1)
    p = k.real("p", 0)
    k.show(p * x, "<=", p)


@claim("planner/bounds.py leak_bound", 6)
def more_best_keys_leak_less(k: Workings) -> None:
    """What leaks, relative to the weight of |A| >= 1 best keys, is at most what leaks relative to one."""
    leak = k.real("leak", 0)
    best = k.whole("best", 1)
    k.show(leak / best, "<=", leak)


@claim(
    "planner/heads.py plan_head",
    6,
    b=constant(ONE_ROUND, "the plans (b of every head of one round)", 3, 2, 1),
    leak_budget=constant(LEAK_BUDGET, "planner/bounds.py LEAK_BUDGET", Fraction(3, 64), Fraction(1, 32)),
    unseen_budget=constant(UNSEEN_BUDGET, "planner/bounds.py UNSEEN_BUDGET", Fraction(1, 32), Fraction(3, 64)),
)
def one_round_leaks_little(k: Workings) -> None:
    """If all visible scores of a row are distinct whole numbers, b = 4 keeps the leak within its budget for all n and
    l: 1 / (e^b - 1) for visible keys and 1/64 for the others.
    """
    b = int(k["b"])
    x = k.real("x", 1 / E_HIGH**b, INV_E**b)
    unseen = k.real("unseen", 0, k["unseen_budget"])
    k.show(x / (1 - x) + unseen, "<=", k["leak_budget"])


@claim(
    "planner/heads.py plan_head",
    6,
    b=constant(HIGHEST, "docs/theory.md, section 6", *range(31, 0, -1)),
    keys=constant(LARGEST_N + 1, "arguments.py LARGEST_N", *(1 << i for i in range(31, 64))),
)
def temperature_is_at_most_32(k: Workings) -> None:
    """b = 32 keeps the leak within its budget for every max_n up to 2^30, with or without visibility: K e^-b."""
    b = int(k["b"])
    x = k.real("x", 1 / E_HIGH**b, INV_E**b)
    keys = k.whole("K", 2, k["keys"])
    k.show(keys * x, "<=", LEAK_BUDGET)


@claim(
    "planner/bounds.py unseen_gap_for",
    6,
    gap=constant(
        unseen_gap_for(ONE_ROUND, LARGEST_N + 1), "planner/bounds.py unseen_gap_for(4, 2^30 + 1)", *range(6, 0, -1)
    ),
)
def the_gap_of_unseen_keys(k: Workings) -> None:
    """At b = 4 a gap of 7 keeps the leak of START and all invisible keys within its budget, for max_n up to 2^30."""
    steps = ONE_ROUND * int(k["gap"])
    x = k.real("x", 1 / E_HIGH**steps, INV_E**steps)
    keys = k.whole("K", 2, LARGEST_N + 1)
    k.show(keys * x, "<=", UNSEEN_BUDGET)


@claim("planner/bounds.py exp_upper", 6)
def e_to_the_z(k: Workings) -> None:
    """e^z <= 1 / (1 - z) for 0 <= z < 1. Its series is 1 + z/1 (1 + z/2 (1 + ..)): if the part after z/(j + 1) is at
    most 1 / (1 - z), which is v <= 1 for v = (1 - z) times it, so is 1 + z/(j + 1) times it; and so for every sum of
    finitely many terms.
    """
    z = k.real("z", 0, 1)
    j = k.real("j", 0)
    v = k.real("v", 0, 1)
    k.show((1 - z) + z * v / (j + 1), "<=", 1)


@claim("planner/bounds.py exp_upper", 6)
def e_to_the_y(k: Workings) -> None:
    """(1 - y/16)^-16 >= e^y for 0 <= y < 16: with v = e^(y/16) (1 - y/16), which is at most 1, v^16 is at most 1."""
    v = k.real("v", 0, 1)
    k.show(v**POWER, "<=", 1)


CLAIMS = (
    inverse_of_e,
    leak_of_visible_keys,
    a_wider_gap_leaks_less,
    more_best_keys_leak_less,
    one_round_leaks_little,
    temperature_is_at_most_32,
    the_gap_of_unseen_keys,
    e_to_the_z,
    e_to_the_y,
)
