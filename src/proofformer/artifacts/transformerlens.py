"""TransformerLens: a native `TransformerBridge` without normalisation, and where in it every signal and head is.

It takes residual rows in place of tokens, and its logits at READ are the answer's bits. The folder has
`model.safetensors` with the library's names, `proofformer.json` with its configuration, what was compiled, and the maps
`signals` (name to hook and dimensions), `until` (name to the last such hook) and `heads` (name to layer and number),
and `README.md`. Asked to, it turns the residual stream into another basis, which is then the embedding.
"""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from torch import Tensor

from proofformer.artifacts.artifact import ABOUT, CARD, Artifact, Format, about_of, as_json, needs
from proofformer.artifacts.folder import Files
from proofformer.artifacts.rotated import Rotated, rotated
from proofformer.artifacts.rows import RowsFront, flat, places, rows_card
from proofformer.artifacts.stacked import Stacked, stacked
from proofformer.artifacts.tensors import as_bytes, as_tensors
from proofformer.circuit.signals import At
from proofformer.compiler import INCLUSIVE, Spec
from proofformer.errors import InputError
from proofformer.planner import Plan
from proofformer.planner.layout import Slice
from proofformer.problems.arrays import Floats
from proofformer.runtime import Front
from proofformer.runtime.front import Batches, torch_dtype
from proofformer.runtime.model import exact_tensors

WEIGHTS = "model.safetensors"
DTYPES = ("float32", "float64")
LOAD = (
    "import json, torch",
    "from safetensors.torch import load_file",
    "from transformer_lens import TransformerBridge",
    "",
    'at = json.load(open("proofformer.json"))',
    'dtype = getattr(torch, at["dtype"])',
    'model = TransformerBridge.boot_native(at["config"] | {"dtype": dtype}, dtype=dtype)',
    'model.load_state_dict(load_file("model.safetensors"))',
    "# Rows, which stand for embedded tokens, pass `hook_embed`.",
    'embed = lambda _, args, given: (args, given | {"inputs_embeds": model.embed.hook_out(given["inputs_embeds"])})',
    "model.eval().original_model.register_forward_pre_hook(embed, with_kwargs=True)",
)
"""The card's own way to the model."""
LARGEST_SEED = 1 << 63
SCALE = 2.0
"""What scores are divided by. The library's native models divide by the root of the width of heads, unless told another
number that is not 1: so query weights are twice the plan's, and the quotient is the plan's score, exactly."""


class HookedFront(RowsFront):
    """The `hooked` model with the names of its parts.

    `signals[name]` is (hook, start, stop): the signal is in dimensions start..stop - 1 of what passes there, turned
    back where it was `rotated`, and stands there until the hook `until[name]`; `heads[name]` is (layer, number).
    """

    def __init__(
        self, spec: Spec, plan: Plan, shape: Stacked, hooked: Any, run: Callable[[Tensor], Tensor], rotated: bool
    ) -> None:
        super().__init__(spec, plan, shape, (), run)
        self.hooked = hooked
        self.rotated = rotated
        self.signals = signal_hooks(plan)
        self.until = last_hooks(plan, rotated)
        self.heads = head_numbers(plan)

    def __repr__(self) -> str:
        return f"{super().__repr__()[:-1]}{', rotated' if self.rotated else ''})"

    def _rows(self, sets: Batches, lengths: Tensor | None) -> Tensor:
        return self.turned(super()._rows(sets, lengths))

    def turned(self, plain: Tensor) -> Tensor:
        """Numbers (.., width) as `signals` has them, as they stand in the residual stream."""
        there: Tensor = plain @ self.hooked.W_E if self.rotated else plain
        return there

    def plain(self, stream: Tensor) -> Tensor:
        """What stands in the residual stream (.., width), as `signals` has it."""
        back: Tensor = stream @ self.hooked.W_E.T if self.rotated else stream
        return back


class TransformerLens(Format):
    """A folder for TransformerLens, in float32 or float64."""

    name = "transformerlens"
    names = (ABOUT, WEIGHTS, CARD)
    options = ("rotate",)
    libraries = ("transformer_lens",)
    version = 5

    def check_libraries(self) -> None:
        _boot()

    def settle(self, spec: Spec, given: Mapping[str, Any]) -> tuple[Spec, dict[str, Any]]:
        if spec.dtype not in DTYPES:
            raise InputError(
                f"transformerlens cannot hold a {spec.dtype} model exactly (it rounds scores to the stored type): "
                f"compile it in {' or '.join(DTYPES)}"
            )
        for seed in given.values():
            if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < LARGEST_SEED:
                raise InputError(f"rotate is {reprlib.repr(seed)}: choose a whole number from 0 to {LARGEST_SEED - 1}")
        return replace(spec, mask=INCLUSIVE), dict(given)

    def make(self, spec: Spec, plan: Plan, options: Mapping[str, Any]) -> Files:
        shape = stacked(plan, exact_root=False)
        turned = rotated(plan, shape, options["rotate"]) if options else None
        # Here the dimensions of `answer` are those of the logits.
        numbers = iter(range(len(flat(shape.answer))))
        logits = {name: tuple(next(numbers) for _ in dims) for name, dims in shape.answer.items()}
        about = about_of(self, spec, options) | {
            "config": bridge_config(shape, plan, bool(options)),
            **places(spec, replace(shape, answer=logits), ()),
            "signals": {name: list(at) for name, at in signal_hooks(plan).items()},
            "until": last_hooks(plan, bool(options)),
            "heads": {name: list(at) for name, at in head_numbers(plan).items()},
        }
        return {
            WEIGHTS: as_bytes(exact_tensors(bridge_tensors(shape, plan, turned).items(), spec.dtype)),
            ABOUT: as_json(about),
            CARD: _card(spec, plan, bool(options)),
        }

    def run(self, artifact: Artifact, plan: Plan) -> Front:
        boot, spec, shape = _boot(), artifact.spec, stacked(plan, exact_root=False)
        dtype = torch_dtype(spec.dtype)
        # What the library draws for weights, before it gets these, is nobody's randomness.
        with torch.random.fork_rng(devices=[]):
            hooked = boot(bridge_config(shape, plan, bool(artifact.options)) | {"dtype": dtype}, dtype=dtype)
        hooked.load_state_dict(as_tensors(artifact.files[WEIGHTS]))
        hooked.requires_grad_(False).eval()

        def embed(_: object, args: tuple[Any, ...], given: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
            rows = given.get("inputs_embeds")
            if rows is None:
                raise InputError("this model has no tokens: pass rows, which `rows` makes of documents")
            return args, given | {"inputs_embeds": hooked.embed.hook_out(rows)}

        # The library embeds tokens; what stands for embedded ones would pass by `hook_embed`.
        hooked.original_model.register_forward_pre_hook(embed, with_kwargs=True)

        def run(x: Tensor) -> Tensor:
            logits: Tensor = hooked(x)
            return logits[:, -1]

        return HookedFront(spec, plan, shape, hooked, run, bool(artifact.options))

    def keeps(self, front: Front) -> str:
        turned = ""
        if isinstance(front, HookedFront) and front.rotated:
            mixed = (front.hooked.W_E != 0).sum(1) > 1
            turned = f" once W_E turns it back, which mixes {int(mixed.sum())} of {len(mixed)} dimensions"
        return (
            f"weights and arithmetic in {front.dtype}, every head and signal by its name{turned}; the strict mask is "
            "in the rows; n up to the model's, with all n x n attention weights in memory"
        )


FORMAT = TransformerLens()


def _boot() -> Any:
    """What builds native models. Raises `InputError` for a library that is missing or has none."""
    boot = getattr(
        getattr(needs("transformer_lens", "transformerlens"), "TransformerBridge", None), "boot_native", None
    )
    if boot is None:
        raise InputError(
            f"transformer-lens {version('transformer-lens')} builds no native models: pip install "
            "'proofformer[transformerlens]'"
        )
    return boot


def _card(spec: Spec, plan: Plan, turned: bool) -> bytes:
    reads = ", ".join(f"`{name}`" for name, head in plan.circuit.heads.items() if head.at is At.READ)
    of = "n documents, A's and then B's," if spec.problem.bichromatic else "n documents"
    return rows_card(
        spec,
        plan,
        kind="TransformerLens",
        what="It is a `TransformerBridge` of the library's own network, without normalisation. `proofformer.json` "
        "names, for each signal, the hook and the dimensions where it first stands, under `until` the last such "
        "hook, and for each head its layer and number."
        + (
            " The residual stream is in another basis: rows are turned by `model.W_E`, and a stream by its transpose "
            "into what `proofformer.json` means."
            if turned
            else ""
        ),
        notes=[
            f"Token t of {of} is document n - t, counted from 0. The heads of READ ({reads}) look at the documents' "
            "own tokens. All others take keys and values from the copies of the token before: weight on token t is "
            "weight on document n + 1 - t, and what a document is gets patched on its own token and the next. Only the "
            "logits of READ, the last token, mean anything. `transformer_lens.patching` takes the width of rows for "
            "their number: by position, give it `index_axis_names=None, "
            'index_df=make_df_from_ranges([layers, n + 2], ["layer", "pos"])`.'
        ],
        load=LOAD,
        run=[
            "with torch.autocast(x.device.type, enabled=False):",
            f"    logits, cache = model.run_with_cache({'(x @ model.W_E)' if turned else 'x'}[None])",
            "bits = logits[0, -1]",
        ],
        keep=[
            "the rows as they are, in place of tokens: the model has none, and its logits are the answer's bits;",
            "the weights as they are: no `enable_compatibility_mode`, which moves parts of one matrix into another.",
        ],
    )


def bridge_config(shape: Stacked, plan: Plan, turned: bool) -> dict[str, Any]:
    """What `boot_native` takes, but for the dtype. Turned, a token of the vocabulary is 1 in one dimension."""
    return {
        "act_fn": "relu",
        "attn_scale": SCALE,
        "d_head": shape.head_dim,
        "d_mlp": shape.hidden,
        "d_model": shape.width,
        "d_vocab": shape.width if turned else 1,
        "d_vocab_out": len(flat(shape.answer)),
        "device": "cpu",
        "init_weights": False,
        "n_ctx": plan.max_n + 2,
        "n_heads": shape.heads,
        "n_layers": len(shape.blocks),
        "normalization_type": None,
        "use_attn_scale": True,
    }


def bridge_tensors(shape: Stacked, plan: Plan, turned: Rotated | None) -> dict[str, Floats]:
    """The weights by the library's names, all of them; biases, embeddings and positions that nothing uses are zero."""
    inner, width = shape.heads * shape.head_dim, shape.width
    answer = flat(shape.answer)
    turn, rest = (np.zeros((1, width)), np.zeros(width)) if turned is None else (turned.turn, turned.rest)
    tensors = {
        "embed.weight": turn,
        "pos_embed.weight": np.tile(rest, (plan.max_n + 2, 1)),
        "unembed.weight": (np.eye(width) if turned is None else turn)[answer],
        "unembed.bias": np.zeros(len(answer)),
    }
    for k, block in enumerate((shape if turned is None else turned.shape).blocks):
        parts: dict[str, Floats] = {
            "attn.q.weight": SCALE * block["query"],
            "attn.k.weight": block["key"],
            "attn.v.weight": block["value"],
            "attn.o.weight": block["output"],
            **{f"attn.{name}.bias": np.zeros(inner) for name in "qkv"},
            "attn.o.bias": block.get("bo", np.zeros(width)),
            "mlp.in.weight": block["w1"],
            "mlp.in.bias": block["b1"],
            "mlp.out.weight": block["w2"],
            "mlp.out.bias": block["b2"],
        }
        tensors |= {f"blocks.{k}.{name}": np.ascontiguousarray(matrix) for name, matrix in parts.items()}
    return tensors


def signal_hooks(plan: Plan) -> dict[str, tuple[str, int, int]]:
    """For each signal the hook at which it first stands in the residual stream, and its dimensions there."""

    def hook(born: int) -> str:
        block, half = divmod(max(born, 0), 2)
        return f"blocks.{block}.hook_resid_{'pre' if born < 0 else 'post' if half else 'mid'}"

    return {s.signal: (hook(s.born), s.start, s.stop) for s in plan.layout.slices}


def last_hooks(plan: Plan, turned: bool) -> dict[str, str]:
    """For each signal the last hook at which it stands in the residual stream: where an MLP next sets its dimensions to
    0 for another signal, or the last of all. Turned, the MLPs take a constant off what a head returned."""
    blocks, first = plan.layout.blocks, signal_hooks(plan)

    def hook(s: Slice) -> str:
        if turned and plan.circuit.signals[s.signal].noisy:
            return first[s.signal][0]
        later = ((k, block) for k, block in enumerate(blocks) if 2 * k + 1 > s.born)
        ends = (k for k, block in later if any(s.start <= dimension < s.stop for dimension, _ in block.clears))
        end = next(ends, None)
        return f"blocks.{len(blocks) - 1}.hook_resid_post" if end is None else f"blocks.{end}.hook_resid_mid"

    return {s.signal: hook(s) for s in plan.layout.slices}


def head_numbers(plan: Plan) -> dict[str, tuple[int, int]]:
    """For each head its layer and its number there."""
    return {name: (k, h) for k, block in enumerate(plan.layout.blocks) for h, name in enumerate(block.heads)}
