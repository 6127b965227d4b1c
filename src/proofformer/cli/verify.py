"""`proofformer verify`: the model against the exact oracle."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.common import (
    backend_option,
    console,
    device_option,
    json_option,
    model_argument,
    open_model,
    print_json,
)
from proofformer.cli.common import seconds as pretty_seconds
from proofformer.errors import InputError

if TYPE_CHECKING:
    from proofformer.verify import Report

FAILURE = "failure.npz"
REPORT = "report.json"


@click.command("verify", short_help="Compare a model with the exact oracle.")
@model_argument
@click.option(
    "--random", type=click.IntRange(min=0), default=200, metavar="K", show_default=True, help="Random instances."
)
@click.option(
    "--adversarial", type=click.IntRange(min=0), default=200, metavar="K", show_default=True, help="Adversarial ones."
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    metavar="S",
    show_default=True,
    help="The same seed, the same cases.",
)
@device_option
@backend_option
@click.option("--replay", metavar="FILE", help="Run the one case of a failure.npz instead.")
@click.option("--report", "report_dir", metavar="DIR", help="Where report.json and failure.npz go.")
@json_option
@click.pass_context
def verify_command(
    ctx: click.Context,
    model_dir: str,
    random: int,
    adversarial: int,
    seed: int,
    device: str,
    backend: str,
    replay: str | None,
    report_dir: str | None,
    as_json: bool,
) -> None:
    """Compare the model with the exact oracle; exit code 1 when an answer is wrong.

    The first wrong answer is saved as failure.npz (in the current folder, or in --report DIR).
    """
    from proofformer.verify import cases, verify
    from proofformer.verify import replay as saved_case

    if replay is None and random + adversarial == 0:
        raise InputError("--random 0 and --adversarial 0 leave nothing to verify: ask for at least one instance")
    model = open_model(model_dir, device, backend)
    if replay is None:
        total = random + adversarial
        todo = cases(model, random=random, adversarial=adversarial, seed=seed)
    else:
        case = saved_case(replay)
        model.problem.instance(*case.sets)
        total, todo = 1, iter([case])
    folder = _writable(report_dir)
    with _progress(total, shown=not as_json) as progress:
        report = verify(model, todo, progress=progress)
    failure = _keep_failure(report, folder, replay)
    facts = report.to_json() | {"model": model_dir, "seed": seed, "device": device, "backend": backend}
    if facts["failure"]:
        options = [] if device == "cpu" else ["--device", device]
        options += [] if backend == "sdpa" else ["--backend", backend]
        command = ["proofformer", "verify", model_dir, "--replay", failure, *options]
        facts["failure"] |= {"file": failure, "replay": shlex.join(command)}
    if report_dir is not None:
        (folder / REPORT).write_text(json.dumps(facts, indent=1) + "\n")
    if as_json:
        print_json(facts)
    else:
        _show(facts, replayed=replay is not None)
    ctx.exit(1 if report.wrong else 0)


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


def _keep_failure(report: Report, folder: Path, replay: str | None) -> str:
    """The file with the first failure: a replayed one has its file already."""
    if replay is not None or report.failure is None:
        return replay or ""
    file = folder / FAILURE
    report.failure.save(file)
    return str(file)


@contextmanager
def _progress(total: int, *, shown: bool) -> Iterator[Callable[[Report], None]]:
    if not (shown and sys.stderr.isatty()):
        yield lambda report: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("verifying"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("verifying", total=total)
        yield lambda report: bar.update(task, completed=report.instances)


def _show(facts: dict[str, Any], *, replayed: bool) -> None:
    counts = ", ".join(f"{count:,} {source}" for source, count in facts["by_source"].items())
    wrong = f"{facts['wrong']:,} wrong"
    click.echo(f"{counts}: {wrong} (largest n {facts['largest_n']:,}, {pretty_seconds(facts['seconds'])})")
    failure = facts["failure"]
    if failure is None:
        return
    click.echo("the failure is reproduced" if replayed else f"the first wrong answer is saved as {failure['file']}")
    click.echo(f"  expected  {failure['expected']}")
    click.echo(f"  got       {failure['got']}")
    if not replayed:
        click.echo(f"  replay    {failure['replay']}")
