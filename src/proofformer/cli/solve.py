"""`proofformer solve`: the exact answer for one file."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

import click

from proofformer.cli.common import (
    backend_option,
    cluster_at,
    device_option,
    few_threads,
    json_option,
    model_argument,
    open_model,
    print_json,
    scheduler_option,
)
from proofformer.cli.common import seconds as pretty_seconds
from proofformer.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from proofformer.problems import Decision, Instance, PairAnswer, Problem
    from proofformer.runtime import Model


LONG = 1 << 16
"""Documents from which on a bar shows how far it is."""


@click.command("solve", short_help="Answer for the rows of a file.")
@model_argument
@click.argument("source", metavar="INPUT")
@click.argument("other", metavar="[INPUT_B]", required=False)
@device_option
@backend_option
@scheduler_option
@click.option("--figure", metavar="FILE", help="Draw where the heads looked: .png, .svg or .pdf.")
@json_option
def solve_command(
    model_dir: str,
    theorem: str | None,
    source: str,
    other: str | None,
    device: str,
    backend: str,
    scheduler: str | None,
    figure: str | None,
    as_json: bool,
) -> None:
    """Answer for the rows of entries in INPUT: .npy, .npz, .csv, .tsv or .txt, compressed or not, a pipe, or - for
    standard input.

    A line of a .txt is one entry a digit, such as 0110, or has spaces or commas between numbers, as it must above 9.
    A header of names, and an index column below its empty corner, are no entries and are not counted as rows.
    A bichromatic model takes two files: pairs are between the rows of INPUT and those of INPUT_B.
    """
    from proofformer.explain.figure_files import figure_file
    from proofformer.problems import load_matrix

    if scheduler is not None and (backend not in ("auto", "fast") or device != "cpu"):
        option = f"--device {device}" if device != "cpu" else f"--backend {backend}"
        raise InputError(f"--scheduler has an attention of its own, on CPUs: leave out {option}")
    target = None if figure is None else figure_file(figure)
    model = open_model(model_dir, device, backend, theorem)
    with cluster_at(scheduler) as model.cluster:
        sets = [load_matrix(name) for name in (source, other) if name is not None]
        instance = model.problem.instance(*sets)
        start = perf_counter()
        answer = _solved(model, instance, shown=not as_json)
        seconds = perf_counter() - start
    if target is not None:
        _draw(target, model, instance, answer)
    if as_json:
        about = {"problem": model.problem.to_json(), "n": instance.n, "seconds": round(seconds, 6)}
        print_json(answer.to_json() | about | ({} if figure is None else {"figure": figure}))
        return
    click.echo(describe(answer, model.problem))
    click.echo(f"{model.problem.label}, n = {instance.n}, {pretty_seconds(seconds)}")
    if figure is not None:
        click.echo(f"figure: {figure}")


def _solved(model: Model, instance: Instance, *, shown: bool) -> PairAnswer | Decision:
    """The answer; who has to wait for it is told."""
    from proofformer.cli.progress import progress_bar
    from proofformer.runtime.attention import auto, fast
    from proofformer.runtime.serving import LOADING, to_compile, unloaded

    engine = model.attention is fast or (model.attention is auto and instance.n**2 >= LOADING)
    if engine and model.cluster is None and model.device.type == "cpu":
        if to_compile():
            click.echo("compiling the engine's kernels, once: about ten seconds", err=True)
        if model.attention is auto and (why := unloaded()):
            click.echo(f"torch's attention runs, which is slower: {why}", err=True)
    few_threads(instance.n)
    answer: PairAnswer | Decision
    if instance.n < LONG:
        answer = model.solve(instance)
        return answer
    pairs = instance.n * (instance.n - 1) // 2
    with progress_bar(pairs, "comparing", "pairs", shown=shown) as progress:
        model.progress = lambda done, of: progress(done * pairs // of, 0)
        answer = model.solve(instance)
        return answer


def _draw(target: Path, model: Model, instance: Instance, answer: PairAnswer | Decision) -> None:
    from proofformer.explain.drawing import draw_answer
    from proofformer.explain.figure_files import write_figure

    write_figure(target, lambda: draw_answer(model, instance, answer, describe(answer, model.problem)))


def describe(answer: PairAnswer | Decision, problem: Problem) -> str:
    """The answer in words."""
    from proofformer.problems import Decision

    if isinstance(answer, Decision):
        return str(answer)
    if answer.pair is None:
        return "no pair"
    what = "similarity" if problem.kind.is_similarity else "distance"
    metric = {"sqeuclidean": "squared Euclidean"}.get(problem.metric or "", problem.metric)
    value = "inner product" if metric is None else f"{metric} {what}"
    value = value if problem.task is None else problem.name
    i, j = answer.pair
    rows = f"row {i} of A and row {j} of B" if problem.bichromatic else f"rows {i} and {j}"
    return f"{rows} (counted from 0), {value} {answer.value}"
