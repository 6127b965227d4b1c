"""Every published construction, in every reading, refuted or covered: the figures as data for documentation."""

from time import perf_counter
from typing import Any, Final

from prooflab.paper.cells import count
from prooflab.paper.construction import Construction
from prooflab.paper.orthogonal import OrthogonalVectors
from prooflab.paper.refute import Refutation, order, refute
from prooflab.paper.thresholded import InnerProducts, PublishedSimilarities

CONSTRUCTIONS: Final[tuple[Construction, ...]] = (
    OrthogonalVectors(),
    InnerProducts("max-ip"),
    InnerProducts("min-ip"),
    InnerProducts("min-ip", "mended"),
    PublishedSimilarities("msd"),
    PublishedSimilarities("msd", norm=2),
    PublishedSimilarities("lsd"),
    PublishedSimilarities("lsd", "mended"),
    PublishedSimilarities("lsd", norm=2),
    PublishedSimilarities("lsd", "mended", norm=2),
)


def table(max_n: int = 4, max_l: int = 4) -> list[dict[str, Any]]:
    """One JSON object for each construction without zero documents, and with them where it takes them.

    Each has the verdict, the first counterexample with the instances before it, the seconds it took to find and the
    counts of every cell up to the limits. Raises InputError as `refute` does.
    """
    return [
        row(construction, max_n, max_l, zeros)
        for construction in CONSTRUCTIONS
        for zeros in (False, True)
        if construction.takes_zeros or not zeros
    ]


def row(construction: Construction, max_n: int = 4, max_l: int = 4, zeros: bool = False) -> dict[str, Any]:
    """The object of one construction; raises InputError as `refute` does."""
    started = perf_counter()
    found = refute(construction, max_n, max_l, zeros)
    seconds = perf_counter() - started
    refuted = isinstance(found, Refutation)
    return {
        "theorem": construction.theorem,
        "problem": construction.name,
        "reading": construction.reading,
        "zeros": zeros,
        "verdict": "refuted" if refuted else "covered",
        "counterexample": _counterexample(found) if isinstance(found, Refutation) else None,
        "instances_before": found.before if isinstance(found, Refutation) else found.instances,
        "seconds": seconds,
        "cells": [_cell(construction, n, dim, t, zeros) for n, dim, t in order(construction, max_n, max_l)],
    }


def _counterexample(found: Refutation) -> dict[str, Any]:
    return {
        "n": found.n,
        "l": found.dim,
        "t": None if found.t is None else str(found.t),
        "rows": [list(row) for row in found.rows],
        "outputs": [str(output) for output in found.outputs],
        "bound": str(found.bound),
        "truth": found.truth,
        "reasons": list(found.reasons),
        "why": found.why,
    }


def _cell(construction: Construction, n: int, dim: int, t: Any, zeros: bool) -> dict[str, Any]:
    counts = count(construction, n, dim, t, zeros)
    return {
        "n": n,
        "l": dim,
        "t": None if t is None else str(t),
        "total": counts.total,
        "wrong": counts.wrong,
        "yes": counts.yes,
        "wrong_yes": counts.wrong_yes,
        "no": counts.no,
        "wrong_no": counts.wrong_no,
    }
