"""safetensors files: what the header says before anything is loaded, and what they hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, deserialize

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
    from safetensors.torch import load

    try:
        return dict(load(raw))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise InputError(str(error)) from None


def parts(raw: bytes) -> dict[str, tuple[str, object]]:
    """Each tensor's dtype with its shape, and its bytes; at last the metadata. Raises `InputError` for bytes that are
    no such file."""
    said = header(raw)
    try:
        held = None if said is None else sorted(deserialize(raw))  # type: ignore[no-untyped-call]
    except (SafetensorError, ValueError, TypeError):
        held = None
    if said is None or held is None:
        raise InputError("the file is damaged")
    found: dict[str, tuple[str, object]] = {
        f"tensor {name!r}": (f"{said[name]['dtype']} {said[name]['shape']}", of["data"]) for name, of in held
    }
    return found | {f"its {METADATA!r}": ("", said.get(METADATA))}
