"""The pages of docs/theorems: one for each theorem file, with a figure where a published theorem stands beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from proofformer.errors import InputError
from proofformer.problems import Problem
from proofformer.prove.asked import Page, pages, planned
from proofformer.prove.figure import margins_figure
from proofformer.prove.page import beside, proof_of, sections
from proofformer.prove.published_side import constructions_for
from proofformer.prove.summary import summary

LINKS = "../"
"""The way from a page to the folder docs."""

INDEX = "README.md"


def write_pages(name: str, out: str) -> list[str]:
    """Write the pages of a problem, or of all with an index; the paths written. Raises InputError before any work."""
    target = Path(out)
    if target.exists() and not target.is_dir():
        raise InputError(f"{out} is a file: name a folder for the pages")
    if not target.absolute().parent.is_dir():
        raise InputError(f"cannot write {out}: there is no folder {target.parent}; create it first")
    chosen = [page for page in pages() if name in ("all", page.name)]
    if not chosen:
        known = ", ".join(dict.fromkeys(page.name for page in pages()))
        raise InputError(f"unknown problem {name!r}: choose one of {known}, or all")
    with_figures = [page for page in chosen if has_figure(page)]
    target.mkdir(exist_ok=True)
    from proofformer.figures import figure_file, write_figure

    figures = [(page, figure_file(str(target / figure_name(page)))) for page in with_figures]
    written = []
    for page in chosen:
        written.append(_write(target / f"{page.stem}.md", page_text(page)))
    if name == "all":
        written.append(_write(target / INDEX, index_text()))
    for page, file in figures:
        written.append(str(file))
        write_figure(file, partial(margins_figure, _decision(page)))
    return written


def has_figure(page: Page) -> bool:
    """Whether a published theorem stands beside this page's decision."""
    return bool(constructions_for(page.name))


def figure_name(page: Page) -> str:
    return f"{page.stem}-margins.svg"


def page_text(page: Page) -> str:
    return "\n".join(_page(page)).rstrip("\n") + "\n"


def _page(page: Page) -> Iterator[str]:
    yield f"# {page.title}"
    yield ""
    yield "Written by `proofformer prove all --out docs/theorems`. [All theorems](README.md)."
    yield ""
    decision = _decision(page)
    plans = [(heading, asked, planned(asked)) for heading, asked in page.problems]
    yield from proof_of(page.problems[0][1])
    if has_figure(page):
        plan = next(plan for _, asked, plan in plans if asked is decision)
        yield "## Published and compiled"
        yield ""
        yield f"![Margins against n: published and compiled]({figure_name(page)})"
        yield ""
        yield from beside(decision, plan, links=LINKS)
    for heading, asked, plan in plans:
        yield f"## {heading}"
        yield ""
        yield from sections(asked, plan, math=True, links=LINKS)
        yield ""


def _decision(page: Page) -> Problem:
    return next(asked for _, asked in page.problems if asked.question == "decide")


def index_text() -> str:
    return "\n".join([*summary(pages())]).rstrip("\n") + "\n"


def _write(file: Path, text: str) -> str:
    """Replaces the file as a whole."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        part.write_text(text)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return str(file)
