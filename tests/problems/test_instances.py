"""Instances: every form of 0/1 matrix that is taken, and every refusal with what it names."""

import dataclasses
from typing import Any

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.problems import Instance, problem
from proofformer.problems.instances import checked_rows

BITS = [[0, 1, 1], [1, 0, 1], [0, 0, 0]]
THREE = problem("closest-pair", dim=3)


def refusal(X: object) -> str:
    with pytest.raises(InputError) as caught:
        THREE.instance(X)
    message = str(caught.value)
    assert "\n" not in message
    assert message.count(": ") == 1, "one sentence: what is wrong, a colon, the remedy"
    assert not message.endswith(".")
    return message


@pytest.mark.parametrize("dtype", ["?", "i1", "u1", "i2", "u4", "i8", "u8", "f2", "f4", "f8", "g", ">i4", ">f8"])
def test_takes_every_bool_int_and_float_type(dtype: str) -> None:
    rows = THREE.instance(np.array(BITS).astype(dtype)).rows
    assert rows.dtype == np.uint8
    assert rows.tolist() == BITS


@pytest.mark.parametrize(
    "X",
    [
        BITS,
        tuple(map(tuple, BITS)),
        [[bool(bit) for bit in row] for row in BITS],
        [[float(bit) for bit in row] for row in BITS],
        [np.array(row) for row in BITS],
        np.asfortranarray(BITS),
        np.repeat(np.repeat(BITS, 2, axis=0), 2, axis=1)[::2, ::2],
        np.ma.masked_array(BITS, mask=False),
        [[-0.0, True, 1], [1.0, False, np.uint8(1)], [0, 0, 0]],
        Instance(np.array(BITS, dtype=np.uint8)),
    ],
)
def test_takes_lists_views_and_instances(X: object) -> None:
    instance = THREE.instance(X)
    assert instance.rows.tolist() == BITS
    assert (instance.n, instance.dim) == (3, 3)


def test_rows_are_a_private_frozen_contiguous_copy() -> None:
    source = np.asfortranarray(np.array(BITS, dtype=np.uint8))
    instance = THREE.instance(source)
    source[0, 0] = 1
    assert instance.rows.tolist() == BITS
    assert instance.rows.flags.c_contiguous
    assert not instance.rows.flags.writeable
    with pytest.raises(ValueError, match="read-only"):
        instance.rows[0, 0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        instance.rows = source  # type: ignore[misc]


@pytest.mark.parametrize("name", ["bool", "uint8", "int64", "float16", "float32", "float64", "bfloat16"])
def test_takes_torch_tensors(name: str) -> None:
    torch = pytest.importorskip("torch")
    assert THREE.instance(torch.tensor(BITS).to(getattr(torch, name))).rows.tolist() == BITS


def test_takes_a_tensor_that_requires_grad_and_refuses_one_without_entries() -> None:
    torch = pytest.importorskip("torch")
    assert THREE.instance(torch.tensor(BITS, dtype=torch.float32, requires_grad=True)).rows.tolist() == BITS
    assert "Tensor" in refusal(torch.eye(3).to_sparse())
    assert "row 1, column 0 holds nan" in refusal(torch.tensor([[0.0, 0, 0], [float("nan"), 0, 0]]))


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


def test_tensors_are_recognised_by_their_methods() -> None:
    assert THREE.instance(FakeTensor(np.array(BITS))).rows.tolist() == BITS
    assert THREE.instance(FakeBfloat16(None)).rows.tolist() == BITS
    assert "FakeTensor" in refusal(FakeTensor(None))


def test_a_float64_tensor_is_not_rounded_on_the_way() -> None:
    class Both(FakeBfloat16):
        pass

    nearly = np.array([[0, 0, 0], [0, 1 + 1e-12, 0]])
    assert "row 1, column 1 holds 1.000000000001" in refusal(Both(nearly))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (2, "2"),
        (-1, "-1"),
        (0.5, "0.5"),
        (1 + 2**-52, "1.0000000000000002"),
        (5e-324, "5e-324"),
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
def test_a_bad_entry_is_named_with_its_row_and_column(value: object, shown: str) -> None:
    rows: list[list[Any]] = [[0, 1, 0], [1, 0, 1], [0, 0, value]]
    message = refusal(rows)
    assert f"row 2, column 2 holds {shown}" in message
    assert "every entry must be" in message


def test_the_first_bad_entry_is_the_one_named() -> None:
    assert refusal([[0, 1, 0], [0, 3, 4], [5, 0, 0]]) == "row 1, column 1 holds 3: every entry must be 0 or 1"


@pytest.mark.parametrize(
    ("X", "named"),
    [
        (np.zeros((4, 5)), ["5 columns", "l = 3", "dim=5"]),
        (np.zeros((4, 2)), ["2 columns", "l = 3"]),
        (np.zeros((1, 3)), ["1 row"]),
        (np.zeros((0, 3)), ["empty", "(0, 3)"]),
        (np.zeros((3, 0)), ["empty", "(3, 0)"]),
        ([], ["empty"]),
        ([[]], ["empty"]),
        (np.zeros(3), ["(3,)"]),
        (np.zeros((2, 3, 1)), ["(2, 3, 1)"]),
        (1, ["X is 1,"]),
        (None, ["X is None,"]),
        ("0110", ["'0110'"]),
        ([[0, 1, 1], [0, 1]], ["row 1 has 2 entries", "row 0 has 3"]),
        ([[0, 1, 1], 3], ["row 1 is 3"]),
        ([[0, 1, 1], [0, [1, 0], 1]], ["row 1, column 1 holds [1, 0]"]),
    ],
)
def test_a_bad_shape_is_named(X: object, named: list[str]) -> None:
    message = refusal(X)
    for part in named:
        assert part in message


def test_the_width_of_an_instance_is_checked_too() -> None:
    assert "2 columns" in refusal(Instance(np.zeros((3, 2), dtype=np.uint8)))


@pytest.mark.parametrize(
    ("X", "named"),
    [
        (np.array([["0", "1", "x"]] * 2), "'0' of type str"),
        (np.array([[b"0", b"1", b"1"]] * 2), "b'0' of type bytes"),
        (np.array(BITS, dtype=object), "Python objects"),
        (np.array([[0, 1, 1], [0, {}, 1]], dtype=object), "row 1, column 1 holds {}"),
        (np.zeros((2, 3), dtype=complex), "complex"),
        (np.zeros((2, 3), dtype="M8[s]"), "datetime"),
        (np.zeros((2, 3), dtype=[("a", "u1")]), "(0,)"),
    ],
)
def test_arrays_of_other_types_are_refused(X: object, named: str) -> None:
    assert named in refusal(X)


def test_a_masked_entry_is_refused() -> None:
    assert "index (1, 0)" in refusal(np.ma.masked_array(BITS, mask=[[0, 0, 0], [1, 0, 0], [0, 0, 0]]))


def test_an_instance_made_directly_is_checked_as_well() -> None:
    with pytest.raises(InputError, match="row 0, column 1 holds 7"):
        Instance(np.array([[0, 7], [1, 1]], dtype=np.uint8))


def test_a_long_text_is_shortened_in_the_message() -> None:
    assert len(refusal([[0, 1, 1], [0, "x" * 10_000, 1]])) < 150


class Unreadable(list[Any]):
    def __array__(self, *_: object, **__: object) -> Any:
        raise ValueError("no")


def test_what_numpy_cannot_read_is_named_by_type() -> None:
    assert "Unreadable" in refusal(Unreadable(BITS))


def two_sets_refusal(A: object, B: object) -> str:
    with pytest.raises(InputError) as caught:
        Instance(A, B)
    message = str(caught.value)
    assert "\n" not in message
    assert message.count(": ") == 1
    assert not message.endswith(".")
    return message


def test_one_set_has_no_others() -> None:
    instance = Instance(BITS)
    assert instance.others is None
    assert len(instance.sets) == 1
    assert instance.sets[0] is instance.rows


def test_two_sets_are_kept_apart() -> None:
    instance = Instance(BITS, BITS[1:])
    assert instance.rows.tolist() == BITS
    assert instance.others is not None
    assert instance.others.tolist() == BITS[1:]
    assert instance.sets[0] is instance.rows
    assert instance.sets[1] is instance.others
    assert (instance.n, instance.dim, len(instance.sets)) == (5, 3, 2)


@pytest.mark.parametrize(("A", "B"), [(BITS[:1], BITS), (BITS, BITS[:1]), (BITS[:1], BITS[:1])])
def test_one_document_is_enough_for_a_set_of_two(A: object, B: object) -> None:
    instance = Instance(A, B)
    assert [matrix.tolist() for matrix in instance.sets] == [A, B]


def test_both_sets_are_private_frozen_contiguous_copies() -> None:
    source = np.asfortranarray(np.array(BITS, dtype=np.uint8))
    instance = Instance(source, source)
    source[0, 0] = 1
    for matrix in instance.sets:
        assert matrix.dtype == np.uint8
        assert matrix.tolist() == BITS
        assert matrix.flags.c_contiguous
        assert not matrix.flags.writeable
    assert not np.shares_memory(*instance.sets)
    with pytest.raises(dataclasses.FrozenInstanceError):
        instance.others = None  # type: ignore[misc]


def test_instances_pass_for_sets_and_are_copied_whole() -> None:
    one, two = Instance(BITS), Instance(BITS[:1], BITS[1:])
    assert [matrix.tolist() for matrix in Instance(one, one).sets] == [BITS, BITS]
    assert [matrix.tolist() for matrix in Instance(two).sets] == [BITS[:1], BITS[1:]]
    assert "A is an Instance of two sets" in two_sets_refusal(two, BITS)
    assert "B is an Instance of two sets" in two_sets_refusal(BITS, two)
    with pytest.raises(InputError, match="X is an Instance of two sets"):
        checked_rows(two)


def test_two_widths_are_both_named() -> None:
    expected = "A has 3 columns and B has 2: pass rows of one length in both"
    assert two_sets_refusal(BITS, [[0, 1]]) == expected


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ([[0, 1, 1], [0, 2, 1]], "row 1, column 1 of {} holds 2: every"),
        ([[0, 1, 1], [0, "1", 1]], "row 1, column 1 of {} holds '1' of type str: every"),
        ([[0, 1, 1], [0, 1]], "row 1 of {} has 2 entries but row 0 has 3: pass"),
        ([[0, 1, 1], 3], "row 1 of {} is 3, not a list: pass"),
        ([[0, 1, 1], [0, [1, 0], 1]], "row 1, column 1 of {} holds [1, 0]: every"),
        (np.zeros((0, 3)), "{} is empty (shape (0, 3)): pass at least 1 row of"),
        ([[]], "{} is empty (shape (1, 0)): pass at least 1 row of"),
        (np.zeros(3), "{} has shape (3,), not two dimensions: pass"),
        (7, "{} is 7, not a matrix: pass"),
        (np.array(BITS, dtype=object), "{} is an array of Python objects"),
        (np.ma.masked_array(BITS, mask=[[0, 0, 0], [1, 0, 0], [0, 0, 0]]), "{} is masked at index (1, 0): fill"),
        (FakeTensor(None), "{} is a FakeTensor without"),
        (Unreadable(BITS), "{} is a Unreadable that numpy"),
    ],
)
def test_the_set_at_fault_is_named(bad: object, named: str) -> None:
    assert named.format("A") in two_sets_refusal(bad, BITS)
    assert named.format("B") in two_sets_refusal(BITS, bad)


def test_the_first_set_at_fault_is_the_one_named() -> None:
    assert "of A" in two_sets_refusal([[2]], [[3]])


def test_checked_rows_takes_the_least_number_of_rows_and_a_name() -> None:
    assert checked_rows(BITS[:1], least=1).tolist() == BITS[:1]
    for options, named in [
        ({}, "X has 1 row: pass at least 2, because a pair needs two documents"),
        ({"name": "A"}, "A has 1 row: pass at least 2, because a pair needs two documents"),
    ]:
        with pytest.raises(InputError) as caught:
            checked_rows(BITS[:1], **options)
        assert str(caught.value).startswith(named)
    with pytest.raises(InputError, match=r"X is empty .*: pass at least 2 rows of"):
        checked_rows([])
