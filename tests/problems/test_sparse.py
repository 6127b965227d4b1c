"""Sparse matrices of scipy, passed and in files: the dense rows, or refused before anything is made of their shape."""

from __future__ import annotations

import io
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proofformer.errors import InputError
from proofformer.problems import array_files, load_matrix, problem

sparse = pytest.importorskip("scipy.sparse")
ROWS = np.array([[0, 1, 1, 0], [1, 0, 1, 0], [0, 0, 0, 1], [0, 1, 1, 1]], dtype=np.uint8)
KINDS = ("csr", "csc", "coo", "bsr", "dia", "lil", "dok")
CLOSEST = problem("closest-pair", dim=4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("form", ["matrix", "array"])
@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f8"])
def test_every_kind_is_taken(kind: str, form: str, dtype: str) -> None:
    made = getattr(sparse, f"{kind}_{form}")(ROWS.astype(dtype))
    assert CLOSEST.instance(made).rows.tolist() == ROWS.tolist()
    two = problem("ov", dim=4, bichromatic=True).instance(made, ROWS[:1])
    assert [rows.tolist() for rows in two.sets] == [ROWS.tolist(), ROWS[:1].tolist()]


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "bsr", "dia"])
@pytest.mark.parametrize("compressed", [True, False])
def test_what_save_npz_writes_is_read(tmp_path: Path, kind: str, compressed: bool) -> None:
    sparse.save_npz(tmp_path / "a.npz", getattr(sparse, f"{kind}_matrix")(ROWS), compressed=compressed)
    np.testing.assert_array_equal(load_matrix(tmp_path / "a.npz"), ROWS)


def csr(data: Any, indices: Any, indptr: Any, shape: tuple[int, int] = (2, 4)) -> Any:
    """A matrix whose arrays are set afterwards: what scipy does not look at."""
    made = sparse.csr_matrix(shape, dtype=np.asarray(data).dtype)
    made.data, made.indices, made.indptr = np.asarray(data), np.array(indices, "i4"), np.array(indptr, "i4")
    return made


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (csr([1, 1], [0, 99], [0, 1, 2]), "contradicts itself"),
        (csr([1, 1], [0, -1], [0, 1, 2]), "contradicts itself"),
        (csr([1, 1], [0, 1], [0, 2, 1]), "contradicts itself"),
        # They add up: 128 + 129 = 1 in a byte.
        (csr(np.array([128, 129, 1], "u1"), [0, 0, 1], [0, 2, 3]), "two entries at one place"),
        (sparse.coo_matrix(([0.5, 0.5], ([0, 0], [1, 1])), (2, 4)), "two entries at one place"),
        (sparse.csr_matrix(np.eye(4) * 2), "row 0, column 0 holds 2.0"),
        (sparse.csr_matrix(np.eye(4) * 1j), "entries of type complex128"),
        (sparse.coo_array(np.array([0, 1, 0])), r"shape \(3,\)"),
        (sparse.csr_matrix((10**9, 4)), r"shape \(1000000000, 4\), 32,000,000,000 bytes"),
        (sparse.coo_matrix((2**40, 2**40), dtype="?"), "bytes when dense"),
    ],
)
def test_what_is_no_matrix_of_entries_is_refused(made: Any, sentence: str) -> None:
    tracemalloc.start()
    with pytest.raises(InputError, match=sentence):
        CLOSEST.instance(made)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50e6


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("indices", np.array([0, 99, 1], "i4")),
        ("indptr", np.array([0, 3, 2, 3], "i4")),
        ("shape", np.array([10**12, 10**12])),
        ("format", np.array(b"xyz")),
        ("data", np.array([b"a", b"b", b"c"])),
    ],
)
def test_files_that_contradict_themselves_are_refused(tmp_path: Path, member: str, value: Any) -> None:
    sparse.save_npz(tmp_path / "a.npz", sparse.csr_matrix(np.eye(3)))
    with np.load(tmp_path / "a.npz") as saved:
        arrays = dict(saved) | {member: value}
    np.savez(tmp_path / "b.npz", **arrays)
    with pytest.raises(InputError, match=r"b\.npz"):
        load_matrix(tmp_path / "b.npz")


def test_a_file_that_inflates_to_more_than_may_be_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of zeros, which the zip says, and which it does not."""
    monkeypatch.setattr(array_files, "MOST_BYTES", 1 << 24)
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "|u1", "fortran_order": False, "shape": (10**6, 10**3)})
    block = bytes(1 << 20)
    with (
        zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("rows.npy", "w", force_zip64=True) as member,
    ):
        member.write(head.getvalue())
        for _ in range(64):
            member.write(block)
    data = (tmp_path / "a.npz").read_bytes()
    said = (len(head.getvalue()) + (64 << 20)).to_bytes(4, "little")
    assert data.count(said) >= 1
    (tmp_path / "b.npz").write_bytes(data.replace(said, (1000).to_bytes(4, "little")))
    for name, sentence in (("a.npz", "bytes of arrays"), ("b.npz", "corrupt|truncated")):
        tracemalloc.start()
        with pytest.raises(InputError, match=sentence):
            load_matrix(tmp_path / name)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10e6


def test_scipy_is_not_imported_for_other_matrices() -> None:
    code = (
        "import sys; from proofformer.problems import problem; problem('ov', dim=2).instance([[0, 1], [1, 0]]);"
        "assert 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
