"""Templates of the pages, in the language of Jinja: what is put into them is text, unless it says that it is markup."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from proofformer.errors import InputError

if TYPE_CHECKING:
    from markupsafe import Markup

EXTRA = "page"


def asset(name: str) -> str:
    """A file of this package."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def check_jinja() -> None:
    """Raises `InputError` with the command that installs it unless jinja2 is there."""
    try:
        import jinja2  # noqa: F401
    except ImportError:
        raise InputError(f"a page needs jinja2, which is not installed: pip install 'proofformer[{EXTRA}]'") from None


def filled(template: str, **told: Any) -> str:
    """A template of this package with what it is told. Raises `InputError` without jinja2."""
    check_jinja()
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("proofformer.page", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"data": data, "code": code, "figure": figure}
    return made.get_template(template).render(**told)


def data(value: Any) -> Markup:
    """JSON for a script element: nothing in it ends the element."""
    from markupsafe import Markup

    return Markup(json.dumps(value, separators=(",", ":")).replace("<", "\\u003c"))


def code(text: str) -> Markup:
    """What stands between backticks, as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))


def figure(number: float) -> str:
    """A number in a table: whole ones with their thousands separated."""
    return f"{number:,}" if isinstance(number, int) else f"{number:,.4g}"
