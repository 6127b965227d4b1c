"""Files: what is read from each kind, and every refusal with what it names."""

import os
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.problems import PairAnswer, load_matrix, problem

BITS = np.array([[0, 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 1]], dtype=np.uint8)


def refusal(path: Path | str) -> str:
    with pytest.raises(InputError) as caught:
        load_matrix(path)
    message = str(caught.value)
    assert str(path) in message
    assert message.count(": ") == 1
    assert "\n" not in message
    return message


def written(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f4", "f8", ">f8"])
def test_npy_and_npz_come_back_as_they_were(tmp_path: Path, dtype: str) -> None:
    array = BITS.astype(dtype)
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "one.npz", anything=array)
    np.savez_compressed(tmp_path / "rows.npz", labels=np.arange(3), rows=array)
    np.savez(tmp_path / "X.npz", np.arange(3), X=array)
    for name in ("a.npy", "one.npz", "rows.npz", "X.npz"):
        read = load_matrix(tmp_path / name)
        assert read.dtype == array.dtype
        np.testing.assert_array_equal(read, array)
    assert load_matrix(str(tmp_path / "a.npy")).tolist() == array.tolist()


def test_fortran_order_and_format_two_are_read(tmp_path: Path) -> None:
    np.save(tmp_path / "f.npy", np.asfortranarray(BITS))
    with open(tmp_path / "two.npy", "wb") as stream:
        np.lib.format.write_array(stream, BITS, version=(2, 0))
    for name in ("f.npy", "two.npy"):
        np.testing.assert_array_equal(load_matrix(tmp_path / name), BITS)


def test_single_columns_and_single_rows_keep_two_dimensions(tmp_path: Path) -> None:
    assert load_matrix(written(tmp_path, "a.csv", "1\n0\n")).tolist() == [[1], [0]]
    assert load_matrix(written(tmp_path, "a.txt", "1\n0\n")).tolist() == [[1], [0]]
    assert load_matrix(written(tmp_path, "b.txt", "10\n")).tolist() == [[1, 0]]
    assert load_matrix(written(tmp_path, "b.csv", "10\n")).tolist() == [[10]]


def test_values_are_left_for_the_problem_to_check(tmp_path: Path) -> None:
    closest = problem("closest-pair", dim=3)
    for content, shown in [("0,1,1\n0,2,1", "2"), ("0,1,1\n0,nan,1", "nan"), ("0,1,1\n0,-inf,1", "-inf")]:
        read = load_matrix(written(tmp_path, "a.csv", content))
        with pytest.raises(InputError, match=f"row 1, column 1 holds {shown}"):
            closest.instance(read)
    assert closest.answer(load_matrix(written(tmp_path, "b.txt", "011\n010\n"))) == PairAnswer((0, 1), 1)
    grid = problem("closest-pair", dim=3, metric="cityblock", levels=16)
    np.save(tmp_path / "c.npy", np.array([[0, 16, 3], [1, 15, 3]], dtype=np.int16))
    for path in (written(tmp_path, "c.csv", "0,16,3\n1,15,3\n9,9,9\n"), tmp_path / "c.npy"):
        assert grid.answer(load_matrix(path)) == PairAnswer((0, 1), 2)


def test_numbers_that_are_not_whole_or_small_stay_floats(tmp_path: Path) -> None:
    assert load_matrix(written(tmp_path, "a.csv", "0,0.5")).tolist() == [[0.0, 0.5]]
    assert load_matrix(written(tmp_path, "b.csv", f"0,{2**70}")).tolist() == [[0.0, 2.0**70]]


def test_a_path_that_is_no_readable_file_is_named(tmp_path: Path) -> None:
    assert "a directory" in refusal(tmp_path)
    assert "not a regular file" in refusal(Path(os.devnull))


KNOWN = "save the rows as .npy, .npz, .csv, .tsv or .txt"


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        *((name, "0110", [repr(Path(name).suffix), KNOWN]) for name in ("a.pkl", "a.xlsx.gz")),
        ("a", "0110", ["no extension", KNOWN]),
        *((name, "", ["empty file"]) for name in ("a.npy", "a.npz", "a.csv", "a.txt")),
        *((name, "# nothing\n\n  \n", ["no rows"]) for name in ("a.csv", "a.txt")),
        *((name, "0110\n1001\n", ["corrupt"]) for name in ("a.npy", "a.npz")),
        *(("a.csv", content, ["is not text"]) for content in (b"0\x00,\x001\x00", b"0,1\n0,\x80\x01\n", b"01\x001\n")),
    ],
)
def test_what_is_no_matrix_is_named(tmp_path: Path, name: str, content: str | bytes, named: list[str]) -> None:
    message = refusal(written(tmp_path, name, content))
    for part in named:
        assert part in message


def test_a_long_token_is_shortened_in_the_message(tmp_path: Path) -> None:
    assert len(refusal(written(tmp_path, "a.txt", "x" * 100_000))) < 200 + len(str(tmp_path))


def test_npz_that_leaves_the_choice_open_names_its_arrays(tmp_path: Path) -> None:
    for number, arrays in enumerate([{"a": BITS, "b": BITS}, {"rows": BITS, "X": BITS}]):
        np.savez(tmp_path / f"{number}.npz", **arrays)  # type: ignore[arg-type]
        assert f"the arrays {', '.join(arrays)}:" in refusal(tmp_path / f"{number}.npz")
    np.savez(tmp_path / "none.npz")
    assert "no arrays" in refusal(tmp_path / "none.npz")


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", BITS)
    np.savez(tmp_path / "a.npz", rows=BITS)
    np.savez_compressed(tmp_path / "b.npz", rows=BITS)
    for name in ("a.npy", "a.npz", "b.npz"):
        whole = (tmp_path / name).read_bytes()
        for length in range(1, len(whole)):
            message = refusal(written(tmp_path, f"cut{name[-4:]}", whole[:length]))
            assert "corrupt" in message or "truncated" in message


def test_damaged_bytes_are_refused_or_read_but_never_anything_else(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", BITS)
    np.savez_compressed(tmp_path / "b.npz", rows=BITS)
    generator = np.random.default_rng(0)
    refused = 0
    for name in ("a.npy", "b.npz"):
        whole = np.frombuffer((tmp_path / name).read_bytes(), dtype=np.uint8)
        for _ in range(250):
            damaged = whole.copy()
            damaged[generator.integers(len(whole), size=2)] = generator.integers(256, size=2)
            path = written(tmp_path, f"damaged{name[-4:]}", damaged.tobytes())
            try:
                load_matrix(path)
            except InputError:
                refused += 1
    assert 0 < refused < 500


def test_more_than_one_array_in_an_npy(tmp_path: Path) -> None:
    with open(tmp_path / "a.npy", "wb") as file:
        np.save(file, np.eye(2))
        np.save(file, np.eye(3))
    assert "bytes behind its array" in refusal(tmp_path / "a.npy")


def test_a_huge_shape_in_the_header_is_not_allocated(tmp_path: Path) -> None:
    with open(tmp_path / "a.npy", "wb") as stream:
        header = {"descr": "|u1", "fortran_order": False, "shape": (2**40, 2**40)}
        np.lib.format.write_array_header_1_0(stream, header)
    assert f"truncated ({2**80} bytes" in refusal(tmp_path / "a.npy")


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (Path.touch, (self.path,))


def test_nothing_is_ever_unpickled(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    objects = np.empty((2, 2), dtype=object)
    objects[:] = Bomb(trace)
    np.save(tmp_path / "a.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "a.npz", rows=objects)
    for name in ("a.npy", "a.npz"):
        assert "Python objects" in refusal(tmp_path / name)
    pickled = pickle.dumps(Bomb(trace))
    for name in ("b.npy", "b.npz"):
        assert "corrupt" in refusal(written(tmp_path, name, pickled))
    with zipfile.ZipFile(tmp_path / "c.npz", "w") as archive:
        archive.writestr("rows.npy", pickled)
    assert "corrupt" in refusal(tmp_path / "c.npz")
    assert not trace.exists()
    pickle.loads(pickled)
    assert trace.exists(), "the bomb works when it is unpickled"
