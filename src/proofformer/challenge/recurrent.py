"""Sequence models with a state, by a protocol of three methods: stock ones, and somebody's own, guarded."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from proofformer.challenge.stock import StockModel
from proofformer.errors import InputError, raised
from proofformer.runtime.attention import name_of
from proofformer.verify.instances import Bits

METHODS = ("start", "step", "state_bits")


class StateModel(Protocol):
    """What reads documents one after the other, and keeps a state of them.

    `state_bits` gives all that it keeps, as bytes: whatever it does later depends on that and on what it reads then. A
    state is used once: `step` and `answer` may change it. It may have two methods more: `answer(state, rows) -> bool`,
    its decision when the documents (m, l) ask, and `fit(instances, answers)`, which chooses how that is read off the
    state, from instances (those that ask, those that are read).
    """

    def start(self) -> Any: ...

    def step(self, state: Any, rows: Bits) -> Any:
        """The state after the documents (k, l) more, k >= 1."""

    def state_bits(self, state: Any) -> bytes: ...


@dataclass(frozen=True, eq=False)
class Recurrent:
    """A model by its name. `made` is what a stock one is made with: layers and seed; a model of somebody's own has
    none."""

    name: str
    model: StateModel
    made: Mapping[str, int] = field(default_factory=dict)

    @property
    def built_in(self) -> bool:
        return bool(self.made)

    @property
    def answers(self) -> bool:
        return has(self.model, "answer")

    @property
    def fits(self) -> bool:
        return self.answers and has(self.model, "fit")

    def start(self) -> Any:
        return self._asked("start")

    def step(self, state: Any, rows: Bits) -> Any:
        return self._asked("step", state, rows)

    def read(self, rows: Bits) -> Any:
        """The state after the documents (n, l), one after the other."""
        state = self.start()
        for k in range(len(rows)):
            state = self.step(state, rows[k : k + 1])
        return state

    def bits(self, state: Any) -> bytes:
        found = self._asked("state_bits", state)
        if type(found) is not bytes:
            raise InputError(f"{self.name}.state_bits returns {reprlib.repr(found)}: return bytes, all that is kept")
        return found

    def answer(self, state: Any, rows: Bits) -> bool:
        found = self._asked("answer", state, rows)
        try:
            told = bool(found)
            known = told == found
        except Exception:  # of arrays, say
            known = False
        if not known:
            raise InputError(f"{self.name}.answer returns {reprlib.repr(found)}: return True or False")
        return told

    def fit(self, instances: list[tuple[Bits, Bits]], answers: list[bool]) -> None:
        self._asked("fit", instances, answers)

    def _asked(self, method: str, *given: Any) -> Any:
        """Raises `InputError`, one sentence, when it raises anything. What it does to the documents is its own."""
        mine = [x.copy() if hasattr(x, "setflags") else x for x in given]
        try:
            return getattr(self.model, method)(*mine)
        except InputError:
            raise
        except BaseException as error:
            raise InputError(f"{self.name}.{method} raises {raised(error)}: mend it") from error


def is_recurrent(given: object) -> bool:
    """Whether it is a model with a state, or a class of such models, and no kernel."""
    return all(has(given, method) for method in METHODS)


def has(given: object, method: str) -> bool:
    """Whether it has this method. Raises `InputError` where to look raises."""
    try:
        return callable(getattr(given, method, None))
    except Exception as error:
        raise InputError(f"{type(given).__name__}.{method} raises {raised(error)}: mend it") from error


def as_recurrent(given: object, name: str | None = None) -> Recurrent:
    """Somebody's model, or the one that its class makes without arguments."""
    called = name or name_of(given)
    if isinstance(given, type):
        try:
            given = given()
        except BaseException as error:
            raise InputError(
                f"{called}() raises {raised(error)}: name a model, or a class that needs nothing"
            ) from error
    return Recurrent(called, given)  # type: ignore[arg-type]


def stock_model(name: str, dim: int, dtype: str, *, layers: int | None = None, seed: int = 0) -> Recurrent:
    """The stock model of that name, with the random weights of a seed. Raises `InputError` as `StockModel` does."""
    model = StockModel(name, dim, layers=layers, dtype=dtype, seed=seed)
    return Recurrent(name, model, {"layers": model.layers, "seed": seed})
