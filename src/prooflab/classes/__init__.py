"""Why an altered weight may change nothing, or a planted bug may: classes, each with a condition on the numbers."""
