"""The model from outside: answers, batches, padding, kinds of input, devices, and what it refuses."""

import copy
import pickle
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import (
    BICHROMATIC,
    BY_NORM,
    CASES,
    CLOSEST,
    COSINE,
    DTYPES,
    FEW,
    GRID,
    OV,
    SIZE_IDS,
    SIZES,
    Case,
    Rows,
    small_sets,
)
from tests.runtime.batches import alone, fitting, padded

import proofformer as pf
from proofformer.errors import InputError, ProofError
from proofformer.problems import oracle
from proofformer.runtime import Model, model_of
from proofformer.runtime.attention import backend_named, reference, sdpa
from proofformer.runtime.front import Fields

DIM, MAX_N = 5, 8
PLAIN = CLOSEST.problem(DIM)


def compiled(
    case: Case, dim: int = DIM, max_n: int = MAX_N, dtype: str = "float32", rounds: int | None = None
) -> Model:
    """Its kernel is not looked at, but where that is said."""
    model = model_of(case.problem(dim), case.plan(dim, max_n, dtype, rounds))
    model.probed = False
    return model


def same(a: Fields, b: Fields) -> bool:
    return type(a) is type(b) and all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


FINDS, DECIDES = compiled(CLOSEST), compiled(Case("ov", "decide"))


def pairs(*numbers: tuple[int, int, int, int]) -> Fields:
    """i, j, value and found as the bits that a search of up to 8 documents of 5 bits gives."""
    widths = FINDS.plan.circuit.fields.values()
    rows = [[float(n >> k & 1) for n, w in zip(row, widths, strict=True) for k in range(w)] for row in numbers]
    return FINDS.named(torch.tensor(rows))


ANSWERED = [
    k
    for k, (case, dim, max_n, dtype) in enumerate(SIZES)
    if (max_n in (2, 130) and case not in (CLOSEST, OV)) or max_n == 130 or (k + dim + max_n) % 4 == 0
]
"""The smallest and the largest size; of two cases all sizes, the largest in every dtype. Batches are of one between."""


@pytest.mark.parametrize(
    ("case", "dim", "max_n", "dtype"), [SIZES[k] for k in ANSWERED], ids=[SIZE_IDS[k] for k in ANSWERED]
)
def test_hand_made_instances(case: Case, dim: int, max_n: int, dtype: str) -> None:
    """Ties, duplicates, first and last pairs, n = 2, n = max_n and one less."""
    model = compiled(case, dim, max_n, dtype)
    model.probed = True
    for name, sets in case.instances(dim, max_n).items():
        assert model.solve(*sets) == case.brute(sets), name


BATCHES = [
    *((case, None, DTYPES[k % len(DTYPES)]) for k, case in enumerate(CASES)),
    *((case, None, dtype) for case in FEW for dtype in DTYPES),
    *((case, rounds, dtype) for case, rounds in ((CLOSEST, 2), (CLOSEST, 3), (BICHROMATIC, 2)) for dtype in DTYPES),
]


@settings(deadline=None, max_examples=2, derandomize=True)
@given(data=st.data())
@pytest.mark.parametrize(("case", "rounds", "dtype"), BATCHES, ids=str)
def test_batch_equals_single(case: Case, rounds: int | None, dtype: str, data: st.DataObject) -> None:
    """Bit for bit: alone, padded to any length, and beside other instances of other lengths."""
    model = compiled(case, dtype=dtype, rounds=rounds)
    # Four rows at most of each set: so that the longest of both are not more than max_n.
    batch = [
        case.legal(data.draw(small_sets(case.bichromatic, 5 if case.bichromatic else MAX_N, dim=DIM))) for _ in range(3)
    ]
    tensors, lengths = padded(batch)
    got = model(*tensors, lengths=lengths)
    assert model.answers(got, [tuple(map(len, sets)) for sets in batch]) == [case.brute(sets) for sets in batch]
    for k, sets in enumerate(batch):
        single = model(*alone(sets))
        assert all(torch.equal(a[k : k + 1], b) for a, b in zip(got, single, strict=True))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_stands_in_the_padding_does_not_matter(case: Case) -> None:
    """In the padding of A, of B, and of both, as much of it as there may be."""
    model, spare = compiled(case), MAX_N - 3
    rows = [[1, 1, 0, 0, 1], [1, 0, 1, 0, 1], [0, 1, 1, 1, 1]]
    for plain in [(rows[:1], rows[1:]), (rows[1:], rows[:1])] if case.bichromatic else [(rows,)]:
        sets = case.legal(plain)
        expected = model(*alone(sets))
        assert model.answers(expected, [tuple(map(len, sets))]) == [case.brute(sets)]
        for more in [(0, spare), (spare, 0), (2, spare - 2)] if case.bichromatic else [(spare,)]:
            sizes = [len(x) + pads for x, pads in zip(sets, more, strict=True)]
            each = [padded([sets], sizes, fill) for fill in (torch.nan, torch.inf, -torch.inf, 7.0, 1.0, 1e38)]
            tensors = [torch.cat(of) for of in zip(*(tensors for tensors, _ in each), strict=True)]
            got = model(*tensors, lengths=torch.cat([lengths for _, lengths in each]))
            assert all(torch.equal(x, y.expand_as(x)) for x, y in zip(got, expected, strict=True))
    for sets in list(case.instances(DIM, MAX_N).values())[::6]:
        tensors, lengths = padded([sets])
        assert same(model(*tensors, lengths=lengths), model(*tensors))


@pytest.mark.parametrize(("rounds", "dtypes"), [(None, DTYPES[:2]), (3, DTYPES[2:])])
@pytest.mark.parametrize("case", FEW, ids=str)
def test_backends_agree(case: Case, rounds: int | None, dtypes: tuple[str, ...]) -> None:
    tensors, lengths = padded(*fitting(case, DIM, MAX_N))
    for dtype in dtypes:
        model = compiled(case, dtype=dtype, rounds=rounds)
        model.attention = sdpa
        first = model(*tensors, lengths=lengths)
        model.attention = reference
        assert same(model(*tensors, lengths=lengths), first)


def test_backends_by_name() -> None:
    assert backend_named("sdpa") is sdpa
    assert backend_named("reference") is reference
    with pytest.raises(InputError, match="choose one of auto, sdpa, fast, reference"):
        backend_named("flash")


@pytest.mark.parametrize("nonsense", [3, "sdpa", None])
def test_an_attention_that_cannot_be_called_is_refused_when_it_is_assigned(nonsense: object) -> None:
    model = compiled(CLOSEST)
    before = model.attention
    with pytest.raises(InputError, match=f"attention is {nonsense!r}: give a function "):
        model.attention = nonsense
    assert model.attention is before


@pytest.mark.parametrize("causal", [True, False])
def test_reference_backend_is_the_definition(causal: bool) -> None:
    torch.manual_seed(1)
    q, k, v = torch.randn(3, 2, 3, 5, 4, dtype=torch.float64).unbind(0)
    torch.testing.assert_close(reference(q, k, v, scale=0.7, causal=causal), sdpa(q, k, v, scale=0.7, causal=causal))


KINDS_OF_INPUT: list[Callable[[Rows], object]] = [
    lambda rows: rows,
    lambda rows: tuple(map(tuple, rows)),
    np.array,
    lambda rows: np.array(rows, dtype=bool),
    lambda rows: np.array(rows, dtype=np.uint8),
    lambda rows: np.array(rows, dtype=np.float32),
    lambda rows: np.asfortranarray(rows),
    torch.tensor,
    lambda rows: torch.tensor(rows, dtype=torch.bool),
    lambda rows: torch.tensor(rows, dtype=torch.bfloat16),
    lambda rows: torch.tensor(rows, dtype=torch.float64, requires_grad=True),
]


@pytest.mark.parametrize("case", FEW, ids=str)
def test_kinds_of_input(case: Case) -> None:
    model = compiled(case)
    sets = next(sets for name, sets in case.instances(DIM, MAX_N).items() if name.startswith("growing"))
    expected = case.brute(sets)
    for kind in KINDS_OF_INPUT:
        assert model.solve(*map(kind, sets)) == expected
    for kinds in zip(KINDS_OF_INPUT, reversed(KINDS_OF_INPUT), strict=True):
        assert model.solve(*(kind(rows) for kind, rows in zip(kinds, sets, strict=False))) == expected
    assert model.solve(case.problem(DIM).instance(*sets)) == expected
    first = model(*alone(sets))
    for dtype in (torch.bool, torch.uint8, torch.int64, torch.float16, torch.bfloat16, torch.float64):
        assert same(model(*(x.to(dtype) for x in alone(sets))), first)


def test_the_input_is_left_as_it_was() -> None:
    for case in (CLOSEST, BICHROMATIC):
        for sets in case.instances(DIM, MAX_N).values():
            tensors = [x.float() for x in alone(sets)]
            compiled(case)(*tensors, lengths=None)
            assert all(torch.equal(x, y) for x, y in zip(tensors, alone(sets), strict=True))


@pytest.mark.parametrize("case", [*FEW, COSINE, BY_NORM, GRID], ids=str)
def test_the_model_asks_no_oracle(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the oracle was asked")

    for name, thing in vars(oracle).copy().items():
        if getattr(thing, "__module__", "") == oracle.__name__:
            monkeypatch.setattr(oracle, name, refuse)
    model = pf.compile(**case.problem(DIM).to_json(), max_n=MAX_N)
    assert model.problem == case.problem(DIM)
    for sets in case.instances(DIM, MAX_N).values():
        with pytest.raises(AssertionError, match="was asked"):
            model.problem.answer(*sets)
        assert model.solve(*sets) == case.brute(sets)
        assert model.answers(model(*alone(sets)), [tuple(map(len, sets))]) == [case.brute(sets)]


@pytest.mark.parametrize("bad", [0.5, 2.0, -1.0, float("nan"), 1 + 2**-20])
def test_an_output_that_is_no_bit_is_an_error(bad: float) -> None:
    with pytest.raises(ProofError, match="an output bit is"):
        DECIDES.answers(DECIDES.named(torch.tensor([[1.0], [bad]])), [(3,), (3,)])
    with pytest.raises(ProofError, match="an output bit is"):
        FINDS.answers(FINDS.named(torch.tensor([[0.0] * 3 + [1.0] + [0.0] * 3 + [bad] + [1.0, 1.0]])), [(3,)])


def test_bits_to_answers() -> None:
    (first,) = FINDS.answers(pairs((3, 5, 1, 1)), [(6,)])
    assert str(first) == "pair (3, 5), value 1"
    assert first.pair == (3, 5)
    (none,) = compiled(Case("ov")).answers(pairs((7, 7, 7, 0)), [(2,)])
    assert none.pair is None
    with pytest.raises(ProofError, match="the answer names no pair, and some pair is the best"):
        FINDS.answers(pairs((7, 7, 7, 0)), [(2,)])
    assert [bool(a) for a in DECIDES.answers(DECIDES.named(torch.tensor([[1.0], [0.0]])), [(3,)] * 2)] == [True, False]


@pytest.mark.parametrize(("i", "j", "sizes"), [(2, 2, (3,)), (2, 1, (3,)), (1, 3, (3,)), (0, 0, (8,)), (7, 7, (8,))])
def test_what_is_no_pair_is_an_error(i: int, j: int, sizes: tuple[int, ...]) -> None:
    with pytest.raises(ProofError, match=rf"names \({i}, {j}\), which is no pair of {sizes[0]} documents"):
        FINDS.answers(pairs((i, j, 0, 1)), [sizes])


def test_of_two_sets_any_indices_below_their_sizes_are_a_pair() -> None:
    model = compiled(BICHROMATIC)
    one = model.named(torch.tensor([[0.0, 1.0, 0.0, *[0.0] * 3, 1.0, 0.0, 0.0, 1.0]]))
    assert model.answers(one, [(3, 1)])[0].pair == (2, 0)
    for sizes in ((2, 1), (2, 6)):
        with pytest.raises(ProofError, match=rf"is no pair of {sizes[0]} and {sizes[1]} documents"):
            model.answers(one, [sizes])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("other", [torch.bfloat16, torch.float16, torch.float32, torch.float64])
def test_a_model_moved_to_another_dtype_does_not_answer(dtype: str, other: torch.dtype) -> None:
    """`.half()` and its like break the proof."""
    model = pf.compile("ov", dim=DIM, max_n=MAX_N, question="decide", dtype=dtype).to(other)
    if other is getattr(torch, dtype):
        assert model.solve(np.eye(3, DIM)).decision  # type: ignore[union-attr]
    else:
        to = str(other).removeprefix("torch.")
        for ask in (lambda: model.solve(np.eye(3, DIM)), lambda: model(torch.zeros(1, 3, DIM))):
            with pytest.raises(InputError, match=f"compiled for {dtype} and its weights are {to} now"):
                ask()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_autocast_does_not_round_the_proof_away(dtype: torch.dtype) -> None:
    """A distance of 299 is no bfloat16 number: under autocast it would come out as another."""
    model = compiled(CLOSEST, dim=300, max_n=4)
    rows = [[0] * 300, [0] + [1] * 299]
    with torch.autocast("cpu", dtype=dtype):
        assert model.solve(rows).value == 299  # type: ignore[union-attr]


def test_default_dtype_and_inference_modes_do_not_matter() -> None:
    (rows,) = CLOSEST.instances(DIM, MAX_N)["units"]
    expected = CLOSEST.brute((rows,))
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


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize("change", ["w[0, 0] += 1", "w.data.mul_(0.25)", "w.data = w.data.flip(0)"])
def test_changed_weights_are_refused(change: str, dtype: str) -> None:
    model = pf.compile("closest-pair", dim=DIM, max_n=MAX_N, dtype=dtype)
    at = model.transformer.blocks[0].mlp.hidden
    exec(change, {"at": at, "w": at.weight})
    with pytest.raises(InputError, match=r"^weight 'blocks\.0\.mlp\.hidden\.weight' was changed since it was compiled"):
        model.solve(np.eye(DIM))


def test_a_copy_of_a_model_has_its_weights() -> None:
    model = pf.compile("closest-pair", dim=DIM, max_n=MAX_N)
    for copied in (copy.deepcopy(model), pickle.loads(pickle.dumps(model)), model.to("cpu")):
        assert copied.solve(np.eye(DIM)).pair == (0, 1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(("case", "dim", "max_n", "dtype"), SIZES, ids=SIZE_IDS)
def test_answers_on_cuda(case: Case, dim: int, max_n: int, dtype: str) -> None:
    model = compiled(case, dim, max_n, dtype).to("cuda")
    for name, sets in case.instances(dim, max_n).items():
        assert model.solve(*sets) == case.brute(sets), name
        sizes = [max_n] if len(sets) == 1 else [len(sets[0]), max_n - len(sets[0])]
        tensors, lengths = padded([sets, sets], sizes)
        got = model(*(x.to("cuda") for x in tensors), lengths=lengths)
        assert model.answers(got, [tuple(map(len, sets))] * 2) == [case.brute(sets)] * 2, name


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
