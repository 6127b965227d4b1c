"""A replacement of attention put to the test in the place of softmax, or a model with a state by itself: the smallest
instance on which it is wrong."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import torch

from proofformer.arguments import LARGEST_DIM
from proofformer.challenge.calibration import Setting, calibrate
from proofformer.challenge.collisions import collision
from proofformer.challenge.findings import Finding, collides_on, verdict_of, with_kernel, wrong_on
from proofformer.challenge.forgetting import held, must_fail, same_state, wrong_recall
from proofformer.challenge.instances import hard_question, remembered, sizes_up_to, small, takes_partners
from proofformer.challenge.kernels import Kernel
from proofformer.challenge.opponents import Opponent, opponent_of
from proofformer.challenge.recurrent import Recurrent
from proofformer.challenge.verdicts import Verdict
from proofformer.challenge.witness import Witness
from proofformer.compiler import Spec
from proofformer.errors import InputError, ProofError
from proofformer.problems import Problem
from proofformer.runtime import Front, Model
from proofformer.runtime.model import compiled
from proofformer.verify.checks import adversarial, random
from proofformer.verify.instances import Sets
from proofformer.verify.instances.draws import generator, sample
from proofformer.verify.judge import fails
from proofformer.verify.shrink import shrink

ADVERSARIAL, RANDOM = 60, 20
"""Instances of the families that `verify` has."""
DRAWS = 4
"""Instances of T3 of each size."""
POOL, FEW = 24, 96
"""Instances of one size, half of which a kernel is fitted on and half of which it is then asked; and small ones."""
MAX_N, MOST_READ = 512, 1 << 14
"""Documents in all, where nobody says how many: for a kernel, and for a model with a state."""
CALLS = 200
"""Instances tried when one is made smaller."""


@dataclass(frozen=True)
class Challenge:
    """What a search found: at most one finding of each kind, of `tried` instances as the kernel or the model is, and
    `fitted` on which a kernel was asked calibrated.

    Of a model, `state_bits` is what it kept of many documents, None if that was more of twice as many; with n =
    `must_fail` documents and more it must fail (T1), if it never keeps more. None if no n is proved.
    """

    opponent: Opponent
    spec: Spec
    findings: tuple[Finding, ...]
    tried: int
    fitted: int = 0
    state_bits: int | None = None
    must_fail: int | None = None

    @property
    def verdict(self) -> Verdict:
        cost = self.opponent.cost if isinstance(self.opponent, Kernel) else None
        return verdict_of(self.findings, cost, self.must_fail is not None)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the findings to a folder that `replay` reads. Raises `InputError` for a folder that there is already,
        and when nothing was found."""
        Witness.of(self.opponent, self.spec, self.findings).save(path)

    def to_json(self) -> dict[str, Any]:
        asked, of = self.opponent, {"verdict": self.verdict.value, "spec": self.spec.to_json(), "tried": self.tried}
        if isinstance(asked, Kernel):
            told = {"kernel": asked.name, "cost": asked.cost, **of, "calibrated_on": self.fitted}
        else:
            bounds = {"state_bits": self.state_bits, "must_fail": self.must_fail}
            told = {"model": asked.name, "made": dict(asked.made), **of, **bounds}
        return {
            **told,
            "findings": [finding.to_json() for finding in self.findings],
        }


def challenge(
    opponent: object,
    name: str | Problem = "ov",
    *,
    dim: int | None = None,
    max_n: int | None = None,
    dtype: str = "float32",
    cost: str | None = None,
    layers: int | None = None,
    seed: int = 0,
    read: Callable[[int], None] = lambda n: None,
    **asked: Any,
) -> Challenge:
    """Look for instances on which the compiled model of a problem is wrong with a kernel in place of its attention, or
    which a model with a state cannot tell apart.

    `opponent` is the name of a built-in kernel or a stock model, FILE.py:NAME or MODULE:NAME, any callable
    (docs/kernels.md), or a `StateModel` (docs/challenge.md). If nothing is asked but the problem's name, it is the
    decision between two sets that the bounds are about. `max_n` is 512, for a model with a state 16,384. `cost` is what
    a kernel's method costs, "linear" or "quadratic"; `layers` and `seed` make a stock model, and `read` is
    told how many documents a model has read of at most `max_n`.

    Raises `InputError` for what is neither, what raises or returns another shape, type or NaN, and an impossible
    request; `ProofError` when no model can be guaranteed.
    """
    problem = _asked(name, dim, asked)
    if type(seed) is not int or not 0 <= seed < 1 << 63:
        raise InputError(f"seed is {reprlib.repr(seed)}: choose a whole number from 0 to 2^63 - 1")
    made = {key: value for key, value in (("layers", layers), ("seed", seed)) if value is not None}
    chosen = opponent_of(opponent, problem.dim, dtype, cost=cost, made=made)
    if isinstance(chosen, Kernel):
        return searched(compiled(Spec(problem, MAX_N if max_n is None else max_n, dtype)), chosen, seed)
    return forgotten(chosen, Spec(problem, MOST_READ if max_n is None else max_n, dtype), seed, read)


def forgotten(model: Recurrent, spec: Spec, seed: int, read: Callable[[int], None]) -> Challenge:
    """What is found for a model with a state: two prefixes after which it is in one state, and a wrong answer.

    Raises `InputError` for a problem that does not ask for partners between two sets.
    """
    asked = spec.problem
    if not takes_partners(asked):
        raise InputError(
            f"{asked.label}: ask a model with a state about two sets of 0/1 documents, dim >= 2, no norms and no gamma"
        )
    bits = held(model, asked)
    same = same_state(model, asked, spec.max_n, read)
    wrong, tried = wrong_recall(model, asked, spec.max_n, seed)
    findings = tuple(finding for finding in (same, wrong) if finding is not None)
    return Challenge(
        model, spec, findings, tried, state_bits=bits, must_fail=None if bits is None else must_fail(asked, bits)
    )


def _asked(name: object, dim: int | None, asked: dict[str, Any]) -> Problem:
    """The problem, or the one of that name."""
    if isinstance(name, Problem):
        if dim is not None or asked:
            raise InputError(f"{name.label} says what is asked: leave out {', '.join(asked) or 'dim'}")
        return name
    if not isinstance(name, str):
        raise InputError(f"the problem is {reprlib.repr(name)}: pass its name, or pf.problem(..)")
    if dim is None:
        raise InputError("dim is missing: say how many entries a document has, as dim=16")
    if type(dim) is not int or not 1 <= dim <= LARGEST_DIM:
        raise InputError(f"dim is {reprlib.repr(dim)}: choose a whole number from 1 to {LARGEST_DIM}")
    return hard_question(name, dim, **asked)


def searched(model: Model, kernel: Kernel, seed: int = 0) -> Challenge:
    """What is found for a model and a kernel: a collision of states, a wrong answer, and one that no temperature and no
    threshold saves, each as small as it was made."""
    met = collision(model, kernel)
    same = None if met is None else collides_on(model, kernel, *met)
    as_is, tried = _as_is(model, kernel, seed)
    # What is right as it is needs no other scale.
    fitted, asked = _calibrated(model, kernel, seed) if as_is else (None, 0)
    findings = tuple(finding for finding in (same, as_is, fitted) if finding is not None)
    return Challenge(kernel, model.spec, findings, tried, asked)


def _as_is(model: Model, kernel: Kernel, seed: int) -> tuple[Finding | None, int]:
    """The first wrong answer, made small, and how many instances were tried: small ones first, then those of T3, then
    those of the families of `verify`.

    Raises `InputError` for a kernel that was wrong on some, and right on each of them when it was asked again.
    """
    asking, tried, missed = with_kernel(model, kernel), 0, False
    for sets, source, count in _asked_as_is(model, asking, seed):
        tried += count
        if sets is not None:
            found = wrong_on(model, kernel, _smaller(asking, sets), source) or wrong_on(model, kernel, sets, source)
            if found is not None:
                return found, tried
            missed = True
    if missed:
        raise InputError(
            f"{kernel.name} answers instances wrongly, and rightly when each is asked again by itself: make it "
            "deterministic, and keep the instances of a batch apart"
        )
    return None, tried


def _asked_as_is(model: Model, asking: Model, seed: int) -> Iterator[tuple[Sets | None, str, int]]:
    """Instances that are answered wrongly, or None, where they come from, and how many were asked for that."""
    for sets, wrong in _small(asking):
        yield sets if wrong else None, "small", 1
    for sets in _remembering(model, seed):
        yield sets if fails(asking, sets) else None, "T3", 1
    for check, count in ((adversarial, ADVERSARIAL), (random, RANDOM)):
        for family, share in check.families(asking, count):
            outcome = check.run(asking, family, seed, 0, share)
            yield None if outcome.failure is None else outcome.failure.case.sets, family, outcome.instances


def _smaller(asking: Model, sets: Sets) -> Sets:
    """The failing sets with as few rows and entries as can be."""
    return shrink(asking.problem, sets, lambda some: fails(asking, some), calls=CALLS)


def _small(asking: Model) -> Iterator[tuple[Sets, bool]]:
    """Every small instance, and whether the model answers it wrongly."""
    for batch in small(asking.problem, asking.max_n):
        bits = asking(*(torch.from_numpy(rows).to(asking.device) for rows in batch))
        sizes = tuple(rows.shape[1] for rows in batch)
        for k in range(len(batch[0])):
            sets = tuple(rows[k] for rows in batch)
            yield sets, not _right(asking, sets, type(bits)(*(field[k : k + 1] for field in bits)), sizes)


def _right(asking: Front, sets: Sets, bits: Any, sizes: tuple[int, ...]) -> bool:
    try:
        [answer] = asking.answers(bits, [sizes])
    except ProofError:
        return False
    return asking.problem.accepts(asking.problem.instance(*sets), answer)


def _remembering(model: Model, seed: int) -> Iterator[Sets]:
    """Instances of T3, the fewest documents first."""
    if takes_partners(model.problem):
        for n in sizes_up_to(model.max_n):
            yield from remembered(generator(seed, "T3", n), model.problem, n - 1, DRAWS)


def _calibrated(model: Model, kernel: Kernel, seed: int) -> tuple[Finding | None, int]:
    """The first wrong answer of the calibrated kernel, the smallest size first, and on how many instances it was asked.

    For each size it is fitted anew, on other instances of this size, and passed over if it is better as it is.
    """
    asked = 0
    for n in sizes_up_to(model.max_n):
        fit, test = pool(model, n, seed)
        settings = best_settings(model, kernel, fit)
        if not settings:
            continue
        asking = with_kernel(model, kernel, settings)
        for sets in test:
            asked += 1
            if fails(asking, sets):
                return _refitted(model, kernel, sets, settings, seed), asked
    return None, asked


def best_settings(model: Model, kernel: Kernel, fit: list[Sets]) -> tuple[Setting, ...]:
    """The settings fitted on the instances; none where the kernel as it is answers more of them rightly."""
    settings = calibrate(model, kernel, fit)
    calibrated, as_is = (
        sum(fails(asking, sets) for sets in fit)
        for asking in (with_kernel(model, kernel, settings), with_kernel(model, kernel))
    )
    return settings if calibrated <= as_is else ()


def _refitted(model: Model, kernel: Kernel, sets: Sets, settings: tuple[Setting, ...], seed: int) -> Finding | None:
    """The failing instance made smaller if, at its new size, the kernel fitted to that size fails too."""
    smaller = _smaller(with_kernel(model, kernel, settings), sets)
    fit = [some for some in pool(model, sum(map(len, smaller)), seed)[0] if not _same(some, smaller)]
    anew = best_settings(model, kernel, fit)
    found = wrong_on(model, kernel, smaller, "pool", anew) if anew else None
    return found or wrong_on(model, kernel, sets, "pool", settings)


def pool(model: Model, n: int, seed: int) -> tuple[list[Sets], list[Sets]]:
    """Instances of n documents in all, to fit a kernel on and to ask it, none in both: of adversarial families, of T3,
    and small ones."""
    asked, rng = model.problem, generator(seed, "pool", n)
    some = [sample(asked, rng, n) for _ in range(POOL)]
    if takes_partners(asked):
        some += remembered(rng, asked, n - 1, POOL)
    few = [
        tuple(rows[k] for rows in batch)
        for batch in small(asked, n)
        if _documents(batch) == n
        for k in range(len(batch[0]))
    ]
    some += [few[k] for k in rng.permutation(len(few))[:FEW]]
    unlike = list({tuple((rows.shape, rows.tobytes()) for rows in sets): sets for sets in some}.values())
    order = rng.permutation(len(unlike))
    return [unlike[k] for k in order[::2]], [unlike[k] for k in order[1::2]]


def _documents(batch: list[Any]) -> int:
    return sum(rows.shape[1] for rows in batch)


def _same(one: Sets, other: Sets) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
