"""`proofformer verify`: a model against the exact oracle, itself, and altered copies of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.common import (
    WholeNumber,
    backend_option,
    device_option,
    json_option,
    print_json,
    scheduler_option,
    theorem_option,
)
from proofformer.cli.progress import progress_bar
from proofformer.cli.verify_report import keep_failure, tell, writable
from proofformer.errors import InputError

if TYPE_CHECKING:
    from proofformer.verify import Campaign, Report, Subject
    from proofformer.verify.check import Check
    from proofformer.verify.executors import Workers

FEW = 2000
"""So many instances run in this process: others take longer to start."""


class Verify(click.Command):
    """A command with an option for each check there is; they are looked for when the command is."""

    @cached_property
    def of_checks(self) -> list[click.Parameter]:
        from proofformer.verify.checks import checks

        return [_option(check) for check in checks().values()]

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*self.of_checks, *super().get_params(ctx)]


def _option(check: Check) -> click.Option:
    says = check.help + (f"  [{check.usual}, if no check is asked for]" if check.usual else "")
    if check.count is not None:
        return click.Option([f"--{check.name}"], is_flag=True, flag_value=check.count, default=None, help=says)
    return click.Option([f"--{check.name}"], type=WholeNumber(min=0), metavar="K", help=says)


@click.command("verify", cls=Verify, short_help="Put models to the test.")
@click.argument("model_dirs", metavar="[MODEL_DIR]...", nargs=-1)
@click.option("--assumptions", is_flag=True, help="Try what the proof assumes of the attention kernel.")
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    metavar="S",
    show_default=True,
    help="The same seed, the same cases.",
)
@click.option("--runtime", metavar="NAME", help="MODEL_DIR are exports, run by torch, onnx, hf or transformerlens.")
@theorem_option
@device_option
@backend_option
@click.option(
    "--jobs", type=click.IntRange(min=1), metavar="N", help="Processes to share the work.  [one for each processor]"
)
@scheduler_option
@click.option("--journal", metavar="FILE", help="Keep what is finished; the same command goes on from there.")
@click.option("--replay", metavar="FILE", help="Run the one case of a failure.npz instead.")
@click.option("--report", metavar="DIR", help="Where report.json, report.html and failure.npz go.")
@json_option
@click.pass_context
def verify_command(
    ctx: click.Context,
    /,
    model_dirs: tuple[str, ...],
    assumptions: bool,
    seed: int,
    jobs: int | None,
    scheduler: str | None,
    journal: str | None,
    replay: str | None,
    report: str | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Compare models with the exact oracle, with themselves and with altered copies of them.

    Exit code 1 when an answer is wrong, a relation is broken, a mutant is certified and wrong, or an assumption of the
    proof is seen to fail. The first wrong answer is made as small as can be and saved as failure.npz (in the current
    folder, or in --report DIR).
    """
    from proofformer.verify import Campaign
    from proofformer.verify import assumptions as judge
    from proofformer.verify.checks import checks
    from proofformer.verify.executors import cluster
    from proofformer.verify.judged import FAILS, table

    # What is given beside the checks is how models are run: device, backend, runtime, theorem.
    asked = {name: count for name in checks() if (count := given.pop(name)) is not None}
    counts = _counts(asked, model_dirs, given, assumptions=assumptions, replay=replay is not None)
    unused = {"--journal": journal, "--jobs": jobs, "--scheduler": scheduler}
    if replay is not None:
        unused |= {f"--{name}": count for name, count in asked.items()} | {"--assumptions": assumptions or None}
    for option, value in unused.items() if replay is not None or not counts else ():
        if value is not None:
            what = "--replay runs one case" if replay is not None else "--assumptions alone runs no instances"
            raise InputError(f"{what}: leave out {option}")
    if scheduler and jobs:
        raise InputError("--jobs is for processes here and --scheduler for a cluster: choose one of them")
    folder = writable(report)
    subjects = _subjects(model_dirs, given)
    if replay is not None:
        facts = _replayed(subjects, replay)
        tell(facts, report, as_json=as_json)
        ctx.exit(facts["wrong"])
    judged = {path: judge(subject.open()) for path, subject in subjects.items()} if assumptions else {}
    failing = any(x.verdict == FAILS for found in judged.values() for x in found)
    for path, found in judged.items() if not as_json else ():
        click.echo("\n".join([f"assumptions of the proof, on the machine that {path} runs on:", *table(found)]))
    about = {"assumptions": {path: [vars(x) for x in found] for path, found in judged.items()}} if judged else {}
    if not counts:
        if as_json:
            print_json(about)
        ctx.exit(int(failing))
    with ExitStack() as stack:
        # Whether anybody answers is said before models are opened.
        there = None if scheduler is None else stack.enter_context(cluster(scheduler))
        campaign = Campaign.of(tuple(subjects.values()), counts, seed)
        workers = there or stack.enter_context(_workers(jobs, campaign.instances))
        done = _run(campaign, workers, journal, shown=not as_json)
    facts = done.to_json() | {"models": list(model_dirs), "seed": seed, **_where(given)} | about
    facts["failure"] = keep_failure(done, subjects, folder)
    tell(facts, report, as_json=as_json)
    ctx.exit(1 if done.total.wrong or failing else 0)


def _counts(
    asked: Mapping[str, int], model_dirs: Sequence[str], given: Mapping[str, Any], *, assumptions: bool, replay: bool
) -> Mapping[str, int]:
    """How many instances of which checks are run. Raises `InputError` for what does not go together."""
    from proofformer.verify.check import Needs
    from proofformer.verify.checks import checks, usual

    counts = {name: count for name, count in asked.items() if count} if asked or assumptions else usual()
    if not (counts or replay or assumptions):
        zero = " and ".join(f"--{name} 0" for name in asked)
        raise InputError(f"{zero} leave nothing to verify: ask for at least one instance")
    alone = [name for name, check in checks().items() if check.needs is Needs.NOTHING]
    if not model_dirs and (replay or not counts or counts.keys() - alone):
        ways = " or ".join(f"--{name} K" for name in alone)
        raise InputError(f"there is no MODEL_DIR to verify: name one, or ask for {ways} alone")
    runtime = given["runtime"]
    if not model_dirs and not replay and (given["device"], given["backend"]) != ("cpu", "auto"):
        raise InputError("no model is run: leave out --device and --backend, or name a MODEL_DIR")
    if runtime is not None:
        for name in counts.keys() & alone:
            raise InputError(f"--{name} tests the compiler, no export: leave out --runtime")
        if (given["device"], given["backend"]) != ("cpu", "auto"):
            raise InputError(f"--runtime {runtime} runs exports on the CPU by itself: leave out --device and --backend")
    return counts


def _subjects(model_dirs: Sequence[str], given: Mapping[str, Any]) -> dict[str, Subject]:
    """Each model, by its path as it is given. Raises `InputError` for one that is there twice."""
    from proofformer.verify import Subject

    subjects: dict[str, Subject] = {}
    for path in model_dirs:
        subject = Subject.of(path, **given)
        if subject.sha256 in {other.sha256 for other in subjects.values()}:
            raise InputError(f"{path} is the same model as another MODEL_DIR: name each once")
        subjects[path] = subject
    return subjects


def _where(given: Mapping[str, Any]) -> dict[str, Any]:
    """Where models run, as a report says it."""
    return {name: given[name] for name in ("device", "backend", "runtime") if given[name] is not None}


def _workers(jobs: int | None, instances: int) -> AbstractContextManager[Workers]:
    from proofformer.verify.executors import cores, here, processes

    jobs = jobs or (1 if instances <= FEW else cores())
    return processes(jobs) if jobs > 1 else here()


def _run(campaign: Campaign, workers: Workers, journal: str | None, *, shown: bool) -> Report:
    from proofformer.verify import run_campaign

    so_far = 0, 0

    def told(done: int, resumed: int, wrong: int) -> None:
        nonlocal so_far
        so_far = done, wrong
        progress(done, resumed)

    with progress_bar(campaign.instances, "verifying", "instances", shown=shown) as progress:
        try:
            return run_campaign(campaign, workers, journal=journal, progress=told)
        except (KeyboardInterrupt, SystemExit):
            done, wrong = so_far
            again = "give --journal FILE to go on from there another time"
            if journal is not None:
                again = f"they are in {journal}, and the same command goes on from there"
            click.echo(
                f"stopped: {done:,} of {campaign.instances:,} instances checked, {wrong:,} wrong; {again}", err=True
            )
            raise


def _replayed(subjects: Mapping[str, Subject], file: str) -> dict[str, Any]:
    """What a report says of one saved case that is asked again."""
    from proofformer.verify import replay
    from proofformer.verify.judge import judge, misread_facts
    from proofformer.verify.outcome import Tally

    if len(subjects) > 1:
        raise InputError(f"--replay runs one case on one model, not on {len(subjects)}: name one MODEL_DIR")
    [(path, subject)] = subjects.items()
    model, case, tally = subject.open(), replay(file), Tally()
    judge(model, case, tally)
    failure = tally.failure
    return {
        "instances": 1,
        "wrong": tally.wrong,
        "largest_n": tally.largest_n,
        "by_source": {case.source: 1},
        "models": [path],
        "device": subject.device,
        "backend": subject.backend,
        "failure": None
        if failure is None
        else {
            "expected": failure.expected,
            "got": failure.got,
            "misread": misread_facts(model, failure),
            "file": file,
        },
    }
