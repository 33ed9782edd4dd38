"""``pullback check``: the table, the exit status, and where arguments come from."""

import re
from pathlib import Path

import numpy as np
import pytest

from pullback.cli.check import raised
from pullback.cli.drawn import Drawing, given_sizes
from pullback.cli.failure import Failure
from pullback.cli.target import find_function
from pullback.frontend.spelling import parse_kind
from tests.unit.cli_runs import refused, run

FUNCTIONS = """\
from dataclasses import dataclass
import numpy as np

def loss(w: "f64[n]", X: "f64[m,n]", y: "f64[m]"):
    return np.mean(np.logaddexp(0, X @ w) - y * (X @ w))

def floored(x: float):
    return x * np.floor(1e6 * x)

def root(x: "f64[n]"):
    return np.sum(np.sqrt(x))

def element(x: "f64[n]", i: int = 4):
    return x[i]

def words(text: str):
    return 1.0

@dataclass
class Spring:
    k: float
    length: float = 1.0

def energy(spring, x: float):
    return spring.k * (x - spring.length) ** 2

def listed(xs: "list[float]", pair: "(f32, bool)", k: "i64[2]"):
    return xs[0] * xs[1] + pair[0] * k[0]
"""


@pytest.fixture(autouse=True)
def functions(folder: Path) -> None:
    (folder / "funcs.py").write_text(FUNCTIONS)


def rows(text: str) -> list[list[str]]:
    """The rows of the table, cells split at two blanks."""
    return [re.split(r"  +", line) for line in text.splitlines() if re.match(r"\d  ", line)]


def test_every_argument_and_mode_has_a_row() -> None:
    result = run("check", "funcs.py:loss")
    assert result.exit_code == 0, result.output
    found = rows(result.stdout)
    assert [row[:4] for row in found] == [
        ["1", "loss", name, mode] for name in ("w", "X", "y") for mode in ("fwd", "rev")
    ]
    assert all(row[-1] == "ok" and float(row[5]) <= float(row[6]) for row in found)
    assert result.stdout.startswith(
        "loss, --seed 0\nw: float64[3], X: float64[4, 3], y: float64[4]\n\norder  function  argument"
    )
    assert result.stdout.endswith("\nall agree with central differences\n")


def test_order_and_modes() -> None:
    result = run("check", "funcs.py:loss", "--order", "2", "--modes", "rev")
    assert result.exit_code == 0
    assert [row[:4] for row in rows(result.stdout)] == [
        *(["1", "loss", name, "rev"] for name in ("w", "X", "y")),
        ["2", "jvp of loss", "primals", "rev"], ["2", "jvp of loss", "tangents", "rev"],
        *(["2", "grad of loss", name, "rev"] for name in ("w", "X", "y")),
    ]  # fmt: skip


def test_difference_gives_status_1() -> None:
    result = run("check", "funcs.py:floored", "--call", "0.3")
    assert result.exit_code == 1
    assert [row[-1] for row in rows(result.stdout)] == ["WRONG", "WRONG"]
    assert result.stdout.endswith("\nwrong in 2 of 2 comparisons\n")
    assert result.stderr == ""
    assert run("check", "funcs.py:floored", "--call", "0.3", "--atol", "1e9").exit_code == 0


def test_values_that_are_not_finite_are_no_agreement() -> None:
    result = run("check", "funcs.py:root")
    assert result.exit_code == 1
    assert "\nthe function is not finite at these arguments: --call gives others\n" in result.stdout
    assert run("check", "funcs.py:root", "--call", "np.ones(2)").exit_code == 0


def test_seed_is_shown_and_decides() -> None:
    texts = [run("check", "funcs.py:loss", "--seed", seed).stdout for seed in ("7", "7", "8")]
    assert texts[0].startswith("loss, --seed 7\n")
    assert texts[0] == texts[1]
    assert rows(texts[0]) != rows(texts[2])


def test_sizes() -> None:
    text = run("check", "funcs.py:loss", "--size", "n=7,m=2").stdout
    assert "w: float64[7], X: float64[2, 7], y: float64[2]" in text
    text = run("check", "funcs.py:loss", "--size", "n=7", "--arg", "w=f32[7]").stdout
    assert "w: float32[7], X: float64[3, 7], y: float64[3]" in text


def test_kinds_of_all_sorts() -> None:
    result = run("check", "funcs.py:listed")
    assert result.exit_code == 0, result.output
    line = r"xs: \[\S+, \S+, \S+\], pair: \(\S+, (True|False)\), k: int64\[2\]"
    assert re.fullmatch(line, result.stdout.splitlines()[1])


def test_trees_from_a_call() -> None:
    result = run("check", "funcs.py:energy", "--call", "Spring(2.0), x=np.float32(3)")
    assert result.exit_code == 0, result.output
    assert "\nspring: Spring(k: 2, length: 1), x: 3\n" in result.stdout
    text = run("jvp", "funcs.py:energy", "--call", "Spring(2.0), 3.0").stdout
    assert "def energy_jvp(spring, x, spring_dot, x_dot):\n" in text


def test_function_that_raises_is_shown_at_its_line() -> None:
    message = refused("check", "funcs.py:element")
    assert message.startswith("Error: element raises IndexError at these arguments: ")
    assert re.search(r"funcs\.py:14:12\n.*\n 14 \|     return x\[i\]\n +\| +\^{4}\n", message)
    assert "help: give others: sizes with --size, values with --call" in message
    assert run("check", "funcs.py:element", "--size", "n=5").exit_code == 0


def test_exceptions_of_derivatives_are_told_from_bugs_of_the_compiler() -> None:
    target = find_function("funcs.py", "root")
    message = raised(target, raised_in("<pullback root_grad 1>", "[][0]\n")).format_message()
    assert message.startswith("a derivative of root raises IndexError at these arguments: list index")
    with pytest.raises(IndexError):
        raised(target, raised_in("/elsewhere/pullback/passes/cse.py", "[][0]\n"))


def raised_in(file: str, text: str) -> Exception:
    """The exception that code of a file raises."""
    with pytest.raises(IndexError) as caught:
        exec(compile(text, file, "exec"), {})
    return caught.value


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--modes", "both"], "modes are 'fwd' and 'rev', not 'both'\n"),
        (["--modes", ""], "modes are 'fwd' and 'rev', not none\n"),
        (["--size", "n"], "--size n: this is no size\n  help: write it as in --size n=10\n"),
        (["--size", "n=4,k=5"], "--size k=5: no kind has a size k\n"),
        (["--size", "n=x"], "--size n=x: this is no size\n"),
        (["--arg", "w=f64[n+1]"], "--arg w=f64[n+1]: the size 'n+1' is neither a name nor a number\n"),
        (["--call", "1, 2, 3"], "none of the arguments given to loss is a float or holds floats\n"),
    ],
)
def test_wrong_options(options: list[str], message: str) -> None:
    assert refused("check", "funcs.py:loss", *options).startswith(f"Error: {message}")


def test_wrong_numbers_are_told_by_the_parser() -> None:
    assert "--order" in refused("check", "funcs.py:loss", "--order", "0")
    assert "--seed" in refused("check", "funcs.py:loss", "--seed", "-1")


def test_targets_that_cannot_be_checked(folder: Path) -> None:
    assert "words does not tell the kind of its argument text" in refused("check", "funcs.py:words")
    message = refused("check", "prog.py:keyword", "--arg", "x=float")
    assert "that only keywords give: factor, n" in message
    assert '|     with open("file") as file:' in refused("check", "prog.py:unsupported")


def test_names_have_one_size_and_different_names_different_ones() -> None:
    drawing = Drawing(np.random.default_rng(0), given_sizes(["k=9"]))
    kind = parse_kind("(f64[n,m,n], f32[:,k,2], i64[], bool[n])", str.strip)
    arrays = drawing.draw(kind)
    assert [a.shape for a in arrays] == [(3, 4, 3), (3, 9, 2), (), (3,)]
    assert [a.dtype.name for a in arrays] == ["float64", "float32", "int64", "bool"]


def test_sizes_are_read_whole() -> None:
    assert given_sizes(["n=3", " m = 4,k=5"]) == {"n": 3, "m": 4, "k": 5}
    with pytest.raises(Failure, match="this is no size"):
        given_sizes(["n=3;m=4"])
