"""Campaigns: no shard lost, none counted twice, and the same result whoever runs the shards."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest

import proofformer as pf
from proofformer.errors import InputError
from proofformer.verify import Campaign, Report, Subject, run_campaign, shards
from proofformer.verify.checks import checks
from proofformer.verify.executors import Here, Workers, cluster, here, processes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models")
    pf.compile("closest-pair", dim=2, max_n=12).save(path / "one")
    pf.compile("max-ip", dim=2, max_n=4, bichromatic=True, dtype="bfloat16").save(path / "two")
    return path


@pytest.fixture
def campaign(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Campaign:
    few = {name: replace(check, shard=300 if name == "exhaustive" else 5) for name, check in checks().items()}
    monkeypatch.setattr(shards, "check_named", few.__getitem__)
    subjects = [Subject.of(str(folder / name)) for name in ("one", "two")]
    return Campaign.of(subjects, {"random": 11, "exhaustive": 20}, seed=3)


def run(campaign: Campaign, journal: Path | None = None) -> Report:
    with here() as workers:
        return run_campaign(campaign, workers, journal=journal)


def test_shards_cover_every_instance_once(campaign: Campaign) -> None:
    for sha, check, family in {(s.model, s.check, s.family) for s in campaign.shards}:
        spans = [(s.start, s.stop) for s in campaign.shards if (s.model, s.check, s.family) == (sha, check, family)]
        assert [start for start, _ in spans] == [0, *(stop for _, stop in spans[:-1])]
    assert campaign.instances == 2 * 11 + sum(4**n for n in (2, 3, 4, 5)) + sum((n - 1) * 4**n for n in (2, 3, 4))
    assert len({s.key for s in campaign.shards}) == len(campaign.shards)


def test_a_report_adds_up(campaign: Campaign) -> None:
    report = run(campaign)
    assert report.total.instances == campaign.instances
    assert report.total.wrong == 0
    assert report.checks["random"].instances == 22
    assert sum(line.instances for line in report.families.values()) == campaign.instances
    assert report.families["exhaustive", "n = 1 + 3"].instances == 4**4
    facts = json.loads(json.dumps(report.to_json()))
    assert facts["by_source"] == {"random": 22, "exhaustive": campaign.instances - 22}


class Dying(Here):
    """An executor whose process is killed after so many shards."""

    def __init__(self, shards_left: int) -> None:
        self.left = shards_left

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().submit(fn, *args, **kwargs)


@pytest.mark.parametrize("torn", [b"", b'{"shard": "half a li'])
def test_a_killed_campaign_goes_on_where_it_stopped(campaign: Campaign, tmp_path: Path, torn: bytes) -> None:
    whole, journal = run(campaign), tmp_path / "deep" / "journal.jsonl"
    for done in (2, 4):
        with pytest.raises(KeyboardInterrupt):
            run_campaign(campaign, Workers(Dying(2), 1), journal=journal)
        with journal.open("ab") as file:
            file.write(torn)
        assert len(journal.read_bytes()[: len(journal.read_bytes()) - len(torn)].splitlines()) == 1 + done
    report = run(campaign, journal)
    assert report.resumed == 4
    assert (report.total.instances, report.digest) == (whole.total.instances, whole.digest)
    again = run(campaign, journal)
    assert again.resumed == len(campaign.shards)
    assert (again.total.instances, again.digest) == (whole.total.instances, whole.digest)
    assert len(journal.read_text().splitlines()) == 1 + len(campaign.shards)


def test_a_journal_of_other_shards_is_refused(campaign: Campaign, folder: Path, tmp_path: Path) -> None:
    run(campaign, tmp_path / "journal.jsonl")
    other = Campaign.of([Subject.of(str(folder / "one"))], {"random": 12}, seed=3)
    with pytest.raises(InputError, match="journal of another campaign"):
        run(other, tmp_path / "journal.jsonl")


@contextmanager
def local_cluster() -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None) as local:
        yield local


@contextmanager
def on_a_cluster() -> Iterator[Workers]:
    with local_cluster() as local, cluster(local.scheduler_address) as workers:
        yield workers


@pytest.mark.parametrize("there", [partial(processes, 2), on_a_cluster], ids=["processes", "a cluster"])
def test_others_find_the_same(campaign: Campaign, there: Callable[[], AbstractContextManager[Workers]]) -> None:
    whole = run(campaign)
    with there() as workers:
        report = run_campaign(campaign, workers)
    assert (report.total.instances, report.digest) == (whole.total.instances, whole.digest)


@contextmanager
def listening(says: bytes) -> Iterator[str]:
    """Somebody who takes calls and says this, which is nothing that dask says."""
    heard: list[socket.socket] = []

    def answer() -> None:
        with suppress(OSError):
            while True:
                heard.append(listener.accept()[0])
                heard[-1].sendall(says)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=answer, daemon=True).start()
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}"
    for call in heard:
        call.close()


@contextmanager
def worker() -> Iterator[str]:
    with local_cluster() as local:
        yield local.workers[0].address


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (nullcontext("tcp://127.0.0.1:1"), "Timed out"),
        (nullcontext("tcp://nobody.invalid:8786"), "Timed out"),
        (listening(b""), "nothing in 4 seconds"),
        (listening(b"SSH-2.0-OpenSSH_9.6 and more of the kind"), ""),
        (worker(), "a Worker does"),
    ],
    ids=["nobody", "no such machine", "silence", "another tongue", "a worker"],
)
def test_whoever_is_no_scheduler_is_said_within_seconds(there: AbstractContextManager[str], why: str) -> None:
    with there as address:
        start = monotonic()
        with pytest.raises(InputError, match=rf"no dask scheduler answers at {address} \(.*{why}"), cluster(address):
            pass
        assert monotonic() - start < 10


def test_a_model_that_changes_is_not_verified_any_more(tmp_path: Path) -> None:
    model = pf.compile("min-ip", dim=2, max_n=4)
    model.save(tmp_path / "m")
    subject = Subject.of(str(tmp_path / "m"))
    pf.compile("min-ip", dim=3, max_n=4).save(tmp_path / "m")
    with pytest.raises(InputError, match="changed while it was being verified"):
        subject.open()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (BrokenExecutor("a process in the pool was terminated"), r"workers die.*journal=FILE"),
        (ImportError("No module named 'proofformer'"), "install proofformer where it runs"),
    ],
)
def test_what_befalls_workers_is_one_sentence(campaign: Campaign, error: Exception, sentence: str) -> None:
    class Dead(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(error)
            return future

    with pytest.raises(InputError, match=sentence):
        run_campaign(campaign, Workers(Dead(), 1))


def test_workers_end_with_a_killed_campaign(folder: Path, tmp_path: Path) -> None:
    """Killed without warning, the process that keeps the journal leaves nobody behind, and the journal goes on."""
    psutil = pytest.importorskip("psutil")
    journal = tmp_path / "journal.jsonl"
    command = [sys.executable, "-m", "proofformer.cli.program", "verify", str(folder / "one"), "--random", "2000"]
    command += ["--jobs", "2", "--journal", str(journal), "--json"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not (journal.exists() and journal.read_text().count("\n") > 3):
        sleep(0.05)
    workers = psutil.Process(process.pid).children(recursive=True)
    assert len(workers) >= 2
    process.kill()
    process.wait()
    kept = journal.read_text().count("\n") - 1
    assert psutil.wait_procs(workers, timeout=60)[1] == []
    same = Campaign.of([Subject.of(str(folder / "one"))], {"random": 2000}, seed=0)
    assert 3 <= kept < len(same.shards) - 1
    with pytest.raises(KeyboardInterrupt):
        run_campaign(same, Workers(Dying(1), 1), journal=journal)
    assert journal.read_text().count("\n") == 1 + kept + 1
