"""Signal by signal: the compiled model computes what the circuit means, not only the same answers.

Circuits of no theorem are compared in tests/prooflab/fuzz.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
import torch
from tests.cases import BICHROMATIC, CASES, CLOSEST, DTYPES, FEW, Case, Sets

from proofformer.circuit import Builder
from proofformer.planner import dtype_named, make_plan
from proofformer.problems import problem
from proofformer.runtime import Model, model_of
from proofformer.runtime.attention import reference
from prooflab.fuzz.streams import Comparison

DIM, MAX_N = 3, 7

MORE_ROUNDS = [(CLOSEST, 2), (CLOSEST, 3), (BICHROMATIC, 2)]
PLANS = [
    *((case, None, DTYPES[k % len(DTYPES)]) for k, case in enumerate(CASES)),
    *((case, rounds, dtype) for case, rounds in [*((c, None) for c in FEW), *MORE_ROUNDS] for dtype in DTYPES),
]


def compiled(case: Case, rounds: int | None, dtype: str) -> Model:
    return model_of(case.problem(DIM), case.plan(DIM, MAX_N, dtype, rounds))


def compared(model: Model, batch: Sequence[Sets], frame: Sequence[int] = ()) -> int:
    """How many numbers in the streams of a batch, each instance padded to the frame, are what the interpreter says."""
    arrays = [tuple(np.array(rows) for rows in sets) for sets in batch]
    comparison = Comparison(model, arrays, frame or [*map(len, batch[0])], np.random.default_rng(len(batch)))
    assert not list(comparison.faults())
    return comparison.numbers


def of_few_rows(case: Case, frame: Sequence[int]) -> list[Sets]:
    """Random instances that fit the frame, of at most four different rows each: ties are the rule."""
    rng, made = np.random.default_rng(1), []
    for k in range(8):
        pool = rng.integers(0, 2, (1 + k % 4, DIM))
        sizes = [rng.integers(1 if case.bichromatic else 2, most + 1) for most in frame]
        made.append(case.legal(tuple(pool[rng.integers(0, len(pool), n)].tolist() for n in sizes)))
    return made


@pytest.mark.parametrize(("case", "rounds", "dtype"), PLANS, ids=str)
def test_streams(case: Case, rounds: int | None, dtype: str) -> None:
    """Of random instances and those that are made by hand, with padding where they leave room for it."""
    model, frame = compiled(case, rounds, dtype), (3, MAX_N - 3) if case.bichromatic else (MAX_N,)
    batch, others = of_few_rows(case, frame), defaultdict(list)
    for sets in case.instances(DIM, MAX_N).values():
        fits = all(len(rows) <= most for rows, most in zip(sets, frame, strict=True))
        (batch if fits else others[tuple(map(len, sets))]).append(sets)
    assert compared(model, batch, frame) > 1000
    for of_these_sizes in others.values():
        assert compared(model, of_these_sizes) > 50 * len(of_these_sizes)


@pytest.mark.parametrize("case", [CLOSEST, BICHROMATIC], ids=str)
def test_streams_of_the_reference_backend(case: Case) -> None:
    model = compiled(case, 2, "bfloat16")
    model.attention = reference
    for sets in case.instances(DIM, MAX_N).values():
        compared(model, [sets])


def test_start_row_is_empty_after_attention() -> None:
    """START sees nothing: no head adds anything to its row."""
    model = compiled(CLOSEST, None, "float32")
    with torch.inference_mode():
        embedded, attended = model.transformer.residuals(model.tokens(torch.ones(1, 4, DIM)))[:2]
    assert torch.equal(embedded[0, 0], attended[0, 0])
    assert not torch.equal(embedded[0, 2], attended[0, 2])


def test_a_layer_of_constants_has_a_hidden_unit_all_the_same() -> None:
    c = Builder("constant", dim=DIM, max_n=MAX_N)
    c.answer(decision=c.bits("bits", c.lookup("level", c.first, {0: [1], 1: [1]})))
    model = model_of(
        problem("ov", dim=DIM, question="decide"), make_plan(c.circuit(), max_n=MAX_N, dtype=dtype_named("float32"))
    )
    assert compared(model, [([[0] * DIM, [1] * DIM],)]) > 20
