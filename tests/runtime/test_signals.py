"""Signal by signal: the compiled model computes what the circuit means, not only the same answers."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cases import BICHROMATIC, CASES, CLOSEST, DTYPES, FEW, Case, small_sets
from tests.runtime.streams import check_streams

from proofformer.circuit import At, Builder, Circuit, Select, Signal, Term, agreement, either, inner, least, lower, most
from proofformer.planner import dtype_named, make_plan
from proofformer.problems import problem
from proofformer.runtime import Model, model_of
from proofformer.runtime.attention import reference

DIM, MAX_N = 3, 7

MORE_ROUNDS = [(CLOSEST, 2), (CLOSEST, 3), (BICHROMATIC, 2)]
PLANS = [
    *((case, None, DTYPES[k % len(DTYPES)]) for k, case in enumerate(CASES)),
    *((case, rounds, dtype) for case, rounds in [*((c, None) for c in FEW), *MORE_ROUNDS] for dtype in DTYPES),
]


def compiled(case: Case, rounds: int | None, dtype: str) -> Model:
    return model_of(case.problem(DIM), case.plan(DIM, MAX_N, dtype, rounds))


@settings(deadline=None, max_examples=5)
@given(data=st.data())
@pytest.mark.parametrize(("case", "rounds", "dtype"), PLANS, ids=str)
def test_streams(case: Case, rounds: int | None, dtype: str, data: st.DataObject) -> None:
    sets = case.legal(data.draw(small_sets(case.bichromatic, MAX_N, dim=DIM)))
    spare = MAX_N - sum(map(len, sets))
    before_a = data.draw(st.integers(0, spare))
    check_streams(compiled(case, rounds, dtype), sets, (before_a, data.draw(st.integers(0, spare - before_a))))


@pytest.mark.parametrize(("case", "rounds", "dtype"), PLANS[: len(CASES)], ids=str)
def test_streams_of_hand_made_instances(case: Case, rounds: int | None, dtype: str) -> None:
    model = compiled(case, rounds, dtype)
    for sets in case.instances(DIM, MAX_N).values():
        assert check_streams(model, sets) > 50


@pytest.mark.parametrize("case", [CLOSEST, BICHROMATIC], ids=str)
def test_streams_of_the_reference_backend(case: Case) -> None:
    for sets in case.instances(DIM, MAX_N).values():
        check_streams(compiled(case, 2, "bfloat16"), sets, attention=reference)


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
    assert check_streams(model, ([[0] * DIM, [1] * DIM],)) > 20


class RandomCircuit:
    """Any circuit the builder accepts: chains of selects, heads and gates, tables of both signs, signals unused.

    It asks no sensible question. Its point is its layout: slices of all widths and lives, reused as often as can be.
    """

    def __init__(self, seed: int, bichromatic: bool) -> None:
        self.rng = np.random.default_rng(seed)
        self.c = c = Builder(f"random {seed}", dim=DIM, max_n=MAX_N, bichromatic=bichromatic)
        self.documents = [c.first, c.second] if bichromatic else [c.first]
        self.bits: list[Signal] = [*self.documents, c.doc, c.place]
        self.flags: list[Signal] = [*self.documents]
        self.numbers: list[Signal] = [*self.documents]

    def draw(self, stop: int) -> int:
        return int(self.rng.integers(stop))

    def pick(self, signals: list[Signal]) -> Signal:
        return signals[self.draw(len(signals))]

    def pair(self) -> tuple[Signal, Signal]:
        a = self.pick(self.bits)
        return a, self.pick([s for s in self.bits if s.width == a.width])

    def reads(self) -> list[Signal]:
        return list({s.name: s for s in (self.pick(self.bits) for _ in range(1 + self.draw(2)))}.values())

    def objective(self) -> list[Term]:
        term = (agreement, inner)[self.draw(2)](*self.pair(), start=(None, self.draw(9))[self.draw(2)])
        return [most(term), least(self.pick(self.numbers))] if self.draw(2) else [least(term)]

    def select(self, name: str) -> None:
        reads, c = self.reads(), self.c
        by = self.pick(self.documents)
        chosen = c.select(name, by=by, among=self.pick(self.flags), order=self.objective(), read=reads)
        self.flags.append(chosen.found)
        self.bits += [chosen.found, *(chosen[s] for s in reads)]

    def attend(self, name: str) -> None:
        read = self.pick([s for s in self.bits if s.width == 1])
        order = [most(either(self.c.second, self.c.is_start)), most(read)] if self.draw(2) else [most(read)]
        noisy = self.c.attend(name, at=At.EVERY, order=order, read=read)
        self.bits.append(self.c.restore(f"{name}.bit", noisy, self.pick([read, *self.documents])))

    def count(self, name: str) -> None:
        gate = self.c.count_and if self.draw(2) else self.c.count_xor
        self.numbers.append(gate(name, *self.pair()))

    def lookup(self, name: str, x: Signal) -> None:
        width, lo = 1 + self.draw(3), -self.draw(4)
        out = self.c.lookup(name, x, {v: self.rng.integers(lo, 4, width).tolist() for v in range(x.lo, x.hi + 1)})
        if out.width == 1:
            self.numbers.append(out)

    def maximum(self, name: str) -> None:
        self.numbers.append(self.c.maximum(name, self.pick(self.numbers), self.pick(self.numbers)))

    def circuit(self) -> Circuit:
        c = self.c
        steps = [self.select, self.attend, self.count, self.count, self.maximum]
        for k in range(4 + self.draw(8)):
            step = self.draw(len(steps) + 1)
            if step == len(steps):
                self.lookup(f"n{k}", self.pick(self.numbers))
            else:
                steps[step](f"n{k}")
        best = c.select("best", among=self.pick(self.flags), order=self.objective(), read=[c.place, c.doc])
        self.lookup("readout", c.count_xor("far", best[c.doc], c.doc))
        asked = agreement(best[c.doc], c.doc)
        second = c.select("second", among=self.pick(self.flags), order=[most(asked)], read=self.reads())
        c.answer(decision=c.bits("bits", c.count_and("both", second.found, best.found)))
        whole = c.circuit()
        return lower(whole, {n.name: 1 + self.draw(3) for n in whole.nodes if isinstance(n, Select)})


@pytest.mark.parametrize("bichromatic", [False, True])
@pytest.mark.parametrize("seed", range(24))
def test_streams_of_random_circuits(seed: int, bichromatic: bool) -> None:
    random = RandomCircuit(seed, bichromatic)
    circuit = random.circuit()
    plan = make_plan(circuit, max_n=MAX_N, dtype=dtype_named(DTYPES[seed % len(DTYPES)]))
    model = model_of(problem("closest-pair", dim=DIM, bichromatic=bichromatic), plan)
    for n in (2, MAX_N - seed % 4):
        rows = random.rng.integers(0, 2, (n, DIM)).tolist()
        cut = 1 + random.draw(n - 1)
        sets = (rows[:cut], rows[cut:]) if bichromatic else (rows,)
        before_a = random.draw(MAX_N - n + 1)
        check_streams(model, sets, (before_a, random.draw(MAX_N - n - before_a + 1)))
