"""What a challenge says, as data: sentences are made of it, and never read back."""

from __future__ import annotations

from enum import StrEnum


class Growth(StrEnum):
    """How many pairs of tokens a method scores, by itself or by a proxy, as their number grows."""

    LINEAR = "linear"
    QUADRATIC = "quadratic"


class Verdict(StrEnum):
    """The strongest thing that was seen. None of them says that a replacement is right on other inputs.

    `COLLISION`: two inputs with different answers leave bit-equal states, so whatever reads the state is wrong on one.
    `WRONG`: the compiled model answers an instance wrongly. `LOSSY`: so it does, though the method scores quadratically
    many pairs. `BOUND`: no instance, but a proved bound, for a state of that size. `NOTHING`: nothing was found.
    """

    COLLISION = "collision"
    WRONG = "wrong answer"
    LOSSY = "quadratic but lossy"
    BOUND = "bound only"
    NOTHING = "nothing found"
