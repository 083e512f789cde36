"""Convolution, kernels, 3×3 layers, activations and receptive fields in readable NumPy.

Each topic is a module of its own, imported by name::

    from convnotes.convolution import conv2d
    from convnotes.kernels import sobel

This file stays empty of imports so that ``import convnotes.kernels`` loads nothing else.
"""
