"""`sat` and `reduce`: assignments that hold, formulas that nothing satisfies, questions that can be solved."""

import json
import sys

import numpy as np
import pytest

from proofformer.reductions.formulas import read_dimacs

FORMULA = "c an example\np cnf 6 7\n1 2 -3 0\n-1 -2\n 0 4 5 0 -4 6 0 3 -6 0 2 5 0 -5 1 0\n"


@pytest.fixture
def formula(here):
    (here / "f.cnf").write_text(FORMULA)
    (here / "no.cnf").write_text("p cnf 4 6\n1 2 0 1 -2 0 -1 3 0 -1 -3 4 0 -3 -4 0 2 4 0\n")
    (here / "twisted.cnf").write_text(
        "p cnf 3 8\n" + "".join(f"{a} {b} {c} 0\n" for a in (1, -1) for b in (2, -2) for c in (3, -3))
    )
    return here


def literals(output: str) -> tuple[int, ...]:
    words = [w for line in output.splitlines() if line.startswith("v ") for w in line.split()[1:]]
    assert words[-1] == "0"
    return tuple(map(int, words[:-1]))


@pytest.mark.parametrize("via", ["ov", "lsd", "min-ip", "max-ip"])
def test_a_formula_is_satisfied_or_not(formula, run, via, monkeypatch):
    monkeypatch.setitem(sys.modules, "pysat.solvers", None)
    result = run("sat", "f.cnf", "--via", via)
    assert result.exit_code == 10, result.output
    assert "\ns SATISFIABLE\n" in result.stdout
    assert read_dimacs("f.cnf").holds(literals(result.stdout))
    for file in ("no.cnf", "twisted.cnf"):
        result = run("sat", file, "--via", via)
        assert result.exit_code == 20, result.output
        assert result.stdout.endswith("s UNSATISFIABLE\n")
        result = run("sat", file, "--via", via, "--json")
        assert (result.exit_code, json.loads(result.stdout)["satisfiable"]) == (20, False)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("p cnf 3 1\n0\n", "s UNSATISFIABLE"),
        ("p cnf 2 0\n", "s SATISFIABLE"),
        ("p cnf 0 0\n", "s SATISFIABLE\nv 0"),
        ("p cnf 1 1\n1 0\n", "s SATISFIABLE\nv 1 0"),
        ("p cnf 1 1\n-1 0\n", "s SATISFIABLE\nv -1 0"),
        ("p cnf 1 2\n1 0 -1 0\n", "s UNSATISFIABLE"),
        ("p  cnf 9   9\n\n  1\n-2 0\t2 0\n", "s SATISFIABLE"),
    ],
)
@pytest.mark.parametrize("via", ["ov", "lsd", "max-ip"])
def test_degenerate_formulas(here, run, text, answer, via):
    (here / "f.cnf").write_text(text)
    result = run("sat", "f.cnf", "--via", via)
    assert result.exit_code == (20 if answer == "s UNSATISFIABLE" else 10), result.output
    assert answer in result.stdout
    if "s SAT" in answer:
        assert read_dimacs("f.cnf").holds(literals(result.stdout))


@pytest.mark.parametrize(
    ("text", "clauses", "header", "differs"),
    [
        ("c page one\f-1 0\np cnf 2 2\n1 0\n1 2 0\n", 2, {"variables": 2, "clauses": 2}, False),
        ("p cnf 2 4\n1 2 0\n-1 2 0\n", 2, {"variables": 2, "clauses": 4}, True),
        ("1 2 0\n", 1, None, False),
    ],
)
def test_the_answer_says_what_the_header_promised(here, run, text, clauses, header, differs):
    (here / "f.cnf").write_text(text)
    facts = json.loads(run("sat", "f.cnf", "--json").stdout)
    assert (facts["clauses"], facts["header"], facts["header_differs"]) == (clauses, header, differs)
    assert facts["satisfiable"] is True
    assert ("\nc the header says " in run("sat", "f.cnf").stdout) == differs
    assert ("\nthe header says " in run("reduce", "sat", "ov", "f.cnf", "-o", "out").stdout) == differs


@pytest.mark.parametrize("words", [("sat", "f.cnf"), ("reduce", "sat", "ov", "f.cnf", "-o", "out")])
@pytest.mark.parametrize("variables", [60, 40_000, 999_999_999])
def test_more_documents_than_there_can_be_are_refused_at_once(here, run, words, variables):
    (here / "f.cnf").write_text(f"p cnf {variables} 1\n1 2 0\n")
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert f"{variables} free variables" in result.stderr.replace(",", "")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("sat", "none.cnf"), "none.cnf: No such file"),
        (("sat", "rows.txt"), "ends within a clause"),
        (("sat", "f.cnf", "--via", "hash"), "--via 'hash' is unknown"),
        (("sat", "f.cnf", "--most", "8"), "may need 16 documents, more than 8"),
        (("reduce", "sat", "tsp", "f.cnf", "-o", "out"), "no reduction knows 'tsp'"),
        (("reduce", "min-ip", "ov", "rows.txt", "-o", "out"), "no reduction leads from min-ip to ov"),
        (("reduce", "sat", "ov", "f.cnf", "-o", "cp"), "cp exists"),
        (("reduce", "sat", "ov", "f.cnf", "--threshold", "2", "-o", "out"), "a formula takes no --threshold"),
        (("reduce", "sat", "ov", "f.cnf", "rows.txt", "-o", "out"), "a formula takes no second file"),
        (("reduce", "ov", "max-ip", "rows.txt", "-o", "out"), "pass orthogonal vectors of two sets"),
        (("reduce", "ov", "lsd", "rows.txt", "-o", "no/out"), "create it first"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(formula, run, words, sentence):
    result = run(*words)
    assert result.exit_code == 2, result.output
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (formula / "out").exists()


def test_without_python_sat_there_is_one_sentence(formula, run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pysat.formula", None)
    result = run("sat", "f.cnf")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: reading a .cnf file needs python-sat, which is not installed: pip install 'proofformer[sat]'\n"
    )


def test_what_reduce_writes_can_be_solved(formula, run):
    result = run("reduce", "sat", "max-ip", "f.cnf", "-o", "out")
    assert result.exit_code == 0, result.output
    facts = json.loads((formula / "out" / "reduction.json").read_text())
    assert facts["reduction"] == "half-assignments >> by-weight"
    names = [f"question-{k}.npz" for k in range(len(facts["questions"]))]
    assert {p.name for p in (formula / "out").iterdir()} == {"reduction.json", *names}
    for name, question in zip(names, facts["questions"], strict=True):
        with np.load(formula / "out" / name) as made:
            assert [len(made["A"]), len(made["B"])] == question["documents"]
            assert made["A"].shape[1] == question["l"] == question["problem"]["dim"]
            np.save("A.npy", made["A"])
            np.save("B.npy", made["B"])
    dim, n = str(question["l"]), str(sum(question["documents"]))
    assert run("compile", "max-ip", "--bichromatic", "--dim", dim, "--max-n", n, "-o", "model").exit_code == 0
    assert run("solve", "model", "A.npy", "B.npy").stdout.startswith("row ")
