"""What the matrices of a page stand in: the network in formulas, with what differs from circuit to circuit."""

from __future__ import annotations

from collections.abc import Iterator

from proofformer.circuit import At
from proofformer.circuit.entries import entry_weights
from proofformer.circuit.nodes import DOC, IS_DOCUMENT, IS_FIRST, IS_SECOND, IS_START, ONE, PLACE
from proofformer.explain.describe import span
from proofformer.planner import Plan
from proofformer.problems import Problem

INPUTS = {
    ONE: "1 everywhere",
    IS_START: "1 on START",
    IS_DOCUMENT: "1 on documents",
    IS_FIRST: "1 on documents of A",
    IS_SECOND: "1 on documents of B",
    DOC: "the document's bits",
    PLACE: "its index in its set, lowest bit first",
}


def network(asked: Problem, plan: Plan) -> Iterator[str]:
    """Tokens, inputs and layers: with the blocks, enough to run the model by hand."""
    circuit, told = plan.circuit, dict(INPUTS)
    if asked.levels > 1:
        weights = ", ".join(map(str, entry_weights(asked.levels)))
        told[DOC] = f"the bits of each entry, which count {weights}: theory, section 2"
    sets = "B from its last document to its first, A likewise" if asked.bichromatic else "documents n-1..0"
    own = [s for s in circuit.inputs if not s.seen]
    inputs = ", ".join(f"`{s.name}`" + f"[{span(0, s.width)}]" * (s.width > 1) + f" ({told[s.name]})" for s in own)
    copies = ", ".join(f"`{s.name}`" for s in circuit.inputs if s.seen)
    yield (
        f"**The network.** It has a row x_r for each token r: START, {sets}, READ. The token's input u_r is {inputs}, "
        f"0 where that does not apply{f'; and {copies}, those of the token before it' * bool(copies)}. Then, block by "
        "block, all heads of a block at once:"
    )
    yield ""
    yield "    x_r = W_E u_r"
    seen = "s <= r" if circuit.inclusive else "s < r"
    yield f"    x_r <- x_r + W_O (sum over {seen} of softmax_s(<W_Q x_r, W_K x_s>) W_V x_s), for each head"
    yield "    x_r <- x_r + W_2 relu(W_1 x_r + b_1) + b_2"
    yield "    answer = W_U x_READ, each number's lowest bit first"
    yield ""
    none = "" if circuit.inclusive else " START sees no token and is given 0."
    last = next((k for k, block in enumerate(plan.layout.blocks) if block.at is At.READ), None)
    alone = "" if last is None else f" From block {last} on, READ's row alone goes on, and the others stay as they are."
    yield (
        f"The scale is 1, and nothing is normalised.{none}{alone} What is not in the table is 0. `~` marks what a head "
        "returned and is not restored yet; `clear` zeroes dimensions that later signals take."
    )
