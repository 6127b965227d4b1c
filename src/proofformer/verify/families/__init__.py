"""Generators of adversarial instances: each family is aimed at one way a compiled network can fail.

A generator is a pure function of `(rng, n, l)`, n >= 2 and l >= 1, and returns n binary vectors of length l
as a uint8 array of shape (n, l). What a docstring guarantees holds for all n, l unless it says otherwise.
"""

from proofformer.verify.families.closest_pair import CLOSEST_PAIR_FAMILIES, many_ties, one_step_worse, planted_at
from proofformer.verify.families.ov import (
    OV_FAMILIES,
    critical,
    many_orthogonal,
    one_step_worse_no,
    one_zero_row,
    random_balanced,
    single_yes,
)
from proofformer.verify.families.rows import (
    Bits,
    Family,
    Generate,
    Place,
    all_one,
    all_zero,
    disjoint,
    duplicates,
    extreme_rows,
    inner_products,
    nested,
    one_hot,
    uniform,
)

__all__ = [
    "CLOSEST_PAIR_FAMILIES",
    "OV_FAMILIES",
    "Bits",
    "Family",
    "Generate",
    "Place",
    "all_one",
    "all_zero",
    "critical",
    "disjoint",
    "duplicates",
    "extreme_rows",
    "inner_products",
    "many_orthogonal",
    "many_ties",
    "nested",
    "one_hot",
    "one_step_worse",
    "one_step_worse_no",
    "one_zero_row",
    "planted_at",
    "random_balanced",
    "single_yes",
    "uniform",
]
