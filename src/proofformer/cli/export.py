"""`proofformer export`: a model folder to a file of another runtime."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from time import perf_counter
from typing import Any

import click

from proofformer.cli.common import (
    json_option,
    model_argument,
    open_model,
    place_for,
    print_json,
    print_named,
    seconds,
    size,
    theorem_named,
)
from proofformer.errors import InputError


@click.command("export", short_help="Write a model for another runtime.")
@model_argument
@click.option(
    "--to",
    "to",
    required=True,
    metavar="FORMAT",
    help="torch (torch.export, .pt2), onnx, hf (a stock class of transformers) or transformerlens.",
)
@click.option("-o", "--output", required=True, metavar="PATH", help="The file or folder to write.")
@click.option("--opset", type=int, metavar="N", help="ONNX opset, 18 to 24.  [23, for float64 18]")
@click.option("--architecture", metavar="A", help="hf: llama, arcee or t5 (float64).  [llama, for float64 t5]")
@click.option(
    "--rotate", type=int, metavar="SEED", help="transformerlens: turn the residual stream, so that weights hide."
)
@json_option
def export_command(model_dir: str, theorem: str | None, to: str, output: str, as_json: bool, **options: Any) -> None:
    """Write the model of MODEL_DIR as PATH, in a format of another runtime, and read it again there.

    It takes 0/1 rows (batch, n, L) and how many of them count, and gives the bits of the answer. `verify --runtime`
    puts it to the same tests as the model.
    """
    from proofformer.artifacts import format_named

    chosen = format_named(to)
    given = {name: value for name, value in options.items() if value is not None}
    for name in given.keys() - chosen.options:
        raise InputError(f"--{name} is no option of {to} exports: leave it out")
    chosen.check_libraries()
    target = place_for(output)
    model = open_model(model_dir, theorem=theorem)
    start = perf_counter()
    chosen.write(model, target, **given)
    wrote = perf_counter()
    exported = chosen.read(target, theorem_named(theorem))
    named = [] if theorem is None else ["--theorem", theorem]
    facts = {
        "export": output,
        "format": to,
        "label": exported.problem.label,
        "max_n": exported.max_n,
        "dtype": exported.dtype,
        "bytes": sum(file.stat().st_size for file in ([target] if target.is_file() else target.iterdir())),
        "keeps": chosen.keeps(exported),
        "write_seconds": round(wrote - start, 6),
        "read_seconds": round(perf_counter() - wrote, 6),
        "verify": shlex.join(["proofformer", "verify", "--runtime", to, output, *named]),
        "inspect": shlex.join(["proofformer", "inspect", output, *named]),
    }
    (print_json if as_json else _show)(facts)


def _show(facts: Mapping[str, Any]) -> None:
    lines = {
        "exported": f"{facts['label']}, n = 2..{facts['max_n']:,}, {facts['dtype']}",
        "file": f"{facts['export']} ({size(facts['bytes'])})",
        "keeps": facts["keeps"],
        "took": f"{seconds(facts['write_seconds'])} to write, {seconds(facts['read_seconds'])} to read again",
        "verify": facts["verify"],
        "layout": facts["inspect"],
    }
    print_named(lines)
