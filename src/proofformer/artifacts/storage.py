"""The model folder: `model.safetensors`, `config.json`, `README.md`. Files are data; reading one never runs code.

Every tensor's hash is in the config, and the config's own hash covers the rest, so that a file that was cut, edited or
swapped is refused with a sentence that names it.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from proofformer.artifacts.card import model_card
from proofformer.compiler import is_plan_for
from proofformer.errors import InputError, ProofError
from proofformer.planner import Plan
from proofformer.planner.weights import matrices
from proofformer.problems import Problem
from proofformer.runtime.model import Model, torch_dtype

if TYPE_CHECKING:
    import numpy as np

FORMAT = "proofformer-model"
VERSION = 3
CONFIG = "config.json"
WEIGHTS = "model.safetensors"
CARD = "README.md"


def tensor_hash(tensor: Tensor) -> str:
    """sha256 of the tensor's little-endian bytes."""
    raw: np.ndarray = tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
    return hashlib.sha256(raw.tobytes()).hexdigest()


def config_hash(config: Mapping[str, Any]) -> str:
    """sha256 of the config as canonical JSON, without the hash itself."""
    rest = {k: v for k, v in config.items() if k != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def config_of(model: Model) -> dict[str, Any]:
    """Problem, plan (with its circuit), and the hash of each tensor."""
    tensors = {
        name: {"shape": list(t.shape), "dtype": model.plan.dtype.name, "sha256": tensor_hash(t)}
        for name, t in model.transformer.state_dict().items()
    }
    config: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "problem": model.problem.to_json(),
        "plan": model.plan.to_json(),
        "tensors": tensors,
    }
    config["sha256"] = config_hash(config)
    return config


def save(model: Model, path: str | PathLike[str]) -> None:
    """Write the folder in one move: it is complete or absent."""
    from safetensors.torch import save_file

    target = Path(path).resolve()
    if target.exists() and not _replaceable(target):
        raise InputError(f"{path} exists and is no model folder: choose another path or remove it")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as scratch:
            new = Path(scratch) / "model"
            new.mkdir()
            config = config_of(model)
            tensors = {name: t.contiguous() for name, t in model.transformer.state_dict().items()}
            save_file(tensors, new / WEIGHTS, metadata={"format": "pt"})
            (new / CONFIG).write_text(json.dumps(config, indent=1) + "\n")
            (new / CARD).write_text(model_card(model.problem, model.plan))
            _replace(target, new, Path(scratch) / "old")
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror or error}") from None


def _replace(target: Path, new: Path, aside: Path) -> None:
    """Put `new` in the place of `target`; the old folder steps aside, and comes back if that fails."""
    if not target.exists():
        new.rename(target)
        return
    target.rename(aside)
    try:
        new.rename(target)
    except OSError:
        aside.rename(target)
        raise


def _replaceable(target: Path) -> bool:
    """Whether nothing is lost but a model: an empty folder, or one with the files of a model folder only."""
    if not target.is_dir():
        return False
    names = {file.name for file in target.iterdir()}
    if not names:
        return True
    try:
        config = json.loads((target / CONFIG).read_text())
    except (OSError, ValueError, RecursionError):
        return False
    ours = isinstance(config, dict) and config.get("format") == FORMAT
    return ours and names <= {CONFIG, WEIGHTS, CARD, "certificate.json"}


def load(path: str | PathLike[str], device: str = "cpu") -> Model:
    """Read a model folder. Raises `InputError` naming the file and key at fault."""
    folder = _folder(path)
    config = _read_config(folder / CONFIG)
    problem, plan = problem_and_plan(config, folder / CONFIG, "compile the model again")
    shapes = {m.name: [m.rows] if m.name.endswith("bias") else [m.rows, m.columns] for m in matrices(plan)}
    tensors = _read_tensors(folder / WEIGHTS, config["tensors"], shapes, torch_dtype(plan))
    model = Model(problem, plan)
    model.set_tensors(tensors)
    return model.to(device_named(device))


def problem_and_plan(config: Mapping[str, Any], file: Path, remedy: str) -> tuple[Problem, Plan]:
    """Those of a config. Raises `InputError` when one cannot be read, or planning the problem gives another plan."""
    try:
        problem, plan = Problem.from_json(config["problem"]), Plan.from_json(config["plan"])
        if not isinstance(config["tensors"], dict):
            raise TypeError("tensors are no object")
        matrices(plan)
        matching = is_plan_for(problem, plan)
    except (LookupError, ArithmeticError, TypeError, ValueError, AttributeError, ProofError) as error:
        raise InputError(f"{file}: the plan cannot be read ({error}); {remedy}") from None
    if not matching:
        raise InputError(f"{file} was altered: its plan is not that of its problem; {remedy}")
    return problem, plan


def folder_hash(path: str | PathLike[str]) -> str:
    """The hash of a model folder's config, which has those of its tensors: what a model is known by."""
    return str(_read_config(_folder(path) / CONFIG)["sha256"])


def _folder(path: str | PathLike[str]) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        raise InputError(f"{folder} is not a model folder: make one with `proofformer compile ... -o {folder}`")
    return folder


def device_named(name: str) -> torch.device:
    """A device that is there, or `InputError`."""
    try:
        device = torch.device(name)
        torch.zeros(1, device=device).tolist()
    except (RuntimeError, AssertionError, ImportError, NotImplementedError):
        raise InputError(f"device {name!r} is not available here: use --device cpu") from None
    return device


def _read_config(file: Path) -> dict[str, Any]:
    if not file.is_file():
        raise InputError(f"{file} is missing: this is not a complete model folder")
    try:
        config = json.loads(file.read_text())
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"{file} is not JSON ({error}): the file is damaged; compile the model again") from None
    except RecursionError:
        raise InputError(f"{file} is nested too deeply: the file is damaged; compile the model again") from None
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise InputError(f"{file} does not say format {FORMAT!r}: it belongs to something else")
    if config.get("version") != VERSION:
        raise InputError(
            f"{file} has format version {config.get('version')!r}; this proofformer reads version {VERSION}: compile "
            "the model again"
        )
    if config.get("sha256") != config_hash(config):
        raise InputError(f"{file} was altered: its content does not match its sha256; compile the model again")
    return config


def _read_tensors(
    file: Path, expected: Mapping[str, Any], shapes: Mapping[str, list[int]], dtype: torch.dtype
) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not file.is_file():
        raise InputError(f"{file} is missing: this is not a complete model folder")
    try:
        tensors: dict[str, Tensor] = load_file(file)
    except (SafetensorError, ValueError, KeyError, OSError) as error:
        raise InputError(f"{file} cannot be read ({error}): the file is damaged; compile the model again") from None
    if set(tensors) != set(expected) or set(tensors) != set(shapes):
        odd = sorted(set(tensors) ^ set(shapes) or set(tensors) ^ set(expected))[0]
        raise InputError(f"{file}: tensor {odd!r} is missing or does not belong; compile the model again")
    for name, tensor in tensors.items():
        if tensor.dtype != dtype or list(tensor.shape) != shapes[name]:
            raise InputError(
                f"{file}: tensor {name!r} is {tensor.dtype} {list(tensor.shape)}, expected {dtype} {shapes[name]}; "
                "compile the model again"
            )
        if not bool(torch.isfinite(tensor).all()):
            raise InputError(f"{file}: tensor {name!r} has a number that is not finite; compile the model again")
        if tensor_hash(tensor) != expected[name].get("sha256"):
            raise InputError(
                f"{file}: tensor {name!r} was altered: it does not match its sha256; compile the model again"
            )
    return tensors
