"""Instances: every form of matrix that is taken, and every refusal with what it names."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from proofformer.errors import InputError
from proofformer.problems import Instance, problem
from proofformer.problems.instances import checked_rows

BITS = [[0, 1, 1], [1, 0, 1], [0, 0, 0]]
GRID = [[0, 3, 2], [1, 0, 3], [3, 3, 3]]
THREE = problem("closest-pair", dim=3)


def refusal(made: Any, *args: object, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        made(*args, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert message.count(": ") == 1, "one sentence: what is wrong, a colon, the remedy"
    assert not message.endswith(".")
    return message


class FakeTensor:
    """Has the methods of a tensor; a numpy form only after float(), as bfloat16 has, or never."""

    def __init__(self, array: Any) -> None:
        self.array = array

    def detach(self) -> "FakeTensor":
        return self

    def cpu(self) -> "FakeTensor":
        return self

    def numpy(self) -> Any:
        if self.array is None:
            raise TypeError("unsupported ScalarType")
        return self.array


class FakeBfloat16(FakeTensor):
    def float(self) -> FakeTensor:
        return FakeTensor(np.array(BITS, dtype=np.float32))


class Unreadable(list[Any]):
    def __array__(self, *_: object, **__: object) -> Any:
        raise ValueError("no")


TYPES = ["?", "i1", "u1", "i2", "u4", "i8", "u8", "f2", "f4", "f8", "g", ">i4", ">f8"]
TENSORS = ["bool", "uint8", "int64", "float16", "float32", "float64", "bfloat16"]
MASKED = np.ma.masked_array(BITS, mask=[[0, 0, 0], [1, 0, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    "X",
    [
        BITS,
        tuple(map(tuple, BITS)),
        [[bool(bit) for bit in row] for row in BITS],
        [[-0.0, True, 1], [1.0, False, np.uint8(1)], [0, 0, 0]],
        [np.array(row) for row in BITS],
        np.asfortranarray(BITS),
        np.repeat(np.repeat(BITS, 2, axis=0), 2, axis=1)[::2, ::2],
        np.ma.masked_array(BITS, mask=False),
        Instance(np.array(BITS, dtype=np.uint8)),
        *(np.array(BITS).astype(dtype) for dtype in TYPES),
        *(torch.tensor(BITS).to(getattr(torch, name)) for name in TENSORS),
        torch.tensor(BITS, dtype=torch.float32, requires_grad=True),
        FakeTensor(np.array(BITS)),
        FakeBfloat16(None),
    ],
    ids=lambda X: type(X).__name__,
)
def test_every_form_is_taken(X: object) -> None:
    instance = THREE.instance(X)
    assert instance.rows.tolist() == BITS
    assert instance.rows.dtype == np.uint8
    assert (instance.n, instance.dim) == (3, 3)


@pytest.mark.parametrize("dtype", TYPES[1:])
@pytest.mark.parametrize("levels", [3, 255])
def test_every_type_of_larger_entries(dtype: str, levels: int) -> None:
    assert Instance(np.array(GRID).astype(dtype), levels=levels).rows.tolist() == GRID


def test_sets_are_kept_apart_as_private_frozen_contiguous_copies() -> None:
    source = np.asfortranarray(np.array(BITS, dtype=np.uint8))
    one, two = THREE.instance(source), Instance(source, source)
    source[0, 0] = 1
    assert one.others is None
    assert two.others is not None
    assert (two.n, two.dim, len(one.sets), len(two.sets)) == (6, 3, 1, 2)
    for rows in (*one.sets, *two.sets):
        assert rows.tolist() == BITS
        assert rows.flags.c_contiguous
        assert not rows.flags.writeable
    assert not np.shares_memory(*two.sets)
    with pytest.raises(ValueError, match="read-only"):
        one.rows[0, 0] = 1
    for name in ("rows", "others"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(two, name, None)


@pytest.mark.parametrize(("A", "B"), [(BITS[:1], BITS), (BITS, BITS[:1]), (BITS[:1], BITS[:1])])
def test_one_document_is_enough_for_a_set_of_two(A: object, B: object) -> None:
    assert [rows.tolist() for rows in Instance(A, B).sets] == [A, B]


def test_instances_pass_for_sets_and_are_copied_whole() -> None:
    one, two = Instance(BITS), Instance(BITS[:1], BITS[1:])
    assert [rows.tolist() for rows in Instance(one, one).sets] == [BITS, BITS]
    assert [rows.tolist() for rows in Instance(two).sets] == [BITS[:1], BITS[1:]]
    assert "A is an Instance of two sets" in refusal(Instance, two, BITS)
    assert "B is an Instance of two sets" in refusal(Instance, BITS, two)
    assert "X is an Instance of two sets" in refusal(checked_rows, two)
    assert refusal(Instance, BITS, [[0, 1]]) == "A has 3 columns and B has 2: pass rows of one length in both"
    assert "2 columns" in refusal(THREE.instance, Instance(np.zeros((3, 2), dtype=np.uint8)))


def test_levels_of_instances() -> None:
    made = Instance([[0, 16], [3, 4]], levels=16)
    assert (made.levels, made.rows.tolist()) == (16, [[0, 16], [3, 4]])
    assert (Instance(made).levels, Instance(made, levels=20).levels, Instance(BITS).levels) == (16, 20, 1)
    for levels in (0, 256, -1, True, 2.0, "3", None):
        assert "pass the largest entry as a whole number from 1 to 255" in refusal(Instance, BITS, levels=levels)
    assert problem("closest-pair", dim=2, levels=20, metric="cityblock").instance(made).levels == 20
    two = problem("max-ip", dim=2, bichromatic=True)
    named = "row 0, column 1{} holds 16: every entry must be 0 or 1"
    assert refusal(problem("max-ip", dim=2).instance, made) == named.format("")
    assert refusal(two.instance, [[0, 1]], made) == named.format(" of B")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2, "2"),
        (-1, "-1"),
        (256, "256"),
        (257, "257"),
        (0.5, "0.5"),
        (1 + 2**-52, "1.0000000000000002"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (float("-inf"), "-inf"),
        (2**70, "1180591620717411303424"),
        ("1", "'1'"),
        (b"1", "b'1'"),
        (None, "None"),
        (1j, "1j"),
        ([1], "[1]"),
    ],
)
def test_a_bad_entry_is_named_with_its_row_and_column(value: Any, shown: str) -> None:
    message = refusal(THREE.instance, [[0, 1, 0], [1, 0, 1], [0, 0, value]])
    assert f"row 2, column 2 holds {shown}" in message
    assert "every entry must be" in message
    if value != 2:
        for levels in (3, 255):
            message = refusal(Instance, [*GRID[:2], [3, 3, value]], levels=levels)
            assert f"row 2, column 2 holds {shown}" in message
            assert message.endswith(f"whole number from 0 to {levels}") or shown == "[1]"


BAD: list[tuple[object, str]] = [
    ([[0, 1, 0], [0, 3, 4], [5, 0, 0]], "row 1, column 1{of} holds 3: every entry must be 0 or 1"),
    ([[0, 1, 1], [0, "1", 1]], "row 1, column 1{of} holds '1' of type str: every"),
    ([[0, 1, 1], [0, 1]], "row 1{of} has 2 entries but row 0 has 3: pass"),
    ([[0, 1, 1], 3], "row 1{of} is 3, not a list: pass"),
    ([[0, 1, 1], [0, [1, 0], 1]], "row 1, column 1{of} holds [1, 0]: every"),
    (np.zeros((0, 3)), "{X} is empty (shape (0, 3)): pass at least {least} of"),
    (np.zeros((3, 0)), "{X} is empty (shape (3, 0)): pass at least {least} of"),
    ([], "{X} is empty"),
    ([[]], "{X} is empty (shape (1, 0)): pass at least {least} of"),
    (np.zeros(3), "{X} has shape (3,), not two dimensions: pass"),
    (np.zeros((2, 3, 1)), "(2, 3, 1)"),
    (np.zeros((2, 3), dtype=[("a", "u1")]), "(0,)"),
    (1, "{X} is 1, not a matrix: pass"),
    ("0110", "'0110'"),
    (np.array([["0", "1", "x"]] * 2), "'0' of type str"),
    (np.array([[b"0", b"1", b"1"]] * 2), "b'0' of type bytes"),
    (np.array(BITS, dtype=object), "{X} is an array of Python objects"),
    (np.array([[0, 1, 1], [0, {}, 1]], dtype=object), "row 1, column 1{of} holds {{}}"),
    (np.zeros((2, 3), dtype=complex), "complex"),
    (np.zeros((2, 3), dtype="M8[s]"), "datetime"),
    (MASKED, "{X} is masked at index (1, 0): fill"),
    (FakeTensor(None), "{X} is a FakeTensor without"),
    # As bfloat16, it would be rounded to 1 on the way.
    (FakeBfloat16(np.array([[0, 0, 0], [0, 1 + 1e-12, 0]])), "row 1, column 1{of} holds 1.000000000001"),
    (torch.eye(3).to_sparse(), "Tensor"),
    (torch.tensor([[0.0, 0, 0], [float("nan"), 0, 0]]), "row 1, column 0{of} holds nan"),
    (Unreadable(BITS), "{X} is a Unreadable that numpy"),
]


@pytest.mark.parametrize(("bad", "named"), BAD)
def test_what_is_wrong_is_named_with_its_set(bad: object, named: str) -> None:
    assert named.format(X="X", of="", least="2 rows") in refusal(THREE.instance, bad)
    assert named.format(X="A", of=" of A", least="1 row") in refusal(Instance, bad, BITS)
    assert named.format(X="B", of=" of B", least="1 row") in refusal(Instance, BITS, bad)


def test_sizes_are_named() -> None:
    wide = refusal(THREE.instance, np.zeros((4, 5)))
    assert all(part in wide for part in ("5 columns", "3 entries", "dim=5"))
    for name in ("X", "A"):
        sentence = f"{name} has 1 row: pass at least 2, because a pair needs two documents"
        assert refusal(checked_rows, BITS[:1], name=name) == sentence
    assert checked_rows(BITS[:1], least=1).tolist() == BITS[:1]
    assert "X is None," in refusal(THREE.instance, None)
    assert "of A" in refusal(Instance, [[2]], [[3]]), "the first set at fault"
    assert len(refusal(THREE.instance, [[0, 1, 1], [0, "x" * 10_000, 1]])) < 150
