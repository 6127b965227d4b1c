"""`proofformer reduce`: a question in a file to those it is reduced to, in a folder."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from proofformer.cli.asking import asked_beyond, problem_options
from proofformer.cli.common import place_for
from proofformer.errors import InputError

if TYPE_CHECKING:
    from proofformer.reductions import Formula, Question

MOST_DOCUMENTS = 1 << 24
"""That are written for a formula."""


@click.command("reduce", short_help="Turn one question into others, as files.")
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@click.argument("source", metavar="INPUT")
@click.argument("other", metavar="[INPUT_B]", required=False)
@problem_options
@click.option("-o", "--output", required=True, metavar="DIR", help="The folder to write, which must not exist.")
def reduce_command(start: str, end: str, source: str, other: str | None, output: str, **asked: Any) -> None:
    """Reduce a question FROM (sat, ov, min-ip, max-ip, msd, lsd) to questions TO, and write their documents.

    INPUT is a DIMACS .cnf file for sat, else rows of entries as `solve` takes them; INPUT_B the second set. DIR gets a
    file question-0.npz with A (and B) for each question, and reduction.json with the problems and the sizes.
    """
    import numpy as np

    from proofformer.reductions import Formula
    from proofformer.reductions.reduction import translated
    from proofformer.reductions.routes import route

    chain = route(start, end)
    if Path(output).exists():
        raise InputError(f"{output} exists: name a folder that does not")
    target = place_for(output)
    question = _question(start, source, other, asked)
    told = question.differs if isinstance(question, Formula) else None
    made = translated(chain, question)
    facts = {
        "reduction": chain.name,
        "statement": chain.statement,
        "sizes": chain.sizes,
        "questions": [{"problem": q.problem.to_json(), "documents": list(q.sizes), "l": q.dim} for q in made],
    }
    part = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        part.mkdir()
        for k, one in enumerate(made):
            arrays: dict[str, Any] = dict(zip("AB", one.sets, strict=False))
            np.savez(part / f"question-{k}.npz", **arrays)
        (part / "reduction.json").write_text(json.dumps(facts, indent=1) + "\n")
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    click.echo(f"{chain.name}: {len(made)} question{'s' if len(made) != 1 else ''}")
    click.echo(f"sizes: {chain.sizes}")
    if told is not None:
        click.echo(told)
    for one in made[:5]:
        click.echo(f"{one.problem.label}, {' + '.join(f'{n:,}' for n in one.sizes)} documents")
    if not made:
        click.echo("the answer is known without one")


def _question(start: str, source: str, other: str | None, asked: dict[str, Any]) -> Question | Formula:
    from proofformer.problems import load_matrix, problem
    from proofformer.reductions import Question
    from proofformer.reductions.formulas import read_dimacs, sizes
    from proofformer.reductions.sat import SAT

    if start == SAT:
        given = asked_beyond(asked)
        if other is not None or given:
            raise InputError(f"a formula takes no {'second file' if other else f'--{given[0]}'}: leave it out")
        formula = read_dimacs(source)
        facts = sizes(formula)
        if facts["most_documents"] > MOST_DOCUMENTS:
            raise InputError(
                f"{facts['free_variables']} free variables may need {facts['most_documents']:,} documents, more than "
                f"{MOST_DOCUMENTS:,}: give a smaller formula"
            )
        return formula
    sets = [load_matrix(name) for name in (source, other) if name is not None]
    asked["bichromatic"] = asked["bichromatic"] or len(sets) == 2
    return Question.of(problem(start, dim=int(sets[0].shape[1]), **asked), *sets)
