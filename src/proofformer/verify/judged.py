"""What is seen of the assumptions of the proof, for a model's kernel on the machine that it runs on."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from proofformer.errors import InputError
from proofformer.planner.bounds import ASSUMPTIONS
from proofformer.runtime import Front, Model
from proofformer.runtime.attention import unguarded
from proofformer.runtime.probe import findings, truncates

FAILS = "fails"
WIDTH, INDENT = 100, 14
ONE_BUG = "One bug may fail several experiments: a name says which experiment failed, not which line is wrong."


@dataclass(frozen=True)
class Judged:
    """An assumption of the proof, by its name, and what was seen of it on a machine: `verdict` is "fails" or "not
    seen to fail"."""

    assumption: str
    verdict: str
    seen: str = ""


def assumptions(model: Front) -> list[Judged]:
    """What experiments say of each assumption, for the model's kernel on its device, in its dtype and at its widths.

    They take milliseconds and look at few of the inputs there are: none is proved by passing. Raises `InputError` for
    an export, which runs a kernel of its own.
    """
    if not isinstance(model, Model):
        raise InputError("assumptions are those of a model's kernel, and an export runs its own: name a model folder")
    kernel, device, dtype, seen = unguarded(model.attention), model.device, model.spec.dtype, dict[str, str]()
    for width in model.head_dims:
        for found in findings(kernel, device, dtype, width=width, residual=model.plan.layout.width, many=True):
            seen.setdefault(found.assumption, found.seen)
    if truncates(kernel, device, dtype):
        seen["nearest"] = f"sums are truncated, for which the plan has room up to n = {model.plan.max_n_truncating}"
    return [
        Judged(a.name, FAILS, seen[a.name]) if a.name in seen else Judged(a.name, "not seen to fail")
        for a in ASSUMPTIONS
    ]


def table(found: Sequence[Judged]) -> list[str]:
    """For people: a line for each assumption, and all of it that was seen to fail."""
    says, lines, indent = {a.name: a.says for a in ASSUMPTIONS}, [], " " * INDENT
    for x in found:
        lines.append(f"  {x.assumption:<12}{x.verdict}")
        if x.seen:
            lines += textwrap.wrap(says[x.assumption], WIDTH, initial_indent=indent, subsequent_indent=indent)
            lines.append(f"{indent}seen: {x.seen}")
    return lines + [f"  {ONE_BUG}"] * any(x.verdict == FAILS for x in found)
