"""One instance on which a kernel is wrong, and whether it is so: asked when it is found, and when it is replayed."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch

from proofformer.challenge.calibration import Calibrated, Setting
from proofformer.challenge.collisions import answers_differ, prefixes_of, states, takes_collisions
from proofformer.challenge.kernels import Kernel
from proofformer.challenge.verdicts import Growth, Verdict
from proofformer.runtime import Model
from proofformer.runtime.reads import Misread, first_misread
from proofformer.verify.instances import Bits, Sets
from proofformer.verify.judge import judge
from proofformer.verify.outcome import Case, Failure, Tally


class How(StrEnum):
    """How the model was asked: with the kernel as it is, with the best temperatures and thresholds for it, or after two
    prefixes that leave the kernel in one state."""

    COLLISION = "collision"
    AS_IS = "as is"
    CALIBRATED = "calibrated"


@dataclass(frozen=True, eq=False)
class Finding:
    """An instance that the model answers wrongly with the kernel. `source` says where it comes from.

    `misread` is the first read that its gate cannot restore rightly. A collision has a second set `other` in the place
    of B, with the answer `other_expected`: the model says `got` to both. `settings` are those of a calibrated kernel.
    """

    how: How
    source: str
    sets: Sets
    expected: str
    got: str
    misread: Misread | None
    settings: tuple[Setting, ...] = ()
    other: Bits | None = None
    other_expected: str = ""

    @property
    def n(self) -> int:
        """Documents of the instance, of both sets together."""
        return sum(map(len, self.sets))

    @property
    def columns(self) -> int:
        """Columns in which some document has an entry above 0."""
        rows = [*self.sets, *([] if self.other is None else [self.other])]
        return int(sum(x.sum(axis=0, dtype=int) for x in rows).astype(bool).sum())

    def to_json(self) -> dict[str, Any]:
        """All but the documents."""
        more = {"other_expected": self.other_expected} if self.other is not None else {}
        return {
            "how": self.how.value,
            "source": self.source,
            "documents": [len(rows) for rows in self.sets],
            "columns": self.columns,
            "expected": self.expected,
            **more,
            "got": self.got,
            "misread": None if self.misread is None else self.misread.to_json(),
            "settings": [[s.temperature, s.threshold] for s in self.settings],
        }


def verdict_of(findings: Sequence[Finding], cost: Growth | None, bounded: bool = False) -> Verdict:
    """The strongest that the findings say of a kernel of this cost, or of a model, for which a bound may be proved."""
    if any(finding.how is How.COLLISION for finding in findings):
        return Verdict.COLLISION
    if not findings:
        return Verdict.BOUND if bounded else Verdict.NOTHING
    return Verdict.LOSSY if cost is Growth.QUADRATIC else Verdict.WRONG


def with_kernel(model: Model, kernel: Kernel, settings: Sequence[Setting] = ()) -> Model:
    """The model with this kernel, calibrated if there are settings, and not probed: wrong answers are looked for."""
    asking = copy(model)
    asking.probed = False
    asking.attention = Calibrated(kernel, settings) if settings else kernel.call
    return asking


def failure(model: Model, case: Case) -> Failure | None:
    """The failure, if the model answers the case wrongly."""
    tally = Tally()
    judge(model, case, tally)
    return tally.failure


def wrong_on(
    model: Model, kernel: Kernel, sets: Sets, source: str, settings: tuple[Setting, ...] = ()
) -> Finding | None:
    """What is found, if the model answers the instance wrongly with the kernel."""
    seen = failure(with_kernel(model, kernel, settings), Case(source, 0, 0, sets))
    if seen is None:
        return None
    misread = first_misread(model, sets, Calibrated(kernel, settings) if settings else kernel.call)
    how = How.CALIBRATED if settings else How.AS_IS
    return Finding(how, source, sets, seen.expected, seen.got, misread, settings)


def collides_on(model: Model, kernel: Kernel, sets: Sets, other: Bits) -> Finding | None:
    """What is found, if both prefixes leave the kernel in one state, and the right answers differ, but not the
    model's."""
    asked, second = model.problem, (sets[0], other)
    if kernel.state is None or not takes_collisions(asked) or sets[1].shape != other.shape:
        return None
    one, two = states(model, kernel, prefixes_of(sets, other))
    expected = [asked.answer(*pair) for pair in (sets, second)]
    if one != two or not answers_differ(*expected):
        return None
    asking = with_kernel(model, kernel)
    said = [[field.tolist() for field in asking(*map(_batch, pair))] for pair in (sets, second)]
    # The same state, the same bits: if they are not, the kernel knows more than its state.
    wrong = wrong_on(model, kernel, sets, "") or wrong_on(model, kernel, second, "")
    if said[0] != said[1] or wrong is None:
        return None
    told = [str(answer) for answer in expected]
    return Finding(
        How.COLLISION, "prefixes", sets, told[0], wrong.got, wrong.misread, other=other, other_expected=told[1]
    )


def again(model: Model, kernel: Kernel, finding: Finding) -> Finding | None:
    """What is left of a finding here, with this kernel. Where states no longer meet, a wrong answer is left perhaps."""
    if finding.other is None:
        return wrong_on(model, kernel, finding.sets, finding.source, finding.settings)
    second = (finding.sets[0], finding.other)
    return (
        collides_on(model, kernel, finding.sets, finding.other)
        or wrong_on(model, kernel, finding.sets, finding.source)
        or wrong_on(model, kernel, second, finding.source)
    )


def _batch(rows: Bits) -> torch.Tensor:
    return torch.from_numpy(rows)[None]
