"""Every claim is proved twice, the file for Coq is fresh, and each of its conclusions is false where it should be."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from prooflab.lemmas import (
    CLAIMS,
    Body,
    Lemma,
    coq_lemmas,
    counterexample,
    cvc5_says,
    question,
    refutes,
    unproved,
    z3_says,
)

FILE = Path(__file__).resolve().parents[3] / "proofs" / "coq" / "Obligations.v"

every_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)


@every_claim
def test_proof_by_polynomials(claim: Lemma) -> None:
    assert unproved(claim.body()) == []


@every_claim
def test_no_solver_finds_a_counterexample(claim: Lemma) -> None:
    text = question(claim.body())
    assert z3_says(text) == "unsat"
    assert cvc5_says(text) == "unsat"


def faults(claim: Lemma, index: int) -> Iterator[Body]:
    """One conclusion alone: with a right side larger by 1, then with each constant at each value tried."""
    body = claim.body()
    yield replace(body, shown=(body.shown[index].tightened(),))
    for name, constant in claim.constants.items():
        for value in constant.tries:
            changed = claim.body(**{name: value})
            yield replace(changed, shown=(changed.shown[index],))


@every_claim
def test_a_planted_fault_is_found_in_every_conclusion(claim: Lemma) -> None:
    for index, relation in enumerate(claim.body().shown):
        for body in faults(claim, index):
            found = counterexample(body)
            if found is not None:
                assert refutes(body, found)
                assert unproved(body)
                break
        else:
            pytest.fail(f"nothing makes this false: {relation}")


@every_claim
def test_statement_of_the_claim(claim: Lemma) -> None:
    assert claim.statement.endswith(".")
    assert 1 <= claim.section <= 8
    body = claim.body()
    symbols = {v.symbol for v in body.variables}
    assert len(symbols) == len(body.variables)
    used = set().union(*(r.left.free_symbols | r.right.free_symbols for r in (*body.assumed, *body.shown)))
    assert used <= symbols


def test_the_file_for_coq_is_fresh() -> None:
    names = [claim.name for claim in CLAIMS]
    assert len(set(names)) == len(names)
    assert FILE.read_text() == coq_lemmas(CLAIMS), "stale: run python bench/obligations.py"
