"""The checks a campaign is made of, each a module that ends in its CHECK."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from proofformer.errors import InputError
from proofformer.plugins import known, plugin
from proofformer.verify.check import Check
from proofformer.verify.checks import adversarial, exhaustive, metamorphic, mutants, random

OWN = (random.CHECK, adversarial.CHECK, exhaustive.CHECK, metamorphic.CHECK, mutants.CHECK)


@cache
def checks() -> Mapping[str, Check]:
    """All checks by name: these, and the CHECK of each module that another package has as an entry point
    `proofformer.checks`."""
    return {check.name: check for check in (*OWN, *(plugin("checks", name).CHECK for name in known("checks")))}


def check_named(name: str) -> Check:
    """Raises `InputError` for a check that there is not."""
    if name not in checks():
        raise InputError(f"check {name!r} is unknown: choose of {', '.join(checks())}")
    return checks()[name]


def usual() -> dict[str, int]:
    """How many instances of which checks are run when none is asked for."""
    return {name: check.usual for name, check in checks().items() if check.usual}
