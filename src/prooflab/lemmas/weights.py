"""Claims about weights of entries, visibility, rounds and the order of indices (docs/theory.md, sections 4 to 6)."""

from __future__ import annotations

from fractions import Fraction

from proofformer.circuit.nodes import IS_START, Visible
from proofformer.planner.dtypes import DTYPES
from proofformer.planner.sizes import SIGNIFICANT_BITS
from prooflab.lemmas.claim import Workings, claim, constant

_FLAG = "visible"
_KEY = Visible(_FLAG).key[0]
FLAG_COUNTS = next(p.coefficient for p in _KEY.parts if p.signal == _FLAG)
START_COUNTS = next(p.coefficient for p in _KEY.parts if p.signal == IS_START)

NARROWEST = min(d.width for d in DTYPES)
PRODUCT_BITS = 30


@claim("planner/heads.py level_weights", 4, gap=constant(1, "planner/heads.py level_weights (margin)", 0))
def a_better_level_wins(k: Workings) -> None:
    """With w g >= B + 1 a key that is better in a level, by t >= g, has the larger score, by 1 at least, whatever the
    levels below add: their total range is B.
    """
    w = k.whole("w", 1)
    g = k.whole("g", 1)
    t = k.whole("t", g)
    below = k.whole("B", None, w * g - k["gap"])
    change = k.whole("r", -below)
    k.assume(below, ">=", 0)
    k.assume(change, "<=", below)
    k.show(w * t + change, ">=", 1)


@claim(
    "planner/heads.py level_weights, _plan; circuit/nodes.py Visible",
    4,
    flag=constant(FLAG_COUNTS, "circuit/nodes.py Visible (flag)", 1, 0),
    start=constant(START_COUNTS, "circuit/nodes.py Visible (is_start)", 0, 2),
    gap=constant(1, "planner/heads.py level_weights (unseen gaps)", 0),
)
def visible_then_start_then_the_rest(k: Workings) -> None:
    """With V >= B + G the entry 2 flag + is_start - 1 puts visible documents above START by G at least, START above the
    rest by as much, and documents above the rest by 2 G + B, whatever the entries below add: their total range is B.
    """
    v = k.whole("V", 1)
    g = k.whole("G", 1)
    below = k.whole("B", None, v - k["gap"] * g)
    change = k.whole("r", -below)
    k.assume(below, ">=", 0)
    k.assume(change, "<=", below)
    document, start, rest = k["flag"] + _KEY.constant, k["start"] + _KEY.constant, _KEY.constant
    k.show(v * (document - start) + change, ">=", g)
    k.show(v * (document - rest) + change, ">=", 2 * g + below)
    k.show(v * (start - rest) + change, ">=", g)


@claim(
    "planner/heads.py round_up; planner/sizes.py SIGNIFICANT_BITS",
    4,
    bits=constant(SIGNIFICANT_BITS, "planner/sizes.py SIGNIFICANT_BITS", 3, 2, 1),
    share=constant(8, "docs/theory.md, section 4 (1/8)", 9, 16),
)
def rounding_up_costs_an_eighth(k: Workings) -> None:
    """A number x >= 2^(m - 1) p becomes the next multiple of p when rounded up to m = 4 significant bits: by at most
    x/8.
    """
    p = k.whole("p", 1)
    x = k.whole("x", k.power(2, "bits") // 2 * p)
    more = k.whole("more", 0, p - 1)
    k.show(k["share"] * more, "<=", x)


@claim("planner/heads.py round_up", 4)
def rounding_up_keeps_the_bits(k: Workings) -> None:
    """x < M p with M = 2^m, rounded up to a multiple of p, is at most M p, which has one significant bit: a multiple
    q p with q > M is beyond the next one.
    """
    p, m = k.real("p", 1), k.real("M", 1)
    x, q = k.real("x", None, m * p - 1), k.real("q", m + 1)
    k.show(q * p, ">", x + p)


@claim("circuit/nodes.py Term.determines", 5, margin=constant(1, "circuit/nodes.py Term.determines", 0))
def a_number_determines_its_digits(k: Workings) -> None:
    """A coefficient c larger than the total range S of all smaller ones: keys that differ there, by d >= 1, differ in
    the sum.
    """
    s = k.whole("S", 0)
    c = k.whole("c", s + k["margin"])
    d = k.whole("d", 1)
    change = k.whole("r", -s)
    k.assume(change, "<=", s)
    k.show(c * d + change, ">=", 1)


@claim("circuit/lower.py least_digit", 5, radix=constant(2, "circuit/lower.py least_digit (1 << i)", 1))
def bits_of_an_index(k: Workings) -> None:
    """The bit of weight P = 2^i outweighs all lower ones, which add up to P - 1 at most; with it they add up to 2 P - 1
    at most.
    """
    p = k.whole("P", 1)
    lower = k.whole("lower", None, p - 1)
    k.assume(lower, ">=", 0)
    k.show(p, ">=", lower + 1)
    k.show(lower + p, "<=", k["radix"] * p - 1)


@claim("circuit/lower.py split_index", 5, largest=constant(1, "circuit/lower.py split_index (digits below R)", 0))
def digits_of_an_index(k: Workings) -> None:
    """Of numbers high R + low with digits low < R the one with the larger high is larger. By induction the first digit
    that differs decides, and n = R^T.
    """
    r = k.whole("R", 1)
    high = k.whole("high", 0)
    higher = k.whole("higher", high + 1)
    low = k.whole("low", None, r - k["largest"])
    other = k.whole("other", 0)
    k.assume(low, ">=", 0)
    k.show(higher * r + other, ">=", high * r + low + 1)


@claim("circuit/lower.py prefix_of", 5)
def a_prefix_counts_mismatches(k: Workings) -> None:
    """(2p - 1) q is largest for the bit q = p, and smaller by 1 for the other: a prefix of bits p loses 1 for each
    mismatch.
    """
    p, q = k.bit("p"), k.bit("q")
    k.show((2 * p - 1) * p - (2 * p - 1) * q, "=", (p - q) ** 2)


@claim("planner/heads.py level_weights", 5, loss=constant(1, "circuit/check.py check_entry (whole numbers)", 0))
def a_prefix_shares_a_level(k: Workings) -> None:
    """Let some key have the largest f = F and the largest m = M, of a score and a prefix in either order. Then a key
    that loses in one of them loses 1 at least in the sum.
    """
    best, most = k.whole("F"), k.whole("M")
    f = k.whole("f", None, best - k["loss"])
    m = k.whole("m", None, most)
    k.show(best + most, ">=", f + m + 1)


@claim(
    "planner/heads.py level_weights; circuit/lower.py lower_select",
    5,
    gap=constant(1, "planner/heads.py level_weights (margin)", 0),
    largest=constant(1, "circuit/lower.py least_digit (digits below R)", 0),
)
def a_mismatch_costs_more_than_a_digit_gains(k: Workings) -> None:
    """A level over a digit below R weighs w >= (R - 1) + 1: a key that loses there, by 1 at least, is worse by 1 at
    least, as its digit gains at most R - 1.
    """
    r = k.whole("R", 2)
    w = k.whole("w", r - 1 + k["gap"])
    loss = k.whole("loss", 1)
    gain = k.whole("gain", None, r - k["largest"])
    k.assume(gain, ">=", 0)
    k.show(w * loss, ">=", gain + 1)


@claim(
    "planner/sizes.py balance; planner/heads.py head_obligations",
    6,
    product=constant(
        1 << PRODUCT_BITS, "docs/theory.md, section 6 (Range)", *(1 << i for i in range(PRODUCT_BITS + 1, 48))
    ),
)
def both_sides_of_a_row_are_finite(k: Workings) -> None:
    """A query number of 16 + s bits is divided by P = 2^s. If the key times P had more than 16 bits, the product of the
    two would be 2^30 or more.
    """
    p = k.real("P", 1)
    key = k.real("keyP", 2**NARROWEST)
    query = k.real("query", Fraction(2**NARROWEST, 2) * p)
    k.show(query * key / p, ">=", k["product"])


CLAIMS = (
    a_better_level_wins,
    visible_then_start_then_the_rest,
    rounding_up_costs_an_eighth,
    rounding_up_keeps_the_bits,
    a_number_determines_its_digits,
    bits_of_an_index,
    digits_of_an_index,
    a_prefix_counts_mismatches,
    a_prefix_shares_a_level,
    a_mismatch_costs_more_than_a_digit_gains,
    both_sides_of_a_row_are_finite,
)
