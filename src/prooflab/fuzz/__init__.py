"""Random circuits, perturbed circuits and plans at the edge of their size, through the compiler."""
