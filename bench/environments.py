"""Models and their exports under the settings that torch has, every answer held against the exact oracle.

python bench/environments.py        for docs/kernels.md
"""

from __future__ import annotations

import tempfile
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from results import measure
from torch.nn.attention import SDPBackend, sdpa_kernel

import proofformer as pf
from proofformer.artifacts import FOLDER, formats
from proofformer.errors import InputError, ProofError
from proofformer.runtime import Front, Model

CUDA = torch.backends.cuda
INSTANCES = 6

QUESTIONS: tuple[dict[str, Any], ...] = (
    {"name": "closest-pair", "dim": 16, "max_n": 64},
    {"name": "closest-pair", "dim": 16, "max_n": 64, "dtype": "bfloat16"},
    {"name": "farthest-pair", "dim": 6, "max_n": 64, "metric": "sqeuclidean", "levels": 40},
    {"name": "ov", "dim": 12, "max_n": 64, "question": "decide", "dtype": "float16", "bichromatic": True},
    {"name": "msd", "dim": 8, "max_n": 64, "dtype": "float64"},
)
"""The third is where float32 under autocast went wrong without a word."""


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


@contextmanager
def switched(read: Callable[[], Any], write: Callable[[Any], object], value: Any) -> Iterator[None]:
    before = read()
    write(value)
    try:
        yield
    finally:
        write(before)


@contextmanager
def reduced(*kernels: SDPBackend) -> Iterator[None]:
    """Torch's leave to add in a low type in its plain attention kernel."""
    allow = switched(CUDA.fp16_bf16_reduction_math_sdp_allowed, CUDA.allow_fp16_bf16_reduction_math_sdp, True)
    with allow, sdpa_kernel(list(kernels)):
        yield


def matmul(precision: str) -> AbstractContextManager[None]:
    return switched(torch.get_float32_matmul_precision, torch.set_float32_matmul_precision, precision)


ENVIRONMENTS: Mapping[str, Callable[[], AbstractContextManager[Any]]] = {
    "nothing set": nullcontext,
    "autocast to bfloat16": partial(torch.autocast, "cpu", dtype=torch.bfloat16),
    "autocast to float16": partial(torch.autocast, "cpu", dtype=torch.float16),
    "default dtype float64": partial(default_dtype, torch.float64),
    "default dtype float16": partial(default_dtype, torch.float16),
    "default dtype bfloat16": partial(default_dtype, torch.bfloat16),
    "default device meta": partial(torch.device, "meta"),
    "subnormals flushed": partial(switched, lambda: False, torch.set_flush_denormal, True),
    "deterministic algorithms": partial(
        switched, torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms, True
    ),
    "matmul precision high": partial(matmul, "high"),
    "matmul precision medium": partial(matmul, "medium"),
    "kernel MATH": partial(sdpa_kernel, SDPBackend.MATH),
    "kernel MATH, low reductions allowed": partial(reduced, SDPBackend.MATH),
    "kernel FLASH": partial(sdpa_kernel, SDPBackend.FLASH_ATTENTION),
    "kernel EFFICIENT": partial(sdpa_kernel, SDPBackend.EFFICIENT_ATTENTION),
    "kernel EFFICIENT or MATH": partial(sdpa_kernel, [SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]),
    "one thread": partial(switched, torch.get_num_threads, torch.set_num_threads, 1),
    "eight threads": partial(switched, torch.get_num_threads, torch.set_num_threads, 8),
    "with gradients": torch.enable_grad,
}


def instances(model: Front, rng: np.random.Generator, count: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Sets of few different documents, so that pairs tie: of any size, all the same, one apart at an end."""
    asked = model.problem
    for number in range(count):
        sizes = [int(rng.integers(2, model.max_n // 2)) for _ in range(1 + asked.bichromatic)]
        few = rng.integers(0, asked.levels + 1, (4, asked.dim))
        few[:, 0] = np.maximum(few[:, 0], 1)
        sets = [few[rng.integers(0, 1 if number % 3 == 2 else len(few), n)] for n in sizes]
        if number % 3 == 2:
            sets[0][-1] = few[1]
        yield tuple(sets)


def asked(front: Front, sets: tuple[np.ndarray, ...]) -> str:
    """What comes of an instance: "right", "refused" or "wrong"; an error that is no sentence goes through."""
    try:
        return "right" if front.solve(*sets) == front.problem.answer(*sets) else "wrong"
    except (InputError, ProofError):
        return "refused"


def fronts(folder: Path, questions: tuple[dict[str, Any], ...] = QUESTIONS) -> Iterator[tuple[str, Front]]:
    """Each model, and each export of it that there is, read back."""
    for number, question in enumerate(questions):
        model = pf.compile(**question)
        yield "model", model
        for name, form in formats().items():
            if form is FOLDER:
                continue
            try:
                form.write(model, written := folder / f"{number}-{name}{form.suffix}")
            except (InputError, ProofError):
                continue  # A format that does not hold this dtype or question.
            yield name, pf.read(written)


def under(environment: Callable[[], AbstractContextManager[Any]], front: Front, count: int = INSTANCES) -> Counter[str]:
    """What comes of so many instances."""
    sets = list(instances(front, np.random.default_rng(0), count))
    with environment():
        return Counter(asked(front, x) for x in sets)


def transformed(
    model: Model, count: int = INSTANCES, modes: tuple[str, ...] = ("default", "reduce-overhead")
) -> Iterator[tuple[str, bool]]:
    """Whether `torch.vmap` and `torch.compile` change no bit."""
    sets = next(instances(model, np.random.default_rng(1), 1))
    many = [torch.tensor(x).expand(count, 3, *x.shape) for x in sets]
    expected = torch.cat(model(*(x[0] for x in many)), -1)
    mapped = torch.cat(torch.vmap(model)(*many), -1)
    yield "torch.vmap", all(torch.equal(bits, expected) for bits in mapped)
    torch._dynamo.reset()
    for mode in modes:
        compiled = torch.compile(model, mode=mode, dynamic=True)
        yield f"torch.compile, {mode}", torch.equal(torch.cat(compiled(*(x[0] for x in many)), -1), expected)


def told() -> dict[str, dict[str, Counter[str]]]:
    """What comes of the instances, by environment and by the model or export that is asked."""
    warnings.filterwarnings("ignore", "There is a performance drop")
    names = ["model", *(name for name, form in formats().items() if form is not FOLDER)]
    found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: {of: Counter() for of in names})
    with tempfile.TemporaryDirectory() as folder:
        for of, front in fronts(Path(folder)):
            for name, environment in ENVIRONMENTS.items():
                found[name][of] += under(environment, front)
            if isinstance(front, Model):
                for name, same in transformed(front):
                    found[name]["model"]["right" if same else "wrong"] += 1
    return found


if __name__ == "__main__":
    measure("environments", {"environments": told})
