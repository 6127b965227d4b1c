"""The same campaign in one process and in two, killed and resumed, and on a cluster that loses a worker."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from proofformer import problem
from proofformer.runtime import compile_model

CHECKS = ("--random", "200", "--adversarial", "400", "--exhaustive", "--metamorphic", "100")
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"name": "closest-pair", "dim": 4},
    {"name": "msd", "dim": 4, "metric": "cosine"},
)


def interruptions(build: Path, scale: float = 1.0) -> list[dict[str, Any]]:
    """What happened to each run: instances, wrong, shards from the journal, seconds, digest."""
    models = []
    for asked in QUESTIONS if scale >= 1 else QUESTIONS[:1]:
        models.append(str(build / "models" / f"interrupted-{asked['name']}"))
        compile_model(problem(**asked), max_n=200).save(models[-1])
    checks = list(CHECKS) if scale >= 1 else ["--random", "60", "--exhaustive"]
    command = [sys.executable, "-m", "proofformer.cli.program", "verify", *models, *checks, "--json"]
    rows = [
        {"run": "one process"} | _run([*command, "--jobs", "1"]),
        {"run": "two processes"} | _run([*command, "--jobs", "2"]),
        {"run": "killed when 30 shards were done, then resumed"} | _killed(command, build / "killed.jsonl", scale),
        {"run": "dask, two workers, one killed midway"} | _on_a_cluster(command),
    ]
    for row in rows:
        print(f"{row['run']}: {row['instances']:,} instances, {row['wrong']} wrong, {row['digest']}", flush=True)
    return rows


def _facts(result: subprocess.CompletedProcess[str], seconds: float) -> dict[str, Any]:
    if result.returncode not in (0, 1):
        raise SystemExit(f"verify failed: {result.stderr}")
    report = json.loads(result.stdout)
    told = {key: report[key] for key in ("instances", "wrong")}
    return told | {"seconds": round(seconds, 1), "digest": report["digest"][:16], "about": ""}


def _run(command: list[str]) -> dict[str, Any]:
    start = perf_counter()
    result = subprocess.run(command, capture_output=True, text=True)
    return _facts(result, perf_counter() - start)


def _killed(command: list[str], journal: Path, scale: float) -> dict[str, Any]:
    """The whole process group is killed, so that no worker can say goodbye."""
    journal.unlink(missing_ok=True)
    command = [*command, "--jobs", "2", "--journal", str(journal)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    _wait_for(lambda: journal.exists() and journal.read_text().count("\n") > (30 if scale >= 1 else 1), process)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = journal.read_text().count("\n") - 1
    return _run(command) | {"about": f"{kept} shards kept"}


def _on_a_cluster(command: list[str]) -> dict[str, Any]:
    """A scheduler and two worker processes on this machine; one is killed while it has shards."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local:
        from distributed import Client

        with Client(local) as client:
            pids = client.run(os.getpid)
        victim, killed = next(iter(pids.values())), threading.Event()

        def kill() -> None:
            # The command takes some seconds to read its models; then its shards are under way.
            with Client(local, set_as_default=False) as client:
                for _ in range(600):
                    if any(client.processing().values()):
                        break
                    sleep(0.1)
                sleep(3)
                os.kill(victim, signal.SIGKILL)
                killed.set()

        killer = threading.Thread(target=kill)
        killer.start()
        found = _run([*command, "--scheduler", local.scheduler_address])
        killer.join()
        return found | {"about": "one worker killed" if killed.is_set() else ""}


def _wait_for(done: Any, process: subprocess.Popen[bytes]) -> None:
    while not done() and process.poll() is None:
        sleep(0.05)
