"""Why a surviving mutant changes nothing: one written argument for each class."""

from __future__ import annotations

import re

from proofformer.verify.mutator import Outcome, Verdict

LARGER = "a larger weight outweighs the levels below all the more; the planner takes the least that is enough"

ARGUMENTS = (
    (
        r".*",
        r"b = (?!1 )\d+ forced past the planner",
        "the planner refuses this b (the line above). It keeps the leak under 1/16, though the gate bears about 1/4, "
        "so that a kernel has the rest to itself; with an accurate kernel one step less still restores",
    ),
    (
        r".*",
        r"R by one.* > start > rest' weighs.*",
        "the level is planned for an unseen gap of several steps, so that all max_n keys may sit there at once; one "
        "step less still leaves START and the invisible keys below every visible document",
    ),
    (
        r"partner|best",
        r"R by one, in the digits only: '(agreement\(doc, doc\)|least distance)' weighs.*",
        "with one round the digit is the whole index. Document 0 is nobody's key and the last document never has a "
        "partner, so indices that compete differ by at most n - 2, one less than the weight still outweighs",
    ),
    (
        r".*",
        r"swap '.*' and 'same index digits as found'",
        "the prefix shares the level, and so the weight, of the entry above it: their order is not used",
    ),
    (
        r"best(\.round\d+)?",
        r"mask inclusive.*",
        "READ is no document: its `partner.found` is ANDed with `is_document`, so it is invisible to itself",
    ),
    (
        r"hit",
        r"mask inclusive.*",
        "a document is orthogonal to itself only if it is zero, and then the answer is yes anyway since n >= 2; START "
        "and padding are no documents",
    ),
    (
        r".*\.found",
        r"thresholds.*",
        "a flag is fetched from keys that all have it or are the unseen gap below, where exp underflows or nearly so: "
        "it arrives as 0 or 1 already",
    ),
    (
        r"yes",
        r"thresholds.*down.*",
        "with no hit anywhere the mean of the hits is exactly 0; with one, it is nearly 1: nothing lies between",
    ),
)


def why_equivalent(verdict: Verdict) -> str | None:
    """The argument for a survivor, or None when there is none (or it did not survive)."""
    if verdict.outcome is not Outcome.SURVIVED:
        return None
    weighs = re.search(r"weighs (\d+) instead of (\d+)", verdict.change)
    if weighs and int(weighs[1]) > int(weighs[2]):
        return LARGER
    for where, change, argument in ARGUMENTS:
        if re.fullmatch(where, verdict.where) and re.fullmatch(change, verdict.change):
            return argument
    return None
