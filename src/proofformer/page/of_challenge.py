"""What `challenge` found, as a report that people look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from proofformer.page.of_verify import misread_told
from proofformer.page.report import HtmlReport, ReportSection

MOST_ROWS = 64
"""Documents of a set that are shown."""


def challenge_report(
    facts: Mapping[str, Any], label: str, told: Sequence[str], documents: Sequence[Mapping[str, npt.NDArray[np.uint8]]]
) -> HtmlReport:
    """Of what `challenge --json` prints; `told` says what each finding is, `documents` has its sets by their names."""
    who = str(facts.get("kernel", facts.get("model")))
    spec = facts["spec"]
    about = {
        "question": label,
        "documents": f"2 to {spec['max_n']:,}",
        "dtype": str(spec["dtype"]),
        "instances tried": f"{facts['tried']:,}",
    }
    names = {
        "cost": "cost of the method",
        "calibrated_on": "instances to calibrate it on",
        "state_bits": "bits of state",
    }
    names |= {"must_fail": "must fail from n ="}
    about |= {title: _said(facts[key]) for key, title in names.items() if facts.get(key) is not None}
    sections = [ReportSection(facts=about)]
    for found, says, sets in zip(facts["findings"], told, documents, strict=True):
        sections.append(_finding(found, says, sets))
    none = "nothing was found: that proves nothing of other inputs"
    return HtmlReport(
        f"{who} in the place of attention",
        "proofformer challenge",
        sections,
        none if not facts["findings"] else str(facts["verdict"]),
        not facts["findings"],
    )


def _said(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _finding(found: Mapping[str, Any], says: str, sets: Mapping[str, npt.NDArray[np.uint8]]) -> ReportSection:
    rows = "\n\n".join(f"{name} ({len(x)})\n{_rows(x)}" for name, x in sets.items())
    named = {"expected": "right", "other_expected": "right for the other", "got": "the model says"}
    about = {title: str(found[key]) for key, title in named.items() if found.get(key)}
    about |= misread_told(found)
    for k, (temperature, threshold) in enumerate(found.get("settings") or ()):
        about[f"layer {k}"] = f"temperature {temperature:g}, threshold {threshold:.4g}"
    return ReportSection(str(found["how"]).capitalize(), lines=[says], facts=about, pre=rows)


def _rows(rows: npt.NDArray[np.uint8]) -> str:
    shown = [" ".join(map(str, row)) if max(row) > 9 else "".join(map(str, row)) for row in rows[:MOST_ROWS].tolist()]
    return "\n".join(shown + ([f".. {len(rows) - MOST_ROWS} more"] if len(rows) > MOST_ROWS else []))
