import subprocess
import sys

import matplotlib
import pytest
from matplotlib.figure import Figure

from proofformer.errors import InputError
from proofformer.explain.figure_files import figure_file, write_figure
from proofformer.explain.folder import write_pages
from proofformer.plugins import laboratory

MAGIC = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}


def drawing():
    figure = Figure(figsize=(2, 1))
    figure.add_axes((0, 0, 1, 1)).text(0.5, 0.5, "costs $1 or $2")
    return figure


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf", ".PNG", ".Svg"])
def test_the_file_is_the_same_each_time_and_nothing_else_is_left(tmp_path, suffix):
    written = []
    for name in ("a", "b"):
        target = figure_file(str(tmp_path / f"{name}{suffix}"))
        write_figure(target, drawing)
        written.append(target.read_bytes())
    assert written[0] == written[1]
    assert written[0].startswith(MAGIC[suffix.lower()])
    assert len(list(tmp_path.iterdir())) == 2
    if suffix.lower() == ".svg":
        assert b"costs $1 or $2" in written[0]


def test_a_figure_that_fails_leaves_the_old_file(tmp_path):
    target = tmp_path / "old.png"
    target.write_bytes(b"old")

    def broken():
        figure = drawing()
        figure.savefig = lambda part, **_: (part.write(b"half"), 1 / 0)
        return figure

    with pytest.raises(ZeroDivisionError):
        write_figure(target, broken)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("size", [(500, 1), (110, 110)])
def test_a_png_of_too_many_pixels_is_refused(tmp_path, size):
    with pytest.raises(InputError, match=r"pixels: name a file that ends in \.svg or \.pdf"):
        write_figure(tmp_path / "a.png", lambda: Figure(figsize=size))
    assert not list(tmp_path.iterdir())
    write_figure(tmp_path / "a.svg", lambda: Figure(figsize=size))


def test_a_figure_neither_changes_nor_heeds_the_settings(tmp_path, monkeypatch):
    write_figure(tmp_path / "a.png", drawing)
    for key, value in {"font.size": 31, "savefig.transparent": True, "text.usetex": True}.items():
        monkeypatch.setitem(matplotlib.rcParams, key, value)
    before = {key: matplotlib.rcParams[key] for key in matplotlib.rcParams if key != "backend"}
    write_figure(tmp_path / "b.png", drawing)
    assert {key: matplotlib.rcParams[key] for key in before} == before
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_pyplot_is_not_loaded(tmp_path):
    script = (
        "import sys; from pathlib import Path; from matplotlib.figure import Figure\n"
        "from proofformer.explain.figure_files import figure_file, write_figure\n"
        "write_figure(figure_file(sys.argv[1]), Figure)\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "a.png")], check=True)


def test_without_matplotlib(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(InputError, match=r"not installed: pip install 'proofformer\[figures\]'$"):
        figure_file(str(tmp_path / "a.png"))
    with pytest.raises(InputError, match="a figure needs matplotlib"):
        write_pages("ov", str(tmp_path / "pages"), laboratory("paper"))
    assert not (tmp_path / "pages").exists()
