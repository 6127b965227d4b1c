"""`proofformer check`: what the weights of a model folder prove by themselves."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from proofformer.cli.common import json_option, print_json


@click.command("check", short_help="Prove from the weights alone that a model answers.")
@click.argument("model_dir", metavar="MODEL_DIR")
@json_option
def check_command(model_dir: str, as_json: bool) -> None:
    """Prove that the weights in MODEL_DIR answer its question for every input, trusting nothing of the compiler.

    The heads and ReLUs are read back as priorities and tables, their bounds are computed anew, and what READ puts out
    is compared with the question. `python check.py MODEL_DIR` does the same where nothing is installed: it is one file,
    proofformer/check.py, and needs Python's own library alone.

    Exit codes: 0 certified, 1 not certified, 2 not readable.
    """
    from proofformer.check import UNREADABLE, check, lines

    found = check(Path(model_dir))
    if as_json:
        print_json(found)
    else:
        for line in lines(found):
            click.echo(line, err=found["code"] == UNREADABLE)
    sys.exit(found["code"])
