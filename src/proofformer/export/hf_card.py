"""The model card of a stock Hugging Face folder, with a use that needs transformers and torch alone."""

from __future__ import annotations

from proofformer.circuit.heads import IS_DOCUMENT, IS_FIRST, IS_SECOND
from proofformer.export.stock import Architecture
from proofformer.planner import Plan
from proofformer.planner.bounds import ASSUMPTIONS
from proofformer.problems import Problem
from proofformer.theorems import statement_for, theorem_for


def model_card(problem: Problem, plan: Plan, architecture: Architecture) -> str:
    """Markdown: what the model answers, why it is right, how to ask, what it does not survive."""
    theorem = theorem_for(problem)
    lines = [
        "---",
        "library_name: transformers",
        "tags: [proofformer]",
        "---",
        "",
        f"# {problem.label}, up to {plan.max_n:,} documents, {architecture.name} in {plan.dtype.name}",
        "",
        "A Transformer compiled from a proof by proofformer; no weight was trained. It is an ordinary "
        f"{architecture.name} model: `{architecture.loader}.from_pretrained` loads it, with no code of its own.",
        "",
        f"**Statement.** {statement_for(problem, plan.max_n)}",
        "",
        f"**Proof.** {theorem.section('Proof')}",
        "",
        f"**Lemma.** {theorem.lemma}",
        "",
        f"**Source.** {theorem.section('Source')}",
        "",
        "## Use",
        "",
        "It takes `inputs_embeds`, one row for each token: START, the documents in reverse order, READ. "
        "`proofformer.json` says which dimensions of a row hold what. Each token also carries what the token before it "
        "knows, since it sees itself as well: that is how no document is paired with itself.",
        "",
        "```python",
        *usage(problem, plan, architecture),
        "```",
        "",
        "The answer's fields are whole numbers: `found` (whether there is a pair), `i`, `j` and the value, or "
        "`decision`. Of a similarity, the value is what the two share (`shared`) and the ones of each (`norm_i`, "
        "`norm_j`).",
        "",
        "## Keep",
        "",
        f"* the dtype, {plan.dtype.name}: no quantization, no autocast;",
        "* torch's own attention (`sdpa`, the default): others may round scores to the stored type;",
        "* the rows as they are: no attention mask, no padding, no positions of your own.",
        "",
        "## What the proof assumes of the machine",
        "",
        *(f"* {a}" for a in ASSUMPTIONS),
        "",
    ]
    return "\n".join(lines)


def usage(problem: Problem, plan: Plan, architecture: Architecture) -> list[str]:
    """Python that reads the folder it is in and sets `answer`, for documents X, or A and B."""
    entries = "0/1" if problem.levels == 1 else f"0..{problem.levels}"
    sets, marks = ["X"], [f'x[1:-1, c["{IS_DOCUMENT}"]]']
    if problem.bichromatic:
        sets = ["B", "A"]
        marks = [f'x[1 : 1 + len(B), c["{IS_SECOND}"]]', f'x[1 + len(B) : -1, c["{IS_FIRST}"]]']
    ones = ['x[:, at["ones"]]', 'x[0, c["is_start"]]', *marks]
    documents = ", ".join(f"{name}.flip(0)" for name in sets)
    indices = ", ".join(f"torch.arange(len({name})).flip(0)" for name in sets)
    taken = f"{' and '.join(sorted(sets))}: (n, {problem.dim}) of {entries}, at most {plan.max_n} rows in all"
    return [
        "import json, torch",
        f"from transformers import {architecture.loader}",
        "",
        f'at, model = json.load(open("proofformer.json")), {architecture.loader}.from_pretrained(".")',
        f"# {taken}",
        f'docs, place, c = torch.cat([{documents}]), torch.cat([{indices}]), at["columns"]',
        "x = torch.zeros(len(docs) + 2, model.config.hidden_size, dtype=model.dtype)",
        f"{' = '.join(ones)} = 1",
        'x[1:-1, c["doc"]] = torch.tensor(at["code"])[docs].flatten(1).to(x)',
        'x[1:-1, c["place"]] = (place[:, None] >> torch.arange(len(c["place"])) & 1).to(x)',
        'for copy, of in at["seen"].items():',
        "    x[1:, c[copy]] = x[:-1, c[of]]",
        "with torch.no_grad():",
        "    bits = model(inputs_embeds=x[None]).last_hidden_state[0, -1]",
        'answer = {name: sum(int(bits[d]) << k for k, d in enumerate(ds)) for name, ds in at["answer"].items()}',
    ]
