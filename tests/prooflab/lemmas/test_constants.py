"""What the claims take from the planner is what the planner does."""

from fractions import Fraction
from random import Random

import pytest

from proofformer import problem
from proofformer.circuit.nodes import Term
from proofformer.circuit.signals import constants
from proofformer.compiler import LARGEST_N, Spec, plan_of
from proofformer.planner import DTYPES, DType, bounds, dtype_named
from proofformer.planner.heads import level_weights, round_up
from proofformer.planner.sizes import SIGNIFICANT_BITS, Sizes, balance
from prooflab.lemmas import CLAIMS, Lemma
from prooflab.lemmas.leak import E_HIGH, E_LOW, HIGHEST, ONE_ROUND, POWER
from prooflab.lemmas.reads import SHARE, rescaled_most
from prooflab.lemmas.weights import NARROWEST, PRODUCT_BITS


def claim_named(name: str) -> Lemma:
    return next(claim for claim in CLAIMS if claim.name == name)


@pytest.mark.parametrize(
    ("constant", "value"),
    [
        ("inv_e", bounds.INV_E),
        ("leak_budget", bounds.LEAK_BUDGET),
        ("unseen_budget", bounds.UNSEEN_BUDGET),
        ("zero_limit", bounds.ZERO_LIMIT),
        ("one_low", bounds.ONE_LOW),
        ("one_high", bounds.ONE_HIGH),
        ("bits", SIGNIFICANT_BITS),
        ("exponent", bounds.RESCALE_ROUNDOFFS + 1),
        ("roundoff", max(d.sum_roundoff for d in DTYPES)),
    ],
)
def test_constants_of_the_planner(constant: str, value: Fraction) -> None:
    found = [claim.constants[constant].value for claim in CLAIMS if constant in claim.constants]
    assert found
    assert set(found) == {value}


def test_bounds_of_e() -> None:
    assert E_LOW < Fraction("2.718281828459") < E_HIGH
    assert E_LOW + Fraction(1, 10**6) > E_HIGH


@pytest.mark.parametrize("y", [Fraction(0), Fraction(1, 3), Fraction(17, 32), Fraction(15)])
def test_exp_upper_is_the_power(y: Fraction) -> None:
    assert bounds.exp_upper(y) * (1 - y / POWER) ** POWER == 1


@pytest.mark.parametrize("b", [1, 2, 4, 8])
def test_leak_bound_is_that_of_the_claims(b: int) -> None:
    x = bounds.INV_E**b
    keys = 1 << 20
    gap = bounds.unseen_gap_for(b, keys)
    assert keys * x**gap <= bounds.UNSEEN_BUDGET < keys * x ** (gap - 1)
    assert bounds.leak_bound(b, keys, 3, gap) == min(keys * x, 3 * x / (1 - x) + keys * x**gap)
    assert bounds.leak_bound(b, keys, 3, None) == keys * x


def test_temperatures() -> None:
    for kind in ("closest-pair", "max-ip", "ov"):
        plan = plan_of(Spec(problem(kind, dim=16), max_n=4096, dtype="float32"))
        assert {head.b for head in plan.heads} == {ONE_ROUND}
    keys = LARGEST_N + 1
    assert bounds.leak_bound(HIGHEST, keys, keys, None) <= bounds.LEAK_BUDGET
    assert bounds.leak_bound(HIGHEST // 2, keys, keys, None) > bounds.LEAK_BUDGET


@pytest.mark.parametrize("dtype", DTYPES, ids=lambda d: d.name)
@pytest.mark.parametrize("part", [1, 3, 1000])
def test_read_bounds_are_within_those_of_the_claims(dtype: DType, part: int) -> None:
    """At K a = 1/32 and below: the planner's bounds for one dtype are not wider than the claims' for all."""
    keys = int(SHARE / dtype.sum_roundoff) // part
    found = bounds.read_bounds(bounds.LEAK_BUDGET, keys, dtype)
    assert found is not None
    assert found.slack >= 0
    share = keys * dtype.sum_roundoff
    factor = bounds.exp_upper((bounds.RESCALE_ROUNDOFFS + 1) * share) + Fraction(1, 1 << 60)
    assert factor <= rescaled_most(SHARE)

    def claimed(name: str, side: str) -> Fraction:
        body = claim_named(name).body()
        at = dict(zip((v.symbol for v in body.variables), (bounds.LEAK_BUDGET, factor, share), strict=True))
        value = getattr(body.shown[0], side).subs(at)
        return Fraction(int(value.p), int(value.q))

    slack = Fraction(1, 1 << 60)
    assert found.zero <= claimed("a-zero-is-read-as-zero", "right") + slack
    assert found.one_high <= claimed("a-one-is-not-read-too-large", "right") + slack
    assert found.one_low >= claimed("a-one-is-not-read-too-small", "left") - slack


def test_level_weights_meet_the_hypotheses_of_the_claims() -> None:
    draw = Random(5)
    for _ in range(200):
        terms = [Term(f"t{i}", constants([1]), constants([1]), gap=draw.choice([1, 2, 3])) for i in range(4)]
        bits = draw.randint(1, SIGNIFICANT_BITS)
        sizes = [Sizes(-draw.randint(0, 99), draw.randint(0, 99), 0, True, bits, ()) for _ in terms]
        unseen_gap = draw.randint(1, 9)
        below = 0
        weights = level_weights(terms, sizes, unseen_gap)
        for i in range(3, -1, -1):
            assert weights[i] * terms[i].gap >= below + (1 if i else unseen_gap)
            assert weights[i] & (weights[i] - 1) == 0 or bits > 1
            below += weights[i] * (sizes[i].hi - sizes[i].lo)


def test_level_weights_without_rounding_are_the_least() -> None:
    """Range 1 below, margin 1: the values at which the claims about a margin are sharp."""
    terms = [Term(name, constants([1]), constants([1])) for name in ("high", "low")]
    sizes = [Sizes(0, 1, 0, True, SIGNIFICANT_BITS, ())] * 2
    assert level_weights(terms, sizes, 1) == (2, 1)
    assert level_weights(terms, sizes, 5) == (6, 1)


def test_round_up() -> None:
    for x in range(1, 5000):
        rounded = round_up(x, SIGNIFICANT_BITS)
        assert 0 <= 8 * (rounded - x) <= x
        assert rounded // (rounded & -rounded) < 1 << SIGNIFICANT_BITS


def test_documents_at_the_threshold() -> None:
    """The last entry of a decision has weight 1, the score above it, of gap 1, at least 2."""
    for kind in ("closest-pair", "min-ip", "max-ip"):
        plan = plan_of(Spec(problem(kind, dim=8, question="decide", threshold=3), max_n=100, dtype="float32"))
        weights = plan.head("hit").weights
        assert weights[-1] == 1
        assert weights[1] >= 2


def test_rows_are_finite_below_the_product() -> None:
    float16 = dtype_named("float16")
    assert float16.width == NARROWEST
    for bits in range(1, PRODUCT_BITS):
        query, key = (1 << bits) - 1, (1 << PRODUCT_BITS - bits) - 1
        _, largest = balance([(query, key)], float16)
        assert largest.bit_length() <= NARROWEST
