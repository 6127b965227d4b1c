"""Which networks the engine runs in the place of dense attention, and from which size on.

A model whose attention is `auto`, the default, is run by the engine from a measured crossing on, on a CPU, unless
somebody listens to what happens inside; with `fast` always, or there is a refusal.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.autograd import forward_ad
from torch.nn.modules import module as modules
from torch.overrides import _get_current_function_mode_stack
from torch.utils._device import DeviceContext

from proofformer.errors import InputError, raised
from proofformer.runtime.attention import Attention, auto, fast
from proofformer.runtime.sources import ENGINE, engine_sources
from proofformer.runtime.transformer import MLP, Block, SelfAttention, Transformer

if TYPE_CHECKING:
    from proofformer.runtime.engine import Engine

WARM = 512
"""Documents from which on the engine is ahead, once its kernels are loaded."""

LOADING = 1 << 27
"""The engine's kernels take a second to load, and ten to compile, once on a machine; in that second dense attention
compares this many pairs of documents. After so many pairs, in one instance or in several, they are loaded: waiting then
never costs more than loading them for nothing would."""

Outline = tuple[list[tuple[str, torch.Size]], list[int], list[tuple[bool, bool]]]
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
GLOBAL_HOOKS = ("_global_forward_hooks", "_global_forward_pre_hooks", "_global_backward_hooks")


class Serving:
    """The engine of one Transformer, made anew when a weight is another."""

    def __init__(self, stored: list[Entries] | None = None) -> None:
        self._stored = stored
        # One tuple, so that a thread never sees the entries of one engine beside another engine.
        self._made: tuple[list[Entries], Outline, Engine] | None = None
        self._pairs = 0

    def __reduce__(self) -> tuple[type[Serving], tuple[list[Entries] | None]]:
        """A copy makes its own."""
        return Serving, (self._stored,)

    def keep(self, transformer: Transformer) -> None:
        """These are the weights that were compiled: where other ones would be rounded, they are known from them."""
        weights = list(transformer.parameters())
        self._stored = [Entries.of(weight) for weight in weights] if all(map(_is_narrow, weights)) else None

    def engine(self, transformer: Transformer, sets: Sequence[Tensor], attention: Attention) -> Engine | None:
        """What runs the network on these documents, if it is the engine. Raises `InputError` when it was asked for and
        cannot serve."""
        if attention is not auto and attention is not fast:
            return None
        n = sum(x.shape[1] for x in sets)
        if attention is auto and (n < WARM or not self._loaded(len(sets[0]) * n * n)):
            return None
        why = unserved(transformer, sets) or self._edited(transformer)
        engine = None if why else self._of(transformer)
        if engine is None and attention is fast:
            why = why or "its weights are not all finite: compile it again"
            raise InputError(f"the fast backend cannot run this model: {why}, or choose sdpa")
        return engine

    def _edited(self, transformer: Transformer) -> str:
        """Why weights of a narrow type cannot be run; empty for those that were compiled, and for others."""
        weights = list(transformer.parameters())
        if not any(map(_is_narrow, weights)):
            return ""
        kept = self._stored
        if kept is not None and len(kept) == len(weights) and all(map(Entries.unchanged, kept, weights)):
            return ""
        return "its weights were edited, and it would not round sums as their type does: compile it again"

    def _loaded(self, pairs: int) -> bool:
        """Whether kernels are there, or worth loading with so many pairs more."""
        self._pairs += pairs
        return "proofformer.runtime.engine" in sys.modules or self._pairs >= LOADING

    def _of(self, transformer: Transformer) -> Engine | None:
        """The engine of these weights, if they are numbers."""
        from proofformer.runtime.engine import Engine

        weights, form = list(transformer.parameters()), _outline(transformer)
        if self._made is not None:
            entries, of, engine = self._made
            if of == form and len(weights) == len(entries) and all(map(Entries.unchanged, entries, weights)):
                return engine
        if not all(bool(weight.isfinite().all()) for weight in weights):
            return None
        entries, engine = [Entries.of(weight) for weight in weights], Engine(transformer)
        self._made = entries, form, engine
        return engine


@dataclass(frozen=True)
class Entries:
    """The entries of a weight that are not 0: few, so that to compare them is to count them."""

    at: npt.NDArray[np.int64]
    bits: npt.NDArray[Any]

    @staticmethod
    def of(weight: Tensor) -> Entries:
        bits = _bits(weight)
        at = np.flatnonzero(bits)
        return Entries(at, bits[at])

    def unchanged(self, weight: Tensor) -> bool:
        """Whether they still are all there is of the weight."""
        bits = _bits(weight)
        if np.count_nonzero(bits) != len(self.at):
            return False
        return not len(self.at) or bool(self.at[-1] < len(bits) and (bits[self.at] == self.bits).all())


def _is_narrow(weight: Tensor) -> bool:
    """Whether its sums are held in a wider type here than there."""
    return weight.element_size() == 2 and weight.device.type == "cpu"


def _bits(weight: Tensor) -> npt.NDArray[Any]:
    """What is stored, as integers: they are counted three times as fast as floats."""
    kind = {2: torch.int16, 4: torch.int32, 8: torch.int64}[weight.element_size()]
    bits: npt.NDArray[Any] = weight.detach().reshape(-1).view(kind).numpy()
    return bits


def to_compile() -> bool:
    """Whether the engine's kernels are still to be compiled, as far as can be told from the usual place."""
    if find_spec("numba") is None:
        return False
    folder, mine = Path(os.environ.get("NUMBA_CACHE_DIR") or ENGINE / "__pycache__"), engine_sources().encode()
    return not any(mine in index.read_bytes() for index in folder.rglob("passes.attend_counted-*.nbi"))


def unserved(transformer: Transformer, sets: Sequence[Tensor]) -> str:
    """Why the engine cannot run the network, in words; empty if it can."""
    if any(x.device.type != "cpu" for x in (*sets, transformer.embed.weight)):
        return "it runs on a CPU: move the model there"
    if _transformed(sets):
        return "torch transforms it: call the model itself"
    if torch.is_grad_enabled() and any(x.requires_grad for x in (*sets, *transformer.parameters())):
        return "gradients are asked for: run it under torch.no_grad()"
    if any(getattr(modules, name, None) for name in GLOBAL_HOOKS) or any(map(_changed, transformer.modules())):
        return "hooks listen to it: remove them"
    if not all(map(_known, transformer.modules())) or len({itself for itself, _ in _outline(transformer)[2]}) > 1:
        return "its layers are not those that were compiled: compile it again"
    return unloaded()


def unloaded() -> str:
    """Why the engine cannot be loaded, in words; empty when it is."""
    if find_spec("numba") is None:
        return "numba is not installed: pip install 'proofformer[fast]'"
    try:
        importlib.import_module("proofformer.runtime.engine")
    except Exception as error:  # of its libraries, say
        return f"numba does not load ({raised(error)}): install it anew, with pip install 'proofformer[fast]'"
    return ""


def _transformed(sets: Sequence[Tensor]) -> bool:
    """Whether somebody records or differentiates what is done to tensors."""
    return (
        torch.compiler.is_compiling()
        or torch._C._get_tracing_state() is not None
        or torch._C._len_torch_dispatch_stack() > 0
        or any(type(mode) is not DeviceContext for mode in _get_current_function_mode_stack())  # type: ignore[no-untyped-call]
        or forward_ad._current_level >= 0
        or any(map(torch._C._functorch.is_functorch_wrapped_tensor, sets))
    )


def _changed(part: nn.Module) -> bool:
    """Whether somebody listens to it, or has given it a method of his own."""
    own = any(callable(value) and hasattr(type(part), name) for name, value in vars(part).items())
    return own or any(getattr(part, name, None) for name in HOOKS)


def _known(part: nn.Module) -> bool:
    """Whether this is a layer that the engine knows, of the shape that it was made with, and whose methods are ours."""
    if type(part) not in METHODS or any(vars(type(part)).get(name) is not of for name, of in METHODS[type(part)]):
        return False
    if type(part) is nn.Linear:
        fits = part.weight.shape == (part.out_features, part.in_features)
        return fits and (part.bias is None or part.bias.shape == (part.out_features,))
    if type(part) is SelfAttention:
        plain = all(layer.bias is None for layer in (part.query, part.key, part.value, part.output))
        return plain and part.query.out_features % part.heads == 0
    return type(part) is not MLP or (part.hidden.bias is not None and part.output.bias is not None)


METHODS: dict[type[nn.Module], list[tuple[str, FunctionType]]] = {
    kind: [(name, of) for name, of in vars(kind).items() if isinstance(of, FunctionType)]
    for kind in (nn.Linear, nn.ModuleList, Transformer, Block, SelfAttention, MLP)
}


def _outline(transformer: Transformer) -> Outline:
    """What the network is beside its weights: their names and shapes, and of each block the heads, whether its tokens
    see themselves, and whether READ goes on alone."""
    blocks = [block for block in transformer.blocks if isinstance(block, Block)]
    heads = [0 if block.attention is None else block.attention.heads for block in blocks]
    marks = [(block.inclusive, block.read) for block in blocks]
    return [(name, weight.shape) for name, weight in transformer.named_parameters()], heads, marks
