"""Words: sentences are rendered from data and never read back, and a class name means one thing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "src"
TAKES_APART = {"startswith", "endswith", "partition", "rpartition", "removeprefix", "removesuffix", "split", "rsplit"}
PATTERNS = {"sub", "match", "fullmatch", "search", "split", "findall", "finditer"}
SENTENCES = {"label", "statement", "says", "demands", "where", "change", "args", "expected", "got", "verdict", "why"}
"""Names of what is told to people."""


def told(node: ast.expr) -> bool:
    """Whether it is a sentence: an attribute or variable so named, or the words of an error."""
    for part in ast.walk(node):
        name = part.attr if isinstance(part, ast.Attribute) else part.id if isinstance(part, ast.Name) else ""
        if name in SENTENCES or name in ("error", "refusal", "message", "sentence"):
            return True
    return False


def read_back(source: str) -> Iterator[int]:
    """The lines in which a sentence is taken apart."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        of, method = node.func.value, node.func.attr
        pattern = isinstance(of, ast.Name) and of.id == "re" and method in PATTERNS
        if (method in TAKES_APART and not pattern and told(of)) or (pattern and any(map(told, node.args))):
            yield node.lineno


@pytest.mark.parametrize(
    "line",
    [
        "o.statement.startswith('every')",
        "str(error).partition(':')",
        "re.sub('a', 'b', refusal)",
        "label.where.removeprefix('clear ')",
    ],
)
def test_what_takes_a_sentence_apart_is_seen(line: str) -> None:
    assert list(read_back(line)) == [1]


def test_what_takes_names_and_files_apart_is_none() -> None:
    assert not list(read_back("tensor.endswith('.weight')\nre.split(',', line)\ntext.startswith('#')"))


FOREIGN = {
    "proofformer/artifacts/export_front.py": "the first line of what somebody else's runtime raised, which is told on",
    "proofformer/plugins.py": "a user's FILE.py:NAME",
}
ARGUMENTS = "prooflab/classes/equivalents.py"
"""Fit to mutants by their words, until a checker of stored bytes replaces them."""


def test_no_sentence_is_read_back() -> None:
    read = {str(file.relative_to(ROOT)): list(read_back(file.read_text())) for file in ROOT.rglob("*.py")}
    found = {file: lines for file, lines in read.items() if lines}
    assert len(found.pop(ARGUMENTS)) == 7
    assert found.keys() == FOREIGN.keys(), found
    assert all(len(lines) == 1 for lines in found.values())


def test_a_class_name_has_one_meaning() -> None:
    """No class of the library or of the laboratory is called as another of either."""
    places: dict[str, list[str]] = {}
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert not {name: where for name, where in places.items() if len(where) > 1}
