"""Random circuits, ill-typed circuits and plans at the edge of their size, through the compiler."""
