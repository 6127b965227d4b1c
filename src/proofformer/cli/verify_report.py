"""What `verify` says of a campaign, and the failure it leaves behind."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.common import seconds as pretty_seconds

if TYPE_CHECKING:
    from proofformer.verify import Campaign, Report

FAILURE = "failure.npz"
REPORT = "report.json"
EQUIVALENT = "equivalent: "


def keep_failure(report: Report, campaign: Campaign, where: Mapping[str, str], folder: Path) -> dict[str, Any] | None:
    """Save the first failing instance, as small as it can be made; what to say of it.

    An instance that is wrong by no oracle (a broken relation) is saved as it is.
    """
    if report.failure is None or report.failed is None:
        return None
    from dataclasses import replace

    from proofformer.verify.judge import fails, judge
    from proofformer.verify.outcome import Tally
    from proofformer.verify.shrink import available, shrink

    failure, subject = report.failure, campaign.subjects[report.failed.model]
    n = sum(map(len, failure.case.sets))
    if available():
        model, tally = subject.open(), Tally()
        case = replace(failure.case, sets=shrink(model.problem, failure.case.sets, lambda sets: fails(model, sets)))
        judge(model, case, tally)
        failure = tally.failure or failure
    file, path = folder / FAILURE, where[report.failed.model]
    failure.save(file)
    options = ["--runtime", subject.runtime] if subject.runtime else []
    options += ["--theorem", subject.theorem] if subject.theorem else []
    options += [] if subject.device == "cpu" else ["--device", subject.device]
    options += [] if subject.backend == "auto" else ["--backend", subject.backend]
    return {
        "model": path,
        "check": report.failed.check,
        "family": report.failed.family,
        "seed": failure.case.seed,
        "number": failure.case.number,
        "found_with_n": n,
        "n": sum(map(len, failure.case.sets)),
        "expected": failure.expected,
        "got": failure.got,
        "file": str(file),
        "replay": shlex.join(["proofformer", "verify", path, "--replay", str(file), *options]),
    }


def keep_report(facts: Mapping[str, Any], folder: Path) -> None:
    from proofformer.artifacts.folder import write_files

    write_files(folder / REPORT, {"": (json.dumps(facts, indent=1) + "\n").encode()}, Path.is_file, "file")


def show(facts: Mapping[str, Any]) -> None:
    """The report for people."""
    counts = ", ".join(f"{count:,} {source}" for source, count in facts["by_source"].items())
    took = f", {pretty_seconds(facts['seconds'])}" if "seconds" in facts else ""
    resumed = f", {facts['resumed_shards']:,} shards from the journal" if facts.get("resumed_shards") else ""
    largest = f"largest n {facts['largest_n']:,}"
    click.echo(f"{counts}: {facts['wrong']:,} wrong ({largest}{took}{resumed})")
    for check, line in facts.get("checks", {}).items():
        _show_counts(check, line)
    for sentence in facts.get("detail", ()):
        click.echo(f"  {sentence}")
    failure = facts["failure"]
    if failure is None:
        return
    if "replay" not in failure:
        click.echo("the failure is reproduced")
    else:
        smaller = f", cut down from n = {failure['found_with_n']:,}" if failure["n"] < failure["found_with_n"] else ""
        click.echo(f"the first wrong answer is saved as {failure['file']} (n = {failure['n']:,}{smaller})")
    click.echo(f"  expected  {failure['expected']}")
    click.echo(f"  got       {failure['got']}")
    if "replay" in failure:
        click.echo(f"  replay    {failure['replay']}")


def _show_counts(check: str, line: Mapping[str, Any]) -> None:
    """A check's own counts; for mutants, each class of equivalent ones with its reason."""
    counts: dict[str, int] = dict(line.get("counts", {}))
    classes = {k.removeprefix(EQUIVALENT): counts.pop(k) for k in list(counts) if k.startswith(EQUIVALENT)}
    if check == "mutants":
        caught = counts.get("wrong answer", 0) + counts.get("wrong signal", 0)
        click.echo(
            f"mutants: {caught:,} caught ({counts.get('wrong answer', 0):,} by a wrong answer, "
            f"{counts.get('wrong signal', 0):,} by a wrong signal), {sum(classes.values()):,} equivalent, "
            f"{counts.get('survived', 0):,} survived"
        )
    elif counts:
        click.echo(f"{check}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()))
    if classes:
        from proofformer.plugins import laboratory

        for known in (known for known in laboratory("classes").CLASSES if known.name in classes):
            click.echo(f"  {classes[known.name]:>5,}  {known.name}: {known.reason}")
