"""Writes proofs/obligations/*.smt2, one file for each claim, and docs/obligations.md with their break-even values.

python bench/obligations.py
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from prooflab.lemmas import CLAIMS, Claim, break_even, script

ROOT = Path(__file__).resolve().parent.parent
PROOFS = ROOT / "proofs" / "obligations"
PAGE = ROOT / "docs" / "obligations.md"

HEADER = """# Universal obligations

Written by `bench/obligations.py`. A plan checks its numbers for one n and one l. What it relies on beyond these are
inequalities between scalars ([theory](theory.md)), and here each is proved for all values at once, twice:

* by computer algebra (`prooflab.lemmas.unproved`): with every variable written as its bound plus something
  positive, left - right has positive coefficients only, or an equation expands to 0;
* by SMT solvers: [proofs/obligations](../proofs/obligations) has a file for each claim, in SMT-LIB 2, that asks for
  values that meet the hypotheses but not the conclusion. z3 and cvc5 both answer `unsat`: `z3 NAME.smt2`.

The constants are imported from the planner, or compared with what it does by the tests (the margin 1 of a weight, the
temperature), and what networks and scores compute is taken from their code. Sums over keys, bits or terms of a series
are proved by induction: the claim is its step. Claims about whole numbers are proved for real ones wherever a file says
`Real`.

"""

BREAK_EVEN = """
## Break-even values

What each constant could be at most (or at least) for its claim: the first of the values tried, in steps from the
planner's own in the direction that asks more, at which z3 says `sat`. The counterexample has been checked in exact
arithmetic. A claim about a bound is broken by values of what is bounded: it is the guarantee that fails there, not
every model.

"""


def number(x: Fraction) -> str:
    """A power of two, or a fraction."""
    top, bottom = x.numerator, x.denominator
    if bottom == 1 and top > 4096 and top & (top - 1) == 0:
        return f"2^{top.bit_length() - 1}"
    if top == 1 and bottom > 4096 and bottom & (bottom - 1) == 0:
        return f"2^-{bottom.bit_length() - 1}"
    return str(x)


def claim_row(claim: Claim) -> str:
    link = f"[{claim.name}](../proofs/obligations/{claim.name}.smt2)"
    logic = script(claim).split("set-logic ")[1].split(")")[0]
    used = "; ".join(f"`{place}`" for place in claim.used.split("; "))
    statement = claim.statement.replace("|", "\\|")
    return f"| {link} | {statement} | {used} | {claim.section} | {logic} |"


def constant_row(claim: Claim, name: str) -> str:
    """Raises ValueError if no value tried breaks the claim: then it does not depend on the constant."""
    constant = claim.constants[name]
    broken = break_even(claim, name)
    if broken is None:
        raise ValueError(f"{claim.name}: no value tried for {name} makes the claim false; try values further away")
    where = ", ".join(f"{variable} = {value}" for variable, value in broken.at.items()) or "the numbers themselves"
    return (
        f"| {claim.name} | {name} | {constant.source} | {number(constant.value)} | {number(broken.value)} | {where} |"
    )


def page() -> str:
    lines = ["| claim | in words | where it is used | section | logic |", "|---|---|---|---|---|"]
    lines += [claim_row(claim) for claim in CLAIMS]
    broken = ["| claim | constant | from | value | false at | counterexample |", "|---|---|---|---|---|---|"]
    broken += [constant_row(claim, name) for claim in CLAIMS for name in claim.constants]
    return HEADER + "\n".join(lines) + "\n" + BREAK_EVEN + "\n".join(broken) + "\n"


def main() -> None:
    PROOFS.mkdir(parents=True, exist_ok=True)
    for stale in PROOFS.glob("*.smt2"):
        stale.unlink()
    for claim in CLAIMS:
        (PROOFS / f"{claim.name}.smt2").write_text(script(claim))
    PAGE.write_text(page())


if __name__ == "__main__":
    main()
