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
    """Python gives a package's part its name in the package: `proofformer.verify` is this module, and a function."""

    def __call__(self, *given: Any, **asked: Any) -> Report:
        return verify(*given, **asked)


sys.modules[__name__].__class__ = _Callable
