"""The table of checks that a campaign is made of; what each does is in the module of its name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from proofformer.errors import InputError, one_of
from proofformer.plugins import known, plugin
from proofformer.verify.check import Check, Needs

MOST_DOCUMENTS, MOST_BITS = 5, 20
"""Of the inputs of an exhaustive check."""

OWN = (
    Check("random", "Random instances.", f"{__name__}.random", shard=50, usual=200),
    Check(
        "adversarial",
        "Instances built to break models, from all families.",
        f"{__name__}.adversarial",
        shard=50,
        usual=200,
    ),
    Check(
        "exhaustive",
        f"Every input of 2 to {MOST_DOCUMENTS} documents with at most {MOST_BITS} bits in all.",
        f"{__name__}.exhaustive",
        shard=1 << 15,
        count=MOST_BITS,
    ),
    Check(
        "metamorphic",
        "Changed inputs, such as permuted rows, whose answers must agree.",
        f"{__name__}.metamorphic",
        shard=50,
        needs=Needs.WEIGHTS,
    ),
    Check(
        "mutants",
        "Copies with one altered weight: caught, certified by check or survivors. Wrong: certified, not right.",
        f"{__name__}.mutants",
        shard=50,
        needs=Needs.WEIGHTS,
    ),
)


@cache
def checks() -> Mapping[str, Check]:
    """All checks by name: these, and each `Check` that another package has as an entry point `proofformer.checks`."""
    return {check.name: check for check in (*OWN, *(plugin("checks", name) for name in known("checks")))}


def check_named(name: str) -> Check:
    """Raises `InputError` for a check that there is not."""
    if name not in checks():
        raise InputError(f"check {name!r} is unknown: {one_of(name, checks())}")
    return checks()[name]


def usual() -> dict[str, int]:
    """How many instances of which checks are run when none is asked for."""
    return {name: check.usual for name, check in checks().items() if check.usual}
