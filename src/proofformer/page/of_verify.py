"""What `verify` found, as a report that people look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from proofformer.page.report import HtmlReport, ReportSection, Sorted, bars
from proofformer.planner.bounds import ASSUMPTIONS
from proofformer.runtime.reads import Misread
from proofformer.verify.judged import FAILS
from proofformer.verify.told import told

NUMBERS = ("instances", "wrong", "largest_n", "seconds", "per_second")
HEADS = ("instances", "wrong", "largest n", "seconds", "per second")
MOST_BARS = 20


def verify_report(facts: Mapping[str, Any]) -> HtmlReport:
    """Of what `report.json` holds."""
    seen = [x for found in facts.get("assumptions", {}).values() for x in found]
    failing = sum(x["verdict"] == FAILS for x in seen)
    first, *_ = told(facts)
    verdict = first if not failing else f"{first}; {failing} assumptions of the proof are seen to fail"
    return HtmlReport(
        "Models put to the test", "proofformer verify", [*_sections(facts)], verdict, not (facts["wrong"] or failing)
    )


def _sections(facts: Mapping[str, Any]) -> Iterator[ReportSection]:
    names = {"models": "models", "seed": "seed", "device": "device", "backend": "attention", "runtime": "runtime"}
    about = {title: _text(facts[name]) for name, title in names.items() if name in facts}
    yield ReportSection(facts=about | ({"digest": str(facts["digest"])} if "digest" in facts else {}))
    if failure := facts.get("failure"):
        yield ReportSection("The first wrong answer", facts=_failure(failure))
    if checks := facts.get("checks"):
        rows = [(name, *(line.get(key, 0) for key in NUMBERS)) for name, line in checks.items()]
        kinds = [(name, kind, count) for name, line in checks.items() for kind, count in line.get("counts", {}).items()]
        tables = [Sorted(("check", *HEADS), rows, counts=2)]
        tables += [Sorted(("check", "what came of it", "instances"), kinds)] if kinds else []
        yield ReportSection("By check", lines=[*facts.get("detail", ())], tables=tables)
    if families := facts.get("families"):
        rows = [(f["check"], f["family"], *(f.get(key, 0) for key in NUMBERS)) for f in families]
        most = sorted(families, key=lambda f: (-f["wrong"], -f["instances"]))[:MOST_BARS]
        count, wrong = ({f["family"]: f[key] for f in most} for key in ("instances", "wrong"))
        yield ReportSection(
            "By family of instances",
            lines=["Each family is built for one mistake."],
            bars=bars("Instances of the largest families", count, wrong),
            tables=[Sorted(("check", "family", *HEADS), rows, counts=3)],
        )
    says = {a.name: a.says for a in ASSUMPTIONS}
    for path, found in facts.get("assumptions", {}).items():
        rows = [(x["assumption"], x["verdict"], x["seen"], says[x["assumption"]]) for x in found]
        yield ReportSection(
            f"Assumptions of the proof, on the machine that {path} runs on",
            tables=[Sorted(("assumption", "verdict", "seen", "what it says"), rows)],
        )


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _failure(failure: Mapping[str, Any]) -> dict[str, str]:
    """What is told of it, by name."""
    keys = ("model", "check", "family", "seed", "number", "n", "expected", "got", "file", "replay")
    found = {key: str(failure[key]) for key in keys if failure.get(key) is not None}
    return found | misread_told(failure)


def misread_told(found: Mapping[str, Any]) -> dict[str, str]:
    """The first read that a gate could not restore, if some part of a failure says so."""
    misread = found.get("misread")
    return {} if misread is None else {"where": str(Misread.from_json(misread))}
