"""Theorems from outside: compiled as those of the package are, held against a brute force written here, or refused."""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from proofformer.artifacts.model_folder import proved
from proofformer.circuit import Builder, Gate, Part, Role, Row, Signal, Term, added, inner, most
from proofformer.circuit.gates import Signals, Type, Vector
from proofformer.circuit.networks import Network, Unit
from proofformer.compiler import planned
from proofformer.errors import InputError, ProofError
from proofformer.explain.duties import claims_of
from proofformer.explain.page import document, facts
from proofformer.plugins import laboratory
from proofformer.problems import Decision, PairAnswer, Problem, Task
from proofformer.runtime import Model, compile_model
from proofformer.theorems import (
    Claim,
    Theorem,
    best_pair,
    circuit_for,
    some_pair,
    statement_for,
    theorem_file,
    theorem_for,
)
from proofformer.verify.checks import adversarial, exhaustive, metamorphic, mutants, random
from proofformer.verify.instances import families_for
from proofformer.verify.instances.draws import costs, generator, sample
from proofformer.verify.instances.edges import edge_families
from proofformer.verify.instances.foreign import planted
from proofformer.verify.outcome import Outcome

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "lacks.py"
LACKS = theorem_file(EXAMPLE)
Sets = tuple[list[tuple[int, ...]], ...]


def unary(c: Builder, of: str, doc: Signal) -> list[Signal]:
    rungs = range(1, c.levels + 1)
    return [c.lookup(f"{of}{i}", row, lambda x: [int(x >= r) for r in rungs]) for i, row in enumerate(c.entries(doc))]


def shares(c: Builder, start: int | None = None) -> Term:
    bits = unary(c, "unary", c.doc)
    at = (start, *[None] * (len(bits) - 1))
    return added("common", *(inner(x, x, start=t) for x, t in zip(bits, at, strict=True)))


def common(c: Builder) -> None:
    def count(name: str, a: Signal, b: Signal) -> Signal:
        pairs = zip(unary(c, f"{name}.a", a), unary(c, f"{name}.b", b), strict=True)
        each = [c.count_and(f"{name}.of{i}", x, y).part() for i, (x, y) in enumerate(pairs)]
        return c.relu(name, Row(0, tuple(each)))

    best_pair(c, most(shares(c)), count, most)


def common_decide(c: Builder, t: int) -> None:
    some_pair(c, most(shares(c, start=t)))


COMMON = Theorem(
    task=Task("common", lambda a, b: np.minimum(a, b).sum(), prefers="most", symmetric=True),
    says="the lexicographically smallest pair that has the most in common",
    proof="The bits that two entries in unary share are as many as the smaller of them.",
    source="A test.",
    lemma="Let the bits be counted.",
    construct=common,
    decide=Claim("whether some pair has {t} or more in common", some_pair, common_decide),
)


class Minimum(Gate):
    """The smaller of two numbers, component by component: min(a, b) = lo + relu(b - lo) - relu(b - a)."""

    op = "minimum"

    def _type(self, inputs: Sequence[Signal]) -> Type:
        a, b = self._two(inputs)
        return a.width, min(a.lo, b.lo), min(a.hi, b.hi), a.support | b.support

    def meaning(self, values: Sequence[Vector]) -> Vector:
        return tuple(map(min, *values))

    def network(self, signals: Signals) -> Network:
        a, b = (signals[name] for name in self.inputs)
        units = []
        for i in range(a.width):
            units.append(Unit(Row(-b.lo, (Part(b.name, i, 1),)), ((i, 1),)))
            units.append(Unit(Row(0, (Part(b.name, i, 1), Part(a.name, i, -1))), ((i, -1),)))
        return Network(tuple(units), (b.lo,) * a.width)


def common_by_minima(c: Builder) -> None:
    """The same numbers, of the entries themselves."""

    def count(name: str, a: Signal, b: Signal) -> Signal:
        x, y = (c.relu(f"{name}.{of}", *c.entries(doc)) for of, doc in (("a", a), ("b", b)))
        return c.relu(name, Row(0, c.gate(Minimum(f"{name}.each", (x.name, y.name)))[:]))

    best_pair(c, most(shares(c)), count, most)


MINIMA = replace(COMMON, construct=common_by_minima)


def brute(sets: Sets, value: Callable[[tuple[int, ...], tuple[int, ...]], int], best: Any) -> PairAnswer:
    """From the definition alone."""
    pairs = product(*(range(len(rows)) for rows in (sets[0], sets[-1])))
    valued = [(value(sets[0][i], sets[-1][j]), (i, j)) for i, j in pairs if len(sets) == 2 or i < j]
    extreme = best(v for v, _ in valued)
    return PairAnswer(min(pair for v, pair in valued if v == extreme), extreme)


def lacked(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    return sum(x == 1 and y == 0 for x, y in zip(a, b, strict=True))


def shared(a: tuple[int, ...], b: tuple[int, ...]) -> int:
    return sum(map(min, a, b))


def small(levels: int, dim: int, two: bool, max_n: int) -> Iterator[Sets]:
    """Every input of two and three documents, and random ones of more, with many ties."""
    rows = list(product(range(levels + 1), repeat=dim))
    for n in (2, 3):
        for chosen in product(rows, repeat=n):
            yield from [(list(chosen[:k]), list(chosen[k:])) for k in range(1, n)] if two else [(list(chosen),)]
    rng = np.random.default_rng(0)
    for k in range(60):
        n = int(rng.integers(4, max_n + 1))
        pool = [rows[i] for i in rng.integers(len(rows), size=(2, 4, n)[k % 3])]
        chosen = [pool[i] for i in rng.integers(len(pool), size=n)]
        cut = int(rng.integers(1, n))
        yield (chosen[:cut], chosen[cut:]) if two else (chosen,)


def solved(model: Model, many: list[Sets]) -> list[PairAnswer | Decision]:
    """Instances of the same sizes side by side."""
    found: dict[int, PairAnswer | Decision] = {}
    sizes = [tuple(map(len, sets)) for sets in many]
    for size in set(sizes):
        chosen = [k for k, other in enumerate(sizes) if other == size]
        bits = model(*(torch.tensor([many[k][s] for k in chosen]) for s in range(len(size))))
        found |= zip(chosen, model.answers(bits, [size] * len(chosen)), strict=True)
    return [found[k] for k in range(len(many))]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("two", [False, True], ids=["one set", "two sets"])
@pytest.mark.parametrize(
    ("theorem", "levels", "value", "best"),
    [(LACKS, 1, lacked, min), (COMMON, 1, shared, max), (COMMON, 2, shared, max), (MINIMA, 2, shared, max)],
    ids=["lacks", "common", "common to 2", "minima to 2"],
)
def test_answers_are_those_of_the_definition(
    theorem: Theorem, levels: int, value: Any, best: Any, two: bool, dtype: str
) -> None:
    many = list(small(levels, 2, two, 9))
    expected = [brute(sets, value, best) for sets in many]
    search = theorem.problem(dim=2, bichromatic=two, levels=levels)
    model = compile_model(search, max_n=9, dtype=dtype)
    assert solved(model, many) == expected
    assert [search.answer(*map(np.array, sets)) for sets in many] == expected
    for t in range(2 * levels + 2):
        decide = theorem.problem(dim=2, bichromatic=two, levels=levels, threshold=t)
        yes = [Decision((e.value >= t) if best is max else (e.value <= t)) for e in expected]  # type: ignore[operator]
        few = slice(None, None, 1 + t)
        assert solved(compile_model(decide, max_n=9, dtype=dtype), many[few]) == yes[few]
        assert [decide.answer(*map(np.array, sets)) for sets in many[few]] == yes[few]


def test_a_large_one_and_the_words() -> None:
    asked = LACKS.problem(dim=64)
    X = np.random.default_rng(1).integers(0, 2, (300, 64))
    rows = [tuple(map(int, row)) for row in X]
    assert compile_model(asked, max_n=512).solve(X) == brute((rows,), lacked, min)
    assert statement_for(asked, 512) == (
        "For all documents in {0,1}^64, 2 to 512 of them (pairs i < j), the circuit answers: the lexicographically "
        "smallest pair whose second document lacks the fewest ones of its first, and how many."
    )
    decide = LACKS.problem(dim=64, threshold=3)
    assert statement_for(decide, 9).endswith("lacks 3 ones of its first or fewer.")
    assert [theorem_for(p).name for p in (asked, decide)] == ["lacks", "lacks-decide"]
    assert circuit_for(decide, 9).name == "lacks-decide"
    assert theorem_for(COMMON.problem(dim=3)).lemma == "Let the bits be counted."
    assert asked.label == "lacks, search, l = 64"
    assert "value" not in repr(asked)


def test_a_page() -> None:
    for theorem, more in product((LACKS, COMMON), ({}, {"threshold": 2, "bichromatic": True})):
        asked = theorem.problem(dim=8, **more)  # type: ignore[arg-type]
        plan = planned(asked, 64)
        text = "\n".join(document(asked, plan, laboratory("paper")))
        assert f"**Proof.** {theorem_for(asked).proof}" in text
        assert text.endswith("The paper has no unit for this question.")
        assert claims_of(asked) == ()
        assert json.loads(json.dumps(facts(asked, plan, laboratory("paper"))))["published"] == []


def checked(model: Model, counts: dict[Any, int]) -> Iterator[tuple[str, Outcome]]:
    for check, count in counts.items():
        for family, instances in check.families(model, count):
            yield family, check.run(model, family, 0, 0, instances)


@pytest.mark.parametrize("more", [{}, {"bichromatic": True}, {"threshold": 2}, {"threshold": 1, "bichromatic": True}])
@pytest.mark.parametrize("theorem", [LACKS, COMMON], ids=["lacks", "common"])
def test_every_check_says_what_it_can(theorem: Theorem, more: dict[str, Any]) -> None:
    torch.set_num_threads(1)
    model = compile_model(theorem.problem(dim=3, levels=1 + (theorem is COMMON), **more), max_n=24)
    found = dict(checked(model, {random: 6, adversarial: 24, exhaustive: 12, metamorphic: 16}))
    assert all(outcome.wrong == 0 for outcome in found.values()), {k: v.failure for k, v in found.items()}
    assert "keywords permuted" not in found
    assert {"batch", "padding", "backend", "dtype", "some documents", "dominated document"} <= set(found)
    assert ("documents permuted" in found) is (theorem is COMMON or "bichromatic" in more)
    assert ("sets exchanged" in found) is (theorem is COMMON and "bichromatic" in more)
    with pytest.raises(InputError, match="'keywords permuted' cannot be asked of this model here"):
        metamorphic.run(model, "keywords permuted", 0, 0, 1)


def test_mutants_of_a_foreign_model(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, few in (("PAIRS", 60), ("SMALL", 30), ("OF_EACH", 2), ("LARGE", 1), ("TIED", 1)):
        monkeypatch.setattr(mutants, name, few)
    model = compile_model(LACKS.problem(dim=3, bichromatic=True), max_n=6)
    (outcome,) = [outcome for _, outcome in checked(model, {mutants: 4})]
    assert (outcome.instances, outcome.wrong) == (4, 0)
    assert outcome.counts["wrong answer"] + outcome.counts["wrong signal"] > 0
    assert proved(model)[0]
    assert isinstance(LACKS.task, Task)
    task = replace(LACKS.task, value=lambda a, b: int((b > a).sum()))
    assert not proved(compile_model(replace(LACKS, task=task).problem(dim=3, bichromatic=True), max_n=6))[0]


@pytest.mark.parametrize("value", [lambda a, b: int((b > a).sum()), lambda a, b: int((a > b).sum()) + 1])
def test_a_value_that_the_circuit_disagrees_with_is_caught(value: Callable[[Any, Any], int]) -> None:
    """By every check that asks the oracle."""
    assert isinstance(LACKS.task, Task)
    other = replace(LACKS, task=replace(LACKS.task, value=value))
    model = compile_model(other.problem(dim=4), max_n=12)
    for check, count in ((random, 6), (adversarial, 12), (exhaustive, 8)):
        found = [outcome for _, outcome in checked(model, {check: count})]
        assert sum(outcome.wrong for outcome in found) > 0
        failure = next(outcome.failure for outcome in found if outcome.failure is not None)
        assert failure.asked == other.problem(dim=4).to_json()


@pytest.mark.parametrize("two", [False, True])
def test_pairs_are_planted(two: bool) -> None:
    """At the goal where a pool has it, and mostly alone; at the places asked for."""
    asked, alone = COMMON.problem(dim=8, levels=2, bichromatic=two), 0
    sizes = (5, 4) if two else (9,)
    places = {"first": (0, 0 if two else 1), "last": (4, 3) if two else (7, 8)}
    for k in range(60):
        where = ("first", "last")[k % 2]
        sets = planted(generator(0, "planted", k), asked, sizes, where, goal=9)  # type: ignore[arg-type]
        assert tuple(map(len, sets)) == sizes
        table = costs(asked, sets)
        assert abs(table[places[where]] + 9) <= 4
        best = np.argwhere(table == table.min())
        alone += len(best) == (1 if two else 2) and tuple(best[0]) == places[where]
    assert alone > 40


def test_values_of_one_set_are_those_of_pairs() -> None:
    """An asymmetric value is asked for in the order of the pair, wherever it stands in a table."""
    rows = np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]], np.uint8)
    table = costs(LACKS.problem(dim=3), (rows,))
    assert (table[0, 1], table[1, 0], table[0, 2], table[1, 2]) == (1, 1, 0, 0)
    assert costs(LACKS.problem(dim=3, bichromatic=True), (rows, rows))[1, 0] == 0


def test_every_family_makes_instances_of_its_size() -> None:
    for asked in (LACKS.problem(dim=1), COMMON.problem(dim=5, levels=3, bichromatic=True, threshold=4)):
        sizes = (2, 7) if asked.bichromatic else (2,)
        for family in families_for(asked):
            assert tuple(map(len, family.make(generator(0, family.name, 0), asked, sizes))) == sizes
        for edge in edge_families(asked):
            asked.instance(*edge.make(generator(0, edge.name, 0), asked, planned(asked, 9)))
        for k in range(20):
            assert sum(map(len, sample(asked, generator(0, "sample", k), 9))) == 9


def test_problems_cross_processes_and_files() -> None:
    asked = LACKS.problem(dim=4, threshold=1)
    other = pickle.loads(pickle.dumps(asked))
    assert (other.label, other.task.theorem.says) == (asked.label, LACKS.says)
    assert other.answer([[1, 0, 0, 0], [0, 0, 0, 0]]) == Decision(True)
    assert deepcopy(asked) == asked
    text = json.dumps(asked.to_json())
    assert isinstance(LACKS.task, Task)
    assert Problem.from_json(json.loads(text), LACKS.task) == asked
    for task in (None, COMMON.task):
        with pytest.raises(
            InputError, match=r"'lacks' is of a theorem that is not one of proofformer's: pass theorem="
        ):
            Problem.from_json(json.loads(text), task)  # type: ignore[arg-type]
    assert Problem.from_json({"name": "ov", "dim": 3}, LACKS.task).task is None


def test_two_theorems_of_one_task_are_two() -> None:
    other = replace(LACKS, construct=common)
    assert other.problem(dim=3) != LACKS.problem(dim=3)
    assert circuit_for(other.problem(dim=3), 4) != circuit_for(LACKS.problem(dim=3), 4)


def test_a_task_without_a_theorem_has_an_oracle_and_no_circuit() -> None:
    from proofformer.problems import problem

    bare = problem(Task("lone", lambda a, b: 1, "least", True), dim=2)
    assert bare.answer([[0, 0], [1, 0]]) == PairAnswer((0, 1), 1)
    with pytest.raises(InputError, match="no theorem answers lone, search, l = 2"):
        circuit_for(bare, 4)
    alone = replace(LACKS, decide=None)
    with pytest.raises(InputError, match="no theorem answers lacks, decide at 1, l = 2"):
        circuit_for(alone.problem(dim=2, threshold=1), 4)


def raising(c: Builder) -> None:
    {}["nothing"]


def throwing(error: BaseException) -> Callable[[Builder], None]:
    def construct(c: Builder) -> None:
        raise error

    return construct


def looking_at_nothing(c: Builder) -> None:
    c.answer(i=c.place, j=c.place, value=c.place, found=c.first)


def breaking(c: Builder) -> None:
    noisy = c.attend("some", at=c.doc.at, order=[most(c.first)], read=c.doc)
    c.answer(value=noisy)


def silent(c: Builder) -> None:
    c.answer(value=c.doc)


def test_constructions_that_cannot_be_used() -> None:
    line = raising.__code__.co_firstlineno + 1
    for kind, words in ((SystemExit(0), r"SystemExit \(0\)"), (GeneratorExit("x"), r"GeneratorExit \(x\)")):
        with pytest.raises(InputError, match=rf"the construction of lacks raises {words} at .*: mend it$"):
            circuit_for(replace(LACKS, construct=throwing(kind)).problem(dim=2), 4)
    with pytest.raises(KeyboardInterrupt):
        circuit_for(replace(LACKS, construct=throwing(KeyboardInterrupt())).problem(dim=2), 4)
    said = rf"the construction of lacks raises KeyError \('nothing'\) at .*test_foreign.py, line {line}: mend it$"
    with pytest.raises(InputError, match=said):
        circuit_for(replace(LACKS, construct=raising).problem(dim=2), 4)
    with pytest.raises(InputError, match=r"the construction of lacks raises TypeError \(.*argument.*\): mend it$"):
        circuit_for(replace(LACKS, construct=lambda: None).problem(dim=2), 4)  # type: ignore[arg-type, misc]
    with pytest.raises(ProofError, match=r"."):
        circuit_for(replace(LACKS, construct=breaking).problem(dim=2), 4)
    with pytest.raises(InputError, match=r"the circuit of lacks answers value: let it be i, j, value, found"):
        circuit_for(replace(LACKS, construct=silent).problem(dim=2), 4)
    with pytest.raises(InputError, match=r"the circuit of lacks looks at no document: ask for one by c.select"):
        circuit_for(replace(LACKS, construct=looking_at_nothing).problem(dim=2), 4)


def test_a_construction_that_is_another_each_time() -> None:
    times: list[int] = []

    def construct(c: Builder) -> None:
        times.append(0)
        LACKS.construct(c)
        c.relu(f"more{len(times)}", Row(1, c.first[:]))

    with pytest.raises(InputError, match="the construction of lacks differs from run to run: let it go by the Builder"):
        circuit_for(replace(LACKS, construct=construct).problem(dim=2), 4)


@pytest.mark.parametrize("says", ["what {x} is", "{t:>9}", "{t!r}", "{t.real}", "{0}", "{}", "{", "}"])
def test_says_has_nothing_else_in_braces(says: str) -> None:
    with pytest.raises(InputError, match=r"lacks says '.*': write {t} for the threshold, and {{ and }} for braces"):
        replace(LACKS, says=says)
    assert replace(LACKS, says="{t} of {{0, 1}}, {similarity}").claims[0].says


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"task": None}, "the task of a theorem is None: pass a Task"),
        ({"task": []}, r"the task of a theorem is \[\]: pass a Task"),
        ({"decide": common}, r"decide of a theorem is <function .*>: pass a Claim\(says, lemma, construct\)"),
        ({"by_norm": 3}, "by_norm of a theorem is 3: pass a Claim"),
        ({"says": 3}, "says of lacks is 3: write it as a text"),
        ({"proof": None}, "proof of lacks is None: write it as a text"),
        ({"construct": "x"}, "construct of lacks is 'x': pass a function of a Builder"),
    ],
    ids=str,
)
def test_theorems_of_the_wrong_parts(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        replace(LACKS, **wrong)


HALF = Fraction(1, 2)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda c: c.lookup("q", c.first, lambda v: [v / 2]), "lookup 'q' at 0 is 0.0, no whole number: pass an int"),
        (lambda c: c.lookup("q", c.first, lambda v: ["x"]), "lookup 'q' at 0 is 'x', no whole number"),
        (lambda c: c.relu("q", Row(0.5, c.first[:])), "the constant of a row is 0.5, no whole number"),
        (
            lambda c: c.relu("q", Row(0, (c.first.part().times(1.0),))),
            "the coefficient of 'is_document' is 1.0, no whole",
        ),
        (lambda c: c.relu("q", Row(HALF, c.first[:])), r"the constant of a row is Fraction\(1, 2\), no whole number"),
        (lambda c: c.bits("q", c.lookup("p", c.first, lambda v: [v * 10**30])), "lookup 'q.half' is of 0..10.*rows"),
    ],
)
def test_numbers_that_are_none(use: Callable[[Builder], object], said: str) -> None:
    def construct(c: Builder) -> None:
        use(c)

    with pytest.raises(ProofError, match=said):
        circuit_for(replace(LACKS, construct=construct).problem(dim=2), 4)


def test_numbers_of_numpy_are_numbers() -> None:
    one = np.int64(1)
    row = Row(np.int64(2), (Signal("s", 1, 0, 3).part().times(one),))
    assert row == Row(2, (Part("s", 0, 1),))
    assert {type(n) for n in (row.constant, row.parts[0].coefficient)} == {int}
    assert Row(0, [Part("s", 0, True)]).parts == (Part("s", 0, 1),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no file {file}: name a Python file that defines THEOREM"),
        ("1 / 0", "{file}, line 1 raises ZeroDivisionError (division by zero): mend it"),
        ("\n\nraise SystemExit(3)", "{file}, line 3 raises SystemExit (3): mend it"),
        ("import sys\n\nsys.exit(0)", "{file}, line 3 raises SystemExit (0): mend it"),
        (
            "class Odd(BaseException):\n    __str__ = None\n\n\nraise Odd",
            "{file}, line 5 raises Odd (it cannot say what): mend it",
        ),
        ("x = " + "(" * 5000 + ")" * 5000, "{file}"),
        ("# coding: nothing\n", "{file} is no Python ("),
        ("import json\n\njson.loads('{')", "{file}, line 3 raises JSONDecodeError ("),
        ("def f(:\n", "{file}, line 1 is no Python (invalid syntax): mend it"),
        ("\0", "{file}"),
        ("x = 1", "{file} has no THEOREM: end it in THEOREM = .."),
        ("THEOREM = 'ov'", "THEOREM in {file} is of type str: make it a Theorem("),
        ("from proofformer.problems import Task\n\nTask('ov', max, 'least', True)", "{file}, line 3: the name 'ov' is"),
        ("from proofformer.theorems.ov import THEOREM", "the name 'ov' is taken: give the THEOREM in {file} a Task"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str | None, said: str) -> None:
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InputError) as caught:
        theorem_file(file)
    assert str(caught.value).startswith(said.format(file=file)) or said.startswith("THEOREM")
    assert said.format(file=file) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "__pycache__").exists()


def test_a_file_that_imports_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside_mine.py").write_text("THEOREM = 7\n")
    (tmp_path / "mine.py").write_text("from beside_mine import THEOREM\n")
    before = [*sys.path]
    with pytest.raises(InputError, match="is of type int"):
        theorem_file(tmp_path / "mine.py")
    assert sys.path == before


def test_a_file_that_prints_and_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "import os\nprint('hello')\nos.chdir('/')\nTHEOREM = 3\n"
    (tmp_path / "mine.py").write_text(text)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="is of type int"):
        theorem_file("mine.py")
    assert Path.cwd() == tmp_path
    assert capsys.readouterr().out == ""


class Claims(Minimum):
    """More numbers than there are."""

    def _type(self, inputs: Sequence[Signal]) -> Type:
        return inputs[0].width, 0, 1, inputs[0].support


class Nowhere(Minimum):
    """On no token but START, as it says."""

    def _type(self, inputs: Sequence[Signal]) -> Type:
        return inputs[0].width, 0, 2, frozenset({Role.START})


class OneMore(Minimum):
    """By its network."""

    def network(self, signals: Signals) -> Network:
        made = super().network(signals)
        return replace(made, constant=tuple(x + 1 for x in made.constant))


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        (Claims, r"of \(2, 2\), \(2, 2\) is|is \(.*2.*\), and it says that it makes 2 numbers in 0\.\.1: mend it"),
        (Nowhere, r"is \(.*\) on .* tokens, which its support leaves out: mend it"),
        (OneMore, r"of \(0, 0\), \(0, 0\) means \(0, 0\), but its network computes \(1, 1\): mend it"),
    ],
)
def test_a_gate_of_ones_own_that_contradicts_itself_is_refused(
    monkeypatch: pytest.MonkeyPatch, kind: Any, why: str
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "Minimum", kind)
    with pytest.raises(ProofError, match=why):
        compile_model(MINIMA.problem(dim=2, levels=2), max_n=8)
