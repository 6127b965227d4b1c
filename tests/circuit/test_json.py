"""Circuits as JSON and back."""

import json

import pytest
from tests.cases import CASES, CLOSEST, Case

from proofformer.circuit import Circuit
from proofformer.errors import ProofError


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("rounds", [None, 1, 3])
def test_round_trip(case: Case, rounds: int | None) -> None:
    circuit = case.circuit(5, 8) if rounds is None else case.lowered(5, 8, rounds)
    text = json.dumps(circuit.to_json())
    again = Circuit.from_json(json.loads(text))
    assert again == circuit
    assert again.signals == circuit.signals
    assert json.dumps(again.to_json()) == text


def test_reading_runs_the_typing_rules() -> None:
    data = CLOSEST.lowered(5, 8, 2).to_json()
    heads = [n for n in data["nodes"] if n["node"] == "head"]
    heads[1]["order"].pop()
    with pytest.raises(ProofError, match="neither determine"):
        Circuit.from_json(data)


def test_an_altered_range_is_refused() -> None:
    data = CLOSEST.circuit(5, 8).to_json()
    value = next(n for n in data["nodes"] if n["node"] == "gate" and n["output"]["name"] == "value")
    value["output"]["range"] = [0, 4]
    with pytest.raises(ProofError, match="inputs give"):
        Circuit.from_json(data)
