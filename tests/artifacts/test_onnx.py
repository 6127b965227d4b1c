"""ONNX files: what ONNX Runtime answers with them at every opset, what is in them, what is no export of ours."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import numpy_helper
from tests.artifacts.trials import ONNX, Way, check_bits, compiled, contents
from tests.cases import BICHROMATIC, BICHROMATIC_DECIDE, CLOSEST, COSINE, GRID, OV, Case

import proofformer as pf
from proofformer.errors import InputError

USED = {
    "Add", "Cast", "Concat", "ConstantOfShape", "Div", "Expand", "Less", "MatMul", "Mod", "Pad", "Range", "Relu",
    "Reshape", "Shape", "Slice", "Softmax", "Split", "Squeeze", "Transpose", "Unsqueeze", "Where",
}  # fmt: skip
WITH_LEVELS = {"GreaterOrEqual", "Mul", "Sub"}


@pytest.mark.parametrize(
    ("case", "dtype", "opset"),
    [
        ((CLOSEST, OV, BICHROMATIC)[(k + d) % 3], dtype, opset)
        for k, opset in enumerate((18, 20, 22, 23, 24))
        for d, dtype in enumerate(ONNX.dtypes)
    ],
    ids=str,
)
def test_bits_are_those_of_the_model_at_every_opset(case: Case, dtype: str, opset: int, tmp_path: Path) -> None:
    model, way = compiled(case, dtype), Way("onnx", options={"opset": opset})
    file = way.write(model, tmp_path)
    check_bits(pf.read(file), model, case)
    assert way.said(file)["options"] == {"opset": opset, "onnx": onnx.__version__}
    made = onnx.load(file)
    assert made.opset_import[0].version == opset
    attention = [node.op_type for node in made.graph.node if node.op_type in ("Attention", "Softmax")]
    assert attention == ["Attention" if opset > 22 else "Softmax"] * 2


@pytest.mark.parametrize(
    ("case", "opset"), [(CLOSEST, 18), (BICHROMATIC_DECIDE, 23), (GRID, 18), (COSINE, 23)], ids=str
)
def test_what_the_file_holds(case: Case, opset: int, tmp_path: Path) -> None:
    model = compiled(case)
    made = onnx.load(Way("onnx", options={"opset": opset}).write(model, tmp_path))
    onnx.checker.check_model(made, full_check=True)
    sets = ["rows", "others"] if case.bichromatic else ["rows"]
    assert [value.name for value in made.graph.input] == [*sets, "lengths"]
    for value in made.graph.input[: len(sets)]:
        batch, n, dim = value.type.tensor_type.shape.dim
        assert (batch.dim_param, n.dim_param[:1], dim.dim_value) == ("batch", "n", 5)
    used = {node.op_type for node in made.graph.node}
    assert used <= USED | {"Attention"} | (WITH_LEVELS if case.levels > 1 else set())
    held = {tensor.name: numpy_helper.to_array(tensor) for tensor in made.graph.initializer}
    for name, tensor in model.transformer.state_dict().items():
        stored = held[name] if name.endswith("bias") else held[f"{name}.T"].T
        assert np.array_equal(stored, tensor.numpy()), name
    assert str(tmp_path).encode() not in (tmp_path / "m.onnx").read_bytes()


def test_anyone_can_run_it(tmp_path: Path) -> None:
    """With ONNX Runtime alone: rows and lengths in, named bits out."""
    session = onnxruntime.InferenceSession(ONNX.placed(tmp_path, CLOSEST))
    rows = np.array([[[0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0], [9, 9, 9, 9, 9]]], np.uint8)
    out = dict(
        zip((o.name for o in session.get_outputs()), session.run(None, {"rows": rows, "lengths": [[3]]}), strict=True)
    )
    spelled = {name: int(bits[0] @ 2 ** np.arange(bits.shape[1])) for name, bits in out.items()}
    assert spelled == {"i_bits": 0, "j_bits": 2, "value_bits": 1, "found": 1}


def test_tokens_that_see_themselves_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="compile it with mask='strict'"):
        ONNX.write(compiled(CLOSEST, mask="inclusive"), tmp_path)


@pytest.mark.parametrize("held", [b"", b"mine", b"\x08\x08", "another model"])
def test_another_file_is_neither_read_nor_replaced(held: bytes | str, tmp_path: Path) -> None:
    if isinstance(held, str):
        nothing = onnx.helper.make_graph([], "mine", [], [])
        held = onnx.helper.make_model(nothing).SerializeToString()
    (tmp_path / "m.onnx").write_bytes(held)
    with pytest.raises(InputError, match="does not say what problem it answers: it is no onnx export of proofformer"):
        pf.read(tmp_path / "m.onnx")
    with pytest.raises(InputError, match="exists and is no onnx export of proofformer"):
        ONNX.write(compiled(OV), tmp_path)
    assert contents(tmp_path) == {"m.onnx": held}
