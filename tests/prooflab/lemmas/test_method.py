"""The prover and the questions to solvers, on statements that are plainly true or false."""

from collections.abc import Callable
from fractions import Fraction

import pytest

from proofformer.errors import InputError, ProofError
from prooflab.lemmas import Body, Lemma, counterexample, cvc5_says, question, refutes, smt, unproved, z3_says
from prooflab.lemmas.claim import Workings


def claim_of(state: Callable[[Workings], None]) -> Lemma:
    return Lemma("example", "An example.", "nowhere", 1, {}, state)


def body_of(state: Callable[[Workings], None]) -> Body:
    return claim_of(state).body()


def relation(left: str, sign: str, right: str) -> Callable[[Workings], None]:
    """A relation of x >= 0, y in 1..3, z free and a bit."""

    def state(k: Workings) -> None:
        names = {
            "x": k.real("x", 0),
            "y": k.real("y", 1, 3),
            "z": k.real("z"),
            "bit": k.bit("bit"),
            "relu": k.relu,
        }
        k.show(eval(left, names), sign, eval(right, names))

    return state


TRUE = [
    ("x", ">=", "0"),
    ("2 * y", ">", "1"),
    ("3 - y", ">=", "0"),
    ("(y - 1) * (3 - y)", ">=", "0"),
    ("x + y", "<=", "x + 3"),
    ("z * z + 1", ">", "0"),
    ("bit * bit", "=", "bit"),
    ("relu(x - 5 * x)", "=", "0"),
    ("relu(relu(x) + y)", "=", "x + y"),
    ("x / y", "<=", "x"),
    ("1 / (4 - y)", "<=", "1"),
    ("(z + 1) ** 2", "=", "z * z + 2 * z + 1"),
]

FALSE = [
    ("x", ">", "0"),
    ("3 - y", ">", "0"),
    ("y", ">", "1"),
    ("(y - 1) * (3 - y)", ">", "0"),
    ("z", ">=", "0"),
    ("z * z", ">", "0"),
    ("x * z", ">=", "0"),
    ("bit", "=", "1"),
    ("relu(z)", "=", "z"),
    ("relu(x - 1)", "=", "x - 1"),
    ("x / y", "<", "x"),
    ("x", "=", "x + bit"),
]


@pytest.mark.parametrize("parts", TRUE, ids=" ".join)
def test_true_statements(parts: tuple[str, str, str]) -> None:
    claim = claim_of(relation(*parts))
    assert unproved(claim.body()) == []
    assert z3_says(question(claim.body())) == cvc5_says(question(claim.body())) == "unsat"


@pytest.mark.parametrize("parts", FALSE, ids=" ".join)
def test_false_statements(parts: tuple[str, str, str]) -> None:
    claim = claim_of(relation(*parts))
    assert unproved(claim.body())
    assert z3_says(question(claim.body())) == cvc5_says(question(claim.body())) == "sat"
    found = counterexample(claim.body())
    assert found is not None
    assert refutes(claim.body(), found)


def test_true_but_not_by_this_method() -> None:
    """A square that does not show in the coefficients: not proved is not false, and solvers may still prove it."""
    body = body_of(relation("x * x - 2 * x + 1", ">=", "0"))
    assert unproved(body)
    assert counterexample(body) is None


def test_values_outside_the_hypotheses_refute_nothing() -> None:
    def state(k: Workings) -> None:
        x = k.either("x", (0, 1), (3, 4))
        k.assume(x, ">=", Fraction(1, 2))
        k.show(x, "<", 4)

    body = body_of(state)
    assert refutes(body, {"x": Fraction(4)})
    for x in (Fraction(1), Fraction(2), Fraction(5), Fraction(1, 4)):
        assert not refutes(body, {"x": x})
    assert counterexample(body) == {"x": 4}


def test_whole_numbers_are_asked_about_as_integers() -> None:
    def state(k: Workings) -> None:
        x = k.whole("x", 1)
        k.show(2 * x, ">", 3)

    assert "(set-logic QF_LIA)" in question(claim_of(state).body())
    assert counterexample(body_of(state)) == {"x": 1}


def test_a_sign_that_is_none() -> None:
    with pytest.raises(ValueError, match="=="):
        body_of(lambda k: k.show(1, "==", 1))


def test_what_solvers_do_not_take() -> None:
    def state(k: Workings) -> None:
        import sympy

        k.show(sympy.exp(k.real("x")), ">", 0)

    with pytest.raises(ProofError, match="exp"):
        question(claim_of(state).body())


def test_a_missing_solver(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(smt, "import_module", missing)
    with pytest.raises(InputError, match="pip install 'proofformer\\[obligations\\]'"):
        z3_says("(check-sat)")


def test_irrational_values() -> None:
    def state(k: Workings) -> None:
        x = k.real("x", 1, 2)
        k.assume(x * x, "=", 2)
        k.show(x, ">", 2)

    with pytest.raises(ProofError, match="irrational"):
        counterexample(body_of(state))


def test_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def check(self) -> str:
            return "unknown"

    monkeypatch.setattr(smt, "_z3_solver", lambda text: Silent())
    with pytest.raises(ProofError, match="unknown"):
        counterexample(body_of(relation("x", ">=", "0")))
