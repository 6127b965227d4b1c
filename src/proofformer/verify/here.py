"""A model put to the test in this process: what `proofformer verify` does with a model folder, for one at hand."""

from __future__ import annotations

import reprlib
from copy import copy
from dataclasses import replace
from time import perf_counter

from proofformer.errors import InputError, one_of
from proofformer.runtime import Front, Model
from proofformer.runtime.attention import Attention, guarded
from proofformer.verify import judged
from proofformer.verify.campaign import Campaign, Report, report_of
from proofformer.verify.check import Needs
from proofformer.verify.checks import checks, usual
from proofformer.verify.judge import first_wrong
from proofformer.verify.shards import Subject, shards_of, timed


def verify(
    front: Front, *, attention: Attention | None = None, assumptions: bool = False, seed: int = 0, **counts: int
) -> Report:
    """Compare a model, or an export that was read, with the exact oracle, and with itself.

    `counts` are numbers of instances by check, as `random=200, adversarial=200`, which is done when none is given;
    `exhaustive=20` takes every input of so many bits. With `attention`, the model is asked with this kernel instead of
    its own, and adversarial instances are also of sizes at which its tiles are just full; it is not probed first, since
    its wrong answers are what is looked for. `report.total.wrong` counts them, `report.failure` has the first, and
    `report.misread` what a head first read wrongly of it. With `assumptions`, `report.assumptions` says of each
    assumption of the proof whether the kernel is seen to break it. What is found, printed, is a short table.

    Raises `InputError` for an unknown check, a number that is none, what is no kernel, and for one that raises or
    returns another shape or, of an instance, NaN.
    """
    if not isinstance(front, Front):
        got = type(front).__name__
        raise InputError(f"verify takes a model, or an export that was read, and got a {got}: pass pf.load(path)")
    known = [name for name, check in checks().items() if check.needs is not Needs.NOTHING]
    for check, count in counts.items():
        if check not in known:
            raise InputError(f"check {check!r} is unknown: {one_of(check, known)}")
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise InputError(f"{check} = {count!r}: ask for a whole number of instances from 1, or leave it out")
    if type(assumptions) is not bool:
        raise InputError(f"assumptions = {reprlib.repr(assumptions)}: say True, or leave it out")
    if isinstance(front, Model):
        front = copy(front)
        front.probed = False
        front.attention = front.attention if attention is None else guarded(attention)
    elif attention is not None:
        raise InputError("attention is for models: an export runs its own")
    subject, start = Subject("", "here", runtime="" if isinstance(front, Model) else "export's"), perf_counter()
    seen = tuple(judged.assumptions(front)) if assumptions else ()
    shards = tuple(shards_of(subject, front, counts or usual(), seed))
    finished = {shard.key: timed(front, shard) for shard in shards}
    report = report_of(Campaign({"here": subject}, shards), finished, perf_counter() - start, 0)
    misread = None if report.failure is None else first_wrong(front, report.failure.case.sets)
    return replace(report, assumptions=seen, misread=misread)
