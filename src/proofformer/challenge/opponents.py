"""Who is challenged: a kernel in the place of attention, or a model with a state, by a name or as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofformer.challenge.kernels import BUILT_IN, Kernel, as_kernel
from proofformer.challenge.recurrent import Recurrent, as_recurrent, is_recurrent, stock_model
from proofformer.challenge.stock import NAMES
from proofformer.errors import Choice, InputError, one_of
from proofformer.plugins import FOREIGN, object_named

Opponent = Kernel | Recurrent


def opponent_of(
    given: object, dim: int, dtype: str, *, cost: str | None = None, made: Mapping[str, int] | None = None
) -> Opponent:
    """The kernel or model of that name, built in, or what FILE.py:NAME or MODULE:NAME stands for, which is run; or what
    is given itself.

    `made` is what a stock model is made with, its `layers` and `seed`. Raises `InputError` for another name, for what
    is neither a kernel nor such a model, and for a `cost` of a model or layers of anything but a stock model.
    """
    if isinstance(given, str) and given in NAMES:
        _refused("cost", cost, given, "a model with a state")
        return stock_model(given, dim, dtype, **(made or {}))
    _refused("layers", (made or {}).get("layers"), given, f"no stock model, as {', '.join(NAMES)} are")
    what, name = given, None
    if isinstance(given, str):
        if ":" not in given and given not in BUILT_IN:
            known = [*BUILT_IN, *NAMES, *FOREIGN]
            raise InputError(f"kernel {given!r} is unknown: {one_of(given, known)}")
        what, name = BUILT_IN.get(given) or object_named(given), given
    if isinstance(what, Recurrent):
        return what
    if not is_recurrent(what):
        return as_kernel(what, name, cost)
    model = as_recurrent(what, name)
    _refused("cost", cost, model.name, "a model with a state")
    return model


def _refused(option: str, value: Any, of: object, why: str) -> None:
    if value is not None:
        name = of if isinstance(of, str) else type(of).__name__
        raise InputError(Choice(option, value), f" is not for {name}, which is {why}: leave it out")
