"""`proofformer certify`: the certificate of a model folder."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from proofformer.cli.check import show
from proofformer.cli.common import json_option


@click.command("certify", short_help="Write down what a model's weights prove.")
@click.argument("model_dir", metavar="MODEL_DIR")
@json_option
def certify_command(model_dir: str, as_json: bool) -> None:
    """Prove that the weights in MODEL_DIR answer its question, as `check` does, and write MODEL_DIR/certificate.json.

    It has what every head prefers, its leak and slack, the largest number and sum in every layer, and the assumptions
    and lemmas that the proof rests on. `compile` writes it for models of up to a million weights. Loading a model
    doesn't read it, and `check` believes nothing of it: it proves all again, and compares.

    Exit codes: 0 certified and written, 1 not certified, 2 not readable or not writable.
    """
    from proofformer.artifacts.certificate import certify
    from proofformer.check import CERTIFICATE, CERTIFIED

    found = certify(Path(model_dir))
    show(found, as_json)
    if found["code"] == CERTIFIED and not as_json:
        click.echo(f"written to {Path(model_dir) / CERTIFICATE}")
    sys.exit(found["code"])
