"""Stock Hugging Face folders: what `from_pretrained` of a stock class loads, with no code of ours in it.

`config.json` and `model.safetensors` are the class's own; `proofformer.json` says which residual dimensions hold which
signal, and what was compiled; `README.md` shows how to ask. Reading one plans the problem again and compares every
number, so a folder that was altered in whatever way is refused.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from torch import Tensor

from proofformer.artifacts.artifact import needs
from proofformer.artifacts.cards import stock_card
from proofformer.artifacts.folder import read_json, read_tensors, write_folder
from proofformer.artifacts.rows import (
    AGAIN,
    RowsModel,
    about_of,
    check_same,
    check_tensors,
    flat,
    inclusive_plan,
    planned,
    sha256,
    typed,
)
from proofformer.artifacts.stock import Stock, stock
from proofformer.errors import InputError
from proofformer.planner import Plan
from proofformer.problems import Problem
from proofformer.runtime.model import Model

FORMAT, VERSION = "proofformer-stock", 1
CONFIG, WEIGHTS, ABOUT, CARD = "config.json", "model.safetensors", "proofformer.json", "README.md"


def write(model: Model, target: Path, architecture: str | None = None) -> None:
    """Write the folder of a model, in one move. Llama and Arcee for bfloat16 and float32, T5 for float32 and float64.

    Without an architecture it is Llama, or T5 where that cannot hold the dtype.

    Raises `InputError` for a dtype that the class cannot hold exactly, for a target that is no folder of this kind and
    for a model whose weights are not those of its plan; `ProofError` when a token that sees itself has a key too many.
    """
    from safetensors.torch import save

    plan = inclusive_plan(model)
    held = stock(plan, architecture or ("t5" if plan.dtype.name == "float64" else "llama"))
    files = {
        CONFIG: (json.dumps(held.config, indent=1) + "\n").encode(),
        WEIGHTS: save(typed(held.tensors, plan), metadata={"format": "pt"}),
    }
    about = _about(model.problem, plan, held)
    about["sha256"] = {name: sha256(data) for name, data in files.items()}
    files[ABOUT] = (json.dumps(about, indent=1) + "\n").encode()
    files[CARD] = stock_card(model.problem, plan, held.architecture).encode()
    write_folder(target, files, ABOUT, FORMAT)


def read(source: Path) -> RowsModel:
    """The model of a folder, run by transformers. Raises `InputError` naming the file at fault."""
    transformers = needs("transformers", "hf")
    about = read_json(source / ABOUT, FORMAT, VERSION)
    problem, plan = planned(source / ABOUT, about)
    held = stock(plan, str(about.get("architecture")))
    check_same(source / CONFIG, read_json(source / CONFIG), held.config)
    check_tensors(source / WEIGHTS, read_tensors(source / WEIGHTS), typed(held.tensors, plan))
    hashes = {name: sha256((source / name).read_bytes()) for name in (CONFIG, WEIGHTS)}
    check_same(source / ABOUT, about, _about(problem, plan, held) | {"sha256": hashes})
    network = _loaded(transformers, source, held.architecture.loader)
    answer = flat(held.shape.answer)

    def run(x: Tensor) -> Tensor:
        rows: Tensor = network(inputs_embeds=x).last_hidden_state
        return rows[:, -1, answer]

    return RowsModel(problem, plan, held.shape, held.ones, run)


def keeps(exported: RowsModel) -> str:
    """What the folder keeps of the model, in words."""
    return (
        f"weights and arithmetic in {exported.dtype}, in a stock class with no code of its own; the strict mask is in "
        "the rows; n up to the model's; memory grows with n (with its square for t5, whose position bias is n x n)"
    )


def _about(problem: Problem, plan: Plan, held: Stock) -> dict[str, Any]:
    said = {"format": FORMAT, "version": VERSION, "architecture": held.architecture.name}
    return said | about_of(problem, plan, held.shape, held.ones)


def _loaded(transformers: Any, source: Path, loader: str) -> Any:
    """The stock model, loaded as anyone would, but without a progress bar."""
    talk = transformers.utils.logging
    bar = talk.is_progress_bar_enabled()
    talk.disable_progress_bar()
    try:
        return getattr(transformers, loader).from_pretrained(source, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise InputError(f"{source}: transformers cannot load it ({error}); {AGAIN}") from None
    finally:
        if bar:
            talk.enable_progress_bar()
