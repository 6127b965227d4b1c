"""Theorem files: they say what they prove, and no number in them is a weight."""

import ast
import inspect
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from tests.cases import CASES, Case

from proofformer import theorems
from proofformer.circuit import Circuit, Role, Select
from proofformer.errors import InputError
from proofformer.problems import problem
from proofformer.problems.kinds import KINDS, kinds
from proofformer.theorems import THEOREMS, Proven, circuit_for, pairs, similar_pairs, statement_for, theorem_for

ALL = [claim for theorem in dict.fromkeys(THEOREMS.values()) for claim in theorem.claims]
FOLDER = Path(inspect.getfile(theorems)).parent
LEMMAS = FOLDER / "pairs.py"
TEXTS = {"__init__", "theorem", "statement", "foreign"}
BESIDE = TEXTS | {"pairs", "similar_pairs", "grids", "cosine", "logarithms", "similarity"}
FILES = sorted(p for p in FOLDER.glob("*.py") if p.stem not in BESIDE)
STEMS = [file.stem for file in FILES]
REVERSED = {stem: stem.replace("max", "min").replace("closest", "farthest").replace("msd", "lsd") for stem in STEMS}
SIMILARITIES = {"msd", "lsd"}
SIMILAR = {"cosine", "jaccard", "dice"}


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
def test_texts(theorem: Proven) -> None:
    for text in (theorem.proof, theorem.source, theorem.lemma):
        assert len(text.split()) >= 7
        assert text.endswith(".")
        assert text == " ".join(text.split())
    assert len(theorem.says.split()) >= 5
    assert not theorem.says.endswith(".")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_statement_says_for_which_inputs_and_what(case: Case) -> None:
    asked = case.problem(70)
    theorem, statement = theorem_for(asked), statement_for(asked, 5000)
    said = "lexicographically smallest" if asked.question == "search" else "whether some pair"
    pairs = "pairs i in A, j in B" if asked.bichromatic else "pairs i < j"
    entries = "{0,1}^70" if case.levels == 1 else f"{{0,..,{case.levels}}}^70"
    for text in (entries, "5,000", pairs, "the circuit answers: ", said):
        assert text in statement
    if asked.threshold is not None:
        assert f" {asked.cut} or " in statement
        assert " t or " not in statement
    if case.is_similarity:
        assert f"{case.metric} similarity" in statement
        assert ("with 1, 35, 70 ones" if case.by_norm else "that are not all zero") in statement
    assert ("lexicographically" in statement) is (asked.question == "search")
    assert statement.count("\n") == 0
    assert not {"{t}", "{similarity}", ".."} & set(statement.split())
    assert "arXiv" in theorem.source


def test_a_statement_within_a_factor() -> None:
    statement = statement_for(problem("msd", dim=9, gamma="3/2"), 50)
    assert "a pair whose value is within a factor 3/2 of that of the lexicographically smallest pair that" in statement
    assert "factor" not in statement_for(problem("msd", dim=9), 50)


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
def test_lemma_is_the_one_of_its_question(theorem: Proven) -> None:
    if theorem.question == "decide":
        lemma: object = pairs.some_pair
    elif theorem.name in SIMILARITIES:
        lemma = similar_pairs.best_cosine
    else:
        lemma = similar_pairs.best_by_norm if theorem.name.endswith("-by-norm") else pairs.best_pair
    assert theorem.lemma == " ".join((lemma.__doc__ or "").split())
    assert theorem.lemma.startswith("Let ")
    assert " Proof: " in theorem.lemma
    assert theorem.lemma.endswith(".")


def test_each_problem_has_its_theorems_and_each_theorem_a_problem() -> None:
    assert set(THEOREMS) == set(KINDS)
    for kind, theorem in THEOREMS.items():
        assert kind in theorem.task
        assert theorem.decide is not None
        assert (theorem.by_norm is not None) is (kind.metric in SIMILAR)
    names = {name.replace("_", "-") for name in (*REVERSED, *REVERSED.values())}
    ends = {name: ["", "-decide"] + ["-by-norm"] * (name in SIMILARITIES) for name in names}
    assert {t.name for t in ALL} == {f"{name}{end}" for name in names for end in ends[name]}
    for case in CASES:
        theorem = theorem_for(case.problem(3))
        metric = f"-{case.metric}" if case.metric and not case.is_similarity else ""
        end = "-decide" if case.question == "decide" else "-by-norm" if case.by_norm else ""
        assert theorem.name == f"{case.name}{metric}{end}"
        assert theorem.question == case.question


def test_a_problem_without_a_theorem(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = Case("ov").problem(3)
    alone = replace(THEOREMS[kinds("ov")[0]], decide=None)
    monkeypatch.setattr(theorems, "THEOREMS", dict.fromkeys(alone.task, alone))
    assert theorem_for(asked).question == "search"
    with pytest.raises(InputError, match="no theorem answers ov, decide, l = 3"):
        theorem_for(Case("ov", "decide").problem(3))
    monkeypatch.setattr(theorems, "THEOREMS", {})
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
    allowed = {"dataclasses", "proofformer.circuit", "proofformer.problems.kinds", "proofformer.problems.numbers"}
    assert all(m in allowed or str(m).startswith("proofformer.theorems.") for m in modules)
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    arguments = {f.name: [a.arg for a in f.args.args] for f in functions}
    both = {file.stem, REVERSED[file.stem]}
    searches = {*both, *(f"{name}_by_norm" for name in both & SIMILARITIES)}
    assert arguments == {name: ["c"] for name in searches} | {f"{name}_decide": ["c", "t"] for name in both}
    assert {type(n) for n in tree.body} <= {ast.Expr, ast.ImportFrom, ast.FunctionDef, ast.Assign}
    first, *reverse = [ast.unparse(n) for n in tree.body if isinstance(n, ast.Assign) and isinstance(n.value, ast.Call)]
    assert first.startswith("THEOREM = Theorem(task=kinds(")
    assert len(reverse) == len(both) - 1
    assert all(text.startswith("REVERSED = replace(THEOREM, task=kinds(") for text in reverse)


@pytest.mark.parametrize("file", [LEMMAS, FOLDER / "grids.py", FOLDER / "similar_pairs.py"], ids=lambda f: f.stem)
def test_no_lemma_knows_how_many_sets_there_are(file: Path) -> None:
    code = code_of(ast.parse(file.read_text())).lower()
    for word in ("bichromatic", "is_document", "is_first", "is_second", "one_set", "two_sets", "kind", "max_n"):
        assert word not in code


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_no_theorem_knows_how_many_sets_there_are(file: Path) -> None:
    tree = ast.parse(file.read_text())
    tree.body = [n for n in tree.body if isinstance(n, ast.FunctionDef)]
    code = code_of(tree).lower()
    for word in ("bichromatic", "is_document", "is_first", "is_second", "one_set", "two_sets", "kind", "dim", "max_n"):
        assert word not in code


def fitting(theorem: Proven, bichromatic: bool = False) -> Case:
    """A case that the theorem answers."""
    found = next(c for c in CASES if theorem_for(c.problem(5)).name == theorem.name)
    return replace(found, bichromatic=bichromatic)


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
@pytest.mark.parametrize("bichromatic", [False, True])
@pytest.mark.parametrize(("dim", "max_n"), [(1, 2), (7, 33)])
def test_circuits_of_every_size(theorem: Proven, dim: int, max_n: int, bichromatic: bool) -> None:
    case = fitting(theorem, bichromatic)

    def make() -> Circuit:
        return theorem.circuit(case.problem(dim), max_n, dim)

    circuit = make()
    assert circuit.name == theorem.name
    assert circuit == make() == circuit_for(case.problem(dim), max_n)
    assert circuit.signals["place"].width == max(1, (max_n - 1).bit_length())
    assert ("is_second" in circuit.signals) is bichromatic
    value = ["shared", "norm_i", "norm_j"] if case.is_similarity else ["value"]
    fields = ["decision"] if theorem.question == "decide" else ["i", "j", *value, "found"]
    assert list(dict.fromkeys(out.field for out in circuit.outputs)) == fields
    selects = [n.name for n in circuit.nodes if isinstance(n, Select)]
    by_norm = [f"norm{b}.best" for b in case.norms(dim) or ()]
    assert selects == ([] if theorem.question == "decide" else [*by_norm, "partner", "best"])


@pytest.mark.parametrize("theorem", ALL, ids=lambda t: t.name)
def test_two_sets_change_the_flags_and_nothing_else(theorem: Proven) -> None:
    """The nodes are the same, with other flags and supports."""
    one, two = (theorem.circuit(fitting(theorem, b).problem(4), 9, 4) for b in (False, True))
    assert [n.name for n in one.nodes] == [n.name for n in two.nodes]
    assert one.outputs == two.outputs
    for name in one.signals.keys() & two.signals.keys():
        a, b = one.signals[name], two.signals[name]
        assert (a.width, a.lo, a.hi, a.noisy, a.at) == (b.width, b.lo, b.hi, b.noisy, b.at)
    for flag in ("hit", "partner.found"):
        if flag in two.signals:
            assert two.signals[flag].support == {Role.FIRST}, "only a document of A finds or hits"


def test_circuit_for_a_problem_of_another_size() -> None:
    for case in CASES[::7]:
        asked = case.problem(5)
        assert circuit_for(asked, 6, 5) == circuit_for(asked, 6)
        assert circuit_for(asked, 6, 9).signals["doc"].width == 9 * case.levels.bit_length()


def test_circuits_of_different_thresholds_differ() -> None:
    for case in (c for c in CASES if c.question == "decide" and c.name != "ov"):
        shares = (Fraction(1, 4), Fraction(1, 2), Fraction(1))
        made = [replace(case, share=share).circuit(4, 6) for share in shares]
        assert len({str(c.to_json()) for c in made}) == 3
