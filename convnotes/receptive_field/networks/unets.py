"""U-Net: down, up again, and across."""

from typing import Any

from convnotes.receptive_field.joins import Concat
from convnotes.receptive_field.layers import ConvTranspose, Layer
from convnotes.receptive_field.values import DEEP, whole_number


def unet(levels: int = 4) -> list[Any]:
    """U-Net without padding, as in its paper: what goes across is cropped to what comes up.

    Args:
        levels: How often the resolution is halved, at least 0.

    Raises:
        ValueError: If ``levels`` is negative.

    Source: O. Ronneberger, P. Fischer, T. Brox, "U-Net: Convolutional Networks for Biomedical
    Image Segmentation", arXiv:1505.04597, figure 1.

    Examples:
        >>> from convnotes.receptive_field.networks import unet
        >>> len(unet(0)), len(unet())
        (2, 5)
    """
    whole_number("levels", levels, 0, DEEP)
    pair = [Layer(3), Layer(3)]
    network = [Layer(3), Layer(3, name="bottom")]
    margin = 4  # units that the level below loses on each side
    for _ in range(levels):
        across = [Layer(1, padding=-margin)]
        network = [*pair, Concat(across, [Layer(2, 2), *network, ConvTranspose(2, 2)]), *pair]
        margin = 2 * (margin + 4)
    return network
