"""What `proofformer challenge` does with a kernel or a model, and what it says of a witness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.common import print_json
from proofformer.cli.verify_report import writable

if TYPE_CHECKING:
    from pathlib import Path

    from proofformer.challenge.findings import Finding
    from proofformer.challenge.search import Challenge
    from proofformer.verify.instances import Bits

TESTS_KERNEL = "`verify MODEL_DIR --backend FILE.py:NAME --assumptions` tests the kernel itself"
MOST_SHOWN = 8
"""Documents of a set that are printed."""


def challenged(
    kernel: str, problem: str, output: str | None, report: str | None, asked: Mapping[str, Any], *, as_json: bool
) -> int:
    """A kernel put in the place of attention, or a model with a state, and the witness and the report written; the exit
    code. `asked` is that of `proofformer.challenge`."""
    from proofformer.challenge.kernels import Kernel
    from proofformer.challenge.search import MOST_READ, challenge
    from proofformer.challenge.stock import NAMES
    from proofformer.challenge.witness import vacant
    from proofformer.cli.progress import progress_bar

    target = None if output is None else vacant(output)
    folder = None if report is None else writable(report)
    most = asked.get("max_n") or MOST_READ
    with progress_bar(most, "reading", "documents", shown=kernel in NAMES and not as_json) as progress:
        found = challenge(kernel, problem, read=lambda n: progress(n, 0), **asked)
    written = target if found.findings else None
    if written is not None:
        found.save(written)
    if folder is not None:
        _report(found, folder)
    if as_json:
        print_json(found.to_json() | {"witness": None if written is None else str(written)})
        return int(bool(found.findings))
    click.echo(f"{found.opponent.name} in {found.spec.problem.label}, n = 2..{found.spec.max_n}, {found.spec.dtype}")
    click.echo(f"verdict     {found.verdict}")
    for finding in found.findings:
        _show(finding)
    if isinstance(found.opponent, Kernel):
        click.echo(f"tried       {found.tried:,} instances as it is, {found.fitted:,} calibrated")
        if not found.findings and not found.opponent.built_in:
            click.echo(f"{'':<12}of this question; {TESTS_KERNEL}")
    else:
        click.echo(f"state       {_kept(found)}")
    if written is not None:
        click.echo(f"witness     {written}")
    return int(bool(found.findings))


def _report(found: Challenge, folder: Path) -> None:
    from proofformer.page.of_challenge import challenge_report
    from proofformer.page.report import HTML

    told = [f"{_documents(finding)}: {_answers(finding)}" for finding in found.findings]
    documents = [
        dict(zip("AB", finding.sets, strict=False))
        | ({"the other B": finding.other} if finding.other is not None else {})
        for finding in found.findings
    ]
    challenge_report(found.to_json(), found.spec.problem.label, told, documents).write(folder / HTML)


def replayed(kernel: str | None, cost: str | None, folder: str, *, as_json: bool) -> int:
    """A witness asked again; the exit code."""
    from proofformer.challenge.opponents import opponent_of
    from proofformer.challenge.stock import NAMES
    from proofformer.challenge.witness import read_witness, replay

    chosen = None
    if kernel is not None:
        of = read_witness(folder)
        made = of.made if kernel in NAMES else None
        chosen = opponent_of(kernel, of.spec.problem.dim, of.spec.dtype, cost=cost, made=made)
    again = replay(folder, chosen)
    if as_json:
        print_json(again.to_json())
        return int(again.holds)
    click.echo(f"{folder}: {again.opponent.name} in {again.witness.spec.problem.label}, {again.witness.spec.dtype}")
    click.echo(f"verdict     {again.verdict}, it was: {again.witness.verdict}")
    for finding, left in zip(again.witness.findings, again.left, strict=True):
        if left is None:
            told = "is answered rightly here" if finding.got else "leaves other states here"
            click.echo(f"{finding.how.value:<12}the instance {told}")
        else:
            _show(left)
    return int(again.holds)


def _show(finding: Finding) -> None:
    lines = [f"{_documents(finding)}: {_answers(finding)}"]
    lines += [_rows(name, rows) for name, rows in zip("AB", finding.sets, strict=False)]
    if finding.other is not None:
        lines.append(_rows("B", finding.other) + ", the other one: the states are bit-equal")
    if finding.misread is not None:
        lines.append(str(finding.misread))
    if finding.settings:
        told = (f"temperature {s.temperature:g}, threshold {s.threshold:.4g}" for s in finding.settings)
        lines.append(f"layer by layer: {'; '.join(told)}")
    for k, line in enumerate(lines):
        click.echo(f"{finding.how.value if not k else '':<12}{line}")


def _documents(finding: Finding) -> str:
    """The documents that are read first, and those that follow."""
    sizes, columns = " + ".join(str(len(rows)) for rows in reversed(finding.sets)), finding.columns
    where = f"ones in {columns} column{'s' * (columns > 1)}" if columns else "all 0"
    return f"{sizes} documents, {where}"


def _kept(found: Challenge) -> str:
    """The state of a model, and what T1 says of that."""
    from proofformer.challenge.bounds import PROVED

    if found.state_bits is None:
        return "grows with what is read: no bound"
    if found.must_fail is None:
        return f"{found.state_bits:,} bits: no n is proved"
    # What a stock model keeps is known; of another one it was looked at.
    always = "" if found.opponent.built_in else "if never more, it "
    return f"{found.state_bits:,} bits: {always}must fail from n = {found.must_fail:,} on, {PROVED}"


def _answers(finding: Finding) -> str:
    if not finding.got:
        return f"the answers are {finding.expected} and {finding.other_expected}; whatever reads the state gives one"
    right = f"the answers are {finding.expected} and {finding.other_expected}"
    return (
        f"{right if finding.other is not None else f'the answer is {finding.expected}'}, the model says {finding.got}"
    )


def _rows(name: str, rows: Bits) -> str:
    """The first documents of a set, as digits."""
    shown = [" ".join(map(str, row)) if max(row) > 9 else "".join(map(str, row)) for row in rows[:MOST_SHOWN]]
    more = [f".. {len(rows) - MOST_SHOWN} more"] if len(rows) > MOST_SHOWN else []
    return f"{name} = {', '.join(shown + more)}"
