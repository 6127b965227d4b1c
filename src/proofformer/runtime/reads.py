"""What the heads of a compiled model fetch with a kernel, and the first read that its gate cannot restore rightly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from proofformer.circuit import Restore
from proofformer.circuit.nodes import Read
from proofformer.planner import Plan
from proofformer.planner.bounds import ONE_HIGH, ONE_LOW, ZERO_LIMIT
from proofformer.problems.arrays import Floats
from proofformer.runtime import Model
from proofformer.runtime.arithmetic import plain
from proofformer.runtime.attention import Attention, sdpa
from proofformer.runtime.tokens import labels, tokens_of


@dataclass(frozen=True)
class Fetched:
    """What a head read of one instance, (rows, width), on the last rows of the sequence; `asks` says where its gate
    restores it: elsewhere whatever was read is ANDed with 0."""

    head: str
    read: Read
    values: Floats
    asks: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Misread:
    """A read of a component of a signal, on a token, that is not the bit `expected`: outside the gate's domain (at most
    1/2, or 3/4 to 5/4) or the other bit."""

    head: str
    token: str
    signal: str
    component: int
    got: float
    expected: int

    @property
    def outside(self) -> bool:
        """Whether it is outside the gate's domain, so that it is no bit."""
        return not (self.got <= float(ZERO_LIMIT) or float(ONE_LOW) <= self.got <= float(ONE_HIGH))

    def __str__(self) -> str:
        what = "no bit" if self.outside else "the other bit"
        where = f"head {self.head}, token {self.token}: {self.signal}[{self.component}]"
        return f"{where} was read as {self.got:.6g}, {what}: it is {self.expected}"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Misread:
        """Raises an error of Python's own for what `to_json` would not give."""
        head, token, signal = (str(data[name]) for name in ("head", "token", "signal"))
        return Misread(head, token, signal, int(data["component"]), float(data["got"]), int(data["expected"]))


def fetched(model: Model, tokens: Tensor, attention: Attention, most: int | None = None) -> list[list[Fetched]]:
    """The reads of one instance (1, n, inputs), block by block with heads (the first `most`), as the kernel gives them.

    No generator: its caller would go on under our settings of torch.
    """
    plan, flags, found = model.plan, _flags(model.plan), list[list[Fetched]]()
    with torch.inference_mode(), plain(tokens.device.type):
        for time, (_, x) in enumerate(model.transformer.halves(tokens, attention), -1):
            block, mlp = divmod(time, 2)
            if len(found) == most:
                break
            if mlp or not plan.layout.blocks[block].heads:
                continue
            rows = x[0].double().cpu().numpy()
            found.append(
                [
                    Fetched(name, read, _slice(plan, rows, read.output), _asks(plan, rows, flags[read.output], read))
                    for name in plan.layout.blocks[block].heads
                    for read in plan.circuit.heads[name].reads
                ]
            )
    return found


def right(values: Floats, expected: Floats) -> npt.NDArray[np.bool_]:
    """Whether the gate restores what was read to the bit that is expected. NaN is no bit."""
    zero, one = values <= float(ZERO_LIMIT), (values >= float(ONE_LOW)) & (values <= float(ONE_HIGH))
    return np.where(expected > float(ZERO_LIMIT), one, zero)


def first_misread(model: Model, sets: Sequence[np.ndarray], attention: Attention) -> Misread | None:
    """The first read that the kernel gets wrong: in the first such block, on the first token. Before it, every signal
    is what softmax attention makes it. None where every read is restored rightly."""
    tokens = tokens_of(model, sets)
    for got, exact in zip(fetched(model, tokens, attention), fetched(model, tokens, sdpa), strict=True):
        wrong = [
            (int(row), k, int(component))
            for k, (one, other) in enumerate(zip(got, exact, strict=True))
            for row, component in np.argwhere(other.asks & ~right(one.values, other.values))
        ]
        if wrong:
            row, k, component = min(wrong)
            if not np.isfinite(exact[k].values[row, component]):
                return None  # The weights are wrong, not the kernel.
            one, names = got[k], labels(tokens[0], model)
            token = names[row - len(one.values)]
            value, bit = one.values[row, component], round(exact[k].values[row, component])
            return Misread(one.head, token, one.read.signal, one.read.start + component, float(value), bit)
    return None


def _slice(plan: Plan, rows: Floats, signal: str) -> Floats:
    at = plan.layout.slice_of(signal)
    return rows[:, at.start : at.stop]


def _flags(plan: Plan) -> dict[str, str]:
    """The exact bit, for each noisy signal, with which its gate ANDs it; "" where there is none."""
    gates = [node for node in plan.circuit.nodes if isinstance(node, Restore)]
    return {gate.inputs[0]: "".join(gate.inputs[1:]) for gate in gates}


def _asks(plan: Plan, rows: Floats, flag: str, read: Read) -> npt.NDArray[np.bool_]:
    shape = (len(rows), read.stop - read.start)
    return np.broadcast_to(_slice(plan, rows, flag) > 0 if flag else np.ones((1, 1), dtype=bool), shape)
