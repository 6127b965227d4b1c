"""`proofformer documents` on texts that were not made for it, beside a program of its own: for docs/texts.md.

python bench/texts.py [sources] [copyright] [manpages]

That program reads the files again, cuts them into words by itself, and compares every pair of sets of keywords; of the
command it takes the keywords, and which texts have the same words. What differs ends the run with exit code 1.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
import sysconfig
import unicodedata
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from results import measure

SOURCES, TOP, LONGEST = 1000, 5, 1 << 20
METRICS = ("cosine", "jaccard")
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def sources(folder: Path) -> dict[str, Any]:
    """The first of the modules of this environment that are not empty."""
    root = Path(sysconfig.get_paths()["purelib"])
    found = [file for file in sorted(root.rglob("*.py")) if file.stat().st_size][:SOURCES]
    for file in found:
        copied(folder / file.relative_to(root), file.read_bytes())
    return {"what": f"the first {len(found):,} Python sources of site-packages, by name, that are not empty"}


def copyright_files(folder: Path) -> dict[str, Any]:
    found = sorted(Path("/usr/share/doc").glob("*/copyright"))
    for file in found:
        copied(folder / file.parent.name, file.read_bytes())
    return {"what": f"the copyright files of the {len(found):,} Debian packages installed here"}


def manpages(folder: Path) -> dict[str, Any]:
    """The pages of Debian's package manpages, which apt-get fetches; links to pages are none."""
    with TemporaryDirectory() as where:
        subprocess.run(["apt-get", "download", "-q", "manpages"], cwd=where, check=True, capture_output=True)
        package = next(Path(where).glob("*.deb"))
        subprocess.run(["dpkg-deb", "-x", package, where], check=True)
        root = Path(where, "usr/share/man")
        pages = [file for file in sorted(root.rglob("*.gz")) if not file.is_symlink()]
        for file in pages:
            copied(folder / file.relative_to(root).with_suffix(""), gzip.decompress(file.read_bytes()))
        version, digest = package.name.split("_")[1], hashlib.sha256(package.read_bytes()).hexdigest()
    return {"what": f"the {len(pages):,} pages of Debian's package manpages {version}", "sha256": digest}


def copied(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def told(folder: Path, metric: str) -> tuple[dict[str, Any], dict[str, float]]:
    """What the command says, its seconds by the clock and of processors, and its peak of memory in MB."""
    words = [sys.executable, "-m", "proofformer", "documents", str(folder), "--top", str(TOP), "--metric", metric]
    with TemporaryDirectory() as where, open(Path(where, "out"), "w+") as out:
        start = perf_counter()
        process = subprocess.Popen([*words, "--json"], stdout=out)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cost = {"wall": perf_counter() - start, "cpu": used.ru_utime + used.ru_stime, "MB": used.ru_maxrss / 1000}
        if process.returncode:
            raise SystemExit(f"{folder.name}, {metric}: exit code {process.returncode}")
        out.seek(0)
        return json.load(out), {name: round(value, 1) for name, value in cost.items()}


def words_in(data: bytes) -> frozenset[str]:
    """Runs of letters, with apostrophes inside, in lower case; none that has a digit."""
    try:
        text = data[:LONGEST].decode()
    except UnicodeDecodeError as error:
        cut = len(data) > LONGEST and error.start > LONGEST - 4
        text = data[: error.start].decode() if cut else data[:LONGEST].decode("latin-1")
    text = unicodedata.normalize("NFKC", re.sub(r"\\f[BIRP]", "", text).replace("\xad", "")).lower()
    text = re.sub("[‘’ʼ]", "'", re.sub(r"(?<=[^\W\d_])[`´′](?=[^\W\d_])", "'", text))
    ends = (re.sub(r"(?:'(?:s|d|m|ll|re|ve))+$", "", word) for word in WORD.findall(text))
    return frozenset(word for word in ends if not any(c.isnumeric() for c in word))


@cache
def value(metric: str, both: int, one: int, two: int) -> Fraction:
    """Of a cosine, the square."""
    return Fraction(both * both, one * two) if metric == "cosine" else Fraction(both, one + two - both)


def pairs(names: Sequence[str], rows: Sequence[int], metric: str) -> Iterator[tuple[Fraction, str, str]]:
    sizes = [row.bit_count() for row in rows]
    for i, j in combinations(range(len(rows)), 2):
        yield value(metric, (rows[i] & rows[j]).bit_count(), sizes[i], sizes[j]), names[i], names[j]


def differences(folder: Path, found: dict[str, Any]) -> list[str]:
    """In what the answer of the command is another than that of this program."""
    files = {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}
    first = {data: name for name, data in reversed(files.items()) if data.strip()}
    texts = {name: words_in(data) for name, data in files.items() if first.get(data, name) == name}
    again = {name for group in found["same_words"] for name in group[1:]}
    rows = {name: sum(1 << k for k, word in enumerate(found["keywords"]) if word in has) for name, has in texts.items()}
    rows = {name: row for name, row in rows.items() if row and name not in again}
    best = sorted(pairs([*rows], [*rows.values()], found["metric"]), key=lambda pair: -pair[0])
    said = [(_exact(pair["value"], found["metric"]), *pair["names"]) for pair in found["top"]]
    alike = [len({texts[name] & {*found["keywords"]} for name in group}) == 1 for group in found["same_words"]]
    checks = {
        "documents": [*rows] == found["documents"],
        "copies": {*files} - {*texts} == {*found["copies"]},
        "texts of the same words": all(alike),
        "pairs": best[:TOP] == said,
        "ties": sum(pair[0] == best[0][0] for pair in best) == found["ties"],
    }
    return [name for name, holds in checks.items() if not holds]


def _exact(said: str, metric: str) -> Fraction:
    root = re.fullmatch(r"sqrt\((.*)\)", said)
    return Fraction(root[1]) if root else Fraction(said) ** (2 if metric == "cosine" else 1)


def part(fill: Any) -> dict[str, Any]:
    with TemporaryDirectory() as where:
        corpus, runs = fill(Path(where)), {}
        for metric in METRICS:
            found, cost = told(Path(where), metric)
            if wrong := differences(Path(where), found):
                raise SystemExit(f"{corpus['what']}, {metric}: another answer in {', '.join(wrong)}")
            kept = {name: found[name] for name in ("names", "value", "ties", "n")} | {"top": len(found["top"])}
            counted = ("keywords", "copies", "same_words", "without_keywords")
            runs[metric] = kept | {name: len(found[name]) for name in counted} | cost
    return {**corpus, "runs": runs}


PARTS = {
    name: partial(part, fill)
    for name, fill in {"manpages": manpages, "copyright": copyright_files, "sources": sources}.items()
}

if __name__ == "__main__":
    measure("texts", PARTS, ["scikit-learn"])
