"""The page for whoever adds to proofformer: its examples run, its rooms are those there are."""

import re
from pathlib import Path
from typing import Any

import pytest

import proofformer as pf
from proofformer.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "internals.md").read_text()
EXPORT, KERNEL = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_a_format_of_ones_own(tmp_path: Path) -> None:
    names: dict[str, Any] = {}
    exec(EXPORT, names)
    form, file = names["Arrays"](), tmp_path / "m.npz"
    model = pf.compile("closest-pair", dim=4, max_n=8, dtype="bfloat16")
    form.write(model, file)
    form.write(model, file)
    rows = [[0, 0, 0, 1], [1, 1, 1, 0], [0, 0, 1, 1]]
    assert form.read(file).solve(rows) == model.problem.answer(rows)
    whole = file.read_bytes()
    for place in (len(whole) // 2, whole.index(b"PK\1\2") + 6, -1):
        raw = bytearray(whole)
        raw[place] ^= 64
        file.write_bytes(raw)
        with pytest.raises(InputError, match=r"m\.npz"):
            form.read(file)


def test_a_kernel_of_ones_own() -> None:
    exec(KERNEL, {})


def test_every_room_is_on_the_map() -> None:
    package = ROOT / "src" / "proofformer"
    rooms = {f"`{p.name}/`" for p in package.iterdir() if (p / "__init__.py").is_file()}
    files = {f"`{p.name}`" for p in package.glob("*.py") if p.name != "__init__.py"}
    told = set(re.findall(r"`[\w.]+/?`", PAGE.split("| room | what it is |")[1].split("\n\n")[0]))
    assert rooms | files <= told | {f"`{p.name}`" for p in package.glob("py.typed")}
    parts = {p.name for p in (ROOT / "src" / "prooflab").iterdir() if (p / "__init__.py").is_file()}
    assert all(f"`{part}`" in PAGE for part in parts)
