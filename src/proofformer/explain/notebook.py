"""What a notebook shows of a model."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from proofformer.errors import InputError
from proofformer.explain.figure_files import as_svg

if TYPE_CHECKING:
    from proofformer.runtime import Front

WIDEST = 160
"""Residual dimensions of a network that is drawn."""


def model_html(model: Front) -> str:
    """What it answers and, where matplotlib is installed and the network not too large for it, the network drawn."""
    told = f"<b>{escape(repr(model))}</b>"
    if model.plan.layout.width > WIDEST:
        return told
    from proofformer.explain.diagram import draw_model

    try:
        return f"{told}<br>{as_svg(lambda: draw_model(model.plan, model.problem.label))}"
    except InputError:
        return told
