"""The table of bad input: what is wrong, the command, and what the one sentence has to say.

`bad_input_table.py` prints it with the messages.
"""

import gzip
import hashlib
import json
import pickle
import shlex
import shutil
from collections.abc import Callable
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file, save_file

import proofformer
from proofformer.cli.main import cli

CP = "closest-pair --dim 4 --max-n 8"
MSD = "msd --dim 8 --max-n 8"
LONG = "x" * 300


@dataclass(frozen=True)
class Case:
    """`words` have to be in the message; the first is the value, file or option at fault."""

    name: str
    command: str
    words: tuple[str, ...]


CASES = (
    # The matrix.
    Case("an entry that is not 0/1", "solve model two.csv", ("2", "row 1, column 3", "0 or 1")),
    Case("a negative entry", "solve model minus.txt", ("-1", "row 0, column 0")),
    Case("a fraction", "solve model half.csv", ("0.5", "row 2, column 0")),
    Case("NaN", "solve model nan.npy", ("nan", "row 1, column 2")),
    Case("NaN in a text file", "solve model nan.csv", ("nan", "row 1, column 0")),
    Case("too wide", "solve model wide.txt", ("5 columns", "l = 4")),
    Case("one dimension", "solve model vector.npy", ("(4,)", "two dimensions")),
    Case("three dimensions", "solve model cube.npy", ("(2, 2, 4)", "two dimensions")),
    Case("one document", "solve model one.txt", ("1 row", "at least 2")),
    Case("more documents than max_n", "solve model many.txt", ("n = 9", "--max-n 9")),
    # The file it is in.
    Case("empty file", "solve model empty.csv", ("'empty.csv'", "empty file")),
    Case("empty array", "solve model nothing.npy", ("(0, 4)", "empty")),
    Case("only comments", "solve model comments.txt", ("'comments.txt'", "no rows")),
    Case("ragged csv", "solve model ragged.csv", ("3 entries", "line 2 of 'ragged.csv'")),
    Case("textual csv", "solve model words.csv", ("'no'", "line 2, column 3 of 'words.csv'")),
    Case("a csv with a header", "solve model header.csv", ("column 1 of 'header.csv'", "index=False")),
    Case("bytes that are no text", "solve model bytes.txt", ("'bytes.txt'", "UTF-8")),
    Case("unknown extension", "solve model rows.xlsx", ("'.xlsx'", ".npy, .npz, .csv, .tsv and .txt")),
    Case("pickled objects", "solve model objects.npy", ("'objects.npy'", "never unpickled")),
    Case("pickled objects in an npz", "solve model objects.npz", ("objects.npz", "never unpickled")),
    Case("truncated npy", "solve model cut.npy", ("'cut.npy'", "truncated")),
    Case("no npy at all", "solve model fake.npy", ("'fake.npy'", "np.save")),
    Case("no npz at all", "solve model fake.npz", ("'fake.npz'", "np.savez")),
    Case("several arrays in an npz", "solve model several.npz", ("a, b", "several.npz")),
    Case("missing input", "solve model absent.csv", ("'absent.csv'", "no file")),
    Case("input is a folder", "solve model folder", ("'folder'", "a directory")),
    Case("a name that is too long", f"solve model {LONG}.csv", (LONG, "too long")),
    # The model folder.
    Case("missing model", "solve absent rows.txt", ("absent", "proofformer compile")),
    Case("the model is a file", "solve rows.txt rows.txt", ("rows.txt", "no model folder")),
    Case("an empty folder", "inspect folder", ("folder/config.json", "missing")),
    Case("a model name that is too long", f"inspect {LONG}", (LONG, "too long")),
    Case("missing config.json", "solve no-config rows.txt", ("no-config/config.json", "missing")),
    Case("truncated config.json", "solve cut-config rows.txt", ("cut-config/config.json", "not JSON")),
    Case("binary config.json", "solve binary-config rows.txt", ("binary-config/config.json", "not JSON")),
    Case("config.json is a list", "solve list-config rows.txt", ("list-config/config.json", "format")),
    Case("max_n edited in config.json", "solve edited rows.txt", ("edited", "config.json", "11 numbers")),
    Case("hash edited in config.json", "solve hashless rows.txt", ("hashless/config.json", "'sha256' was altered")),
    Case("unknown format version", "solve version rows.txt", ("version 99", "version/config.json", "reads version 4")),
    Case("another format", "solve format rows.txt", ("format/config.json", "format 'proofformer-model'")),
    Case("missing weights", "solve no-weights rows.txt", ("no-weights/model.safetensors", "missing")),
    Case("truncated weights", "solve cut-weights rows.txt", ("cut-weights/model.safetensors", "was altered")),
    Case("empty weights", "solve empty-weights rows.txt", ("empty-weights/model.safetensors", "damaged")),
    Case("a flipped byte in the weights", "solve flipped rows.txt", ("flipped/model.safetensors", "was altered")),
    Case("weights of another problem", "solve swapped rows.txt", ("swapped/model.safetensors", "expected F32")),
    Case("weights of another size", "solve sized rows.txt", ("sized", "model.safetensors", "10 numbers")),
    Case("one weight doubled", "solve doubled rows.txt", ("doubled/model.safetensors", "was altered")),
    Case("weights of another dtype", "solve retyped rows.txt", ("F64", "retyped/model.safetensors", "F32")),
    Case("weights that are not finite", "solve infinite rows.txt", ("infinite/model.safetensors", "was altered")),
    # What to compile.
    Case(
        "unknown problem", "compile nearest --dim 4 --max-n 8 -o new", ("'nearest'", "ov, min-ip, max-ip, closest-pair")
    ),
    Case("no problem", "compile --dim 4 --max-n 8 -o new", ("PROBLEM",)),
    Case("a decision without a threshold", f"compile {CP} --question decide -o new", ("threshold", "--threshold T")),
    Case("a threshold out of range", f"compile {CP} --threshold 9/2 -o new", ("9/2", "0 to 4")),
    Case("a negative threshold", f"compile {CP} --threshold -1 -o new", ("-1", "0 to 4")),
    Case("a threshold that is no number", f"compile {CP} --threshold few -o new", ("'few'", "a fraction such as 7/2")),
    Case(
        "a threshold with a huge exponent", f"compile {CP} --threshold 1e999999999 -o new", ("'1e999999999'", "exactly")
    ),
    Case("a threshold over nothing", f"compile {CP} --threshold 3/0 -o new", ("'3/0'", "exactly")),
    Case(
        "a threshold in a search", f"compile {CP} --question search --threshold 2 -o new", ("2", "ask for a decision")
    ),
    Case(
        "a threshold for ov", "compile ov --threshold 0 --dim 4 --max-n 8 -o new", ("0", "always asks for the value 0")
    ),
    Case("one file for two sets", "solve two rows.txt", ("two sets", "pass A and B")),
    Case("two files for one set", "solve model rows.txt rows.txt", ("one set", "bichromatic")),
    Case("two sets of different width", "solve two rows.txt wide.txt", ("4 columns", "5")),
    Case("too many documents in two sets", "solve two many.txt many.txt many.txt", ("many.txt",)),
    Case("more than max_n in two sets", "solve two many.txt many.txt", ("n = 18", "--max-n 18")),
    Case("unknown question", f"compile {CP} --question why -o new", ("'why'", "--question search")),
    Case("unknown metric", f"compile {CP} --metric cosine -o new", ("'cosine'", "hamming")),
    # Similarities, grids, factors.
    Case("unknown similarity", f"compile {MSD} --metric hamming -o new", ("'hamming'", "cosine, jaccard, dice")),
    Case("cosines too near", "compile msd --dim 64 --max-n 8 -o new", ("msd (cosine)", "--dtype float64")),
    Case("jaccard without norms", f"compile {MSD} --metric jaccard -o new", ("jaccard", "--norms 3,4,8")),
    Case("a norm beyond l", f"compile {MSD} --norms 3,9 -o new", ("9",)),
    Case("norms of no number", f"compile {MSD} --norms few -o new", ("few",)),
    Case("norms for distances", f"compile {CP} --norms 2 -o new", ("closest-pair", "leave them out")),
    Case("a similarity beyond 1", f"compile {MSD} --threshold sqrt(2) -o new", ("sqrt(2)", "0 to 1")),
    Case("a factor of 1", f"compile {MSD} --gamma 1 -o new", ("1",)),
    Case("a factor for a decision", f"compile {MSD} --gamma 2 --threshold 1/2 -o new", ("2", "leave it out")),
    Case("a factor for ov", "compile ov --dim 4 --max-n 8 --gamma 2 -o new", ("2", "leave it out")),
    Case("levels for Hamming", f"compile {CP} --metric hamming --levels 3 -o new", ("3", "sqeuclidean or cityblock")),
    Case("levels without a metric", f"compile {CP} --levels 3 -o new", ("3", "sqeuclidean or cityblock")),
    Case("an entry above C", "solve grid two.csv", ("2", "row 1, column 3")),
    Case("a row without ones", "solve similar zero.txt", ("row 1", "leave")),
    Case("a norm that was not declared", "solve declared norms.txt", ("row 1", "3")),
    Case(
        "a metric for ov",
        "compile ov --question decide --metric hamming --dim 4 --max-n 8 -o new",
        ("'hamming'", "leave the metric out"),
    ),
    Case("--dim 0", "compile closest-pair --dim 0 --max-n 8 -o new", ("0", "'--dim'", "1<=x")),
    Case("--dim is no number", "compile closest-pair --dim four --max-n 8 -o new", ("'four'", "'--dim'")),
    Case("--dim missing", "compile closest-pair --max-n 8 -o new", ("'--dim'", "Missing")),
    Case("--dim of a million", "compile closest-pair --dim 1000000 --max-n 8 -o new", ("1000000", "65536")),
    Case(
        "a dim beyond bfloat16",
        "compile closest-pair --dim 300 --max-n 64 --dtype bfloat16 -o new",
        ("l = 300", "--dtype float32", "--dim 256"),
    ),
    Case("--max-n 1", "compile closest-pair --dim 4 --max-n 1 -o new", ("1", "'--max-n'", ">=2")),
    Case("--max-n of a trillion", "compile closest-pair --dim 4 --max-n 1000000000000 -o new", ("1000000000000",)),
    Case(
        "a max-n beyond float32",
        "compile closest-pair --dim 4 --max-n 8388608 -o new",
        ("8388608", "--dtype float64", "--max-n 1"),
    ),
    Case("float8", f"compile {CP} --dtype float8 -o new", ("'float8'", "float16", "float32, float64")),
    # Where to write.
    Case("output is a file", f"compile {CP} -o rows.txt", ("rows.txt", "no model folder")),
    Case("output is a folder of other things", f"compile {CP} -o things", ("things", "no model folder")),
    Case("output in a missing folder", f"compile {CP} -o no/where", ("no/where", "create it first")),
    Case("output below a file", f"compile {CP} -o rows.txt/new", ("rows.txt/new", "cannot write")),
    Case("output below /proc", f"compile {CP} -o /proc/new", ("/proc/new", "cannot write")),
    Case("no output", f"compile {CP}", ("'--output'", "Missing")),
    Case("report is a file", "verify model --report rows.txt", ("rows.txt", "--report")),
    # Texts.
    Case("documents: a missing path", "documents absent", ("'absent'", "no file or folder")),
    Case("documents: a name that is too long", f"documents {LONG}", (LONG, "check the path")),
    Case("documents: no paths", "documents", ("PATHS",)),
    Case("documents: an empty folder", "documents folder", ("0 documents", "at least 3")),
    Case("documents: one document", "documents rows.txt", ("1 document found", "at least 3")),
    Case("documents: only a table", "documents header.csv", ("header.csv", "--column NAME")),
    Case("documents: no text", "documents rows.npy rows.txt", ("1 document found", "1 binary")),
    Case("documents: no words in common", "documents rows.txt minus.txt half.csv", ("3 documents", "related")),
    Case("documents: damaged gzip", "documents cut.gz texts", ("'cut.gz'", "damaged", "leave it out")),
    Case("documents: neither file nor folder", "documents /dev/null", ("'/dev/null'", "neither")),
    Case("documents: unknown column", "documents header.csv --column body", ("'body'", "'a', 'b', 'c', 'd'")),
    Case("documents: a column twice", "documents twice.csv --column a", ("'a'", "twice.csv", "rename")),
    Case("documents: a column of no table", "documents texts --column a", ("'a'", "leave --column out")),
    Case("documents: --keywords 0", "documents texts --keywords 0", ("0", "'--keywords'", "1<=x")),
    Case("documents: --keywords of a million", "documents texts --keywords 1000000", ("1000000", "4096")),
    Case("documents: unknown metric", "documents texts --metric cos", ("'cos'", "'hamming', 'ip'")),
    Case("documents: unknown dtype", "documents texts --dtype float8", ("'float8'", "bfloat16, float32")),
    # How to run.
    Case("CUDA where there is none", "solve model rows.txt --device cuda", ("'cuda'", "--device cpu")),
    Case("device nonsense", "verify model --device toaster", ("'toaster'", "--device cpu")),
    Case("unknown backend", "solve model rows.txt --backend magic", ("'magic'", "sdpa, fast, reference")),
    Case("--random -1", "verify model --random -1", ("-1", "'--random'", ">=0")),
    Case("--adversarial -1", "verify model --adversarial -1", ("-1", "'--adversarial'", ">=0")),
    Case("--seed -1", "verify model --seed -1", ("-1", "'--seed'", ">=0")),
    Case("nothing to verify", "verify model --random 0 --adversarial 0", ("--random 0", "at least one")),
    Case("replay of a missing file", "verify model --replay absent.npz", ("absent.npz", "not a saved failure")),
    Case("replay of a matrix", "verify model --replay rows.npy", ("rows.npy", "not a saved failure")),
    Case("replay of a text", "verify model --replay rows.txt", ("rows.txt", "not a saved failure")),
    Case("replay of pickled objects", "verify model --replay objects.npz", ("objects.npz", "not a saved failure")),
    Case("replay of a damaged failure", "verify model --replay damaged.npz", ("damaged.npz", "not a saved failure")),
    Case("replay on a model of another dim", "verify model --replay dim5.npz", ("5 columns", "l = 4")),
    Case("unknown head", "inspect model --head tail", ("'tail'", "partner, best")),
    Case("matrices of a large model", "inspect large --matrices", ("l = 9", "compile with a smaller --dim")),
    Case("--json with --matrices", "inspect model --json --matrices", ("--matrices", "--json")),
    Case("unknown option", "solve model rows.txt --fast", ("--fast",)),
    Case("unknown command", "train model", ("'train'",)),
)


class Trap:
    """Unpickling one leaves a file behind."""

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (Path("unpickled"),)


def prepare(folder: Path) -> None:
    """Fill a folder with everything the cases need."""
    with chdir(folder):
        _write_matrices()
        _write_models()
        Path("folder").mkdir()
        Path("things").mkdir()
        Path("things/config.json").write_text("{}")
        _write_texts()


def _write_matrices() -> None:
    texts = {
        "rows.txt": "0110\n1111\n",
        "rows.xlsx": "0110\n1111\n",
        "two.csv": "0,1,1,0\n1,1,0,2\n",
        "zero.txt": "0111\n0000\n",
        "norms.txt": "0110\n0111\n",
        "minus.txt": "-1 0 0 1\n0 1 1 0\n",
        "half.csv": "0,1,1,0\n1,1,0,1\n0.5,1,1,1\n",
        "nan.csv": "0,1,1,0\nnan,1,0,1\n",
        "wide.txt": "01100\n11011\n",
        "one.txt": "0110\n",
        "many.txt": "0110\n" * 9,
        "empty.csv": "",
        "comments.txt": "# nothing\n\n",
        "ragged.csv": "0,1,1,0\n1,1,0\n",
        "words.csv": "0,1,1,0\n1,1,no,1\n",
        "header.csv": "a,b,c,d\n1,1,0,1\n",
        "twice.csv": "a,b,a\n1,1,0\n",
        "fake.npy": "0110\n",
        "fake.npz": "0110\n",
    }
    for name, text in texts.items():
        Path(name).write_text(text)
    Path("bytes.txt").write_bytes(b"0110\n\xff\x00111\n")
    rows = np.array([[0, 1, 1, 0], [1, 1, 0, 1]])
    np.save("rows.npy", rows)
    np.save("nan.npy", [[0, 1, 1, 0], [1, 1, np.nan, 1]])
    np.save("vector.npy", rows[0])
    np.save("cube.npy", np.stack([rows, rows]))
    np.save("nothing.npy", rows[:0])
    np.savez("several.npz", a=rows, b=rows)
    trapped = np.array([[Trap(), 1], [0, 1]], dtype=object)
    np.save("objects.npy", trapped, allow_pickle=True)
    np.savez("objects.npz", rows=trapped, about=trapped)
    Path("cut.npy").write_bytes(Path("rows.npy").read_bytes()[:-8])
    about = {"source": "random", "seed": 0, "number": 0, "expected": "", "got": ""}
    np.savez("damaged.npz", rows=rows, about=np.array(json.dumps(about)[:-9]))
    np.savez("dim5.npz", rows=np.zeros((2, 5), dtype=np.uint8), about=np.array(json.dumps(about)))


def _write_texts() -> None:
    Path("texts").mkdir()
    for name, text in {"one": "bread and butter", "two": "bread and honey", "three": "stones"}.items():
        Path("texts", name).write_text(text)
    Path("cut.gz").write_bytes(gzip.compress(b"bread and butter")[:-9])


def _write_models() -> None:
    proofformer.compile("closest-pair", dim=4, max_n=8).save("model")
    proofformer.compile("closest-pair", dim=9, max_n=8).save("large")
    proofformer.compile("ov", dim=4, max_n=8, question="decide").save("ov")
    proofformer.compile("closest-pair", dim=4, max_n=8, bichromatic=True).save("two")
    proofformer.compile("closest-pair", dim=4, max_n=8, metric="cityblock").save("grid")
    proofformer.compile("msd", dim=4, max_n=8).save("similar")
    proofformer.compile("msd", dim=4, max_n=8, norms=(1, 2)).save("declared")

    def weights(file: Path, change: Callable[[dict[str, torch.Tensor]], object]) -> None:
        tensors = load_file(file)
        change(tensors)
        save_file(tensors, file)

    def flip(file: Path) -> None:
        data = bytearray(file.read_bytes())
        data[-3] ^= 1
        file.write_bytes(data)

    def configured(*path: str, value: object) -> Callable[[Path], None]:
        def change(file: Path) -> None:
            config = json.loads(file.read_text())
            inner = config
            for key in path[:-1]:
                inner = inner[key]
            inner[path[-1]] = value
            file.write_text(json.dumps(config))

        return change

    def cut(file: Path) -> None:
        file.write_bytes(file.read_bytes()[:-100])

    damages: dict[str, tuple[str, Callable[[Path], object]]] = {
        "no-config": ("config.json", Path.unlink),
        "cut-config": ("config.json", cut),
        "binary-config": ("config.json", lambda file: file.write_bytes(b"\xff\xfe\x00")),
        "list-config": ("config.json", lambda file: file.write_text("[]")),
        "edited": ("config.json", configured("spec", "max_n", value=9)),
        "hashless": ("config.json", configured("sha256", value=None)),
        "version": ("config.json", configured("version", value=99)),
        "format": ("config.json", configured("format", value="other")),
        "no-weights": ("model.safetensors", Path.unlink),
        "cut-weights": ("model.safetensors", cut),
        "empty-weights": ("model.safetensors", lambda file: file.write_bytes(b"")),
        "flipped": ("model.safetensors", flip),
        "swapped": ("model.safetensors", lambda file: shutil.copy("ov/model.safetensors", file)),
        "sized": ("model.safetensors", lambda file: shutil.copy("large/model.safetensors", file)),
        "doubled": ("model.safetensors", lambda file: weights(file, lambda ts: ts["unembed.weight"][0].mul_(2))),
        "retyped": (
            "model.safetensors",
            lambda file: weights(file, lambda ts: ts.update({k: t.double() for k, t in ts.items()})),
        ),
        "infinite": ("model.safetensors", lambda file: weights(file, lambda ts: ts["embed.weight"].fill_(torch.inf))),
    }
    for name, (file, damage) in damages.items():
        shutil.copytree("model", name)
        damage(Path(name, file))


def attempt(case: Case) -> Result:
    """Run the command of a case in the current folder."""
    return CliRunner().invoke(cli, shlex.split(case.command), prog_name="proofformer")


def _contents(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "folder"
        for p in folder.rglob("*")
    }


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    prepare(folder)
    return folder, _contents(folder)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_refused_in_one_sentence(prepared, case):
    if case.command.endswith("--device cuda") and torch.cuda.is_available():
        pytest.skip("CUDA is there")
    folder, before = prepared
    with chdir(folder):
        result = attempt(case)
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.endswith("\n")
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr
    assert str(folder) not in result.stderr
    for word in case.words:
        assert word in result.stderr
    assert _contents(folder) == before


def test_the_trap_works(tmp_path, monkeypatch):
    """Else the cases with pickled objects would show nothing."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(pickle.dumps(Trap()))
    assert (tmp_path / "unpickled").is_file()
