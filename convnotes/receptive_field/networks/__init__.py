"""Networks from the literature, written as their papers describe them, up to the last feature map.

Only what moves a window, changes the resolution or joins branches is written down.
"""

from convnotes.receptive_field.networks.classic import (
    alexnet,
    lenet5,
    mobilenet_v1,
    patchgan,
    vgg,
    wavenet,
)
from convnotes.receptive_field.networks.inceptions import googlenet, inception
from convnotes.receptive_field.networks.residuals import deeplab, resnet
from convnotes.receptive_field.networks.unets import unet

__all__ = [
    "alexnet",
    "deeplab",
    "googlenet",
    "inception",
    "lenet5",
    "mobilenet_v1",
    "patchgan",
    "resnet",
    "unet",
    "vgg",
    "wavenet",
]
