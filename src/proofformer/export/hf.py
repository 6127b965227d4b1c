"""Stock Hugging Face folders: what `from_pretrained` of a stock class loads, with no code of ours in it.

`config.json` and `model.safetensors` are the class's own; `proofformer.json` says which residual dimensions hold which
signal, and what was compiled; `README.md` shows how to ask. Reading one plans the problem again and compares every
number, so a folder that was altered in whatever way is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from proofformer.circuit.entries import entry_bits
from proofformer.circuit.heads import ONE
from proofformer.circuit.signals import SEEN
from proofformer.errors import InputError, ProofError
from proofformer.export.folders import needs, read_json, read_tensors, write_folder
from proofformer.export.hf_card import model_card
from proofformer.export.stock import Stock, stock
from proofformer.planner import Plan, plan_problem
from proofformer.planner.matrices import numeric
from proofformer.problems import Decision, PairAnswer, Problem
from proofformer.runtime.decode import Bits, answers, name_bits
from proofformer.runtime.model import Model, torch_dtype

FORMAT, VERSION = "proofformer-stock", 1
CONFIG, WEIGHTS, ABOUT, CARD = "config.json", "model.safetensors", "proofformer.json", "README.md"
AGAIN = "export the model again"


class StockModel:
    """A problem answered by a network that takes residual rows: a stock class, or another one in the same shape."""

    def __init__(self, problem: Problem, plan: Plan, held: Stock, network: Callable[[Tensor], Tensor]) -> None:
        """`network` takes (batch, n + 2, width) and returns the rows after its last block."""
        self.problem = problem
        self.plan = plan
        self.network = network
        self._front = Model(problem, plan)
        self._held = held

    @property
    def max_n(self) -> int:
        return self.plan.max_n

    @property
    def dtype(self) -> str:
        return self.plan.dtype.name

    def rows(self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None) -> Tensor:
        """Documents as for `Model.forward` -> the rows the network takes (batch, n in all + 2, width)."""
        tokens = self._front.tokens(rows, others, lengths=lengths)
        shape = self._held.shape
        x = tokens.new_zeros(*tokens.shape[:2], shape.width)
        x[..., [dim for dims in shape.columns.values() for dim in dims]] = tokens
        x[..., list(self._held.ones)] = 1
        return x

    @torch.inference_mode()
    def __call__(self, rows: Tensor, others: Tensor | None = None, *, lengths: Tensor | None = None) -> Bits:
        """As `Model.forward`: the answer's bits as tensors. Raises `InputError` for a bad shape."""
        last = self.network(self.rows(rows, others, lengths=lengths))[:, -1]
        return name_bits(last[:, [dim for dims in self._held.shape.answer.values() for dim in dims]], self.plan.circuit)

    def solve(self, A: object, B: object = None) -> PairAnswer | Decision:
        """As `Model.solve`: the exact answer for an array, list or tensor (n, l); two if the problem is bichromatic."""
        sets = self.problem.instance(A, B).sets
        return answers(self(*(torch.tensor(rows)[None] for rows in sets)), self.problem)[0]


def write(model: Model, target: Path, architecture: str = "llama") -> None:
    """Write the folder of a model, in one move. Llama and Arcee for bfloat16 and float32, T5 for float32 and float64.

    Raises `InputError` for a dtype that the class cannot hold exactly, for a target that is no folder of this kind and
    for a model whose weights are not those of its plan; `ProofError` when a token that sees itself has a key too many.
    """
    plan = inclusive_plan(model)
    held = stock(plan, architecture)
    tensors = typed(held, plan)
    from safetensors.torch import save

    files = {
        CONFIG: (json.dumps(held.config, indent=1) + "\n").encode(),
        WEIGHTS: save(tensors, metadata={"format": "pt"}),
    }
    about = about_of(model.problem, plan, held, {name: sha256(data) for name, data in files.items()})
    files[ABOUT] = (json.dumps(about, indent=1) + "\n").encode()
    files[CARD] = model_card(model.problem, plan, held.architecture).encode()
    write_folder(target, files, ABOUT, FORMAT)


def read(source: Path) -> StockModel:
    """The model of a folder, run by transformers. Raises `InputError` naming the file at fault."""
    transformers = needs("transformers", "hf")
    about = read_json(source / ABOUT, FORMAT, VERSION)
    problem, plan, held = again(source / ABOUT, about)
    if not same(about, about_of(problem, plan, held, about.get("sha256", {}))):
        raise InputError(f"{source / ABOUT} was altered: it is not what its problem is compiled to; {AGAIN}")
    if not same(read_json(source / CONFIG), held.config):
        raise InputError(f"{source / CONFIG} was altered: it is not that of the class and the plan; {AGAIN}")
    check_tensors(source / WEIGHTS, read_tensors(source / WEIGHTS), typed(held, plan))
    network = _loaded(transformers, source, held.architecture.loader)
    return StockModel(problem, plan, held, lambda x: _last(network, x))


def _loaded(transformers: Any, source: Path, loader: str) -> Any:
    """The stock model, loaded as anyone would, but without a progress bar."""
    talk = transformers.utils.logging
    bar = talk.is_progress_bar_enabled()
    talk.disable_progress_bar()
    try:
        return getattr(transformers, loader).from_pretrained(source, local_files_only=True, use_safetensors=True)
    except (OSError, ValueError, RuntimeError, ImportError) as error:
        raise InputError(f"{source}: transformers cannot load it ({error}); {AGAIN}") from None
    finally:
        if bar:
            talk.enable_progress_bar()


def _last(network: Any, x: Tensor) -> Tensor:
    rows: Tensor = network(inputs_embeds=x).last_hidden_state
    return rows


def inclusive_plan(model: Model) -> Plan:
    """The plan of the model's problem for tokens that see themselves; the model's own if it is one."""
    state, weights = model.transformer.state_dict(), numeric(model.plan)
    if not all(torch.equal(tensor.cpu().double(), torch.from_numpy(weights[name])) for name, tensor in state.items()):
        raise InputError("the model's weights are not those of its plan: compile the model again")
    if model.plan.circuit.inclusive:
        return model.plan
    return plan_problem(model.problem, max_n=model.max_n, dtype=model.plan.dtype.name, mask="inclusive")


def typed(held: Stock, plan: Plan) -> dict[str, Tensor]:
    """The tensors in the plan's dtype, each entry exact."""
    tensors = {}
    for name, dense in held.tensors.items():
        exact = torch.from_numpy(dense)
        tensors[name] = exact.to(torch_dtype(plan), copy=True).contiguous()
        if not torch.equal(tensors[name].double(), exact):
            raise ProofError(f"{name} has an entry that {plan.dtype.name} cannot store exactly")
    return tensors


def about_of(problem: Problem, plan: Plan, held: Stock, hashes: Mapping[str, str]) -> dict[str, Any]:
    """What `proofformer.json` says. `seen` maps the copies to what they are copies of, one token late."""
    columns = {name: list(dims) for name, dims in held.shape.columns.items()}
    return {
        "format": FORMAT,
        "version": VERSION,
        "architecture": held.architecture.name,
        "problem": problem.to_json(),
        "max_n": plan.max_n,
        "dtype": plan.dtype.name,
        "plan_sha256": sha256(json.dumps(plan.to_json(), sort_keys=True).encode()),
        "sha256": dict(hashes),
        "ones": [*columns[ONE], *held.ones],
        "columns": columns,
        "seen": {name: name.removeprefix(SEEN) for name in columns if name.startswith(SEEN)},
        "answer": {name: list(dims) for name, dims in held.shape.answer.items()},
        "code": [list(entry_bits(value, problem.levels)) for value in range(problem.levels + 1)],
    }


def again(file: Path, about: Mapping[str, Any]) -> tuple[Problem, Plan, Stock]:
    """The problem that the file names, planned again."""
    try:
        problem, max_n, dtype = Problem.from_json(about["problem"]), about["max_n"], about["dtype"]
        plan = plan_problem(problem, max_n=max_n, dtype=dtype, mask="inclusive")
        return problem, plan, stock(plan, about["architecture"])
    except (KeyError, TypeError, ValueError, AttributeError, ProofError) as error:
        raise InputError(f"{file}: what it names cannot be compiled ({error}); {AGAIN}") from None


def check_tensors(file: Path, found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Every tensor is there and is what it should be, bit by bit."""
    if found.keys() != expected.keys():
        odd = sorted(found.keys() ^ expected.keys())[0]
        raise InputError(f"{file}: tensor {odd!r} is missing or does not belong; {AGAIN}")
    for name, tensor in expected.items():
        if found[name].dtype != tensor.dtype or not torch.equal(found[name], tensor):
            raise InputError(f"{file}: tensor {name!r} was altered: it is not that of the plan; {AGAIN}")


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two objects are the same JSON: in Python 1, 1.0 and True are equal."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
