"""GoogLeNet and what grew out of it: several windows side by side, concatenated."""

from typing import Any

from convnotes.receptive_field.joins import Add, Concat
from convnotes.receptive_field.layers import Layer
from convnotes.receptive_field.values import one_of

ROW, COLUMN = (1, 7), (7, 1)  # a 7×7 in two parts
POINT = Layer(1)


def googlenet() -> list[Any]:
    """GoogLeNet (Inception-v1) up to its last inception module.

    torchvision's model of this name is another network: it has 3×3 layers in place of the 5×5,
    pools 2×2 before its last stage, and sees 379 pixels instead of 715.

    Source: C. Szegedy et al., "Going Deeper with Convolutions", arXiv:1409.4842, table 1; its
    poolings round up, as in Caffe and torchvision.

    Examples:
        >>> from convnotes.receptive_field.networks import googlenet
        >>> [layer.name for layer in googlenet()[-3:]]
        ['pool4', '5a', '5b']
    """
    layers: list[Any] = [Layer(7, 2, padding=3, name="conv1"), _pool("pool1")]
    layers += [Layer(1, name="conv2"), Layer(3, padding=1, name="conv3"), _pool("pool2")]
    for stage, modules in ((3, "ab"), (4, "abcde"), (5, "ab")):
        layers += [
            Concat([POINT], _path(1, 3), _path(1, 5), _path(3, 1), name=f"{stage}{letter}")
            for letter in modules
        ]
        layers += [_pool(f"pool{stage}")] if stage < 5 else []
    return layers


def inception(version: str) -> list[Any]:
    """Inception ``"v2"``, ``"v3"``, ``"v4"`` or ``"resnet_v2"``, as in TF-slim.

    Raises:
        ValueError: If ``version`` is none of these.

    Source: arXiv:1502.03167 (v2), arXiv:1512.00567 (v3), arXiv:1602.07261 (v4, ResNet-v2), and
    their transcriptions in TF-slim.

    Examples:
        >>> from convnotes.receptive_field.networks import inception
        >>> [layer.name for layer in inception("v3") if layer.name][-3:]
        ['Mixed_7a', 'Mixed_7b', 'Mixed_7c']
    """
    makers = {"v2": _v2, "v3": _v3, "v4": _v4, "resnet_v2": _resnet_v2}
    return one_of("version", version, makers)()


def _v2() -> list[Any]:
    same = {"padding": "SAME"}
    layers = [Layer(7, 2, **same), Layer(3, 2, **same), POINT, Layer(3, padding=1)]
    layers.append(Layer(3, 2, **same))
    for name in ("3b", "3c", "4a", "4b", "4c", "4d", "4e", "5a", "5b", "5c"):
        down = name in ("4a", "5a")
        short, long = _path(1, 3), _path(1, 3, 3)
        if down:
            short[-1] = long[-1] = Layer(3, 2, **same)
            branches = [short, long, [Layer(3, 2, **same)]]
        else:
            branches = [[POINT], short, long, _path(3, 1)]
        layers.append(Concat(*branches, name=f"Mixed_{name}"))
    return layers


def _v3() -> list[Any]:
    layers = [*_start(), Layer(3, 2), POINT, Layer(3), Layer(3, 2)]
    for name in "bcd":
        branches = [POINT], _path(1, 5), _path(1, 3, 3), _path(3, 1)
        layers.append(Concat(*branches, name=f"Mixed_5{name}"))
    layers.append(_reduce("Mixed_6a", [], _path(1, 3)))
    layers += (_sevens(f"Mixed_6{name}") for name in "bcde")
    layers.append(_reduce("Mixed_7a", [POINT], _path(1, ROW, COLUMN)))
    return layers + [_cross(f"Mixed_7{name}", _path(1, 3)) for name in "bc"]


def _v4() -> list[Any]:
    layers = [*_start(), Concat([Layer(3, 2)], [Layer(3, 2)], name="Mixed_3a")]
    branches = [POINT, Layer(3)], [*_path(1, ROW, COLUMN), Layer(3)]
    layers.append(Concat(*branches, name="Mixed_4a"))
    layers.append(Concat([Layer(3, 2)], [Layer(3, 2)], name="Mixed_5a"))
    for name in "bcde":
        branches = [POINT], _path(1, 3), _path(1, 3, 3), _path(3, 1)
        layers.append(Concat(*branches, name=f"Mixed_5{name}"))
    layers.append(_reduce("Mixed_6a", [], _path(1, 3)))
    layers += (_sevens(f"Mixed_6{name}") for name in "bcdefgh")
    layers.append(_reduce("Mixed_7a", [POINT], _path(1, ROW, COLUMN)))
    return layers + [_cross(f"Mixed_7{name}", _path(1, (3, 1), (1, 3))) for name in "bcd"]


def _resnet_v2() -> list[Any]:
    layers = [*_start(), Layer(3, 2), POINT, Layer(3), Layer(3, 2)]
    branches = [POINT], _path(1, 5), _path(1, 3, 3), _path(3, 1)
    layers.append(Concat(*branches, name="Mixed_5b"))
    layers += [_residual([POINT], _path(1, 3), _path(1, 3, 3))] * 10
    layers.append(_reduce("Mixed_6a", [], _path(1, 3)))
    layers += [_residual([POINT], _path(1, ROW, COLUMN))] * 20
    layers.append(_reduce("Mixed_7a", [POINT], [POINT], _path(1, 3)))
    return layers + [_residual([POINT], _path(1, (1, 3), (3, 1)))] * 10


def _start() -> list[Any]:
    return [Layer(3, 2), Layer(3), Layer(3, padding=1)]


def _pool(name: str) -> Layer:
    return Layer(3, 2, ceil_mode=True, name=name)


def _path(*sizes: int | tuple[int, int]) -> list[Any]:
    """Return layers of these sizes that keep the resolution."""
    return [Layer(size, padding="same") for size in sizes]


def _reduce(name: str, *before: list[Any]) -> Concat:
    """Return paths that end in a 3×3 of stride 2, beside a pooling."""
    return Concat(*([*path, Layer(3, 2)] for path in before), [Layer(3, 2)], name=name)


def _sevens(name: str) -> Concat:
    long = _path(1, COLUMN, ROW, COLUMN, ROW)
    return Concat([POINT], _path(1, ROW, COLUMN), long, _path(3, 1), name=name)


def _cross(name: str, before: list[Any]) -> Concat:
    """Return paths that end in a row of 3 beside a column of 3."""
    cross = Concat(_path((1, 3)), _path((3, 1)))
    return Concat([POINT], [POINT, cross], [*before, cross], _path(3, 1), name=name)


def _residual(*branches: list[Any]) -> Add:
    return Add([Concat(*branches), POINT], [])
