"""Folders written whole or not at all, and files read with a sentence for whatever may be wrong with them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proofformer.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor


def write_folder(target: Path, files: Mapping[str, bytes], about: str, kind: str) -> None:
    """Write the files as the folder `target`, in one move.

    A folder that is there is replaced if it is empty or of the same kind: it has `about`, which names the format
    `kind`, and no files but these. Raises `InputError` for anything else, and when it cannot be written.
    """
    target = target.resolve()
    if target.exists() and not _replaceable(target, files, about, kind):
        raise InputError(f"{target} exists and is no export of this kind: choose another path or remove it")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
            new = Path(scratch) / "new"
            new.mkdir()
            for name, data in files.items():
                (new / name).write_bytes(data)
            if target.exists():
                target.rename(Path(scratch) / "old")
            new.rename(target)
    except OSError as error:
        raise InputError(f"cannot write {target}: {error.strerror or error}") from None


def _replaceable(target: Path, files: Mapping[str, bytes], about: str, kind: str) -> bool:
    if not target.is_dir():
        return False
    names = {file.name for file in target.iterdir()}
    if not names:
        return True
    try:
        said = json.loads((target / about).read_text())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("format") == kind and names <= files.keys()


def read_json(file: Path, kind: str | None = None, version: int | None = None) -> dict[str, Any]:
    """A JSON file with one object, of this format and version if they are given. Raises `InputError`."""
    if not file.is_file():
        raise InputError(f"{file} is missing: {file.parent} is no complete export")
    try:
        said = json.loads(file.read_text())
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{file} is not JSON: the file is damaged; export the model again") from None
    if not isinstance(said, dict) or (kind is not None and said.get("format") != kind):
        raise InputError(f"{file} does not say format {kind!r}: it belongs to something else")
    if version is not None and said.get("version") != version:
        raise InputError(
            f"{file} has format version {said.get('version')!r}; this proofformer reads version {version}: export the "
            "model again"
        )
    return said


def read_tensors(file: Path) -> dict[str, Tensor]:
    """The tensors of a safetensors file. Raises `InputError` for a file that is missing or damaged."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not file.is_file():
        raise InputError(f"{file} is missing: {file.parent} is no complete export")
    try:
        tensors: dict[str, Tensor] = load_file(file)
    except (SafetensorError, ValueError, KeyError, OSError) as error:
        raise InputError(f"{file} cannot be read ({error}): the file is damaged; export the model again") from None
    return tensors
