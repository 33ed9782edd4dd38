"""The command line: ``pullback grad FILE.py:FUNC`` prints the derivative of a function as source.

The user's module is imported to find the function; nothing that it prints gets into the output.
What goes wrong is one message on stderr and exit status 2, and a file that was to be overwritten is
then as it was. ``commands`` says what there is; ``target`` finds the function, ``arguments`` the kinds
of its arguments, ``derivatives`` compiles, ``output`` prints and writes.
"""

from pullback.cli.commands import main

__all__ = ["main"]
