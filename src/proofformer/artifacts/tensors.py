"""safetensors files: what the header says before anything is loaded, and which tensor of two files differs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from proofformer.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

METADATA = "__metadata__"
LENGTH = 8


def header(raw: bytes) -> dict[str, Any] | None:
    """Name to dtype, shape and offsets, as the file has them; None for bytes that are no such file."""
    size = int.from_bytes(raw[:LENGTH], "little")
    try:
        said = json.loads(raw[LENGTH : LENGTH + size], object_pairs_hook=_object)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and all(isinstance(part, dict) for part in said.values()) else None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object. Raises `ValueError` for a name that comes twice: readers differ in which of the two they take."""
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a name comes twice")
    return dict(pairs)


def shape_in(raw: bytes, name: str) -> list[int] | None:
    """The shape that the header gives a tensor; None where it gives none."""
    shape = ((header(raw) or {}).get(name) or {}).get("shape")
    return shape if isinstance(shape, list) else None


def as_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    from safetensors.torch import save

    raw: bytes = save(dict(tensors), metadata={"format": "pt"})
    return raw


def as_tensors(raw: bytes) -> dict[str, Tensor]:
    """The tensors of a file. Raises `InputError` for bytes that are none."""
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return dict(load(raw))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise InputError(str(error)) from None


def differing(found: bytes, made: bytes) -> str | None:
    """What of a file is not as in another: a tensor, or that it is damaged. None when all tensors are the same, however
    a version of the library may order them."""
    mine, theirs = header(found), header(made)
    if mine is None or theirs is None:
        return "the file is damaged"
    for name in sorted(mine.keys() | theirs.keys()):
        if name not in mine or name not in theirs:
            return f"tensor {name!r} is missing or does not belong"
        if name == METADATA:
            same = mine[name] == theirs[name]
        else:
            one, other = (_content(raw, entry) for raw, entry in ((found, mine[name]), (made, theirs[name])))
            same = one is not None and one == other
        if not same:
            return f"tensor {name!r} was altered"
    try:
        as_tensors(found)
    except InputError:
        return "the file is damaged"
    return None


def _content(raw: bytes, entry: Mapping[str, Any]) -> tuple[Any, Any, bytes] | None:
    """dtype, shape and bytes of a tensor."""
    try:
        start, stop = entry["data_offsets"]
        base = LENGTH + int.from_bytes(raw[:LENGTH], "little")
        return entry["dtype"], entry["shape"], raw[base + start : base + stop]
    except (LookupError, TypeError, ValueError):
        return None
