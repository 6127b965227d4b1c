"""The table of bad input: whatever is wrong is told in one sentence, and nothing is written.

tests/golden/outputs/refusals.json has the sentences.
"""

import gzip
import hashlib
import json
import pickle
import shlex
import shutil
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file, save_file

import proofformer
from proofformer.artifacts import format_named
from proofformer.cli.main import cli

LONG = "x" * 300


CASES = {
    # The matrix.
    "an entry that is not 0/1": "solve model two.csv",
    "a negative entry": "solve model minus.txt",
    "a fraction": "solve model half.csv",
    "NaN": "solve model nan.npy",
    "NaN in a text file": "solve model nan.csv",
    "too wide": "solve model wide.txt",
    "one dimension": "solve model vector.npy",
    "three dimensions": "solve model cube.npy",
    "one document": "solve model one.txt",
    "more documents than max_n": "solve model many.txt",
    # The file it is in.
    "empty file": "solve model empty.csv",
    "empty array": "solve model nothing.npy",
    "only comments": "solve model comments.txt",
    "ragged csv": "solve model ragged.csv",
    "textual csv": "solve model words.csv",
    "a csv with a header": "solve model header.csv",
    "bytes that are no text": "solve model bytes.txt",
    "unknown extension": "solve model rows.xlsx",
    "pickled objects": "solve model objects.npy",
    "pickled objects in an npz": "solve model objects.npz",
    "truncated npy": "solve model cut.npy",
    "no npy at all": "solve model fake.npy",
    "no npz at all": "solve model fake.npz",
    "several arrays in an npz": "solve model several.npz",
    "missing input": "solve model absent.csv",
    "input is a folder": "solve model folder",
    "a name that is too long": f"solve model {LONG}.csv",
    "an image": "solve model picture.png",
    "a file of torch.save": "solve model rows.pt",
    "no extension": "solve model rows",
    "a text in brackets": "solve model brackets.txt",
    "float features": "solve model features.npy",
    "the model for the rows": "solve model model",
    # The model folder.
    "arguments in the wrong order": "solve rows.txt model",
    "a model of something else": "solve things rows.txt",
    "an export for a model": "solve good.onnx rows.txt",
    "missing model": "solve absent rows.txt",
    "the model is a file": "solve rows.txt rows.txt",
    "an empty folder": "inspect folder",
    "a model name that is too long": f"inspect {LONG}",
    "missing config.json": "solve no-config rows.txt",
    "truncated config.json": "solve cut-config rows.txt",
    "binary config.json": "solve binary-config rows.txt",
    "config.json is a list": "solve list-config rows.txt",
    "max_n edited in config.json": "solve edited rows.txt",
    "hash edited in config.json": "solve hashless rows.txt",
    "unknown format version": "solve version rows.txt",
    "another format": "solve format rows.txt",
    "missing weights": "solve no-weights rows.txt",
    "truncated weights": "solve cut-weights rows.txt",
    "empty weights": "solve empty-weights rows.txt",
    "a flipped byte in the weights": "solve flipped rows.txt",
    "weights of another problem": "solve swapped rows.txt",
    "weights of another size": "solve sized rows.txt",
    "one weight doubled": "solve doubled rows.txt",
    "weights of another dtype": "solve retyped rows.txt",
    "weights that are not finite": "solve infinite rows.txt",
    # What to certify.
    "nothing to certify": "certify",
    "a map of a model": "certify --map model",
    "a figure of no map": "certify model --figure map.svg",
    "the dtype of a certificate": "certify model --dtype float32",
    "a question about a model": "certify model --question decide",
    "a map of an unknown problem": "certify --map closest_pair",
    "a map of an unknown dtype": "certify --map ov --dtype fp16",
    "a map at a threshold": "certify --map max-ip --threshold 3",
    "a map of every problem within a factor": "certify --map --gamma 2",
    "a map without the norms": "certify --map msd --metric jaccard",
    "a figure of an unknown kind": "certify --map ov --figure map.jpg",
    "a figure in no folder": "certify --map ov --figure absent/map.svg",
    "a map of documents without entries": "certify --map ov --dim 0",
    # What to compile.
    "unknown problem": "compile nearest --dim 4 --max-n 8 -o new",
    "a typo in a problem": "compile closest_pair --dim 4 --max-n 8 -o new",
    "a problem in capitals": "compile OV --dim 4 --max-n 8 -o new",
    "no problem": "compile --dim 4 --max-n 8 -o new",
    "a decision without a threshold": "compile closest-pair --dim 4 --max-n 8 --question decide -o new",
    "a threshold out of range": "compile closest-pair --dim 4 --max-n 8 --threshold 9/2 -o new",
    "a negative threshold": "compile closest-pair --dim 4 --max-n 8 --threshold -1 -o new",
    "a threshold that is no number": "compile closest-pair --dim 4 --max-n 8 --threshold few -o new",
    "a threshold with a huge exponent": "compile closest-pair --dim 4 --max-n 8 --threshold 1e999999999 -o new",
    "a threshold over nothing": "compile closest-pair --dim 4 --max-n 8 --threshold 3/0 -o new",
    "a threshold in a search": "compile closest-pair --dim 4 --max-n 8 --question search --threshold 2 -o new",
    "a threshold for ov": "compile ov --threshold 0 --dim 4 --max-n 8 -o new",
    "one file for two sets": "solve two rows.txt",
    "two files for one set": "solve model rows.txt rows.txt",
    "two sets of different width": "solve two rows.txt wide.txt",
    "too many documents in two sets": "solve two many.txt many.txt many.txt",
    "more than max_n in two sets": "solve two many.txt many.txt",
    "unknown question": "compile closest-pair --dim 4 --max-n 8 --question why -o new",
    "unknown metric": "compile closest-pair --dim 4 --max-n 8 --metric cosine -o new",
    "a typo in a metric": "compile closest-pair --dim 4 --max-n 8 --metric haming -o new",
    "a typo in an option": "compile closest-pair --dim 4 --max_n 8 -o new",
    "values in place of options": "compile closest-pair 4 8 new",
    # Similarities, grids, factors.
    "unknown similarity": "compile msd --dim 8 --max-n 8 --metric hamming -o new",
    "cosines too near": "compile msd --dim 64 --max-n 8 -o new",
    "jaccard without norms": "compile msd --dim 8 --max-n 8 --metric jaccard -o new",
    "a norm beyond l": "compile msd --dim 8 --max-n 8 --norms 3,9 -o new",
    "norms of no number": "compile msd --dim 8 --max-n 8 --norms few -o new",
    "norms for distances": "compile closest-pair --dim 4 --max-n 8 --norms 2 -o new",
    "a similarity beyond 1": "compile msd --dim 8 --max-n 8 --threshold sqrt(2) -o new",
    "a factor of 1": "compile msd --dim 8 --max-n 8 --gamma 1 -o new",
    "a factor for a decision": "compile msd --dim 8 --max-n 8 --gamma 2 --threshold 1/2 -o new",
    "a factor for ov": "compile ov --dim 4 --max-n 8 --gamma 2 -o new",
    "levels for Hamming": "compile closest-pair --dim 4 --max-n 8 --metric hamming --levels 3 -o new",
    "levels without a metric": "compile closest-pair --dim 4 --max-n 8 --levels 3 -o new",
    "an entry above C": "solve grid two.csv",
    "a row without ones": "solve similar zero.txt",
    "a norm that was not declared": "solve declared norms.txt",
    "a metric for ov": "compile ov --question decide --metric hamming --dim 4 --max-n 8 -o new",
    "--dim 0": "compile closest-pair --dim 0 --max-n 8 -o new",
    "--dim is no number": "compile closest-pair --dim four --max-n 8 -o new",
    "--dim missing": "compile closest-pair --max-n 8 -o new",
    "--dim of a million": "compile closest-pair --dim 1000000 --max-n 8 -o new",
    "a dim beyond bfloat16": "compile closest-pair --dim 300 --max-n 64 --dtype bfloat16 -o new",
    "--max-n 1": "compile closest-pair --dim 4 --max-n 1 -o new",
    "--max-n of a trillion": "compile closest-pair --dim 4 --max-n 1000000000000 -o new",
    "a max-n beyond float32": "compile closest-pair --dim 4 --max-n 8388608 -o new",
    "a dtype by its short name": "compile closest-pair --dim 4 --max-n 8 --dtype fp16 -o new",
    "a dtype that is not whole": "compile closest-pair --dim 4 --max-n 8 --dtype float -o new",
    "--max-n -1": "compile closest-pair --dim 4 --max-n -1 -o new",
    "--dim is a fraction": "compile closest-pair --dim 4.5 --max-n 8 -o new",
    "a percentage": "compile msd --dim 8 --max-n 8 --threshold 80% -o new",
    "float8": "compile closest-pair --dim 4 --max-n 8 --dtype float8 -o new",
    # Where to write.
    "output is a file": "compile closest-pair --dim 4 --max-n 8 -o rows.txt",
    "output is a folder of other things": "compile closest-pair --dim 4 --max-n 8 -o things",
    "output in a missing folder": "compile closest-pair --dim 4 --max-n 8 -o no/where",
    "output below a file": "compile closest-pair --dim 4 --max-n 8 -o rows.txt/new",
    "output below /proc": "compile closest-pair --dim 4 --max-n 8 -o /proc/new",
    "output is the current folder": "compile closest-pair --dim 4 --max-n 8 -o .",
    "no output": "compile closest-pair --dim 4 --max-n 8",
    "report is a file": "verify model --report rows.txt",
    # Texts.
    "documents: a missing path": "documents absent",
    "documents: a name that is too long": f"documents {LONG}",
    "documents: no paths": "documents",
    "documents: an empty folder": "documents folder",
    "documents: one document": "documents rows.txt",
    "documents: two documents": "documents texts/one texts/two",
    "documents: an image": "documents picture.png",
    "documents: only a table": "documents header.csv",
    "documents: no text": "documents rows.npy rows.txt",
    "documents: no words in common": "documents rows.txt minus.txt half.csv",
    "documents: damaged gzip": "documents cut.gz texts",
    "documents: neither file nor folder": "documents /dev/null",
    "documents: unknown column": "documents header.csv --column body",
    "documents: a column twice": "documents twice.csv --column a",
    "documents: a column of no table": "documents texts --column a",
    "documents: --keywords 0": "documents texts --keywords 0",
    "documents: --keywords of a million": "documents texts --keywords 1000000",
    "documents: --top 0": "documents texts --top 0",
    "documents: --near a folder": "documents texts --near folder",
    "documents: --near what is missing": "documents texts --near absent",
    "documents: lines and a column": "documents texts --lines --column a",
    "documents: nothing on standard input": "documents -",
    "documents: unknown metric": "documents texts --metric cos",
    "documents: unknown dtype": "documents texts --dtype float8",
    # Exports.
    "export: unknown format": "export model --to coreml -o m",
    "export: a format in capitals": "export model --to ONNX -o m.onnx",
    "export: an option of another format": "export model --to torch -o m --opset 18",
    "export: a rotation of another format": "export model --to hf -o m --rotate 1",
    "export: a rotation that is no seed": "export model --to transformerlens -o m --rotate -3",
    "export: unknown opset": "export model --to onnx -o m.onnx --opset 3",
    "export: another suffix": "export model --to onnx -o rows.txt",
    "export: over a file of somebody's": "export model --to onnx -o mine.onnx",
    "export: over a model folder": "export model --to hf -o model",
    "export: in a missing folder": "export model --to onnx -o nowhere/m",
    "export: a missing model": "export absent --to onnx -o m",
    "a missing export": "verify --runtime onnx absent.onnx",
    "a model folder that is no export": "verify --runtime onnx model",
    "unknown runtime": "verify --runtime tflite rows.txt",
    "mutants of an export": "verify --runtime onnx good.onnx --mutants 5",
    "relations of an export": "verify --runtime onnx good.onnx --metamorphic 5",
    "circuits with an export": "verify --runtime onnx good.onnx --circuits 5",
    "a device for an export": "verify --runtime onnx good.onnx --device cuda",
    "a backend for an export": "verify --runtime onnx good.onnx --backend reference",
    "an export twice": "verify --runtime onnx good.onnx good.onnx",
    "a runtime of nothing": "verify --runtime onnx",
    # Figures.
    "a figure of another format": "inspect model --figure a.jpg",
    "a figure of no format": "solve model rows.txt --figure figure",
    "a figure in a missing folder": "solve model rows.txt --json --figure none/a.png",
    "a figure below a file": "inspect model --figure rows.txt/a.png",
    "a figure that is a folder": "solve model rows.txt --figure folder.png",
    "a figure without a name": "inspect model --figure ''",
    "--figure with --json": "inspect model --figure a.png --json",
    "--figure with --matrices": "inspect model --figure a.png --matrices",
    "--figure with --head": "inspect model --figure a.png --head best",
    # Pages.
    "page: for too many documents": "page crowd -o a.html",
    "page: of documents that are too wide": "page broad -o a.html",
    "page: in a dtype that no browser has": "page half -o a.html",
    "page: of an export": "page good.onnx -o a.html",
    "page: of a missing model": "page absent -o a.html",
    "page: more documents than max_n": "page model many.txt -o a.html",
    "page: documents of another width": "page model wide.txt -o a.html",
    "page: two sets for a model of one": "page model rows.txt rows.txt -o a.html",
    "page: of another kind": "page model -o a.pdf",
    "page: a folder": "page model -o folder.html",
    "page: in a missing folder": "page model -o none/a.html",
    "page: below a file": "page model -o rows.txt/a.html",
    "page: that cannot be written": "page model -o /proc/a.html",
    "page: nowhere": "page model",
    # Theorems.
    "prove: unknown problem": "prove nonsense",
    "prove: a problem that is not published": "prove closest-pair --as-published",
    "prove: a metric as published": "prove ov --as-published --metric cosine",
    "prove: zeros where there are none": "prove msd --as-published --zeros",
    "prove: --zeros alone": "prove ov --zeros",
    "prove: too large a --dim as published": "prove ov --as-published --dim 9",
    "prove: a --dim of all theorems": "prove all --dim 9",
    "prove: pages in JSON": "prove ov --out pages --json",
    "prove: pages in a missing folder": "prove ov --out no/such/folder",
    "prove: pages in a file": "prove ov --out rows.txt",
    "prove: pages of an unknown problem": "prove nonsense --out pages",
    "prove: pages for a browser that go nowhere": "prove ov --html",
    "prove: pages for a browser in a missing folder": "prove ov --out no/such/folder --html",
    "prove: no plan": "prove msd --dtype bfloat16",
    # Formulas, reductions, kernels.
    "sat: a missing file": "sat absent.cnf",
    "sat: no DIMACS": "sat words.csv",
    "sat: device nonsense": "sat rows.cnf --device toaster",
    "reduce: an unknown end": "reduce ov closest rows.txt -o new",
    "reduce: arguments in the wrong order": "reduce rows.txt ov max-ip -o new",
    "challenge: a typo in a kernel": "challenge sofmax",
    "challenge: a report in a file": "challenge elu --report rows.txt",
    "challenge: a report of a bound": "challenge --state-bits 8 --report new",
    "challenge: layers of a kernel": "challenge softmax --layers 2",
    # How to run.
    "CUDA where there is none": "solve model rows.txt --device cuda",
    "device nonsense": "verify model --device toaster",
    "unknown backend": "solve model rows.txt --backend magic",
    "a backend without a name in it": "solve model rows.txt --backend mine.py",
    "a backend in a missing file": "solve model rows.txt --backend absent.py:attention",
    "--random many": "verify model --random many",
    "--random -1": "verify model --random -1",
    "--adversarial -1": "verify model --adversarial -1",
    "--seed -1": "verify model --seed -1",
    "nothing to verify": "verify model --random 0 --adversarial 0",
    "replay of a missing file": "verify model --replay absent.npz",
    "replay of a matrix": "verify model --replay rows.npy",
    "replay of a text": "verify model --replay rows.txt",
    "replay of pickled objects": "verify model --replay objects.npz",
    "replay of a damaged failure": "verify model --replay damaged.npz",
    "replay on a model of another dim": "verify model --replay dim5.npz",
    "unknown head": "inspect model --head tail",
    "matrices of a large model": "inspect large --matrices",
    "--json with --matrices": "inspect model --json --matrices",
    "unknown option": "solve model rows.txt --fast",
    "a typo in a command": "sovle model rows.txt",
    "unknown command": "train model",
    "a backend on a cluster": "solve model absent.txt --scheduler nonsense --backend sdpa",
    "one's own backend on a cluster": "solve model absent.txt --scheduler x --backend mine.py:attention --device cpu",
    "a device on a cluster": "solve model absent.txt --scheduler nonsense --device cuda:1",
}
"""Each mistake, and a command line that makes it."""


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
        Path("folder.png").mkdir()
        Path("folder.html").mkdir()
        _write_texts()


def _write_matrices() -> None:
    texts = {
        "rows.txt": "0110\n1111\n",
        "rows.xlsx": "0110\n1111\n",
        "rows": "0110\n1111\n",
        "rows.cnf": "p cnf 1 1\n1 0\n",
        "brackets.txt": "[0, 1, 1, 0]\n[1, 1, 1, 1]\n",
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
        "mine.onnx": "mine",
        "mine.py": "raise SystemExit",
    }
    for name, text in texts.items():
        Path(name).write_text(text)
    Path("bytes.txt").write_bytes(b"0110\n\xff\x00111\n")
    Path("picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    rows = np.array([[0, 1, 1, 0], [1, 1, 0, 1]])
    torch.save(torch.from_numpy(rows), "rows.pt")
    np.save("features.npy", rows * 0.37)
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
    proofformer.compile("closest-pair", dim=4, max_n=100).save("crowd")
    proofformer.compile("closest-pair", dim=33, max_n=8).save("broad")
    proofformer.compile("closest-pair", dim=4, max_n=8, dtype="float16").save("half")
    ov = proofformer.compile("ov", dim=4, max_n=8, question="decide")
    ov.save("ov")
    format_named("onnx").write(ov, "good.onnx")
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


def attempt(name: str) -> Result:
    """Run the command of a case in the current folder."""
    return CliRunner().invoke(cli, shlex.split(CASES[name]), prog_name="proofformer")


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


@pytest.mark.parametrize("name", CASES)
def test_bad_input_is_refused_in_one_sentence(prepared, name):
    if name == "CUDA where there is none" and torch.cuda.is_available():
        pytest.skip("CUDA is there")
    folder, before = prepared
    with chdir(folder):
        result = attempt(name)
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert result.stderr.endswith("\n")
    assert len(result.stderr.splitlines()) == 1
    assert "Traceback" not in result.stderr
    assert str(folder) not in result.stderr
    assert _contents(folder) == before


def test_the_trap_works(tmp_path, monkeypatch):
    """Else the cases with pickled objects would show nothing."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(pickle.dumps(Trap()))
    assert (tmp_path / "unpickled").is_file()
