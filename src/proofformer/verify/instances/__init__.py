"""Adversarial instances: each family is aimed at one way a compiled network can fail. `tables` lists them all.

A family's generator is a pure function of `(rng, asked, sizes)`, the sizes being those of one set, n >= 2, or of two,
each at least 1; it returns a uint8 array of shape (size, l) for each. Behind it are generators of rows of bits, of
`(rng, n, l)`, or of `(rng, a, b, l)` for two sets. What a docstring guarantees holds for all sizes unless it says
otherwise.
"""

from proofformer.verify.instances.family import Family
from proofformer.verify.instances.grounds import form, scale_for
from proofformer.verify.instances.rows import Bits, Place, Sets
from proofformer.verify.instances.tables import families_for

__all__ = ["Bits", "Family", "Place", "Sets", "families_for", "form", "scale_for"]
