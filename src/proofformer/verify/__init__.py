"""The compiled model put to the test: against the exact oracle, against itself, and against altered copies of it."""

import sys
from types import ModuleType
from typing import Any

from proofformer.verify.campaign import Campaign, Report, run_campaign
from proofformer.verify.here import Judged, assumptions, verify
from proofformer.verify.outcome import Case, Failure, Outcome, replay
from proofformer.verify.shards import Shard, Subject

__all__ = [
    "Campaign",
    "Case",
    "Failure",
    "Judged",
    "Outcome",
    "Report",
    "Shard",
    "Subject",
    "assumptions",
    "replay",
    "run_campaign",
    "verify",
]


class _Callable(ModuleType):
    """A module that can be called. Once imported, a submodule hides whatever its package has of the same name: so
    `pf.verify` is this module always, and `pf.verify(model)` calls the function `verify` in it."""

    def __call__(self, *given: Any, **asked: Any) -> Report:
        return verify(*given, **asked)


sys.modules[__name__].__class__ = _Callable
