"""The figure of a page: margins of every reading, of the printed proof, and of the compiled decision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofformer.problems import Problem
from prooflab.paper.beside import constructions_for
from prooflab.paper.compared import DRAWN, compiled, published
from prooflab.paper.margins import claimed

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def margins_figure(decision: Problem) -> Figure:
    """For a decision that a published theorem decides too, at its l and threshold."""
    from prooflab.paper.drawing import Curve, draw_margins

    readings = [(c, zeros) for c in constructions_for(decision.name) for zeros in (False, True)[: 1 + c.takes_zeros]]
    theorem = readings[0][0].theorem
    printed = []
    for construction, zeros in readings:
        told = ["as printed" if not construction.reading else construction.reading]
        if construction.takes_zeros:
            told.append("zero documents allowed" if zeros else "no zero documents")
        margins = [published(construction, decision, n, zeros).value for n in DRAWN]
        printed.append(Curve(f"published: {', '.join(told)}", DRAWN, margins))
    ours = [compiled(decision, n) for n in DRAWN]
    dtypes = ", ".join(dict.fromkeys(plan.dtype for plan in ours))
    at = "" if decision.threshold is None else f", t = {decision.threshold}"
    return draw_margins(
        f"{theorem} ({decision.name}, l = {decision.dim}{at}): distance from the threshold, worst instance known",
        printed,
        Curve(f"claimed by the printed proof of {theorem}", DRAWN, [claimed(n) for n in DRAWN]),
        Curve(f"compiled, {dtypes}: for every instance", DRAWN, [plan.value for plan in ours]),
    )
