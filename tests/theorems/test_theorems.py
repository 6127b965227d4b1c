"""Theorem files: they say what they prove, and no number in them is a weight."""

import ast
import inspect
from importlib import import_module
from pathlib import Path

import pytest
from tests.cases import CASES, Case

from proofformer import theorems
from proofformer.circuit import Circuit, Kind, Select
from proofformer.errors import InputError, ProofError
from proofformer.problems.problem import KINDS
from proofformer.theorems import THEOREMS, Theorem, circuit_for, pairs, statement_for, theorem_for

ALL = [theorem for _, theorem in THEOREMS]
FOLDER = Path(inspect.getfile(theorems)).parent
LEMMAS = FOLDER / "pairs.py"
FILES = sorted(p for p in FOLDER.glob("*.py") if p.name not in {"__init__.py", "theorem.py", "pairs.py"})


def cut_of(theorem: Theorem, cut: int = 1) -> int | None:
    return cut if theorem.question == "decide" else None


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
@pytest.mark.parametrize("title", ["Search", "Decision", "Proof", "Source"])
def test_sections(theorem: Theorem, title: str) -> None:
    text = theorem.section(title)
    assert len(text.split()) >= 7
    assert text.endswith(".")
    assert "\n" not in text
    assert not text.startswith(title)
    assert theorem.section("Corollary") == ""
    assert theorem.section(title[:-1]) == ""


@pytest.mark.parametrize("case", CASES, ids=str)
def test_statement_says_for_which_inputs_and_what(case: Case) -> None:
    asked = case.problem(70)
    theorem, statement = theorem_for(asked), statement_for(asked, 5000)
    said = "lexicographically smallest" if asked.question == "search" else "whether some pair"
    pairs = "pairs i in A, j in B" if asked.bichromatic else "pairs i < j"
    for text in ("{0,1}^70", "5,000", pairs, "the circuit answers: ", said):
        assert text in statement
    if asked.threshold is not None:
        assert f" {asked.cut} or " in statement
        assert " t or " not in statement
    other = theorem.section("Decision" if asked.question == "search" else "Search")
    assert other[1:] not in statement
    assert statement.count("\n") == 0
    assert "arXiv" in theorem.section("Source")


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
def test_lemma_is_the_one_of_its_question(theorem: Theorem) -> None:
    lemma = pairs.best_pair if theorem.question == "search" else pairs.some_pair
    assert theorem.lemma == " ".join((lemma.__doc__ or "").split())
    assert theorem.lemma.startswith("Let `score` ")
    assert " Proof: " in theorem.lemma
    assert theorem.lemma.endswith(".")


def test_each_problem_has_two_theorems_and_each_theorem_a_problem() -> None:
    assert [key for key, _ in THEOREMS] == [
        (kind.name, question, kind.metric) for kind in KINDS for question in ("search", "decide")
    ]
    assert {t.name for t in ALL} == {
        n for f in FILES for n in (f.stem.replace("_", "-"), f"{f.stem}_decide".replace("_", "-"))
    }
    for case in CASES:
        theorem = theorem_for(case.problem(3))
        assert theorem.name == case.name + ("" if case.question == "search" else "-decide")
        assert theorem.question == case.question


def test_a_problem_without_a_theorem(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Case("ov").problem(3)
    monkeypatch.setattr(theorems, "THEOREMS", THEOREMS[1:])
    with pytest.raises(InputError, match="no theorem answers ov, search, l = 3"):
        theorem_for(asked)


def imports_of(tree: ast.Module) -> set[str | None]:
    return {getattr(n, "module", None) for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)}


def check_no_number_is_written(tree: ast.Module) -> None:
    """No weight, radix, temperature or arithmetic; nothing is compared, chosen or repeated."""
    numbers = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and type(n.value) in (int, float)]
    assert numbers == []
    computing = (
        *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.AugAssign, ast.Compare, ast.Lambda, ast.If, ast.IfExp, ast.Match),
        *(ast.For, ast.While, ast.Try, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr),
    )
    annotations = {
        id(part)
        for n in ast.walk(tree)
        if isinstance(n, ast.arg | ast.AnnAssign) and n.annotation
        for part in ast.walk(n.annotation)
    }
    assert [type(n).__name__ for n in ast.walk(tree) if isinstance(n, computing) and id(n) not in annotations] == []


def code_of(tree: ast.Module) -> str:
    """The file without its docstrings and comments."""
    for n in ast.walk(tree):
        if isinstance(n, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(n) is not None:
            n.body = n.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_a_file_is_a_search_and_a_decision(file: Path) -> None:
    """Only calls of the circuit language and of other theorems, and no word on how many sets there are."""
    tree = ast.parse(file.read_text())
    check_no_number_is_written(tree)
    modules = imports_of(tree)
    assert "proofformer.circuit" in modules
    assert all(m == "proofformer.circuit" or str(m).startswith("proofformer.theorems.") for m in modules)
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    assert [f.name for f in functions] == [file.stem, f"{file.stem}_decide"]
    assert [[a.arg for a in f.args.args] for f in functions] == [["c"], ["c", "t"]]
    assert {type(n) for n in tree.body} <= {ast.Expr, ast.ImportFrom, ast.FunctionDef}


def test_the_lemmas_write_no_number_either() -> None:
    tree = ast.parse(LEMMAS.read_text())
    check_no_number_is_written(tree)
    assert imports_of(tree) == {"collections.abc", "dataclasses", "proofformer.circuit"}


@pytest.mark.parametrize("file", [*FILES, LEMMAS], ids=lambda f: f.stem)
def test_no_theorem_knows_how_many_sets_there_are(file: Path) -> None:
    code = code_of(ast.parse(file.read_text())).lower()
    for word in ("bichromatic", "is_document", "is_first", "is_second", "one_set", "two_sets", "kind", "dim", "max_n"):
        assert word not in code


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
@pytest.mark.parametrize("bichromatic", [False, True])
@pytest.mark.parametrize(("dim", "max_n"), [(1, 2), (7, 33)])
def test_circuits_of_every_size(theorem: Theorem, dim: int, max_n: int, bichromatic: bool) -> None:
    def make() -> Circuit:
        return theorem.circuit(dim=dim, max_n=max_n, bichromatic=bichromatic, cut=cut_of(theorem))

    circuit = make()
    assert circuit.name == theorem.name
    assert circuit == make()
    assert circuit.signals["place"].width == max(1, (max_n - 1).bit_length())
    assert ("is_second" in circuit.signals) is bichromatic
    fields = ["decision"] if theorem.question == "decide" else ["i", "j", "value", "found"]
    assert [out.field for out in circuit.outputs] == fields
    selects = [n.name for n in circuit.nodes if isinstance(n, Select)]
    assert selects == ([] if theorem.question == "decide" else ["partner", "best"])


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
def test_two_sets_change_the_flags_and_nothing_else(theorem: Theorem) -> None:
    """The nodes are the same, with other flags and supports."""
    one, two = (theorem.circuit(dim=4, max_n=9, bichromatic=b, cut=cut_of(theorem)) for b in (False, True))
    assert [n.name for n in one.nodes] == [n.name for n in two.nodes]
    assert one.outputs == two.outputs
    for name in one.signals.keys() & two.signals.keys():
        a, b = one.signals[name], two.signals[name]
        assert (a.width, a.lo, a.hi, a.noisy, a.at) == (b.width, b.lo, b.hi, b.noisy, b.at)
    for flag in ("hit", "partner.found"):
        if flag in two.signals:
            assert two.signals[flag].support == {Kind.FIRST}, "only a document of A finds or hits"


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
@pytest.mark.parametrize("cut", [None, 1])
def test_a_decision_has_a_threshold_and_a_search_none(theorem: Theorem, cut: int | None) -> None:
    if (cut is None) is (theorem.question == "search"):
        assert theorem.circuit(dim=2, max_n=4, cut=cut).name == theorem.name
    else:
        with pytest.raises(ProofError, match=f"theorem '{theorem.name}' got the threshold {cut}"):
            theorem.circuit(dim=2, max_n=4, cut=cut)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_circuit_for_a_problem(case: Case) -> None:
    asked = case.problem(5)
    theorem = theorem_for(asked)
    for dim in (None, 9):
        expected = theorem.circuit(
            dim=dim or 5, max_n=6, bichromatic=case.bichromatic, cut=asked.cut if case.question == "decide" else None
        )
        assert circuit_for(asked, 6, dim) == expected


def test_circuits_of_different_thresholds_differ() -> None:
    for theorem in ALL:
        if theorem.question == "decide":
            made = [theorem.circuit(dim=4, max_n=6, cut=cut) for cut in (0, 1, 4)]
            assert len({str(c.to_json()) for c in made}) == 3


def test_modules_import_alone() -> None:
    for file in FILES:
        module = import_module(f"proofformer.theorems.{file.stem}")
        for name in (file.stem, f"{file.stem}_decide"):
            assert callable(getattr(module, name))
