"""The file of a figure: refused before any work is done, written whole or not at all, the same bytes every time."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proofformer.artifacts.folder import write_files
from proofformer.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = (".png", ".svg", ".pdf")
DPI = 160

# matplotlib draws no longer side, and a gigabyte of pixels is enough.
MOST_PIXELS, LONGEST_SIDE = 1 << 28, (1 << 16) - 1

# matplotlib brings this font along; text stays text in SVG and PDF.
STYLE: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "svg.fonttype": "none",
    "svg.hashsalt": "proofformer",
    "pdf.fonttype": 42,
    "text.parse_math": False,
    "axes.unicode_minus": False,
}
UNDATED: dict[str, dict[str, None]] = {".png": {}, ".svg": {"Date": None}, ".pdf": {"CreationDate": None}}


def figure_file(name: str) -> Path:
    """The path, once a figure can be written there. Raises `InputError` saying what is in the way."""
    target = Path(name)
    kinds = ", ".join(FORMATS)
    if target.is_dir():
        raise InputError(f"figure {name!r} is a folder: name a file that ends in {kinds}")
    if target.suffix.lower() not in FORMATS:
        raise InputError(f"figure {name!r} does not end in {kinds}: choose one of these formats")
    if not target.parent.is_dir():
        raise InputError(f"figure {name!r}: there is no folder {str(target.parent)!r}; make it first")
    if not os.access(target.parent, os.W_OK):
        raise InputError(f"figure {name!r}: the folder {str(target.parent)!r} cannot be written to; choose another")
    check_installed()
    return target


def check_installed() -> None:
    """Raises `InputError` without matplotlib."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise InputError(
            "a figure needs matplotlib, which is not installed: pip install 'proofformer[figures]'"
        ) from None


def as_svg(draw: Callable[[], Figure]) -> str:
    """The figure as an element of a page. Raises `InputError` without matplotlib."""
    check_installed()
    from matplotlib import rc_context, style

    file = StringIO()
    with style.context("default"), rc_context(STYLE):
        draw().savefig(file, format="svg", metadata=UNDATED[".svg"])
    whole = file.getvalue()
    return whole[whole.index("<svg") :]


def write_figure(target: Path, draw: Callable[[], Figure]) -> None:
    """Draw and write to `target`, which is replaced only by a whole file.

    Raises `InputError` when the drawing has more pixels than a .png can be made of.
    """
    from matplotlib import rc_context, style

    made, suffix = BytesIO(), target.suffix.lower()
    with style.context("default"), rc_context(STYLE):
        figure = draw()
        _check_pixels(target, *(DPI * side for side in figure.get_size_inches()))
        figure.savefig(made, format=suffix[1:], dpi=DPI, metadata=UNDATED[suffix])
    write_files(target, {"": made.getvalue()}, Path.is_file, "file")


def _check_pixels(target: Path, width: float, height: float) -> None:
    if target.suffix.lower() == ".png" and (width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE):
        raise InputError(
            f"figure {str(target)!r} would be {width:,.0f} x {height:,.0f} pixels: name a file that ends in .svg or "
            ".pdf, or draw a model of a smaller dim or of fewer norms"
        )
