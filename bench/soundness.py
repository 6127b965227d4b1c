"""Machines that err as much as each assumption of the proof allows, against models that were certified; what the probe
says of those that err four times as much; how near what is certified comes to what happens.

python bench/soundness.py [soundness] [leaks] [breaches]        for docs/soundness.md
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from kernels import KERNELS, accumulator, plain
from results import measure
from torch import Tensor
from torch.nn import functional

import proofformer as pf
from proofformer import check
from proofformer.planner.bounds import RESCALE_ROUNDOFFS, read_bounds
from proofformer.planner.dtypes import DTYPES, DType, dtype_named
from proofformer.runtime import Model
from proofformer.runtime.attention import Attention
from proofformer.runtime.transformer import Block
from proofformer.verify import assumptions
from proofformer.verify.instances import Bits, edges
from proofformer.verify.judge import asked

QUESTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "closest pair": ("closest-pair", {"dim": 16}),
    "whether some inner product is 8 or more": ("max-ip", {"dim": 16, "threshold": 8}),
    "largest inner product of two sets": ("max-ip", {"dim": 16, "bichromatic": True}),
    "largest cosine": ("msd", {"metric": "cosine"}),
    "closest pair of a grid": ("closest-pair", {"dim": 4, "metric": "sqeuclidean", "levels": 3}),
}
COSINES = {"float16": 11, "bfloat16": 6, "float32": 24, "float64": 24}
"""The l of the search for a cosine: small, and such that the dtype holds it; in float16 and float32 in two rounds."""
SIZES = {16: 60, 185: 39, 4096: 1}
"""The largest n of models, and how many instances each gets. At 185 the decision spends all of its leak."""
LARGEST, LEAKS = 4096, 4
"""The most documents, and the fewest instances of a model whose leak is measured."""
RULES = ("no largest subtracted", "-10,000 added to masked scores", "masked keys in the largest", "sums truncated")
FACTORS = (4, 16, 64)
MOST_TIMES = 24
"""The largest factor that is tried, as a power of two."""
Seen = tuple[float, float, float]
"""Of a head: its largest leak without errors; with them the largest number for a 0, and the smallest for a 1."""


@dataclass(frozen=True)
class Machine:
    """It errs as much as these assumptions allow, `times` over; where `truncated`, with the roundoffs of numbers that
    are truncated.

    `more`: whatever is added or rounded comes out too large, else too small. `wider`: weights off the best keys are too
    large and those on them too small, else the other way. `divided`: weights are, before they are rounded.
    """

    name: str
    of: tuple[str, ...]
    divided: bool = False
    truncated: bool = False
    times: int = 1
    more: bool = True
    wider: bool = True

    def variant(self, k: int) -> Machine:
        """The one that the k-th instance meets: all ways to err are taken in turn."""
        divided = self.divided or (len(self.of) > 1 and k % 8 >= 4)
        return replace(self, more=k % 2 == 0, wider=k % 4 != 3, divided=divided)

    def size(self, assumption: str, allowed: Fraction) -> float:
        """Of an error."""
        lost = 2 if self.truncated and assumption != "exp" else 1
        return float(allowed * lost * self.times) if assumption in self.of else 0.0

    def past(self, assumption: str, roundoff: Fraction) -> float:
        """Of an error where none is allowed, for sums of whole numbers are exact: `times` a roundoff, but not one."""
        return self.size(assumption, roundoff) if self.times > 1 else 0.0

    def added(self, of: DType, roundoffs: Tensor) -> Tensor:
        """What a sum is multiplied by, when each of so many roundoffs goes the same way."""
        a = self.size("mean", of.sum_roundoff)
        return torch.exp(roundoffs * np.log1p(a if self.more else -a))

    def exp(self, of: DType, keys: Tensor, x: Tensor) -> Tensor:
        """The weights, all but the best rescaled as often as may be."""
        h, way = self.size("exp", of.exp_error), 1 if self.wider else -1
        factor = self.size("rescaling", RESCALE_ROUNDOFFS * of.sum_roundoff)
        rounded = self.size("rescaling", of.sum_roundoff)
        away = torch.exp((keys - 1) * (np.log1p(way * factor) + np.log1p(way * rounded))) * (1 + way * h)
        return torch.exp(x).mul_(away).masked_fill_(x == 0, 1 - way * h)

    def rounded(self, of: DType, assumption: str, x: Tensor) -> Tensor:
        """Numbers, none below 0, as far off as rounding to the stored type may take them."""
        u, tiny = self.size(assumption, of.roundoff), self.size(assumption, of.tiny)
        if not u:
            return x
        off = (x * u).clamp_(min=tiny)
        return x + off if self.more else (x - off).clamp_(min=0)

    def stored(self, of: DType, x: Tensor) -> Tensor:
        """The numbers of the type that are farthest off in size, of those that rounding may come to; subnormal ones are
        0, where `more`."""
        kept = x.abs()
        if "result" in self.of:
            limit = self.rounded(of, "result", kept)
            kept = limit.to(getattr(torch, of.name))
            over = kept.double() > limit if self.more else kept.double() < limit
            end = torch.full_like(kept, -np.inf if self.more else np.inf)
            kept = torch.where(over, torch.nextafter(kept, end), kept)
        if "subnormal" in self.of and self.more:
            kept = torch.where(kept < self.times * float(of.smallest_normal), 0, kept)
        return torch.copysign(kept, x.to(kept.dtype))

    def product(self, of: DType, q: Tensor, k: Tensor) -> Tensor:
        """Scores, of partial sums as large as can be. Errors past what is allowed change sign with every other key."""
        if "scores" not in self.of:
            return (q @ k.transpose(-1, -2)).double()
        high, low = halves(q, k)
        off = self.past("scores", of.sum_roundoff) * (1 - torch.arange(k.shape[-2]) // 2 % 2 * 2)
        return (high - low).double() + off * (high + low)

    def linear(self, of: DType, usual: Callable[..., Tensor], x: Tensor, weight: Tensor, bias: Any = None) -> Tensor:
        """A linear layer, of partial sums as large as can be; subnormal numbers are 0 in it, where not `more`."""
        if "subnormal" in self.of and not self.more:
            x = torch.where(x.abs() < self.times * float(of.smallest_normal), 0, x)
        if "layers" not in self.of:
            return usual(x, weight, bias)
        high, low = halves(accumulator(x), accumulator(weight))
        if bias is not None:
            high, low = high + accumulator(bias).relu(), low + accumulator(-bias).relu()
        total = high - low + self.past("layers", of.sum_roundoff) * (high + low)
        return (total * (1 + self.past("layers", of.roundoff))).to(x.dtype)

    def kernel(self, heads: list[Seen] | None = None) -> Attention:
        """Attention that errs so, in float64 but for that, and adds what it sees to the list."""

        def attention(q: Tensor, k: Tensor, v: Tensor, *, scale: float, causal: bool) -> Tensor:
            of, n, bits, leak = dtype_named(q.dtype), k.shape[2], torch.empty(0), torch.empty(0)
            keys = torch.arange(1 if causal else n, n + 1, dtype=torch.float64)[:, None]

            def exp(x: Tensor) -> Tensor:
                nonlocal bits, leak
                if heads is not None:
                    bits = v.double().gather(2, x.argmax(-1, keepdim=True).expand(*x.shape[:-1], v.shape[3]))
                    leak = torch.exp(x).sum(-1) / (x == 0).sum(-1) - 1
                return self.exp(of, keys, x)

            def total(p: Tensor) -> Tensor:
                return p.sum(-1, keepdim=True) * replace(self, more=not self.more).added(of, keys - 1)

            def weights(p: Tensor) -> Tensor:
                p = self.rounded(of, "weights", p / total(p) if self.divided else p)
                return p.tril() if causal else p  # what is masked stays 0

            out = plain(
                *(q, k, v),
                scale=scale,
                causal=causal,
                product=partial(self.product, of),
                exp=exp,
                total=(lambda p: torch.ones(1)) if self.divided else total,
                weights=weights,
                mean=lambda p, v: p @ v.double() * self.added(of, keys),  # the quotient has a roundoff too
                result=partial(self.stored, of),
            )
            if heads is not None:
                zero, one = torch.where(bits == 0, out, 0), torch.where(bits == 1, out, 1)
                found = leak.amax((0, 2)), zero.amax((0, 2, 3)), one.amin((0, 2, 3))
                heads.extend(zip(*(x.tolist() for x in found), strict=True))
            return out

        return attention

    @contextmanager
    def layers(self, model: Model) -> Iterator[None]:
        """While they err so; where `more`, what they clear of noise is left with the largest subnormal number."""
        of = model.plan.dtype
        left = self.times * float(of.smallest_normal - 2 * of.tiny) if "subnormal" in self.of and self.more else 0.0
        layout, signals = model.plan.layout, model.plan.circuit.signals
        noisy = {d for s in layout.slices if signals[s.signal].noisy for d in range(s.start, s.stop)}
        with ExitStack() as stack:
            stack.enter_context(patch.object(functional, "linear", partial(self.linear, of, functional.linear)))
            for block, planned in zip(model.transformer.blocks, layout.blocks, strict=True):
                think = partial(left_in, block, [d for d, _ in planned.clears if d in noisy], left)
                stack.enter_context(patch.object(block, "think", think))
            yield


def left_in(block: Any, dims: Sequence[int], left: float, x: Tensor) -> Tensor:
    out = Block.think(block, x).clone()
    out[..., dims] += left
    return out


def halves(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The sums of the products above 0 and, without their sign, of those below."""
    signs, same, other = (torch.cat((z.relu(), (-z).relu()), -1) for z in (x, y, -y))
    return signs @ same.transpose(-1, -2), signs @ other.transpose(-1, -2)


SUMS = ("weights", "mean", "result")
EACH = ("layers", "scores", "exp", "rescaling", *SUMS, "subnormal")
ALONE = (*(Machine(name, (name,)) for name in EACH), Machine("weights, divided first", ("weights",), divided=True))
TOGETHER = (Machine("all", EACH), Machine("all, truncated", EACH, truncated=True))
EXACT = Machine("no errors", ())
MACHINES = (*ALONE, Machine("nearest: truncated", SUMS, truncated=True), *TOGETHER)


def injected(of: DType, machine: Machine, keys: int = LARGEST) -> None:
    """Raises AssertionError unless errors are as large as is allowed, to within a few roundoffs of float64."""
    lost, sign, way = 1 + machine.truncated, 1 if machine.more else -1, 1 if machine.wider else -1
    a, u, t = lost * of.sum_roundoff, lost * of.roundoff, lost * of.tiny

    def allowed(assumption: str, error: Fraction) -> Fraction:
        return error if assumption in machine.of else Fraction(0)

    def same(got: Tensor, wanted: Sequence[Fraction]) -> None:
        for one, other in zip(got.flatten().tolist(), wanted, strict=True):
            near = other / (1 << 50) + Fraction(1, 1 << 1074)
            assert abs(Fraction(one) - other) <= near, (of.name, machine.name, one, float(other))

    x = torch.tensor([0.0, -1, -3, -20], dtype=torch.float64)
    h, merge = way * allowed("exp", of.exp_error), 1 + way * allowed("rescaling", RESCALE_ROUNDOFFS * a)
    away = (merge * (1 + way * allowed("rescaling", a))) ** (keys - 1) * (1 + h)
    same(machine.exp(of, 0 * x + keys, x), [1 - h, *(Fraction(w) * away for w in torch.exp(x[1:]).tolist())])
    same(machine.added(of, 0 * x[:1] + keys), [(1 + sign * allowed("mean", a)) ** keys])
    numbers = torch.cat((torch.exp(x), torch.exp(x) * float(of.smallest_normal)))
    exact = [Fraction(w) for w in numbers.tolist()]
    limits = [max(Fraction(0), w + sign * allowed("weights", max(w * u, t))) for w in exact]
    same(machine.rounded(of, "weights", numbers), limits)
    if "result" in machine.of and of.name != "float64":
        # Of many some are nearly as far off as they may be.
        numbers = torch.linspace(1, 2, 999, dtype=torch.float64)
        error = (machine.stored(of, numbers).double() / numbers - 1) * sign / float(u)
        assert error.max() > 0.9, (of.name, machine.name)
        assert error.abs().max() <= 1 + 1e-6, (of.name, machine.name)


def models() -> Iterator[Model]:
    """Each question in each dtype and size."""
    for (name, fields), of, max_n in product(QUESTIONS.values(), DTYPES, SIZES):
        model = pf.compile(name, max_n=max_n, dtype=of.name, **{"dim": COSINES[of.name]} | fields)
        model.probed = False
        yield model


def certified(model: Model) -> dict[str, float]:
    """The leak that `check.py` proves of each head. Raises ValueError where it does not certify the model."""
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        found = check.check(Path(folder) / "model")
    if found["code"] != check.CERTIFIED:
        raise ValueError(found["says"])
    leaks: dict[str, float] = defaultdict(float)
    for head in found["certificate"]["heads"]:
        block, number = map(int, re.findall(r"\d+", head["at"]))
        name = model.plan.layout.blocks[block].heads[number]
        leaks[name] = max(leaks[name], head["leak"])
    return leaks


def instance(model: Model, k: int) -> tuple[Any, Any]:
    """The k-th that saturates the leak, and its answer; of the largest models, with as many documents as may be."""
    rng, sets = np.random.default_rng((model.plan.max_n, k)), tuple[Bits, ...]()
    with patch.object(edges, "LARGEST_SATURATED", LARGEST):
        while not sets or (model.plan.max_n == LARGEST and sum(map(len, sets)) < LARGEST):
            sets = edges.saturated(rng, model.problem, model.plan)
    return model.problem.instance(*sets), model.problem.answer(*sets)


def run(model: Model, machine: Machine, given: Any) -> tuple[Any, list[Seen]]:
    """What the model answers on a machine, and what its heads fetch there."""
    heads: list[Seen] = []
    model.attention = machine.kernel(heads)
    with machine.layers(model):
        return asked(model, given), heads


def reached(model: Model, machine: Machine, heads: Sequence[Seen]) -> list[float]:
    """For each head, how far what it fetched has come towards the bounds of the proof, which are at 1."""
    shares = []
    for head, (_, zero, one) in zip(model.plan.heads, heads, strict=True):
        bounds = read_bounds(head.leak, model.plan.keys, model.plan.dtype, truncating=machine.truncated)
        if bounds is None:
            raise ValueError(f"nothing is known of what {head.name} fetches")
        shares.append(max(zero / float(bounds.zero), (1 - one) / float(1 - bounds.one_low)))
    return shares


def soundness() -> dict[str, Any]:
    """What models answer on machines that err as much as they may, and how near the bounds of the proof they come."""
    for of, machine, k in product(DTYPES, MACHINES, range(8)):
        injected(of, machine.variant(k))
    began, counts = process_time(), {m.name: {"asked": 0, "largest": 0, "wrong": 0} for m in MACHINES}
    came: dict[str, dict[str, float]] = {m.name: defaultdict(float) for m in MACHINES}
    together: dict[str, list[float]] = defaultdict(list)
    for place, model in enumerate(models()):
        certified(model)
        dtype, names = model.spec.dtype, [head.name for head in model.plan.heads]
        leaked, most = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
        for k in range(SIZES[model.plan.max_n]):
            given, answer = instance(model, k)
            for machine in MACHINES:
                machine, count = machine.variant(k + place), counts[machine.name]
                got, heads = run(model, machine, given)
                shares = reached(model, machine, heads)
                count["asked"] += 1
                count["largest"] += given.n == LARGEST
                count["wrong"] += got != answer
                came[machine.name][dtype] = max(came[machine.name][dtype], *shares)
                if machine.name.startswith("all"):
                    for name, (leak, _, _), share in zip(names, heads, shares, strict=True):
                        leaked[name], most[name] = max(leaked[name], leak), max(most[name], share)
        for name in filter(leaked.get, names):
            together[name].append(most[name])
        print(f"{model.problem.name}, {dtype}, {model.plan.max_n}: {process_time() - began:.0f} s", file=sys.stderr)
    return {
        "machines": [{"machine": name} | counts[name] | {"reached": came[name]} for name in counts],
        "heads": {name: {"reached": median(found), "most": max(found)} for name, found in together.items()},
        "models": place + 1,
        "seconds": process_time() - began,
    }


def leaks() -> list[dict[str, Any]]:
    """For each head, the leak that is certified over the largest measured, of those models where there is any."""
    ratios: dict[str, list[float]] = defaultdict(list)
    for model in models():
        found, most = certified(model), dict.fromkeys((head.name for head in model.plan.heads), 0.0)
        for k in range(max(LEAKS, SIZES[model.plan.max_n])):
            _, heads = run(model, EXACT, instance(model, k)[0])
            most = {name: max(leak, head[0]) for (name, leak), head in zip(most.items(), heads, strict=True)}
        for name in filter(most.get, most):
            ratios[name].append(found[name] / most[name])
    return [{"head": h, "models": len(r), "median": median(r), "worst": max(r)} for h, r in ratios.items()]


def named(model: Model, machine: Machine | None, kernel: Attention) -> set[str]:
    """The assumptions that `verify --assumptions` says fail."""
    model.attention = kernel
    with machine.layers(model) if machine else ExitStack():
        return {a.assumption for a in assumptions(model) if a.verdict == "fails"}


def first_wrong(model: Model, machine: Machine, given: Sequence[tuple[Any, Any]]) -> int | None:
    """The least power of two, for `times`, with an answer that is wrong or refused."""
    for power in range(1, MOST_TIMES):
        ways = enumerate(given)
        if any(run(model, replace(machine.variant(k), times=1 << power), x)[0] != answer for k, (x, answer) in ways):
            return 1 << power
    return None


def breaches() -> list[dict[str, Any]]:
    """Of machines that err as much as an assumption allows, or four times as much or more: what is named upwards or
    downwards, and what both ways; from which factor on the assumption itself is; from which answers of the decision
    are wrong; and of kernels that break a rule."""
    rows: list[dict[str, Any]] = []
    for of in DTYPES:
        model = pf.compile("closest-pair", dim=16, max_n=LARGEST, dtype=of.name)
        decision = next(m for m in models() if m.spec.dtype == of.name and m.plan.max_n == 185 and m.problem.threshold)
        given = [instance(decision, k) for k in range(4)]
        for alone in ALONE:
            found = {}
            for times in (1, *FACTORS):
                ways = [replace(alone, times=times, more=more) for more in (True, False)]
                found[times] = [named(model, way, way.kernel()) for way in ways]
            both = {times: set.intersection(*found[times]) for times in FACTORS}
            own = min((times for times in FACTORS if alone.of[0] in both[times]), default=None)
            names = {"named": sorted(both[4]), "full": sorted(set.union(*found[1]))}
            row = {"breaks": alone.name, "dtype": of.name, "own": own, "wrong": first_wrong(decision, alone, given)}
            rows.append(row | names)
        for broken in KERNELS:
            if broken.name in RULES and of.name in broken.dtypes:
                names = sorted(named(model, None, broken.kernel))
                rows.append({"breaks": f"{broken.breaks}: {broken.name}", "dtype": of.name, "named": names})
    return rows


if __name__ == "__main__":
    measure("soundness", {"soundness": soundness, "leaks": leaks, "breaches": breaches})
