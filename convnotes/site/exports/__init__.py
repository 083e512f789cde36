"""What figures to touch take from the package: numbers and pictures, as files for the browser."""
