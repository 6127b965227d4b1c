"""The checks a campaign is made of: each a module with `families` and `run` (see `shards.Check`)."""
