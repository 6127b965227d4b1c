"""The formulas for states, held against what models of the classes, made small, have cached."""

from typing import Any

import pytest
import torch
import transformers

from proofformer.challenge.states import FLOAT32, STOCK, WIDTHS, StateFormula, default_states, state_size
from proofformer.challenge.stock import _tensors
from proofformer.errors import InputError

WINDOW = 3
SMALL: dict[str, dict[str, Any]] = {
    "Mamba": {"hidden_size": 8, "state_size": 5, "num_hidden_layers": 2},
    "FalconMamba": {"hidden_size": 8, "state_size": 5, "num_hidden_layers": 2},
    "Mamba2": {
        "hidden_size": 16,
        "num_heads": 4,
        "head_dim": 8,
        "state_size": 5,
        "n_groups": 2,
        "num_hidden_layers": 2,
    },
    "Rwkv": {"hidden_size": 8, "num_hidden_layers": 3},
    "RecurrentGemma": {
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "attention_window_size": WINDOW,
    },
    "MiniMax": {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 6,
        "num_local_experts": 2,
    },
    "Qwen3Next": {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "linear_key_head_dim": 6,
        "linear_value_head_dim": 10,
        "linear_num_key_heads": 2,
        "linear_num_value_heads": 4,
        "num_experts": 4,
        "num_experts_per_tok": 2,
        "moe_intermediate_size": 8,
        "shared_expert_intermediate_size": 8,
    },
}


def kept(model: torch.nn.Module, tokens: int) -> int:
    """The bits that a model has cached after so many tokens, in its output, its cache or its modules."""
    ids = torch.arange(tokens)[None] % 11
    given = {"use_cache": True}
    if "RecurrentGemma" in type(model).__name__:
        given["cache"] = transformers.DynamicCache(config=model.config)
    with torch.no_grad():
        out = model(ids, **given)
    held = [out.get("state"), out.get("past_key_values"), given.get("cache")]
    held += [getattr(part, name, None) for part in model.modules() for name in ("conv1d_state", "recurrent_states")]
    return sum(x.numel() * x.element_size() * 8 for x in _tensors(held, set()))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("stock", STOCK, ids=lambda stock: stock.name)
def test_states_are_what_is_cached(stock: StateFormula, dtype: str) -> None:
    ends = {"pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 0}
    config = getattr(transformers, f"{stock.name}Config")(vocab_size=11, **ends, **SMALL[stock.name])
    model = getattr(transformers, f"{stock.name}Model")(config).eval().to(getattr(torch, dtype))
    size = state_size(stock, config, dtype)
    for tokens in (5, 9):
        assert kept(model, tokens) == size.bits + tokens * size.bits_per_token
    assert sum(size.layers.values()) == config.num_hidden_layers


def test_default_states() -> None:
    sizes = {size.name: size for size in default_states("float32")}
    assert list(sizes) == [stock.name for stock in STOCK] == list(dict.fromkeys(sizes))
    assert sizes["Mamba"].bits == 32 * 2 * 768 * (16 + 4) * FLOAT32
    assert sizes["Rwkv"].bits == 32 * 5 * 4096 * FLOAT32
    assert [name for name, size in sizes.items() if size.bits_per_token] == ["MiniMax", "Qwen3Next"]
    halves = {size.name: size.bits for size in default_states("float16")}
    assert all(sizes[name].bits / 2 <= halves[name] < sizes[name].bits for name in sizes)


def test_another_dtype_is_refused() -> None:
    with pytest.raises(InputError, match=f"'int8': choose one of {', '.join(WIDTHS)}"):
        default_states("int8")


def test_without_transformers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers", None)
    with pytest.raises(InputError, match=r"pip install 'proofformer\[hf\]'"):
        default_states("float32")


def test_without_a_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "transformers", __import__("types").ModuleType("transformers"))
    with pytest.raises(InputError, match="MambaConfig"):
        default_states("float32")
