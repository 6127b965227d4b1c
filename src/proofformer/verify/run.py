"""A model against the exact oracle, instance by instance; the first failure is kept so that it can be replayed."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from os import PathLike
from time import perf_counter
from typing import Any

import numpy as np

from proofformer.errors import InputError, ProofError
from proofformer.problems import Decision, Instance, PairAnswer
from proofformer.runtime import Model
from proofformer.verify.draws import random_sets, sample
from proofformer.verify.outcome import SET_NAMES, Case, Failure

LARGEST_DRAWN = 600
LARGEST_EDGE = 4096
EDGE_EVERY = 50
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)


@dataclass
class Report:
    """Counts of a run. `wrong` answers are counted; the first is `failure`."""

    instances: int = 0
    wrong: int = 0
    seconds: float = 0.0
    by_source: dict[str, int] = field(default_factory=dict)
    largest_n: int = 0
    failure: Failure | None = None

    def to_json(self) -> dict[str, Any]:
        failure = None if self.failure is None else {"expected": self.failure.expected, "got": self.failure.got}
        return {
            "instances": self.instances,
            "wrong": self.wrong,
            "seconds": round(self.seconds, 3),
            "by_source": self.by_source,
            "largest_n": self.largest_n,
            "failure": failure,
        }


def cases(model: Model, *, random: int, adversarial: int, seed: int) -> Iterator[Case]:
    """Random and adversarial instances for a model, each a function of (problem, seed, number).

    n, of both sets together, is drawn from 2..min(max_n, 600), a quarter of the time a small one; every 50th instance
    has n = max_n or max_n - 1 where that is at most 4,096. Either of two sets may have a single document.
    """
    for source, count in (("random", random), ("adversarial", adversarial)):
        for number in range(count):
            rng = np.random.default_rng((seed, number, source == "adversarial"))
            n = _draw_n(rng, model.max_n, number)
            sets = random_sets(rng, model.problem, n) if source == "random" else sample(model.problem, rng, n)
            yield Case(source, seed, number, sets)


def _draw_n(rng: np.random.Generator, max_n: int, number: int) -> int:
    if number % EDGE_EVERY == EDGE_EVERY - 1 and 3 <= max_n <= LARGEST_EDGE:
        return max_n - int(rng.integers(0, 2))
    most = min(max_n, LARGEST_DRAWN)
    if rng.random() < 0.25:
        return min(most, int(2 * ((most + 1) / 2) ** rng.random()))
    return int(rng.integers(2, most + 1))


def replay(path: str | PathLike[str]) -> Case:
    """The case of a saved failure. Raises `InputError` when the file is not one."""
    try:
        with np.load(path, allow_pickle=False) as data:
            about = json.loads(str(data["about"]))
            sets = (data["rows"], *(data[name] for name in SET_NAMES[1:] if name in data))
            return Case(about["source"], about["seed"], about["number"], sets)
    except _UNREADABLE as error:
        kind = type(error).__name__
        raise InputError(f"{path} is not a saved failure ({kind}): pass a file that verify wrote") from None


def verify(model: Model, instances: Iterable[Case], *, progress: Callable[[Report], None] = lambda _: None) -> Report:
    """Compare the model's answer with the oracle's on every instance; `progress` is called after each."""
    report = Report()
    start = perf_counter()
    for case in instances:
        instance = model.problem.instance(*case.sets)
        expected = model.problem.answer(instance)
        got = _answer(model, instance)
        report.instances += 1
        report.by_source[case.source] = report.by_source.get(case.source, 0) + 1
        report.largest_n = max(report.largest_n, instance.n)
        if not (got == expected or (model.problem.gamma is not None and model.problem.accepts(instance, got))):
            report.wrong += 1
            report.failure = report.failure or Failure(model.problem, case, str(expected), str(got))
        report.seconds = perf_counter() - start
        progress(report)
    return report


def _answer(model: Model, instance: Instance) -> PairAnswer | Decision | str:
    try:
        return model.solve(instance)
    except ProofError as error:
        return f"error: {error}"
