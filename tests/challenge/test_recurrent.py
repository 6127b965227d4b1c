"""Models with a state: what the search finds for small ones of one's own, stock ones, and for what is no model."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result

import proofformer as pf
from proofformer.challenge import forgetting
from proofformer.challenge.findings import Finding, How
from proofformer.challenge.forgetting import held, must_fail, remembers, same_state
from proofformer.challenge.instances import hard_question
from proofformer.challenge.recurrent import Recurrent, as_recurrent, stock_model
from proofformer.challenge.states import STOCK, state_size
from proofformer.challenge.stock import NAMES, StockModel
from proofformer.challenge.verdicts import Verdict
from proofformer.challenge.witness import DOCUMENTS, JSON, read_witness, replay
from proofformer.cli.main import cli
from proofformer.errors import InputError

DIM = 6
Bits = Any


@pytest.fixture(autouse=True, scope="module")
def soon_full() -> Iterator[None]:
    """No state here takes more than 16 documents to be full."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forgetting, "LONG", 32)
        yield


class All:
    """Keeps every document, so that nothing is found."""

    def start(self) -> Any:
        return np.zeros((0, DIM), np.uint8)

    def step(self, state: Any, rows: Bits) -> Any:
        return np.concatenate((state, rows))

    def state_bits(self, state: Any) -> bytes:
        return bytes(state.tobytes())

    def answer(self, state: Any, rows: Bits) -> bool:
        if len(rows) > 1:
            raise ValueError("one document asks")
        return bool((state.astype(int) @ rows.T == 0).any())


class Last(All):
    """Keeps three."""

    def step(self, state: Any, rows: Bits) -> Any:
        return super().step(state, rows)[-3:]


class Sums(All):
    """The sum of d d^T: polynomials of degree 2, so that halves of the 3-cube are the same."""

    def start(self) -> Any:
        return np.zeros((DIM, DIM))

    def step(self, state: Any, rows: Bits) -> Any:
        return state + rows.T.astype(float) @ rows

    def answer(self, state: Any, rows: Bits) -> bool:
        return bool(((rows @ state) * rows).sum(1).min() == 0)


class Cubes(Sums):
    """The sum of d d d d: degree 4, for which the 5-cube has the halves."""

    def start(self) -> Any:
        return np.zeros((DIM,) * 4)

    def step(self, state: Any, rows: Bits) -> Any:
        return state + np.einsum("ia,ib,ic,id->abcd", *([rows.astype(float)] * 4))

    answer = None  # type: ignore[assignment]


class Decays(Sums):
    """Forgets, a quarter at a time."""

    def start(self) -> Any:
        return np.zeros(DIM, np.float32)

    def step(self, state: Any, rows: Bits) -> Any:
        for row in rows:
            state = np.float32(0.75) * state + row
        return state

    def answer(self, state: Any, rows: Bits) -> bool:
        return False


class Says(Decays):
    """Answers by what its state_bits leave out."""

    def start(self) -> Any:
        return None, super().start()

    def step(self, state: Any, rows: Bits) -> Any:
        first, rest = state
        return rows[0] if first is None else first, super().step(rest, rows)

    def state_bits(self, state: Any) -> bytes:
        return super().state_bits(state[1])

    def answer(self, state: Any, rows: Bits) -> bool:
        return not (state[0] & rows).any()


class Raises(All):
    def step(self, state: Any, rows: Bits) -> Any:
        raise KeyError("x")


class Counts(All):
    def state_bits(self, state: Any) -> Any:
        return len(state)


class Chance(All):
    def state_bits(self, state: Any) -> bytes:
        return np.random.default_rng().bytes(8)


class Perhaps(Decays):
    def answer(self, state: Any, rows: Bits) -> Any:
        return "perhaps"


class Needs(All):
    def __init__(self, size: int) -> None:
        pass


class Keeps(Sums):
    """Each document once: the state is as large as there are different ones."""

    def start(self) -> Any:
        return frozenset()

    def step(self, state: Any, rows: Bits) -> Any:
        return state | {row.tobytes() for row in rows}

    def state_bits(self, state: Any) -> bytes:
        return b"".join(sorted(state))

    answer = None  # type: ignore[assignment]


class Shares(All):
    """One table for all states, which `start` clears."""

    table = np.zeros(1 << 16, np.uint8)

    def start(self) -> Any:
        self.table[:] = 0
        return self.table

    def step(self, state: Any, rows: Bits) -> Any:
        for row in rows:
            self.table[int.from_bytes(np.packbits(row).tobytes())] = 1
        return self.table

    answer = None  # type: ignore[assignment]


class Looks(All):
    @property
    def start(self) -> Any:  # type: ignore[override]
        raise ValueError("not yet")


class Edits(All):
    """Writes into what it is given."""

    def step(self, state: Any, rows: Bits) -> Any:
        state = super().step(state, rows)
        rows[:] = 7
        return state


def found(given: object, max_n: int = 40, name: str = "ov", **asked: Any) -> Any:
    return pf.challenge(given, name, dim=DIM, max_n=max_n, **asked)


@pytest.mark.parametrize(
    ("given", "verdict", "source", "read"),
    [
        (All, Verdict.NOTHING, None, None),
        (Last, Verdict.COLLISION, "small", 4),
        (Sums, Verdict.COLLISION, "small", 4),
        (Cubes, Verdict.COLLISION, "T4", 16),
        (Decays, Verdict.COLLISION, "stream", None),
        (Edits, Verdict.NOTHING, None, None),
    ],
)
def test_of_ones_own(given: type, verdict: Verdict, source: str | None, read: int | None) -> None:
    seen = found(given, 100 if given is Decays else 40, dtype="float32")
    assert seen.verdict is verdict
    same = next((finding for finding in seen.findings if finding.how is How.COLLISION), None)
    assert (None if same is None else same.source) == source
    if same is not None:
        confirmed(given(), same)
        assert read in (None, len(same.sets[1]))
    assert seen.state_bits == {All: None, Edits: None, Last: 8 * 3 * DIM, Sums: 64 * DIM**2}.get(given, seen.state_bits)


def confirmed(model: Any, same: Finding) -> None:
    """By hand: both sets leave one state, and a document of A is orthogonal to one of them, and not the other."""
    assert same.other is not None
    kept = []
    for rows in (same.sets[1], same.other):
        state = model.start()
        for row in rows:
            state = model.step(state, row[None].copy())
        kept.append(model.state_bits(state))
    assert kept[0] == kept[1]
    told = [bool((same.sets[0].astype(int) @ rows.T == 0).any()) for rows in (same.sets[1], same.other)]
    assert told[0] != told[1]
    assert [same.expected, same.other_expected] == ["yes" if told_one else "no" for told_one in told]


def test_halves_of_a_cube_are_found_where_few_documents_are_none() -> None:
    """Of degree 4, as `Cubes`, but too many documents for the instances of few."""
    same = found(Cubes()).findings[0]
    assert same.columns == 5 + 1
    assert {len(same.sets[1]), len(same.other)} == {16}


def test_sets_with_one_answer_are_no_witness() -> None:
    """Halves that are both told yes, at a threshold that is not the partners' own."""
    seen = found(Cubes(), 40, "farthest-pair", bichromatic=True, threshold=3)
    assert seen.verdict is Verdict.NOTHING


def test_what_follows_in_a_stream_leaves_the_answer_to_its_first_document() -> None:
    """Also where others than the document itself are near enough."""
    seen = found(Decays, 100, "closest-pair", bichromatic=True, threshold=2)
    assert seen.verdict is Verdict.COLLISION
    assert seen.findings[0].source == "stream"


def test_a_search_is_told_apart_by_its_value() -> None:
    seen = found(Decays, 100, "max-ip", bichromatic=True)
    assert seen.verdict is Verdict.COLLISION
    assert "value" in seen.findings[0].expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Raises, r"Raises\.step raises KeyError \('x'\): mend it"),
        (Counts, r"Counts\.state_bits returns \d+: return bytes"),
        (Chance, "reads the same documents twice, and its state_bits differ: make it deterministic"),
        (Perhaps, r"Perhaps\.answer returns 'perhaps': return True or False"),
        (Needs, r"Needs\(\) raises TypeError"),
        (Says, "answers otherwise with the same state_bits"),
        (Looks(), r"Looks\.start raises ValueError \(not yet\)"),
        (Shares, "states of Shares that are read by turns are mixed up"),
        (3, "is 3: name a function attention"),
        ("mamba9", "'mamba9' is unknown: choose one of softmax, .*, mamba, "),
    ],
)
def test_what_is_no_model(given: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        found(given, 100)


@pytest.mark.parametrize(
    ("given", "asked", "said"),
    [
        (Sums(), {"cost": "linear"}, "cost='linear' is not for Sums, which is a model with a state: leave it out"),
        (Sums(), {"layers": 2}, "layers=2 is not for Sums, which is no stock model"),
        ("elu", {"layers": 2}, "layers=2 is not for elu, which is no stock model"),
        ("mamba", {"layers": 65}, "layers is 65: for mamba choose a whole number from 1 to 64"),
        ("rwkv", {"layers": 1}, "layers is 1: for rwkv choose a whole number from 2 to 64"),
        ("mamba", {"seed": -1}, "seed is -1"),
        ("mamba", {"dtype": "float64"}, "'float64': for mamba choose one of float32"),
        (Sums(), {"name": "closest-pair", "question": "search"}, "ask a model with a state about two sets"),
        (Sums(), {"name": "max-ip", "gamma": "3", "bichromatic": True}, "and no gamma"),
        (Sums(), {"seed": "x"}, "seed is 'x'"),
        (Sums(), {"max_n": 0}, "max_n = 0"),
    ],
)
def test_bad_requests(given: object, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        found(given, **asked)


@pytest.mark.parametrize("dim", ["x", -1, 2.0, True, 10**30])
def test_another_dim_is_refused(dim: Any) -> None:
    with pytest.raises(InputError, match=r"dim is .*: choose a whole number from 1 to"):
        pf.challenge(Sums(), dim=dim)


class Settles(Sums):
    """Looks the same after the first two documents that it reads, but not when it reads them again."""

    def __init__(self) -> None:
        self.started = 0

    def start(self) -> Any:
        self.started += 1
        return super().start()

    def state_bits(self, state: Any) -> bytes:
        return super().state_bits(state) if self.started > 2 else b""


def test_the_search_goes_on_after_states_that_are_the_same_once_only() -> None:
    found = same_state(as_recurrent(Settles()), hard_question("ov", DIM), 8, lambda n: None)
    assert found is not None
    assert found.source == "small"


def test_a_state_that_is_larger_after_more_documents_has_no_bound() -> None:
    assert held(as_recurrent(Keeps()), hard_question("ov", 16)) is None


def test_where_there_are_few_documents() -> None:
    """Too few for draws of T3 that have more than one."""
    seen = pf.challenge("minimax", dim=2, max_n=4)
    assert all(finding.n <= 4 for finding in seen.findings)


def test_bounds_of_a_model() -> None:
    small, asked = as_recurrent(Decays()), hard_question("ov", DIM)
    bits = held(small, asked)
    assert bits == 32 * DIM
    assert must_fail(hard_question("ov", 16), bits) == found_at_16()
    assert must_fail(hard_question("ov", 16, bichromatic=True, question="decide"), bits) == found_at_16()
    assert must_fail(hard_question("max-ip", 16, bichromatic=True, threshold=3), bits) is None
    assert must_fail(asked, bits) is None
    assert pf.challenge(Never(), dim=16, max_n=4).verdict is Verdict.BOUND


def found_at_16() -> int:
    from proofformer.challenge.bounds import least_n, middle, one_pass

    return min(n for n in (least_n(middle(16), 32 * DIM), one_pass(16, 32 * DIM)) if n is not None)


class Never(Sums):
    """Eight bits of what was read, mixed so that few documents leave the same: but T1 tells that some do."""

    def start(self) -> Any:
        return 1

    def step(self, state: Any, rows: Bits) -> Any:
        for row in rows:
            state = (state * 48271 + int.from_bytes(np.packbits(row).tobytes())) % (2**31 - 1)
        return state

    def state_bits(self, state: Any) -> bytes:
        return int(state).to_bytes(4, "big")

    answer = None  # type: ignore[assignment]


@pytest.mark.parametrize("name", NAMES)
def test_stock_models_keep_what_their_formula_says(name: str) -> None:
    """And read in parts or at once alike, up to rounding."""
    stock = next(stock for stock in STOCK if stock.name == NAMES[name])
    asked = hard_question("ov", 16)
    for dtype in ("float32", "bfloat16"):
        model = stock_model(name, 16, dtype, layers=3)
        bits = held(model, asked)
        assert bits == state_size(stock, model.model.model.config, dtype).bits  # type: ignore[attr-defined]
    model = stock_model(name, 16, "float32", layers=2)
    rows = np.random.default_rng(0).integers(0, 2, (20, 16), np.uint8)
    apart, whole = model.read(rows), model.step(model.start(), rows)
    assert torch.allclose(apart.seen, whole.seen, atol=1e-4)
    assert not torch.allclose(model.read(rows[::-1].copy()).seen, whole.seen, atol=1e-4)


def test_streams_of_one_model_do_not_meddle() -> None:
    """Two that are read by turns, also where a class keeps the state in its layers."""
    model = stock_model("recurrentgemma", 8, "float32", layers=3)
    rows = np.random.default_rng(1).integers(0, 2, (2, 12, 8), np.uint8)
    alone = [model.bits(model.read(one)) for one in rows]
    states = [model.start(), model.start()]
    for k in range(12):
        states = [model.step(state, one[k : k + 1]) for state, one in zip(states, rows, strict=True)]
    assert list(map(model.bits, states)) == alone


def test_weights_are_those_of_the_seed() -> None:
    rows = np.random.default_rng(1).integers(0, 2, (5, 8), np.uint8)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    models = [stock_model("mamba", 8, "float32", seed=seed) for seed in (0, 0, 1)]
    assert torch.equal(before, torch.get_rng_state())
    one, same, other = (model.bits(model.read(rows)) for model in models)
    assert one == same != other


def test_a_readout_learns_what_is_there() -> None:
    """One document was read: whether it is the one that is asked for, a state of a few thousand bits can say."""
    model, rng = StockModel("minimax", 4), np.random.default_rng(0)
    with pytest.raises(InputError, match="not fitted"):
        model.answer(model.start(), np.ones((1, 4), np.uint8))
    rows = rng.integers(0, 2, (300, 1, 4), np.uint8)
    right = [bool(row[0, 0]) for row in rows]
    model.fit([(np.ones((1, 4), np.uint8), row) for row in rows], right)
    assert [model.answer(model.step(model.start(), row), np.ones((1, 4), np.uint8)) for row in rows] == right


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("witnesses") / "qwen"
    pf.challenge("qwen3next", dim=16, max_n=16, layers=2, seed=3).save(folder)
    return folder


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["challenge", *words], prog_name="proofformer")


def test_a_witness_is_replayed_elsewhere(witness: Path) -> None:
    made = read_witness(witness)
    assert made.files() == {name: (witness / name).read_bytes() for name in (JSON, DOCUMENTS)}
    assert made.made == {"layers": 2, "seed": 3}
    said = subprocess.run(
        [Path(sys.executable).with_name("proofformer"), "challenge", "--replay", witness, "--json"],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 1
    assert json.loads(said.stdout)["verdict"] == "collision"
    assert said.stderr == ""
    assert replay(witness, stock_model("qwen3next", 16, "float32", seed=1)).witness.verdict is Verdict.COLLISION
    [line] = run("--replay", str(witness), "elu").stderr.splitlines()
    assert "is a witness of qwen3next, and elu is a kernel: name such a model" in line


@pytest.mark.parametrize(
    "edit",
    [
        lambda said: said.update(made={"layers": 1, "seed": 3}),
        lambda said: said.update(made={"layers": 1 << 40, "seed": 0}),
        lambda said: said.pop("made"),
        lambda said: said.update(made={"dtype": 2, "seed": 0}),
        lambda said: said.update(kernel=said.pop("model")),
        lambda said: said["findings"][0].update(expected="no"),
    ],
)
def test_an_edited_witness(edit: Any, witness: Path, tmp_path: Path) -> None:
    for file in witness.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    said = json.loads((tmp_path / JSON).read_text())
    edit(said)
    (tmp_path / JSON).write_text(json.dumps(said, indent=1) + "\n")
    result = run("--replay", str(tmp_path))
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_a_model_of_ones_own_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(
        "import numpy as np\n"
        "class Sums:\n"
        "    def start(self): return np.zeros((6, 6))\n"
        "    def step(self, state, rows): return state + rows.T.astype(float) @ rows\n"
        "    def state_bits(self, state): return state.tobytes()\n"
    )
    result = run("mine.py:Sums", "--dim", "6", "--max-n", "9", "-o", "w")
    assert result.exit_code == 1
    assert "4 + 1 documents, ones in 3 columns: the answers are yes and no; whatever reads" in result.stdout
    assert "code of somebody's own" in run("--replay", "w").stderr
    assert "collision, it was: collision" in run("mine.py:Sums", "--replay", "w").stdout
    assert "Sums is a model with a state: name a kernel" not in run("mine.py:Sums", "--replay", "w").stderr


def test_what_does_not_hold_any_more() -> None:
    same = found(Sums()).findings[0]
    assert remembers(as_recurrent(Sums()), hard_question("ov", DIM), same) is not None
    assert remembers(as_recurrent(All()), hard_question("ov", DIM), same) is None
    wrong = next(finding for finding in found(Decays(), 100).findings if finding.how is How.AS_IS)
    assert remembers(as_recurrent(Decays()), hard_question("ov", DIM), wrong) is not None
    assert remembers(Recurrent("all", All()), hard_question("ov", DIM), wrong) is None
