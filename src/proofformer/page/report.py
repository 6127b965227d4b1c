"""Reports that people look at: one file of HTML each, whose tables sort, in light and dark, on paper and on a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from proofformer.artifacts.folder import write_files
from proofformer.page.templates import asset, filled

if TYPE_CHECKING:
    from markupsafe import Markup

Shown = str | int | float
HTML = "report.html"


@dataclass(frozen=True)
class Sorted:
    """A table that sorts. A row is set apart as bad where its number in column `counts` is not 0."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Shown]]
    caption: str = ""
    counts: int | None = None

    def bad(self, row: Sequence[Shown]) -> bool:
        return self.counts is not None and bool(row[self.counts])


@dataclass(frozen=True)
class Bar:
    """A bar of a figure: `share` of the longest, from 0 to 1, and what that is in words."""

    label: str
    share: float
    told: str
    bad: bool = False


@dataclass(frozen=True)
class Bars:
    title: str
    bars: Sequence[Bar]


@dataclass(frozen=True)
class ReportSection:
    """A section: sentences, named facts, a figure, tables, plain text, in this order; `markup` is a document's own."""

    title: str = ""
    lines: Sequence[str] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    bars: Bars | None = None
    tables: Sequence[Sorted] = ()
    pre: str = ""
    markup: Markup | str = ""


@dataclass(frozen=True)
class HtmlReport:
    """What a command found: `by` is the command, `good` whether all is well with the verdict."""

    title: str
    by: str
    sections: Sequence[ReportSection]
    verdict: str = ""
    good: bool = True

    def html(self) -> str:
        """Raises `InputError` without jinja2."""
        css = asset("base.css") + asset("report.css")
        return filled("report.html.j2", report=self, css=css, script=asset("report.js"))

    def write(self, file: Path) -> None:
        """Over nothing but a file. Raises `InputError` where it cannot be written."""
        write_files(file, {"": self.html().encode()}, Path.is_file, "file")


def bars(title: str, counts: Mapping[str, float], bad: Mapping[str, float] | None = None) -> Bars | None:
    """A figure of counts; None where there are none. Those that some are `bad` of are set apart."""
    largest = max(counts.values(), default=0)
    if not largest:
        return None
    wrong = bad or {}
    return Bars(title, [Bar(k, v / largest, f"{v:,g}", bool(wrong.get(k))) for k, v in counts.items()])
