"""How much of the input one output unit sees: size, position, exact set and spread, for chains.

Positions are counted in input pixels, and the centre of pixel 0 is at 0 (libraries that put its
corner at 0 report every centre 0.5 larger). Per-axis values are in (height, width) order; an int
holds for every axis.
"""

from convnotes.receptive_field import networks
from convnotes.receptive_field.boxes import ReceptiveField, Row, Trace, receptive_field
from convnotes.receptive_field.inside import effective_variance, support
from convnotes.receptive_field.layers import Layer

__all__ = [
    "Layer",
    "ReceptiveField",
    "Row",
    "Trace",
    "effective_variance",
    "networks",
    "receptive_field",
    "support",
]
