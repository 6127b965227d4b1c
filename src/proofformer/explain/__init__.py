"""A plan told: as text, as pages, as pictures."""
