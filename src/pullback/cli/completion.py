"""Shell completion: click's own, with functions and arguments of the file that is named.

Files are read, never run.
"""

from __future__ import annotations

import ast
import glob
import os

import click
from click.shell_completion import CompletionItem, get_completion_class

SHELLS = ("bash", "zsh", "fish")
# Bash takes the colon in FILE.py:FUNC for the end of a word unless told otherwise.
BASH_PREFIX = "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}\n\n"


def script(shell: str, command: click.Command) -> str:
    """What the shell has to run once."""
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"no completion for {shell}")
    text = found(command, {}, "pullback", "_PULLBACK_COMPLETE").source()
    return (BASH_PREFIX if shell == "bash" else "") + text


def targets(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Python files and folders, and behind a colon the functions of a file."""
    return [CompletionItem(text) for text in continued(incomplete)]


def continued(text: str) -> list[str]:
    """What a target may go on with; a single file or folder is entered, as shells end a word there."""
    place, colon, name = text.rpartition(":")
    if colon:
        return [f"{place}:{found}" for found in functions_in(place) if found.startswith(name)]
    found = sorted(path for path in glob.glob(f"{glob.escape(text)}*") if "__pycache__" not in path)
    files = [f"{path}:" for path in found if path.endswith(".py") and os.path.isfile(path)]
    folders = [f"{path}{os.sep}" for path in found if os.path.isdir(path)]
    every = [*files, *folders]
    return (continued(every[0]) or every) if len(every) == 1 else every


def arguments(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The arguments of the function that was named, with ``=`` where a kind follows."""
    # Behind an option that is still without its value, click leaves the target among the rest.
    target = ctx.params.get("target") or next((text for text in ctx.args if ":" in text), "")
    place, _, name = target.rpartition(":")
    end = "=" if parameter.name == "arg" else ""
    node = functions_in(place).get(name)
    names = [] if node is None else argument_names(node)
    return [CompletionItem(f"{n}{end}") for n in names if n.startswith(incomplete)]


def functions_in(path: str) -> dict[str, ast.FunctionDef]:
    """The functions and methods that a file defines, as far as can be told without running it."""
    try:
        with open(path, "rb") as file:
            body = ast.parse(file.read()).body
    except (OSError, SyntaxError, ValueError):
        return {}
    found = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    for holder in body:
        if isinstance(holder, ast.ClassDef):
            inside = (node for node in holder.body if isinstance(node, ast.FunctionDef))
            found |= {f"{holder.name}.{node.name}": node for node in inside}
    return found


def argument_names(node: ast.FunctionDef) -> list[str]:
    args = node.args
    return [a.arg for a in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
