"""What a search finds: planted faults, collisions that the proofs name, and nothing where attention is softmax."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import proofformer as pf
from proofformer.challenge.calibration import Calibrated, Setting, calibrate
from proofformer.challenge.collisions import collision
from proofformer.challenge.findings import How, collides_on, verdict_of, with_kernel, wrong_on
from proofformer.challenge.instances import hard_question, middle, partner, remembered, small
from proofformer.challenge.kernels import BUILT_IN, Kernel
from proofformer.challenge.search import Challenge, best_settings, pool, searched
from proofformer.challenge.verdicts import Growth, Verdict
from proofformer.compiler import Spec
from proofformer.errors import InputError
from proofformer.problems.kinds import NAMES
from proofformer.runtime import Model
from proofformer.runtime.attention import reference, sdpa
from proofformer.runtime.model import compiled
from proofformer.runtime.reads import first_misread
from proofformer.verify.judge import fails

QUESTIONS: tuple[dict[str, Any], ...] = (
    {"name": "ov", "dim": 3},
    {"name": "ov", "dim": 3, "question": "search"},
    {"name": "closest-pair", "dim": 4, "question": "search", "bichromatic": True},
    {"name": "max-ip", "dim": 3},
    {"name": "msd", "dim": 3},
    {"name": "closest-pair", "dim": 2, "metric": "sqeuclidean", "levels": 2},
)


@cache
def model_of(name: str, dim: int, max_n: int = 12, **asked: Any) -> Model:
    return compiled(Spec(hard_question(name, dim, **asked), max_n))


def altered(change: Callable[..., Tensor]) -> Kernel:
    return Kernel("altered", lambda q, k, v, *, scale, causal: change(q, k, v, scale=scale, causal=causal))


def one_key_lost(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
    """The second key is not seen, where there are others."""
    keep = [i for i in range(k.shape[2]) if i != 1 or k.shape[2] < 3]
    return (
        sdpa(q, k[:, :, keep], v[:, :, keep], scale=scale, causal=False)
        if not causal
        else sdpa(
            q, k.index_fill(2, torch.tensor([1]), 0), v.index_fill(2, torch.tensor([1]), 0), scale=scale, causal=True
        )
    )


FAULTS: dict[str, Callable[..., Tensor]] = {
    "later tokens are seen": lambda q, k, v, *, scale, causal: sdpa(q, k, v, scale=scale, causal=False),
    "one key is lost": one_key_lost,
    "scores are halved, and halved again": lambda q, k, v, *, scale, causal: sdpa(
        q, k, v, scale=scale / 4, causal=causal
    ),
    "scores have another sign": lambda q, k, v, *, scale, causal: sdpa(-q, k, v, scale=scale, causal=causal),
    "heads are mixed with the next token": lambda q, k, v, *, scale, causal: sdpa(
        q, k, v.roll(1, 2), scale=scale, causal=causal
    ),
    "twice as much is read": lambda q, k, v, *, scale, causal: 2 * sdpa(q, k, v, scale=scale, causal=causal),
}


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: " ".join(map(str, asked.values())))
def test_nothing_is_found_for_softmax(asked: dict[str, Any]) -> None:
    found = searched(model_of(**asked), BUILT_IN["softmax"])
    assert found.verdict is Verdict.NOTHING
    assert found.tried > 150
    assert found.findings == ()


def test_nothing_is_found_for_the_reference_or_for_exact_top_k() -> None:
    for kernel in (Kernel("reference", reference), BUILT_IN["topk"]):
        assert searched(model_of("ov", 4, max_n=40), kernel).findings == ()


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_found(fault: str) -> None:
    model, kernel = model_of("closest-pair", 2, max_n=6, question="search"), altered(FAULTS[fault])
    found = searched(model, kernel)
    assert found.verdict is Verdict.WRONG
    [first, *_] = found.findings
    assert first.how is How.AS_IS
    assert first.misread is not None
    assert str(model.problem.answer(*first.sets)) == first.expected != first.got


def test_what_a_scale_mends_is_not_found_calibrated() -> None:
    soft, faint = (
        altered(lambda q, k, v, *, scale, causal: sdpa(q, k, v, scale=scale / 64, causal=causal)),
        altered(lambda q, k, v, *, scale, causal: 0.4 * sdpa(q, k, v, scale=scale, causal=causal)),
    )
    for kernel in (soft, faint):
        assert [finding.how for finding in searched(model_of("ov", 2, max_n=6), kernel).findings] == [How.AS_IS]
    fit, _ = pool(model_of("ov", 2, max_n=6), 6, 0)
    (hit, _), (_, other) = (calibrate(model_of("ov", 2, max_n=6), kernel, fit) for kernel in (soft, faint))
    assert hit.temperature > 4
    assert other.temperature == 1
    assert 0 < other.threshold < 0.4


def test_a_kernel_that_is_better_as_it_is_is_left_so() -> None:
    """Who sees later documents too misreads who has a partner, but not whether anybody has."""
    model = model_of("ov", 3, question="decide")
    fit, _ = pool(model, 4, 0)
    assert best_settings(model, altered(FAULTS["later tokens are seen"]), fit) == ()
    assert best_settings(model, BUILT_IN["softmax"], fit) != ()


@pytest.mark.parametrize(
    ("name", "dim", "one", "two"),
    [
        ("elu", 2, {(0, 0), (1, 1)}, {(0, 1), (1, 0)}),
        (
            "taylor",
            3,
            {(0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)},
            {(1, 1, 1), (0, 0, 1), (0, 1, 0), (1, 0, 0)},
        ),
    ],
)
def test_polynomial_states_meet_after_the_halves_of_a_cube(name: str, dim: int, one: set, two: set) -> None:
    """T4: degree < t, the documents of t bits with an even and with an odd number of ones; all ones separate them."""
    model = model_of("ov", dim)
    found = collision(model, BUILT_IN[name])
    assert found is not None
    (a, b), other = found
    assert {frozenset(map(tuple, b.tolist())), frozenset(map(tuple, other.tolist()))} == {
        frozenset(one),
        frozenset(two),
    }
    assert a.tolist() == [[1] * dim]
    same = collides_on(model, BUILT_IN[name], (a, b), other)
    assert same is not None
    assert {same.expected, same.other_expected} == {"yes", "no"}
    # The kernel that sees all is not fooled, and whoever claims to have no more than a state has to keep to it.
    assert collides_on(model, BUILT_IN["softmax"], (a, b), other) is None
    # The second is wrong on both, and tells them apart.
    opposite = altered(
        lambda q, k, v, *, scale, causal: abs(float(not causal) - sdpa(q, k, v, scale=scale, causal=causal))
    )
    for claims in (sdpa, opposite):
        more = Kernel("more", claims, Growth.LINEAR, BUILT_IN[name].state)
        assert collides_on(model, more, (a, b), other) is None


def test_a_window_forgets_what_it_has_passed() -> None:
    model = model_of("ov", 4, max_n=80)
    found = collision(model, BUILT_IN["window"])
    assert found is not None
    (a, b), other = found
    [place] = np.flatnonzero((b != other).any(axis=1))
    assert len(b) == 68 == 4 - 1 + 64 + 1
    assert place == len(b) - 4, "the first token that is no sink"
    assert collides_on(model, BUILT_IN["window"], (a, b), other) is not None
    assert collision(model_of("ov", 4, max_n=68), BUILT_IN["window"]) is None, "which have one document less"


@pytest.mark.parametrize("name", ["pooled", "indexer"])
def test_proxies_are_quadratic_but_lossy(name: str) -> None:
    model = model_of("ov", 8, max_n=60)
    n = 35 if name == "indexer" else 34
    drawn = [sets for k in range(40) for sets in remembered(np.random.default_rng(k), model.problem, n, 1)]
    asking = with_kernel(model, BUILT_IN[name])
    wrong = [sets for sets in drawn if fails(asking, sets)]
    if name == "pooled":
        assert not wrong, "up to 48 tokens, all blocks are read"
        return
    finding = wrong_on(model, BUILT_IN[name], wrong[0], "T3")
    assert finding is not None
    assert verdict_of([finding], BUILT_IN[name].cost) is Verdict.LOSSY


def test_the_first_misread_is_named() -> None:
    """A kernel that is wrong in one place only: in the second layer, for READ."""
    model = model_of("ov", 3)

    def wrong_for_read(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        out = sdpa(q, k, v, scale=scale, causal=causal)
        return out if causal else torch.full_like(out, 0.6)

    sets = (np.array([[1, 1, 0]], np.uint8), np.array([[0, 0, 1], [1, 0, 0]], np.uint8))
    misread = first_misread(model, sets, wrong_for_read)
    assert misread is not None
    assert (misread.head, misread.token, misread.signal, misread.expected) == ("yes", "READ", "hit", 1)
    assert misread.got == pytest.approx(0.6)
    assert misread.outside
    assert first_misread(model, sets, sdpa) is None


def test_a_read_that_is_ANDed_with_zero_may_be_anything() -> None:
    """Only documents of A ask; what those of B read is out of the domain too, and does not matter."""
    model = model_of("ov", 3)
    sets = (np.array([[1, 1, 0]], np.uint8), np.array([[0, 0, 1], [1, 0, 0]], np.uint8))

    def wrong_for_b(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        out = sdpa(q, k, v, scale=scale, causal=causal)
        return torch.cat((0 * out[:, :, :2] + 0.6, out[:, :, 2:]), dim=2) if causal else out

    assert first_misread(model, sets, wrong_for_b) is None
    assert not fails(with_kernel(model, altered(wrong_for_b)), sets)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dim", [4, 5])
def test_a_partner_has_the_best_value_with_one_document_alone(name: str, dim: int) -> None:
    asked = hard_question(name, dim)
    assert asked.question == "decide"
    rows = middle(np.random.default_rng(0), dim, 100)
    for k, row in enumerate(rows):
        asks = partner(asked.kind, row[None])
        assert bool(asked.answer(asks, row[None])), (name, row)
        assert not bool(asked.answer(asks, np.delete(rows, k, axis=0))), (name, row)


def test_what_is_remembered_is_asked_for() -> None:
    asked, answers = hard_question("ov", 6), []
    for sets in remembered(np.random.default_rng(0), asked, 10, 40):
        assert [len(rows) for rows in sets] == [1, 10]
        answers.append(bool((sets[0].astype(int) @ sets[1].T == 0).any()))
        assert answers[-1] == bool(asked.answer(*sets))
    assert len(answers) == 40
    assert 8 < sum(answers) < 32
    assert not remembered(np.random.default_rng(0), asked, 11, 2), "there are 20 documents"


def test_small_instances_are_all_there_are() -> None:
    batches = list(small(hard_question("ov", 2), 3))
    shapes = [[rows.shape for rows in batch] for batch in batches]
    assert shapes[:2] == [[(4, 1, 2), (4, 1, 2)], [(16, 1, 2), (16, 1, 2)]]
    assert all(rows.any(axis=2).all() for batch in small(pf.problem("msd", dim=2), 3) for rows in batch)


def test_no_instance_is_both_fitted_on_and_asked() -> None:
    for n in (2, 3, 8):
        fit, test = (
            {tuple(rows.tobytes() for rows in sets) for sets in some} for some in pool(model_of("ov", 3), n, 0)
        )
        assert fit
        assert test
        assert not fit & test


def test_settings_are_taken_layer_by_layer_again_and_again() -> None:
    asked = []

    def listening(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        asked.append(float(q.sum()))
        return q

    kernel, one = Calibrated(listening, (Setting(4.0, 0.5), Setting(16.0, 5.0))), torch.ones(1, 1, 1, 1)
    out = [kernel(one, one, one, scale=1.0, causal=True).item() for _ in range(4)]
    assert asked == [2, 4, 2, 4]
    assert out == [1, 0, 1, 0]


@pytest.mark.parametrize(
    ("hows", "cost", "verdict"),
    [
        ((), Growth.LINEAR, Verdict.NOTHING),
        ((How.AS_IS,), None, Verdict.WRONG),
        ((How.CALIBRATED,), Growth.LINEAR, Verdict.WRONG),
        ((How.AS_IS, How.CALIBRATED), Growth.QUADRATIC, Verdict.LOSSY),
        ((How.COLLISION, How.AS_IS), Growth.LINEAR, Verdict.COLLISION),
    ],
)
def test_verdicts(hows: tuple[How, ...], cost: Growth | None, verdict: Verdict) -> None:
    model = model_of("ov", 2)
    sets = (np.zeros((1, 2), np.uint8), np.zeros((1, 2), np.uint8))
    finding = wrong_on(model, BUILT_IN["elu"], sets, "")
    assert finding is not None
    assert verdict_of([type(finding)(**{**vars(finding), "how": how}) for how in hows], cost) is verdict


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (lambda q, k, v, *, scale, causal: 1 / 0, ("raises ZeroDivisionError", "mend it")),
        (lambda q, k, v, *, scale, causal: q[:, :1, :1], ("returns torch.float32", "causal=")),
        (lambda q, k, v, *, scale, causal: q * torch.nan, ("NaN",)),
        (lambda q, k, v, *, scale, causal: 3, ("returns a int",)),
        (lambda q, k, v: q, ("raises TypeError",)),
        (object(), ("name a function attention",)),
        ("nothing.py:performer", ("nothing.py",)),
    ],
)
def test_what_is_no_kernel_is_told_in_a_sentence(kernel: object, words: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as error:
        pf.challenge(kernel, dim=2, max_n=4)
    assert all(word in str(error.value) for word in words), error.value


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: pf.challenge("elu"), "dim=16"),
        (lambda: pf.challenge("elu", pf.problem("ov", dim=2), dim=3), "leave out dim"),
        (lambda: pf.challenge("elu", 3, dim=3), "the problem is 3"),
        (lambda: pf.challenge("elu", dim=2, max_n=1), "max_n = 1"),
        (lambda: pf.challenge("elu", dim=2, dtype="float8"), "'float8'"),
    ],
)
def test_what_is_no_question_is_told_in_a_sentence(ask: Callable[[], object], words: str) -> None:
    with pytest.raises(InputError, match=words):
        ask()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_states_meet_in_every_dtype_and_softmax_is_right(dtype: str) -> None:
    model = compiled(Spec(hard_question("ov", 2), 6, dtype))
    found = collision(model, BUILT_IN["elu"])
    assert found is not None
    assert collides_on(model, BUILT_IN["elu"], *found) is not None
    assert searched(model, BUILT_IN["softmax"]).verdict is Verdict.NOTHING


def test_the_room_is_opened_without_torch() -> None:
    code = "import sys, proofformer.challenge, proofformer.challenge.verdicts; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_is_asked_in_python() -> None:
    found = pf.challenge("elu", dim=2, max_n=8)
    assert isinstance(found, Challenge)
    assert found.verdict == "collision"
    assert pf.challenge("topk", pf.problem("ov", dim=2), max_n=3).verdict is Verdict.NOTHING


def test_a_kernel_that_is_wrong_by_chance_is_told_so() -> None:
    """Wrong on an instance, and right when it is asked again."""

    def odd(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        return sdpa(q, k, v, scale=scale, causal=causal) if len(q) == 1 else torch.zeros_like(v[:, :, : q.shape[2]])

    with pytest.raises(InputError, match="rightly when each is asked again by itself: make it deterministic"):
        pf.challenge(odd, dim=2, max_n=4)


def test_within_a_factor_one_answer_may_do_for_both() -> None:
    found = pf.challenge("elu", "max-ip", dim=6, max_n=8, gamma="3", bichromatic=True)
    assert all(finding.how is not How.COLLISION for finding in found.findings)
