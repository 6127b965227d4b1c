"""The compiled model put to the test: against the exact oracle, against itself, and against altered copies of it."""

from importlib import import_module
from typing import TYPE_CHECKING

from proofformer.plugins import make_callable

if TYPE_CHECKING:
    from proofformer.verify.campaign import Campaign, Report, run_campaign
    from proofformer.verify.here import verify
    from proofformer.verify.judged import Judged, assumptions
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
    **dict.fromkeys(("Judged", "assumptions"), "judged"),
    "verify": "here",
    **dict.fromkeys(("Case", "Failure", "Outcome", "replay"), "outcome"),
    **dict.fromkeys(("Shard", "Subject"), "shards"),
}


def __getattr__(name: str) -> object:
    """Modules are loaded for what is asked of them: what checks there are is known without torch."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


make_callable(__name__, "proofformer.verify.here:verify")
