"""The models that `documents` asks: of one set of texts, and of one text and others."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from proofformer.cli.common import few_threads
from proofformer.cli.keywords import MOST_NORMS, norms_of
from proofformer.errors import InputError, ProofError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from proofformer.documents import Bag
    from proofformer.planner import Plan
    from proofformer.problems import PairAnswer, Problem
    from proofformer.runtime import Model
    from proofformer.runtime.cluster import Cluster

OWN_OPTIONS = {"dtype": "--dtype {}", "max_n": "at most {} documents", "dim": "--keywords {}"}
"""The remedies of a refusal."""


@dataclass
class Models:
    """A model of the rows of a bag for what is asked, and another for the same of one set or of two, when it is met."""

    bag: Bag
    problem: Problem
    plan: Plan
    cluster: Cluster | None
    _made: dict[bool, Model] = field(default_factory=dict)

    def ask(self, lefts: list[int], rights: list[int] | None) -> PairAnswer:
        """The best pair of these rows, or between them and those, as places in the two lists."""
        model, rows = self.model(rights is not None), self.bag.rows
        few_threads(len(lefts) + (0 if rights is None else len(rights)))
        answer: PairAnswer = model.solve(rows[lefts]) if rights is None else model.solve(rows[lefts], rows[rights])
        return answer

    def model(self, two: bool) -> Model:
        """The model for one set, or for two."""
        from proofformer.runtime.model import model_of

        if two not in self._made:
            asked, plan = self.problem, self.plan
            if two != asked.bichromatic:
                asked = replace(asked, bichromatic=two)
                plan = _planned(asked, len(self.bag.kept), plan.dtype.name)
            self._made[two] = model_of(asked, plan)
            self._made[two].cluster = self.cluster
        return self._made[two]


def compiled(
    bags: list[Bag], name: str, metric: str | None, *, near: bool, dtype: str | None, cluster: Cluster | None
) -> Models:
    """A model for the last of the bags that there is one for, in the dtype asked for or in a usual one."""
    from proofformer.problems import problem

    bag = bags[-1]
    try:
        norms = _norms(bag.rows) if metric in ("jaccard", "dice") else None
        asked = problem(name, dim=len(bag.keywords), metric=metric, norms=norms, bichromatic=near)
        models = Models(bag, asked, _planned(asked, len(bag.kept), dtype), cluster)
    except (InputError, ProofError):
        if len(bags) == 1:
            raise
        return compiled(bags[:-1], name, metric, near=near, dtype=dtype, cluster=cluster)
    models.model(asked.bichromatic)
    return models


def _norms(rows: npt.NDArray[np.uint8]) -> tuple[int, ...]:
    """The numbers of keywords that the texts have, to be declared: there is a search for each."""
    norms = norms_of(rows)
    if len(norms) > MOST_NORMS:
        raise InputError(
            f"the texts have {len(norms)} different numbers of keywords, and there would be a search for each: ask for "
            f"--metric cosine, or leave --keywords out, for as many that there are at most {MOST_NORMS}"
        )
    return norms


def _planned(asked: Problem, max_n: int, dtype: str | None) -> Plan:
    """The plan, or a refusal that advises options of this command."""
    from proofformer.compiler import Unplanned, planned

    try:
        return planned(asked, max_n, dtype)
    except Unplanned as error:
        remedies = (OWN_OPTIONS[remedy.argument].format(remedy.value) for remedy in error.remedies)
        raise ProofError(error.advising(*remedies)) from error
