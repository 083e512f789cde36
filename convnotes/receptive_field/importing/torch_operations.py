"""The table of PyTorch's operations, by their names in ATen.

Each takes what follows shapes, its arguments by ATen's names with tensors in place of nodes, and
the shape or shapes of what it makes.
"""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from convnotes.receptive_field.importing import operations as do
from convnotes.receptive_field.importing import torch_layouts as lay
from convnotes.receptive_field.importing.factors import CannotFollow, Tensor, constant, plain_dim
from convnotes.receptive_field.importing.following import Follower
from convnotes.receptive_field.importing.meeting import contracted, pointwise, sliced

Arguments = SimpleNamespace
Shape = Sequence[int]
Handler = Callable[[Follower, Arguments, Any], Any]


def _rows(kernel: Sequence[int], a: Arguments) -> list[tuple[Any, ...]]:
    count = len(kernel)
    strides = lay.several(a.stride or list(kernel), count)
    dilations = lay.several(getattr(a, "dilation", 1), count)
    if isinstance(a.padding, str):
        reach = [d * (k - 1) if a.padding == "same" else 0 for k, d in zip(kernel, dilations)]  # noqa: B905
        sides = [(total // 2, total - total // 2) for total in reach]
    else:
        sides = [(side, side) for side in lay.several(a.padding, count)]
    return list(zip(kernel, strides, sides, dilations, strict=True))


def _conv(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    return do.convolved(f, a.input, _rows(a.weight.shape[2:], a), shape)


def _unfold(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    rows = list(zip(a.kernel_size, a.stride, [(p, p) for p in a.padding], a.dilation, strict=True))
    return do.windowed(f, a.self, rows, shape)


def _transposed(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    kernel = a.weight.shape[2:]
    columns = [lay.several(each, len(kernel)) for each in (a.stride, a.padding, a.dilation)]
    extra = lay.several(a.output_padding, len(kernel))
    return do.spread(f, a.input, list(zip(kernel, *columns, extra, strict=True)), shape)


def _pool(count: int, results: int = 1) -> Handler:
    def handler(f: Follower, a: Arguments, shape: Any) -> Any:  # noqa: ANN401
        rows = _rows(lay.several(a.kernel_size, count), a)
        first = shape if results == 1 else shape[0]
        made = do.pooled(f, a.self, rows, first, ceil_mode=a.ceil_mode)
        return made if results == 1 else [made] * results

    return handler


def _adaptive(count: int, results: int = 1) -> Handler:
    def handler(f: Follower, a: Arguments, shape: Any) -> Any:  # noqa: ANN401
        first = shape if results == 1 else shape[0]
        made = do.adapted(f, a.self, first[-count:], first)
        return made if results == 1 else [made] * results

    return handler


def _resize(mode: str) -> Handler:
    def handler(f: Follower, a: Arguments, shape: Shape) -> Tensor:
        scales = getattr(a, "scale_factors", None)
        count = len(shape) - 2
        return do.resized(
            f,
            a.input,
            shape,
            lay.several(scales, count) if scales else [None] * count,
            mode=mode,
            align_corners=getattr(a, "align_corners", False),
        )

    return handler


def _exact(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    if any(new % old for new, old in zip(shape[2:], a.input.shape[2:], strict=True)):
        raise CannotFollow("nearest-exact is known for whole scales only")
    return _resize("nearest")(f, a, shape)


def _batch_norm(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    if not a.training:
        return a.input
    places = [place for place in range(len(shape)) if place != 1]
    return do.normalized(f, a.input, places, "batch norm in training (see model.eval())")


def _instance_norm(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    places = range(2, len(shape)) if a.use_input_stats else ()
    return do.normalized(f, a.input, places, "instance norm")


def _group_norm(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    return do.normalized(f, a.input, range(1, len(shape)), "group norm")


def _layer_norm(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    places = range(len(shape) - len(a.normalized_shape), len(shape))
    return do.normalized(f, a.input, places, "a norm over positions")


def _all_or(dims: Any, rank: int) -> list[int]:  # noqa: ANN401
    """Return the dimensions that are named; none or an empty list stands for all."""
    return list(range(rank)) if dims is None or dims == [] else lay.several(dims, 1)


def _reduce(f: Follower, a: Arguments, shape: Any) -> Any:  # noqa: ANN401
    pair = isinstance(shape, list)  # largest values and their places
    dims = _all_or(getattr(a, "dim", None), len(a.self.dims))
    made = do.reduced(f, a.self, dims, keep=getattr(a, "keepdim", False))
    return [made, made] if pair else made


def _soften(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    return do.softened(f, a.self, [a.dim])


def _cumulate(f: Follower, a: Arguments, shape: Any) -> Tensor:  # noqa: ANN401
    f.note("sees what came before only; it counts as everything along its axis")
    return do.softened(f, a.self, [a.dim])


def _matmul(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    return do.multiplied(f, a.self, getattr(a, "other", None) or a.mat2)


def _added_matmul(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    first, second = (a.mat1, a.mat2) if hasattr(a, "mat1") else (a.batch1, a.batch2)
    return pointwise(f, [a.self, do.multiplied(f, first, second)])


def _linear(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    return do.mix_channels(f, a.input, len(shape) - 1, shape)


def _einsum(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    equation = a.equation.replace(" ", "")
    if "..." in equation or "->" not in equation:
        raise CannotFollow(f"einsum {equation!r} doesn't write out all dimensions")
    terms, result = equation.split("->")
    letters = terms.split(",")
    if any(len(set(each)) < len(each) for each in letters):
        raise CannotFollow(f"einsum {equation!r} takes a diagonal")
    return contracted(f, list(zip(a.tensors, letters, strict=True)), result)


def _attention(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    if a.is_causal:
        f.note("causal attention sees what came before only; it counts as everything")
    return do.attended(f, a.query, a.key, a.value)


def _recurrent(f: Follower, a: Arguments, shapes: Any) -> list[Tensor]:  # noqa: ANN401
    place = 1 if a.batch_first and len(a.input.dims) > 2 else 0
    return do.recurrent(f, a.input, place, shapes, both=a.bidirectional)


def _glu(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    place, half = a.dim % len(shape), shape[a.dim]
    halves = [sliced(f, a.self, place, start, start + half, 1) for start in (0, half)]
    return pointwise(f, halves)


def _embedding(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    return do.looked_up(f, a.weight, a.indices)


def _channel_shuffle(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    return a.self.with_dim(1, plain_dim(shape[1]))


def _constant(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    return constant(shape)


def each_number(f: Follower, a: Arguments, shape: Shape) -> Tensor:
    """Follow what works on each number alone, of one tensor or several."""
    tensors = [value for value in vars(a).values() if isinstance(value, Tensor)]
    return do.joined(f, tensors, shape)


def _table(names: str, handler: Handler) -> dict[str, Handler]:
    return dict.fromkeys(names.split(), handler)


SEVERAL = (
    each_number,
    lay.expand,
    _matmul,
    _added_matmul,
    _einsum,
    _attention,
    lay.cat,
    lay.stack,
    _embedding,
)

OPERATIONS: dict[str, Handler] = {
    **_table("conv1d conv2d conv3d", _conv),
    **_table("conv_transpose1d conv_transpose2d conv_transpose3d", _transposed),
    **{f"{kind}_pool{n}d": _pool(n) for kind in ("max", "avg") for n in (1, 2, 3)},
    **{f"max_pool{n}d_with_indices": _pool(n, 2) for n in (1, 2, 3)},
    **{f"adaptive_avg_pool{n}d": _adaptive(n) for n in (1, 2, 3)},
    **{f"adaptive_max_pool{n}d": _adaptive(n, 2) for n in (1, 2, 3)},
    **{f"upsample_nearest{n}d": _resize("nearest") for n in (1, 2, 3)},
    **{f"_upsample_nearest_exact{n}d": _exact for n in (1, 2, 3)},
    **_table("upsample_linear1d upsample_bilinear2d upsample_trilinear3d", _resize("bilinear")),
    "batch_norm": _batch_norm,
    "instance_norm": _instance_norm,
    "group_norm": _group_norm,
    **_table("layer_norm rms_norm", _layer_norm),
    **_table("mean sum amax amin max min var std prod logsumexp argmax argmin any all", _reduce),
    **_table("norm linalg_vector_norm", _reduce),
    **_table("softmax log_softmax", _soften),
    "cumsum": _cumulate,
    **_table("matmul bmm mm", _matmul),
    **_table("addmm baddbmm", _added_matmul),
    "linear": _linear,
    "einsum": _einsum,
    "scaled_dot_product_attention": _attention,
    **_table("lstm gru rnn_tanh rnn_relu", _recurrent),
    **_table("view reshape _unsafe_view flatten unflatten squeeze unsqueeze", lay.reshape),
    "permute": lay.permute,
    **_table("transpose swapaxes swapdims", lay.transpose),
    **_table("t numpy_T", lay.reverse),
    **_table("mT adjoint", lay.last_two),
    **_table("movedim moveaxis", lay.move),
    **_table("expand expand_as broadcast_to", lay.expand),
    "repeat": lay.repeat,
    **_table("flip roll", lay.turn),
    **_table("index index_select", lay.pick),
    "select": lay.select,
    "slice": lay.cut,
    "narrow": lay.narrow,
    **_table("split split_with_sizes chunk tensor_split", lay.split),
    "unbind": lay.unbind,
    **_table("cat concat concatenate", lay.cat),
    "stack": lay.stack,
    **_table("pad constant_pad_nd", lay.pad),
    "pixel_shuffle": lay.shuffle,
    "pixel_unshuffle": lay.unshuffle,
    "im2col": _unfold,
    **_table("channel_shuffle native_channel_shuffle", _channel_shuffle),
    "glu": _glu,
    "embedding": _embedding,
    **_table("zeros_like ones_like full_like rand_like randn_like new_zeros new_ones", _constant),
    **_table("dropout alpha_dropout feature_dropout contiguous clone to type_as", each_number),
    **_table("detach alias lift_fresh_copy copy selu relu6 hardswish prelu celu", each_number),
}
