"""`proofformer sat`: a formula to documents, and a pair of them back to an assignment."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.common import device_option, few_threads, json_option, print_json
from proofformer.cli.common import seconds as pretty_seconds
from proofformer.errors import InputError, ProofError, one_of

if TYPE_CHECKING:
    from proofformer.reductions import Question

VIAS = ("ov", "lsd", "min-ip", "max-ip")
MOST_DOCUMENTS = 1 << 17
SATISFIABLE, UNSATISFIABLE = 10, 20


@click.command("sat", short_help="Satisfy a formula by a Transformer that compares documents.")
@click.argument("file", metavar="FILE.cnf")
@click.option("--via", default="ov", metavar="V", show_default=True, help=f"What is asked: {', '.join(VIAS)}.")
@click.option(
    "--most",
    type=click.IntRange(min=2),
    default=MOST_DOCUMENTS,
    metavar="N",
    show_default=True,
    help="Refuse a formula that may need more documents.",
)
@device_option
@json_option
@click.pass_context
def sat_command(ctx: click.Context, /, file: str, via: str, most: int, device: str, as_json: bool) -> None:
    """Answer whether the formula in FILE.cnf (DIMACS) is satisfiable, and by what, as DIMACS lines.

    Every document is an assignment of half of the variables, every keyword a clause that it leaves open; two halves
    without a common keyword are an assignment. N free variables make up to 2 x 2^(N/2) documents.

    Exit codes are those of SAT solvers: 10 satisfiable, 20 not, 2 bad input.
    """
    from proofformer.artifacts.model_folder import device_named
    from proofformer.reductions.formulas import dimacs_answer, read_dimacs, sizes
    from proofformer.reductions.reduction import solve
    from proofformer.reductions.routes import route
    from proofformer.reductions.sat import SAT
    from proofformer.runtime.on_demand import OnDemand

    if via not in VIAS:
        raise InputError(f"--via {via!r} is unknown: {one_of(via, VIAS)}")
    device_named(device)
    chain = route(SAT, via)
    formula = read_dimacs(file)
    facts = sizes(formula)
    if not as_json:
        click.echo(f"c {file}: {formula.variables} variables, {len(formula.clauses):,} clauses")
        if formula.differs:
            click.echo(f"c {formula.differs}")
        click.echo(f"c {facts['free_variables']} variables are free: up to {facts['most_documents']:,} documents")
    if facts["most_documents"] > most:
        raise InputError(
            f"{facts['free_variables']} free variables may need {facts['most_documents']:,} documents, more than "
            f"{most:,}: pass --most {facts['most_documents']} if time and memory allow it"
        )
    told: list[dict[str, Any]] = []
    answering = OnDemand(device)

    def oracle(asked: Question) -> Any:
        start = perf_counter()
        model = answering.model(asked.problem, asked.instance.n)
        compiled = perf_counter()
        few_threads(asked.instance.n)
        answer = model.solve(asked.instance)
        told.append(
            {
                "problem": asked.problem.label,
                "documents": list(asked.sizes),
                "dtype": model.plan.dtype.name,
                "compiling_seconds": round(compiled - start, 6),
                "seconds": round(perf_counter() - compiled, 6),
            }
        )
        return answer

    assignment = solve(chain, formula, oracle)
    if assignment is not None and not formula.holds(assignment):
        raise ProofError(f"the assignment {assignment} that was found does not satisfy {file}: this is a bug")
    code = UNSATISFIABLE if assignment is None else SATISFIABLE
    if as_json:
        print_json(
            {
                "file": file,
                "via": chain.name,
                **facts,
                "header": formula.header and dict(zip(("variables", "clauses"), formula.header, strict=True)),
                "header_differs": formula.differs is not None,
                "satisfiable": assignment is not None,
                "assignment": None if assignment is None else list(assignment),
                "questions": told,
            }
        )
        ctx.exit(code)
    click.echo(f"c {chain.name}: {len(told)} question{'s' if len(told) != 1 else ''}")
    if not told:
        click.echo("c settled by unit clauses, by a half alone or by a zero document: nothing was left to ask")
    for line in told[:5]:
        counts = " + ".join(f"{n:,}" for n in line["documents"])
        time = pretty_seconds(line["seconds"])
        click.echo(f"c {line['problem']}, {counts} documents, {line['dtype']}: {time}")
    if assignment is not None:
        click.echo(f"c checked: all {len(formula.clauses):,} clauses hold")
    for text in dimacs_answer(assignment):
        click.echo(text)
    ctx.exit(code)
