"""Arithmetic as plans count on it: while a network runs, no setting outside rounds what has to stay exact.

`torch.autocast` would run layers in another dtype; settings of torch let it round float32 to TF32 or bfloat16 before it
multiplies, or add in float16. They are put aside while a network runs and come back after it, for all threads together.
`torch.compile` does not trace this, so what it compiles of a network runs inside as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import torch

EXPORTING: Callable[[], bool] = getattr(torch.compiler, "is_exporting", lambda: False)
"""Torch does not say before 2.7."""


@dataclass(frozen=True)
class Switch:
    """A setting of torch; `exact` keeps sums exact, and so does `unset`, where it has one."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]
    exact: Any
    unset: Any = None

    @property
    def rounds(self) -> bool:
        return self.read() not in (self.exact, self.unset)

    def put_back(self, value: Any) -> None:
        """Write what was read. A setting that is unset shows the value of another, which it follows: it is unset first,
        and written only if that does not bring the value back."""
        if self.unset is not None:
            self.write(self.unset)
        if self.read() != value:
            self.write(value)


REDUCED = (
    "allow_fp16_reduced_precision_reduction",
    "allow_bf16_reduced_precision_reduction",
    "allow_fp16_accumulation",
)


def _settings() -> Iterator[Switch]:
    """Those that this version of torch has."""
    cuda = torch.backends.cuda
    for path in ("backends.mkldnn.matmul", "backends.cuda.matmul"):
        owner: Any = torch
        for part in path.split("."):
            owner = getattr(owner, part, None)
        for name, exact, unset in (("fp32_precision", "ieee", "none"), *((name, False, None) for name in REDUCED)):
            if hasattr(owner, name):
                yield Switch(
                    f"torch.{path}.{name}", partial(getattr, owner, name), partial(setattr, owner, name), exact, unset
                )
    if not hasattr(cuda.matmul, "fp32_precision"):  # before torch 2.9
        yield Switch(
            "torch.set_float32_matmul_precision",
            torch.get_float32_matmul_precision,
            torch.set_float32_matmul_precision,
            "highest",
        )
    if hasattr(cuda, "allow_fp16_bf16_reduction_math_sdp"):
        yield Switch(
            "torch.backends.cuda.allow_fp16_bf16_reduction_math_sdp",
            cuda.fp16_bf16_reduction_math_sdp_allowed,
            cuda.allow_fp16_bf16_reduction_math_sdp,
            False,
        )


SETTINGS = tuple(_settings())


class _Aside:
    """Settings put aside by the first that comes in, and put back by the last that goes out."""

    def __init__(self) -> None:
        self.lock, self.inside = Lock(), 0
        self.held: list[tuple[Switch, Any]] = []

    def __enter__(self) -> None:
        with self.lock:
            self.inside += 1
            if self.inside == 1:
                for setting in SETTINGS:
                    if setting.rounds:
                        self.held.append((setting, setting.read()))
                        setting.write(setting.exact)

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.inside -= 1
            while self.held and not self.inside:
                setting, value = self.held.pop()
                setting.put_back(value)


_ASIDE = _Aside()


@contextmanager
def plain(device: str = "cpu") -> Iterator[None]:
    """What runs inside, on this type of device or the CPU, is neither cast nor rounded by a setting of torch.

    A graph that is exported has none of it: whoever exports decides what is in the graph.
    """
    if EXPORTING():
        yield
        return
    with torch.autocast("cpu", enabled=False), torch.autocast(device, enabled=False), _ASIDE:
        yield
