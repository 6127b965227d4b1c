"""Generators of adversarial instances: each family is aimed at one way a compiled network can fail.

A generator for one set is a pure function of `(rng, n, l)`, n >= 2 and l >= 1, and returns n binary vectors of length l
as a uint8 array of shape (n, l); one for two sets, a function of `(rng, a, b, l)`, a and b >= 1, returns two arrays.
Those for similarities also take the norms that rows may have, and those for grids the levels, entries being 0..levels.
What a docstring guarantees holds for all sizes unless it says otherwise.
"""

from proofformer.verify.instances.rows import Bits, Family, Generate, Place, Sets, uniform
from proofformer.verify.instances.tables import families_for, planted, planted_at, scale_for

__all__ = [
    "Bits",
    "Family",
    "Generate",
    "Place",
    "Sets",
    "families_for",
    "planted",
    "planted_at",
    "scale_for",
    "uniform",
]
