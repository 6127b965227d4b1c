"""What `verify --assumptions` says of a model's attention kernel."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from proofformer.verify import Judged

FAILS = "fails"


def judged_facts(judged: Mapping[str, Sequence[Judged]]) -> dict[str, Any]:
    """As JSON, by model."""
    return {path: [vars(x) for x in found] for path, found in judged.items()}


def show_judged(judged: Mapping[str, Sequence[Judged]]) -> None:
    """For people: a line for each assumption, and all of it that was seen to fail."""
    from proofformer.planner.bounds import ASSUMPTIONS

    says = {a.name: a.says for a in ASSUMPTIONS}
    for path, found in judged.items():
        click.echo(f"assumptions of the proof, on the machine that {path} runs on:")
        for x in found:
            click.echo(f"  {x.assumption:<12}{x.verdict}")
            if x.seen:
                click.echo(textwrap.fill(says[x.assumption], 100, initial_indent=" " * 14, subsequent_indent=" " * 14))
                click.echo(f"{' ' * 14}seen: {x.seen}")
