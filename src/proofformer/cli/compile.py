"""`proofformer compile`: a problem to a model folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from proofformer.arguments import LARGEST_DIM
from proofformer.cli.asking import problem_options
from proofformer.cli.common import (
    asked_for,
    json_option,
    place_for,
    plan_facts,
    print_json,
    print_named,
    seconds,
    size,
    worst,
)

if TYPE_CHECKING:
    from proofformer.planner import Plan
    from proofformer.problems import Problem


@click.command("compile", short_help="Compile a problem into a model folder.")
@click.argument("problem")
@click.option(
    "--dim",
    type=click.IntRange(1, LARGEST_DIM),
    required=True,
    metavar="L",
    help="Entries of a row, which is a document.",
)
@click.option(
    "--max-n",
    type=click.IntRange(min=2),
    required=True,
    metavar="N",
    help="The most rows the model has to answer for.",
)
@problem_options
@click.option(
    "--dtype", default="float32", metavar="D", show_default=True, help="float16, bfloat16, float32 or float64."
)
@click.option(
    "--mask",
    default="strict",
    metavar="M",
    show_default=True,
    help="strict: a token sees those before it; inclusive: itself too, as in stock attention.",
)
@click.option("-o", "--output", required=True, metavar="MODEL_DIR", help="The folder to write.")
@json_option
def compile_command(
    problem: str,
    dim: int,
    max_n: int,
    dtype: str,
    mask: str,
    output: str,
    as_json: bool,
    **asked: Any,
) -> None:
    """Compile PROBLEM for 2..N documents of L entries and write MODEL_DIR.

    PROBLEM is ov (an orthogonal pair), min-ip or max-ip (of least or largest inner product), closest-pair,
    farthest-pair, msd or lsd (most or least similar), or the file of a theorem of your own, mine.py, which is run.
    """
    from proofformer.artifacts import FOLDER
    from proofformer.compiler import Spec, plan_of

    chosen = asked_for(problem, dim, **asked)
    place_for(output)
    start = perf_counter()
    spec = Spec(chosen, max_n, dtype, mask)
    plan = plan_of(spec)
    planning = perf_counter() - start
    files = FOLDER.write_plan(spec, plan, output)
    facts = facts_of(spec.problem, plan, output, planning, json.loads(files[FOLDER.about])["parameters"])
    (print_json if as_json else show)(facts)


def facts_of(problem: Problem, plan: Plan, output: str, planning: float, parameters: int) -> dict[str, Any]:
    """What was compiled, as JSON values."""
    from proofformer.check import CERTIFICATE
    from proofformer.theorems import statement_for

    return {
        "model": output,
        "problem": problem.to_json(),
        "label": problem.label,
        "statement": statement_for(problem, plan.max_n),
        "dim": problem.dim,
        **plan_facts(plan),
        "parameters": parameters,
        "certificate": (Path(output) / CERTIFICATE).is_file(),
        "folder_bytes": sum(file.stat().st_size for file in Path(output).iterdir()),
        "planning_seconds": round(planning, 6),
    }


def show(facts: Mapping[str, Any]) -> None:
    """The facts as aligned text."""
    from proofformer.explain.describe import short

    heads = facts["heads"]
    leak, slack = worst(facts)
    lines = {
        "compiled": facts["label"],
        "statement": facts["statement"],
        "n": f"2..{facts['max_n']:,}",
        "l": short(facts["dim"]),
        "dtype": facts["dtype"],
        "radix R": "; ".join(f"{name}: {', '.join(map(str, radix))}" for name, radix in facts["radix"].items())
        or "none: no head looks for an index",
        "rounds T": str(facts["rounds"]),
        "b": ", ".join(f"{h['name']}: {h['b']}" for h in heads),
        "width": short(facts["width"]),
        "depth": f"{facts['blocks']} blocks, {facts['attention_blocks']} with attention",
        "leak": f"outside the best keys of a row falls at most {leak:.4g} of the weight on them",
        "slack": f"a fetched bit stays {slack:.4g} or more inside what its gate restores",
        "parameters": short(facts["parameters"]),
        "certificate": "written, `proofformer check` proves it again"
        if facts["certificate"]
        else f"none; `proofformer certify {facts['model']}` makes it, or says why not",
        "folder": f"{facts['model']} ({size(facts['folder_bytes'])})",
        "planning": seconds(facts["planning_seconds"]),
    }
    print_named(lines)
