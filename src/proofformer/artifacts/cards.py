"""Model cards of exports that take residual rows, with a use that does without proofformer."""

from __future__ import annotations

from collections.abc import Sequence

from proofformer.artifacts.stock import Architecture
from proofformer.circuit.nodes import IS_DOCUMENT, IS_FIRST, IS_SECOND
from proofformer.planner import Plan
from proofformer.planner.bounds import ASSUMPTIONS
from proofformer.problems import Problem
from proofformer.theorems import statement_for, theorem_for

ROWS = (
    "It takes one row for each token: START, the documents in reverse order, READ. `proofformer.json` says which "
    "dimensions of a row hold what. Each token also carries what the token before it knows, since it sees itself as "
    "well: that is how no document is paired with itself."
)
FIELDS = (
    "The answer's fields are whole numbers: `found` (whether there is a pair), `i`, `j` and the value, or `decision`. "
    "Of a similarity, the value is what the two share (`shared`) and the ones of each (`norm_i`, `norm_j`)."
)
NUMBERS = '{name: sum(int(bits[d]) << k for k, d in enumerate(ds)) for name, ds in at["answer"].items()}'


def stock_card(problem: Problem, plan: Plan, architecture: Architecture) -> str:
    """The card of a stock Hugging Face folder."""
    loader = architecture.loader
    what = f"It is an ordinary {architecture.name} model: `{loader}.from_pretrained` loads it, with no code of its own."
    load = [
        "import json, torch",
        f"from transformers import {loader}",
        "",
        f'at, model = json.load(open("proofformer.json")), {loader}.from_pretrained(".")',
    ]
    ask = ["with torch.no_grad():", "    bits = model(inputs_embeds=x[None]).last_hidden_state[0, -1]"]
    keep = [
        f"* the dtype, {plan.dtype.name}: no quantization, no autocast;",
        "* torch's own attention (`sdpa`, the default): others may round scores to the stored type;",
        "* the rows as they are: no attention mask, no padding, no positions of your own.",
    ]
    front = ["---", "library_name: transformers", "tags: [proofformer]", "---", ""]
    return "\n".join(front) + _card(
        problem, plan, architecture.name, what, [*load, *rows_code(problem, plan), *ask], keep
    )


def hooked_card(problem: Problem, plan: Plan) -> str:
    """The card of a TransformerLens folder."""
    what = (
        "It is a `HookedTransformer` without normalisation. `proofformer.json` names, for each signal, the hook and "
        "the dimensions where it stands, and for each head its layer and number."
    )
    load = [
        "import json, torch",
        "from safetensors.torch import load_file",
        "from transformer_lens import HookedTransformer, HookedTransformerConfig",
        "",
        'at = json.load(open("proofformer.json"))',
        'model = HookedTransformer(HookedTransformerConfig(**at["config"] | {"dtype": getattr(torch, at["dtype"])}))',
        'model.load_state_dict(load_file("model.safetensors"), strict=False)',
    ]
    ask = ["logits, cache = model.run_with_cache(x[None], start_at_layer=0)", "bits = logits[0, -1]"]
    keep = [
        f"* the dtype, {plan.dtype.name};",
        "* the rows as they are, at `start_at_layer=0`: the model has no tokens, and its logits are the answer's bits.",
    ]
    return _card(problem, plan, "TransformerLens", what, [*load, *rows_code(problem, plan), *ask], keep)


def rows_code(problem: Problem, plan: Plan) -> list[str]:
    """Python that makes rows `x` of documents X, or A and B, given `at`, the content of `proofformer.json`."""
    entries = "0/1" if problem.levels == 1 else f"0..{problem.levels}"
    sets, marks = ["X"], [f'x[1:-1, c["{IS_DOCUMENT}"]]']
    if problem.bichromatic:
        sets = ["B", "A"]
        marks = [f'x[1 : 1 + len(B), c["{IS_SECOND}"]]', f'x[1 + len(B) : -1, c["{IS_FIRST}"]]']
    ones = ['x[:, at["ones"]]', 'x[0, c["is_start"]]', *marks]
    documents = ", ".join(f"{name}.flip(0)" for name in sets)
    indices = ", ".join(f"torch.arange(len({name})).flip(0)" for name in sets)
    return [
        f"# {' and '.join(sorted(sets))}: (n, {problem.dim}) of {entries}, at most {plan.max_n} rows in all",
        f'docs, place, c = torch.cat([{documents}]), torch.cat([{indices}]), at["columns"]',
        'x = torch.zeros(len(docs) + 2, at["width"], dtype=getattr(torch, at["dtype"]))',
        f"{' = '.join(ones)} = 1",
        'x[1:-1, c["doc"]] = torch.tensor(at["code"])[docs].flatten(1).to(x)',
        'x[1:-1, c["place"]] = (place[:, None] >> torch.arange(len(c["place"])) & 1).to(x)',
        'for copy, of in at["seen"].items():',
        "    x[1:, c[copy]] = x[:-1, c[of]]",
    ]


def _card(problem: Problem, plan: Plan, form: str, what: str, code: Sequence[str], keep: Sequence[str]) -> str:
    theorem = theorem_for(problem)
    lines = [
        f"# {problem.label}, up to {plan.max_n:,} documents, {form} in {plan.dtype.name}",
        "",
        f"A Transformer compiled from a proof by proofformer; no weight was trained. {what}",
        "",
        f"**Statement.** {statement_for(problem, plan.max_n)}",
        "",
        f"**Proof.** {theorem.proof}",
        "",
        f"**Lemma.** {theorem.lemma}",
        "",
        f"**Source.** {theorem.source}",
        "",
        "## Use",
        "",
        ROWS,
        "",
        "```python",
        *code,
        f"answer = {NUMBERS}",
        "```",
        "",
        FIELDS,
        "",
        "## Keep",
        "",
        *keep,
        "",
        "## What the proof assumes of the machine",
        "",
        *(f"* {a}" for a in ASSUMPTIONS),
        "",
    ]
    return "\n".join(lines)
