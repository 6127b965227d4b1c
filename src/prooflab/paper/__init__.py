"""The constructions of Alman & Yu, ICLR 2025, arXiv 2410.04271, run literally and refuted in exact arithmetic.

References to compare with: full attention, fixed n, never a model folder.
"""

from prooflab.paper.cells import Counts, count
from prooflab.paper.construction import Construction
from prooflab.paper.orthogonal import OrthogonalVectors
from prooflab.paper.refute import REASONS, Covered, Refutation, refute
from prooflab.paper.table import CONSTRUCTIONS, table
from prooflab.paper.thresholded import InnerProducts, PublishedSimilarities

__all__ = [
    "CONSTRUCTIONS",
    "REASONS",
    "Construction",
    "Counts",
    "Covered",
    "InnerProducts",
    "OrthogonalVectors",
    "PublishedSimilarities",
    "Refutation",
    "count",
    "refute",
    "table",
]
