"""The fields of known networks, layer by layer, for the frame on the photograph."""

import json
from pathlib import Path

from convnotes.receptive_field import effective_variance, networks, receptive_field

# As a reader calls them.
CALLS = ["vgg(16)", "alexnet()", "resnet(18)", "resnet(50)", "mobilenet_v1()", "googlenet()"]


def put(folder: Path) -> None:
    """Write them beside the script that fetches them."""
    (folder / "networks.json").write_text(json.dumps(fields()), "utf-8")


def fields() -> dict[str, list[dict[str, object]]]:
    """Name, size, jump, start and σ, in pixels, of each layer or block of each network."""
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
            }
        )
    return rows
