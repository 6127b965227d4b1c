"""What decides a model: limits before any work, JSON and back, the command line that compiles it again."""

import json
import shlex
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from time import perf_counter
from typing import Any, get_type_hints

import pytest
from click.testing import CliRunner
from tests.cases import CASES, CLOSEST, Case

import proofformer as pf
from proofformer.arguments import ARGUMENTS, LARGEST_DIM, LARGEST_N
from proofformer.circuit import Node, Scope
from proofformer.cli.main import cli
from proofformer.compiler import MASKS, STRICT, Spec, inputs_of, plan_of
from proofformer.errors import InputError
from proofformer.problems import Problem
from proofformer.problems.problem import ProblemArguments

PLAIN = CLOSEST.problem(5)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_json_and_back(case: Case) -> None:
    spec = Spec(case.problem(5), 8, "float64", "inclusive")
    assert Spec.from_json(json.loads(json.dumps(spec.to_json()))) == spec


@pytest.mark.parametrize(
    "asked",
    [
        {"name": "closest-pair"},
        {"name": "closest-pair", "metric": "cityblock", "levels": 3, "bichromatic": True},
        {"name": "ov", "question": "decide"},
        {"name": "max-ip", "threshold": "7/2", "bichromatic": True},
        {"name": "msd", "threshold": "sqrt(1/2)", "metric": "jaccard"},
        {"name": "lsd", "metric": "dice", "norms": "1-3"},
        {"name": "msd", "gamma": "3/2"},
        {"name": "farthest-pair", "metric": "sqeuclidean"},
    ],
    ids=str,
)
@pytest.mark.parametrize(("dtype", "mask"), [("float32", "strict"), ("float64", "inclusive")])
def test_the_command_compiles_the_spec(asked: dict[str, Any], dtype: str, mask: str, tmp_path: Path) -> None:
    spec = Spec(pf.problem(**asked, dim=4), 9, dtype, mask)
    words = shlex.split(spec.command(str(tmp_path / "a model")))
    assert words[0] == "proofformer"
    result = CliRunner().invoke(cli, words[1:])
    assert result.exit_code == 0, result.output
    assert pf.load(tmp_path / "a model").spec == spec


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"max_n": 1}, "max_n = 1: choose a whole number from 2 to"),
        ({"max_n": LARGEST_N + 1}, f"max_n = {LARGEST_N + 1}: choose"),
        *(({"max_n": max_n}, f"max_n = {max_n}") for max_n in (8.0, True, None, 0, -5)),
        ({"dtype": "float8"}, "dtype 'float8' is not supported: choose one of float16, bfloat16"),
        ({"mask": "causal"}, "mask 'causal' is unknown: choose one of strict, inclusive"),
        (
            {"problem": CLOSEST.problem(LARGEST_DIM + 1)},
            f"dim = {LARGEST_DIM + 1}: a model takes at most {LARGEST_DIM}",
        ),
        ({"problem": CLOSEST.problem(10**9)}, "dim = 1000000000"),
    ],
    ids=str,
)
def test_what_no_model_has_is_refused_at_once(changes: dict[str, Any], why: str) -> None:
    start = perf_counter()
    with pytest.raises(InputError, match=why):
        Spec(**{"problem": PLAIN, "max_n": 8} | changes)
    assert perf_counter() - start < 1


@pytest.mark.parametrize("data", [None, [], {}, {"problem": PLAIN.to_json(), "max_n": 8, "dtype": "float32"}], ids=str)
def test_what_is_no_spec(data: object) -> None:
    with pytest.raises(InputError, match="a spec has problem, max_n, dtype and mask"):
        Spec.from_json(data)  # type: ignore[arg-type]


def test_arguments_are_spelled_once() -> None:
    """The table of words, the types of the keywords and the fields of a problem are the same names."""
    names = {argument.name for argument in ARGUMENTS}
    assert names == get_type_hints(ProblemArguments).keys()
    assert names == {field.name for field in fields(Problem)} - {"name", "dim", "task"}
    plain = Problem("ov", 5)
    assert all(getattr(plain, a.name) == a.default for a in ARGUMENTS if a.name != "question")


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_of_each_case(case: Case, mask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The spec alone says how many numbers a token has; and to plan it, no node is type-checked over and over: once as
    the theorem writes it, once more as what tokens see of it, and once as what the planner makes of it."""
    checked: Counter[Node] = Counter()

    def add(scope: Scope, node: Node, add: Callable[[Scope, Node], None] = Scope.add) -> None:
        checked[node] += 1
        add(scope, node)

    monkeypatch.setattr(Scope, "add", add)
    spec = Spec(case.problem(5), 13, mask=mask)
    plan = plan_of(spec)
    assert sum(signal.width for signal in plan.circuit.inputs) in inputs_of(spec)
    assert len(inputs_of(Spec(case.problem(5), 13))) == 1
    assert checked.keys() >= set(plan.circuit.nodes)
    assert max(checked.values()) <= (2 if mask == STRICT else 3)
