"""proofformer compiles constructive proofs into Transformers that answer exactly.

import proofformer as pf

model = pf.compile("closest-pair", dim=64, max_n=4096, dtype="bfloat16")
answer = model.solve(X)          # X: (n, 64) of 0/1 -> PairAnswer(pair=(3, 17), value=9)
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
    from proofformer.problems import Problem, Task
    from proofformer.problems.problem import ProblemArguments
    from proofformer.runtime import Front, Model
    from proofformer.theorems import Theorem
    from proofformer.verify import verify

__all__ = ["InputError", "ProofError", "challenge", "compile", "load", "problem", "read", "verify"]


def problem(name: str | Task | Theorem, *, dim: int, **asked: Unpack[ProblemArguments]) -> Problem:
    """A problem, with its exact oracle: `.answer(X)` (`.answer(A, B)` if bichromatic) and `.accepts(X, answer)`.

    `name` is that of a problem; or a theorem of one's own, or its task.

    `asked`: question, metric, bichromatic, threshold, levels, norms, gamma; `proofformer.arguments` says what each is.
    """
    from proofformer.problems import problem as make
    from proofformer.theorems import Theorem

    return name.problem(dim=dim, **asked) if isinstance(name, Theorem) else make(name, dim=dim, **asked)


def compile(
    name: str | Theorem,
    *,
    dim: int,
    max_n: int,
    dtype: str = "float32",
    mask: str = "strict",
    **asked: Unpack[ProblemArguments],
) -> Model:
    """The Transformer that answers the problem for every input of 2..max_n documents of `dim` bits (in both sets
    together if bichromatic). `asked` is that of `problem`.

    Raises `InputError` for an unknown or impossible request, `ProofError` when nothing can be guaranteed.
    """
    from proofformer.runtime import compile_model

    return compile_model(problem(name, dim=dim, **asked), max_n=max_n, dtype=dtype, mask=mask)


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


def __getattr__(name: str) -> object:
    """`verify` and `challenge`, each a part of this package and a function: `proofformer.verify.here.verify` and
    `proofformer.challenge.search.challenge`."""
    if name in ("verify", "challenge"):
        return import_module(f"proofformer.{name}")
    raise AttributeError(f"module 'proofformer' has no attribute {name!r}")
