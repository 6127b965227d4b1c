"""Writes proofs/coq/Obligations.v, a lemma for each claim, and finds what docs/obligations.md tells of them.

python bench/obligations.py [claims] [break_even]
"""

from __future__ import annotations

from fractions import Fraction

from results import ROOT, measure

from prooflab.lemmas import CLAIMS, Lemma, break_even, coq_lemmas

PROOFS = ROOT / "proofs" / "coq" / "Obligations.v"


def number(x: Fraction) -> str:
    """A power of two, or a fraction."""
    top, bottom = x.numerator, x.denominator
    if bottom == 1 and top > 4096 and top & (top - 1) == 0:
        return f"2^{top.bit_length() - 1}"
    if top == 1 and bottom > 4096 and bottom & (bottom - 1) == 0:
        return f"2^-{bottom.bit_length() - 1}"
    return str(x)


def claims() -> list[dict[str, str | list[str]]]:
    """Written as lemmas of Coq, and told in words."""
    PROOFS.write_text(coq_lemmas(CLAIMS))
    return [told(claim) for claim in CLAIMS]


def told(claim: Lemma) -> dict[str, str | list[str]]:
    used, section = claim.used.split("; "), str(claim.section)
    return {"claim": claim.name, "statement": claim.statement, "used": used, "section": section}


def broken(claim: Lemma, name: str) -> dict[str, str]:
    """Raises ValueError if no value tried breaks the claim: then it does not depend on the constant."""
    constant, found = claim.constants[name], break_even(claim, name)
    if found is None:
        raise ValueError(f"{claim.name}: no value tried for {name} makes the claim false; try values further away")
    return {
        "claim": claim.name,
        "constant": name,
        "source": constant.source,
        "value": number(constant.value),
        "broken": number(found.value),
        "where": ", ".join(f"{variable} = {value}" for variable, value in found.at.items()) or "the numbers themselves",
    }


def values() -> list[dict[str, str]]:
    return [broken(claim, name) for claim in CLAIMS for name in claim.constants]


if __name__ == "__main__":
    measure("obligations", {"claims": claims, "break_even": values}, ("z3-solver",))
