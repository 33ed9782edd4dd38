"""``python -m pullback``: the same as the command ``pullback``."""

from pullback.cli.commands import main

main(prog_name="pullback")
