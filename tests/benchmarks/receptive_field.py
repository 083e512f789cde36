"""How long fields of deep networks take, and how the time grows with the number of layers.

Run by hand: ``python tests/benchmarks/receptive_field.py``.
"""

import math
import time
from collections.abc import Callable

from convnotes.receptive_field import Add, Layer, effective_variance, networks, receptive_field


def milliseconds(work: Callable[[], object], repeats: int = 7) -> float:
    """Return the shortest of several times, in ms of this process."""
    spent = []
    for _ in range(repeats):
        begin = time.process_time()
        work()
        spent.append(time.process_time() - begin)
    return 1000 * min(spent)


def main() -> None:
    print("receptive_field, ms")
    for name, make in {
        "ResNet-152": lambda: networks.resnet(152),
        "Inception-ResNet-v2, two axes": lambda: networks.inception("resnet_v2"),
        "U-Net, 16 phases": networks.unet,
    }.items():
        layers = make()
        spent = milliseconds(lambda layers=layers: receptive_field(layers))
        print(f"  {name:30} {spent:7.1f}   built in {milliseconds(make):.1f}")

    block = Add([Layer(3, padding=1), Layer(3, padding=1)], [])
    print("growth with the number of residual blocks, ms and exponent against the row above")
    before = None
    for count in (50, 100, 200, 400, 800, 1600):
        layers = [block] * count
        field = milliseconds(lambda layers=layers: receptive_field(layers), 3)
        moments = milliseconds(lambda layers=layers: effective_variance(layers), 3)
        growth = "" if before is None else f"   {math.log2(field / before):.2f}"
        print(f"  {count:6} {field:9.1f} field {moments:9.1f} variance{growth}")
        before = field


if __name__ == "__main__":
    main()
