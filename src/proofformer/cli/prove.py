"""`proofformer prove`: a theorem as a document, or the published one run, refuted and explained."""

from __future__ import annotations

import json
from collections.abc import Iterable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from proofformer.arguments import LARGEST_DIM
from proofformer.cli.asking import asked_beyond, problem_options
from proofformer.cli.common import asked_for, console, json_option, print_json, seconds
from proofformer.errors import InputError
from proofformer.plugins import laboratory

if TYPE_CHECKING:
    from proofformer.problems import Problem

ALL = "all"


@click.command(
    "prove", short_help="Show a theorem with its circuit, weights and obligations, or refute a published one."
)
@click.argument("problem", metavar="[PROBLEM | all]", default=ALL)
@click.option("--as-published", is_flag=True, help="The paper's own constants: the first wrong answer, and why.")
@click.option("--zeros", is_flag=True, help="As published: with documents that are all zero.")
@click.option(
    "--dim",
    type=click.IntRange(1, LARGEST_DIM),
    metavar="L",
    help="Entries of a document: 64; as published the largest l to look at: 4.",
)
@click.option(
    "--max-n",
    type=click.IntRange(min=2),
    metavar="N",
    help="Most documents: 4096; as published the largest n to look at: 4.",
)
@problem_options
@click.option(
    "--dtype", metavar="D", help="float16, bfloat16, float32 or float64.  [float32, or float64 where that has no plan]"
)
@click.option("--out", metavar="DIR", help="Write the page of PROBLEM, or all pages with an index, into this folder.")
@click.option("--html", is_flag=True, help="--out: pages for a browser, as files of their own, in place of Markdown.")
@json_option
def prove_command(
    problem: str,
    as_published: bool,
    zeros: bool,
    dim: int | None,
    max_n: int | None,
    dtype: str | None,
    out: str | None,
    html: bool,
    as_json: bool,
    **asked: Any,
) -> None:
    """Show why the answers to PROBLEM are exact: statement, circuit, weights in symbols, obligations with their slack.

    Without PROBLEM: every published theorem beside the one that is compiled. PROBLEM is ov, min-ip, max-ip,
    closest-pair, farthest-pair, msd or lsd, the file of a theorem of your own, mine.py, which is run, or the name of a
    reduction, such as half-assignments.
    """
    given = asked_beyond(asked) + [
        n for n, value in (("zeros", zeros), ("dim", dim), ("max_n", max_n), ("dtype", dtype)) if value
    ]
    if html and out is None:
        raise InputError("--html is for pages that --out writes: add --out DIR")
    if as_published:
        _refuse(given, ("zeros", "dim", "max_n"), "--as-published")
        if out is not None:
            raise InputError("--as-published prints what it finds: leave --out out")
        _published(problem, dim or 4, max_n or 4, zeros, as_json)
    elif zeros:
        raise InputError("--zeros says what --as-published looks at: add --as-published")
    elif out is not None:
        _refuse(given, () if problem == ALL else ("dim", "max_n"), "--out")
        if as_json:
            raise InputError("--out writes pages: leave --json out")
        _write(problem, out, dim, max_n, html)
    elif problem == ALL:
        _refuse(given, (), "a table of all theorems")
        _all(as_json)
    elif problem in _reductions():
        _refuse(given, (), "a reduction")
        _reduction(problem, as_json)
    else:
        _one(asked_for(problem, dim or 64, **asked), max_n or 4096, dtype, as_json)


def _refuse(given: Iterable[str], taken: Iterable[str], what: str) -> None:
    """Raises InputError for an option that would be ignored."""
    for name in given:
        if name not in taken:
            raise InputError(f"--{name.replace('_', '-')} has no place with {what}: leave it out")


def _published(name: str, max_l: int, max_n: int, zeros: bool, as_json: bool) -> None:
    paper = laboratory("paper")
    found = paper.readings(name, zeros)
    if as_json:
        print_json({"theorems": [paper.row(c, max_n, max_l, zeros) for c in found]})
        return
    start = perf_counter()
    lines = [line for c in found for line in (*paper.refuted(c, max_n, max_l, zeros), "")]
    readings = "1 reading" if len(found) == 1 else f"{len(found)} readings"
    _show([*lines, f"{readings}, n <= {max_n}, l <= {max_l}: {seconds(perf_counter() - start)}"])


def _one(asked: Problem, max_n: int, dtype: str | None, as_json: bool) -> None:
    from proofformer.compiler import planned
    from proofformer.explain.page import document, facts

    plan = planned(asked, max_n, dtype)
    if as_json:
        print_json(facts(asked, plan, laboratory("paper")))
    else:
        _show(document(asked, plan, laboratory("paper")))


def _reductions() -> list[str]:
    from proofformer.reductions import REDUCTIONS

    return [reduction.name for reduction in REDUCTIONS]


def _reduction(name: str, as_json: bool) -> None:
    from proofformer.reductions.routes import named

    reduction = named(name)
    if as_json:
        fields = ("name", "statement", "proof", "sizes", "source")
        print_json({field: getattr(reduction, field) for field in fields})
    else:
        _show(reduction.described())


def _all(as_json: bool) -> None:
    paper = laboratory("paper")
    if as_json:
        click.echo(json.dumps({"theorems": list(paper.rows())}, indent=1))
    else:
        _show(paper.summary())


def _write(name: str, out: str, dim: int | None, max_n: int | None, html: bool) -> None:
    from proofformer.explain.asked import DIM, MAX_N

    if html:
        from proofformer.page.of_prove import write_html as write
    else:
        from proofformer.explain.folder import write_pages as write
    for written in write(name, out, laboratory("paper"), dim or DIM, max_n or MAX_N):
        click.echo(written)


def _show(lines: Iterable[str]) -> None:
    """Markdown: set for a terminal, as it is for a file or a pipe."""
    out, text = console(), "\n".join(lines)
    if out.is_terminal:
        from rich.markdown import Markdown

        out.print(Markdown(text))
    else:
        click.echo(text.rstrip("\n"))
