"""proofformer compiles constructive proofs into Transformers that answer exactly.

import proofformer as pf

model = pf.compile("closest-pair", dim=64, max_n=4096, dtype="bfloat16")
answer = model.solve(X)          # X: (n, 64) of 0/1 -> PairAnswer(pair=(3, 17), value=9)
(i, j), value = pf.closest_pair(X)                    # the same in one call
model.trace(X)["partner"].attention                   # what each head saw, signal by signal
model.save(path); pf.load(path)
pf.problem("closest-pair", dim=64).answer(X)          # the exact oracle, no Transformer
pf.verify(model)                                      # against the oracle: a report
pf.challenge("elu", dim=16)                           # a replacement of attention: where it is wrong
"""

from __future__ import annotations

from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING

from proofformer.errors import InputError, ProofError

if TYPE_CHECKING:
    from typing import Unpack

    from proofformer import challenge
    from proofformer.problems import PairAnswer, Problem, Task
    from proofformer.problems.problem import ProblemArguments
    from proofformer.runtime import Front, Model
    from proofformer.theorems import Theorem
    from proofformer.verify import verify

__all__ = ["InputError", "ProofError", "challenge", "closest_pair", "compile", "load", "problem", "read", "verify"]


def problem(name: str | Task | Theorem, *, dim: int, **asked: Unpack[ProblemArguments]) -> Problem:
    """A problem, with its exact oracle: `.answer(X)` (`.answer(A, B)` if bichromatic) and `.accepts(X, answer)`.

    `name` is that of a problem; or a theorem of one's own, or its task. The other arguments are those of `compile`.
    """
    from proofformer.problems import problem as make
    from proofformer.theorems import Theorem

    return name.problem(dim=dim, **asked) if isinstance(name, Theorem) else make(name, dim=dim, **asked)


def compile(
    name: str | Theorem,
    *,
    dim: int,
    max_n: int,
    dtype: object = "float32",
    mask: str = "strict",
    **asked: Unpack[ProblemArguments],
) -> Model:
    """The Transformer that answers the problem for every input of 2..max_n documents of `dim` bits (in both sets
    together if bichromatic).

    Arguments:
        name: closest-pair, farthest-pair, min-ip, max-ip, msd, lsd (most, least similar) or ov (orthogonal vectors);
            or a theorem of one's own.
        dim: l, the entries of a document.
        max_n: the most documents of an input, of both sets together.
        dtype: float32, float64, bfloat16 or float16, as a string or torch's.
        mask: "strict" (a token sees those before it) or "inclusive" (itself too, as usual causal attention has it).
        question: "search" (the default) names the pair, "decide" answers yes or no.
        threshold: of a decision: has some pair a value <= T (closest, min, lsd) or >= T? 5, "3/4", "sqrt(1/2)".
        metric: of closest and farthest pair "hamming" (the default), "sqeuclidean", "cityblock"; of msd and lsd
            "cosine" (the default), "jaccard", "dice".
        levels: for sqeuclidean and cityblock: entries are 0..levels, else 0 and 1.
        norms: of msd and lsd: the only numbers of ones that documents may have, such as (3, 4, 8).
        gamma: of a search: any pair within this factor of the best will do, such as "3/2".
        bichromatic: whether pairs are between two sets of documents.

    Raises `InputError` for an unknown or impossible request, `ProofError` when nothing can be guaranteed.
    """
    from proofformer.runtime import compile_model

    return compile_model(problem(name, dim=dim, **asked), max_n=max_n, dtype=dtype, mask=mask)


def closest_pair(X: object, Y: object = None, *, metric: str = "hamming") -> PairAnswer:
    """The closest pair of the rows of an array, `(i, j), value`, by a Transformer that is compiled for such arrays.

    Arguments:
        X: (n, l), anything that NumPy reads: 0/1; with `sqeuclidean` and `cityblock` whole numbers 0..255. The model is
            as wide as l times the largest entry: for l = 64 and 255 it takes a minute and 13 GB.
        Y: another array, for the closest pair with i in X and j in Y.
        metric: hamming, sqeuclidean, cityblock; or the most similar pair by cosine, jaccard or dice.

    Raises `InputError` for anything else, `ProofError` where neither float32 nor float64 can guarantee the answer.
    """
    from proofformer.runtime.closest import closest_pair as closest

    return closest(X, Y, metric)


def load(path: str | PathLike[str], device: str = "cpu", *, theorem: Theorem | None = None) -> Model:
    """The model of a folder, if it is what its spec compiles to; of a theorem of one's own, with the theorem.

    Raises `InputError` for any other.
    """
    from proofformer.artifacts import load as load_model

    return load_model(path, device, theorem)


def read(path: str | PathLike[str], *, theorem: Theorem | None = None) -> Front:
    """A model folder or an export in whatever format, if it is what its spec compiles to: `.solve` answers in the
    format's own runtime, from the file's own weights and graph. Raises `InputError` for any other."""
    from proofformer.artifacts import read as read_any

    return read_any(path, theorem)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> object:
    """`verify` and `challenge`, each a part of this package and a function: `proofformer.verify.here.verify` and
    `proofformer.challenge.search.challenge`."""
    if name in ("verify", "challenge"):
        return import_module(f"proofformer.{name}")
    raise AttributeError(f"module 'proofformer' has no attribute {name!r}")
