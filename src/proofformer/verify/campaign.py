"""A campaign: shards submitted to an executor, finished ones kept in a journal, all of them added up in one report."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from os import PathLike
from time import perf_counter
from typing import Any

from proofformer.errors import Choice, InputError
from proofformer.runtime.reads import Misread
from proofformer.verify.check import Needs
from proofformer.verify.checks import check_named
from proofformer.verify.executors import Workers
from proofformer.verify.journal import Finished, Journal
from proofformer.verify.judged import Judged, table
from proofformer.verify.outcome import Failure, Outcome, Tally
from proofformer.verify.shards import NO_SUBJECT, Shard, Subject, opened, run_shard, shards_of, total
from proofformer.verify.told import told


@dataclass(frozen=True)
class Campaign:
    """Models, by their hash, and the shards to run on them."""

    subjects: Mapping[str, Subject]
    shards: tuple[Shard, ...]

    @staticmethod
    def of(subjects: Sequence[Subject], counts: Mapping[str, int], seed: int) -> Campaign:
        """So many instances of each check for each model; of the checks that need none, once."""
        opened.cache_clear()
        by_hash = {subject.sha256: subject for subject in subjects}
        without = {check: k for check, k in counts.items() if check_named(check).needs is Needs.NOTHING}
        with_model = {check: k for check, k in counts.items() if check not in without}
        shards = [s for subject in by_hash.values() for s in shards_of(subject, opened(subject), with_model, seed)]
        shards += shards_of(NO_SUBJECT, None, without, seed)
        return Campaign(by_hash | {NO_SUBJECT.sha256: NO_SUBJECT}, tuple(shards))

    @property
    def sha256(self) -> str:
        """What makes it this campaign: its shards, where the models run, and the version of the checks."""
        where = [
            (subject.device, subject.backend, *filter(None, [subject.runtime])) for subject in self.subjects.values()
        ]
        made_of = [version("proofformer"), where, [shard.key for shard in self.shards]]
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()

    @property
    def instances(self) -> int:
        return total(self.shards)


@dataclass(frozen=True, repr=False)
class Report:
    """What a campaign found, in the order of the shards, whoever ran them and when: so `total.digest`, which is of all
    answers, does not depend on that either. `failed` is the first shard with a failing instance. Of one model here,
    `misread` is the first read of a head that is wrong on that, and `assumptions` what is seen of its kernel."""

    total: Tally
    checks: Mapping[str, Tally]
    families: Mapping[tuple[str, str], Tally]
    seconds: float
    resumed: int
    failed: Shard | None
    assumptions: tuple[Judged, ...] = ()
    misread: Misread | None = None

    @property
    def digest(self) -> str:
        return self.total.digest

    @property
    def failure(self) -> Failure | None:
        return self.total.failure

    def to_json(self) -> dict[str, Any]:
        failure: dict[str, Any] | None = None
        if self.failure is not None:
            failure = {name: getattr(self.failure, name) for name in ("expected", "got")}
            failure |= {"n": sum(map(len, self.failure.case.sets))}
            failure |= {"misread": None if self.misread is None else self.misread.to_json()}
        rows = [{"check": c, "family": f} | found.to_json() for (c, f), found in self.families.items()]
        return {
            "instances": self.total.instances,
            "wrong": self.total.wrong,
            "largest_n": self.total.largest_n,
            "seconds": round(self.seconds, 3),
            "resumed_shards": self.resumed,
            "digest": self.digest,
            "by_source": {check: found.instances for check, found in self.checks.items()},
            "checks": {check: found.to_json() for check, found in self.checks.items()},
            "families": rows,
            "detail": self.total.detail,
            "failure": failure,
            **({"assumptions": [vars(x) for x in self.assumptions]} if self.assumptions else {}),
        }

    def __repr__(self) -> str:
        seen = ["assumptions of the proof, on this machine:", *table(self.assumptions)] if self.assumptions else []
        return "\n".join([*seen, *told(self.to_json())])


def run_campaign(
    campaign: Campaign,
    workers: Workers,
    *,
    journal: str | PathLike[str] | None = None,
    progress: Callable[[int, int, int], None] = lambda instances, resumed, wrong: None,
) -> Report:
    """Run every shard that the journal has not. `progress` gets the instances finished and, of them, those resumed
    and those that were wrong.

    Raises `InputError` for a journal of another campaign, and when workers die.
    """
    start = perf_counter()
    with ExitStack() as stack:
        book: Journal | None = None
        finished: Finished = {}
        if journal is not None:
            book = Journal(journal, campaign.sha256, {shard.key: total([shard]) for shard in campaign.shards})
            stack.callback(book.close)
            finished = book.finished
        resumed = len(finished)
        before = done = sum(total([shard]) for shard in campaign.shards if shard.key in finished)
        wrong = sum(outcome.wrong for outcome, _ in finished.values())
        todo = iter([shard for shard in campaign.shards if shard.key not in finished])
        under_way: dict[Future[tuple[Outcome, float]], Shard] = {}
        try:
            while True:
                progress(done, before, wrong)
                for shard in islice(todo, workers.under_way - len(under_way)):
                    future = workers.executor.submit(run_shard, campaign.subjects[shard.model], shard)
                    under_way[future] = shard
                if not under_way:
                    break
                for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                    shard = under_way.pop(future)
                    outcome, seconds = future.result()
                    done, wrong = done + total([shard]), wrong + outcome.wrong
                    if book is None:
                        finished[shard.key] = outcome, seconds
                    else:
                        book.add(shard.key, outcome, seconds)
        except Exception as error:
            keep = ("give ", Choice("journal", stands_for="FILE"), " to keep what is done")
            again = ("run the same command again to go on",) if journal else keep
            # dask has an error of its own for a shard whose workers die again and again.
            if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
                fewer = Choice("jobs", stands_for="1")
                raise InputError(
                    "workers die, perhaps for want of memory: ", *again, ", with fewer, as ", fewer
                ) from None
            if isinstance(error, ImportError):
                raise InputError(f"a worker cannot run shards ({error}): install proofformer where it runs") from None
            raise
    return report_of(campaign, finished, perf_counter() - start, resumed)


def report_of(campaign: Campaign, finished: Finished, seconds: float, resumed: int) -> Report:
    """All outcomes added up in the order of the shards."""
    total, checks, families = Tally(), defaultdict[str, Tally](Tally), defaultdict[tuple[str, str], Tally](Tally)
    for shard in campaign.shards:
        for tally in (total, checks[shard.check], families[shard.check, shard.family]):
            tally.include(shard.key, *finished[shard.key])
    failed = next((shard for shard in campaign.shards if finished[shard.key][0].failure), None)
    return Report(total, dict(checks), dict(families), seconds, resumed, failed)
