"""The page of speed is what its script writes of the numbers that it keeps; seconds are asserted nowhere."""

import json
import sys

from tests.docs.pages import ROOT, text_of
from tests.scripts import load_script

sys.path.insert(0, str(ROOT / "bench"))
SCRIPT = load_script("bench/speed.py")
FOUND = json.loads((ROOT / "docs" / "speed.json").read_text())


def test_the_tables_are_those_of_the_numbers() -> None:
    page = text_of("speed.md")
    for part in FOUND.keys() & SCRIPT.PARTS:
        table = SCRIPT.PARTS[part][1]
        assert f"<!-- {part} -->\n" + "\n".join(table(FOUND[part])) + f"\n<!-- end {part} -->" in page
    assert FOUND["machine"] in page


def test_every_question_is_one_of_the_script() -> None:
    assert len(FOUND["questions"]) == len(SCRIPT.QUESTIONS)
    assert [f"{dim} {n}" for dim, sizes in SCRIPT.PEERS.items() for n in sizes] == list(FOUND["peers"])
    assert [str(n) for n in SCRIPT.LARGE] == list(FOUND["growth"])


def test_instances_are_ones_that_the_questions_take() -> None:
    for asked in SCRIPT.QUESTIONS:
        model = SCRIPT.pf.compile(**asked, dim=64, max_n=64)
        for name in ("fast", "sdpa"):
            model.attention = getattr(SCRIPT, name)
            sets = SCRIPT.instance(model, 60, 3)
            assert model.problem.accepts(tuple(sets) if len(sets) > 1 else sets[0], model.solve(*sets))
