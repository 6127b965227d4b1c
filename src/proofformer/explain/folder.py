"""The pages of docs/theorems: one for each theorem file, with a figure where a published theorem stands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from proofformer.compiler import planned
from proofformer.errors import InputError, one_of
from proofformer.explain.asked import DIM, MAX_N, Page, pages
from proofformer.explain.page import Paper, sections, source_of
from proofformer.problems import Problem

LINKS = "../"
"""The way from a page to the folder docs."""

INDEX = "README.md"


def write_pages(name: str, out: str, paper: Paper, dim: int = DIM, max_n: int = MAX_N) -> list[str]:
    """Write the pages of a problem, or of all with an index; the paths written. Raises InputError before any work.

    Figures are of the usual `dim` alone.
    """
    chosen, target = chosen_pages(name, out, dim)
    with_figures = [page for page in chosen if paper.decides(page.name) and dim == DIM]
    from proofformer.artifacts.folder import write_files
    from proofformer.explain.figure_files import check_installed, figure_file, write_figure

    if with_figures:
        check_installed()
    target.mkdir(exist_ok=True)
    figures = [(page, figure_file(str(target / figure_name(page)))) for page in with_figures]
    texts = {target / f"{page.stem}.md": page_text(page, paper, max_n, figure=dim == DIM) for page in chosen}
    if name == "all":
        texts[target / INDEX] = index_text(paper)
    for file, text in texts.items():
        write_files(file, {"": text.encode()}, Path.is_file, "file")
    for page, file in figures:
        write_figure(file, partial(paper.margins_figure, decision_of(page)))
    return [str(file) for file in (*texts, *(file for _, file in figures))]


def chosen_pages(name: str, out: str, dim: int) -> tuple[list[Page], Path]:
    """The pages of a problem, or of all, and the folder they go to, which may be still to be made. Raises `InputError`
    for a name that no page has, and where no folder can be."""
    target = Path(out)
    if target.exists() and not target.is_dir():
        raise InputError(f"{out} is a file: name a folder for the pages")
    if not target.absolute().parent.is_dir():
        raise InputError(f"cannot write {out}: there is no folder {target.parent}; create it first")
    chosen = [page for page in pages(dim) if name in ("all", page.name)]
    if not chosen:
        known = dict.fromkeys((*(page.name for page in pages()), "all"))
        raise InputError(f"unknown problem {name!r}: {one_of(name, known)}")
    return chosen, target


def figure_name(page: Page) -> str:
    return f"{page.stem}-margins.svg"


def page_text(page: Page, paper: Paper, max_n: int = MAX_N, *, figure: bool = True) -> str:
    return "\n".join(_page(page, paper, max_n, figure)).rstrip("\n") + "\n"


def _page(page: Page, paper: Paper, max_n: int, figure: bool) -> Iterator[str]:
    yield f"# {page.title}"
    yield ""
    yield "Written by `proofformer prove all --out docs/theorems`. [All theorems](README.md)."
    yield ""
    decision = decision_of(page)
    plans = [(heading, asked, planned(asked, max_n)) for heading, asked in page.problems]
    yield from source_of(page.problems[0][1])
    if paper.decides(page.name):
        plan = next(plan for _, asked, plan in plans if asked is decision)
        yield "## Published and compiled"
        yield ""
        if figure:
            yield f"![Margins against n: published and compiled]({figure_name(page)})"
            yield ""
        yield from paper.beside(decision, plan)
    for heading, asked, plan in plans:
        yield f"## {heading}"
        yield ""
        yield from sections(asked, plan, math=True, links=LINKS)
        yield ""


def decision_of(page: Page) -> Problem:
    """The decision of a page, beside which a published one may stand."""
    return next(asked for _, asked in page.problems if asked.question == "decide")


def index_text(paper: Paper) -> str:
    return "\n".join([*paper.summary(pages())]).rstrip("\n") + "\n"
