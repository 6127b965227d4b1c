"""The exported graph: matrix products, add, relu, softmax attention and renamings, and nothing else."""

import pytest
import torch
from tests.cases import BICHROMATIC_DECIDE, CLOSEST, Case
from tests.runtime.batches import alone

from proofformer.runtime import model_of

COMPUTES = {"linear", "matmul", "addmm", "mm", "bmm", "add", "relu", "scaled_dot_product_attention"}
RENAMES = {
    "slice", "select", "cat", "pad", "constant_pad_nd", "view", "reshape", "_unsafe_view", "transpose", "permute",
    "flatten", "unsqueeze", "squeeze", "expand", "clone", "contiguous", "alias",
}  # fmt: skip
SHAPES = {"sym_size"}
FORBIDDEN = ("where", "sort", "topk", "argm", "max", "min", "floor", "ceil", "round", "embedding", "gather", "index",
             "eq", "ne", "gt", "lt", "ge", "le", "mul", "div", "cumsum", "bitwise", "to_copy", "softmax")  # fmt: skip


@pytest.mark.parametrize(
    ("case", "rounds", "dtype"),
    [(BICHROMATIC_DECIDE, None, "float32"), (CLOSEST, 3, "bfloat16")],
    ids=str,
)
def test_operators(case: Case, rounds: int | None, dtype: str) -> None:
    model = model_of(case.problem(5), case.plan(5, 64, dtype, rounds))
    example = [torch.zeros(2, 3, 5)] * 2 if case.bichromatic else [torch.zeros(2, 6, 5)]
    tokens = model.tokens(*example)
    exported = torch.export.export(
        model.transformer, (tokens,), dynamic_shapes={"tokens": {1: torch.export.Dim("n", min=4, max=66)}}
    )
    used: set[str] = set()
    for node in exported.graph.nodes:
        if node.op == "call_function":
            if isinstance(node.target, torch._ops.OpOverload):
                used.add(node.target.overloadpacket.__name__)
            else:
                assert node.target.__module__ in {"_operator", "operator"}, node.target
                assert not isinstance(node.meta["val"], torch.Tensor), "arithmetic on shapes only"
        else:
            assert node.op in {"placeholder", "output"}
    assert used <= COMPUTES | RENAMES | SHAPES, used - COMPUTES - RENAMES - SHAPES
    assert {"linear", "add", "relu", "scaled_dot_product_attention"} <= used
    assert not used & set(FORBIDDEN)
    assert not exported.constants
    for sets in case.instances(5, 64).values():
        tokens = model.tokens(*(x.expand(2, -1, -1) for x in alone(sets)))
        assert torch.equal(exported.module()(tokens), model.transformer(tokens))


def test_scale_is_one_and_nothing_is_dropped() -> None:
    """The temperature is in the weights, so that no backend can lose it."""
    model = model_of(CLOSEST.problem(5), CLOSEST.plan(5, 64, "float32"))
    calls = []

    def spy(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, *, scale: float, causal: bool) -> torch.Tensor:
        calls.append((scale, causal, tuple(q.shape), tuple(k.shape)))
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=scale)

    model.attention, model.probed = spy, False
    model(torch.zeros(2, 6, 5))
    (first, second) = calls
    assert first[:2] == (1.0, True)
    assert second[:2] == (1.0, False)
    assert first[2][2] == first[3][2] == 7, "rows 1.. over rows ..n"
    assert (second[2][2], second[3][2]) == (1, 7), "READ over all the others"
