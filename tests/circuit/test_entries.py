"""Entries 0..C as bits whose weights add up to C: every value, every combination of bits, every C of a range."""

from itertools import product

import pytest
import torch

from proofformer.circuit import Signal
from proofformer.circuit.entries import entries, entry_bits, entry_weights
from proofformer.runtime.encode import entry_code

EVERY_C = [*range(1, 41), 100, 127, 128, 254, 255]


def spelled(bits: tuple[int, ...], levels: int) -> int:
    return sum(b * w for b, w in zip(bits, entry_weights(levels), strict=True))


@pytest.mark.parametrize("levels", EVERY_C)
def test_every_value_has_a_code_and_every_code_a_value(levels: int) -> None:
    weights = entry_weights(levels)
    assert sum(weights) == levels, "so that no combination of bits is beyond C"
    assert min(weights) >= 1
    assert len(weights) == levels.bit_length(), "as few bits as there can be"
    for value in range(levels + 1):
        code = entry_bits(value, levels)
        assert set(code) <= {0, 1}
        assert spelled(code, levels) == value
    reached = {spelled(code, levels) for code in product((0, 1), repeat=len(weights))}
    assert reached == set(range(levels + 1))


def test_for_zeros_and_ones_the_code_is_the_entry() -> None:
    assert entry_weights(1) == (1,)
    assert [entry_bits(v, 1) for v in (0, 1)] == [(0,), (1,)]
    rows = torch.tensor([[[0, 1, 1], [1, 0, 1]]])
    assert entry_code(rows, 1) is rows


@pytest.mark.parametrize("levels", EVERY_C)
def test_the_model_codes_as_the_interpreter_does(levels: int) -> None:
    """Whatever the type of the tensor is."""
    values = list(range(levels + 1))
    rows = torch.tensor([[values, values[::-1]]])
    expected = [[b for v in row for b in entry_bits(v, levels)] for row in rows[0].tolist()]
    for dtype in (torch.int64, torch.uint8, torch.float16, torch.bfloat16, torch.float64):
        code = entry_code(rows.to(dtype), levels)
        assert code.shape == (1, 2, len(values) * len(entry_weights(levels)))
        assert code[0].tolist() == expected


@pytest.mark.parametrize("levels", [1, 2, 5, 6, 40, 255])
def test_entries_are_forms_of_the_bits(levels: int) -> None:
    values = [0, levels, levels // 2, 1, levels]
    bits = [b for v in values for b in entry_bits(v, levels)]
    doc = Signal("doc", len(bits), 0, 1)
    form = entries(doc, levels)
    assert [row.value(lambda _, k: bits[k]) for row in form] == values
    assert [row.bounds({"doc": doc}) for row in form] == [(0, levels)] * len(values)
