"""The constructions of Alman & Yu, ICLR 2025, arXiv 2410.04271, run literally and refuted in exact arithmetic.

References to compare with: full attention, fixed n, never a model folder.
"""

from proofformer.published.cells import Counts, count, count_wrong
from proofformer.published.construction import Construction
from proofformer.published.orthogonal import OrthogonalVectors
from proofformer.published.refute import REASONS, Covered, Refutation, refute
from proofformer.published.table import CONSTRUCTIONS, table
from proofformer.published.thresholded import InnerProducts, Similarities

__all__ = [
    "CONSTRUCTIONS",
    "REASONS",
    "Construction",
    "Counts",
    "Covered",
    "InnerProducts",
    "OrthogonalVectors",
    "Refutation",
    "Similarities",
    "count",
    "count_wrong",
    "refute",
    "table",
]
