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
    for name in sorted(mine.keys() | theirs.keys(), key=lambda name: (name == METADATA, name)):
        if name not in mine or name not in theirs:
            return f"tensor {name!r} is missing or does not belong"
        if name == METADATA:
            if mine[name] != theirs[name]:
                return f"its {name!r} was altered"
            continue
        (dtype, shape, raw), wanted = (_content(*of) for of in ((found, mine[name]), (made, theirs[name])))
        if (dtype, shape) != wanted[:2]:
            return f"tensor {name!r} is {dtype} {shape}, expected {wanted[0]} {wanted[1]}"
        if raw != wanted[2]:
            return f"tensor {name!r} was altered"
    try:
        as_tensors(found)
    except InputError:
        return "the file is damaged"
    return None


def _content(raw: bytes, entry: Mapping[str, Any]) -> tuple[Any, Any, bytes]:
    """dtype, shape and bytes of a tensor; no bytes where the header says nothing that can be."""
    base = LENGTH + int.from_bytes(raw[:LENGTH], "little")
    match entry.get("data_offsets"):
        case [int(start), int(stop)] if 0 <= start <= stop:
            return entry.get("dtype"), entry.get("shape"), raw[base + start : base + stop]
    return entry.get("dtype"), entry.get("shape"), b""
