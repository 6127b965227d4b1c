"""The network in the browser: the same answers as `model.solve`, and the same signals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import proofformer as pf
from proofformer.circuit import Restore
from proofformer.problems import Problem
from proofformer.runtime.attention import sdpa
from proofformer.runtime.reads import first_misread
from proofformer.verify.instances import Sets
from proofformer.verify.instances.draws import draw_n, random_sets, sample

FIVE = {
    "pairs": pf.problem("closest-pair", dim=32),
    "a decision": pf.problem("ov", dim=32, question="decide"),
    "two sets": pf.problem("max-ip", dim=20, bichromatic=True),
    "a similarity": pf.problem("msd", dim=12),
    "a grid": pf.problem("closest-pair", dim=8, metric="sqeuclidean", levels=5),
}
MORE = {
    "maybe none": (pf.problem("ov", dim=16), {}),
    "a threshold of a root": (pf.problem("msd", dim=20, threshold="sqrt(1/2)"), {}),
    "no more than": (pf.problem("lsd", dim=12, metric="dice", threshold="1/3"), {}),
    "norms": (pf.problem("msd", dim=12, metric="jaccard", norms="2-5"), {}),
    "within a factor": (pf.problem("farthest-pair", dim=16, gamma="3/2"), {}),
    "two sets, a decision": (pf.problem("min-ip", dim=16, bichromatic=True, threshold=2), {}),
    "a wide grid": (pf.problem("farthest-pair", dim=5, metric="cityblock", levels=20), {}),
    "tokens that see themselves": (pf.problem("closest-pair", dim=10), {"mask": "inclusive"}),
    "bfloat16": (pf.problem("closest-pair", dim=16), {"dtype": "bfloat16"}),
    "float64": (pf.problem("msd", dim=20), {"dtype": "float64"}),
}
ANSWERS = """(many) => many.map((sets) => {
    const run = network.run(sets), exact = exhaustive(facts, sets);
    return [refusal(facts, sets), spelled(run.answer), spelled(exact), accepts(facts, run.answer, exact)];
})"""
SIGNALS = """(sets) => {
    const run = network.run(sets);
    const last = run.names.length - 1;
    const told = (name, read) =>
        run.names.slice(read ? -1 : 0).map((_, t) => [...network.signal(run, name, read ? last : t)]);
    return Object.fromEntries(Object.entries(facts.signals).map(([name, { read }]) => [name, told(name, read)]));
}"""


MISREAD = """(sets) => {
    const proved = network.run(sets);
    const found = misread(network, network.run(sets, { temperature: 1 / 8 }), proved);
    return found && { ...found, token: proved.names[found.token] };
}"""


def instances(asked: Problem, count: int, seed: int = 0) -> Iterator[Sets]:
    """Half of them random, half adversarial, of up to 64 documents."""
    rng = np.random.default_rng(seed)
    for number in range(count):
        n = draw_n(rng, 64, number)
        yield sample(asked, rng, n) if number % 2 else random_sets(rng, asked, n)


def check_answers(tab, drawn: list[Sets]) -> None:
    found = tab.evaluate(ANSWERS, [[rows.tolist() for rows in sets] for sets in drawn])
    for sets, (refused, answer, exact, accepted) in zip(drawn, found, strict=True):
        assert refused == ""
        assert accepted
        assert answer == str(tab.model.solve(*sets))
        assert exact == str(tab.model.problem.answer(*sets))


@pytest.mark.parametrize("name", FIVE)
def test_answers_are_those_of_solve(shown, name) -> None:
    tab = shown(FIVE[name])
    drawn = [*instances(FIVE[name], 100)]
    assert max(sum(map(len, sets)) for sets in drawn) >= 63
    check_answers(tab, drawn)
    for sets in drawn[:4]:
        check_signals(tab, sets)


@pytest.mark.parametrize("name", MORE)
def test_other_questions_masks_and_dtypes(shown, name) -> None:
    asked, spec = MORE[name]
    tab = shown(asked, **spec)
    drawn = [*instances(asked, 20, seed=1)]
    check_answers(tab, drawn)
    check_signals(tab, drawn[0])


def check_signals(tab, sets: Sets) -> None:
    """Exact signals are equal on every token; what was fetched where its gate asks is within the bound of its head."""
    model = tab.model
    trace, found = model.trace(*sets), tab.evaluate(SIGNALS, [rows.tolist() for rows in sets])
    gates = {gate.inputs[0]: gate.inputs[1:] for gate in model.plan.circuit.nodes if isinstance(gate, Restore)}
    assert found.keys() == trace.signals.keys()
    for name, values in trace.signals.items():
        if not trace.signal(name).noisy:
            np.testing.assert_array_equal(found[name], values, name)
    for head in model.plan.circuit.heads.values():
        bounds = model.plan.head(head.name).bounds
        for read in head.reads:
            asks = [np.array(trace.signals[flag])[:, 0] == 1 for flag in gates[read.output]]
            asks = asks[0] if asks else np.ones(len(trace.signals[read.output]), dtype=bool)
            got, bits = np.array(found[read.output])[asks], np.array(trace.signals[read.output])[asks] > 0.6
            assert ((got >= 0) & (got <= float(bounds.zero)))[~bits].all()
            assert ((got >= float(bounds.one_low)) & (got <= float(bounds.one_high)))[bits].all()


def test_a_wrong_weight_is_seen(shown) -> None:
    """The comparison above can fail: with one weight of a gate altered, answers differ."""
    asked = pf.problem("closest-pair", dim=6)
    tab, drawn = shown(asked, max_n=16), [sets for sets in instances(asked, 40) if len(sets[0]) <= 16]
    check_answers(tab, drawn)
    tab.evaluate("network.blocks.find((b) => b.mlp).mlp[1].factors[0] = 2")
    with pytest.raises(AssertionError):
        check_answers(tab, drawn)


@pytest.mark.parametrize("name", ["pairs", "a decision", "two sets", "two sets, a decision"])
def test_the_first_misread_bit_is_the_one_that_python_finds(shown, name) -> None:
    """At an eighth of the temperature, which a kernel has in Python."""
    asked = FIVE[name] if name in FIVE else MORE[name][0]
    tab, seen = shown(asked), 0

    def warm(q, k, v, *, scale, causal):
        return sdpa(q, k, v, scale=scale / 8, causal=causal)

    for sets in instances(asked, 20, seed=2):
        expected = first_misread(tab.model, sets, warm)
        found = tab.evaluate(MISREAD, [rows.tolist() for rows in sets])
        assert (found is None) == (expected is None)
        if expected is not None:
            got = {field: found[field] for field in ("head", "token", "signal", "component")}
            assert got == {field: getattr(expected, field) for field in got}
            assert (found["bit"], found["outside"]) == (expected.expected, expected.outside)
            assert found["got"] == pytest.approx(expected.got, rel=1e-4)
            seen += 1
    assert seen > 5


def test_bits_that_spell_no_answer_are_refused(shown) -> None:
    """As `Front.answers` and `confirm` refuse them: nothing else than a pair with its value is an answer."""
    tab = shown(pf.problem("closest-pair", dim=4), max_n=4)
    rows = [[[0, 0, 0, 0], [0, 0, 1, 1], [0, 1, 1, 1]]]

    def spelled(i: int, j: int, value: float, found: int = 1) -> str:
        bits = [*(i >> k & 1 for k in (0, 1)), *(j >> k & 1 for k in (0, 1))]
        value_bits = [value] * 3 if isinstance(value, float) else [value >> k & 1 for k in (0, 1, 2)]
        spell = "([bits, sets]) => spelled(network.spell(Float32Array.from(bits), sets))"
        return tab.evaluate(spell, [[*bits, *value_bits, found], rows])

    assert spelled(1, 2, 1) == "pair (1, 2), value 1"
    assert spelled(1, 2, 2) == "no answer: it gives rows 1 and 2 the value 2: it is 1"
    assert spelled(1, 1, 0) == "no answer: it names (1, 1), which is no pair"
    assert spelled(2, 1, 1) == "no answer: it names (2, 1), which is no pair"
    assert spelled(1, 3, 1) == "no answer: it names (1, 3), which is no pair"
    assert spelled(1, 2, 1, found=0) == "no answer: it names no pair, and there is one"
    assert spelled(1, 2, 0.5) == "no answer: an output bit is 0.5, neither 0 nor 1"
