"""The page of a model: one file of HTML that holds its weights, the network that runs them, and what it shows.

A browser opens it from disk; nothing is fetched (its own policy forbids it) and nothing is sent.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from proofformer.page.facts import check_fits, example, facts
from proofformer.page.templates import asset, filled
from proofformer.page.words import exercises, heading, lessons, noun
from proofformer.planner import Plan
from proofformer.problems import Instance
from proofformer.runtime import Model

SCRIPTS = ("transformer.js", "breaking.js", "view.js")
WEIGHTS = "model.safetensors"
COLUMNS = {"partner.found": "found", "hit": "hit", "value": "value", "shared": "in common", "similarity": "compared by"}
"""Signals of a document that a page has a column for, with its title."""


def page(model: Model, artifact: Mapping[str, bytes], instance: Instance | None, paper: bool) -> str:
    """The page of a model that was loaded from `artifact`, the files of its folder; it begins with the instance, or
    with one of its own. `paper`: whether a published theorem answers the question too.

    Raises `InputError` for a model that no page runs, and for more documents than it takes.
    """
    check_fits(model)
    if instance is None:
        instance = example(model.problem, model.max_n)
    elif instance.n > model.max_n:
        model.solve(instance)
    told, certificate = facts(model), certified(artifact)
    sets = [rows.tolist() for rows in instance.sets]
    given = {
        "rows": sets,
        "names": [[""] * len(rows) for rows in sets],
        "noun": noun(model.problem),
        "paper": paper,
        "ends": _ends(model),
        "columns": _columns(model.plan),
        "certificate": certificate,
    }
    return filled(
        "page.html.j2",
        documents=max(420, 230 + 30 * model.problem.dim),
        heading=heading(model.problem),
        facts=told,
        given=given,
        certificate=certificate,
        cards=[asdict(lesson) for lesson in lessons(model.problem, model.plan)],
        exercises=[asdict(exercise) for exercise in exercises(model.problem, model.plan)],
        weights=base64.b64encode(gzip.compress(artifact[WEIGHTS], mtime=0)).decode(),
        css=asset("base.css") + asset("page.css"),
        scripts=[asset(name) for name in SCRIPTS],
    )


def certified(artifact: Mapping[str, bytes]) -> dict[str, Any] | None:
    """What the certificate beside the weights says; None where there is none, or one of other weights."""
    try:
        found = json.loads(artifact.get("certificate.json", b"null"))
        here = hashlib.sha256(artifact[WEIGHTS]).hexdigest()
        if found["sha256"][WEIGHTS] != here:
            return None
        heads = [{"leak": float(head["leak"]), "slack": float(head["slack"])} for head in found["heads"]]
        return {"says": str(found["says"]), "sha256": here, "heads": heads}
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _ends(model: Model) -> dict[str, str]:
    """What START and READ are, beside the documents."""
    decides = model.problem.question == "decide"
    return {"START": "just meets the threshold" if decides else "all zeros", "READ": "reads the answer"}


def _columns(plan: Plan) -> list[dict[str, str]]:
    names = plan.circuit.signals
    return [{"signal": signal, "title": title} for signal, title in COLUMNS.items() if signal in names]
