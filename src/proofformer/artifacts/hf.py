"""Stock Hugging Face folders: what `from_pretrained` of a stock class loads, with no code of ours in it.

`config.json` and `model.safetensors` are the class's own; `proofformer.json` says which residual dimensions hold which
signal, and what was compiled; `README.md` shows how to ask.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from proofformer.artifacts.artifact import ABOUT, CARD, Artifact, Format, about_of, as_json, needs
from proofformer.artifacts.folder import Files
from proofformer.artifacts.rows import RowsFront, flat, places, rows_card
from proofformer.artifacts.stock import Stock, architecture_for, stock
from proofformer.artifacts.tensors import as_bytes
from proofformer.compiler import INCLUSIVE, Spec
from proofformer.errors import InputError
from proofformer.planner import Plan
from proofformer.runtime import Front
from proofformer.runtime.model import exact_tensors

CONFIG, WEIGHTS = "config.json", "model.safetensors"


class HuggingFace(Format):
    """Llama and Arcee for bfloat16 and float32, T5 for float32 and float64; Llama, or T5 where that cannot hold the
    dtype, if no `architecture` is named."""

    name, kind = "hf", "proofformer-stock"
    names = (ABOUT, CONFIG, WEIGHTS, CARD)
    options = ("architecture",)
    libraries = ("transformers",)

    def settle(self, spec: Spec, given: Mapping[str, Any]) -> tuple[Spec, dict[str, Any]]:
        chosen = architecture_for(spec.dtype, given.get("architecture"))
        return replace(spec, mask=INCLUSIVE), {"architecture": chosen.name}

    def make(self, spec: Spec, plan: Plan, options: Mapping[str, Any]) -> Files:
        held = stock(plan, options["architecture"])
        return {
            CONFIG: as_json(held.config),
            WEIGHTS: as_bytes(exact_tensors(held.tensors.items(), spec.dtype)),
            ABOUT: as_json(about_of(self, spec, options) | places(spec, held.shape, held.ones)),
            CARD: _card(spec, plan, held),
        }

    def run(self, artifact: Artifact, plan: Plan) -> Front:
        transformers = needs("transformers", "hf")
        held = stock(plan, artifact.options["architecture"])
        network = _loaded(transformers, artifact, held.architecture.loader)
        answer = flat(held.shape.answer)

        def run(x: Tensor) -> Tensor:
            rows: Tensor = network(inputs_embeds=x).last_hidden_state
            return rows[:, -1, answer]

        return RowsFront(artifact.spec, plan, held.shape, held.ones, run)

    def keeps(self, front: Front) -> str:
        return (
            f"weights and arithmetic in {front.dtype}, in a stock class with no code of its own; the strict mask is in "
            "the rows; n up to the model's; memory grows with n (with its square for t5, whose position bias is n x n)"
        )


FORMAT = HuggingFace()


def _card(spec: Spec, plan: Plan, held: Stock) -> bytes:
    name, loader = held.architecture.name, held.architecture.loader
    front = b"---\nlibrary_name: transformers\ntags: [proofformer]\n---\n\n"
    return front + rows_card(
        spec,
        plan,
        kind=name,
        what=f"It is an ordinary {name} model: `{loader}.from_pretrained` loads it, with no code of its own.",
        load=[
            "import json, torch",
            f"from transformers import {loader}",
            "",
            f'at, model = json.load(open("proofformer.json")), {loader}.from_pretrained(".")',
        ],
        run=[
            "with torch.no_grad(), torch.autocast(x.device.type, enabled=False):",
            "    bits = model(inputs_embeds=x[None]).last_hidden_state[0, -1]",
        ],
        keep=[
            "torch's own attention (`sdpa`, the default): others may round scores to the stored type;",
            "the rows as they are: no attention mask, no padding, no positions of your own.",
        ],
    )


def _loaded(transformers: Any, artifact: Artifact, loader: str) -> Any:
    """The stock model, loaded as anyone would, but without a progress bar, and from a folder that has nothing else."""
    talk = transformers.utils.logging
    bar = talk.is_progress_bar_enabled()
    talk.disable_progress_bar()
    try:
        with tempfile.TemporaryDirectory() as alone:
            for name in (CONFIG, WEIGHTS):
                (Path(alone) / name).write_bytes(artifact.files[name])
            kind = getattr(transformers, loader)
            return kind.from_pretrained(alone, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise InputError(f"{artifact.source}: transformers cannot load it ({error}); {FORMAT.again}") from None
    finally:
        if bar:
            talk.enable_progress_bar()
