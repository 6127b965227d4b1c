"""The pages of the theorems as HTML: those that `prove --out` writes as Markdown, with formulas as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from proofformer.compiler import planned
from proofformer.explain.asked import DIM, MAX_N, Page, pages
from proofformer.explain.figure_files import as_svg, check_installed
from proofformer.explain.folder import chosen_pages, decision_of
from proofformer.explain.page import Paper, sections, source_of
from proofformer.page.report import HtmlReport, ReportSection
from proofformer.page.templates import check_jinja

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure

BY = "proofformer prove --html"


def write_html(name: str, out: str, paper: Paper, dim: int = DIM, max_n: int = MAX_N) -> list[str]:
    """Write the page of a problem, or of all with an index; the paths written. Raises `InputError` before any work.

    A figure is drawn for the usual `dim` alone, as in the Markdown.
    """
    check_jinja()
    chosen, target = chosen_pages(name, out, dim)
    if dim == DIM and any(paper.decides(page.name) for page in chosen):
        check_installed()
    written = {target / f"{page.stem}.html": _page(page, paper, dim, max_n) for page in chosen}
    if name == "all":
        written[target / "index.html"] = _index(paper)
    target.mkdir(exist_ok=True)
    for file, report in written.items():
        report.write(file)
    return [str(file) for file in written]


def _page(page: Page, paper: Paper, dim: int, max_n: int) -> HtmlReport:
    return HtmlReport(page.title, BY, [*_sections(page, paper, dim, max_n)])


def _sections(page: Page, paper: Paper, dim: int, max_n: int) -> Iterator[ReportSection]:
    plans = [(heading, asked, planned(asked, max_n)) for heading, asked in page.problems]
    yield ReportSection(markup=_markup(source_of(page.problems[0][1])))
    if paper.decides(page.name):
        decision = decision_of(page)
        plan = next(plan for _, asked, plan in plans if asked is decision)
        figure = _figure(partial(paper.margins_figure, decision)) if dim == DIM else ""
        yield ReportSection("Published and compiled", markup=figure + _markup(paper.beside(decision, plan)))
    for heading, asked, plan in plans:
        yield ReportSection(heading, markup=_markup(sections(asked, plan, math=False)))


def _figure(draw: Callable[[], Figure]) -> Markup:
    from markupsafe import Markup

    words = "Margins against n: published and compiled"
    return Markup(f'<figure role="img" aria-label="{words}">{as_svg(draw)}<figcaption>{words}</figcaption></figure>')


def _index(paper: Paper) -> HtmlReport:
    links = "\n".join(f"* [{page.title}]({page.stem}.html)" for page in pages())
    return HtmlReport("All theorems", BY, [ReportSection(markup=_markup([links, "", *paper.summary()]))])


def _markup(lines: Iterable[str]) -> Markup:
    """Markdown as HTML; markup in it is text."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    made = MarkdownIt("commonmark", {"html": False}).enable("table")
    wide = made.render("\n".join(lines)).replace("<table>", '<div class="wide"><table>')
    return Markup(wide.replace("</table>", "</table></div>"))
