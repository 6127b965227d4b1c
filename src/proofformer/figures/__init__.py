"""Drawings: what a model is made of, and where its heads look. They need matplotlib, the extra `figures`."""

from proofformer.figures.files import figure_file, write_figure

__all__ = ["figure_file", "write_figure"]
