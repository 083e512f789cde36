"""What layers cost: parameters, multiply–adds and the memory of their outputs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from convnotes.arguments import switch, whole_numbers
from convnotes.convolution.shapes import check_channels, padding_sides, plan


@dataclass(frozen=True)
class Conv:
    """A convolution layer described by its shape alone, with PyTorch's names and order.

    Args:
        c_in: Input channels.
        c_out: Output channels.
        kernel_size: An int or a (height, width) pair.
        stride: An int or a (height, width) pair.
        padding: An int, a (height, width) pair, `"valid"` or, with stride 1, `"same"`.
        dilation: An int or a (height, width) pair.
        groups: 1 for a dense layer, `c_in` for a depthwise one.
        bias: Whether each output channel has a bias.

    Raises:
        ValueError: If a number is too small, `groups` doesn't divide both channel counts, or
            `padding` is another word, or `"same"` with a stride.
        TypeError: If a number isn't a whole number, or `bias` neither True nor False.

    Examples:
        >>> from convnotes.three_by_three import Conv
        >>> Conv(64, 64, 3, padding=1).weight_shape
        (64, 64, 3, 3)
        >>> Conv(64, 64, 3, padding=1, groups=64).weight_shape
        (64, 1, 3, 3)
    """

    c_in: int
    c_out: int
    kernel_size: int | tuple[int, int]
    stride: int | tuple[int, int] = 1
    padding: int | tuple[int, int] | str = 0
    dilation: int | tuple[int, int] = 1
    groups: int = 1
    bias: bool = True

    def __post_init__(self) -> None:
        for name in ("c_in", "c_out", "groups"):
            whole_numbers(getattr(self, name), name, 1, minimum=1)
        switch(self.bias, "bias")
        check_channels(self.c_in, self.weight_shape, self.groups)
        stride = whole_numbers(self.stride, "stride", 2, minimum=1)
        dilation = whole_numbers(self.dilation, "dilation", 2, minimum=1)
        padding_sides(self.padding, self.weight_shape[2:], stride, dilation)

    @property
    def weight_shape(self) -> tuple[int, int, int, int]:
        """Shape (C_out, C_in // groups, KH, KW) of the weights that `conv2d` takes."""
        kh, kw = whole_numbers(self.kernel_size, "kernel_size", 2, minimum=1)
        return self.c_out, self.c_in // self.groups, kh, kw

    def output_size(self, size: int | tuple[int, int]) -> tuple[int, int]:
        """Return (height, width) of the output for an input of `size`.

        Raises:
            ValueError: If the kernel spans more than the padded input.

        Examples:
            >>> from convnotes.three_by_three import Conv
            >>> Conv(3, 64, 7, stride=2, padding=3).output_size(224)
            (112, 112)
        """
        height, width = plan(
            (1, self.c_in, *whole_numbers(size, "size", 2, minimum=1)),
            self.weight_shape,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            groups=self.groups,
            names=("size", "the layer"),
        ).output
        return height, width


class Cost(NamedTuple):
    """What a layer or a stack of layers costs, for one image."""

    parameters: int
    """Weights and biases."""
    multiply_adds: int
    """One multiplication and one addition each; those with padded zeros count, biases don't."""
    activations: int
    """Values that all layers put out together; training keeps them until the backward pass."""
    peak: int
    """Largest input plus output of any one layer: what inference holds at once."""


def cost(*layers: Conv, size: int | tuple[int, int]) -> Cost:
    """Return parameters, multiply–adds and activation memory of `layers` applied in turn.

    Activation memory is counted in values; a value is 4 bytes in float32. Only the outputs of the
    convolutions are counted. A ReLU or sigmoid behind a layer needs its own output only, which the
    next layer keeps anyway; a GELU, SiLU or batch norm needs its input too, as much again.

    Args:
        *layers: The stack, first layer first.
        size: Input size, an int or a (height, width) pair.

    Raises:
        ValueError: If there is no layer, `size` isn't positive, a layer's `c_in` isn't the `c_out`
            before it, or a kernel doesn't fit.
        TypeError: If a layer isn't a `Conv`, or `size` isn't made of whole numbers.

    Source:
        Howard et al. (2017), arXiv:1704.04861, section 3.1, for multiply–adds, dense and
        depthwise separable.

    Examples:
        >>> from convnotes.three_by_three import Conv, cost
        >>> layer = Conv(64, 64, 3, padding=1, bias=False)
        >>> cost(layer, layer, layer, size=56)
        Cost(parameters=110592, multiply_adds=346816512, activations=602112, peak=401408)
    """
    if not layers:
        raise ValueError("layers=() must hold at least one Conv")
    for i, layer in enumerate(layers):
        if not isinstance(layer, Conv):
            raise TypeError(f"layers[{i}]={layer!r} must be a Conv")
        if i and layer.c_in != layers[i - 1].c_out:
            raise ValueError(f"layers[{i}].c_in={layer.c_in} must be {layers[i - 1].c_out}")
    h, w = whole_numbers(size, "size", 2, minimum=1)
    parameters = multiply_adds = activations = peak = 0
    for layer in layers:
        c_out, depth, kh, kw = layer.weight_shape
        values_in = layer.c_in * h * w
        h, w = layer.output_size((h, w))
        values_out = c_out * h * w
        parameters += c_out * depth * kh * kw + (c_out if layer.bias else 0)
        multiply_adds += values_out * depth * kh * kw
        activations += values_out
        peak = max(peak, values_in + values_out)
    return Cost(parameters, multiply_adds, activations, peak)


def cost_table(designs: Mapping[str, Sequence[Conv]], *, size: int | tuple[int, int]) -> str:
    """Return the costs of several designs below each other, to print and compare.

    Args:
        designs: Name to layers, first layer first.
        size: Input size of every design, an int or a (height, width) pair.

    Returns:
        A heading and one line a design, with the columns of `Cost`.

    Raises:
        ValueError: If there is no design, or `cost` refuses one.
        TypeError: If `designs` isn't a mapping, or `cost` refuses one.

    Examples:
        >>> from convnotes.three_by_three import Conv, cost_table
        >>> large, small = Conv(64, 64, 7, padding=3), Conv(64, 64, 3, padding=1)
        >>> print(cost_table({"7×7": [large], "three 3×3": [small] * 3}, size=56))
        design     parameters  multiply-adds  activations     peak
        7×7           200,768    629,407,744      200,704  401,408
        three 3×3     110,784    346,816,512      602,112  401,408
    """
    if not isinstance(designs, Mapping):
        raise TypeError(f"designs={designs!r} must map names to layers")
    if not designs:
        raise ValueError("designs={} must hold at least one design")
    rows = [("design", *(field.replace("_", "-") for field in Cost._fields))]
    for name, layers in designs.items():
        rows.append((name, *(f"{number:,}" for number in cost(*layers, size=size))))
    first, *others = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(
        "  ".join([row[0].ljust(first), *map(str.rjust, row[1:], others)]) for row in rows
    )
