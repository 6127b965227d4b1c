"""`python -m proofformer`: the command."""

from proofformer.cli.program import main

main()
