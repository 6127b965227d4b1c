"""The blocks in symbols are all of the weights and nothing else, and what is written of a block is that block."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofformer import problem
from proofformer.circuit.form_gates import Lookup
from proofformer.circuit.signals import form_range
from proofformer.compiler import Spec, plan_of
from proofformer.explain.patterns import written
from proofformer.explain.symbols import symbol_blocks
from proofformer.planner import Plan
from proofformer.planner.weights import numeric, symbolic
from proofformer.problems import Problem
from proofformer.problems.kinds import KINDS
from proofformer.problems.problem import QUESTIONS


def asked(dim: int, two: bool) -> list[Problem]:
    found = []
    for kind in KINDS:
        for question in QUESTIONS:
            more: dict[str, Any] = {}
            if question == "decide" and kind.target is None:
                more["threshold"] = "1/2" if kind.is_similarity else 1
            if question == "search" and kind.measure in ("jaccard", "dice"):
                more["norms"] = (1, 2)
            if kind.takes_levels:
                more["levels"] = 3
            found.append(problem(kind.name, metric=kind.metric, dim=dim, question=question, bichromatic=two, **more))
    return found


def planned(p: Problem, max_n: int = 9) -> Plan:
    return plan_of(Spec(p, max_n=max_n, dtype="float64" if p.metric == "cosine" else "float32"))


@pytest.mark.parametrize("dim", [2, 3, 5])
@pytest.mark.parametrize("two", [False, True])
def test_the_blocks_add_up_to_the_weights(dim: int, two: bool) -> None:
    import sympy

    for p in asked(dim, two):
        plan = planned(p)
        built: dict[str, dict[tuple[int, int], Any]] = defaultdict(lambda: defaultdict(int))
        for form in symbol_blocks(plan):
            symbols = [sympy.Symbol(s, positive=True, integer=True) for s in form.symbols.split()]
            for at, value in form.cells.items():
                built[form.tensor][form.places[at]] += sympy.Rational(value) * sympy.prod(symbols)
        for name, tensor in symbolic(plan).items():
            entries = {
                (r, c): tensor[r, c] for r in range(tensor.rows) for c in range(tensor.cols) if tensor[r, c] != 0
            }
            assert {at: v for at, v in built[name].items() if v != 0} == entries, (p.label, name)


def test_the_blocks_have_the_planned_numbers_in_two_rounds() -> None:
    plan = plan_of(Spec(problem("closest-pair", dim=64), max_n=300_000, dtype="float32"))
    assert plan.rounds == 2
    tensors = dict(numeric(plan))
    built = {name: np.zeros_like(t if t.ndim == 2 else t[:, None]) for name, t in tensors.items()}
    for form in symbol_blocks(plan):
        if not form.symbols:
            for at, value in form.cells.items():
                built[form.tensor][form.places[at]] += float(value)
    for name, tensor in tensors.items():
        if "query" not in name and "key" not in name:
            assert (built[name] == (tensor if tensor.ndim == 2 else tensor[:, None])).all(), name


@pytest.mark.parametrize("two", [False, True])
def test_a_form_does_not_depend_on_l(two: bool) -> None:
    """But for what is cleared, which depends on the dimensions that are used again; for small l, R may be in W_K."""
    for small, large in zip(asked(20, two), asked(40, two), strict=True):
        if small.kind.takes_levels or small.kind.is_similarity:
            continue  # One gate for each entry, or tables of l.
        keys = [
            [(*f.names, f.symbols) for f in symbol_blocks(planned(p)) if not f.where.startswith("clear")]
            for p in (small, large)
        ]
        assert keys[0] == keys[1], small.label


def test_nothing_is_listed() -> None:
    """Every block has a form, or a rule."""
    plain = [p for p in asked(64, False) if p.kind.measure in ("inner", "hamming")]
    for p in (*asked(6, False), *asked(13, True), *plain):
        for form in symbol_blocks(planned(p)):
            assert not form.listed, (p.label, form)
            assert " entries: " not in form.text


def test_a_changed_weight_changes_a_form() -> None:
    plan = planned(problem("closest-pair", dim=5))
    head = plan.heads[0]
    query = replace(head, shifts=tuple(1 if k == 2 else s for k, s in enumerate(head.shifts)))
    before = {f.text for f in symbol_blocks(plan)}
    assert {f.text for f in symbol_blocks(replace(plan, heads=(query, *plan.heads[1:])))} != before


def evaluated(text: str, rows: int, columns: int) -> np.ndarray:
    """What the text of a block says: a second reading of the language, without the code that writes it."""
    text, _, place = text.partition(" [")
    value = _product(text.strip() or "1")
    if not place:
        return value
    whole = np.zeros((rows, columns))
    spans = dict(re.findall(r"(rows|columns) ([\d.]+)", place))
    (r0, _), (c0, _) = (_ends(spans.get(side), n) for side, n in (("rows", rows), ("columns", columns)))
    whole[r0 : r0 + value.shape[0], c0 : c0 + value.shape[1]] = value
    return whole


def _ends(span: str | None, n: int) -> tuple[int, int]:
    if span is None:
        return 0, n
    first, _, last = span.partition("..")
    return int(first), int(last or first) + 1


def _product(text: str) -> np.ndarray:
    if " (x) " in text:
        left, _, right = text.partition(" (x) ")
        return np.kron(_product(left), _product(right))
    if text.startswith("-"):
        return -_product(text[1:])
    parts = re.findall(r"\([^)]*\)(?:\^T)?|\S+", text)
    value = np.ones((1, 1))
    for part in parts:
        value = value @ _atom(part) if value.shape != (1, 1) else value[0, 0] * _atom(part)
    return value


def _atom(part: str) -> np.ndarray:
    body, turned = part.removesuffix("^T"), part.endswith("^T")
    if body.startswith("I_"):
        return np.eye(int(body[2:]))
    if body.startswith("1_"):
        ones = np.ones((int(body[2:]), 1))
        return ones.T if turned else ones
    if not body.startswith("("):
        return np.array([[float(Fraction(body))]])
    lines = [_line(line) for line in body[1:-1].split("; ")]
    value = np.array(lines)
    return value.T if turned else value


def _line(line: str) -> list[float]:
    found: list[float] = []
    words = line.split(", ")
    for k, word in enumerate(words):
        if word == "..":
            a, b, c, last = found[-3], found[-2], found[-1], float(Fraction(words[k + 1]))
            step = b - a if b - a == c - b else None
            while found[-1] != last:
                found.append(found[-1] + step if step is not None else found[-1] * b / a)
            found.pop()
            continue
        times, _, number = word.rpartition(" times ")
        found += [float(Fraction(number))] * int(times or 1)
    return found


def dense(cells: dict[tuple[int, int], Fraction], rows: int, columns: int) -> np.ndarray:
    whole = np.zeros((rows, columns))
    for at, value in cells.items():
        whole[at] = float(value)
    return whole


@given(
    st.integers(1, 6),
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.sampled_from([-2, -1, 1, 2, 3])), min_size=1),
)
def test_small_blocks_read_back(rows: int, columns: int, entries: list[tuple[int, int, int]]) -> None:
    cells = {(r % rows, c % columns): Fraction(v) for r, c, v in entries}
    block = written(cells, rows, columns)
    if not block.listed:
        assert (
            evaluated("".join(token.text for token in block.times([])), rows, columns) == dense(cells, rows, columns)
        ).all(), block


def spelled(text: str, plan: Plan, name: str) -> str:
    """The text with the c_k and -k of a lookup in numbers, by what the page says of them."""
    gate = plan.circuit.gates.get(name)
    if not isinstance(gate, Lookup):
        return text
    table = {gate.lo + i: np.array(row) for i, row in enumerate(gate.table)}
    ends, most = (min(table), max(table)), form_range(gate.form, plan.circuit.signals)[1]
    c = {k: sum(f * table[min(max(k + d, ends[0]), ends[1])] for d, f in ((1, 1), (0, -2), (-1, 1))) for k in table}
    knots = [k for k in table if k < most and np.any(c[k])]
    rows = "; ".join(", ".join(str(c[k][i]) for k in knots) for i in range(len(gate.table[0])))
    return text.replace("(c_k)", f"({rows})").replace("(-k)^T", f"({', '.join(str(-k) for k in knots)})^T")


def test_the_blocks_of_the_theorems_read_back() -> None:
    """Each text, symbols left out, is the block it stands for."""
    for p in (*asked(5, False), *asked(13, True)):
        plan = planned(p)
        for form in symbol_blocks(plan):
            told = spelled(form.text, plan, form.where)
            text = " ".join(word for word in told.split(" ") if word.lstrip("-") not in form.symbols.split())
            if form.text.startswith("-") and not text.startswith("-"):
                text = f"-{text}"
            rows, columns = (max(at[k] for at in form.cells) + 1 for k in (0, 1))
            value = evaluated(text if text not in ("", "-") else f"{text}1", rows, columns)
            rows, columns = max(rows, value.shape[0]), max(columns, value.shape[1])
            whole = np.zeros((rows, columns))
            whole[: value.shape[0], : value.shape[1]] = value
            assert (whole == dense(dict(form.cells), rows, columns)).all(), (p.label, form)
