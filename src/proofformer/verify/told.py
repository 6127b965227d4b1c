"""What was found, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofformer.runtime.reads import Misread
from proofformer.verify.checks import check_named


def told(facts: Mapping[str, Any], took: str = "") -> list[str]:
    """The lines of a report, of what it is as JSON; `took` is the time in words. A failure with a `file` is saved, or,
    without how to `replay` it, was read from there."""
    counts = ", ".join(f"{count:,} {source}" for source, count in facts["by_source"].items())
    resumed = f"{facts['resumed_shards']:,} shards from the journal" if facts.get("resumed_shards") else ""
    about = ", ".join(filter(None, (f"largest n {facts['largest_n']:,}", took, resumed)))
    lines = [f"{counts}: {facts['wrong']:,} wrong ({about})"]
    for check, line in facts.get("checks", {}).items():
        lines += check_named(check).told(line.get("counts", {}))
    lines += [f"  {sentence}" for sentence in facts.get("detail", ())]
    failure = facts["failure"]
    return lines if failure is None else [*lines, *_first_wrong(failure)]


def _first_wrong(failure: Mapping[str, Any]) -> list[str]:
    if "file" not in failure:
        first = f"the first wrong answer (n = {failure['n']:,})"
    elif "replay" not in failure:
        first = "the failure is reproduced"
    else:
        smaller = f", cut down from n = {failure['found_with_n']:,}" if failure["n"] < failure["found_with_n"] else ""
        first = f"the first wrong answer is saved as {failure['file']} (n = {failure['n']:,}{smaller})"
    where = None if failure["misread"] is None else Misread.from_json(failure["misread"])
    rows = {"expected": failure["expected"], "got": failure["got"], "where": where, "replay": failure.get("replay")}
    return [first, *(f"  {name:<10}{said}" for name, said in rows.items() if said is not None)]
