"""What exports share that take residual rows: the front around them, and what says where in a row everything stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from torch import Tensor

from proofformer.artifacts.card import card
from proofformer.artifacts.export_front import ExportFront
from proofformer.artifacts.stacked import Stacked
from proofformer.circuit.entries import entry_bits
from proofformer.circuit.nodes import IS_DOCUMENT, IS_FIRST, IS_SECOND, ONE
from proofformer.circuit.signals import copy_of
from proofformer.compiler import Spec
from proofformer.planner import Plan
from proofformer.runtime.front import Batches

ROWS = (
    "It takes one row for each token: START, the documents in reverse order, READ. `proofformer.json` says which "
    "dimensions of a row hold what, and `proofformer inspect` of this export shows it (a model folder compiled without "
    "`--mask inclusive` has another layout). Each token also carries what the token before it knows, since it sees "
    "itself as well: that is how no document is paired with itself."
)
FIELDS = (
    "The answer's fields are whole numbers: `found` (whether there is a pair), `i`, `j` and the value, or `decision`. "
    "Of a similarity, the value is what the two share (`shared`) and the ones of each (`norm_i`, `norm_j`)."
)
NUMBERS = '{name: sum(int(bits[d]) << k for k, d in enumerate(ds)) for name, ds in at["answer"].items()}'

ROUNDING = 'torch.set_float32_matmul_precision("highest"), its default: with the others some machines round float32;'


class RowsFront(ExportFront):
    """A problem answered by somebody's network that takes residual rows."""

    def __init__(
        self, spec: Spec, plan: Plan, shape: Stacked, ones: Iterable[int], run: Callable[[Tensor], Tensor]
    ) -> None:
        """`run` takes rows (batch, n + 2, width) to answer bits (batch, outputs). `ones` are dimensions that are 1 on
        every token, beyond the inputs."""
        super().__init__(spec, plan, lambda sets, lengths: run(self._rows(sets, lengths)))
        self._shape = shape
        self._ones = list(ones)

    def rows(self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None) -> Tensor:
        """Documents as for `forward` -> (batch, n in all + 2, width). Raises `InputError` for a bad shape."""
        return self._rows(*self.checked(rows, others, lengths=lengths))

    def _rows(self, sets: Batches, lengths: Tensor | None) -> Tensor:
        tokens = self.encoded(sets, lengths)
        x = tokens.new_zeros(*tokens.shape[:2], self._shape.width)
        x[..., flat(self._shape.columns)] = tokens
        x[..., self._ones] = 1
        return x


def flat(dims: Mapping[str, Iterable[int]]) -> list[int]:
    """The dimensions of all names, in order."""
    return [d for of_name in dims.values() for d in of_name]


def places(spec: Spec, shape: Stacked, ones: Iterable[int]) -> dict[str, Any]:
    """Where everything stands. `ones` are all dimensions that are 1 on every token, `columns` those of the input
    signals, `answer` of the answer's fields; `seen` maps the copies to what they copy, one token late; `code` has the
    bits of each entry of a document. `dtype` and `width` are what a row needs."""
    columns = {name: list(dims) for name, dims in shape.columns.items()}
    return {
        "dtype": spec.dtype,
        "width": shape.width,
        "ones": [*columns[ONE], *ones],
        "columns": columns,
        "seen": {copy_of(name): name for name in columns if copy_of(name) in columns},
        "answer": {name: list(dims) for name, dims in shape.answer.items()},
        "code": [list(entry_bits(value, spec.problem.levels)) for value in range(spec.problem.levels + 1)],
    }


def rows_card(
    spec: Spec,
    plan: Plan,
    *,
    kind: str,
    what: str,
    load: Sequence[str],
    run: Sequence[str],
    keep: Sequence[str],
    notes: Sequence[str] = (),
) -> bytes:
    """The card, with Python that has `load` make `at`, the content of `proofformer.json`, and a `model`; `run` makes
    `bits` of rows `x`. `notes` follow what is said of the rows; `keep` is what not to change
    beside the dtype and how torch rounds."""
    return card(
        spec,
        plan,
        use=[*load, *_asking(spec, *run)],
        kind=kind,
        what=[what],
        notes=[ROWS, *notes, FIELDS],
        keep=[f"the dtype, {spec.dtype}: no quantization, no autocast;", ROUNDING, *keep],
    )


def _asking(spec: Spec, *run: str) -> list[str]:
    """Python that makes rows, has `run` make `bits` of them, refuses what is no answer, and spells the others."""
    always = spec.problem.answer_format.always
    return [
        *_rows_code(spec),
        "same = {p.dtype for p in model.parameters()} == {x.dtype}",
        "if not same or not all(map(torch.is_tensor, model.state_dict().values())):",
        """    raise SystemExit(f"no answer: it was compiled for {at['dtype']}, without quantization")""",
        *run,
        'if any(bits[d] not in (0, 1) for ds in at["answer"].values() for d in ds):',
        '    raise SystemExit("no answer: what came out are no bits")',
        f"answer = {NUMBERS}",
        *(['if not answer["found"]:', '    raise SystemExit("no answer: some pair is the best")'] if always else []),
    ]


def _rows_code(spec: Spec) -> list[str]:
    """Python that makes rows `x` of documents X, or A and B, given `at`, the content of `proofformer.json`."""
    problem = spec.problem
    entries = "0/1" if problem.levels == 1 else f"0..{problem.levels}"
    sets, marks = ["X"], [f'x[1:-1, c["{IS_DOCUMENT}"]]']
    if problem.bichromatic:
        sets = ["B", "A"]
        marks = [f'x[1 : 1 + len(B), c["{IS_SECOND}"]]', f'x[1 + len(B) : -1, c["{IS_FIRST}"]]']
    ones = ['x[:, at["ones"]]', 'x[0, c["is_start"]]', *marks]
    documents = ", ".join(f"{name}.flip(0)" for name in sets)
    indices = ", ".join(f"torch.arange(len({name})).flip(0)" for name in sets)
    return [
        f"# {' and '.join(sorted(sets))}: (n, {problem.dim}) of {entries}, at most {spec.max_n} rows in all",
        f'docs, place, c = torch.cat([{documents}]), torch.cat([{indices}]), at["columns"]',
        'x = torch.zeros(len(docs) + 2, at["width"], dtype=getattr(torch, at["dtype"]))',
        f"{' = '.join(ones)} = 1",
        'x[1:-1, c["doc"]] = torch.tensor(at["code"])[docs].flatten(1).to(x)',
        'x[1:-1, c["place"]] = (place[:, None] >> torch.arange(len(c["place"])) & 1).to(x)',
        'for copy, of in at["seen"].items():',
        "    x[1:, c[copy]] = x[:-1, c[of]]",
    ]
