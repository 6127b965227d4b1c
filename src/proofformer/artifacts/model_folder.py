"""The model folder: `model.safetensors`, `config.json`, `README.md`. Files are data; reading one never runs code."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proofformer.artifacts.artifact import CARD, Artifact, Format, about_of, as_json
from proofformer.artifacts.card import card, rows_taken
from proofformer.artifacts.certificate import MOST, certificate_of, is_certificate, own_task
from proofformer.artifacts.folder import Files
from proofformer.artifacts.stored import OF_NUMPY, as_file, stored
from proofformer.artifacts.tensors import as_bytes, as_tensors, shape_in
from proofformer.check import CERTIFICATE, CERTIFIED, examine
from proofformer.circuit.signals import At
from proofformer.compiler import Spec, inputs_of
from proofformer.errors import Choice, InputError
from proofformer.planner import Plan
from proofformer.planner.weights import numeric
from proofformer.theorems import statement_for

if TYPE_CHECKING:
    import torch

    from proofformer.runtime import Front, Model

CONFIG, WEIGHTS = "config.json", "model.safetensors"
EMBED = "embed.weight"


class ModelFolder(Format):
    """The weights of a model under the names of its own modules."""

    name, kind = "folder", "proofformer-model"
    names = (CONFIG, WEIGHTS, CARD)
    unread = (CERTIFICATE,)
    called, again, how = "model folder", "compile the model again", "compile ... -o"

    def make(self, spec: Spec, plan: Plan, options: Mapping[str, Any]) -> Files:
        weights, file = _weights(plan, spec.dtype)
        attention, blocks = plan.depth
        config = about_of(self, spec, options) | {
            "statement": statement_for(spec.problem, spec.max_n),
            "width": plan.layout.width,
            "blocks": blocks,
            "attention_blocks": attention,
            "shape": _shape(plan),
            "parameters": sum(prod(shape) for _, shape, _ in weights),
            "sha256": hash_of(weights),
        }
        argument = "A, B" if spec.problem.bichromatic else "X"
        use = [
            "import proofformer",
            "",
            "model = proofformer.load(PATH_OF_THIS_FOLDER)",
            f"answer = model.solve({argument})  # {rows_taken(spec)}",
        ]
        return {WEIGHTS: file, CONFIG: as_json(config), CARD: card(spec, plan, use=use)}

    def beside(self, files: Files) -> Files:
        return certificate_of(files) if json.loads(files[CONFIG])["parameters"] <= MOST else {}

    def replaces(self, there: Path) -> bool:
        return super().replaces(there) and is_certificate(there / CERTIFICATE)

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
            f"{WEIGHTS} is of another model than {CONFIG}: its {EMBED} has shape {shape}, where {takes} columns are due"
        )

    def run(self, artifact: Artifact, plan: Plan) -> Front:
        from proofformer.runtime import Model

        model = Model(artifact.spec, plan)
        model.set_tensors(as_tensors(artifact.files[WEIGHTS]))
        return model

    def keeps(self, front: Front) -> str:
        return "everything"


FOLDER = ModelFolder()


Told = list[tuple[str, list[int], bytes]]
"""Each tensor: its name with its dtype, its shape, its little-endian bytes."""


def _shape(plan: Plan) -> dict[str, Any]:
    """What of the network the shapes of its weights leave open: its inputs in order, where its blocks run, its heads.

    The runtime doesn't read it; `check.py` does, which knows no plan.
    """
    return {
        "inputs": [[s.name, s.width] for s in plan.circuit.inputs],
        "blocks": [{"read": b.at is At.READ, "heads": len(b.heads)} for b in plan.layout.blocks],
    }


def _weights(plan: Plan, dtype: str) -> tuple[Told, bytes]:
    """What the weights are, and their file."""
    if dtype not in OF_NUMPY:
        from proofformer.runtime.model import exact_tensors

        tensors = exact_tensors(numeric(plan), dtype)
        return _told(tensors), as_bytes(tensors)
    arrays = stored(numeric(plan), dtype)
    told = [
        (f"{name} torch.{dtype}", list(a.shape), a.astype(a.dtype.newbyteorder("<")).tobytes())
        for name, a in arrays.items()
    ]
    return told, as_file(arrays)


def _told(tensors: Mapping[str, torch.Tensor]) -> Told:
    import torch

    flat = {name: t.detach().cpu().contiguous().flatten().view(torch.uint8).numpy() for name, t in tensors.items()}
    return [(f"{name} {t.dtype}", list(t.shape), flat[name].tobytes()) for name, t in tensors.items()]


def proved(model: Model) -> tuple[bool, str]:
    """Whether the checker certifies a model as its weights are now, whatever was done to them, and its sentence. It is
    given the spec, the shape and the weights, as a folder would have them; and the task, of a theorem of one's own."""
    task, tensors = model.problem.task, model.transformer.state_dict()
    config = about_of(FOLDER, model.spec, {}) | {"shape": _shape(model.plan)}
    weights = as_bytes({name: t.detach().cpu().contiguous() for name, t in tensors.items()})
    found = examine({CONFIG: as_json(config), WEIGHTS: weights}.get, own_task(task))
    return found["code"] == CERTIFIED, str(found["says"])


def hash_of(told: Told) -> str:
    """sha256 of names, dtypes, shapes and little-endian bytes, in the order of the names."""
    digest = hashlib.sha256()
    for named, shape, data in sorted(told):
        digest.update(f"{named} {shape}\n".encode())
        digest.update(data)
    return digest.hexdigest()


def weights_hash(weights: Mapping[str, torch.Tensor]) -> str:
    """`hash_of` tensors of torch."""
    return hash_of(_told(weights))


def device_named(name: str) -> torch.device:
    """A device that is there, or `InputError`."""
    import torch

    try:
        device = torch.device(name)
        torch.zeros(1, device=device).tolist()
    except (RuntimeError, AssertionError, ImportError, NotImplementedError, TypeError):
        raise InputError(f"device {name!r} is not available here: use ", Choice("device", "cpu")) from None
    return device
