"""The statement of a claim for one problem and size, with its numbers."""

from __future__ import annotations

from proofformer.problems import Problem
from proofformer.theorems.theorem import Proven


def statement(claim: Proven, asked: Problem, max_n: int) -> str:
    """For which inputs, and what the circuit answers."""
    return f"{_given(asked, max_n)}, the circuit answers: {_answer(claim, asked)}."


def _given(asked: Problem, max_n: int) -> str:
    documents = f"documents in {{0{',1' if asked.levels == 1 else f',..,{asked.levels}'}}}^{asked.dim}"
    if asked.norms is not None:
        documents += f" with {', '.join(map(str, asked.norms))} ones"
    elif asked.kind.is_similarity:
        documents += " that are not all zero"
    if asked.bichromatic:
        sizes = f"at least one each and at most {max_n:,} together (pairs i in A, j in B)"
        return f"For all sets A and B of {documents}, {sizes}"
    sizes = "2" if max_n == 2 else f"2 to {max_n:,}"
    return f"For all {documents}, {sizes} of them (pairs i < j)"


def _answer(claim: Proven, asked: Problem) -> str:
    says = claim.says.format(t=asked.cut, similarity=f"{asked.metric} similarity")
    if asked.gamma is not None:
        return f"a pair whose value is within a factor {asked.gamma} of that of {says}, and its value"
    return f"{says}, and {claim.also}" if claim.also else says
