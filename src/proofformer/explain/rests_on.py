"""The claims for all n and l that a theorem rests on by what it scores and asks."""

from __future__ import annotations

from proofformer.problems import Problem

SCORES = {
    "inner": (),
    "hamming": ("agreement-of-bits", "agreement-at-a-threshold"),
    "sqeuclidean": ("squared-distance-of-entries",),
    "cityblock": ("rungs-of-an-entry", "agreement-of-bits", "agreement-at-a-threshold"),
    "cosine": (
        "cosines-by-cross-multiplication",
        "distinct-fractions-are-apart",
        "similarities-grow-with-what-is-shared",
        "similarities-fall-with-a-norm",
    ),
    "jaccard": ("similarities-grow-with-what-is-shared", "similarities-fall-with-a-norm"),
    "dice": ("similarities-grow-with-what-is-shared", "similarities-fall-with-a-norm"),
}
"""What the scores of a measure rest on, by name of the claim."""


def claims_of(asked: Problem) -> tuple[str, ...]:
    """The claims for all n and l that the theorem itself rests on, besides those of its obligations.

    None of them is about a task of one's own.
    """
    measure = asked.kind.measure
    if not isinstance(measure, str):
        return ()
    found = [*SCORES[measure]]
    if asked.question == "decide":
        found += ["documents-at-the-threshold-win", "whole-numbers-at-a-threshold", "a-chunk-is-exact"]
    if asked.kind.is_similarity:
        found.append("whole-numbers-at-a-root")
    if asked.norms is not None:
        found.append("only-the-best-of-a-norm-that-won")
    if asked.gamma is not None:
        found += ["a-class-is-within-a-factor", "two-choices-share-a-factor"]
    return tuple(found)
