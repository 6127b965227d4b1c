"""Traces the way of the main data: calls from one room into another that return the next thing a model is made of.

python bench/hops.py        prints the hops of `compile` and of `solve`

The main data are a problem, a spec, a circuit, a plan, weights, a model; an instance, tokens, bits, an answer. A call
that returns one of a kind that was there already (a plan asked for its name, a signal looked up) is no hop.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

import proofformer as pf

ROOT = Path(pf.__file__).parent
KINDS = {
    "Problem": "problem",
    "Spec": "spec",
    "Circuit": "circuit",
    "Plan": "plan",
    "Model": "model",
    "Instance": "instance",
    "PairAnswer": "answer",
    "Decision": "answer",
    "PairBits": "bits",
    "Bits": "bits",
    "Tensor": "tensor",
}


def kind_of(value: Any) -> str | None:
    """What of the main data a value is; a list of one is that one."""
    if isinstance(value, list) and len(value) == 1:
        return kind_of(value[0])
    if isinstance(value, dict) and value and {type(v).__name__ for v in value.values()} <= {"ndarray", "Tensor"}:
        return "weights"
    return KINDS.get(type(value).__name__)


def room_of(frame: FrameType | None) -> str | None:
    """The room of the nearest frame of the package, from this one outwards; a file of the top folder is one."""
    while frame is not None:
        file = Path(frame.f_code.co_filename)
        if file.is_relative_to(ROOT):
            return file.relative_to(ROOT).parts[0].removesuffix(".py")
        frame = frame.f_back
    return None


def hops(run: Callable[[], Any]) -> list[str]:
    """The hops of one run, in the order in which they return."""
    found: dict[tuple[str, str, str], str] = {}

    def watch(frame: FrameType, event: str, value: Any) -> None:
        if event != "return" or not Path(frame.f_code.co_filename).is_relative_to(ROOT):
            return
        kind, here, there = kind_of(value), room_of(frame.f_back), room_of(frame)
        if kind and here and there and here != there and frame.f_code.co_name not in ("<lambda>", "__init__"):
            found.setdefault((here, there, kind), f"{here} -> {there}.{frame.f_code.co_qualname}: {kind}")

    sys.setprofile(watch)
    try:
        run()
    finally:
        sys.setprofile(None)
    return list(found.values())


def main() -> None:
    X = np.random.default_rng(0).integers(0, 2, (6, 8))
    made: list[Any] = []
    for name, run in (
        ("compile", lambda: made.append(pf.compile("closest-pair", dim=8, max_n=16))),
        ("solve", lambda: made[0].solve(X)),
    ):
        run()
        made[:] = made[-1:]
        found = hops(run)
        print(f"{name}: {len(found)} hops", *found, sep="\n  ")


if __name__ == "__main__":
    main()
