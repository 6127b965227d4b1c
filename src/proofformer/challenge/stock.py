"""Recurrent models of transformers, small ones, with weights as their classes draw them, which read documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from proofformer.challenge.states import STOCK, WIDTHS
from proofformer.errors import InputError, one_of
from proofformer.verify.instances import Bits

WIDTH: Final = 32
_HEADS: Final = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
_EXPERTS: Final = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32}


@dataclass(frozen=True)
class Small:
    """How a small model of a class is made and run.

    `says` is what its configuration says beside a hidden width of `WIDTH`, where the default is for a large model. It
    has at least `layers` layers, and `linear` ones only, where some would be full attention. It is `placed` if it is
    told the places of what it reads. What it keeps is called `cache`; `in_modules` is what its layers keep beside it.
    """

    says: Mapping[str, Any]
    layers: int = 1
    linear: bool = False
    placed: bool = False
    cache: str = "cache"
    in_modules: tuple[str, ...] = ()


SMALL: Final[dict[str, Small]] = {
    "Mamba": Small({"state_size": 8}),
    "FalconMamba": Small({"state_size": 8}),
    "Mamba2": Small({"num_heads": 8, "head_dim": 8, "state_size": 8, "n_groups": 2}),
    # The weights of one layer alone transformers does not draw.
    "Rwkv": Small({}, layers=2, cache="state"),
    "RecurrentGemma": Small(
        {
            "intermediate_size": 64,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "attention_window_size": 16,
        },
        placed=True,
        in_modules=("conv1d_state", "recurrent_states"),
    ),
    "MiniMax": Small({"intermediate_size": 64, "num_local_experts": 2, **_HEADS}, linear=True, placed=True),
    "Qwen3Next": Small(
        {
            "intermediate_size": 64,
            "linear_key_head_dim": 8,
            "linear_value_head_dim": 8,
            "linear_num_key_heads": 2,
            "linear_num_value_heads": 4,
            "shared_expert_intermediate_size": 32,
            **_HEADS,
            **_EXPERTS,
        },
        linear=True,
        placed=True,
    ),
}
NAMES: Final = {stock.name.lower(): stock.name for stock in STOCK}
RIDGE: Final = 1e-3
MOST_LAYERS: Final = 64


class Kept:
    """A state: what the class calls its cache, what layers keep, and how many documents were read."""

    def __init__(self, cache: Any, in_modules: dict[tuple[str, str], Tensor | None]) -> None:
        self.cache, self.in_modules, self.read = cache, in_modules, 0
        self.seen: Tensor | None = None
        """What the last layer gave for the last document (width,)."""


class StockModel:
    """A model of a class of transformers that reads documents, each embedded by one random matrix.

    `answer` is a linear readout of what the last layer gives for the document that asks; `fit` chooses it. Raises
    InputError for an unknown name or dtype, another number of `layers` than 1 to 64 (rwkv: 2 to 64; None: the least) or
    a seed that is no whole number from 0 on, and where transformers or the class is missing.
    """

    def __init__(
        self, name: str, dim: int, *, layers: int | None = None, dtype: str = "float32", seed: int = 0
    ) -> None:
        if name not in NAMES:
            raise InputError(f"model {name!r} is unknown: {one_of(name, NAMES)}")
        if dtype not in WIDTHS:
            raise InputError(f"dtype is {dtype!r}: for {name} {one_of(dtype, WIDTHS)}")
        self.stock, self.small = NAMES[name], SMALL[NAMES[name]]
        least = self.small.layers
        layers = least if layers is None else layers
        if type(layers) is not int or not least <= layers <= MOST_LAYERS:
            raise InputError(f"layers is {layers!r}: for {name} choose a whole number from {least} to {MOST_LAYERS}")
        if type(seed) is not int or not 0 <= seed < 1 << 63:
            raise InputError(f"seed is {seed!r}: choose a whole number from 0 to 2^63 - 1")
        self.layers = layers
        kind = getattr(torch, dtype)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.model = _made(self.stock, layers).to(kind)
            self.embed = torch.randn(dim, WIDTH).to(kind)
        self.windows = "sliding_attention" in getattr(self.model.config, "layer_types", ())
        self.weights: np.ndarray[Any, Any] | None = None
        self.parts = [
            (where, of)
            for where, part in self.model.named_modules()
            for of in self.small.in_modules
            if hasattr(part, of)
        ]

    def start(self) -> Kept:
        if not self.small.in_modules:
            return Kept(None, {})
        from transformers import DynamicCache

        return Kept(DynamicCache(config=self.model.config), dict.fromkeys(self.parts))

    def step(self, state: Kept, rows: Bits) -> Kept:
        """The state after these documents (k, l) more; the one before is used up."""
        for (where, of), tensor in state.in_modules.items():
            setattr(self.model.get_submodule(where), of, tensor)
        x = (2 * torch.from_numpy(rows).to(self.embed.dtype) - 1) @ self.embed
        given = {self.small.cache: state.cache}
        if self.small.placed:
            given["position_ids"] = torch.arange(state.read, state.read + len(rows))[None]
            if not self.windows:
                # What makes masks asks the cache for attention layers, of which there are none.
                given["attention_mask"] = dict.fromkeys(("linear_attention", "full_attention", "sliding_attention"))
        with torch.inference_mode(), _alone():
            out = self.model(inputs_embeds=x[None], use_cache=True, **given)
        if not self.small.in_modules:
            state.cache = out.get(self.small.cache)
        state.in_modules = {(where, of): getattr(self.model.get_submodule(where), of) for where, of in self.parts}
        state.read += len(rows)
        state.seen = out.last_hidden_state[0, -1]
        return state

    def state_bits(self, state: Kept) -> bytes:
        kept = [state.cache, *state.in_modules.values()]
        return b"".join(x.contiguous().view(torch.uint8).numpy().tobytes() for x in _tensors(kept, set()))

    def answer(self, state: Kept, rows: Bits) -> bool:
        """Whether the readout says yes to the documents (m, l) that ask. Raises InputError before it is fitted."""
        if self.weights is None:
            raise InputError(f"the readout of {self.stock} is not fitted: fit it")
        return bool(self._seen(state, rows) @ self.weights > 0)

    def fit(self, instances: Sequence[tuple[Bits, Bits]], answers: Sequence[bool]) -> None:
        """The readout of least squares for instances (those that ask, those that are read) and their answers."""
        seen = np.stack([self._seen(self.step(self.start(), read), asking) for asking, read in instances])
        gram = seen.T @ seen + RIDGE * np.eye(seen.shape[1])
        self.weights = np.linalg.solve(gram, seen.T @ np.where(answers, 1.0, -1.0))

    def _seen(self, state: Kept, rows: Bits) -> np.ndarray[Any, Any]:
        """What the last layer gives, and a one (width + 1,)."""
        last = self.step(state, rows).seen
        assert last is not None
        return np.append(last.double().numpy(), 1.0)


@contextmanager
def _alone() -> Iterator[None]:
    """On one thread, since a document is too little to be shared out, and sums have one order then; and without what
    transformers says of faster kernels that are not installed."""
    from transformers.utils import logging

    threads, level = torch.get_num_threads(), logging.get_verbosity()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        logging.set_verbosity(level)


def _made(stock: str, layers: int) -> nn.Module:
    """A small model of the class, in float32."""
    try:
        import transformers

        configured, made = (getattr(transformers, f"{stock}{part}") for part in ("Config", "Model"))
    except (ImportError, AttributeError) as error:
        raise InputError(f"{stock} comes from transformers: pip install 'proofformer[hf]' ({error})") from None
    ends = dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id"), 0)
    small = SMALL[stock]
    more = {"layer_types": ["linear_attention"] * layers} if small.linear else {}
    config = configured(vocab_size=2, hidden_size=WIDTH, num_hidden_layers=layers, **ends, **small.says, **more)
    with _alone():
        model: nn.Module = made(config).eval()
    return model


def _tensors(x: object, met: set[int]) -> Iterator[Tensor]:
    """All numbers that a cache holds, each once."""
    if id(x) in met:
        return
    met.add(id(x))
    if isinstance(x, Tensor):
        if x.is_floating_point():
            yield x
    elif isinstance(x, dict | list | tuple):
        for part in x.values() if isinstance(x, dict) else x:
            yield from _tensors(part, met)
    elif type(x).__module__.startswith("transformers."):
        yield from _tensors(vars(x), met)
