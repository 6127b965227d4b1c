"""Print the table of bad input as Markdown: `.venv/bin/python tests/cli/bad_input_table.py`."""

import tempfile
from contextlib import chdir
from pathlib import Path

from test_bad_input import CASES, LONG, attempt, prepare


def rows() -> list[tuple[str, str, str]]:
    """(case, command, message) of every case, run afresh."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        prepare(Path(folder))
        results = [(case, attempt(case)) for case in CASES]
    return [
        (case.name, case.command.replace(LONG, "xxx.."), result.stderr.strip().replace(LONG, "xxx.."))
        for case, result in results
    ]


def main() -> None:
    print("| case | `proofformer ..` | message |")
    print("|---|---|---|")
    for row in rows():
        name, command, message = (cell.replace("|", "\\|") for cell in row)
        print(f"| {name} | `{command}` | {message} |")


if __name__ == "__main__":
    main()
