"""How many bits stock recurrent models keep of what they have read: from the configurations of transformers.

Each formula says what a layer of that class caches, as its source has it, which is named beside it (paths inside the
package transformers, 5.24). Numbers that every input shares, such as how many tokens were read, are no state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from proofformer.errors import InputError, one_of

WIDTHS: Final = {"float32": 32, "bfloat16": 16, "float16": 16}
FLOAT32: Final = 32

KeptNumbers = tuple[int, int]
"""Numbers that a layer keeps in the dtype of the model, and in float32 whatever that is."""


@dataclass(frozen=True)
class StateFormula:
    """A model class: the name before Config and Model, what one recurrent layer keeps, and where that was read."""

    name: str
    kept: Callable[[Any], KeptNumbers]
    says: str
    source: str


def _mamba(c: Any) -> KeptNumbers:
    channels = int(c.expand * c.hidden_size)
    return channels * c.conv_kernel, channels * c.state_size


def _mamba2(c: Any) -> KeptNumbers:
    channels = int(c.expand * c.hidden_size) + 2 * c.n_groups * c.state_size
    return channels * c.conv_kernel, c.num_heads * c.head_dim * c.state_size


def _rwkv(c: Any) -> KeptNumbers:
    return 2 * c.hidden_size, 3 * c.hidden_size


def _minimax(c: Any) -> KeptNumbers:
    width = c.head_dim or c.hidden_size // c.num_attention_heads
    return c.num_attention_heads * width**2, 0


def _qwen3_next(c: Any) -> KeptNumbers:
    keys, values = c.linear_num_key_heads * c.linear_key_head_dim, c.linear_num_value_heads * c.linear_value_head_dim
    return (2 * keys + values) * c.linear_conv_kernel_dim, values * c.linear_key_head_dim


def _recurrent_gemma(c: Any) -> KeptNumbers:
    return c.hidden_size * (c.conv1d_width - 1), c.lru_width


STOCK: Final = (
    StateFormula(
        "Mamba",
        _mamba,
        "expand hidden_size x conv_kernel, and expand hidden_size x state_size in float32",
        "models/mamba/modeling_mamba.py: MambaMixer; cache_utils.py: LinearAttentionLayer",
    ),
    StateFormula(
        "FalconMamba",
        _mamba,
        "as Mamba",
        "models/falcon_mamba/modeling_falcon_mamba.py: FalconMambaMixer; cache_utils.py: LinearAttentionLayer",
    ),
    StateFormula(
        "Mamba2",
        _mamba2,
        "(expand hidden_size + 2 n_groups state_size) x conv_kernel, and num_heads head_dim x state_size in float32",
        "models/mamba2/modeling_mamba2.py: Mamba2Mixer; cache_utils.py: LinearAttentionLayer",
    ),
    StateFormula(
        "Rwkv",
        _rwkv,
        "2 hidden_size, and 3 hidden_size in float32",
        "models/rwkv/modeling_rwkv.py: RwkvModel.forward",
    ),
    StateFormula(
        "RecurrentGemma",
        _recurrent_gemma,
        "hidden_size x (conv1d_width - 1), and lru_width in float32; a window of attention_window_size - 1 keys and "
        "values in its attention layers",
        "models/recurrent_gemma/modeling_recurrent_gemma.py: RecurrentGemmaRecurrentBlock; cache_utils.py: "
        "DynamicSlidingWindowLayer",
    ),
    StateFormula(
        "MiniMax",
        _minimax,
        "num_attention_heads x head_dim^2; its full attention layers keep all keys and values",
        "models/minimax/modeling_minimax.py: MiniMaxLightningAttention",
    ),
    StateFormula(
        "Qwen3Next",
        _qwen3_next,
        "(2 linear_num_key_heads linear_key_head_dim + linear_num_value_heads linear_value_head_dim) x "
        "linear_conv_kernel_dim, and linear_num_value_heads linear_value_head_dim x linear_key_head_dim in float32; "
        "its full attention layers keep all keys and values",
        "models/qwen3_next/modeling_qwen3_next.py: Qwen3NextGatedDeltaNet; cache_utils.py: LinearAttentionLayer",
    ),
)


@dataclass(frozen=True)
class StateSize:
    """What a model keeps once it has read many tokens: `bits`, and `bits_per_token` for each token that it has read.

    `layers` counts its layers by what they are: "linear_attention", "sliding_attention", "full_attention".
    """

    name: str
    layers: Mapping[str, int]
    bits: int
    bits_per_token: int


def state_size(stock: StateFormula, config: Any, dtype: str) -> StateSize:
    """The state of a model of that class with this configuration, in that dtype, for one sequence."""
    width = WIDTHS[dtype]
    types = getattr(config, "layer_types", None) or ["linear_attention"] * config.num_hidden_layers
    layers = {kind: types.count(kind) for kind in dict.fromkeys(types)}
    own, wide = stock.kept(config)
    token, window = 0, 0
    if set(layers) - {"linear_attention"}:
        head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        token = 2 * config.num_key_value_heads * head * width
    if "sliding_attention" in layers:
        window = layers["sliding_attention"] * (config.sliding_window - 1) * token
    return StateSize(
        stock.name,
        layers,
        layers["linear_attention"] * (own * width + wide * FLOAT32) + window,
        layers.get("full_attention", 0) * token,
    )


def default_states(dtype: str) -> tuple[StateSize, ...]:
    """The states of all `STOCK` models in their default configurations.

    Raises InputError for another dtype, and where transformers is not installed or has not all of the classes.
    """
    if dtype not in WIDTHS:
        raise InputError(f"dtype is {dtype!r}: {one_of(dtype, WIDTHS)}")
    try:
        import transformers

        configs = [getattr(transformers, f"{stock.name}Config") for stock in STOCK]
    except (ImportError, AttributeError) as error:
        raise InputError(f"sizes come from transformers: pip install 'proofformer[hf]' ({error})") from None
    return tuple(state_size(stock, config(), dtype) for stock, config in zip(STOCK, configs, strict=True))
