"""What a family of instances is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from proofformer.problems import Problem
from proofformer.verify.instances.rows import Sets

Make: TypeAlias = Callable[[np.random.Generator, Problem, Sequence[int]], Sets]


@dataclass(frozen=True)
class Family:
    """A named generator, the mistake it is for, and how often a sample draws it relative to the others.

    `make(rng, asked, sizes)` is a pure function: an instance of the problem with a set of each of the sizes, uint8.
    """

    name: str
    purpose: str
    make: Make
    weight: int = 1


def of_weight(rng: np.random.Generator, families: Sequence[Family]) -> Family:
    """One of the families, drawn by weight."""
    weights = np.array([family.weight for family in families])
    return families[int(rng.choice(len(families), p=weights / weights.sum()))]
