"""The weights of today, one hash for each model: what is asked, its size, dtype and mask -> rounds and sha256.

Where planning refuses, the text "refused". Every case of the one table at one size; searches with a factor; searches in
two rounds and in three; the sizes people ask for; and, for max_n = 2^20, the plan alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import torch
from tests.cases import CASES, DTYPES, Case
from tests.golden.internals import Model, Plan, Spec, compile_model, model_of, plan_of

import proofformer
from proofformer import ProofError

Made = TypeVar("Made")

MASKS = ("strict", "inclusive")
DIM, MAX_N = 5, 13
ROUNDS_DIM, ROUNDS_MAX_N = 8, 1 << 20
"""Here nearly all searches take two rounds in float32."""
GAMMAS = ("11/10", "2")
WITH_GAMMA: tuple[dict[str, Any], ...] = (
    {"name": "msd"},
    {"name": "lsd", "bichromatic": True},
    {"name": "closest-pair"},
    {"name": "farthest-pair", "bichromatic": True},
    {"name": "closest-pair", "metric": "sqeuclidean", "levels": 3},
    {"name": "farthest-pair", "metric": "sqeuclidean", "levels": 2, "bichromatic": True},
)
LARGE: tuple[tuple[dict[str, Any], str], ...] = (
    ({"name": "closest-pair"}, "float16"),
    ({"name": "closest-pair"}, "bfloat16"),
    ({"name": "farthest-pair", "bichromatic": True}, "float32"),
    ({"name": "ov"}, "float32"),
    ({"name": "min-ip"}, "float64"),
    ({"name": "max-ip", "threshold": 20}, "bfloat16"),
    ({"name": "closest-pair", "metric": "cityblock", "levels": 3}, "float32"),
    ({"name": "msd"}, "float64"),
    ({"name": "msd", "gamma": "11/10"}, "float16"),
    ({"name": "msd", "threshold": "sqrt(1/2)"}, "bfloat16"),
    ({"name": "lsd", "metric": "jaccard", "norms": "3,4,8"}, "float64"),
)
REFUSED: tuple[tuple[dict[str, Any], int, int, str], ...] = (
    ({"name": "closest-pair"}, 300, 64, "bfloat16"),
    ({"name": "lsd"}, 24, 16, "float16"),
    ({"name": "msd", "gamma": "1001/1000"}, 40, 16, "float32"),
)
PLANNED: tuple[tuple[Case, int, str], ...] = (
    (Case("closest-pair"), 512, "float32"),
    (Case("min-ip", bichromatic=True), 256, "float32"),
    (Case("closest-pair", metric="sqeuclidean", levels=5), 64, "float32"),
    # Three rounds.
    (Case("farthest-pair", metric="sqeuclidean", levels=5, bichromatic=True), 128, "float32"),
    (Case("msd", metric="cosine"), 64, "float64"),
    (Case("ov", "decide"), 1024, "float32"),
)


@dataclass(frozen=True)
class Frozen:
    """One entry: its name, and how to compute its value."""

    key: str
    value: Callable[[], str]


def frozen() -> dict[str, str]:
    """All entries, computed afresh."""
    return {entry.key: entry.value() for entry in entries()}


def entries() -> Iterator[Frozen]:
    yield from _table()
    yield from _gammas()
    yield from _rounds()
    yield from _large()
    yield from _planned()


def _table() -> Iterator[Frozen]:
    """Every case x dtype x mask."""
    for case in CASES:
        for dtype in DTYPES:
            for mask in MASKS:
                yield _of_case(case, DIM, MAX_N, dtype, mask)


def _gammas() -> Iterator[Frozen]:
    for asked in WITH_GAMMA:
        for gamma in GAMMAS:
            for dtype in DTYPES:
                yield _of_question({**asked, "gamma": gamma}, 12, 40, dtype)
        yield _of_question({**asked, "gamma": "3/2"}, 12, 40, "bfloat16", "inclusive")


def _rounds() -> Iterator[Frozen]:
    """Searches in the rounds that the planner chooses, two as a rule, and told to take three."""
    for case in (case for case in CASES if case.question == "search"):
        for mask in MASKS[: 1 if case.bichromatic or case.by_norm else 2]:
            yield _of_case(case, ROUNDS_DIM, ROUNDS_MAX_N, "float32", mask)
        if case.metric == "cosine" and not case.by_norm:
            yield _of_case(case, 20, 1 << 13, "float32", "strict")
        yield Frozen(f"{case} l={DIM} n={MAX_N} float32 told to take 3 rounds", partial(_told, case))


def _large() -> Iterator[Frozen]:
    for asked, dtype in LARGE:
        yield _of_question(asked, 64, 4096, dtype)
    yield _of_question({"name": "closest-pair"}, 256, 1 << 16, "float32", "inclusive")
    for asked, dim, max_n, dtype in REFUSED:
        yield _of_question(asked, dim, max_n, dtype)


def _planned() -> Iterator[Frozen]:
    for case, dim, dtype in PLANNED:
        plan = partial(plan_of, Spec(case.problem(dim), 1 << 20, dtype))
        yield Frozen(f"{case} l={dim} n=1048576 {dtype} plan", partial(_or_refused, plan, plan_digest))


def _of_case(case: Case, dim: int, max_n: int, dtype: str, mask: str) -> Frozen:
    make = partial(compile_model, case.problem(dim), max_n=max_n, dtype=dtype, mask=mask)
    return Frozen(f"{case} l={dim} n={max_n} {dtype} {mask}", partial(_or_refused, make, digest))


def _of_question(asked: dict[str, Any], dim: int, max_n: int, dtype: str, mask: str = "strict") -> Frozen:
    problem = proofformer.problem(**asked, dim=dim)
    words = " ".join(f"{name}={value}" for name, value in asked.items() if name != "name")
    make = partial(compile_model, problem, max_n=max_n, dtype=dtype, mask=mask)
    key = " ".join(filter(None, [asked["name"], words, f"l={dim} n={max_n} {dtype} {mask}"]))
    return Frozen(key, partial(_or_refused, make, digest))


def _told(case: Case) -> str:
    """Few questions take three rounds by themselves at any size."""
    return tensor_digest(model_of(case.problem(DIM), case.plan(DIM, MAX_N, "float32", 3)))


def _or_refused(make: Callable[[], Made], told: Callable[[Made], str]) -> str:
    try:
        return told(make())
    except ProofError:
        return "refused"


def digest(model: Model) -> str:
    """The rounds that the planner chose, and the hash of the weights."""
    return f"{_rounds_of(model.plan)} {tensor_digest(model)}"


def tensor_digest(model: Model) -> str:
    """sha256 over name, shape, dtype and little-endian bytes of all tensors in the order of names."""
    of_all = hashlib.sha256()
    for name, tensor in sorted(model.transformer.state_dict().items()):
        of_all.update(f"{name} {list(tensor.shape)} {str(tensor.dtype).removeprefix('torch.')}\n".encode())
        of_all.update(little_endian(tensor))
    return of_all.hexdigest()


def little_endian(tensor: torch.Tensor) -> bytes:
    """As integers of the same width, since NumPy has no bfloat16."""
    whole = {2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
    numbers = tensor.contiguous().view(whole).numpy()
    return numbers.astype(numbers.dtype.newbyteorder("<")).tobytes()


def plan_digest(plan: Plan) -> str:
    """The rounds, and sha256 of what `inspect --json` prints."""
    text = json.dumps(plan.to_json(), sort_keys=True, separators=(",", ":"))
    return f"{_rounds_of(plan)} {hashlib.sha256(text.encode()).hexdigest()}"


def _rounds_of(plan: Plan) -> str:
    return f"{plan.rounds} round{'s' if plan.rounds > 1 else ''}"
