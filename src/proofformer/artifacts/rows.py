"""What exports share that take residual rows: the model around them, and the file that says what stands where."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from proofformer.artifacts.stacked import Alike
from proofformer.circuit.entries import entry_bits
from proofformer.circuit.nodes import ONE
from proofformer.circuit.signals import SEEN
from proofformer.compiler import plan_problem
from proofformer.errors import InputError, ProofError
from proofformer.planner import Plan
from proofformer.planner.weights import numeric
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.runtime.decode import Bits, answers, name_bits
from proofformer.runtime.model import Model, torch_dtype

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

AGAIN = "export the model again"


class RowsModel:
    """A problem answered by somebody's network that takes residual rows."""

    def __init__(
        self, problem: Problem, plan: Plan, shape: Alike, ones: Iterable[int], network: Callable[[Tensor], Tensor]
    ) -> None:
        """`network` takes rows (batch, n + 2, width) to answer bits (batch, outputs). `ones` are dimensions that are 1
        on every token, beyond the inputs."""
        self.problem = problem
        self.plan = plan
        self.network = network
        self._front = Model(problem, plan)
        self._shape = shape
        self._ones = list(ones)

    @property
    def max_n(self) -> int:
        return self.plan.max_n

    @property
    def dtype(self) -> str:
        return self.plan.dtype.name

    def rows(self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None) -> Tensor:
        """Documents as for `Model.forward` -> (batch, n in all + 2, width). Raises `InputError` for a bad shape."""
        tokens = self._front.tokens(rows, others, lengths=lengths)
        x = tokens.new_zeros(*tokens.shape[:2], self._shape.width)
        x[..., flat(self._shape.columns)] = tokens
        x[..., self._ones] = 1
        return x

    @torch.inference_mode()
    def __call__(self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None) -> Bits:
        """As `Model.forward`: the answer's bits as tensors. Raises `InputError` for a bad shape."""
        return name_bits(self.network(self.rows(rows, others, lengths=lengths)), self.plan.circuit)

    def solve(self, A: object, B: object = None) -> PairAnswer | Decision:
        """As `Model.solve`: the exact answer for an array, list or tensor (n, l); two if the problem is bichromatic."""
        sets = self.problem.instance(A, B).sets
        return answers(self(*(torch.tensor(rows)[None] for rows in sets)), self.problem)[0]


def flat(dims: Mapping[str, Iterable[int]]) -> list[int]:
    """The dimensions of all names, in order."""
    return [d for of_name in dims.values() for d in of_name]


def inclusive_plan(model: Model) -> Plan:
    """The plan of the model's problem for tokens that see themselves; the model's own if it is one.

    Raises `InputError` for weights that are not those of the plan, which an export would not have.
    """
    state, weights = model.transformer.state_dict(), numeric(model.plan)
    if not all(torch.equal(tensor.cpu().double(), torch.from_numpy(weights[name])) for name, tensor in state.items()):
        raise InputError("the model's weights are not those of its plan: compile the model again")
    if model.plan.circuit.inclusive:
        return model.plan
    return plan_problem(model.problem, max_n=model.max_n, dtype=model.plan.dtype.name, mask="inclusive")


def typed(weights: Mapping[str, npt.NDArray[np.float64]], plan: Plan) -> dict[str, Tensor]:
    """The weights in the plan's dtype, each entry exact."""
    tensors = {}
    for name, dense in weights.items():
        exact = torch.from_numpy(dense)
        tensors[name] = exact.to(torch_dtype(plan), copy=True).contiguous()
        if not torch.equal(tensors[name].double(), exact):
            raise ProofError(f"{name} has an entry that {plan.dtype.name} cannot store exactly")
    return tensors


def about_of(problem: Problem, plan: Plan, shape: Alike, ones: Iterable[int]) -> dict[str, Any]:
    """What was compiled and where it stands. `ones` are all dimensions that are 1 on every token, `columns` those of
    the input signals, `answer` of the answer's fields; `seen` maps the copies to what they copy, one token late; `code`
    has the bits of each entry of a document."""
    columns = {name: list(dims) for name, dims in shape.columns.items()}
    return {
        "problem": problem.to_json(),
        "max_n": plan.max_n,
        "dtype": plan.dtype.name,
        "plan_sha256": sha256(json.dumps(plan.to_json(), sort_keys=True).encode()),
        "width": shape.width,
        "ones": [*columns[ONE], *ones],
        "columns": columns,
        "seen": {name: name.removeprefix(SEEN) for name in columns if name.startswith(SEEN)},
        "answer": {name: list(dims) for name, dims in shape.answer.items()},
        "code": [list(entry_bits(value, problem.levels)) for value in range(problem.levels + 1)],
    }


def planned(file: Path, about: Mapping[str, Any]) -> tuple[Problem, Plan]:
    """The problem that a file names, planned again. Raises `InputError` when it names none."""
    try:
        problem = Problem.from_json(about["problem"])
        return problem, plan_problem(problem, max_n=about["max_n"], dtype=about["dtype"], mask="inclusive")
    except (KeyError, TypeError, ValueError, AttributeError, ProofError) as error:
        raise InputError(f"{file}: what it names cannot be compiled ({error}); {AGAIN}") from None


def check_tensors(file: Path, found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Every tensor is there and is what it should be, bit by bit. Raises `InputError`."""
    if found.keys() != expected.keys():
        odd = sorted(found.keys() ^ expected.keys())[0]
        raise InputError(f"{file}: tensor {odd!r} is missing or does not belong; {AGAIN}")
    for name, tensor in expected.items():
        if found[name].dtype != tensor.dtype or not torch.equal(found[name], tensor):
            raise InputError(f"{file}: tensor {name!r} was altered: it is not that of the plan; {AGAIN}")


def check_same(file: Path, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    """The file says what it should. Compared as JSON: in Python 1, 1.0 and True are equal. Raises `InputError`."""
    if json.dumps(found, sort_keys=True) != json.dumps(expected, sort_keys=True):
        odd = sorted(key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key))
        raise InputError(
            f"{file} was altered: its {odd[0] if odd else 'type of number'!r} is not that of the plan; {AGAIN}"
        )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
