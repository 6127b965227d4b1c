"""Theorem files: they say what they prove, and no number in them is a weight."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest
from tests.cases import CASES

from proofformer import theorems
from proofformer.circuit import Circuit
from proofformer.errors import InputError
from proofformer.theorems import THEOREMS, Theorem, theorem_for

ALL = [theorem for _, theorem in THEOREMS]
FOLDER = Path(inspect.getfile(theorems)).parent
FILES = sorted(p for p in FOLDER.glob("*.py") if p.name not in {"__init__.py", "theorem.py"})


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
@pytest.mark.parametrize("title", ["Statement", "Proof", "Source"])
def test_sections(theorem: Theorem, title: str) -> None:
    text = theorem.section(title)
    assert len(text.split()) >= 10
    assert text.endswith(".")
    assert "\n" not in text
    assert theorem.section("Corollary") == ""


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
def test_statement_says_for_which_inputs(theorem: Theorem) -> None:
    assert "2 <= n <= max_n" in theorem.section("Statement")
    assert "arXiv" in theorem.section("Source")


def test_each_theorem_has_a_file_and_each_problem_a_theorem() -> None:
    assert sorted(f.stem.replace("_", "-") for f in FILES) == sorted(t.name for t in ALL)
    for case in CASES:
        asked = case.problem(3)
        assert theorem_for(asked.name, asked.question, asked.metric) in ALL
    with pytest.raises(InputError, match="no theorem answers"):
        theorem_for("ov", "search", None)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_no_number_is_written_by_hand(file: Path) -> None:
    """Only an import of the circuit language, and calls to it: no weight, radix, temperature or arithmetic."""
    tree = ast.parse(file.read_text())
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    assert [getattr(n, "module", None) for n in imports] == ["proofformer.circuit"]
    numbers = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, int | float)]
    assert numbers == []
    arithmetic = ast.BinOp | ast.UnaryOp | ast.Compare | ast.Lambda | ast.If | ast.For | ast.While
    assert not [n for n in ast.walk(tree) if isinstance(n, arithmetic)]
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    assert [f.name for f in functions] == [file.stem]


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
@pytest.mark.parametrize(("dim", "max_n"), [(1, 2), (7, 33)])
def test_circuits_of_every_size(theorem: Theorem, dim: int, max_n: int) -> None:
    circuit = theorem.circuit(dim=dim, max_n=max_n)
    assert isinstance(circuit, Circuit)
    assert circuit.name == theorem.name
    assert circuit == theorem.circuit(dim=dim, max_n=max_n)
    assert circuit.signals["place"].width == max(1, (max_n - 1).bit_length())


def test_modules_import_alone() -> None:
    for file in FILES:
        assert callable(getattr(import_module(f"proofformer.theorems.{file.stem}"), file.stem))
