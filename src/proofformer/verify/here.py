"""A model put to the test in this process: what `proofformer verify` does with a model folder, for one at hand."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from time import perf_counter

from proofformer.errors import InputError
from proofformer.planner.bounds import ASSUMPTIONS
from proofformer.runtime import Front, Model
from proofformer.runtime.attention import Attention, guarded
from proofformer.runtime.probe import findings, truncates
from proofformer.verify.campaign import Campaign, Report, report_of
from proofformer.verify.check import Needs
from proofformer.verify.checks import checks, usual
from proofformer.verify.shards import Subject, shards_of, timed

PERMITTED = ("subnormal",)
"""Assumptions that only permit something: there is nothing to break."""


def verify(front: Front, *, attention: Attention | None = None, seed: int = 0, **counts: int) -> Report:
    """Compare a model, or an export that was read, with the exact oracle, and with itself.

    `counts` are numbers of instances by check, as `random=200, adversarial=200`, which is done when none is given;
    `exhaustive=20` takes every input of so many bits. With `attention`, the model is asked with this kernel instead of
    its own, and adversarial instances are also of sizes at which its tiles are just full; it is not probed first, since
    its wrong answers are what is looked for. `report.total.wrong` counts them and `report.failure` has the first.

    Raises `InputError` for an unknown check, a number that is none, and for a kernel that raises or returns another
    shape or NaN.
    """
    if not isinstance(front, Front):
        got = type(front).__name__
        raise InputError(f"verify takes a model, or an export that was read, and got a {got}: pass pf.load(path)")
    known = [name for name, check in checks().items() if check.needs is not Needs.NOTHING]
    for check, count in counts.items():
        if check not in known:
            raise InputError(f"check {check!r} is unknown: choose of {', '.join(known)}")
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise InputError(f"{check} = {count!r}: ask for a whole number of instances from 1, or leave it out")
    if isinstance(front, Model):
        front = copy(front)
        front.probed = False
        front.attention = front.attention if attention is None else guarded(attention)
    elif attention is not None:
        raise InputError("attention is for models: an export runs its own")
    subject, start = Subject("", "here", runtime="" if isinstance(front, Model) else "export's"), perf_counter()
    shards = tuple(shards_of(subject, front, counts or usual(), seed))
    finished = {shard.key: timed(front, shard) for shard in shards}
    return report_of(Campaign({"here": subject}, shards), finished, perf_counter() - start, 0)


@dataclass(frozen=True)
class Judged:
    """An assumption of the proof, by its name, and what was seen of it on a machine: `verdict` is "holds", "fails" or
    "not seen to fail"."""

    assumption: str
    verdict: str
    seen: str = ""


def assumptions(model: Front) -> list[Judged]:
    """What experiments say of each assumption, for the model's kernel on its device, in its dtype and at its widths.

    They take milliseconds and look at few of the inputs there are: none is proved by passing. Raises `InputError` for
    an export, which runs a kernel of its own.
    """
    if not isinstance(model, Model):
        raise InputError("assumptions are those of a model's kernel, and an export runs its own: name a model folder")
    kernel, device, dtype, seen = model.attention, model.device, model.spec.dtype, dict[str, str]()
    for width in model.head_dims:
        for found in findings(kernel, device, dtype, width=width, residual=model.plan.layout.width, many=True):
            seen.setdefault(found.assumption, found.seen)
    if truncates(kernel, device, dtype):
        seen["nearest"] = f"sums are truncated, for which the plan has room up to n = {model.plan.max_n_truncating}"
    return [
        Judged(a.name, "fails", seen[a.name])
        if a.name in seen
        else Judged(a.name, "holds" if a.name in PERMITTED else "not seen to fail")
        for a in ASSUMPTIONS
    ]
