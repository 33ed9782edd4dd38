"""The commands, their options and their help."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from pullback import __version__
from pullback.cli import completion
from pullback.cli.check import Checks, report
from pullback.cli.derivatives import (
    Request,
    changes,
    form,
    gradient,
    hessian_product,
    linearized,
    pulled_back,
    pushforward,
)
from pullback.cli.failure import Failure
from pullback.cli.output import echo, printer, write_file
from pullback.cli.proving import proof
from pullback.cli.target import split_target
from pullback.cli.watch import watching
from pullback.pipeline import PHASES, SWITCHES

Command = Callable[..., Any]

TARGET = click.argument("target", metavar="FILE.py:FUNC", shell_complete=completion.targets)
WATCH = click.option(
    "--watch", is_flag=True, help="Do it again whenever the file changes, until Ctrl-C."
)
PASSES_OPTIONS = [
    click.option(
        "-O", "optimize", type=click.Choice(["0", "1", "2"]), default="2", show_default=True,
        help="0: only what right code needs; 1: drop what is not used; 2: all.",
    ),
    click.option(
        "--fast", is_flag=True,
        help="Allow rewrites that change rounding, also of the value, and suppose finite values.",
    ),
    click.option(
        "--without", multiple=True, metavar="PASS", type=click.Choice(SWITCHES),
        help=f"Leave out one optimisation: {', '.join(SWITCHES)}. Repeatable.",
    ),
]  # fmt: skip
WRITING = [
    click.option(
        "--standalone", is_flag=True,
        help="Write helpers into the text, so that it imports only NumPy.",
    ),
    click.option(
        "-o", "output", metavar="OUT.py", type=click.Path(dir_okay=False, writable=True),
        help="Write to this file, which a failure leaves as it was.  [default: print]",
    ),
]  # fmt: skip
CHECKPOINT = click.option(
    "--checkpoint", metavar="N", type=click.IntRange(min=1),
    help="Of each outermost loop keep the state at the start of at most N passes, and compute the rest "
    "again: less memory, more passes.",
)  # fmt: skip
VALUE = click.option("--value", is_flag=True, help="Return the function's value and the derivative.")


def kinds(sizes: str, call: str) -> list[Command]:
    """The options that tell what the arguments are."""
    return [
        click.option(
            "--arg", multiple=True, metavar="NAME=KIND", shell_complete=completion.arguments,
            help="The kind of an argument: float, int, bool, f64[n,3], f64[n,1], f64[], f32[n], "
            "i64[n], bool[n], c128[n], list[float], (float, f64[n]), {w: f64[n], b: float}, a dataclass "
            "or named tuple of the module as in Params(w: f64[n], b: float), 'relu', True. "
            f"{sizes} Repeatable.",
        ),
        click.option(
            "--call", metavar="ARGUMENTS",
            help=f'{call} an example call, as in --call "np.ones(3), b=2.0": Python, evaluated with '
            "np, math and the names of the module.",
        ),
    ]  # fmt: skip


def wrt(default: str, result: str) -> Command:
    """The option that names arguments to differentiate with respect to."""
    return click.option(
        "--wrt", multiple=True, metavar="ARGUMENT", shell_complete=completion.arguments,
        help="Differentiate with respect to this argument: its name, or its number from 0. Several "
        f"are repeated or separated by commas{result}.  [default: {default}]",
    )  # fmt: skip


def options(*every: Command) -> Callable[[Command], Command]:
    """A command with these arguments and options, in this order."""

    def decorate(command: Command) -> Command:
        return functools.reduce(lambda inner, option: option(inner), reversed(every), command)

    return decorate


KINDS = kinds("A size says only whether it is 1.", "The kinds are those of")
VALUES = kinds("A size is a number, or a name that stands for one.", "The arguments are those of")
ASKED = [*KINDS, VALUE, CHECKPOINT, *PASSES_OPTIONS]
GRADIENT = [TARGET, wrt("the first", "; the gradient is then a tuple"), *ASKED]
JACOBIAN = [TARGET, wrt("the first", "; there is then a tuple"), *ASKED]
EVERY_FLOAT = [TARGET, wrt("all that hold floats", ""), *KINDS, *PASSES_OPTIONS, *WRITING, WATCH]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="pullback")
def main() -> None:
    """Read a Python function, and write its derivative as Python.

    \b
    Examples:
      pullback grad examples/neuron.py:neuron
      pullback grad loss.py:loss --arg "w=f64[n]" --arg "X=f64[m,n]" --arg "y=f64[m]"
      pullback check examples/neuron.py:neuron --order 2
      pullback grad --help

    FILE.py:FUNC is a file and a function in it; package.module:FUNC works as well. The exit status
    is 0, or 1 where check finds a difference, or 2 for anything that could not be done. "pullback
    completion bash" prints what completes commands, files, functions and arguments in your shell.
    """


@main.command()
@options(*GRADIENT, *WRITING, WATCH)
def grad(watch: bool, **asked: Any) -> None:
    """Write the gradient of a function as NumPy code.

    The function's result is a number, or an array of size 1.

    This runs the module, to find the function: its __name__ is not "__main__", the file's folder
    (for a dotted name: this folder) is on sys.path, and what it prints goes to stderr.

    The code is made for one kind of each argument. A kind is told by --arg, else by --call, else by
    the argument's annotation or default. A function that is decorated with a derivative stands for
    the function inside.

    \b
    Examples:
      pullback grad examples/neuron.py:neuron
      pullback grad loss.py:loss --wrt w --arg "w=f64[n]" --arg "X=f64[m,n]" \\
          --arg "y=f64[m]"
      pullback grad loss.py:loss --call "np.ones(3), np.ones((5, 3)), np.ones(5)"
      pullback grad package.module:energy --standalone -o energy_grad.py
      pullback grad loss.py:loss --watch
    """
    deliver(lambda request: gradient(request).source, Request(**asked), watch)


@main.command()
@options(*JACOBIAN, *WRITING, WATCH)
@click.option(
    "--by", type=click.Choice(["rows", "columns", "fewer"]), default="fewer", show_default=True,
    help="rows: reverse mode; columns: forward mode; fewer: whichever takes fewer sweeps, as sizes "
    "decide when it runs.",
)  # fmt: skip
def jacobian(by: str, watch: bool, **asked: Any) -> None:
    """Write the Jacobian of a function as NumPy code.

    Its axes are those of the result, then those of the argument. The forward sweep runs once, then
    one sweep for each row or column. For a tuple or dict as result it is a tuple or dict.

    This runs the module, and tells kinds in the same way as "pullback grad".

    \b
    Examples:
      pullback jacobian fit.py:residuals --arg "p=f64[n]" --arg "t=f64[m]"
      pullback jacobian fit.py:residuals --arg "p=f64[n]" --arg "t=f64[m]" --by columns
    """
    mode = {"rows": "jacrev", "columns": "jacfwd", "fewer": "jacobian"}[by]
    deliver(lambda request: gradient(request).source, Request(**asked, mode=mode), watch)


@main.command()
@options(*JACOBIAN, *WRITING, WATCH)
def hessian(watch: bool, **asked: Any) -> None:
    """Write the matrix of second derivatives as NumPy code.

    The function's result is a number, or an array of size 1. For several arguments it is a tuple of
    tuples.

    This runs the module, and tells kinds in the same way as "pullback grad".

    \b
    Examples:
      pullback hessian examples/neuron.py:neuron
      pullback hessian loss.py:loss --wrt w --arg "w=f64[n]" --arg "X=f64[m,n]" \\
          --arg "y=f64[m]"
    """
    deliver(lambda request: gradient(request).source, Request(**asked, mode="hessian"), watch)


@main.command()
@options(*JACOBIAN, *WRITING, WATCH)
def hvp(watch: bool, **asked: Any) -> None:
    """Write the product of the Hessian with a direction as NumPy code.

    The code takes the arguments and a tangent for each that --wrt names, x_dot for x, and returns
    how the gradient changes in their direction.

    This runs the module, and tells kinds in the same way as "pullback grad".

    \b
    Examples:
      pullback hvp examples/neuron.py:neuron
      pullback hvp loss.py:loss --arg "w=f64[n]" --arg "X=f64[m,n]" --arg "y=f64[m]"
    """
    deliver(hessian_product, Request(**asked), watch)


@main.command()
@options(*EVERY_FLOAT)
def jvp(watch: bool, **asked: Any) -> None:
    """Write the forward-mode derivative as NumPy code.

    The code takes the arguments and a tangent for each that holds floats, x_dot for x, and returns
    the value and its derivative in their direction. An argument that --wrt leaves out has no tangent.

    This runs the module, and tells kinds in the same way as "pullback grad".

    \b
    Examples:
      pullback jvp examples/neuron.py:neuron
      pullback jvp examples/neuron.py:neuron --wrt x
      pullback jvp field.py:force --arg "position=f64[n,3]" -o force_jvp.py
    """
    deliver(pushforward, Request(**asked), watch)


@main.command()
@options(*EVERY_FLOAT, CHECKPOINT)
def vjp(watch: bool, **asked: Any) -> None:
    """Write the reverse-mode derivative as two functions.

    FUNC_forward takes the arguments and returns the value and what the backward pass needs of it;
    FUNC_backward takes that and a cotangent of the value, and returns a tuple of the cotangents of
    the arguments that hold floats. The value may be of any size.

    This runs the module, and tells kinds in the same way as "pullback grad".

    \b
    Examples:
      pullback vjp examples/neuron.py:neuron
      pullback vjp field.py:force --arg "position=f64[n,3]" --standalone
    """
    deliver(pulled_back, Request(**asked), watch)


@main.command()
@options(*EVERY_FLOAT)
def linearize(watch: bool, **asked: Any) -> None:
    """Write the function, and its derivative in a direction, as two functions.

    FUNC_forward takes the arguments and returns the value and what derivatives need of it;
    FUNC_tangents takes that and a tangent for each argument that holds floats, x_dot for x, and returns
    the derivative of the value. An argument that --wrt leaves out has no tangent.

    This runs the module, and tells kinds in the same way as "pullback grad".

    \b
    Examples:
      pullback linearize examples/neuron.py:neuron
      pullback linearize field.py:force --arg "position=f64[n,3]" --standalone
    """
    deliver(linearized, Request(**asked), watch)


@main.command()
@options(*GRADIENT, WATCH)
@click.option(
    "--stage", type=click.Choice(PHASES), default="optimised", show_default=True, metavar="STAGE",
    help="lowered: the function as read; vjp: with its derivative; optimised: after all passes; "
    "owned: with the copies that writes in place need.",
)  # fmt: skip
@click.option(
    "--after", type=click.Choice(SWITCHES), metavar="PASS",
    help=f"Print it behind the last run of a pass: {', '.join(SWITCHES)}.",
)  # fmt: skip
@click.option("--diff", is_flag=True, help="Print what each pass removed, added and moved.")
def ir(stage: str, after: str | None, diff: bool, watch: bool, **asked: Any) -> None:
    """Print the intermediate form of a gradient.

    This runs the module, and takes the same options as "pullback grad".

    \b
    Examples:
      pullback ir examples/neuron.py:neuron
      pullback ir examples/neuron.py:neuron --stage vjp -O0
      pullback ir examples/neuron.py:neuron --after cse
      pullback ir examples/neuron.py:neuron --diff
    """
    if diff and after:
        raise Failure("--diff and --after exclude each other", "--diff shows what all passes did")

    def text(request: Request) -> str:
        found = changes(request) if diff else form(request, stage, after)
        return f"{found.rstrip()}\n"

    deliver(text, Request(**asked), watch, "diff" if diff else "ir")


@main.command()
@options(TARGET, *VALUES)
@click.option(
    "--order", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
    help="The highest order of derivatives to check.",
)  # fmt: skip
@click.option(
    "--modes", default="fwd,rev", show_default=True, metavar="MODES",
    help="Forward and reverse mode, or one of them.",
)  # fmt: skip
@click.option(
    "--size", multiple=True, metavar="NAME=N",
    help="The size that a name in a KIND stands for.  [default: 3, 4, 5 and so on]",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="What all draws begin with.",
)  # fmt: skip
@click.option(
    "--rtol", default=1e-5, show_default=True, metavar="X",
    help="The difference that is allowed, in proportion to the result.",
)  # fmt: skip
@click.option(
    "--atol", default=1e-6, show_default=True, metavar="X",
    help="The difference that is allowed in any case.",
)  # fmt: skip
@options(WATCH)
def check(
    target: str, arg: tuple[str, ...], call: str | None, watch: bool, **asked: Any
) -> None:  # fmt: skip
    """Compare derivatives with central differences.

    Each argument that holds floats is moved alone in a random direction, in each mode and at each
    order; orders above 1 do the same with the function's derivatives. Prints a table; the exit status
    is 1 if anything differs by more than is allowed.

    Arguments are drawn at random for the kinds that --arg or annotations tell, where --call and
    defaults do not give values. Sizes written as numbers are kept, names stand for sizes.

    \b
    Examples:
      pullback check examples/neuron.py:neuron --order 2
      pullback check loss.py:loss --arg "w=f64[n]" --arg "X=f64[m,n]" --arg "y=f64[m]" \\
          --size n=10 --modes rev
      pullback check loss.py:loss --call "np.ones(3), np.ones((5, 3)), np.ones(5)"
    """
    request, checks = Request(target, arg=arg, call=call), Checks(**asked)

    def action() -> None:
        text, agrees = report(request, checks)
        echo(text)
        if not agrees:
            raise click.exceptions.Exit(1)

    run(action, target, watch)


@main.command()
@options(TARGET)
@click.option(
    "--given", multiple=True, metavar="NAME=VALUE",
    help="The value of an argument that is no float, or of a float that is to be a constant: Python, "
    "evaluated with np, math and the names of the module. Repeatable.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, metavar="N",
    help="What draws the points.",
)  # fmt: skip
@options(WATCH)
def prove(target: str, given: tuple[str, ...], seed: int, watch: bool) -> None:
    """Say whether the gradient of a function of numbers is the derivative that SymPy takes.

    The code of the gradient runs on symbols, one for each argument that is a float, through all of
    its branches. Prints the function's expression, and "proved", or "agrees" where expressions could
    not be simplified and are equal to 50 digits at random points, or "refuted" with a point. The exit
    status is 1 if it is refuted.

    This runs the module, as "pullback grad" does.

    \b
    Examples:
      pullback prove option.py:call_price
      pullback prove series.py:partial_sum --given n=6
    """

    def action() -> None:
        found = proof(target, given, seed)
        echo(f"{found.function}\n{found}\n")
        if not found:
            raise click.exceptions.Exit(1)

    run(action, target, watch)


@main.command("completion")
@click.argument("shell", type=click.Choice(completion.SHELLS))
def complete(shell: str) -> None:
    """Print the script for completion in a shell.

    It completes commands, options, files, the functions in them, and their arguments.

    \b
    Examples:
      eval "$(pullback completion bash)"       # in ~/.bashrc
      eval "$(pullback completion zsh)"        # in ~/.zshrc
      pullback completion fish > ~/.config/fish/completions/pullback.fish
    """
    echo(completion.script(shell, main))


def deliver(
    text_of: Callable[[Request], str], request: Request, watch: bool, language: str = "python"
) -> None:
    """Print what is made of a request, or write it to the file that is asked for."""
    if request.output is None:
        write = printer(language)
    else:
        write = functools.partial(write_file, request.output)
    run(lambda: write(text_of(request)), request.target, watch)


def run(action: Callable[[], None], target: str, watch: bool) -> None:
    """Do it once, or again and again."""
    if watch:
        watching(split_target(target)[0], action)
    else:
        action()
