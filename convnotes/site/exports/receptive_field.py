"""The fields of known networks, layer by layer, for the frame on the photograph."""

import json
from pathlib import Path

from convnotes.receptive_field import (
    Add,
    Concat,
    effective_variance,
    networks,
    receptive_field,
)

# As a reader calls them.
CALLS = ["vgg(16)", "alexnet()", "resnet(18)", "resnet(50)", "mobilenet_v1()", "googlenet()"]


def put(folder: Path) -> None:
    """Write them beside the script that fetches them."""
    (folder / "networks.json").write_text(json.dumps(fields()), "utf-8")


def fields() -> dict[str, list[dict[str, object]]]:
    """Each layer or block: name; size, jump, start and σ in pixels; kernels and strides."""
    return {call: _along(eval(call, vars(networks))) for call in CALLS}


def _along(layers: list) -> list[dict[str, object]]:
    rows = []
    for count in range(1, len(layers) + 1):
        field = receptive_field(layers[:count])
        if field.whole:  # a pooling over everything, and what follows
            break
        rows.append(
            {
                "name": field.trace[-1].layer,
                "size": field.size,
                "jump": field.stride,
                "start": field.start,
                "sigma": round(effective_variance(layers[:count]) ** 0.5, 4),
                "branches": _branches(layers[count - 1]),
            }
        )
    return rows


def _branches(layer: object) -> list[list[list[int]]]:
    """The kernels and strides along each branch of a block, those left out that change nothing."""
    branches = layer.branches if isinstance(layer, Add | Concat) else [[layer]]
    windows = [[[each.kernel_size, each.stride] for each in branch] for branch in branches]
    return [[window for window in branch if window != [1, 1]] for branch in windows]
