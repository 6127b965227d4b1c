"""Claims about gates (docs/theory.md, section 3): what the networks of `circuit/gates.py` compute.

The networks themselves are evaluated here, with relus and variables in place of numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from proofformer.circuit.form_gates import Lookup
from proofformer.circuit.gates import CountAnd, CountXor, Gate, Maximum, Restore
from proofformer.circuit.signals import Row, Signal
from proofformer.planner.bounds import ONE_HIGH, ONE_LOW, ZERO_LIMIT
from prooflab.lemmas.claim import Expr, Workings, claim, constant

LEVELS = 5
"""Of the number whose lookup is checked with a table of five unknown values."""

_ZERO = constant(ZERO_LIMIT, "planner/bounds.py ZERO_LIMIT", *(Fraction(i, 64) for i in range(33, 48)))
_LOW = constant(ONE_LOW, "planner/bounds.py ONE_LOW", *(Fraction(i, 64) for i in range(47, 32, -1)))
_HIGH = constant(ONE_HIGH, "planner/bounds.py ONE_HIGH", *(Fraction(i, 64) for i in range(81, 128)))


def computed(k: Workings, gate: Gate, signals: Mapping[str, Signal], values: Mapping[str, Expr]) -> Expr:
    """What the gate's network returns for signals of width one."""
    net = gate.network(signals)
    total = net.constant[0]
    for unit in net.units:
        form = unit.form.constant + sum(p.coefficient * values[p.signal] for p in unit.form.parts)
        total = total + sum(c for _, c in unit.out) * k.relu(form)
    return total


def _restored(k: Workings, y: Expr, v: Expr = None) -> Expr:
    noisy, bit = Signal("y", 1, 0, 1, noisy=True), Signal("v", 1, 0, 1)
    inputs = ("y",) if v is None else ("y", "v")
    return computed(k, Restore("out", inputs), {"y": noisy, "v": bit}, {"y": y, "v": v})


def _of_two(k: Workings, kind: type[Gate], a: Expr, b: Expr, low: int = 0, high: int = 1) -> Expr:
    first, second = Signal("a", 1, low, high), Signal("b", 1, low, high)
    return computed(k, kind("out", ("a", "b")), {"a": first, "b": second}, {"a": a, "b": b})


@claim("circuit/gates.py Restore.network", 3, zero_limit=_ZERO)
def restore_of_a_zero(k: Workings) -> None:
    """restore(y) is exactly 0 for y <= 1/2."""
    k.show(_restored(k, k.real("y", None, k["zero_limit"])), "=", 0)


@claim("circuit/gates.py Restore.network", 3, one_low=_LOW)
def restore_of_a_one(k: Workings) -> None:
    """restore(y) is exactly 1 for y >= 3/4; the upper end, 5/4, is for the AND and for roundoff."""
    k.show(_restored(k, k.real("y", k["one_low"])), "=", 1)


@claim("circuit/gates.py Restore.network", 3, zero_limit=_ZERO)
def restore_and_of_a_zero(k: Workings) -> None:
    """restore(y, v) is exactly 0 for y <= 1/2, whatever the bit v."""
    v = k.bit("v")
    k.show(_restored(k, k.real("y", None, k["zero_limit"]), v), "=", 0)


@claim("circuit/gates.py Restore.network", 3, one_low=_LOW, one_high=_HIGH)
def restore_and_of_a_one(k: Workings) -> None:
    """restore(y, v) is exactly the bit v for 3/4 <= y <= 5/4."""
    v = k.bit("v")
    k.show(_restored(k, k.real("y", k["one_low"], k["one_high"]), v), "=", v)


@claim("circuit/gates.py Restore.network", 3, one_low=_LOW, one_high=_HIGH)
def restore_in_floating_point(k: Workings) -> None:
    """For a y that is a 1, t = 4 y and all sums are multiples of the spacing r of floats in [3, 5]. Multiples of r are
    floats up to 4, and of 2 r, as 2 t - 5 is where it is beyond 4, up to 8. For v = 1 the units of the second bit are
    at -1 or less, so below 0 in whatever way they are rounded.
    """
    y = k.real("y", k["one_low"], k["one_high"])
    t = 4 * y
    k.show(t, ">=", 3)
    k.show(t, "<=", 5)
    k.show(t - 2, "<=", 3)
    k.show(t - 3, ">=", 0)
    k.show(2 * t - 5, "<=", 5)
    k.show(t - 4 - 2, "<=", -1)


@claim("circuit/gates.py CountAnd.network", 3)
def count_and_of_bits(k: Workings) -> None:
    """Each component adds a b."""
    a, b = k.bit("a"), k.bit("b")
    k.show(_of_two(k, CountAnd, a, b), "=", a * b)


@claim("circuit/gates.py CountXor.network", 3)
def count_xor_of_bits(k: Workings) -> None:
    """Each component adds (a - b)^2, which is 1 where the bits differ."""
    a, b = k.bit("a"), k.bit("b")
    k.show(_of_two(k, CountXor, a, b), "=", (a - b) ** 2)


@claim("circuit/gates.py Maximum.network", 3, lowest=constant(-3, "here: lo of the second signal", -4))
def maximum_of_two(k: Workings) -> None:
    """maximum(a, b) is the larger one of a and b, for any a, and b from its stated lowest value on (here -3)."""
    b = k.real("b", k["lowest"])
    larger, smaller = k.real("larger", b), k.real("smaller", None, b)
    k.show(_of_two(k, Maximum, larger, b, -3, 3), "=", larger)
    k.show(_of_two(k, Maximum, smaller, b, -3, 3), "=", b)


@claim("circuit/form_gates.py Lookup.network", 3)
def lookup_of_five_values(k: Workings) -> None:
    """The network of a table of five unknown values returns each at its place, and beyond the ends the nearer one."""
    table = [k.real(f"T{i}") for i in range(LEVELS)]
    x = Signal("x", 1, -1, LEVELS)
    rows = tuple((value,) for value in table)
    gate = Lookup("out", (Row(0, x[:]),), rows, 0)
    for at in range(-1, LEVELS + 1):
        k.show(gate.network({"x": x}).apply({("x", 0): at})[0], "=", table[min(max(at, 0), LEVELS - 1)])


@claim("circuit/form_gates.py Lookup.network", 3)
def lookup_of_one_value_more(k: Workings) -> None:
    """Let a lookup go on from x = i - 1, where it is T0, with slope T1 - T0. One more unit, whose weight is the change
    of slope at i, leaves all before i as it is, and from i on the lookup goes on from T1 with slope T2 - T1.
    """
    before, here, after = k.real("T0"), k.real("T1"), k.real("T2")
    i = k.real("i")
    x, earlier = k.real("x", i), k.real("earlier", None, i)
    change = (after - here) - (here - before)
    k.show(before + (x - i + 1) * (here - before) + change * k.relu(x - i), "=", here + (x - i) * (after - here))
    k.show(change * k.relu(earlier - i), "=", 0)


@claim(
    "theorems/similar_pairs.py best_cosine, _rank",
    7,
    cover=constant(1, "theorems/similar_pairs.py (W of the bit)", Fraction(1, 2), 0),
)
def relu_of_a_number_and_a_bit(k: Workings) -> None:
    """relu(w - W (1 - bit)) = w bit for 0 <= w <= W."""
    most = k.real("W", 0)
    w = k.real("w", 0, most)
    bit = k.bit("bit")
    k.show(k.relu(w - k["cover"] * most * (1 - bit)), "=", w * bit)


@claim("planner/layout.py lay_out", 6)
def clearing_a_noisy_signal(k: Workings) -> None:
    """y - relu(y) is 0 for a fetched y >= 0."""
    y = k.real("y", 0)
    k.show(y - k.relu(y), "=", 0)


CLAIMS = (
    restore_of_a_zero,
    restore_of_a_one,
    restore_and_of_a_zero,
    restore_and_of_a_one,
    restore_in_floating_point,
    count_and_of_bits,
    count_xor_of_bits,
    maximum_of_two,
    lookup_of_five_values,
    lookup_of_one_value_more,
    relu_of_a_number_and_a_bit,
    clearing_a_noisy_signal,
)
