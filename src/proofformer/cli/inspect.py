"""`proofformer inspect`: what a compiled model is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from proofformer.cli.common import console, json_option, model_argument, print_json, theorem_named
from proofformer.errors import InputError, one_of

if TYPE_CHECKING:
    from proofformer.planner import Plan
    from proofformer.runtime import Front

LARGEST_PRINTED = 8


@click.command("inspect", short_help="Show the heads, gates, bounds and matrices of a model.")
@model_argument
@click.option("--head", metavar="NAME", help="Only this head.")
@click.option(
    "--matrices", is_flag=True, help=f"Every weight in the symbols b, V, R (--dim {LARGEST_PRINTED} or less)."
)
@click.option("--figure", metavar="FILE", help="Draw the blocks, heads and gates instead: .png, .svg or .pdf.")
@json_option
def inspect_command(
    model_dir: str, theorem: str | None, head: str | None, matrices: bool, figure: str | None, as_json: bool
) -> None:
    """Show what MODEL_DIR, a model folder or an export, is made of, block by block, with what was proved of each
    head and gate."""
    if figure is not None:
        if as_json or matrices or head is not None:
            raise InputError("--figure draws the whole model: leave --head, --matrices and --json out")
        _draw(model_dir, figure, theorem)
        return
    if as_json and (head is not None or matrices):
        numbers = "; a model folder has the numbers in model.safetensors" if matrices else ""
        raise InputError(f"--json prints the whole plan: leave --head and --matrices out{numbers}")
    model = _opened(model_dir, theorem)
    plan = model.plan
    if as_json:
        print_json(plan.to_json())
        return
    names = [h.name for h in plan.heads]
    if head is not None and head not in names:
        raise InputError(f"there is no head {head!r} in {model_dir}: {one_of(head, names)}")
    if matrices:
        _show_matrices(plan, model.problem.dim, head)
    else:
        click.echo(f"{model.problem.label}, n = 2..{plan.max_n:,}, {plan.dtype.name}\n")
        _show_plan(plan, head)


def _opened(path: str, theorem: str | None) -> Front:
    from proofformer.artifacts import read

    return read(path, theorem_named(theorem))


def _draw(model_dir: str, figure: str, theorem: str | None) -> None:
    from proofformer.explain.figure_files import figure_file, write_figure

    target = figure_file(figure)
    model = _opened(model_dir, theorem)
    from proofformer.explain.diagram import draw_model

    write_figure(target, lambda: draw_model(model.plan, model.problem.label))
    click.echo(f"figure: {figure}")


def _show_matrices(plan: Plan, dim: int, head: str | None) -> None:
    from proofformer.cli.grids import grids, legend

    if dim > LARGEST_PRINTED:
        raise InputError(
            f"matrices are shown up to --dim {LARGEST_PRINTED} and this model has {dim}: compile with a smaller --dim, "
            "where they have the same form"
        )
    click.echo("Rows and columns without a number are left out; . is 0.")
    for line in legend(plan, head):
        click.echo(line)
    for grid in grids(plan, head):
        click.echo(f"\n{grid.text()}")


def _show_plan(plan: Plan, head: str | None) -> None:
    from proofformer.cli import tables

    out = console()
    if head is None:
        out.print(tables.blocks(plan))
    for h in plan.heads:
        if head in (None, h.name):
            out.print(tables.head(plan, h.name))
    out.print(tables.obligations(plan, head))
    if head is None:
        out.print(tables.slices(plan))
