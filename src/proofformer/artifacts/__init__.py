"""Models in the formats of other runtimes. Each format is a module with `write`, `read` and `keeps`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, cast

from proofformer.errors import InputError

if TYPE_CHECKING:
    from proofformer.artifacts.artifact import Exported
    from proofformer.runtime import Model


@dataclass(frozen=True)
class Format:
    """A format by its name, the module that knows it, how its files end, and the options that its `write` takes."""

    name: str
    module: str
    suffix: str
    options: tuple[str, ...] = ()

    def write(self, model: Model, target: Path, **options: object) -> None:
        """Write the export, whole or not at all. Raises `InputError` for what the format cannot hold exactly."""
        self._module().write(model, target, **options)

    def read(self, source: Path) -> Exported:
        """The export, run by its own runtime. Raises `InputError` for a file that is not what was written."""
        return cast("Exported", self._module().read(source))

    def keeps(self, exported: Exported) -> str:
        """A sentence: what of the model the export keeps, and what it does otherwise."""
        return str(self._module().keeps(exported))

    def _module(self) -> ModuleType:
        return import_module(f"proofformer.artifacts.{self.module}")


FORMATS: Mapping[str, Format] = {
    known.name: known
    for known in (
        Format("torch", "torch_program", ".pt2"),
        Format("onnx", "onnx_file", ".onnx", ("opset",)),
        Format("hf", "hf", "", ("architecture",)),
        Format("transformerlens", "transformerlens", ""),
    )
}


def format_named(name: str) -> Format:
    if name not in FORMATS:
        raise InputError(f"format {name!r} is unknown: choose one of {', '.join(FORMATS)}")
    return FORMATS[name]
