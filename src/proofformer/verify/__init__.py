"""The compiled model put to the test: against the exact oracle, against itself, and against altered copies of it."""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

_MODULES = {
    **dict.fromkeys(("Campaign", "Report", "run_campaign"), "campaign"),
    **dict.fromkeys(("Judged", "assumptions", "verify"), "here"),
    **dict.fromkeys(("Case", "Failure", "Outcome", "replay"), "outcome"),
    **dict.fromkeys(("Shard", "Subject"), "shards"),
}


def __getattr__(name: str) -> object:
    """Modules are loaded for what is asked of them: what checks there are is known without torch."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


class _Callable(ModuleType):
    """A module that can be called. Once imported, a submodule hides whatever its package has of the same name: so
    `pf.verify` is this module always, and `pf.verify(model)` calls the function `verify` in it."""

    def __call__(self, *given: Any, **asked: Any) -> "Report":
        from proofformer.verify.here import verify

        return verify(*given, **asked)


sys.modules[__name__].__class__ = _Callable
