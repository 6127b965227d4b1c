"""Models whose tokens see themselves: all small inputs, the bits of the strict model, bounds for one more key."""

import pytest
import torch
from tests.cases import CASES, CLOSEST, FEW, OV, SIZE_IDS, SIZES, Case
from tests.runtime.batches import padded

from proofformer.circuit import inclusive
from proofformer.compiler import Spec, plan_of
from proofformer.errors import ProofError
from proofformer.planner import dtype_named, make_plan
from proofformer.planner.bounds import read_bounds
from proofformer.runtime import compile_model, model_of
from proofformer.runtime.attention import reference
from proofformer.verify.checks.exhaustive import families, run


@pytest.mark.parametrize("case", CASES, ids=str)
def test_all_inputs_of_small_sizes(case: Case) -> None:
    model = compile_model(case.problem(2), max_n=4, mask="inclusive")
    model.probed = False
    found = families(model, 11)
    assert found
    for name, count in found:
        assert run(model, name, 0, 0, count).wrong == 0, name


@pytest.mark.parametrize(("case", "dim", "max_n", "dtype"), SIZES[::7], ids=SIZE_IDS[::7])
def test_the_bits_are_those_of_the_strict_model(case: Case, dim: int, max_n: int, dtype: str) -> None:
    strict, itself = (
        compile_model(case.problem(dim), max_n=max_n, dtype=dtype, mask=m) for m in ("strict", "inclusive")
    )
    strict.probed = itself.probed = False
    instances = list(case.instances(dim, max_n).values())
    sets, lengths = padded(instances, fill=0 if dtype == "float16" else 7)
    fits = sum(x.shape[1] for x in sets) <= max_n
    batches = [(sets, lengths)] if fits else [padded([one]) for one in instances]
    for rows, sizes in batches:
        bits = itself(*rows, lengths=sizes)
        assert all(torch.equal(a, b) for a, b in zip(bits, strict(*rows, lengths=sizes), strict=True))


@pytest.mark.parametrize("rounds", [2, 3])
@pytest.mark.parametrize("case", [c for c in FEW if c.question == "search"], ids=str)
def test_several_rounds_and_the_reference_backend(case: Case, rounds: int) -> None:
    circuit = inclusive(case.lowered(6, 12, rounds))
    model = model_of(case.problem(6), make_plan(circuit, max_n=12, dtype=dtype_named("bfloat16")))
    for sets in case.instances(6, 12).values():
        assert model.solve(*sets) == case.brute(sets)
    model.attention = reference
    assert model.solve(*sets) == case.brute(sets)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_the_bounds_count_one_key_more(dtype: str) -> None:
    for case in (CLOSEST, OV):
        strict, itself = (
            plan_of(Spec(case.problem(8), max_n=100, dtype=dtype, mask=m)) for m in ("strict", "inclusive")
        )
        for one, other in zip(strict.heads, itself.heads, strict=True):
            assert other.bounds == read_bounds(other.leak, 102, itself.dtype)
            assert one.bounds == read_bounds(one.leak, 101, strict.dtype)
            assert other.leak >= one.leak
            assert (other.sharing, other.b, other.weights) == (
                one.sharing if one.unseen_gap else 102,
                one.b,
                one.weights,
            )


def test_the_largest_size_is_one_document_less() -> None:
    """Where the number of keys is what a plan ends at."""

    def fits(max_n: int, mask: str) -> bool:
        try:
            plan_of(Spec(OV.problem(4), max_n=max_n, dtype="bfloat16", mask=mask))
        except ProofError:
            return False
        return True

    low, high = 2, 1 << 24
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle, "strict") else (low, middle)
    assert [fits(n, "inclusive") for n in (low - 1, low)] == [True, False]
