"""The options that say which problem is asked: the keyword arguments of `proofformer.problem`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from proofformer.arguments import ARGUMENTS

F = TypeVar("F", bound=Callable[..., Any])


def problem_options(f: F) -> F:
    """Adds them all, in the order of the table."""
    for a in reversed(ARGUMENTS):
        kind = type(a.default) if isinstance(a.default, int) else str
        option = click.option(
            a.flag, type=kind, is_flag=a.metavar is None, default=a.default, metavar=a.metavar, help=a.help
        )
        f = option(f)
    return f


def asked_beyond(asked: Mapping[str, Any]) -> list[str]:
    """The options, of those that `problem_options` adds, that were given another value than the usual one."""
    return [a.name for a in ARGUMENTS if asked[a.name] != a.default]
