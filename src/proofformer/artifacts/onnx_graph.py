"""The whole model as an ONNX graph: documents in, the bits of the answer out.

What `runtime.encode` (documents to tokens) and `runtime.transformer` do is written here once more, as ONNX nodes.
Weights are initializers under their names in a model folder, with ".T" behind those that `MatMul` takes transposed.
From opset 23 on, one node is softmax attention; below, it is two products around a Softmax. In a float16 model queries
and keys are cast to float32 before they meet: the proof assumes scores in float32, and float16 does not hold them.
"""

from __future__ import annotations

import numpy as np

from proofformer.artifacts.onnx_builder import GraphBuilder
from proofformer.circuit.entries import entry_weights
from proofformer.circuit.nodes import DOC, IS_DOCUMENT, IS_FIRST, IS_SECOND, IS_START, ONE, PLACE
from proofformer.problems import Problem
from proofformer.runtime.model import Model, shape_of
from proofformer.runtime.transformer import BlockShape

ATTENTION_OPSET = 23
UNSEEN = -(2.0**100)
"""The score of a key that a query does not see: beside any other, its weight is exactly 0."""
LAST = np.iinfo(np.int64).max
FIRST = np.iinfo(np.int64).min


def input_names(problem: Problem) -> tuple[str, ...]:
    """The names of the sets."""
    return ("rows", "others") if problem.bichromatic else ("rows",)


def build(model: Model, opset: int) -> GraphBuilder:
    """The whole graph: tokens of documents `rows` (and `others`) and their `lengths`, blocks, the answer's fields."""
    g = GraphBuilder(model.plan.dtype.name, opset)
    _unembed(g, model, _transformer(g, model, _tokens(g, model)))
    return g


def _tokens(g: GraphBuilder, model: Model) -> str:
    """Documents to tokens (batch, n in all + 2, inputs)."""
    names, inputs = input_names(model.problem), model.plan.circuit.inputs
    flags = (IS_DOCUMENT,) if len(names) == 1 else (IS_FIRST, IS_SECOND)
    blocks = [_documents(g, model, s, name, flag) for s, (name, flag) in enumerate(zip(names, flags, strict=True))]
    width = sum(s.width for s in inputs)
    shape = g.op("Concat", g.op("Shape", names[0], start=0, end=1), g.whole(1, width), axis=0)
    ends = []
    for token, marked in (("START", {ONE, IS_START}), ("READ", {ONE})):
        row = [float(s.name in marked) for s in inputs for _ in range(s.width)]
        ends.append(g.op("Expand", g.initializer(token, np.array([[row]], g.dtype)), shape))
    return g.op("Concat", ends[0], *reversed(blocks), ends[1], axis=1)


def _documents(g: GraphBuilder, model: Model, s: int, rows: str, flag: str) -> str:
    """The tokens of set s, the largest index first; zeros, but for the constant, from each instance's length on."""
    inputs = model.plan.circuit.inputs
    n = g.op("Squeeze", g.op("Shape", rows, start=1, end=2))
    step = g.scalar(-1, np.int64)
    index = g.op("Range", g.op("Add", n, step), step, step)
    real = g.op("Unsqueeze", g.op("Less", index, g.slice("lengths", s, s + 1, 1)), g.whole(2))
    coded = _entry_code(g, rows, model.problem.levels)
    doc = g.cast(g.op("Slice", coded, g.whole(-1), g.whole(FIRST), g.whole(1), g.whole(-1)))
    bits = next(signal.width for signal in inputs if signal.name == PLACE)
    powers = g.whole(*(1 << k for k in range(bits)))
    place = g.cast(_bit(g, g.op("Unsqueeze", index, g.whole(1)), powers))
    nought = g.scalar(0)
    columns = {
        ONE: g.filled(real, 1),
        flag: g.cast(real),
        DOC: g.op("Where", real, doc, nought),
        PLACE: g.op("Where", real, place, nought),
    }
    none = g.filled(real, 0)
    return g.op("Concat", *(columns.get(signal.name, none) for signal in inputs), axis=2)


def _entry_code(g: GraphBuilder, rows: str, levels: int) -> str:
    """Entries (batch, n, l) to the bits of `entry_weights`, (batch, n, l * bits), as `encode.entry_code`."""
    *low, last = entry_weights(levels)
    if not low:
        return rows
    whole = g.cast(rows, np.int64)
    top = g.cast(g.op("GreaterOrEqual", whole, g.scalar(1 << len(low), np.int64)), np.int64)
    rest = g.op("Sub", whole, g.op("Mul", top, g.scalar(last, np.int64)))
    bits = [_bit(g, rest, g.scalar(1 << k, np.int64)) for k in range(len(low))]
    stacked = g.op("Concat", *(g.op("Unsqueeze", bit, g.whole(3)) for bit in (*bits, top)), axis=3)
    return g.op("Reshape", stacked, g.whole(0, 0, -1))


def _bit(g: GraphBuilder, numbers: str, power: str) -> str:
    return g.op("Mod", g.op("Div", numbers, power), g.scalar(2, np.int64))


def _transformer(g: GraphBuilder, model: Model, tokens: str) -> str:
    """Tokens to the residual stream at READ (batch, 1, width)."""
    x, seen, later = _linear(g, model, tokens, "embed"), "", ""
    for k, block in enumerate(shape_of(model.plan).blocks):
        if block.read and not seen:
            seen, x = g.slice(x, 0, -1, 1), g.slice(x, -1, LAST, 1)
        if block.heads and seen:
            x = g.op("Add", x, _attention(g, model, k, block, x, seen, None))
        elif block.heads:
            asking, before = g.slice(x, 1, LAST, 1), g.slice(x, 0, -1, 1)
            later = later or _later(g, asking)
            mixed = _attention(g, model, k, block, asking, before, later)
            x = g.op("Add", x, g.op("Pad", mixed, g.whole(0, 1, 0, 0, 0, 0)))
        if block.hidden:
            hidden = g.op("Relu", _linear(g, model, x, f"blocks.{k}.mlp.hidden"))
            x = g.op("Add", x, _linear(g, model, hidden, f"blocks.{k}.mlp.output"))
    return x if seen else g.slice(x, -1, LAST, 1)


def _later(g: GraphBuilder, asking: str) -> str:
    """Whether a key comes after a query, (m, m); opset 23 does without."""
    if g.opset >= ATTENTION_OPSET:
        return "causal"
    m = g.op("Squeeze", g.op("Shape", asking, start=1, end=2))
    index = g.op("Range", g.scalar(0, np.int64), m, g.scalar(1, np.int64))
    return g.op("Less", g.op("Unsqueeze", index, g.whole(1)), g.op("Unsqueeze", index, g.whole(0)))


def _attention(
    g: GraphBuilder, model: Model, k: int, block: BlockShape, asking: str, seen: str, later: str | None
) -> str:
    """(batch, m, width) over (batch, m', width) -> (batch, m, width), all of it or what is not `later`."""
    part = f"blocks.{k}.attention"
    q, keys, v = (
        _linear(g, model, x, f"{part}.{name}") for x, name in ((asking, "query"), (seen, "key"), (seen, "value"))
    )
    narrow = g.dtype == np.float16
    if narrow:
        q, keys, v = (g.cast(x, np.float32) for x in (q, keys, v))
    if g.opset >= ATTENTION_OPSET:
        heads = {"q_num_heads": block.heads, "kv_num_heads": block.heads}
        mixed = g.op("Attention", q, keys, v, scale=1.0, is_causal=int(later is not None), **heads)
    else:
        split = g.whole(0, 0, block.heads, block.head_dim)
        q, keys, v = (g.op("Reshape", x, split) for x in (q, keys, v))
        q, v = (g.op("Transpose", x, perm=[0, 2, 1, 3]) for x in (q, v))
        scores = g.op("MatMul", q, g.op("Transpose", keys, perm=[0, 2, 3, 1]))
        if later is not None:
            scores = g.op("Where", later, g.scalar(UNSEEN, np.float32 if narrow else None), scores)
        mixed = g.op("MatMul", g.op("Softmax", scores, axis=-1), v)
        joined = g.whole(0, 0, block.heads * block.head_dim)
        mixed = g.op("Reshape", g.op("Transpose", mixed, perm=[0, 2, 1, 3]), joined)
    return _linear(g, model, g.cast(mixed) if narrow else mixed, f"{part}.output")


def _linear(g: GraphBuilder, model: Model, x: str, name: str) -> str:
    weight = model.transformer.get_parameter(f"{name}.weight")
    product = g.op("MatMul", x, g.initializer(f"{name}.weight.T", weight.numpy().T))
    if not name.endswith(("mlp.hidden", "mlp.output")):
        return product
    return g.op("Add", product, g.initializer(f"{name}.bias", model.transformer.get_parameter(f"{name}.bias").numpy()))


def _unembed(g: GraphBuilder, model: Model, x: str) -> None:
    bits = _linear(g, model, g.op("Squeeze", x, g.whole(1)), "unembed")
    g.ops("Split", [bits, g.whole(*model.plan.circuit.fields.values())], model.problem.answer_format.tensors, axis=-1)
