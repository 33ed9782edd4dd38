"""Runs of the command line on a small module, for its tests."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

import pullback
from pullback.cli import main

PROGRAM = """\
import functools
import math
import numpy as np
from pullback import grad

print("hello from", __name__)
scale = 2.0
settings = {"a": 1}
start = np.ones(3)

def neuron(w: tuple[float, float], x: float) -> float:
    return 1 / (1 + math.exp(-(w[0] * x + w[1])))

def loss(w, X, y):
    z = X @ w
    return np.mean(np.logaddexp(0, z) - y * z)

def scaled(x: float, *rest, power=2, **more):
    return scale * x ** power * rest[0]

def keyword(x, *, factor=3.0, n: int = 2):
    return x * factor * n

def guarded(x: "f64[n]"):
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

def unsupported(x: float):
    with open("file") as file:
        return x

def constant() -> float:
    return 1.0

def opaque(x: float, y=object()):
    return x

@grad
@grad
def cube(x: float):
    return x * x * x

partial = functools.partial(loss, start)

class Model:
    factor = 2.0

    def __init__(self, w: float):
        self.w = w

    @staticmethod
    def energy(x: float):
        return x * x

    @classmethod
    def scaled(cls, x: float):
        return cls.factor * x * x

    def loss(self, x: float):
        return self.w * x * x

model = Model(3.0)
"""


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args, prog_name="pullback")


def refused(*args: str) -> str:
    """The message of a run that must fail; the lines are as they are shown."""
    result = run(*args)
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert len(re.findall("^Error: ", result.stderr, re.M)) == 1
    return re.sub("^hello from prog_?\\n", "", result.stderr)


def printed(*args: str) -> str:
    """The source that a run prints."""
    result = run("grad", *args)
    assert result.exit_code == 0, result.output
    return result.stdout


def derivative(*args: str) -> Any:
    """The function that a run prints the source of."""
    return functions("grad", *args)[-1]


def functions(*args: str) -> list[Any]:
    """The functions that a run prints the source of."""
    result = run(*args)
    assert result.exit_code == 0, result.output
    names: dict[str, Any] = {}
    exec(result.stdout, names)
    return [names[name] for name in re.findall(r"^def (\w+)", result.stdout, re.M)]


def shell(*args: str) -> subprocess.CompletedProcess[str]:
    """A run in a process of its own."""
    return subprocess.run(command(*args), capture_output=True, text=True, check=False, env=environment())


def command(*args: str) -> list[str]:
    code = "from pullback.cli import main; main(prog_name='pullback')"
    return [sys.executable, "-P", "-c", code, *args]


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(pullback.__file__).parents[1]), **changes}
