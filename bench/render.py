"""Writes the pages of docs that show numbers, and their figures: templates filled with what bench/results has.

python bench/render.py [--check]        --check: write nothing; exit code 1 when a page is another

A template is a file of docs/templates in the language of Jinja, in which results go by their names:
`{{ speed.machine }}` is what speed.json has as "machine". A line that is a statement leaves no line; a statement at the
end of another line ends in `+%}`, so that the line ends there too.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, meta
from results import RESULTS, ROOT, kept

DOCS = ROOT / "docs"
TEMPLATES = DOCS / "templates"


def cell(value: Any) -> str:
    """Whole numbers with their thousands separated; nothing for None."""
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else str(value).replace("|", r"\|")


def row(cells: Iterable[Any]) -> str:
    """A line of a table."""
    return f"| {' | '.join(map(cell, cells))} |"


def table(lines: Sequence[Iterable[Any]]) -> str:
    """A table whose first line is its head."""
    head, *rest = lines
    return "\n".join(map(row, [head, ["---"] * len(list(head)), *rest]))


def interval(count: int, of: int, z: float = 1.96) -> str:
    """A rate of which `count` of `of` were seen, and its 95% interval (Wilson's), in %."""
    middle, half = count + z * z / 2, z * math.sqrt(count * (of - count) / of + z * z / 4)
    low, high = (100 * x / (of + z * z) for x in (middle - half, middle + half))
    return f"{100 * count / of:.2f} ({low:.2f} to {high:.2f})"


def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {"row": row, "interval": interval, "table": table}
    made.filters |= {"fmt": format, "median": median, "each": lambda found, key: [one[key] for one in found]}
    return made


def pages() -> Iterator[tuple[Path, str]]:
    """Each page whose results are all there, with its text. Raises `UndefinedError` for a name in a
    template that they have not."""
    made = environment()
    for file in sorted(TEMPLATES.glob("*.md")):
        needs = meta.find_undeclared_variables(made.parse(file.read_text())) - made.globals.keys()
        results = {name: kept(name) for name in needs}
        if all(results.values()):
            text = made.get_template(file.name).render(results)
            yield DOCS / file.name, text


def main(words: list[str]) -> int:
    if "--check" not in words:
        from figures import FIGURES, draw

        for file, text in pages():
            file.write_text(text)
        for name in FIGURES:
            draw(name, DOCS)
        return 0
    stale = [file.name for file, text in pages() if not file.exists() or file.read_text() != text]
    print("".join(f"{name} is not what bench/render.py makes of {RESULTS.name}\n" for name in stale), end="")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
