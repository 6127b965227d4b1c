"""The page has every claim and constant, with break-even values that are: no counterexample before, one there."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import ModuleType

import pytest
from tests.scripts import load_script

from prooflab.lemmas import CLAIMS, Claim, counterexample, refutes, unproved

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "obligations.md").read_text().splitlines()
CASES = [(claim, name) for claim in CLAIMS for name in claim.constants]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    return load_script("bench/obligations.py")


def test_claims_of_the_page(script: ModuleType) -> None:
    head, tail = PAGE.index("## Break-even values"), len(PAGE)
    rows = [line for line in PAGE[:head] if line.startswith("| [")]
    assert rows == [script.claim_row(claim) for claim in CLAIMS]
    assert sum(line.startswith("| ") for line in PAGE[head:tail]) == len(CASES) + 1
    assert "\n".join(PAGE).startswith(script.HEADER)
    assert script.BREAK_EVEN in "\n".join(PAGE)


@pytest.mark.parametrize(("claim", "name"), CASES, ids=lambda x: x if isinstance(x, str) else x.name)
def test_break_even_values_of_the_page(script: ModuleType, claim: Claim, name: str) -> None:
    """The counterexample on the page is checked as it stands: another version of z3 may find another."""
    constant = claim.constants[name]
    start = f"| {claim.name} | {name} | {constant.source} | {script.number(constant.value)} | "
    (row,) = (line for line in PAGE if line.startswith(start))
    false_at, where = row.removeprefix(start).removesuffix(" |").split(" | ")
    at = [script.number(value) for value in constant.tries].index(false_at)
    for value in constant.tries[:at]:
        assert counterexample(claim.body(**{name: value})) is None
    broken = claim.body(**{name: constant.tries[at]})
    values = dict(pair.split(" = ") for pair in where.split(", ")) if broken.variables else {}
    assert refutes(broken, {variable: Fraction(value) for variable, value in values.items()})
    assert unproved(broken)


def test_a_constant_that_matters_nowhere_is_an_error(script: ModuleType) -> None:
    claim = next(c for c in CLAIMS if c.name == "inverse-of-e")
    harmless = replace(claim, constants={"inv_e": replace(claim.constants["inv_e"], tries=(Fraction(1),))})
    with pytest.raises(ValueError, match="inv_e"):
        script.constant_row(harmless, "inv_e")
