"""Long runs against the oracle: a stream of problems and instances, and what it contains, measured on the instances."""
