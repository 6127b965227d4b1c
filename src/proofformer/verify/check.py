"""What a check is: one object, from which its option of `proofformer verify` and its shards follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proofformer.verify.outcome import Outcome


class Needs(Enum):
    """What a check is run on: nothing (it tests the compiler), whatever answers (a model or an export of one), or a
    model with weights (it looks into them, or makes other models of it)."""

    NOTHING = auto()
    ANSWERS = auto()
    WEIGHTS = auto()


@dataclass(frozen=True)
class Check:
    """A way to put a model to the test. What it does lies in a module, which is loaded when that is asked for.

    Arguments:
        name: of the check, of its option, and of the argument of `pf.verify`.
        help: what the option does.
        module: where its functions are, by its full name.
        shard: how many instances are run at a time, by one worker.
        needs: what it is run on.
        count: the number that the option stands for, which takes none then.
        usual: how many instances are run when no check is asked for.
    """

    name: str
    help: str
    module: str
    shard: int
    needs: Needs = Needs.ANSWERS
    count: int | None = None
    usual: int = 0

    @property
    def _functions(self) -> ModuleType:
        return import_module(self.module)

    def families(self, model: Any, count: int) -> list[tuple[str, int]]:
        """The names of families and how many instances each has, for so many asked for in all; where a family has all
        there are, `count` says how large they may be. `model` is None for a check that needs nothing."""
        found: list[tuple[str, int]] = self._functions.families(model, count)
        return found

    def run(self, model: Any, family: str, seed: int, start: int, stop: int) -> Outcome:
        """What is found on instances start..stop - 1 of a family. Each depends on the family, the seed and its number
        only, never on the others that are run with it."""
        found: Outcome = self._functions.run(model, family, seed, start, stop)
        return found

    def told(self, counts: Mapping[str, int]) -> Sequence[str]:
        """The lines of a report for the counts that the check keeps itself: its module's `told(name, counts)`, if any,
        or all counts in a line."""
        if hasattr(self._functions, "told"):
            lines: Sequence[str] = self._functions.told(self.name, counts)
            return lines
        return [f"{self.name}: " + ", ".join(f"{count:,} {what}" for what, count in counts.items())] if counts else []
