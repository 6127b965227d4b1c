"""The model from outside: answers, batches, padding, kinds of input, devices, and what it refuses."""

import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import CASES, CLOSEST, OV, SIZE_IDS, SIZES, Case, Rows, brute, hand_made, small_rows

import proofformer as pf
from proofformer.errors import InputError, ProofError
from proofformer.problems import oracle
from proofformer.runtime import Model, model_of
from proofformer.runtime.attention import backend_named, reference, sdpa
from proofformer.runtime.decode import DecisionBits, PairBits, answers

DIM, MAX_N = 5, 8


def compiled(
    case: Case, dim: int = DIM, max_n: int = MAX_N, dtype: str = "float32", rounds: int | None = None
) -> Model:
    return model_of(case.problem(dim), case.plan(dim, max_n, dtype, rounds))


def same(a: PairBits | DecisionBits, b: PairBits | DecisionBits) -> bool:
    return type(a) is type(b) and all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


@pytest.mark.parametrize(("case", "dim", "max_n", "dtype"), SIZES, ids=SIZE_IDS)
def test_hand_made_instances(case: Case, dim: int, max_n: int, dtype: str) -> None:
    """Ties, duplicates, first and last pairs, n = 2, n = max_n and one less."""
    model = compiled(case, dim, max_n, dtype)
    for name, rows in hand_made(dim, max_n).items():
        assert model.solve(rows) == brute(case.name, rows), name


@settings(deadline=None, max_examples=25)
@given(rows=small_rows(MAX_N, dim=DIM), data=st.data())
@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
@pytest.mark.parametrize(("case", "rounds"), [(OV, None), (CLOSEST, None), (CLOSEST, 2), (CLOSEST, 3)], ids=str)
def test_batch_equals_single(case: Case, rounds: int | None, dtype: str, rows: Rows, data: st.DataObject) -> None:
    """Bit for bit: alone, padded to any length, and beside other instances of other lengths."""
    model = compiled(case, dtype=dtype, rounds=rounds)
    others = [data.draw(small_rows(MAX_N, dim=DIM)) for _ in range(2)]
    batch = [others[0], rows, others[1]]
    longest = max(map(len, batch))
    padded = torch.zeros(3, longest, DIM, dtype=torch.int64)
    for k, instance in enumerate(batch):
        padded[k, : len(instance)] = torch.tensor(instance)
    lengths = torch.tensor([len(instance) for instance in batch])
    got = model(padded, lengths)
    assert answers(got) == [brute(case.name, instance) for instance in batch]
    for k, instance in enumerate(batch):
        alone = model(torch.tensor([instance]))
        assert all(torch.equal(a[k : k + 1], b) for a, b in zip(got, alone, strict=True))


@pytest.mark.parametrize("garbage", [float("nan"), float("inf"), -float("inf"), 7.0, 1.0, 1e38])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_stands_in_the_padding_does_not_matter(case: Case, garbage: float) -> None:
    model = compiled(case)
    rows = torch.tensor([[1, 1, 0, 0, 1], [1, 0, 1, 0, 1], [0, 1, 1, 1, 1]], dtype=torch.float32)
    padded = torch.full((1, MAX_N, DIM), garbage)
    padded[0, :3] = rows
    assert same(model(padded, torch.tensor([3])), model(rows[None]))
    full = torch.tensor([hand_made(DIM, MAX_N)["units"]])
    assert same(model(full, torch.tensor([MAX_N])), model(full))


@pytest.mark.parametrize("rounds", [None, 3])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_backends_agree(case: Case, rounds: int | None) -> None:
    for dtype in case.dtypes:
        model = compiled(case, dtype=dtype, rounds=rounds)
        for rows in hand_made(DIM, MAX_N).values():
            model.attention = sdpa
            first = model(torch.tensor([rows]))
            model.attention = reference
            assert same(model(torch.tensor([rows])), first)


def test_backends_by_name() -> None:
    assert backend_named("sdpa") is sdpa
    assert backend_named("reference") is reference
    with pytest.raises(InputError, match="choose one of sdpa, reference"):
        backend_named("flash")


@pytest.mark.parametrize("causal", [True, False])
def test_reference_backend_is_the_definition(causal: bool) -> None:
    torch.manual_seed(1)
    q, k, v = torch.randn(3, 2, 3, 5, 4, dtype=torch.float64).unbind(0)
    torch.testing.assert_close(reference(q, k, v, scale=0.7, causal=causal), sdpa(q, k, v, scale=0.7, causal=causal))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_kinds_of_input(case: Case) -> None:
    model = compiled(case)
    rows = hand_made(DIM, MAX_N)["growing"]
    expected = brute(case.name, rows)
    array = np.array(rows)
    for X in (
        rows,
        tuple(map(tuple, rows)),
        array,
        array.astype(bool),
        array.astype(np.uint8),
        array.astype(np.float32),
        np.asfortranarray(array),
        torch.tensor(rows),
        torch.tensor(rows, dtype=torch.bool),
        torch.tensor(rows, dtype=torch.bfloat16),
        torch.tensor(rows, dtype=torch.float64, requires_grad=True),
        case.problem(DIM).instance(rows),
    ):
        assert model.solve(X) == expected
    first = model(torch.tensor([rows]))
    for dtype in (torch.bool, torch.uint8, torch.int64, torch.float16, torch.bfloat16, torch.float64):
        assert same(model(torch.tensor([rows], dtype=dtype)), first)


def test_the_input_is_left_as_it_was() -> None:
    rows = torch.tensor(hand_made(DIM, MAX_N)["units"], dtype=torch.float32)
    before = rows.clone()
    compiled(CLOSEST)(rows[None])
    assert torch.equal(rows, before)


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("n", [0, 1, MAX_N + 1])
def test_too_few_or_too_many_documents(case: Case, n: int) -> None:
    model = compiled(case)
    why = f"at most {MAX_N}: compile with --max-n {n}" if n > MAX_N else "at least 2"
    with pytest.raises(InputError, match=why):
        model(torch.zeros(1, n, DIM))
    with pytest.raises(InputError, match=r"at least 2|at most|empty"):
        model.solve(np.zeros((n, DIM)))


@pytest.mark.parametrize("shape", [(4, DIM), (1, 4, DIM + 1), (1, 4, DIM - 1), (1, 1, 4, DIM), (DIM,)])
def test_wrong_shapes(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"takes \(batch, n, 5\)"):
        compiled(OV)(torch.zeros(shape))


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
        compiled(OV)(torch.zeros(2, 4, DIM), lengths)


def test_more_rows_of_padding_than_max_n_are_refused() -> None:
    """The bounds hold for n + 2 tokens, whatever they are."""
    with pytest.raises(InputError, match="at most 8"):
        compiled(OV)(torch.zeros(1, MAX_N + 1, DIM), torch.tensor([3]))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_model_asks_no_oracle(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the oracle was asked")

    expected = {name: brute(case.name, rows) for name, rows in hand_made(DIM, MAX_N).items()}
    for name, thing in vars(oracle).copy().items():
        if getattr(thing, "__module__", "") == oracle.__name__:
            monkeypatch.setattr(oracle, name, refuse)
    table = sys.modules["proofformer.problems.problem"]
    monkeypatch.setattr(table, "_SPECS", tuple(replace(spec, oracle=refuse) for spec in table._SPECS))
    model = pf.compile(case.name, dim=DIM, max_n=MAX_N, question=case.question)
    with pytest.raises(AssertionError, match="was asked"):
        model.problem.answer(np.eye(2, DIM))
    with pytest.raises(AssertionError, match="was asked"):
        oracle.closest_pair(np.eye(2, DIM))
    for name, rows in hand_made(DIM, MAX_N).items():
        assert model.solve(rows) == expected[name]
        assert answers(model(torch.tensor([rows]))) == [expected[name]]


@pytest.mark.parametrize("bad", [0.5, 2.0, -1.0, float("nan"), 1 + 2**-20])
def test_an_output_that_is_no_bit_is_an_error(bad: float) -> None:
    with pytest.raises(ProofError, match="an output bit is"):
        answers(DecisionBits(torch.tensor([[1.0], [bad]])))
    good = torch.tensor([[1.0, 0.0]])
    with pytest.raises(ProofError, match="an output bit is"):
        answers(PairBits(good, good, torch.tensor([[0.0, bad]]), good[:, :1]))


def test_bits_to_answers() -> None:
    bits = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    found = torch.tensor([[1.0], [0.0]])
    first, second = answers(PairBits(bits, bits.flip(1), bits[:, :1], found))
    assert str(first) == "pair (5, 5), value 1"
    assert first.pair == (5, 5)  # type: ignore[union-attr]
    assert second.pair is None  # type: ignore[union-attr]
    assert [bool(a) for a in answers(DecisionBits(found))] == [True, False]


@pytest.mark.parametrize("dtype", ["bfloat16", "float32", "float64"])
@pytest.mark.parametrize("other", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_a_model_moved_to_another_dtype_does_not_answer(dtype: str, other: torch.dtype) -> None:
    """`.half()` and its like break the proof; torch refuses the mixed product, so nothing wrong is returned."""
    model = pf.compile("ov", dim=DIM, max_n=MAX_N, question="decide", dtype=dtype).to(other)
    if other is getattr(torch, dtype):
        assert model.solve(np.eye(3, DIM)).decision  # type: ignore[union-attr]
    else:
        with pytest.raises(RuntimeError, match="dtype"):
            model.solve(np.eye(3, DIM))


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_does_not_round_the_proof_away(dtype: torch.dtype) -> None:
    """A distance of 299 is no bfloat16 number: under autocast it would come out as another."""
    model = compiled(CLOSEST, dim=300, max_n=4)
    rows = [[0] * 300, [0] + [1] * 299]
    with torch.autocast("cpu", dtype=dtype):
        assert model.solve(rows).value == 299  # type: ignore[union-attr]


def test_default_dtype_and_inference_modes_do_not_matter() -> None:
    rows = hand_made(DIM, MAX_N)["units"]
    expected = brute("closest-pair", rows)
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        model = pf.compile("closest-pair", dim=DIM, max_n=MAX_N)
        assert model.solve(rows) == expected
    finally:
        torch.set_default_dtype(before)
    with torch.no_grad():
        assert model.solve(rows) == expected
    assert model.train().solve(rows) == expected
    assert model.eval().solve(rows) == expected
    assert not any(p.requires_grad for p in model.parameters())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(("case", "dim", "max_n", "dtype"), SIZES, ids=SIZE_IDS)
def test_answers_on_cuda(case: Case, dim: int, max_n: int, dtype: str) -> None:
    model = compiled(case, dim, max_n, dtype).to("cuda")
    for name, rows in hand_made(dim, max_n).items():
        assert model.solve(rows) == brute(case.name, rows), name
        padded = torch.full((2, max_n, dim), 7, device="cuda")
        padded[:, : len(rows)] = torch.tensor(rows, device="cuda")
        got = model(padded, torch.tensor([len(rows)] * 2))
        assert answers(got) == [brute(case.name, rows)] * 2, name


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_largest_scores_on_cuda(dtype: str) -> None:
    """Fused kernels scale scores by log2(e) before they subtract the largest: that rounds where scores near 2^24."""
    model = pf.compile("closest-pair", dim=75, max_n=65536, dtype=dtype).to("cuda")
    assert model.plan.rounds == 1
    for seed in range(12):
        rng = np.random.default_rng(seed)
        rows = rng.integers(0, 2, (600, 75)) if seed % 3 else np.ones((600, 75), dtype=int)
        assert model.solve(rows) == model.problem.answer(rows)
