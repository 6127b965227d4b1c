"""`proofformer page`: a model that runs in a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofformer.cli.common import json_option, model_argument, open_model, place_for, print_json, print_named, size
from proofformer.errors import InputError

if TYPE_CHECKING:
    from proofformer.problems import Problem


@click.command("page", short_help="Write a page in which a model runs, to look at and to break.")
@model_argument
@click.argument("source", metavar="[INPUT]", required=False)
@click.argument("other", metavar="[INPUT_B]", required=False)
@click.option("-o", "--output", required=True, metavar="FILE.html", help="The page to write.")
@json_option
def page_command(
    model_dir: str, theorem: str | None, source: str | None, other: str | None, output: str, as_json: bool
) -> None:
    """Write one HTML file that runs the model of MODEL_DIR in a browser, from disk and without a network.

    Documents are bits to click: it shows whom each one looks at, how its score is stacked of priorities, what softmax
    and the gates make of it, and the answer beside an exhaustive search; temperature, mask and kernel can be changed
    until it breaks. It begins with the rows of INPUT (as `solve` reads them) or with six of its own, and takes models
    for up to 64 documents of up to 32 entries, in float32, float64 or bfloat16.
    """
    from proofformer.artifacts.folder import load_files, write_files
    from proofformer.check import CERTIFICATE
    from proofformer.page.page import WEIGHTS, page
    from proofformer.page.templates import check_jinja
    from proofformer.problems import load_matrix

    check_jinja()
    target = place_for(output)
    if target.suffix not in (".html", ".htm"):
        raise InputError(f"{output!r} does not end in .html, as pages do: choose another name")
    if target.is_dir():
        raise InputError(f"{output!r} is a folder: name a file in it that ends in .html")
    model = open_model(model_dir, theorem=theorem)
    instance = None
    if source is not None:
        instance = model.problem.instance(*(load_matrix(name) for name in (source, other) if name is not None))
    artifact = load_files(Path(model_dir), [WEIGHTS, CERTIFICATE], "model folder")
    written = page(model, artifact, instance, _published(model.problem)).encode()
    write_files(target, {"": written}, Path.is_file, "file")
    facts = {"page": output, "label": model.problem.label, "max_n": model.max_n, "bytes": len(written)}
    if as_json:
        print_json(facts)
        return
    print_named({"page": f"{output} ({size(len(written))})", "model": f"{model.problem.label}, n = 2..{model.max_n}"})


def _published(asked: Problem) -> bool:
    """Whether a published theorem answers the question, by what the laboratory knows."""
    from proofformer.plugins import laboratory

    try:
        known = bool(laboratory("paper").decides(asked.name))
    except InputError:
        return False
    return known and asked.question == "decide" and asked.metric in (None, "cosine")
