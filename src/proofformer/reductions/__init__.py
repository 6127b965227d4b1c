"""Reductions: a question turned into others, and their answers back into its own.

Source: Alman & Yu, ICLR 2025, arXiv 2410.04271, whose numbers are given; SAT to orthogonal vectors: R. Williams (2005).
"""

from proofformer.reductions.formulas import Formula
from proofformer.reductions.norms import EqualNorms, InnerProducts, Kronecker
from proofformer.reductions.orthogonal import ByWeight, LeastInnerProduct, LeastSimilar
from proofformer.reductions.question import Asked
from proofformer.reductions.reduction import Chain, Cost, Reduction
from proofformer.reductions.sat import HalfAssignments
from proofformer.reductions.sets import Halving, OneSet
from proofformer.reductions.thresholds import DecisionBySearch, SearchByDecisions

REDUCTIONS: tuple[Reduction, ...] = (
    HalfAssignments(),
    OneSet(),
    Halving(),
    LeastInnerProduct(),
    LeastSimilar(),
    ByWeight(),
    Kronecker(),
    EqualNorms(),
    InnerProducts(),
    DecisionBySearch(),
    SearchByDecisions(),
)

__all__ = [
    "REDUCTIONS",
    "Asked",
    "ByWeight",
    "Chain",
    "Cost",
    "DecisionBySearch",
    "EqualNorms",
    "Formula",
    "HalfAssignments",
    "Halving",
    "InnerProducts",
    "Kronecker",
    "LeastInnerProduct",
    "LeastSimilar",
    "OneSet",
    "Reduction",
    "SearchByDecisions",
]
