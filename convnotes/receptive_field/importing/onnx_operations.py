"""The table of ONNX's operations.

Each takes what follows shapes, a `Call` with its tensors, attributes and the inputs whose numbers
are known, and the shape of what it makes, or a list of shapes where there are several.
"""

from collections.abc import Callable, Sequence
from typing import Any

from convnotes.receptive_field.importing import onnx_layouts as lay
from convnotes.receptive_field.importing import operations as do
from convnotes.receptive_field.importing.factors import CannotFollow, Tensor, plain_dim
from convnotes.receptive_field.importing.following import Follower
from convnotes.receptive_field.importing.meeting import contracted, pointwise
from convnotes.receptive_field.importing.onnx_layouts import Call

Shape = Sequence[int]


Handler = Callable[[Follower, Call, Any], Any]


def _rows(c: Call, kernel: Sequence[int], size: Shape, shape: Shape) -> list[tuple[Any, ...]]:
    count = len(kernel)
    strides = c.given.get("strides", [1] * count)
    dilations = c.given.get("dilations", [1] * count)
    pads = c.given.get("pads", [0] * 2 * count)
    sides = list(zip(pads[:count], pads[count:], strict=True))
    word = c.given.get("auto_pad", "NOTSET")
    if word.startswith("SAME"):
        columns = zip(kernel, strides, dilations, size, shape, strict=True)
        sides = [_same(word, *each) for each in columns]
    return list(zip(kernel, strides, sides, dilations, strict=True))


def _same(word: str, k: int, s: int, d: int, size: int, units: int) -> tuple[int, int]:
    total = max((units - 1) * s + d * (k - 1) + 1 - size, 0)
    less, more = total // 2, total - total // 2
    return (less, more) if word == "SAME_UPPER" else (more, less)


def _conv(f: Follower, c: Call, shape: Shape) -> Tensor:
    kernel = c.given.get("kernel_shape") or c.x[1].shape[2:]
    return do.convolved(f, c.x[0], _rows(c, kernel, c.x[0].shape[2:], shape[2:]), shape)


def _transposed(f: Follower, c: Call, shape: Shape) -> Tensor:
    kernel = c.given.get("kernel_shape") or c.x[1].shape[2:]
    if "output_shape" in c.given or c.given.get("auto_pad", "NOTSET") != "NOTSET":
        raise CannotFollow("its padding is not written out")
    extra = c.given.get("output_padding", [0] * len(kernel))
    rows = _rows(c, kernel, (), ())
    if any(left != right for _, _, (left, right), _ in rows):
        raise CannotFollow("its padding differs from side to side")
    columns = [(k, s, sides[0], d) for k, s, sides, d in rows]
    return do.spread(f, c.x[0], [(*row, e) for row, e in zip(columns, extra, strict=True)], shape)


def _pool(f: Follower, c: Call, shape: Any) -> Any:  # noqa: ANN401
    first = shape[0] if isinstance(shape, list) else shape
    rows = _rows(c, c.given["kernel_shape"], c.x[0].shape[2:], first[2:])
    made = do.pooled(f, c.x[0], rows, first, ceil_mode=bool(c.given.get("ceil_mode", 0)))
    return [made] * len(shape) if isinstance(shape, list) else made


def _global_pool(f: Follower, c: Call, shape: Shape) -> Tensor:
    return do.reduced(f, c.x[0], range(2, len(shape)), keep=True)


def _resize(f: Follower, c: Call, shape: Shape) -> Tensor:
    mode = c.given.get("mode", "nearest")
    how = c.given.get("coordinate_transformation_mode", "half_pixel")
    rounding = c.given.get("nearest_mode", "round_prefer_floor")
    place = 2 if len(c.x) > 2 else 1
    scales = c.numbers("scales", place) if place < len(c.x) and c.x[place] else None
    scales = scales[2:] if scales else [None] * (len(shape) - 2)
    x = c.x[0]
    whole = all(new % old == 0 for new, old in zip(shape, x.shape, strict=True))
    repeats = mode == "nearest" and (
        (how, rounding) == ("asymmetric", "floor")
        or (whole and how in ("half_pixel", "pytorch_half_pixel"))
    )
    mixes = mode == "linear" and how in ("half_pixel", "pytorch_half_pixel", "align_corners")
    if not (repeats or mixes) or c.given.get("antialias") or x.shape[:2] != tuple(shape[:2]):
        raise CannotFollow(f"a resize with mode={mode!r}, {how!r}, {rounding!r} is not known")
    word = "nearest" if mode == "nearest" else "bilinear"
    corners = how == "align_corners"
    return do.resized(f, x, shape, scales, mode=word, align_corners=corners)


def _batch_norm(f: Follower, c: Call, shape: Any) -> Any:  # noqa: ANN401
    training = c.given.get("training_mode", 0)
    places = [place for place in range(len(c.x[0].dims)) if place != 1] if training else []
    made = do.normalized(f, c.x[0], places, "batch norm in training")
    return [made, *c.x[3:5]] if isinstance(shape, list) else made


def _norm(words: str, first: int) -> Handler:
    def handler(f: Follower, c: Call, shape: Shape) -> Tensor:
        return do.normalized(f, c.x[0], range(first, len(shape)), words)

    return handler


def _layer_norm(f: Follower, c: Call, shape: Any) -> Any:  # noqa: ANN401
    rank = len(c.x[0].dims)
    places = range(c.given.get("axis", -1) % rank, rank)
    made = do.normalized(f, c.x[0], places, "a norm over positions")
    return [made, *map(_plain, shape[1:])] if isinstance(shape, list) else made


def _plain(shape: Shape) -> Tensor:
    return Tensor(None, tuple(map(plain_dim, shape)))


def _reduce(f: Follower, c: Call, shape: Shape) -> Tensor:
    rank = len(c.x[0].dims)
    places = c.numbers("axes", 1)
    if not places:
        places = [] if c.given.get("noop_with_empty_axes") else range(rank)
    return do.reduced(f, c.x[0], places, keep=bool(c.given.get("keepdims", 1)))


def _arg(f: Follower, c: Call, shape: Shape) -> Tensor:
    keep = bool(c.given.get("keepdims", 1))
    return do.reduced(f, c.x[0], [c.given.get("axis", 0)], keep=keep)


def _soften(f: Follower, c: Call, shape: Shape) -> Tensor:
    rank = len(shape)
    place = c.given.get("axis", -1 if c.version >= 13 else 1) % rank
    return do.softened(f, c.x[0], [place] if c.version >= 13 else range(place, rank))


def _matmul(f: Follower, c: Call, shape: Shape) -> Tensor:
    return do.multiplied(f, c.x[0], c.x[1])


def _gemm(f: Follower, c: Call, shape: Shape) -> Tensor:
    first = do.permuted(c.x[0], (1, 0)) if c.given.get("transA") else c.x[0]
    second = do.permuted(c.x[1], (1, 0)) if c.given.get("transB") else c.x[1]
    made = do.multiplied(f, first, second)
    return pointwise(f, [made, *c.x[2:]])


def _einsum(f: Follower, c: Call, shape: Shape) -> Tensor:
    terms, _, result = c.given["equation"].replace(" ", "").partition("->")
    letters = terms.split(",")
    if "." in terms or any(len(set(each)) < len(each) for each in letters):
        raise CannotFollow("its equation doesn't name each dimension once")
    return contracted(f, list(zip(c.x, letters, strict=True)), result)


def _recurrent(f: Follower, c: Call, shapes: Any) -> list[Tensor]:  # noqa: ANN401
    if c.given.get("layout"):
        raise CannotFollow("its layout has the batch first")
    shapes = shapes if isinstance(shapes, list) else [shapes]
    both = c.given.get("direction") == "bidirectional"
    _, directions, _, hidden = shapes[0]
    flat = [(*c.x[0].shape[:2], directions * hidden), *shapes[1:]]
    output, *ends = do.recurrent(f, c.x[0], 0, flat, both=both)
    time, batch, _ = output.dims
    dims = (time, plain_dim(directions), batch, plain_dim(hidden))
    return [output._replace(dims=dims), *ends][: len(shapes)]


def _same_shape(f: Follower, c: Call, shape: Any) -> Any:  # noqa: ANN401
    return [c.x[0], *map(_plain, shape[1:])] if isinstance(shape, list) else c.x[0]


def _each_number(f: Follower, c: Call, shape: Shape) -> Tensor:
    return do.joined(f, [each for each in c.x if each is not None], shape)


def _table(names: str, handler: Handler) -> dict[str, Handler]:
    return dict.fromkeys(names.split(), handler)


SEVERAL = (_each_number, _matmul, _gemm, _einsum, lay.concat, lay.gather)

OPERATIONS: dict[str, Handler] = {
    "Conv": _conv,
    "ConvTranspose": _transposed,
    **_table("MaxPool AveragePool LpPool", _pool),
    **_table("GlobalAveragePool GlobalMaxPool GlobalLpPool", _global_pool),
    **_table("Resize Upsample", _resize),
    "BatchNormalization": _batch_norm,
    "InstanceNormalization": _norm("instance norm", 2),
    "GroupNormalization": _norm("group norm", 1),
    **_table("LayerNormalization RMSNormalization", _layer_norm),
    **_table("ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2", _reduce),
    **_table("ReduceLogSumExp ReduceLogSum ReduceSumSquare", _reduce),
    **_table("ArgMax ArgMin", _arg),
    **_table("Softmax LogSoftmax Hardmax", _soften),
    "MatMul": _matmul,
    "Gemm": _gemm,
    "Einsum": _einsum,
    **_table("LSTM GRU RNN", _recurrent),
    **_table("Reshape Flatten Squeeze Unsqueeze", lay.reshape),
    "Transpose": lay.transpose,
    "Expand": lay.expand,
    "Tile": lay.tile,
    "Slice": lay.cut,
    "Gather": lay.gather,
    "Split": lay.split,
    "Concat": lay.concat,
    "Pad": lay.pad,
    "DepthToSpace": lay.shuffle,
    "SpaceToDepth": lay.unshuffle,
    **_table("Identity Dropout Cast", _same_shape),
    **_table("Add Sub Mul Div Pow Mod Max Min Sum Mean Where PRelu", _each_number),
    **_table("And Or Xor Not Equal Greater GreaterOrEqual Less LessOrEqual", _each_number),
    **_table("Relu LeakyRelu Elu Celu Selu Gelu Mish Sigmoid HardSigmoid HardSwish", _each_number),
    **_table("Tanh Softplus Softsign ThresholdedRelu Swish Erf Clip", _each_number),
    **_table("Abs Neg Exp Log Sqrt Reciprocal Sign Floor Ceil Round Sin Cos", _each_number),
    **_table("IsNaN IsInf QuantizeLinear DequantizeLinear CastLike", _each_number),
}
