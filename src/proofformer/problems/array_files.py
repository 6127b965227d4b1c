"""Arrays out of .npy and .npz files: what they say they hold is looked at before anything is made of it."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.errors import InputError
from proofformer.problems.sparse import dense

MOST_BYTES = 1 << 31
"""Of an array, in a file or out of it."""
_ARRAY_NAMES = ("rows", "X")
_SPARSE = {"format", "shape", "data"}


def parse_npy(name: str, data: bytes) -> npt.NDArray[Any]:
    """The array of a .npy. Raises InputError for any other bytes. Format: NumPy Enhancement Proposal 1."""
    with _told(f"{name} is corrupt or not a .npy array", "save it again with np.save"):
        stream = io.BytesIO(data)
        version = np.lib.format.read_magic(stream)
        # Format 3.0 differs only in allowing names of fields that are not Latin-1: never a plain matrix.
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(stream)
        if dtype.hasobject:
            raise InputError(
                f"{name} holds Python objects, which are never unpickled: save it again as a bool, int or float array"
            )
        missing = math.prod(shape) * dtype.itemsize - (len(data) - stream.tell())
        if missing < 0:
            raise InputError(f"{name} has {-missing} bytes behind its array: save one array with np.save, once")
        if missing > 0:
            raise InputError(f"{name} is truncated ({missing} bytes are missing): save it again with np.save")
        stream.seek(0)
        return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))


def parse_npz(name: str, data: bytes) -> npt.NDArray[Any]:
    """The one array of a .npz, or the one named rows or X, or the matrix that scipy.sparse.save_npz wrote."""

    def chosen(arrays: list[str]) -> list[str]:
        if set(arrays) >= _SPARSE:
            return arrays
        left = arrays if len(arrays) == 1 else [array for array in arrays if array in _ARRAY_NAMES]
        if len(left) != 1:
            found = f"the arrays {', '.join(arrays)}" if arrays else "no arrays"
            raise InputError(f"{name} holds {found}: save just one array, or name exactly one of them rows or X")
        return left

    arrays = arrays_in(name, data, chosen)
    return _sparse(name, data) if set(arrays) >= _SPARSE else next(iter(arrays.values()))


def arrays_in(name: str, data: bytes, chosen: Callable[[list[str]], list[str]]) -> dict[str, npt.NDArray[Any]]:
    """Those arrays of a .npz that are chosen of their names, of at most `MOST_BYTES` in all."""
    with (
        _told(f"{name} is corrupt or not a .npz archive", "save it again with np.savez"),
        zipfile.ZipFile(io.BytesIO(data)) as archive,
    ):
        names = chosen([entry[: -len(".npy")] for entry in archive.namelist() if entry.endswith(".npy")])
        sizes = {array: archive.getinfo(f"{array}.npy").file_size for array in names}
        if (size := sum(sizes.values())) > MOST_BYTES:
            raise InputError(f"{name} holds {size:,} bytes of arrays: save at most {MOST_BYTES:,} in a file")
        found = {}
        for array, said in sizes.items():
            with archive.open(f"{array}.npy") as member:
                # Told how much, it inflates no more, whatever is in it; without, it inflates two gigabytes at once.
                found[array] = parse_npy(f"{name} ({array})", member.read(said))
        return found


def _sparse(name: str, data: bytes) -> npt.NDArray[Any]:
    try:
        from scipy.sparse import load_npz
    except ImportError:
        raise InputError(f"{name} holds a sparse matrix and scipy is not installed: pip install scipy") from None
    with _told(f"{name} holds no sparse matrix", "save it again with scipy.sparse.save_npz"):
        matrix = load_npz(io.BytesIO(data))
    return dense(matrix, name)


@contextmanager
def _told(what: str, remedy: str) -> Iterator[None]:
    """Numpy, zipfile and scipy meet damaged bytes with many kinds of exception: each becomes the one sentence."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{what} ({type(error).__name__}): {remedy}") from error
