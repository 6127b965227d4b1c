"""`proofformer challenge`, and the numbers of docs/why-not-subquadratic.md."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from proofformer.challenge.bounds import EXACT, error_floor, least_n, middle, one_pass, tellable, two_way
from proofformer.challenge.families import MATCHED
from proofformer.challenge.states import STOCK, default_states
from proofformer.cli.main import cli

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "why-not-subquadratic.md").read_text()


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["challenge", *words], prog_name="proofformer")


def test_the_page_shows_what_is_printed() -> None:
    [block] = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    command, said = block.split("\n", 1)
    assert run(*command.split()[3:]).stdout == said


@pytest.mark.parametrize("name", MATCHED)
def test_every_problem(name: str) -> None:
    facts = json.loads(run("--state-bits", "20480", "--problem", name, "--json").stdout)
    assert facts["problem"]["name"] == name
    assert facts["kind"] == "proved for any weights"
    found = [(claim["theorem"], claim["documents"], claim["n"]) for claim in facts["must_fail"]]
    anything = [("T1", "any", 360)] if name in ("ov", "min-ip") else []
    assert found == [("T1", "half", 383), *anything, ("T2", "half", 781)]
    assert facts["floor"] == {"theorem": "T3", "n": 4096, "other": 4096, "r": 13, "error_at_least": 0.1521}


def test_the_error_at_n() -> None:
    facts = json.loads(run("--state-bits", "100", "--dim", "16", "--n", "64", "--json").stdout)
    assert facts["floor"]["error_at_least"] == float(error_floor(100, 64, 7))


def test_nothing_is_proved() -> None:
    said = run("--state-bits", "1000", "--dim", "4").stdout
    assert said.count("no n is proved") == 3
    assert "T3  no error is proved" in said
    assert run("--state-bits", "1", "--dim", "2", "--n", "4").exit_code == 0
    assert run("--state-bits", str(10**30), "--dim", "6").stdout.count("no n is proved") == 3


@pytest.mark.parametrize("bits", [1, 1 << 16, (1 << 16) + 1, 10**30])
@pytest.mark.parametrize("dim", [7, 20, 4096])
def test_it_takes_no_time(bits: int, dim: int) -> None:
    """However large the numbers are."""
    assert run("--state-bits", str(bits), "--dim", str(dim), "--json").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing to bound: pass --state-bits S"),
        (("--state-bits", "0"), "--state-bits"),
        (("--state-bits", "many"), "'many'"),
        (("--state-bits", "8", "--dim", "1"), "--dim"),
        (("--state-bits", "8", "--dim", "5000"), "5000"),
        (("--state-bits", "8", "--problem", "tsp"), "'tsp': choose one of ov"),
        (("--state-bits", "8", "--n", "0"), "--n"),
        (("--states", "--n", "3"), "leave out --state-bits and --n"),
        (("--states", "--state-bits", "3"), "leave out --state-bits and --n"),
    ],
)
def test_bad_input(words: tuple[str, ...], said: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert said in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_states() -> None:
    said, facts = run("--states").stdout, json.loads(run("--states", "--json").stdout)
    assert [row["name"] for row in facts["models"]] == [stock.name for stock in STOCK] * 2
    for row in facts["models"]:
        assert row["n"] == (None if row["bits_per_token"] else one_pass(64, row["bits"]))
        assert f"{row['bits']:,}" in said
    assert said.count("none: it grows") == 4
    assert run("--states", "--dim", "4").stdout.count("none proved") == 10


def test_the_table_of_states_on_the_page() -> None:
    pairs = zip(default_states("float32"), default_states("bfloat16"), strict=True)
    rows = []
    for sizes in pairs:
        bits = [f"{x.bits:,}" + (f" + {x.bits_per_token:,} a token" if x.bits_per_token else "") for x in sizes]
        at = ["" if x.bits_per_token else f"{one_pass(64, x.bits):,}" for x in sizes]
        rows.append(" | ".join([f"| {sizes[0].name}", *bits, *at]).replace(" |  | ", " | | ").rstrip() + " |")
    table = PAGE.split("## Sizes of real models")[1].split("|--:|\n")[1].split("\n\n")[0]
    assert table.splitlines() == rows


def test_numbers_on_the_page() -> None:
    flat, bits = " ".join(PAGE.split()), 20480
    n, any_n = least_n(middle(64), bits), one_pass(64, bits)
    assert f"l = 64 and S = {bits:,} the middle layer gives n = {n}, and this gives {any_n}." in flat
    assert f"D(64, {any_n - 1}) is at most the number of sets of up to {any_n - 1} documents" in flat
    assert f"must fail from n = {two_way(64, bits)} on" in flat
    counts = ", ".join(str(tellable(4)[k - 1]) for k in (1, 2, 3, 4, 6))
    assert f"at l = 4, with n = 1, 2, 3, 4, 6, they are {counts}." in flat
    assert f"up to l = 6, where there are {tellable(6)[-1]:,}." in flat
    assert f"Beyond {EXACT:,} bits" in flat
