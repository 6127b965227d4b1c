"""The model folder: `model.safetensors`, `config.json`, `README.md`. Files are data; reading one never runs code."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from proofformer.artifacts.artifact import CARD, Artifact, Format, about_of, as_json
from proofformer.artifacts.card import card, rows_taken
from proofformer.artifacts.folder import Files
from proofformer.artifacts.tensors import as_bytes, as_tensors, shape_in
from proofformer.compiler import Spec, inputs_of
from proofformer.errors import Choice, InputError
from proofformer.planner import Plan
from proofformer.planner.weights import numeric
from proofformer.runtime import Front, Model
from proofformer.runtime.model import exact_tensors
from proofformer.theorems import Theorem, statement_for

CONFIG, WEIGHTS = "config.json", "model.safetensors"
EMBED = "embed.weight"


class ModelFolder(Format):
    """The weights of a model under the names of its own modules."""

    name, kind = "folder", "proofformer-model"
    names = (CONFIG, WEIGHTS, CARD)
    called, again, how = "model folder", "compile the model again", "compile ... -o"

    def make(self, spec: Spec, plan: Plan, options: Mapping[str, Any]) -> Files:
        weights = exact_tensors(numeric(plan), spec.dtype)
        attention, blocks = plan.depth
        config = about_of(self, spec, options) | {
            "statement": statement_for(spec.problem, spec.max_n),
            "width": plan.layout.width,
            "blocks": blocks,
            "attention_blocks": attention,
            "parameters": sum(t.numel() for t in weights.values()),
            "sha256": weights_hash(weights),
        }
        argument = "A, B" if spec.problem.bichromatic else "X"
        use = [
            "import proofformer",
            "",
            "model = proofformer.load(PATH_OF_THIS_FOLDER)",
            f"answer = model.solve({argument})  # {rows_taken(spec)}",
        ]
        return {WEIGHTS: as_bytes(weights), CONFIG: as_json(config), CARD: card(spec, plan, use=use)}

    def remedy(self, spec: Spec, source: Path) -> str:
        return f"`{spec.command(str(source))}` makes it again"

    def unlike(self, spec: Spec, files: Files) -> str | None:
        if WEIGHTS not in files:
            return None
        inputs, shape = inputs_of(spec), shape_in(files[WEIGHTS], EMBED)
        if shape is None or (len(shape) == 2 and shape[1] in inputs):
            return None
        takes = " to ".join(map(str, dict.fromkeys((inputs[0], inputs[-1]))))
        return (
            f"{WEIGHTS} is not of the model that {CONFIG} names, where a token has {takes} numbers: {EMBED} has shape "
            f"{shape}"
        )

    def run(self, artifact: Artifact, plan: Plan) -> Front:
        model = Model(artifact.spec, plan)
        model.set_tensors(as_tensors(artifact.files[WEIGHTS]))
        return model

    def keeps(self, front: Front) -> str:
        return "everything"


FOLDER = ModelFolder()


def load(path: str | PathLike[str], device: str = "cpu", theorem: Theorem | None = None) -> Model:
    """Read a model folder; of a theorem of one's own, with the theorem.

    Raises `InputError` naming the file and what is at fault.
    """
    where = device_named(device)
    return cast(Model, FOLDER.read(path, theorem)).to(where)


def weights_hash(weights: Mapping[str, Tensor]) -> str:
    """sha256 of names, dtypes, shapes and little-endian bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        tensor = weights[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}\n".encode())
        digest.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def device_named(name: str) -> torch.device:
    """A device that is there, or `InputError`."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).tolist()
    except (RuntimeError, AssertionError, ImportError, NotImplementedError, TypeError):
        raise InputError(f"device {name!r} is not available here: use ", Choice("device", "cpu")) from None
    return device
