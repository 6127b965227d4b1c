"""What a plan is in a stock Hugging Face class: `config.json` and the tensors by their names there.

Nothing in these classes is trained away or patched: their norms and rotary positions are turned into the identity by
numbers that the configuration may have.

* An RMSNorm divides by sqrt(mean(x^2) + eps) and multiplies by its weight. With eps = 2^60, mean(x^2) below 2^35 is
  lost in float32, where it is computed, so that x is divided and multiplied by 2^30 exactly.
* Rotary positions with frequencies divided by 1e60 turn nothing: cos 0 = 1 and sin 0 = 0.
* Llama and Arcee divide scores by the root of the head width, a power of 2, which the query weights make up for.
* Llama's MLP is gated: the gate is the layer of the plan, what it multiplies is the constant 1. T5's has no biases: a
  residual dimension that is 1 on every token stands in for them.
* T5's encoder sees all tokens: its relative position bias is -2^100 for those that come later, and 0 else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import isqrt
from typing import Any

import numpy as np

from proofformer.artifacts.stacked import Stacked, stacked
from proofformer.errors import InputError, one_of
from proofformer.planner import Plan
from proofformer.problems.arrays import Floats

Arrays = dict[str, Floats]

UNSEEN = -(2.0**100)
LEAST_EPS, MOST_EPS = 60, 100
"""Exponents of eps: the larger, the larger numbers a norm leaves alone; a number over sqrt(eps) has to be normal."""


@dataclass(frozen=True)
class Architecture:
    """A stock class: the dtypes in which it keeps what the plan needs exact, and why not in others; how many residual
    dimensions that are 1 on every token it needs, its configuration, and the weights by their names there."""

    name: str
    kind: str
    loader: str
    dtypes: tuple[str, ...]
    because: str
    spare: int
    config: Callable[[Stacked, Plan, float], dict[str, Any]]
    tensors: Callable[[Stacked, float], Arrays]


@dataclass(frozen=True)
class Stock:
    """A plan in an architecture. `ones` are residual dimensions that are 1 on every token, beyond the inputs."""

    architecture: Architecture
    shape: Stacked
    config: dict[str, Any]
    tensors: Arrays
    ones: tuple[int, ...]


def architecture_for(dtype: str, name: str | None = None) -> Architecture:
    """The architecture of that name, or the first that holds the dtype. Raises `InputError` where there is none."""
    holding = [a for a in ARCHITECTURES.values() if dtype in a.dtypes]
    if name is None and holding:
        return holding[0]
    if name is not None and name not in ARCHITECTURES:
        raise InputError(f"architecture {name!r} is unknown: {one_of(name, ARCHITECTURES)}")
    chosen = ARCHITECTURES[name or next(iter(ARCHITECTURES))]
    if dtype not in chosen.dtypes:
        remedy = f"choose {' or '.join(a.name for a in holding)}" if holding else "compile it in float32"
        raise InputError(f"{chosen.name} cannot hold a {dtype} model exactly ({chosen.because}): {remedy}")
    return chosen


def stock(plan: Plan, architecture: str) -> Stock:
    """The plan in an architecture."""
    chosen = ARCHITECTURES[architecture]
    shape = stacked(plan, spare=chosen.spare)
    eps = norm_eps(shape)
    ones = tuple(range(shape.unused, shape.unused + chosen.spare))
    config = {"architectures": [chosen.kind], "model_type": chosen.name, **chosen.config(shape, plan, eps)}
    return Stock(chosen, shape, config, chosen.tensors(shape, eps), ones)


def norm_eps(shape: Stacked) -> float:
    """A power of 4 that makes the norm the identity for every number that a token may have."""
    for exponent in range(LEAST_EPS, MOST_EPS + 1, 2):
        if shape.square < shape.width << (exponent - 25):
            return float(1 << exponent)
    raise InputError("the numbers of this model are too large for a norm to leave them alone: compile a smaller l")


def _decoder_config(shape: Stacked, plan: Plan, eps: float) -> dict[str, Any]:
    """Of Llama and Arcee."""
    return {
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": None,
        "dtype": plan.dtype.name,
        "eos_token_id": None,
        "head_dim": shape.head_dim,
        "hidden_act": "relu",
        "hidden_size": shape.width,
        "intermediate_size": shape.hidden,
        "max_position_embeddings": plan.max_n + 2,
        "mlp_bias": True,
        "num_attention_heads": shape.heads,
        "num_hidden_layers": len(shape.blocks),
        "num_key_value_heads": shape.heads,
        "pad_token_id": None,
        "rms_norm_eps": eps,
        "rope_parameters": {"factor": 1e60, "rope_theta": 10000.0, "rope_type": "linear"},
        "tie_word_embeddings": False,
        "use_cache": False,
        "vocab_size": 1,
    }


def _t5_config(shape: Stacked, plan: Plan, eps: float) -> dict[str, Any]:
    return {
        "d_ff": shape.hidden + 1,
        "d_kv": shape.head_dim,
        "d_model": shape.width,
        "dropout_rate": 0.0,
        "dtype": plan.dtype.name,
        "eos_token_id": 0,
        "feed_forward_proj": "relu",
        "is_encoder_decoder": False,
        "layer_norm_epsilon": eps,
        "num_decoder_layers": 0,
        "num_heads": shape.heads,
        "num_layers": len(shape.blocks),
        "pad_token_id": 0,
        "relative_attention_max_distance": 128,
        "relative_attention_num_buckets": 4,
        "tie_word_embeddings": True,
        "use_cache": False,
        "vocab_size": 1,
    }


def _decoder_tensors(shape: Stacked, eps: float, *, gated: bool) -> Arrays:
    """Of Llama, whose MLP is gated, and of Arcee."""
    norm, root = np.full(shape.width, eps**0.5), isqrt(shape.head_dim)
    tensors = {"embed_tokens.weight": np.zeros((1, shape.width)), "norm.weight": norm}
    for k, block in enumerate(shape.blocks):
        hidden = "gate" if gated else "up"
        parts = {
            "self_attn.q_proj.weight": root * block["query"],
            "self_attn.k_proj.weight": block["key"],
            "self_attn.v_proj.weight": block["value"],
            "self_attn.o_proj.weight": block["output"],
            "input_layernorm.weight": norm,
            "post_attention_layernorm.weight": norm,
            f"mlp.{hidden}_proj.weight": block["w1"],
            f"mlp.{hidden}_proj.bias": block["b1"],
            "mlp.down_proj.weight": block["w2"],
            "mlp.down_proj.bias": block["b2"],
        }
        if gated:
            parts["mlp.up_proj.weight"], parts["mlp.up_proj.bias"] = (
                np.zeros_like(block["w1"]),
                np.ones_like(block["b1"]),
            )
        tensors |= {f"layers.{k}.{name}": matrix for name, matrix in parts.items()}
    return tensors


def _t5_tensors(shape: Stacked, eps: float) -> Arrays:
    """A hidden unit of its own, 1 on every token, makes b2."""
    norm, last = np.full(shape.width, eps**0.5), shape.hidden
    tensors = {"shared.weight": np.zeros((1, shape.width)), "encoder.final_layer_norm.weight": norm}
    later = np.array([0, 0, UNSEEN, UNSEEN])
    bias = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    tensors[bias] = np.repeat(later[:, None], shape.heads, axis=1)
    for k, block in enumerate(shape.blocks):
        w1, w2 = np.zeros((last + 1, shape.width)), np.zeros((shape.width, last + 1))
        w1[:last], w2[:, :last] = block["w1"], block["w2"]
        w1[:last, shape.unused] = block["b1"]
        w1[last, shape.unused] = 1
        w2[:, last] = block["b2"]
        parts = {
            "layer.0.SelfAttention.q.weight": block["query"],
            "layer.0.SelfAttention.k.weight": block["key"],
            "layer.0.SelfAttention.v.weight": block["value"],
            "layer.0.SelfAttention.o.weight": block["output"],
            "layer.0.layer_norm.weight": norm,
            "layer.1.DenseReluDense.wi.weight": w1,
            "layer.1.DenseReluDense.wo.weight": w2,
            "layer.1.layer_norm.weight": norm,
        }
        tensors |= {f"encoder.block.{k}.{name}": matrix for name, matrix in parts.items()}
    return tensors


_NORMS = "its norms work in float32, and their weight 2^30 is too large for float16"
_DECODER = ("AutoModel", ("bfloat16", "float32"), _NORMS, 0, _decoder_config)
_T5 = "2^30, a weight of its norms, is too large for float16, and it may round scores to bfloat16"

ARCHITECTURES = {
    a.name: a
    for a in (
        Architecture("llama", "LlamaModel", *_DECODER, partial(_decoder_tensors, gated=True)),
        Architecture("arcee", "ArceeModel", *_DECODER, partial(_decoder_tensors, gated=False)),
        Architecture(
            "t5", "T5EncoderModel", "AutoModelForTextEncoding", ("float32", "float64"), _T5, 1, _t5_config, _t5_tensors
        ),
    )
}
