"""Pages that a browser opens from disk, without a network: a model that runs in it, and reports."""
