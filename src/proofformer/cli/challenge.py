"""`proofformer challenge`: from how many documents on a model with a fixed state must fail, and where a kernel does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from proofformer.arguments import ARGUMENTS
from proofformer.cli.asking import problem_options
from proofformer.cli.challenge_kernel import challenged, replayed
from proofformer.cli.common import console, json_option, print_json
from proofformer.errors import InputError

if TYPE_CHECKING:
    from proofformer.challenge.families import Matching

MOST_DIM = 4096
DIM, KERNEL_DIM, MAX_N, MOST_READ = 64, 16, 512, 16384
PAGE = "docs/why-not-subquadratic.md"


@click.command("challenge", short_help="Show what kernels and fixed states cannot do.")
@click.argument("kernel", metavar="[KERNEL]", required=False)
@click.option("--problem", "name", default="ov", metavar="P", show_default=True, help="What is asked, of two sets.")
@click.option(
    "--dim", type=click.IntRange(2, MOST_DIM), metavar="L", help=f"Entries of a row.  [{DIM}; KERNEL: {KERNEL_DIM}]"
)
@click.option("--state-bits", type=click.IntRange(min=1), metavar="S", help="Bits of a state, all that a model keeps.")
@click.option("--n", type=click.IntRange(min=1), metavar="N", help="Documents to tell the error of.  [where it is 10%]")
@click.option("--states", is_flag=True, help="The states of stock models instead, from their default configurations.")
@click.option(
    "--max-n", type=click.IntRange(min=2), metavar="N", help=f"KERNEL: most documents.  [{MAX_N}; models {MOST_READ:,}]"
)
@problem_options
@click.option("--dtype", metavar="D", help="KERNEL: float16, bfloat16, float32 or float64.  [float32]")
@click.option("--cost", metavar="C", help="What the method of a KERNEL of your own costs: linear or quadratic.")
@click.option("--layers", type=click.IntRange(min=1), metavar="N", help="Layers of a stock model.  [1; rwkv 2]")
@click.option("--seed", type=click.IntRange(min=0), metavar="S", help="KERNEL: the same seed, the same instances.  [0]")
@click.option("-o", "--output", metavar="DIR", help="KERNEL: write the witness to this new folder.")
@click.option("--report", metavar="DIR", help="KERNEL: write report.html into this folder.")
@click.option("--replay", metavar="DIR", help="Ask a witness again instead.")
@json_option
@click.pass_context
def challenge_command(
    ctx: click.Context,
    /,
    kernel: str | None,
    name: str,
    dim: int | None,
    state_bits: int | None,
    n: int | None,
    states: bool,
    replay: str | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Find instances on which the compiled model is wrong with KERNEL in the place of its attention.

    KERNEL is softmax, hybrid, topk, elu, taylor, window, pooled, indexer, or your own, as FILE.py:NAME or MODULE:NAME,
    which is run. If only the problem is named, it is the decision between two sets of documents. Exit code 1 when an
    instance is found, or a replayed one is still answered wrongly.

    Or it is a model with a state, which is asked by itself: mamba, mamba2, falconmamba, rwkv, recurrentgemma, minimax,
    qwen3next, small and with random weights, or your own. Found are two sets of documents that leave it in one state.

    Without KERNEL, print the number of documents from which every model with a state of S bits must fail, whatever its
    weights. It reads the documents of one set, and then those of another; the state is all that it keeps of the first.
    """
    bounding = states or state_bits is not None or n is not None
    if (kernel is not None or replay is not None) and bounding:
        raise InputError(
            "--state-bits, --n and --states are for models with a fixed state: leave out KERNEL and --replay"
        )
    defaults = {a.name: a.default for a in ARGUMENTS} | dict.fromkeys(
        ("max_n", "dtype", "cost", "layers", "seed", "output", "report")
    )
    given = {option: value for option, value in asked.items() if value != defaults[option]}
    if replay is not None:
        cost = given.pop("cost", None)
        told = given | ({} if dim is None else {"dim": dim}) | ({} if name == "ov" else {"problem": name})
        if told:
            option = next(iter(told)).replace("_", "-")
            raise InputError(f"--{option} is not for --replay, where the witness says what is asked: leave it out")
        ctx.exit(replayed(kernel, cost, replay, as_json=as_json))
    if kernel is not None:
        output, report = given.pop("output", None), given.pop("report", None)
        ctx.exit(challenged(kernel, name, output, report, {"dim": dim or KERNEL_DIM, **given}, as_json=as_json))
    if given:
        raise InputError(f"--{next(iter(given)).replace('_', '-')} is for a KERNEL: name one, such as elu")
    _bounded(name, dim or DIM, state_bits, n, states, as_json=as_json)


def _bounded(name: str, dim: int, state_bits: int | None, n: int | None, states: bool, *, as_json: bool) -> None:
    """What a fixed state cannot do."""
    from proofformer.challenge.families import matching

    matched = matching(name, dim=dim)
    if states:
        if state_bits is not None or n is not None:
            raise InputError("--states has the bits of each model: leave out --state-bits and --n")
        facts = _states(matched)
    elif state_bits is None:
        raise InputError("there is no KERNEL and nothing to bound: pass --state-bits S, or --states, or name a kernel")
    else:
        facts = _bounds(matched, state_bits, n)
    (print_json if as_json else _show_states if states else _show_bounds)(facts)


def _least(matched: Matching, bits: int) -> dict[str, int | None]:
    """An n from which on T1 holds, for documents with l//2 ones, and for any where that is known to be less."""
    from proofformer.challenge.bounds import least_n, one_pass

    found = {"half": least_n(matched.count, bits)}
    return found | ({"any": one_pass(matched.problem.dim, bits)} if matched.problem.name in ("ov", "min-ip") else {})


def _bounds(matched: Matching, bits: int, n: int | None) -> dict[str, Any]:
    from proofformer.challenge.bounds import PROVED, error_floor, telling_n, two_way, widest_blocks

    dim = matched.problem.dim
    n = n or telling_n(dim, bits)
    r = 0 if n is None else widest_blocks(dim, n)
    floor = None
    if n is not None and r:
        share = float(error_floor(bits, n, r))
        floor = {"theorem": "T3", "n": n, "other": 1 << r - 1, "r": r, "error_at_least": share}
    one_pass = [{"theorem": "T1", "documents": which, "n": at} for which, at in _least(matched, bits).items()]
    return {
        "problem": matched.problem.to_json(),
        "state_bits": bits,
        "kind": PROVED,
        "must_fail": [*one_pass, {"theorem": "T2", "documents": "half", "n": two_way(dim, bits)}],
        "floor": floor,
    }


def _show_bounds(facts: dict[str, Any]) -> None:
    from proofformer.problems import Problem

    asked, bits = Problem.from_json(facts["problem"]), f"{facts['state_bits']:,}"
    ones = f"documents with {asked.dim // 2} ones"
    click.echo(f"{asked.label}: one set is read, then the other; {facts['kind']} ({PAGE})")
    for claim in facts["must_fail"]:
        which = ones if claim["documents"] == "half" else "any documents"
        what = f"{bits} bits of state, {which}"
        if claim["theorem"] == "T2":
            what = f"{bits} bits of summaries of each set in all layers, {ones}"
        told = "no n is proved" if claim["n"] is None else f"must fail from n = {claim['n']:,} on"
        click.echo(f"{claim['theorem']}  {told}: {what}")
    if (floor := facts["floor"]) is None:
        click.echo("T3  no error is proved")
    else:
        sets = f"n = {floor['n']:,} and {floor['other']:,} documents"
        click.echo(
            f"T3  errs in at least {floor['error_at_least']:.2%} of draws at {sets}: {bits} bits of state, {ones}"
        )


def _states(matched: Matching) -> dict[str, Any]:
    from dataclasses import asdict

    from proofformer.challenge.bounds import PROVED
    from proofformer.challenge.states import STOCK, default_states

    rows = []
    for dtype in ("float32", "bfloat16"):
        for stock, size in zip(STOCK, default_states(dtype), strict=True):
            proved = [n for n in _least(matched, size.bits).values() if n is not None]
            n = None if size.bits_per_token else min(proved, default=None)
            rows.append({**asdict(size), "dtype": dtype, "keeps": stock.says, "source": stock.source, "n": n})
    return {"problem": matched.problem.to_json(), "kind": PROVED, "theorem": "T1", "models": rows}


def _show_states(facts: dict[str, Any]) -> None:
    from rich.table import Table

    from proofformer.problems import Problem

    table = Table(box=None, pad_edge=False)
    for heading in ("model", "dtype", "layers", "bits of state", "must fail from n ="):
        table.add_column(heading, justify="left" if heading in ("model", "dtype", "layers") else "right")
    for row in facts["models"]:
        layers = ", ".join(f"{count} {kind.removesuffix('_attention')}" for kind, count in row["layers"].items())
        grows = f" + {row['bits_per_token']:,} a token" if row["bits_per_token"] else ""
        n = "none: it grows" if grows else "none proved" if row["n"] is None else f"{row['n']:,}"
        table.add_row(row["name"], row["dtype"], layers, f"{row['bits']:,}{grows}", n)
    click.echo(f"{Problem.from_json(facts['problem']).label}: T1, {facts['kind']} ({PAGE})")
    console().print(table)
