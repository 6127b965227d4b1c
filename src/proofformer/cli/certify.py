"""`proofformer certify`: the certificate of a model folder, or how far each question is certified."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from proofformer.arguments import LARGEST_DIM, LARGEST_N
from proofformer.cli.asking import asked_beyond, problem_options
from proofformer.cli.certify_map import show_map
from proofformer.cli.check import show
from proofformer.cli.common import SAID, json_option, place_for
from proofformer.errors import InputError


@click.command("certify", short_help="Write down what weights prove, or map how far questions go.")
@click.argument("subject", metavar="[MODEL_DIR | --map [PROBLEM]]", required=False)
@click.option("--coq", is_flag=True, help="Write the weights and their theorem as a file of Coq instead.")
@click.option("-o", "--output", type=SAID, metavar="FILE", help="With --coq, the file; else it is printed.")
@click.option("--map", "as_map", is_flag=True, help="How far PROBLEM goes in each dtype, and what ends it.")
@click.option("--figure", metavar="FILE", help="Draw the map too: .png, .svg or .pdf.")
@click.option("--dim", type=click.IntRange(1, LARGEST_DIM), metavar="L", help="Map: the largest N at this l.  [64]")
@click.option("--max-n", type=click.IntRange(2, LARGEST_N), metavar="N", help="Map: the largest l for this N.  [4096]")
@problem_options
@click.option("--dtype", metavar="D", help="Map: float16, bfloat16, float32 or float64.  [all]")
@json_option
def certify_command(
    subject: str | None,
    coq: bool,
    output: str | None,
    as_map: bool,
    figure: str | None,
    dim: int | None,
    max_n: int | None,
    dtype: str | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Prove that the weights in MODEL_DIR answer its question, as `check` does, and write MODEL_DIR/certificate.json.

    It has what every head prefers, its leak and slack, the largest number and sum in every layer, and the assumptions
    and lemmas that the proof rests on. `compile` writes it for models of up to a million weights. Loading a model
    doesn't read it, and `check` believes nothing of it: it proves all again, and compares.

    With --coq it proves nothing itself: it writes the stored weights and the theorem that they answer, over the real
    numbers, as a file that `coqc` proves or refuses. proofs/README.md has the three commands.

    With --map: the largest N at one l and the largest l for one N that PROBLEM is certified for, and the inequality
    that the next size breaks; of each search, without PROBLEM. A size is "planned" where the compiler proved it, and
    "checked" where it was compiled too and the checker proved it from the bytes of the weights (4 million or fewer).
    Decisions are at half of the largest value. The map takes seconds, of similarities minutes.

    Exit codes: 0 certified and written, 1 not certified, 2 not readable or not writable.
    """
    if as_map:
        if coq or output is not None:
            raise InputError("--coq and -o are for a MODEL_DIR: leave them out, or --map")
        show_map(subject, dim, max_n, dtype, figure, as_json, **asked)
        return
    given = [("figure", figure), ("dim", dim), ("max-n", max_n), ("dtype", dtype)]
    if beyond := [*(name for name, value in given if value is not None), *asked_beyond(asked)]:
        raise InputError(f"--{beyond[0]} is for the map: add --map, or leave it out")
    if subject is None:
        raise InputError("there is nothing to certify: name a MODEL_DIR, or pass --map")
    from proofformer.artifacts.certificate import certify
    from proofformer.check import CERTIFICATE, CERTIFIED

    if coq or output is not None:
        _coq(Path(subject), coq, output, as_json)
        return
    found = certify(Path(subject))
    show(found, as_json)
    if found["code"] == CERTIFIED and not as_json:
        click.echo(f"written to {Path(subject) / CERTIFICATE}")
    sys.exit(found["code"])


def _coq(folder: Path, coq: bool, output: str | None, as_json: bool) -> None:
    """The model as a file of Coq, written or printed."""
    from proofformer.artifacts.coq_file import coq_file, write_coq_file

    if not coq or as_json:
        raise InputError("--json goes without --coq, which writes a file of Coq" if coq else "-o goes with --coq alone")
    if output is None:
        click.echo(coq_file(folder), nl=False)
    else:
        write_coq_file(folder, place_for(output))
        click.echo(f"written to {output}")
