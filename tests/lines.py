"""Lines of code by room, held to a budget: `make lines` prints them, and lowers the budget to what there is.

Lines are a cost: a budget is raised by hand, with the reason in the commit.
"""

import argparse
import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUDGET = Path(__file__).with_name("lines.json")
SLACK = 40
"""Lines that a room may lie below its budget before that has to follow."""


def room(path: Path) -> str:
    """The folder below `src/proofformer`; a whole package or folder elsewhere. Two rooms are counted by themselves."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    if parts[:2] == ("src", "proofformer"):
        engine = parts[2:4] == ("runtime", "engine")
        return "runtime/engine" if engine else parts[2] if len(parts) > 3 else "proofformer/*.py"
    return parts[1] if parts[0] == "src" else "bench and docs" if parts[0] in ("bench", "docs") else parts[0]


def lines() -> dict[str, int]:
    """Of every room."""
    found: dict[str, int] = {}
    files = [path for folder in ("src", "tests", "bench", "docs", "examples") for path in (ROOT / folder).rglob("*.py")]
    scripts = (ROOT / "src").rglob("*.js")
    for path in [*files, *scripts, *(ROOT / "proofs" / "coq").glob("*.v"), ROOT / "proofs" / "check"]:
        found[room(path)] = found.get(room(path), 0) + path.read_text().count("\n")
    return dict(sorted(found.items()))


def table(found: dict[str, int], budget: dict[str, int]) -> str:
    """One line a room: what it has, what it may have."""
    rows = [f"{name:20} {found.get(name, 0):7,} {budget.get(name, 0):7,}" for name in sorted(found | budget)]
    return "\n".join([f"{'room':20} {'lines':>7} {'budget':>7}", *rows])


def over(found: dict[str, int], budget: dict[str, int]) -> list[str]:
    """The rooms that have more lines than they may, or so many fewer that their budget has to go down."""
    return [k for k in found | budget if not 0 <= budget.get(k, 0) - found.get(k, 0) <= SLACK]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--set", action="store_true", help="lower each budget to what its room has")
    found, budget = lines(), json.loads(BUDGET.read_text())
    if options.parse_args().set:
        budget = {name: min(count, budget.get(name, count)) for name, count in found.items()}
        BUDGET.write_text(json.dumps(budget, indent=1) + "\n")
    print(table(found, budget))


if __name__ == "__main__":
    main()
