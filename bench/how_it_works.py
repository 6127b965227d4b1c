"""What docs/how-it-works.md tells of four documents: exact numbers of the interpreter, decimals of the float32 models.

python bench/how_it_works.py
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import ceil, floor

import torch
from results import measure
from torch import Tensor

import proofformer as pf
from proofformer.circuit import Role, interpret, sequence
from proofformer.circuit.interpreter import ExactTrace
from proofformer.problems import PairAnswer
from proofformer.runtime import Model
from proofformer.runtime.attention import sdpa

DOCUMENTS = ((1, 1, 0, 0), (0, 1, 0, 1), (1, 0, 0, 0), (0, 1, 0, 0))
READ = len(DOCUMENTS) + 1


Table = list[list[object]]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    return [list(head), *map(list, rows)]


def bits(values: Iterable[object]) -> str:
    return " ".join(str(v) for v in values)


def decimal(x: float) -> str:
    """Four digits, and honest about what is only nearly 0 or 1."""
    if x in (0, 1):
        return str(int(x))
    return "<0.0001" if x < 0.0001 else ">0.9999" if x > 0.9999 else f"{x:.4f}"


def number(bits_of: Iterable[int]) -> int:
    return sum(b << k for k, b in enumerate(bits_of))


def row_of(document: int) -> int:
    return len(DOCUMENTS) - document


def token(row: int) -> str:
    return "START" if row == 0 else "READ" if row == READ else f"document {row_of(row)}"


@dataclass
class Run:
    """One model on the four documents: every signal exactly, every residual, and every head's scores."""

    model: Model
    trace: ExactTrace
    residuals: list[Tensor]
    scores: dict[str, Tensor]

    def exact(self, signal: str, row: int) -> tuple[int, ...]:
        value = self.trace[signal][row]
        assert value is not None
        return tuple(int(v) for v in value)

    def noisy(self, signal: str, row: int) -> list[float]:
        """What the float32 model has for the signal right after it was made."""
        where = self.model.plan.layout.slice_of(signal)
        numbers: list[float] = self.residuals[where.born + 1][0, row, where.start : where.stop].tolist()
        return numbers

    def ranges(self, name: str) -> list[tuple[int, int]]:
        return [t.bounds(self.model.plan.circuit.signals) for t in self.model.plan.circuit.heads[name].order]

    def values(self, name: str, row: int, key: int) -> list[int]:
        """The entries of the head, exactly, for one query and one key."""
        found = []
        for term in self.model.plan.circuit.heads[name].order:
            q = [r.value(lambda s, i: self.exact(s, row)[i]) for r in term.query]
            k = [r.value(lambda s, i: self.exact(s, key)[i]) for r in term.key]
            found.append(sum(a * b for a, b in zip(q, k, strict=True)))
        return found

    def attention_table(self, name: str, row: int, columns: Sequence[str]) -> Table:
        """Key by key: the entries and their weighted sum, exactly, and the softmax weight in float32."""
        plan = self.model.plan.head(name)
        scores = self.scores[name][row, :row]
        weights = torch.softmax(scores, dim=0).tolist()
        lines = []
        for key in range(row):
            entries = self.values(name, row, key)
            score = sum(w * e for w, e in zip(plan.weights, entries, strict=True))
            assert float(scores[key]) == plan.b * score
            lines.append([key, token(key), *entries, score, decimal(weights[key])])
        return table(["token", "key", *columns, "score", "softmax weight"], lines)

    def entry_table(self, name: str, meanings: Sequence[str]) -> Table:
        ranges = (f"{lo}..{hi}" for lo, hi in self.ranges(name))
        return table(
            ["entry", "range", "weight"], zip(meanings, ranges, self.model.plan.head(name).weights, strict=True)
        )


def run(name: str, question: str | None = None) -> Run:
    model = pf.compile(name, question=question, dim=len(DOCUMENTS[0]), max_n=len(DOCUMENTS))
    plan = model.plan
    calls: list[Tensor] = []

    def record(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
        calls.append(scale * q[0] @ k[0].transpose(1, 2))
        return sdpa(q, k, v, scale=scale, causal=causal)

    residuals = model.transformer.residuals(model.tokens(torch.tensor([DOCUMENTS])), record)
    kinds, tokens = sequence((DOCUMENTS,), plan.circuit.inputs)
    assert [k is Role.FIRST for k in kinds] == [0 < row < READ for row in range(READ + 1)]
    scores = {}
    for block, call in zip((b for b in plan.layout.blocks if b.heads), calls, strict=True):
        for head, found in zip(block.heads, call, strict=True):
            scores[head] = torch.zeros(READ + 1, READ)
            scores[head][-len(found) :] = found
    return Run(model, interpret(plan.circuit, kinds, tokens), residuals, scores)


@torch.inference_mode()
def closest_pair() -> dict[str, str | Table]:
    r = run("closest-pair")
    plan, n = r.model.plan, len(DOCUMENTS)
    head, asked = plan.head("partner"), pf.problem("closest-pair", dim=len(DOCUMENTS[0]))
    away = {
        (i, j): sum(a != b for a, b in zip(DOCUMENTS[i], DOCUMENTS[j], strict=True))
        for i, j in combinations(range(n), 2)
    }
    nearest = min(away.values())
    answer = min(pair for pair, d in away.items() if d == nearest)
    reads = []
    for read, what in (("doc", "partner's document"), ("place", "partner's index"), ("found", "found")):
        noisy = r.noisy(f"partner.{read}~", row_of(0))
        restored = r.noisy(f"partner.{read}", row_of(0))
        exact = r.exact(f"partner.{read}~", row_of(0))
        assert [float(v) for v in r.exact(f"partner.{read}", row_of(0))] == restored
        reads.append([what, ", ".join(map(decimal, noisy)), bits(exact), bits(int(v) for v in restored)])
    noisy = r.noisy("partner.doc~", row_of(0))
    low, high = max(y for y in noisy if y < 0.5), max(noisy)
    gate = [
        [
            f"{y:.4f}",
            f"{max(4 * y - 2, 0):.4f}",
            f"{max(4 * y - 3, 0):.4f}",
            f"{max(4 * y - 2, 0) - max(4 * y - 3, 0):g}",
        ]
        for y in (low, high)
    ]
    outputs = []
    for out in plan.circuit.outputs:
        noisy, found = r.noisy(f"{out.signal}~", READ), r.exact(out.signal, READ)
        assert [float(v) for v in found] == r.noisy(out.signal, READ)
        outputs.append([out.field, ", ".join(map(decimal, noisy)), bits(found), number(found)])
    solved, oracle = r.model.solve(DOCUMENTS), asked.answer(DOCUMENTS)
    assert isinstance(solved, PairAnswer)
    assert solved == oracle == PairAnswer(answer, nearest)
    spans = [w * (hi - lo) for w, (lo, hi) in zip(head.weights, r.ranges("partner"), strict=True)]
    columns = ["visible", "agreement", "-index"]
    return {
        "documents": table(["index", "document"], [[i, bits(v)] for i, v in enumerate(DOCUMENTS)]),
        "distances": table(
            ["", *(str(j) for j in range(1, n))],
            [[f"**{i}**", *(away.get((i, j), "") for j in range(1, n))] for i in range(n - 1)],
        ),
        "value": str(nearest),
        "ties": ", ".join(str(pair) for pair, d in away.items() if d == nearest),
        "answer": str(answer),
        "tokens": table(
            ["token", "", "is_start", "is_document", "doc", "place"],
            [
                [row, token(row), *(bits(r.exact(s, row)) for s in ("is_start", "is_document", "doc", "place"))]
                for row in range(READ + 1)
            ],
        ),
        "partner_entries": r.entry_table(
            "partner", ["visible: documents 1, START 0, the rest -1", "agreement", "minus the index"]
        ),
        "partner_0": r.attention_table("partner", row_of(0), columns),
        "partner_3": r.attention_table("partner", row_of(n - 1), columns),
        "b": str(head.b),
        "index_span": str(spans[2]),
        "agreement_weight": str(head.weights[1]),
        "below": str(spans[1] + spans[2]),
        "visible_weight": str(head.weights[0]),
        "unseen_gap": str(head.unseen_gap),
        "reads": table(["", "what the head returns", "exact argmax", "restored"], reads),
        "gate": table(["y", "relu(4y - 2)", "relu(4y - 3)", "difference"], gate),
        "zero": f"{ceil(head.bounds.zero * 10_000) / 10_000}",
        "one": f"{floor(head.bounds.one_low * 10_000) / 10_000}",
        "distance": table(
            ["document", "", "partner", "partner's document", "found", "distance", "in binary"],
            [
                [
                    i,
                    bits(DOCUMENTS[i]),
                    number(r.exact("partner.place", row_of(i))) if i < n - 1 else "(START)",
                    bits(r.exact("partner.doc", row_of(i))),
                    *(bits(int(v) for v in r.noisy(s, row_of(i))) for s in ("partner.found", "value", "value.bits")),
                ]
                for i in range(n)
            ],
        ),
        "best_entries": r.entry_table(
            "best", ["visible: found 1, START 0, the rest -1", "minus the distance", "minus the index"]
        ),
        "best": r.attention_table("best", READ, ["visible", "-distance", "-index"]),
        "outputs": table(["field", "what the head returns", "restored", "number"], outputs),
        "solved": str(solved),
        "oracle": str(oracle),
        "blocks": table(
            ["block", "runs on", "heads", "gates in the MLP"],
            [
                [
                    k,
                    "READ alone" if b.at.value == "read" else "every token",
                    ", ".join(f"`{h}`" for h in b.heads) or "none",
                    ", ".join(f"`{g}`" for g in b.gates),
                ]
                for k, b in enumerate(plan.layout.blocks)
            ],
        ),
        "width": str(plan.layout.width),
    }


@torch.inference_mode()
def orthogonal() -> dict[str, str | Table]:
    r = run("ov", "decide")
    columns = ["document or START", "-inner product", "is_document"]
    pairs = [
        f"({i}, {j})"
        for i, j in combinations(range(len(DOCUMENTS)), 2)
        if not any(a and b for a, b in zip(DOCUMENTS[i], DOCUMENTS[j], strict=True))
    ]
    (noisy,), (bit,) = r.noisy("yes.hit~", READ), r.noisy("yes", READ)
    answer = str(r.model.solve(DOCUMENTS))
    assert answer == ("yes" if pairs else "no")
    hits = [
        [i, *map(decimal, r.noisy("hit.is_document~", row_of(i))), *r.exact("hit", row_of(i))]
        for i in range(len(DOCUMENTS))
    ]
    return {
        "document_0": r.attention_table("hit", row_of(0), columns),
        "document_1": r.attention_table("hit", row_of(1), columns),
        "hits": table(["document", "what the head returns", "hit"], hits),
        "weights": ", ".join(map(str, r.model.plan.head("hit").weights)),
        "b": str(r.model.plan.head("hit").b),
        "noisy": decimal(noisy),
        "bit": decimal(bit),
        "answer": answer,
        "pairs": f"{', '.join(pairs)} is orthogonal" if len(pairs) == 1 else f"orthogonal are {', '.join(pairs)}",
    }


PARTS = {"closest_pair": closest_pair, "orthogonal": orthogonal}

if __name__ == "__main__":
    measure("how_it_works", PARTS)
