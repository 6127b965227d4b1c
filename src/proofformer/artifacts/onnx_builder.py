"""ONNX nodes and initializers being collected into a graph. Importing it needs onnx."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from onnx import NodeProto, TensorProto, helper, numpy_helper

from proofformer.problems.arrays import Array


class GraphBuilder:
    """A graph of one opset whose numbers are of one dtype. A method that adds a node returns its result's name."""

    def __init__(self, dtype: str, opset: int) -> None:
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.opset = opset
        self.nodes: list[NodeProto] = []
        self.initializers: dict[str, TensorProto] = {}

    @property
    def type(self) -> int:
        """ONNX's number for the dtype."""
        return int(helper.np_dtype_to_tensor_dtype(self.dtype))

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node with one result."""
        return self.ops(kind, inputs, [f"{kind}_{len(self.nodes)}"], **attributes)[0]

    def ops(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], **attributes: Any) -> Sequence[str]:
        """A node with these results."""
        self.nodes.append(helper.make_node(kind, inputs, outputs, name=f"node_{len(self.nodes)}", **attributes))
        return outputs

    def initializer(self, name: str, array: Array) -> str:
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def whole(self, *numbers: int) -> str:
        """A vector of int64."""
        return self.initializer(f"whole {' '.join(map(str, numbers))}", np.array(numbers, np.int64))

    def scalar(self, number: float, dtype: Any = None) -> str:
        """A number, in the graph's dtype if in no other."""
        value = np.array(number, dtype or self.dtype)
        return self.initializer(f"{value.dtype} {number}", value)

    def cast(self, x: str, dtype: Any = None) -> str:
        """`x` in another dtype, the graph's if no other is named."""
        return self.op("Cast", x, to=int(helper.np_dtype_to_tensor_dtype(np.dtype(dtype or self.dtype))))

    def slice(self, x: str, start: int, stop: int, axis: int) -> str:
        return self.op("Slice", x, self.whole(start), self.whole(stop), self.whole(axis))

    def filled(self, like: str, number: float) -> str:
        """Of the shape of another tensor, the same number everywhere."""
        value = numpy_helper.from_array(np.array([number], self.dtype))
        return self.op("ConstantOfShape", self.op("Shape", like), value=value)
