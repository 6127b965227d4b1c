"""What a replacement for attention, or a model with a fixed state, cannot do: from which n on, and on which instance.

Three kinds of statement, never mixed: proved for any weights (`bounds`, `families`); conditional, if the strong
exponential time hypothesis holds; seen on one witness. Proofs: docs/why-not-subquadratic.md.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from proofformer.challenge.search import Challenge


class _CallableChallenge(ModuleType):
    """Python gives a package's part its name in the package: `proofformer.challenge` is this module, and a function."""

    def __call__(self, *given: Any, **asked: Any) -> "Challenge":
        from proofformer.challenge.search import challenge

        return challenge(*given, **asked)


sys.modules[__name__].__class__ = _CallableChallenge
