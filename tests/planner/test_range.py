"""Float16 ends at 65,504: powers of two move between queries and keys, and subnormal numbers cost something."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cases import CLOSEST

from proofformer.circuit import Head
from proofformer.errors import ProofError
from proofformer.planner import dtype_named
from proofformer.planner.bounds import read_bounds
from proofformer.planner.heads import head_obligations
from proofformer.planner.sizes import balance

FLOAT16 = dtype_named("float16")


@pytest.mark.parametrize(("max_n", "rounds"), [(4096, 1), (65_536, 1), (4096, 2), (65_536, 2), (800_000, 2)])
def test_every_number_of_a_query_or_a_key_is_finite_in_float16(max_n: int, rounds: int) -> None:
    """Whatever the signals are, from the forms alone; and nothing moves where nothing has to."""
    plan = CLOSEST.plan(64, max_n, "float16", rounds)
    signals = plan.circuit.signals
    for node in plan.circuit.nodes:
        if not isinstance(node, Head):
            continue
        h = plan.head(node.name)
        shifts = iter(h.shifts)
        for entry, weight, on_query in zip(node.order, h.weights, h.on_query, strict=True):
            for query, key in zip(entry.query, entry.key, strict=True):
                q = h.b * (weight if on_query else 1) * query.magnitude(signals)
                k = (1 if on_query else weight) * key.magnitude(signals)
                power = Fraction(2) ** next(shifts)
                assert q / power <= 65_504
                assert k * power <= 65_504
                assert power == 1 or max(q, k) > 32_752, "moved without need"
        assert next(shifts, None) is None
        assert h.largest <= 65_504
    assert any(h.shifts != (0,) * len(h.shifts) for h in plan.heads)
    wider = CLOSEST.plan(64, max_n, "bfloat16", rounds)
    assert not any(s for h in wider.heads for s in h.shifts)


def test_numbers_quoted_in_theory_for_float16() -> None:
    """Section 6: what subnormal numbers cost; and any F up to 10 restores, as in the other types."""
    zeros = {d: max(h.bounds.zero for h in CLOSEST.plan(64, 65_536, d).heads) for d in ("float16", "float32")}
    assert {d: f"{float(z):.4f}" for d, z in zeros.items()} == {"float16": "0.0223", "float32": "0.0201"}
    for n in (4096, 65_536):
        for head in CLOSEST.plan(64, n, "float16", 1).heads:
            wide = read_bounds(10 * head.leak, n + 1, FLOAT16)
            assert wide is not None
            assert wide.slack > 0


def test_numbers_that_no_power_of_two_makes_finite() -> None:
    shifts, largest = balance([(1 << 20, 1 << 3), (7, 3 << 20), (1 << 20, 1 << 20), (0, 0)], FLOAT16)
    assert shifts[:2] == (5, -6)
    assert shifts[3] == 0
    assert largest == 1 << 20
    head = replace(CLOSEST.plan(5, 8, "float16").heads[0], largest=largest)
    (failed,) = [o for o in head_obligations(head, 8, FLOAT16) if not o.holds]
    with pytest.raises(ProofError, match=r"number finite in float16 .bits. would need 21 <= 16"):
        failed.require()


@given(query=st.integers(1, 2048), key=st.integers(1, 2048), twos=st.integers(0, 18), others=st.integers(0, 18))
def test_balance(query: int, key: int, twos: int, others: int) -> None:
    """Of numbers that are exact but for their size; both fit whenever their product has 30 bits."""
    q, k = query << twos, key << others
    (shift,), largest = balance([(q, k)], FLOAT16)
    moved_q, moved_k = Fraction(q) / Fraction(2) ** shift, k * Fraction(2) ** shift
    assert moved_q * moved_k == q * k
    assert largest == max(moved_q, moved_k)
    assert moved_q.denominator == moved_k.denominator == 1
    if max(q, k) <= FLOAT16.largest:
        assert shift == 0
    if q * k < 1 << 30:
        assert largest <= FLOAT16.largest
