"""Reductions: a question turned into others, and their answers back into its own.

Source: Alman & Yu, ICLR 2025, arXiv 2410.04271, whose numbers are given; SAT to orthogonal vectors: R. Williams (2005).
"""

from proofformer.reductions.formulas import Formula
from proofformer.reductions.norms import EQUAL_NORMS, INNER_PRODUCTS, kronecker
from proofformer.reductions.orthogonal import BY_WEIGHT, least_inner_product, least_similar
from proofformer.reductions.question import Question
from proofformer.reductions.reduction import Cost, Reduction
from proofformer.reductions.sat import half_assignments
from proofformer.reductions.sets import HALVING, ONE_SET
from proofformer.reductions.thresholds import DECISION_BY_SEARCH, SEARCH_BY_DECISIONS

REDUCTIONS = (
    half_assignments(),
    ONE_SET,
    HALVING,
    least_inner_product(),
    least_similar(),
    BY_WEIGHT,
    kronecker(),
    EQUAL_NORMS,
    INNER_PRODUCTS,
    DECISION_BY_SEARCH,
    SEARCH_BY_DECISIONS,
)

__all__ = ["REDUCTIONS", "Cost", "Formula", "Question", "Reduction"]
