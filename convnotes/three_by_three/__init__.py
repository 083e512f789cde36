"""What 3×3 layers do together: composed into one kernel, counted, and computed Winograd's way.

Kernels correlate, as in `convnotes.convolution.conv2d`; height comes before width.
"""

from convnotes.three_by_three.costs import Conv, Cost, cost, cost_table
from convnotes.three_by_three.minimal_filtering import (
    F2_AT,
    F2_BT,
    F2_G,
    F4_AT,
    F4_BT,
    F4_G,
    Winograd,
    winograd,
)
from convnotes.three_by_three.stacks import compose, rank_of_stack

__all__ = [
    "F2_AT",
    "F2_BT",
    "F2_G",
    "F4_AT",
    "F4_BT",
    "F4_G",
    "Conv",
    "Cost",
    "Winograd",
    "compose",
    "cost",
    "cost_table",
    "rank_of_stack",
    "winograd",
]
