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
ERRORS = {"error", "refusal", "message", "sentence"}
OTHERS = {"where", "change", "args", "expected", "got"}
"""Those that name places, choices, arrays and answers too: a sentence in an attribute (`error.args[0]`), or as str."""
NODES = {"node", "head", "gate"}


def word(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def told(node: ast.expr) -> bool:
    """Whether a sentence is in it: an attribute or variable so named, or the words of an error."""
    return any(word(part) in SENTENCES | ERRORS for part in ast.walk(node) if isinstance(part, ast.expr))


def is_sentence(node: ast.expr) -> bool:
    """Whether it is one, as it is, as str(..), a part of it, or what a method makes of it."""
    if isinstance(node, ast.Call) and word(node.func) in ("str", "repr"):
        return any(map(told, node.args))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return is_sentence(node.func.value)
    if isinstance(node, ast.Subscript):
        of = node.value
        return is_sentence(of.value if isinstance(of, ast.Attribute) and of.attr == "args" else of)
    plain = OTHERS if isinstance(node, ast.Name) else {"args", "expected", "got"}
    return word(node) in (SENTENCES | ERRORS) - plain


def is_name(node: ast.expr) -> bool:
    """Whether it is what a node is called."""
    of = node.value if isinstance(node, ast.Attribute) and node.attr == "name" else node
    return word(of) in NODES


def reads(node: ast.expr) -> bool:
    """Whether a sentence, or the name of a node, is taken apart or compared with words here."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        of, method = node.func.value, node.func.attr
        pattern = word(of) == "re" or word(of).isupper() or method not in TAKES_APART
        if pattern and method in PATTERNS and any(map(told, node.args)):
            return True
        return method in TAKES_APART and word(of) != "re" and (told(of) or is_name(of))
    if isinstance(node, ast.Subscript):
        ends = node.slice.operand if isinstance(node.slice, ast.UnaryOp) else node.slice
        at = isinstance(ends, ast.Slice) or (isinstance(ends, ast.Constant) and isinstance(ends.value, int))
        return at and is_sentence(node.value)
    if isinstance(node, ast.Compare):
        return any(map(compares, node.ops, [node.left, *node.comparators], node.comparators))
    return False


def compares(how: ast.cmpop, left: ast.expr, right: ast.expr) -> bool:
    """Whether a sentence is searched, or compared with words; to be empty is none."""
    if isinstance(how, ast.In | ast.NotIn):
        return is_sentence(right) or (is_sentence(left) and any(map(words, getattr(right, "elts", []))))
    alike = isinstance(how, ast.Eq | ast.NotEq)
    return alike and ((is_sentence(left) and words(right)) or (words(left) and is_sentence(right)))


def words(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


def read_back(source: str) -> Iterator[int]:
    """The lines in which a sentence is read."""
    expressions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.expr))
    yield from sorted({node.lineno for node in expressions if reads(node)})


@pytest.mark.parametrize(
    "line",
    [
        "o.statement.startswith('every')",
        "str(error).partition(':')",
        "re.sub('a', 'b', refusal)",
        "re.split(':', refusal)",
        "label.where.removeprefix('clear ')",
        "'memory' in str(error)",
        "'memory' not in error.args[0].lower()",
        "word in s.change",
        "label[:3]",
        "refusal[-1]",
        "str(error)[0]",
        "'no' == refusal",
        "o.says != 'every bit'",
        "str(error) in ('no', 'yes')",
        "PATTERN.match(refusal)",
        "PATTERN.split(refusal)",
        "of['word'].search(o.says)",
        "node.partition('.')",
        "head.name.split('.')",
        "mutant.node.endswith('.round1')",
    ],
)
def test_what_reads_a_sentence_is_seen(line: str) -> None:
    assert list(read_back(line)) == [1]


@pytest.mark.parametrize(
    "line",
    [
        "tensor.endswith('.weight')",
        "re.split(',', line)",
        "PATTERN.match(line)",
        "text.startswith('#')",
        "error.args[0]",
        "signature.args[1]",
        "call.args[1:]",
        "where[:-1]",
        "self.expected[:, -1:]",
        "says[assumption]",
        "labels(tokens)[0]",
        "head in (None, form.where)",
        "change in mended",
        "where == 'last'",
        "type(error).__name__ == 'Killed'",
        "refusal == ''",
        "label == other.label",
        "label in names",
        "path.name.endswith('.json')",
    ],
)
def test_what_reads_none_is_not(line: str) -> None:
    assert not list(read_back(line))


FOREIGN = {
    "proofformer/artifacts/export_front.py": "the first line of what somebody else's runtime raised, which is told on",
    "proofformer/cli/main.py": "what somebody else's runtime raised: torch has no exception for a CPU out of memory",
    "proofformer/plugins.py": "a user's FILE.py:NAME",
}


def test_no_sentence_is_read_back() -> None:
    read = {str(file.relative_to(ROOT)): list(read_back(file.read_text())) for file in ROOT.rglob("*.py")}
    found = {file: lines for file, lines in read.items() if lines}
    assert found.keys() == FOREIGN.keys(), found
    assert all(len(lines) == 1 for lines in found.values())


def test_a_class_name_has_one_meaning() -> None:
    """No class or type of the library or of the laboratory is called as another of either."""
    places: dict[str, list[str]] = {}
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            names = [t.id for t in targets if isinstance(t, ast.Name) and t.id.lstrip("_")[:2].istitle() and t.id[1:]]
            for name in [node.name] if isinstance(node, ast.ClassDef) else names:
                places.setdefault(name, []).append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert not {name: where for name, where in places.items() if len(where) > 1}
