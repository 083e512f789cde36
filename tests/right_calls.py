"""Arguments with which each public function is right, to be spoilt one at a time."""

import numpy as np

from convnotes import activations, convolution, kernels, plots, receptive_field, samples
from convnotes import three_by_three as stacks
from convnotes.receptive_field import Layer, networks

IMAGE = np.random.default_rng(0).uniform(size=(8, 10))
X, W = np.ones((1, 4, 5, 6)), np.ones((2, 4, 3, 3))
LAYER = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1}
BORDER = {"padding_mode": "reflect"}
CHAIN = [Layer(3, padding=1), Layer(2, 2)]
PANELS = {"one": [[0.0, 1.0]]}
RNG = np.random.default_rng(0)

# Arguments with which each call is right.
RIGHT = {
    convolution: {
        "conv1d": {"x": X[0], "weight": np.ones((2, 5, 3)), "bias": [0.0, 0.0], **LAYER, **BORDER},
        "conv2d": {"x": X, "weight": W, "bias": [0.0, 0.0], **LAYER, **BORDER, "method": "auto"},
        "conv2d_loops": {"x": X, "weight": W, "bias": [0.0, 0.0], **LAYER, **BORDER},
        "conv2d_input": {"input_shape": X.shape, "weight": W, "grad_output": np.ones((1, 2, 3, 4))}
        | LAYER
        | BORDER,
        "conv2d_weight": {"x": X, "weight_shape": W.shape, "grad_output": np.ones((1, 2, 3, 4))}
        | LAYER
        | BORDER,
        "conv_matrix": {"weight": W, "input_shape": X.shape[1:], **LAYER, **BORDER},
        "conv_transpose2d": {"x": X, "weight": np.ones((4, 2, 3, 3)), "bias": [0.0, 0.0]}
        | LAYER
        | {"output_padding": 0},
        "convolve": {"x": [1.0, 2.0], "kernel": [1.0], "mode": "full"},
        "correlate": {"x": [1.0, 2.0], "kernel": [1.0], "mode": "full"},
        "filter2d": {"image": IMAGE, "kernel": np.ones((3, 3)), "padding_mode": "zeros"},
        "output_size": {"size": 9, "kernel_size": 3, "stride": 1, "padding": 0, "dilation": 1},
        "pad": {"x": [1.0, 2.0], "padding": 1, "mode": "reflect"},
    },
    kernels: {
        "box": {"size": 3},
        "dog": {"low_sigma": 1.0, "high_sigma": 2.0, "radius": 3},
        "emboss": {},
        "fit": {"inputs": IMAGE, "targets": IMAGE, "size": 3, "method": "evolution", "rng": RNG}
        | {"budget": 4, "progress": False},
        "frequency_response": {"kernel": np.ones((3, 3)), "size": 3},
        "gabor": {"frequency": 0.2, "angle": 0.0, "phase": 0.0, "sigma": 1.0, "radius": 3},
        "gaussian": {"sigma": 1.0, "radius": 3},
        "gradient": {"image": IMAGE, "operator": "sobel"},
        "identity": {"size": 3},
        "laplacian": {"diagonals": False},
        "log": {"sigma": 1.0, "radius": 3},
        "motion": {"length": 3, "angle": 0.0},
        "orientation_error": {"operator": "sobel", "frequency": [0.2]},
        "prewitt": {"axis": 0, "normalize": False},
        "roberts": {"diagonal": 0, "normalize": False},
        "scharr": {"axis": 0, "normalize": False},
        "separate": {"kernel": np.ones((3, 3))},
        "sharpen": {},
        "sobel": {"axis": 0, "normalize": False},
        "unsharp": {"sigma": 1.0, "amount": 1.0, "radius": 3},
    },
    stacks: {
        "Conv": {"c_in": 4, "c_out": 4, "kernel_size": 3, **LAYER, "bias": True},
        "compose": {"kernels": np.ones((2, 3, 3)), "strides": [1, 1], "dilations": [1, 1]},
        "cost": {"layers": (stacks.Conv(4, 4, 3),), "size": 9},
        "cost_table": {"designs": {"one": [stacks.Conv(4, 4, 3)]}, "size": 9},
        "rank_of_stack": {"n": 1, "channels": 1},
        "winograd": {"tile": np.ones((4, 4)), "kernel": np.ones((3, 3))},
    },
    activations: {
        "dead_units": {"activations": IMAGE, "axis": 1},
        "erf": {"x": [1.0]},
        "erfc": {"x": [1.0]},
        "gain": {"activation": "relu"},
        "saturation": {"activation": "tanh", "x": IMAGE, "flat": 0.01},
    },
    receptive_field: {
        "AdaptivePool": {"output_size": 1, "name": "a"},
        "Add": {"branches": ([], []), "name": "a", "weights": (1, 1)},
        "Concat": {"branches": ([], []), "name": "a", "weights": (1, 1)},
        "ConvTranspose": {"kernel_size": 2, "stride": 2, "padding": 0, "dilation": 1}
        | {"output_padding": 0, "name": "a"},
        "From": {"name": "a"},
        "Layer": {"kernel_size": 3, "stride": 2, "padding": 0, "dilation": 1, "ceil_mode": False}
        | {"name": "a"},
        "Upsample": {"scale_factor": 2, "mode": "bilinear", "align_corners": True, "name": "a"},
        "Whole": {"name": "a", "along": True},
        "effective_field": {"layers": CHAIN, "unit": 1, "input_size": 8, "rng": RNG, "channels": 1}
        | {"draws": 1, "measure": "abs"},
        "effective_size": {"weights": IMAGE, "threshold": 0.1},
        "effective_variance": {"layers": CHAIN, "unit": 0, "input_size": 8},
        "halo": {"layers": CHAIN, "input_size": 8},
        "mask": {"layers": CHAIN, "unit": 0, "input_size": 8},
        "minimum_input": {"layers": CHAIN},
        "receptive_field": {"layers": CHAIN, "input_size": 8, "input": None, "output": None},
        "support": {"layers": CHAIN, "unit": 0, "input_size": 8},
        "tiles": {"shape": (8,), "tile": 4, "halo": 1, "output_shape": (8,)},
    },
    networks: {
        "alexnet": {},
        "deeplab": {"output_stride": 16},
        "googlenet": {},
        "inception": {"version": "v2"},
        "lenet5": {},
        "mobilenet_v1": {"padding": 1},
        "patchgan": {"downsamplings": 1},
        "resnet": {"depth": 18, "version": "v1"},
        "unet": {"levels": 1},
        "vgg": {"depth": 11},
        "wavenet": {"blocks": 1},
    },
    samples: {
        "checkerboard": {"shape": (4, 4), "square": 2},
        "impulse": {"shape": (3,)},
        "photo": {"shrink": 64, "color": False},
        "pluck": {"frequency": 220.0, "seconds": 0.01, "rate": 8000, "rng": RNG},
        "tone": {"frequency": 220.0, "seconds": 0.01, "rate": 8000},
        "zone_plate": {"size": 4},
    },
    plots: {
        "framed": {"label": "a", "panels": PANELS, "box": ((0, 0), (0, 1)), "columns": 1},
        "growth": {"label": "a", "sizes": {"one": [3, 5]}, "input_size": 9.0},
        "heat": {"label": "a", "panels": PANELS, "box": ((0, 0), (0, 1)), "columns": 1},
        "images": {"label": "a", "panels": PANELS, "columns": 1},
        "kernels": {"label": "a", "panels": PANELS, "columns": 1, "scale": 2.0},
        "pyramid": {"label": "a", "layers": CHAIN, "unit": 0, "beside": 1, "input_size": 8},
        "three_views": {"label": "a", "panels": PANELS, "image": IMAGE},
    },
}
