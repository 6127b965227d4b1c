"""The program beside `documents` agrees with it on the example's texts, and a planted wrong answer is found."""

import pytest
from tests.scripts import ROOT, load_script


@pytest.mark.parametrize("metric", ["cosine", "jaccard"])
def test_a_wrong_answer_is_found(metric: str) -> None:
    texts = load_script("bench/texts.py")
    folder = ROOT / "examples" / "documents"
    found, cost = texts.told(folder, metric)
    assert texts.differences(folder, found) == []
    assert min(cost.values()) > 0
    top = found["top"]
    assert texts.differences(folder, found | {"top": [top[1], top[0], *top[2:]]}) == ["pairs"]
    assert texts.differences(folder, found | {"ties": found["ties"] + 1}) == ["ties"]
    assert texts.differences(folder, found | {"documents": found["documents"][1:]}) == ["documents"]
    assert texts.differences(folder, found | {"keywords": found["keywords"][1:]}) != []


def test_words_are_cut_as_they_are_described() -> None:
    texts = load_script("bench/texts.py")
    assert texts.words_in("\\fBCat's don’t_O’Brien x2 na\u00efve".encode()) >= {"cat", "o'brien", "na\u00efve"}
    assert "x2" not in texts.words_in(b"x2 caf\xe9")
    assert "caf\u00e9" in texts.words_in(b"x2 caf\xe9")
