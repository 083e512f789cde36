"""ResNet, and a dilated network made of one."""

from typing import Any

from convnotes.receptive_field.joins import Add, Concat
from convnotes.receptive_field.layers import AdaptivePool, Layer
from convnotes.receptive_field.values import one_of

BLOCKS = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
    200: (3, 24, 36, 3),
}


def resnet(depth: int = 18, version: str = "v1.5") -> list[Any]:
    """ResNet-18, 34, 50, 101, 152 or 200 up to layer4, with torchvision's names.

    Args:
        depth: 18 and 34 have blocks of two 3×3 layers; the deeper ones have bottlenecks.
        version: Where a bottleneck has its stride: ``"v1"`` on the first 1×1, as in the paper,
            ``"v1.5"`` on the 3×3, as in torchvision. ``"slim"`` has it there too, but in the last
            block of a stage, and pools with TensorFlow's SAME. Of no effect below 50.

    Raises:
        ValueError: If ``depth`` or ``version`` is none of these.

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition",
    arXiv:1512.03385, table 1; 200 from "Identity Mappings in Deep Residual Networks",
    arXiv:1603.05027; ``"slim"`` from TF-slim's ``resnet_v1``.

    Examples:
        >>> from convnotes.receptive_field.networks import resnet
        >>> resnet(50)[2].name
        'layer1.0'
        >>> [layer.stride for layer in resnet(50, "v1")[5].branches[0]]
        [2, 1, 1]
    """
    counts = one_of("depth", depth, BLOCKS)
    version = one_of("version", version, {each: each for each in ("v1", "v1.5", "slim")})
    slim = version == "slim" and depth >= 50
    pool = Layer(3, 2, padding="SAME" if slim else 1, name="maxpool")
    layers: list[Any] = [Layer(7, 2, padding=3, name="conv1"), pool]
    for stage, count in enumerate(counts, 1):
        for block in range(count):
            if slim:
                stride = 2 if stage < 4 and block == count - 1 else 1
            else:
                stride = 2 if stage > 1 and block == 0 else 1
            layers.append(residual(f"layer{stage}.{block}", depth, stride, version))
    return layers


def residual(name: str, depth: int, stride: int, version: str = "v1.5", dilation: int = 1) -> Add:
    """Return one block: two 3×3 layers, or 1×1, 3×3, 1×1, beside a shortcut."""
    first, second = (stride, 1) if version == "v1" or depth < 50 else (1, stride)
    middle = {"padding": dilation, "dilation": dilation, "name": f"{name}.conv2"}
    if depth < 50:
        path = [Layer(3, first, padding=1, name=f"{name}.conv1"), Layer(3, **middle)]
    else:
        path = [Layer(1, first, name=f"{name}.conv1"), Layer(3, second, **middle)]
        path.append(Layer(1, name=f"{name}.conv3"))
    shortcut = [Layer(1, stride, name=f"{name}.downsample")] if stride > 1 else []
    return Add(path, shortcut, name=name)


def deeplab(output_stride: int = 16) -> list[Any]:
    """DeepLabv3 on ResNet-50: dilation in place of the last strides, then parallel dilations.

    The last branch is a pooling over everything, so a unit sees the whole image.

    Args:
        output_stride: 16 or 8; with 8, two stages lose their strides and the dilations double.

    Raises:
        ValueError: If ``output_stride`` is neither.

    Source: L.-C. Chen, G. Papandreou, F. Schroff, H. Adam, "Rethinking Atrous Convolution for
    Semantic Image Segmentation", arXiv:1706.05587, section 3.3; where a stage's dilation begins,
    as in torchvision.

    Examples:
        >>> from convnotes.receptive_field.networks import deeplab
        >>> [branch[0].dilation for branch in deeplab()[-1].branches[:-1]]
        [1, 6, 12, 18]
    """
    finer = one_of("output_stride", output_stride, {16: 1, 8: 2})
    layers: list[Any] = [Layer(7, 2, padding=3, name="conv1"), Layer(3, 2, padding=1)]
    before = 1
    for stage, count in enumerate(BLOCKS[50], 1):
        stride = 2 if 1 < stage < 5 - finer else 1
        dilation = before * 2 if stage >= 5 - finer else before
        for block in range(count):
            own = (stride, "v1.5", before) if block == 0 else (1, "v1.5", dilation)
            layers.append(residual(f"layer{stage}.{block}", 50, *own))
        before = dilation
    rates = [finer * rate for rate in (6, 12, 18)]
    pyramid = [[Layer(3, padding=rate, dilation=rate)] for rate in rates]
    return [*layers, Concat([Layer(1)], *pyramid, [AdaptivePool(), Layer(1)], name="aspp")]
