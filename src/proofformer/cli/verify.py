"""`proofformer verify`: a model against the exact oracle, itself, and altered copies of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.assumptions import FAILS, judged_facts, show_judged
from proofformer.cli.common import (
    backend_option,
    device_option,
    json_option,
    print_json,
    scheduler_option,
    theorem_option,
)
from proofformer.cli.progress import progress_bar
from proofformer.cli.verify_report import keep_failure, keep_report, show
from proofformer.errors import InputError

if TYPE_CHECKING:
    from proofformer.verify import Campaign, Report, Subject
    from proofformer.verify.executors import Workers

MOST_BITS = 20
FEW = 2000
"""So many instances run in this process: others take longer to start."""


def count_option(name: str, what: str) -> Callable[[Any], Any]:
    return click.option(f"--{name}", type=click.IntRange(min=0), metavar="K", help=what)


@click.command("verify", short_help="Put models to the test.")
@click.argument("model_dirs", metavar="[MODEL_DIR]...", nargs=-1)
@count_option("random", "Random instances.  [200, if no check is asked for]")
@count_option("adversarial", "Instances built to break models, from all families.  [200, if no check is asked for]")
@click.option("--exhaustive", is_flag=True, help="Every input of 2 to 5 documents with at most 20 bits in all.")
@count_option("metamorphic", "Relations between answers, that need no oracle.")
@count_option("mutants", "Altered weights: caught, equivalent (with the reason) or survived.")
@count_option("circuits", "Random circuits through the compiler; needs no MODEL_DIR.")
@click.option("--assumptions", is_flag=True, help="What the proof assumes of attention: what is seen to fail.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    metavar="S",
    show_default=True,
    help="The same seed, the same cases.",
)
@click.option("--runtime", metavar="NAME", help="MODEL_DIR are exports, run by torch, onnx, hf or transformerlens.")
@theorem_option
@device_option
@backend_option
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes.  [one for each processor]")
@scheduler_option
@click.option("--journal", metavar="FILE", help="Keep what is finished; the same command goes on from there.")
@click.option("--replay", metavar="FILE", help="Run the one case of a failure.npz instead.")
@click.option("--report", "report_dir", metavar="DIR", help="Where report.json and failure.npz go.")
@json_option
@click.pass_context
def verify_command(
    ctx: click.Context,
    model_dirs: tuple[str, ...],
    random: int | None,
    adversarial: int | None,
    exhaustive: bool,
    metamorphic: int | None,
    mutants: int | None,
    circuits: int | None,
    assumptions: bool,
    seed: int,
    runtime: str | None,
    theorem: str | None,
    device: str,
    backend: str,
    jobs: int | None,
    scheduler: str | None,
    journal: str | None,
    replay: str | None,
    report_dir: str | None,
    as_json: bool,
) -> None:
    """Compare models with the exact oracle, with themselves and with altered copies of them.

    Exit code 1 when an answer is wrong, a relation is broken, a mutant survives unexplained, or an assumption of the
    proof is seen to fail. The first wrong answer
    is made as small as can be and saved as failure.npz (in the current folder, or in --report DIR).
    """
    from proofformer.verify import Subject
    from proofformer.verify import assumptions as judge
    from proofformer.verify.shards import USUAL

    given = {
        "random": random,
        "adversarial": adversarial,
        "exhaustive": MOST_BITS if exhaustive else None,
        "metamorphic": metamorphic,
        "mutants": mutants,
        "circuits": circuits,
    }
    asked = {check: count for check, count in given.items() if count is not None}
    counts = {check: count for check, count in asked.items() if count} if asked or assumptions else dict(USUAL)
    if replay is None and not counts and not assumptions:
        zero = " and ".join(f"--{check} 0" for check in asked)
        raise InputError(f"{zero} leave nothing to verify: ask for at least one instance")
    if not model_dirs and (replay is not None or set(counts) != {"circuits"}):
        raise InputError("there is no MODEL_DIR to verify: name one, or ask for --circuits K alone")
    if scheduler and jobs:
        raise InputError("--jobs is for processes here and --scheduler for a cluster: choose one of them")
    if runtime is not None and "circuits" in counts:
        raise InputError("--circuits tests the compiler, no export: leave out --runtime")
    if runtime is not None and (device, backend) != ("cpu", "auto"):
        raise InputError(f"--runtime {runtime} runs exports on the CPU by itself: leave out --device and --backend")
    folder = _writable(report_dir)
    subjects = [Subject.of(path, device, backend, runtime or "", theorem or "") for path in model_dirs]
    if replay is not None:
        ctx.exit(_replayed(model_dirs, subjects, replay, report_dir, folder, as_json=as_json))
    judged = {path: judge(s.open()) for path, s in zip(model_dirs, subjects, strict=True)} if assumptions else {}
    failing = any(x.verdict == FAILS for found in judged.values() for x in found)
    if not as_json:
        show_judged(judged)
    if not counts:
        if as_json:
            print_json({"assumptions": judged_facts(judged)})
        ctx.exit(int(failing))
    with ExitStack() as stack:
        # Whether anybody answers is said before models are opened.
        there = None if scheduler is None else stack.enter_context(_cluster(scheduler))
        campaign = _campaign(model_dirs, subjects, counts, seed)
        workers = there or stack.enter_context(_workers(jobs, campaign.instances))
        report = _run(campaign, workers, journal, shown=not as_json)
    where = dict(zip((sha for sha in campaign.subjects if sha), model_dirs, strict=False))
    facts = report.to_json() | {"models": list(model_dirs), "seed": seed, "device": device, "backend": backend}
    facts |= {"runtime": runtime} if runtime else {}
    facts |= {"assumptions": judged_facts(judged)} if judged else {}
    facts["failure"] = keep_failure(report, campaign, where, folder)
    if report_dir is not None:
        keep_report(facts, folder)
    if as_json:
        print_json(facts)
    else:
        show(facts)
    ctx.exit(1 if report.total.wrong or failing else 0)


def _campaign(model_dirs: Sequence[str], subjects: Sequence[Subject], counts: dict[str, int], seed: int) -> Campaign:
    from proofformer.verify import Campaign

    twice = [path for k, path in enumerate(model_dirs) if subjects[k] in subjects[:k]]
    if twice or len({s.sha256 for s in subjects}) < len(subjects):
        raise InputError(f"{(twice or model_dirs)[-1]} is the same model as another MODEL_DIR: name each once")
    return Campaign.of(subjects, counts, seed)


def _cluster(scheduler: str) -> AbstractContextManager[Workers]:
    from proofformer.verify.executors import cluster

    return cluster(scheduler)


def _workers(jobs: int | None, instances: int) -> AbstractContextManager[Workers]:
    from proofformer.verify.executors import cores, here, processes

    jobs = jobs or (1 if instances <= FEW else cores())
    return processes(jobs) if jobs > 1 else here()


def _run(campaign: Campaign, workers: Workers, journal: str | None, *, shown: bool) -> Report:
    from proofformer.verify import run_campaign

    with progress_bar(campaign.instances, "verifying", "instances", shown=shown) as progress:
        try:
            return run_campaign(campaign, workers, journal=journal, progress=progress)
        except (KeyboardInterrupt, SystemExit):
            if journal is not None:
                click.echo(f"stopped: what is finished is in {journal}; the same command goes on from there", err=True)
            raise


def _replayed(
    model_dirs: Sequence[str],
    subjects: Sequence[Subject],
    file: str,
    report_dir: str | None,
    folder: Path,
    *,
    as_json: bool,
) -> int:
    """One saved case again; the exit code."""
    from proofformer.verify import replay
    from proofformer.verify.judge import judge
    from proofformer.verify.outcome import Tally

    if len(model_dirs) > 1:
        raise InputError(f"--replay runs one case on one model, not on {len(model_dirs)}: name one MODEL_DIR")
    [subject] = subjects
    model, case, tally = subject.open(), replay(file), Tally()
    model.problem.instance(*case.sets)
    judge(model, case, tally)
    facts: dict[str, Any] = {
        "instances": 1,
        "wrong": tally.wrong,
        "largest_n": tally.largest_n,
        "by_source": {case.source: 1},
        "models": list(model_dirs),
        "device": subject.device,
        "backend": subject.backend,
        "failure": None,
    }
    if tally.failure is not None:
        facts["failure"] = {"expected": tally.failure.expected, "got": tally.failure.got, "file": file}
    if report_dir is not None:
        keep_report(facts, folder)
    if as_json:
        print_json(facts)
    else:
        show(facts)
    return int(tally.wrong > 0)


def _writable(report_dir: str | None) -> Path:
    """The folder for what the run leaves behind, made and checked before the run, not after it."""
    folder = Path(report_dir or ".")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write in {folder}: {error.strerror}; choose another --report DIR") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"cannot write in {folder}: choose another --report DIR")
    return folder
