"""`proofformer certify --map`: how far questions go in each dtype, and what ends each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.asking import asked_beyond
from proofformer.cli.common import console, print_json, theorem_named
from proofformer.errors import InputError, one_of

if TYPE_CHECKING:
    from proofformer.limits import Asked, Limit, Reach


def show_map(
    name: str | None,
    dim: int | None,
    max_n: int | None,
    dtype: str | None,
    figure: str | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Print the limits of a question, or of each search in turn; draw them, where that is asked for."""
    from proofformer.limits import DIM, MAX_N, Reach
    from proofformer.planner import DTYPES, dtype_named

    l, n = dim or DIM, max_n or MAX_N
    target = None if figure is None else _target(figure)
    dtypes = [d.name for d in DTYPES] if dtype is None else [dtype_named(dtype).name]
    told, frontiers = [], {}
    for ask in _questions(name, asked):
        title = ask(l).title
        reaches = [Reach(ask, each) for each in dtypes]
        limits = [(reach.dtype, *line) for reach in reaches for line in _limits(reach, l, n)]
        if not as_json:
            _show(title, limits)
        found = [{"dtype": each, "at": {at: size}, "of": of} | limit.to_json() for each, at, size, of, limit in limits]
        told.append({"question": title, "problem": ask(l).to_json(), "limits": found})
        if target is not None:
            frontiers[title] = {reach.dtype: list(reach.frontier(n)) for reach in reaches}
    if target is not None:
        from proofformer.explain.figure_files import write_figure
        from proofformer.explain.frontier import draw_frontiers

        write_figure(target, lambda: draw_frontiers(frontiers))
        if not as_json:
            click.echo(f"figure: {figure}")
    if as_json:
        print_json({"questions": told} | ({} if figure is None else {"figure": figure}))


def _target(figure: str) -> Path:
    from proofformer.explain.figure_files import figure_file

    return figure_file(figure)


def _questions(name: str | None, asked: dict[str, Any]) -> Iterator[Asked]:
    """The one that is asked for or, where none is, a search of each name. Raises `InputError` for what is none."""
    from proofformer.limits import at_half
    from proofformer.problems.kinds import NAMES

    if asked["threshold"] is not None:
        raise InputError(
            f"--threshold {asked['threshold']}: the map is for every l, and its decisions are at half of the largest "
            "value there: pass --question decide in its place"
        )
    if name is None:
        if given := asked_beyond(asked):
            raise InputError(f"--{given[0]} is of one problem: name it after --map, {one_of('', NAMES)}")
        yield from map(at_half, NAMES)
    elif Path(name).is_dir():
        raise InputError(f"{name} is a folder, and --map takes a problem: leave --map out, or {one_of(name, NAMES)}")
    else:
        yield at_half(theorem_named(name) or name if name.endswith(".py") else name, **asked)


def _limits(reach: Reach, dim: int, max_n: int) -> Iterator[tuple[str, int, str, Limit]]:
    """At which size, the largest of which other size."""
    yield "dim", dim, "max_n", reach.largest_n(dim, max_n)
    yield "max_n", max_n, "dim", reach.largest_dim(max_n, dim)


def _show(title: str, limits: list[tuple[str, str, int, str, Limit]]) -> None:
    from proofformer.cli import tables

    letter = {"dim": "l", "max_n": "max_n"}
    rows = ((dtype, f"{letter[at]} = {size:,}", letter[of], limit) for dtype, at, size, of, limit in limits)
    console().print(tables.limits(title, rows))
