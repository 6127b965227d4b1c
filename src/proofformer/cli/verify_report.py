"""What `verify` says of a campaign, and the failure it leaves behind."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.common import print_json
from proofformer.cli.common import seconds as pretty_seconds
from proofformer.errors import InputError

if TYPE_CHECKING:
    from proofformer.verify import Report, Subject

FAILURE = "failure.npz"
REPORT = "report.json"


def writable(report: str | None) -> Path:
    """The folder for what the run leaves behind, made and checked before the run, not after it."""
    if report is not None:
        from proofformer.page.templates import check_jinja

        check_jinja()
    folder = Path(report or ".")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot write in {folder}: {error.strerror}; choose another --report DIR") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"cannot write in {folder}: choose another --report DIR")
    return folder


def keep_failure(report: Report, subjects: Mapping[str, Subject], folder: Path) -> dict[str, Any] | None:
    """Save the first failing instance, as small as it can be made; what to say of it.

    An instance that is wrong by no oracle (a broken relation) is saved as it is. One on which no model of these fails
    (a circuit's) is made again from its seed and number, which the report says.
    """
    failure, shard = report.failure, report.failed
    of = [(path, subject) for path, subject in subjects.items() if shard and subject.sha256 == shard.model]
    if failure is None or shard is None or not of:
        return None
    from proofformer.verify.judge import fails, judge, misread_facts
    from proofformer.verify.outcome import Tally
    from proofformer.verify.shrink import shrink

    [(path, subject)] = of
    n = sum(map(len, failure.case.sets))
    model, tally = subject.open(), Tally()
    small = shrink(model.problem, failure.case.sets, lambda sets: fails(model, sets))
    judge(model, replace(failure.case, sets=small), tally)
    failure, file = tally.failure or failure, folder / FAILURE
    failure.save(file)
    options = ["--runtime", subject.runtime] if subject.runtime else []
    options += ["--theorem", subject.theorem] if subject.theorem else []
    options += [] if subject.device == "cpu" else ["--device", subject.device]
    options += [] if subject.backend == "auto" else ["--backend", subject.backend]
    return {
        "model": path,
        "check": shard.check,
        "family": shard.family,
        "seed": failure.case.seed,
        "number": failure.case.number,
        "found_with_n": n,
        "n": sum(map(len, failure.case.sets)),
        "expected": failure.expected,
        "got": failure.got,
        "misread": misread_facts(model, failure),
        "file": str(file),
        "replay": shlex.join(["proofformer", "verify", path, "--replay", str(file), *options]),
    }


def tell(facts: Mapping[str, Any], report: str | None, *, as_json: bool) -> None:
    """The report for people or as JSON, and in the folder that was asked for."""
    from proofformer.artifacts.folder import write_files
    from proofformer.page.of_verify import verify_report
    from proofformer.page.report import HTML
    from proofformer.verify.told import told

    if report is not None:
        verify_report(facts).write(Path(report) / HTML)
        written = (json.dumps(facts, indent=1) + "\n").encode()
        write_files(Path(report) / REPORT, {"": written}, Path.is_file, "file")
    if as_json:
        print_json(facts)
    else:
        click.echo("\n".join(told(facts, pretty_seconds(facts["seconds"]) if "seconds" in facts else "")))
