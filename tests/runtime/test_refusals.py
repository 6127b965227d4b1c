"""What a model refuses: too few or too many documents, wrong shapes, lengths and numbers of sets."""

import numpy as np
import pytest
import torch
from tests.cases import BICHROMATIC, FEW, OV, Case
from tests.runtime.batches import alone

from proofformer.errors import InputError
from proofformer.problems import problem
from proofformer.runtime import Model, compile_model, model_of

DIM, MAX_N = 5, 8


def compiled(case: Case, max_n: int = MAX_N) -> Model:
    return model_of(case.problem(DIM), case.plan(DIM, max_n, "float32"))


Shapes = list[tuple[int, ...]]
ONE, TWO = r"takes \(batch, n, 5\), got ", r"takes two sets of documents, each \(batch, n, 5\), got "
GOOD = (1, 4, DIM)
SHAPES: list[tuple[Case, Shapes, str]] = [
    *((OV, [(1, n, DIM)], "at least 2 documents") for n in (0, 1)),
    (OV, [(1, MAX_N + 1, DIM)], "at most 8: compile with max_n=9"),
    (OV, [(0, 4, DIM)], "the batch is empty"),
    *((OV, [shape], ONE) for shape in ((4, DIM), (1, 4, DIM + 1), (1, 4, DIM - 1), (1, 1, 4, DIM), (DIM,))),
    (OV, [(1, 3, DIM)] * 2, rf"{ONE}\(1, 3, 5\) and \(1, 3, 5\)"),
    *((BICHROMATIC, [(1, a, DIM), (1, b, DIM)], "one document of each") for a, b in ((0, 3), (3, 0), (0, 0))),
    *(
        (BICHROMATIC, sets, TWO)
        for bad in ((4, DIM), (1, 4, DIM + 1), (1, 4, DIM - 1), (1, 1, 4, DIM), (DIM,), (2, 4, DIM))
        for sets in ([GOOD, bad], [bad, GOOD])
    ),
    (BICHROMATIC, [(1, 3, DIM)], rf"{TWO}\(1, 3, 5\)"),
]


@pytest.mark.parametrize(("case", "shapes", "why"), SHAPES, ids=str)
def test_wrong_shapes(case: Case, shapes: Shapes, why: str) -> None:
    """Too few documents or too many, on either side a wrong width, number of dimensions or size of the batch."""
    with pytest.raises(InputError, match=why):
        compiled(case)(*map(torch.zeros, shapes))


@pytest.mark.parametrize(
    ("case", "sizes", "why"),
    [
        (OV, [0], "empty"),
        (OV, [1], "at least 2"),
        (OV, [MAX_N + 1], "at most 8"),
        (OV, [3, 3], "takes one set of documents, got two"),
        (BICHROMATIC, [0, 3], "A is empty"),
        (BICHROMATIC, [3, 0], "B is empty"),
        (BICHROMATIC, [3], "takes two sets of documents, got one"),
    ],
    ids=str,
)
def test_wrong_numbers_of_documents(case: Case, sizes: list[int], why: str) -> None:
    with pytest.raises(InputError, match=why):
        compiled(case).solve(*(np.zeros((n, DIM)) for n in sizes))


@pytest.mark.parametrize("case", [case for case in FEW if case.bichromatic], ids=str)
@pytest.mark.parametrize("max_n", [2, 3, MAX_N])
def test_as_many_documents_as_may_be_split_over_two_sets(case: Case, max_n: int) -> None:
    """Each split of max_n is answered, each of one more is refused."""
    model = compiled(case, max_n=max_n)
    for n in range(1, max_n):
        sets = ([[k % 2] * DIM for k in range(n)], [[1] * DIM for _ in range(max_n - n)])
        assert model.solve(*sets) == case.brute(sets)
        assert model.answers(model(*alone(sets)), [tuple(map(len, sets))]) == [case.brute(sets)]
        more = (sets[0], [*sets[1], [0] * DIM])
        with pytest.raises(InputError, match=f"n = {max_n + 1} documents, but .* at most {max_n}: compile with max_n="):
            model.solve(*more)
        with pytest.raises(InputError, match=f"n = {max_n + 1} documents"):
            model(*alone(more))
        with pytest.raises(InputError, match=f"n = {max_n + 1} documents"):
            model(*alone(more), lengths=torch.tensor([[1, 1]]))


@pytest.mark.parametrize(
    ("x", "what"),
    [
        (torch.zeros(1, 4, DIM).to_sparse(), "a torch.sparse_coo"),
        (torch.zeros(1, 4, DIM, device="meta"), "a meta"),
        (torch.quantize_per_tensor(torch.zeros(1, 4, DIM), 1.0, 0, torch.quint8), "a quantized"),
        (torch.nested.nested_tensor([torch.zeros(4, DIM)] * 2, layout=torch.jagged), "a torch.jagged"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_tensors_of_another_kind(x: torch.Tensor, what: str) -> None:
    with pytest.raises(InputError, match=f"the model takes dense tensors, got {what} one"):
        compiled(OV)(x)


@pytest.mark.parametrize(
    ("case", "lengths"),
    [
        *((OV, of) for of in ([1, 3], [2, 5], [-1, 3], [0, 3], [3], [3, 3, 3], [[3, 3]], [3.0, 3.0], [True, True])),
        *((BICHROMATIC, of) for of in ([3, 3], [[3], [3]], [[3] * 3] * 2, [[3, 3]], [[3.0] * 2] * 2, [[True] * 2] * 2)),
        *((BICHROMATIC, [[3, 3], of]) for of in ([0, 3], [3, 0], [-1, 3], [4, 3], [3, 5])),
        *((BICHROMATIC, [of, [3, 3]]) for of in ([0, 3], [3, 5])),
    ],
    ids=str,
)
def test_wrong_lengths(case: Case, lengths: list[object]) -> None:
    """Each side has its own limit: 3 rows of A, 4 of B."""
    model = compiled(case)
    sets = [torch.zeros(2, n, DIM) for n in ((3, 4) if case.bichromatic else (4,))]
    model(*sets, lengths=torch.tensor([[3, 4], [1, 1]] if case.bichromatic else [4, 2]))
    with pytest.raises(InputError, match="lengths"):
        model(*sets, lengths=torch.tensor(lengths))


def test_lengths_are_given_by_name() -> None:
    """So that a second set is never taken for them."""
    with pytest.raises(TypeError):
        compiled(OV)(torch.zeros(1, 4, DIM), None, torch.tensor([3]))
    with pytest.raises(InputError, match="and"):
        compiled(OV)(torch.zeros(1, 4, DIM), torch.tensor([3]))


def test_more_rows_of_padding_than_max_n_are_refused() -> None:
    """The bounds hold for n + 2 tokens, whatever they are."""
    with pytest.raises(InputError, match="at most 8"):
        compiled(OV)(torch.zeros(1, MAX_N + 1, DIM), lengths=torch.tensor([3]))


def test_lengths_may_be_a_list_and_documents_have_to_be_tensors() -> None:
    model = compile_model(problem("closest-pair", dim=3), max_n=8)
    rows = torch.tensor([[[0, 0, 1], [1, 1, 1], [0, 0, 1]], [[0, 1, 1], [1, 1, 1], [0, 1, 1]]])
    as_list, as_tensor = model(rows, lengths=[2, 3]), model(rows, lengths=torch.tensor([2, 3]))
    assert all(torch.equal(a, b) for a, b in zip(as_list, as_tensor, strict=True))
    with pytest.raises(InputError, match="takes tensors, got a ndarray"):
        model(rows.numpy())
