"""Every claim and constant is told, with break-even values that are: no counterexample before, one there."""

from dataclasses import replace
from fractions import Fraction
from types import ModuleType

import pytest
from tests.scripts import load_script

from prooflab.lemmas import CLAIMS, Lemma, counterexample, refutes, unproved

FOUND = load_script("bench/results.py").kept("obligations")
CASES = [(claim, name) for claim in CLAIMS for name in claim.constants]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("bench/obligations.py")


def test_claims_that_are_told(script: ModuleType) -> None:
    assert FOUND["claims"] == [script.told(claim) for claim in CLAIMS]
    assert [(row["claim"], row["constant"]) for row in FOUND["break_even"]] == [(c.name, name) for c, name in CASES]


@pytest.mark.parametrize(("claim", "name"), CASES, ids=lambda x: x if isinstance(x, str) else x.name)
def test_break_even_values(script: ModuleType, claim: Lemma, name: str) -> None:
    """The counterexample is checked as it stands: another version of z3 may find another."""
    constant = claim.constants[name]
    (row,) = (row for row in FOUND["break_even"] if (row["claim"], row["constant"]) == (claim.name, name))
    assert (row["source"], row["value"]) == (constant.source, script.number(constant.value))
    at = [script.number(value) for value in constant.tries].index(row["broken"])
    for value in constant.tries[:at]:
        assert counterexample(claim.body(**{name: value})) is None
    broken = claim.body(**{name: constant.tries[at]})
    values = dict(pair.split(" = ") for pair in row["where"].split(", ")) if broken.variables else {}
    assert refutes(broken, {variable: Fraction(value) for variable, value in values.items()})
    assert unproved(broken)


def test_a_constant_that_matters_nowhere_is_an_error(script: ModuleType) -> None:
    claim = next(c for c in CLAIMS if c.name == "inverse-of-e")
    harmless = replace(claim, constants={"inv_e": replace(claim.constants["inv_e"], tries=(Fraction(1),))})
    with pytest.raises(ValueError, match="inv_e"):
        script.broken(harmless, "inv_e")
