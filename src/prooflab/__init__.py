"""The laboratory: what puts proofformer itself to the test. proofformer finds it by entry points, and never imports it.

lemmas: the inequalities behind the planner's choices, for all n and l. paper: the published theorems, run as printed.
fuzz: random circuits through the compiler. bugs: planted ones, and what catches them.
"""
