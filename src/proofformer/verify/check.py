"""What a check is: one object, from which its option of `proofformer verify` and its shards follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from proofformer.verify.outcome import Outcome


class Needs(Enum):
    """What a check is run on: nothing (it tests the compiler), whatever answers (a model or an export of one), or a
    model with weights (it looks into them, or makes other models of it)."""

    NOTHING = auto()
    ANSWERS = auto()
    WEIGHTS = auto()


def told(name: str, counts: Mapping[str, int]) -> Sequence[str]:
    """The lines that a report has for a check's own counts, where the check says nothing better."""
    return [f"{name}: " + ", ".join(f"{count:,} {what}" for what, count in counts.items())] if counts else []


@dataclass(frozen=True)
class Check:
    """A way to put a model to the test.

    Arguments:
        name: of the check, of its option, and of the argument of `pf.verify`.
        help: what the option does.
        shard: how many instances are run at a time, by one worker.
        families: `families(model, count)`, the names of families and how many instances each has, for so many asked
            for in all; where a family has all there are, `count` says how large they may be. `model` is None for a
            check that needs nothing.
        run: `run(model, family, seed, start, stop)`, what is found on instances start..stop - 1 of a family. Each
            depends on the family, the seed and its number only, never on the others that are run with it.
        needs: what it is run on.
        count: the number that the option stands for, which takes none then.
        usual: how many instances are run when no check is asked for.
        told: `told(name, counts)`, the lines of a report for the counts that the check keeps itself.
    """

    name: str
    help: str
    shard: int
    families: Callable[[Any, int], list[tuple[str, int]]]
    run: Callable[[Any, str, int, int, int], Outcome]
    needs: Needs = Needs.ANSWERS
    count: int | None = None
    usual: int = 0
    told: Callable[[str, Mapping[str, int]], Sequence[str]] = told
