import json

import pytest

from prooflab.lemmas import CLAIMS
from prooflab.paper import CONSTRUCTIONS


def test_as_published_finds_the_counterexample(run):
    result = run("prove", "ov", "--as-published")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "**Theorem 4.1, ov**, without zero documents."
    assert "* Wrong at n = 2, l = 3, on the rows (0, 0, 1), (1, 1, 1)." in lines
    assert "* Outputs 2/5, 67/577, threshold 1/(n + 1) = 1/3: it says yes, the answer is no." in lines
    worked = "n^(-3 k) = 1/8, 1/8, 1 (the sentinel's) on values 1, 3, 0: (1/8 + 3/8) / (5/4) = 2/5."
    assert f"* Row 1: weights {worked}" in lines
    assert "* Wrong for n, l <= 4: 47 of 4,216 multisets." in lines
    assert lines[-1].startswith("1 reading, n <= 4, l <= 4: ")


def test_as_published_with_limits_that_cover_everything(run):
    result = run("prove", "ov", "--as-published", "--max-n", "2", "--dim", "2")
    assert result.exit_code == 0, result.output
    assert "No wrong answer among all 7 multisets with n <= 2, l <= 2." in result.stdout


def test_as_published_with_zero_documents(run):
    result = run("prove", "all", "--as-published", "--zeros", "--json")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["theorems"]
    assert len(rows) == sum(c.takes_zeros for c in CONSTRUCTIONS)
    assert {row["verdict"] for row in rows} == {"refuted"}
    assert all(row["zeros"] and row["counterexample"]["n"] == 2 for row in rows)


@pytest.mark.parametrize(("asked", "number"), [((), "`value.bits`: T(x) is"), (("--levels", "3"), "which count 1, 2")])
def test_a_page_says_how_to_run_it(run, asked, number):
    found = run("prove", "closest-pair", "--dim", "8", *asked, *(("--metric", "sqeuclidean") if asked else ()))
    assert found.exit_code == 0, found.output
    assert "    x_r <- x_r + W_O (sum over s < r of " in found.stdout
    assert "documents n-1..0" in found.stdout
    assert number in found.stdout
    assert " entries: " not in found.stdout


def test_a_page_of_another_size(run, tmp_path):
    for name in ("closest-pair", "msd"):
        result = run("prove", name, "--dim", "5", "--max-n", "9", "--out", str(tmp_path / "five"))
        assert result.exit_code == 0, result.output
        text = (tmp_path / "five" / f"{name}.md").read_text()
        assert "For all documents in {0,1}^5" in text
        assert "2 to 9 of them" in text
        assert ".svg" not in text
    result = run("prove", "all", "--dim", "5", "--out", str(tmp_path / "all"))
    assert "--dim has no place with --out" in result.output


def test_every_reading_is_shown(run):
    result = run("prove", "all", "--as-published")
    assert result.exit_code == 0, result.output
    assert all(f"**{c.label}**" in result.stdout for c in CONSTRUCTIONS)


@pytest.mark.parametrize("asked", [("closest-pair",), ("msd", "--threshold", "1/3"), ("ov", "--bichromatic")])
def test_a_theorem_is_shown_whole(run, asked):
    result = run("prove", *asked, "--dim", "6", "--max-n", "20")
    assert result.exit_code == 0, result.output
    for title in ("**Claim.** For all", "#### Circuit", "#### Weights in symbols", "#### Obligations", "**Proof.**"):
        assert title in result.stdout
    assert "score = b (" in result.stdout
    assert "$" not in result.stdout


def test_json_has_what_the_text_has(run):
    result = run("prove", "min-ip", "--threshold", "2", "--dim", "6", "--max-n", "20", "--json")
    assert result.exit_code == 0, result.output
    facts = json.loads(result.stdout)
    assert facts["problem"]["threshold"] == "2"
    assert facts["plan"]["max_n"] == 20
    known = {claim.name for claim in CLAIMS}
    assert all(set(duty["claims"]) <= known for duty in facts["obligations"])
    assert {row["reading"] for row in facts["published"]} == {"sentinel printed", "sentinel mended"}
    assert facts["weights"]
