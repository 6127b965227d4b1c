"""Planted bugs: one change at a time to a circuit, a number, the mask or a weight, and what catches it."""
