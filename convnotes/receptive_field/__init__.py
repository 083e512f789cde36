"""How much of the input one output unit sees: size, position, exact set and spread.

A network is a list of layers, with branches where it has them. Positions are counted in input
pixels, and the centre of pixel 0 is at 0 (libraries that put its corner at 0 report every centre
0.5 larger). Per-axis values are in (height, width) order; an int holds for every axis.
"""

from convnotes.receptive_field import networks
from convnotes.receptive_field.boxes import ReceptiveField, receptive_field
from convnotes.receptive_field.effective import effective_field, effective_size
from convnotes.receptive_field.importing.model import Model
from convnotes.receptive_field.importing.onnx_models import from_onnx
from convnotes.receptive_field.importing.torch_models import from_torch
from convnotes.receptive_field.inside import effective_variance, mask
from convnotes.receptive_field.joins import Add, Concat, From
from convnotes.receptive_field.layers import AdaptivePool, ConvTranspose, Layer, Upsample, Whole
from convnotes.receptive_field.measuring import measure
from convnotes.receptive_field.runs import support
from convnotes.receptive_field.tiling import Halo, Tile, halo, minimum_input, tiles
from convnotes.receptive_field.trace import Row, Trace

__all__ = [
    "AdaptivePool",
    "Add",
    "Concat",
    "ConvTranspose",
    "From",
    "Halo",
    "Layer",
    "Model",
    "ReceptiveField",
    "Row",
    "Tile",
    "Trace",
    "Upsample",
    "Whole",
    "effective_field",
    "effective_size",
    "effective_variance",
    "from_onnx",
    "from_torch",
    "halo",
    "mask",
    "measure",
    "minimum_input",
    "networks",
    "receptive_field",
    "support",
    "tiles",
]
