"""proofformer compiles constructive proofs into Transformers that answer exactly.

import proofformer as pf

model = pf.compile("closest-pair", dim=64, max_n=4096, dtype="bfloat16")
answer = model.solve(X)          # X: (n, 64) of 0/1 -> PairAnswer(pair=(3, 17), value=9)
model.save(path); pf.load(path)
pf.problem("closest-pair", dim=64).answer(X)          # the exact oracle, no Transformer
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from os import PathLike
from typing import TYPE_CHECKING

from proofformer.errors import InputError, ProofError

if TYPE_CHECKING:
    from proofformer.problems import Problem
    from proofformer.problems.numbers import Exact
    from proofformer.runtime import Model

__all__ = ["InputError", "ProofError", "compile", "load", "problem"]


def problem(
    name: str,
    *,
    dim: int,
    question: str | None = None,
    metric: str | None = None,
    bichromatic: bool = False,
    threshold: Exact | str | None = None,
    levels: int = 1,
    norms: Collection[int] | str | None = None,
    gamma: int | Fraction | str | None = None,
) -> Problem:
    """A problem, with its exact oracle: `.answer(X)` (`.answer(A, B)` if bichromatic) and `.accepts(X, answer)`."""
    from proofformer.problems import problem as make

    return make(
        name,
        dim=dim,
        question=question,
        metric=metric,
        bichromatic=bichromatic,
        threshold=threshold,
        levels=levels,
        norms=norms,
        gamma=gamma,
    )


def compile(
    name: str,
    *,
    dim: int,
    max_n: int,
    question: str | None = None,
    metric: str | None = None,
    bichromatic: bool = False,
    threshold: Exact | str | None = None,
    levels: int = 1,
    norms: Collection[int] | str | None = None,
    gamma: int | Fraction | str | None = None,
    dtype: str = "float32",
) -> Model:
    """The Transformer that answers the problem for every input of 2..max_n documents of `dim` bits (in both sets
    together if bichromatic).

    Raises `InputError` for an unknown or impossible request, `ProofError` when nothing can be guaranteed.
    """
    from proofformer.runtime import compile_model

    asked = problem(
        name,
        dim=dim,
        question=question,
        metric=metric,
        bichromatic=bichromatic,
        threshold=threshold,
        levels=levels,
        norms=norms,
        gamma=gamma,
    )
    return compile_model(asked, max_n=max_n, dtype=dtype)


def load(path: str | PathLike[str], device: str = "cpu") -> Model:
    """A model folder, checked: format, shapes, dtypes, finiteness and hashes."""
    from proofformer.artifacts.storage import load as load_model

    return load_model(path, device)
