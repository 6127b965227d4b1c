"""Each gate's network against its meaning, on the whole domain of the gate."""

from fractions import Fraction
from functools import reduce
from itertools import permutations, product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.circuit.nodes import gate, looked_up
from torch.nn.functional import linear

from proofformer.circuit import CountAnd, CountXor, Gate, Maximum, Part, Restore, Row, Signal
from proofformer.circuit.networks import Unit
from proofformer.errors import ProofError


def agree(of: Gate, inputs: list[Signal], values: list[tuple[int, ...]]) -> None:
    signals = {s.name: s for s in inputs}
    flat = {(s.name, i): v for s, value in zip(inputs, values, strict=True) for i, v in enumerate(value)}
    expected, output = of.meaning(values), of.output(signals)
    assert of.network(signals).apply(flat) == expected
    assert all(output.lo <= v <= output.hi for v in expected)


@pytest.mark.parametrize("kind", [CountAnd, CountXor])
@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_counts_on_all_pairs_of_bit_vectors(kind: type[Gate], width: int) -> None:
    inputs = [Signal("a", width, 0, 1), Signal("b", width, 0, 1)]
    counted = gate(kind, *inputs)
    for a, b in product(product((0, 1), repeat=width), repeat=2):
        agree(counted, inputs, [a, b])
        plain = sum(x and y for x, y in zip(a, b)) if kind is CountAnd else sum(x != y for x, y in zip(a, b))  # noqa: B905
        assert counted.meaning([a, b]) == (plain,)


@pytest.mark.parametrize("ranges", [(0, 1, 0, 1), (-3, 2, -1, 4), (-4, -2, -3, -1), (2, 5, 0, 1), (0, 0, 0, 3)])
@pytest.mark.parametrize("width", [1, 2])
def test_maximum_on_all_pairs(ranges: tuple[int, int, int, int], width: int) -> None:
    inputs = [Signal("a", width, *ranges[:2]), Signal("b", width, *ranges[2:])]
    larger = gate(Maximum, *inputs)
    spans = [product(range(s.lo, s.hi + 1), repeat=width) for s in inputs]
    for a, b in product(*spans):
        agree(larger, inputs, [a, b])
        assert larger.meaning([a, b]) == tuple(map(max, a, b))


@settings(deadline=None, max_examples=60)
@given(
    st.integers(-6, 6),
    st.integers(1, 3).flatmap(lambda width: st.lists(st.tuples(*[st.integers(-9, 9)] * width), min_size=1, max_size=9)),
)
def test_lookup_of_any_table(lo: int, table: list[tuple[int, ...]]) -> None:
    x = Signal("x", 1, lo, lo + len(table) - 1)
    of_x = looked_up(x, table, lo)
    for at, row in enumerate(table):
        agree(of_x, [x], [(lo + at,)])
        assert of_x.meaning([(lo + at,)]) == row


def test_lookup_of_a_constant_has_no_hidden_unit() -> None:
    x = Signal("x", 1, 0, 4)
    assert looked_up(x, ((7,),) * 5).network({"x": x}).units == ()


@pytest.mark.parametrize("y", [Fraction(0), Fraction(1, 3), Fraction(1, 2), Fraction(3, 4), 1, Fraction(5, 4)])
@pytest.mark.parametrize("flag", [None, (0,), (1,), (1, 0)])
def test_restore_in_exact_arithmetic(y: Fraction, flag: tuple[int, ...] | None) -> None:
    inputs = [Signal("y", 2, 0, 1, noisy=True)] + ([] if flag is None else [Signal("v", len(flag), 0, 1)])
    values = [(y, y)] + ([] if flag is None else [flag])
    agree(gate(Restore, *inputs), inputs, values)


@pytest.mark.parametrize("y", [Fraction(51, 100), Fraction(2, 3), Fraction(74, 100), Fraction(126, 100), 2])
def test_restore_says_when_its_input_is_no_bit(y: Fraction) -> None:
    with pytest.raises(ProofError, match="no bit"):
        Restore("g", ("y",)).meaning([(y,)])


def floats(dtype: torch.dtype) -> torch.Tensor:
    """Every value of a 16-bit float type in [0, 1/2] and [3/4, 5/4]; for wider types, a dense sample with the ends."""
    if dtype.itemsize == 2:
        every = torch.arange(2**16, dtype=torch.int32).to(torch.int16).view(dtype)
    else:
        ends = torch.tensor([0.0, 0.5, 0.75, 1.0, 1.25], dtype=dtype)
        near = [ends]
        for _ in range(50):
            near = [*near, torch.nextafter(near[-1], torch.full_like(ends, 0.0))]
            near[0] = torch.nextafter(near[0], torch.full_like(ends, 2.0))
        every = torch.cat([*near, torch.rand(100_000, dtype=dtype) * 1.25])
    zero = (every >= 0) & (every <= 0.5)
    one = (every >= 0.75) & (every <= 1.25)
    return every[zero | one]


def sums(unit: Unit, value: dict[str, torch.Tensor], dtype: torch.dtype) -> list[torch.Tensor]:
    """The hidden unit with every operation rounded to `dtype`, for every order of its summands."""
    parts = [torch.tensor(p.coefficient, dtype=dtype) * value[p.signal] for p in unit.form.parts]
    summands = [*parts, torch.tensor(unit.form.constant, dtype=dtype)]
    return [torch.relu(reduce(torch.add, order)) for order in permutations(summands)]


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
@pytest.mark.parametrize("flag", [None, 0, 1])
def test_restore_in_floating_point(dtype: torch.dtype, flag: int | None) -> None:
    """Exactly 0 or 1 for every float of the domain, whatever the order of every sum, of each unit by itself."""
    y = floats(dtype)
    if dtype.itemsize == 2:
        assert len(y) > 14_000
    inputs = [Signal("y", 1, 0, 1, noisy=True)] + ([] if flag is None else [Signal("v", 1, 0, 1)])
    units = gate(Restore, *inputs).network({s.name: s for s in inputs}).units
    value = {"y": y, "v": torch.full_like(y, flag or 0)}
    hidden = [sums(unit, value, dtype) for unit in units]
    wide = torch.float32 if dtype.itemsize == 2 else dtype
    expected = (y >= 0.75).to(dtype) * (1 if flag is None else flag)
    for chosen in product(*hidden):
        terms = [c * h.to(wide) for unit, h in zip(units, chosen, strict=True) for _, c in unit.out]
        for k in range(len(terms)):
            assert torch.equal(reduce(torch.add, [*terms[k:], *terms[:k]]).to(dtype), expected)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize(("width", "bits", "before"), [(31, 6, 0), (31, 6, 1), (31, 2, 11), (211, 17, 3)])
def test_restore_as_linear_layers_of_many_shapes(dtype: torch.dtype, width: int, bits: int, before: int) -> None:
    """Through torch's own matrix products, which may add up each hidden unit in another order (`before`: idle ones).

    `relu(4(y+v)-6) - relu(4(y+v)-7)` fails here: it is 1 + 2^-51 in float64 where its two sums are rounded unlike.
    """
    inputs = [Signal("y", bits, 0, 1, noisy=True), Signal("v", 1, 0, 1)]
    units = gate(Restore, *inputs).network({s.name: s for s in inputs}).units
    column = {"v": 2, "y": width - bits - 3}
    count = len(units) + before
    hidden, bias = torch.zeros(count, width, dtype=dtype), torch.zeros(count, dtype=dtype)
    out = torch.zeros(bits, count, dtype=dtype)
    for k, unit in enumerate(units, start=before):
        bias[k] = unit.form.constant
        for p in unit.form.parts:
            hidden[k, column[p.signal] + p.component] = p.coefficient
        for component, c in unit.out:
            out[component, k] = c
    y = floats(dtype)
    torch.manual_seed(0)
    for rows in (1, 2, 9, 33, 300):
        x = torch.zeros(rows, width, dtype=dtype)
        x[:, 2] = torch.arange(rows) % 3 > 0
        noisy = y[torch.randint(len(y), (rows, bits))]
        x[:, column["y"] : column["y"] + bits] = noisy
        got = linear(torch.relu(linear(x, hidden, bias)), out)
        assert torch.equal(got, (noisy >= 0.75).to(dtype) * x[:, 2:3])


def test_a_form_knows_its_range_by_kind_of_token() -> None:
    """Two flags that are never set on the same token do not add up."""
    from proofformer.circuit import Role

    a = Signal("a", 1, 0, 1, support=frozenset({Role.START}))
    b = Signal("b", 1, 0, 1, support=frozenset({Role.FIRST}))
    row = Row(-1, (Part("a", 0, 1), Part("b", 0, 2)))
    assert row.bounds({"a": a, "b": b}) == (-1, 1)
    assert Row(-1, (Part("a", 0, 6), Part("b", 0, 6))).bounds({"a": a, "b": b}) == (-1, 5)
