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


ONE_SET = [case for case in FEW if not case.bichromatic]
TWO_SETS = [case for case in FEW if case.bichromatic]


@pytest.mark.parametrize("case", ONE_SET, ids=str)
@pytest.mark.parametrize("n", [0, 1, MAX_N + 1])
def test_too_few_or_too_many_documents(case: Case, n: int) -> None:
    model = compiled(case)
    why = f"at most {MAX_N}: compile with --max-n {n}" if n > MAX_N else "at least 2"
    with pytest.raises(InputError, match=why):
        model(torch.zeros(1, n, DIM))
    with pytest.raises(InputError, match=r"at least 2|at most|empty"):
        model.solve(np.zeros((n, DIM)))


@pytest.mark.parametrize("case", TWO_SETS, ids=str)
@pytest.mark.parametrize("max_n", [2, 3, MAX_N])
def test_as_many_documents_as_may_be_split_over_two_sets(case: Case, max_n: int) -> None:
    """Each split of max_n is answered, each of one more is refused."""
    model = compiled(case, max_n=max_n)
    for n in range(1, max_n):
        sets = ([[k % 2] * DIM for k in range(n)], [[1] * DIM for _ in range(max_n - n)])
        assert model.solve(*sets) == case.brute(sets)
        assert model.spelled(model(*alone(sets)), [tuple(map(len, sets))]) == [case.brute(sets)]
        more = (sets[0], [*sets[1], [0] * DIM])
        with pytest.raises(InputError, match=f"n = {max_n + 1} documents, but .* at most {max_n}: compile with --max"):
            model.solve(*more)
        with pytest.raises(InputError, match=f"n = {max_n + 1} documents"):
            model(*alone(more))
        with pytest.raises(InputError, match=f"n = {max_n + 1} documents"):
            model(*alone(more), lengths=torch.tensor([[1, 1]]))


@pytest.mark.parametrize("case", TWO_SETS, ids=str)
@pytest.mark.parametrize("sizes", [(0, 3), (3, 0), (0, 0)])
def test_an_empty_side(case: Case, sizes: tuple[int, int]) -> None:
    model = compiled(case)
    tensors = [torch.zeros(1, n, DIM) for n in sizes]
    with pytest.raises(InputError, match="at least one document of each set"):
        model(*tensors)
    with pytest.raises(InputError, match="A is empty" if not sizes[0] else "B is empty"):
        model.solve(*(x[0] for x in tensors))


@pytest.mark.parametrize("case", ONE_SET, ids=str)
@pytest.mark.parametrize("shape", [(4, DIM), (1, 4, DIM + 1), (1, 4, DIM - 1), (1, 1, 4, DIM), (DIM,)])
def test_wrong_shapes(case: Case, shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"takes \(batch, n, 5\)"):
        compiled(case)(torch.zeros(shape))


@pytest.mark.parametrize("case", TWO_SETS, ids=str)
@pytest.mark.parametrize("shape", [(4, DIM), (1, 4, DIM + 1), (1, 4, DIM - 1), (1, 1, 4, DIM), (DIM,), (2, 4, DIM)])
def test_wrong_shapes_of_two_sets(case: Case, shape: tuple[int, ...]) -> None:
    """On either side: a wrong width, number of dimensions, or size of the batch."""
    model, good, bad = compiled(case), torch.zeros(1, 4, DIM), torch.zeros(shape)
    for sets in ((good, bad), (bad, good)):
        with pytest.raises(
            InputError, match=r"takes two sets of documents, each \(batch, n, 5\), got .* and "
        ) as caught:
            model(*sets)
        assert str(shape) in str(caught.value)


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
        compiled(ONE_SET[0])(x)


def test_wrong_number_of_sets() -> None:
    x = torch.zeros(1, 3, DIM)
    for case in ONE_SET:
        with pytest.raises(InputError, match=r"takes \(batch, n, 5\), got \(1, 3, 5\) and \(1, 3, 5\)"):
            compiled(case)(x, x)
        with pytest.raises(InputError, match="takes one set of documents, got two"):
            compiled(case).solve(x[0], x[0])
    for case in TWO_SETS:
        with pytest.raises(InputError, match=r"takes two sets of documents, each \(batch, n, 5\), got \(1, 3, 5\)"):
            compiled(case)(x)
        with pytest.raises(InputError, match="takes two sets of documents, got one"):
            compiled(case).solve(x[0])


@pytest.mark.parametrize(
    "lengths",
    [
        torch.tensor([1, 3]),
        torch.tensor([2, 5]),
        torch.tensor([-1, 3]),
        torch.tensor([0, 3]),
        torch.tensor([3]),
        torch.tensor([3, 3, 3]),
        torch.tensor([[3, 3]]),
        torch.tensor([3.0, 3.0]),
        torch.tensor([True, True]),
    ],
    ids=str,
)
def test_wrong_lengths(lengths: torch.Tensor) -> None:
    with pytest.raises(InputError, match="lengths"):
        compiled(OV)(torch.zeros(2, 4, DIM), lengths=lengths)


@pytest.mark.parametrize(
    "lengths",
    [
        torch.tensor([3, 3]),
        torch.tensor([[3], [3]]),
        torch.tensor([[3, 3, 3], [3, 3, 3]]),
        torch.tensor([[3, 3]]),
        torch.tensor([[0, 3], [3, 3]]),
        torch.tensor([[3, 3], [3, 0]]),
        torch.tensor([[3, 3], [-1, 3]]),
        torch.tensor([[4, 3], [3, 3]]),
        torch.tensor([[3, 5], [3, 3]]),
        torch.tensor([[3.0, 3.0], [3.0, 3.0]]),
        torch.tensor([[True, True], [True, True]]),
    ],
    ids=str,
)
def test_wrong_lengths_of_two_sets(lengths: torch.Tensor) -> None:
    """Each side has its own limit: 3 rows of A, 4 of B."""
    model = compiled(BICHROMATIC)
    tensors = torch.zeros(2, 3, DIM), torch.zeros(2, 4, DIM)
    model(*tensors, lengths=torch.tensor([[3, 4], [1, 1]]))
    with pytest.raises(InputError, match="lengths"):
        model(*tensors, lengths=lengths)


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
