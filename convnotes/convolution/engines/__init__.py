"""Ways to compute a convolution, each with its own cost and its own rounding."""
