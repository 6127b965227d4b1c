"""Models in the formats of other libraries, each re-loaded by its own runtime."""
