"""TransformerLens: a `HookedTransformer` without normalisation, and where in it every signal and head is.

It takes residual rows at `start_at_layer=0`, and its logits at READ are the answer's bits. The folder has
`model.safetensors` with the library's names, `proofformer.json` with its configuration, what was compiled, and the maps
`signals` (name to hook and dimensions) and `heads` (name to layer and number), and `README.md`.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from proofformer.artifacts.artifact import needs
from proofformer.artifacts.cards import hooked_card
from proofformer.artifacts.folder import read_json, read_tensors, write_folder
from proofformer.artifacts.rows import (
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
from proofformer.artifacts.stacked import Alike, alike
from proofformer.errors import InputError
from proofformer.planner import Plan
from proofformer.problems import Problem
from proofformer.runtime.model import Model, torch_dtype

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FORMAT, VERSION = "proofformer-transformerlens", 1
WEIGHTS, ABOUT, CARD = "model.safetensors", "proofformer.json", "README.md"
DTYPES = ("float32", "float64")


class HookedModel(RowsModel):
    """The `hooked` model with the names of its parts.

    `signals[name]` is (hook, start, stop): the signal is in dimensions start..stop - 1 of what passes there, and
    `heads[name]` is (layer, number).
    """

    def __init__(
        self, problem: Problem, plan: Plan, shape: Alike, hooked: Any, network: Callable[[Tensor], Tensor]
    ) -> None:
        super().__init__(problem, plan, shape, (), network)
        self.hooked = hooked
        self.signals = signal_hooks(plan)
        self.heads = head_numbers(plan)


def write(model: Model, target: Path) -> None:
    """Write the folder of a model, in one move.

    Raises `InputError` for a dtype other than float32 and float64, for a target that is no folder of this kind and for
    a model whose weights are not those of its plan; `ProofError` when a token that sees itself has a key too many.
    """
    from safetensors.torch import save

    plan = inclusive_plan(model)
    shape = hooked_shape(plan)
    weights = save(typed(hooked_tensors(shape), plan), metadata={"format": "pt"})
    about = _about(model.problem, plan, shape) | {"sha256": {WEIGHTS: sha256(weights)}}
    files = {
        WEIGHTS: weights,
        ABOUT: (json.dumps(about, indent=1) + "\n").encode(),
        CARD: hooked_card(model.problem, plan).encode(),
    }
    write_folder(target, files, ABOUT, FORMAT)


def read(source: Path) -> HookedModel:
    """The model of a folder, run by TransformerLens. Raises `InputError` naming the file at fault."""
    lens = needs("transformer_lens", "transformerlens")
    about = read_json(source / ABOUT, FORMAT, VERSION)
    problem, plan = planned(source / ABOUT, about)
    shape = hooked_shape(plan)
    tensors = typed(hooked_tensors(shape), plan)
    check_tensors(source / WEIGHTS, read_tensors(source / WEIGHTS), tensors)
    hashes = {WEIGHTS: sha256((source / WEIGHTS).read_bytes())}
    check_same(source / ABOUT, about, _about(problem, plan, shape) | {"sha256": hashes})
    with warnings.catch_warnings():
        # Version 3 announces that version 4 wraps other libraries' models only.
        warnings.simplefilter("ignore", DeprecationWarning)
        hooked = lens.HookedTransformer(lens.HookedTransformerConfig(**about["config"] | {"dtype": torch_dtype(plan)}))
    hooked.load_state_dict(tensors, strict=False)
    hooked.pos_embed.W_pos.data.zero_()
    hooked.requires_grad_(False)

    def run(x: Tensor) -> Tensor:
        logits: Tensor = hooked(x, start_at_layer=0)
        return logits[:, -1]

    return HookedModel(problem, plan, shape, hooked, run)


def keeps(exported: RowsModel) -> str:
    """What the folder keeps of the model, in words."""
    return (
        f"weights and arithmetic in {exported.dtype}, every head and signal by its name; the strict mask is in the "
        "rows; n up to the model's, with all n x n attention weights in memory"
    )


def _about(problem: Problem, plan: Plan, shape: Alike) -> dict[str, Any]:
    """Here the dimensions of `answer` are those of the logits."""
    said = {"format": FORMAT, "version": VERSION, "config": hooked_config(shape, plan)}
    maps = {
        "signals": {name: list(at) for name, at in signal_hooks(plan).items()},
        "heads": {name: list(at) for name, at in head_numbers(plan).items()},
    }
    numbers = iter(range(len(flat(shape.answer))))
    logits = {name: tuple(next(numbers) for _ in dims) for name, dims in shape.answer.items()}
    return said | about_of(problem, plan, replace(shape, answer=logits), ()) | maps


def hooked_shape(plan: Plan) -> Alike:
    """The plan in blocks of one shape. Raises `InputError` for a dtype in which scores are rounded."""
    if plan.dtype.name not in DTYPES:
        raise InputError(
            f"transformerlens cannot hold a {plan.dtype.name} model exactly (it rounds scores to the stored type): "
            f"compile it in {' or '.join(DTYPES)}"
        )
    return alike(plan, exact_root=False)


def hooked_config(shape: Alike, plan: Plan) -> dict[str, Any]:
    """What `HookedTransformerConfig` takes, but for the dtype."""
    return {
        "act_fn": "relu",
        "d_head": shape.head_dim,
        "d_mlp": shape.hidden,
        "d_model": shape.width,
        "d_vocab": 1,
        "d_vocab_out": len(flat(shape.answer)),
        "device": "cpu",
        "n_ctx": plan.max_n + 2,
        "n_heads": shape.heads,
        "n_layers": len(shape.blocks),
        "normalization_type": None,
        "use_attn_scale": False,
    }


def hooked_tensors(shape: Alike) -> dict[str, npt.NDArray[np.float64]]:
    """The weights by the library's names; biases and embeddings that nothing uses are zero."""
    import numpy as np

    heads, d, width = shape.heads, shape.head_dim, shape.width
    answer = flat(shape.answer)
    unembed = np.zeros((width, len(answer)))
    unembed[answer, range(len(answer))] = 1
    tensors = {
        "embed.W_E": np.zeros((1, width)),
        "unembed.W_U": unembed,
        "unembed.b_U": np.zeros(len(answer)),
    }
    for k, block in enumerate(shape.blocks):
        parts: dict[str, npt.NDArray[np.float64]] = {
            f"attn.W_{name[0].upper()}": block[name].reshape(heads, d, width).transpose(0, 2, 1)
            for name in ("query", "key", "value")
        }
        parts |= {f"attn.b_{name}": np.zeros((heads, d)) for name in "QKV"}
        parts |= {
            "attn.W_O": block["output"].T.reshape(heads, d, width),
            "attn.b_O": np.zeros(width),
            "mlp.W_in": block["w1"].T,
            "mlp.b_in": block["b1"],
            "mlp.W_out": block["w2"].T,
            "mlp.b_out": block["b2"],
        }
        tensors |= {f"blocks.{k}.{name}": np.ascontiguousarray(matrix) for name, matrix in parts.items()}
    return tensors


def signal_hooks(plan: Plan) -> dict[str, tuple[str, int, int]]:
    """For each signal the hook at which it first stands in the residual stream, and its dimensions there."""

    def hook(born: int) -> str:
        block, half = divmod(max(born, 0), 2)
        return f"blocks.{block}.hook_resid_{'pre' if born < 0 else 'post' if half else 'mid'}"

    return {s.signal: (hook(s.born), s.start, s.stop) for s in plan.layout.slices}


def head_numbers(plan: Plan) -> dict[str, tuple[int, int]]:
    """For each head its layer and its number there."""
    return {name: (k, h) for k, block in enumerate(plan.layout.blocks) for h, name in enumerate(block.heads)}
