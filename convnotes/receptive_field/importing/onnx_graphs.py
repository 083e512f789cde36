"""Go through an ONNX graph, with the shapes that ONNX infers for each node."""

from ast import literal_eval
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from convnotes.receptive_field.importing.factors import CannotFollow, Tensor, constant
from convnotes.receptive_field.importing.following import Follower
from convnotes.receptive_field.importing.model import NOT_FOLLOWED, check_shape, refusal, why
from convnotes.receptive_field.importing.onnx_layouts import Call
from convnotes.receptive_field.importing.onnx_operations import OPERATIONS, SEVERAL

SMALL = 4096  # numbers of a constant that may decide shapes; weights are more


class Reader:
    """Goes through the nodes of a graph, with the value and the type of each tensor."""

    def __init__(self, proto: Any, follower: Follower, unknown: str) -> None:  # noqa: ANN401
        self.graph = proto.graph
        self.follower = follower
        self.unknown = unknown
        self.versions = {each.domain: each.version for each in proto.opset_import}
        self.values: dict[str, Tensor] = {}
        self.known: dict[str, Any] = {}
        self.types: dict[str, Any] = {}
        for each in self.graph.initializer:
            self.enter(each.name, each.data_type, tuple(each.dims))
            if prod(each.dims) <= SMALL and not each.external_data:
                self.know(each.name, each)

    def enter(self, name: str, kind: int, shape: Sequence[int]) -> None:
        """Note a tensor that doesn't depend on the input."""
        from onnx import helper

        self.values[name] = constant(shape)
        self.types[name] = helper.make_tensor_type_proto(kind, shape)

    def know(self, name: str, numbers: Any) -> None:  # noqa: ANN401
        """Note the numbers of a tensor."""
        from onnx import helper, numpy_helper

        array = numbers if hasattr(numbers, "dtype") else numpy_helper.to_array(numbers)
        self.known[name] = array
        self.enter(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)

    def read(self, ends: set[str]) -> None:
        """Follow the nodes until all ends are reached."""
        left = ends - set(self.values)
        for node in self.graph.node:
            if not left:
                return
            self._follow(node)
            left -= set(node.output)

    def _follow(self, node: Any) -> None:  # noqa: ANN401
        self.follower.where = name_of(node)
        tensors = [self.values[name] for name in node.input if name]
        if node.op_type == "Shape" and not node.domain:
            whole = tensors[0].shape
            first, last = (_attributes(node).get(key) for key in ("start", "end"))
            self.know(node.output[0], np.array(whole[first:last], dtype=np.int64))
            return
        if all(name in self.known for name in node.input if name) and _settled(node):
            self._compute(node)
            return
        shapes = self._infer(node, tensors)
        if all(tensor.source is None for tensor in tensors):
            return
        made = self._made(node, tensors, shapes)
        self.values |= dict(zip([name for name in node.output if name], made, strict=True))

    def _compute(self, node: Any) -> None:  # noqa: ANN401
        """Work out a small constant, such as a shape."""
        from onnx.reference import ReferenceEvaluator

        feeds = {name: self.known[name] for name in node.input if name}
        made = ReferenceEvaluator(node).run(None, feeds)
        for name, array in zip(node.output, made, strict=False):
            self.know(name, array)

    def _infer(self, node: Any, tensors: Sequence[Tensor]) -> list[tuple[int, ...]]:  # noqa: ANN401
        """Ask ONNX for the shapes of what a node makes."""
        from onnx import defs, numpy_helper, shape_inference

        shapes = [tensor.shape for tensor in tensors]
        try:
            version = self.versions.get(node.domain, 1)
            schema = defs.get_schema(node.op_type, version, node.domain)
            kinds = {name: self.types[name] for name in node.input if name}
            data = {
                name: numpy_helper.from_array(self.known[name], name)
                for name in node.input
                if name in self.known
            }
            types = shape_inference.infer_node_outputs(schema, node, kinds, data)
            sizes = [_sizes(types[name]) for name in node.output if name]
        except Exception as error:
            why = f"its shape can't be inferred ({str(error).strip().partition(chr(10))[0]})"
            raise refusal(self.follower.where, node.op_type, shapes, why) from None
        for name, size in zip((name for name in node.output if name), sizes, strict=True):
            self.enter(name, types[name].tensor_type.elem_type, size)
        return sizes

    def _made(
        self,
        node: Any,  # noqa: ANN401
        tensors: list[Tensor],
        shapes: list[tuple[int, ...]],
    ) -> list[Tensor]:
        try:
            handler = OPERATIONS.get(node.op_type) if not node.domain else None
            if handler is None:
                raise CannotFollow("its reach is not known")
            if handler not in SEVERAL and any(each.source for each in tensors[1:]):
                raise CannotFollow("its weights depend on the input")
            made = handler(
                self.follower, self._call(node), shapes if len(shapes) > 1 else shapes[0]
            )
            made = made if isinstance(made, list) else [made]
            for each, shape in zip(made, shapes, strict=True):
                check_shape(each, shape)
        except NOT_FOLLOWED as error:
            reason = why(error)
            if self.unknown == "refuse":
                sizes = [tensor.shape for tensor in tensors]
                raise refusal(self.follower.where, node.op_type, sizes, str(reason)) from error
            self.follower.note(f"{node.op_type} counts as seeing everything: {reason}")
            return [self.follower.everything(tensors, shape) for shape in shapes]
        return made

    def _call(self, node: Any) -> Call:  # noqa: ANN401
        values = [self.values[name] if name else None for name in node.input]
        known = [self.known.get(name) for name in node.input]
        return Call(values, _attributes(node), known, self.versions.get("", 1))


def _settled(node: Any) -> bool:  # noqa: ANN401
    """Tell whether a node's result is decided by its inputs, and small."""
    return not node.op_type.startswith("Random") and node.op_type not in ("Loop", "If", "Scan")


def _attributes(node: Any) -> dict[str, Any]:  # noqa: ANN401
    from onnx import helper

    values = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    return {key: v.decode() if isinstance(v, bytes) else v for key, v in values.items()}


def _sizes(kind: Any) -> tuple[int, ...]:  # noqa: ANN401
    if not kind.tensor_type.HasField("shape"):
        raise ValueError("its rank is open")
    sizes = tuple(each.dim_value for each in kind.tensor_type.shape.dim)
    open_sizes = [each for each in kind.tensor_type.shape.dim if not each.HasField("dim_value")]
    if open_sizes:
        raise ValueError("sizes are open")
    return sizes


def name_of(node: Any) -> str:  # noqa: ANN401
    """Return the module path that PyTorch wrote into a node, or its name, or its operation.

    The path stands in the name of the weights, in the node's metadata, or in the node's own name,
    depending on the exporter.
    """
    if node.op_type in ("Conv", "ConvTranspose") and node.input[1].endswith(".weight"):
        return node.input[1].removesuffix(".weight")
    written = {each.key.rpartition(".")[2]: each.value for each in node.metadata_props}
    if "name_scopes" in written and "class_hierarchy" in written:
        scopes, kinds = map(literal_eval, (written["name_scopes"], written["class_hierarchy"]))
        if len(scopes) > 1 and scopes[-2]:
            leaf = kinds[-2].startswith("torch.nn.modules")
            return scopes[-2] if leaf else f"{scopes[-2]}.{node.op_type.lower()}"
    if node.name.startswith("/"):
        return _name_of_scopes(*node.name.strip("/").split("/"))
    return node.name or node.op_type.lower()


def _name_of_scopes(*scopes: str) -> str:
    *modules, operation = scopes
    path = ""
    for module in modules:
        inside = path and module.startswith(path + ".")
        path = module if inside or not path else f"{path}.{module}"
    name = operation.lower()
    alone = name in ("conv", "convtranspose", "lstm", "gru") and path
    return path if alone else f"{path}.{name}" if path else name
