"""`proofformer check`: what the weights of a model folder prove by themselves."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from proofformer.cli.common import json_option, print_json, theorem_named


@click.command("check", short_help="Prove from the weights alone that a model answers.")
@click.argument("model_dir", metavar="MODEL_DIR")
@click.option(
    "--theorem",
    metavar="FILE.py",
    help="Compare what a model of a theorem of your own measures with its task: this file, which is run.",
)
@json_option
def check_command(model_dir: str, theorem: str | None, as_json: bool) -> None:
    """Prove that the weights in MODEL_DIR answer its question for every input, trusting nothing of the compiler.

    The heads and ReLUs are read back as priorities and tables, their bounds are computed anew, and what READ puts out
    is compared with the question. Of a model of a theorem of your own, it tells what is measured of two rows; with
    --theorem this is compared with the task's value: on all pairs of rows if these are 2^20 or less, else on 10,000. A
    certificate.json, where there is one, has to say what is proved, or the exit code is 1. `python check.py MODEL_DIR`
    does the same where nothing is installed: it is one file, proofformer/check.py, and needs Python's own library
    alone.

    Exit codes: 0 certified, 1 not certified, 2 not readable.
    """
    from proofformer.check import check

    task = None
    if theorem is not None:  # Nothing of the compiler is imported otherwise.
        from proofformer.artifacts.artifact import task_of
        from proofformer.artifacts.certificate import own_task

        task = own_task(task_of(theorem_named(theorem)))
    found = check(Path(model_dir), task)
    show(found, as_json)
    sys.exit(found["code"])


def show(found: Mapping[str, Any], as_json: bool) -> None:
    """What was found of a model."""
    from proofformer.check import UNREADABLE, lines

    if as_json:
        print_json(found)
    else:
        for line in lines(found):
            click.echo(line, err=found["code"] == UNREADABLE)
