"""Derivatives in pickles and in other processes, where the file they came from is missing or another."""

from __future__ import annotations

import copy
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest

import pullback
from pullback import grad, vjp
from tests.unit import api_functions as f

SENDER = """\
import sys
import cloudpickle
import numpy as np
from pullback import grad, jvp, value_and_grad, vjp

SCALE = 3.0


def helper(x):
    return np.sin(x) * SCALE


def loss(x, n=2):
    y = helper(x)
    for _ in range(n):
        y = y * x
    return y


@grad
def decorated(x):
    return helper(x) ** 2


@jvp
def pushed(x):
    return helper(x) ** 2


def broken(x):
    y = x + 1
    return y @ [x]  # the line of the error


def made(a):
    inner = value_and_grad(lambda x: a * x * helper(x))
    vjp(helper, 1.0)
    return lambda x: inner(x)[1] + decorated(x)


if __name__ == "__main__":
    compiled = grad(loss)
    compiled(0.5)
    sent = {
        "fresh": grad(loss), "compiled": compiled, "closure": made(2.0), "decorated": decorated,
        "second": grad(grad(loss)), "broken": grad(broken), "helper": helper,
        "pushed": pushed,
    }
    with open(sys.argv[1], "wb") as file:
        cloudpickle.dump(sent, file)
    with open(sys.argv[2], "w") as file:
        found = [sent[k](0.5) for k in ("fresh", "closure", "decorated", "second")]
        print(*found, *pushed((0.5,), (1.0,)), file=file)
"""

RECEIVER = """\
import pickle
import sys
import cloudpickle

with open(sys.argv[1], "rb") as file:
    got = pickle.load(file)
found = [got[k](0.5) for k in ("fresh", "closure", "decorated", "second")]
print(*found, *got["pushed"]((0.5,), (1.0,)))
print(got["compiled"](0.5) == got["fresh"](0.5), got["compiled"].source == got["fresh"].source)
again = pickle.loads(cloudpickle.dumps(got["fresh"]))
print(again(0.5) == got["fresh"](0.5))
print("def loss_grad(x, n, SCALE):" in again.source, got["fresh"].why_recompiled() == "")
try:
    got["broken"](1.0)
except Exception as error:
    print(error)
"""

POOL = """\
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from pullback import grad, jvp


def loss(x):
    return np.sum(np.tanh(x) ** 2)


@grad
def decorated(x):
    return x**3


@jvp
def pushed(x):
    return x**3


derivative = grad(loss)

if __name__ == "__main__":
    x = np.arange(3.0)
    here = derivative(x)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        there = list(pool.map(derivative, [x, 2 * x]))
        cubes = list(pool.map(decorated, [1.0, 2.0]))
        along = list(pool.map(pushed, [(1.0,), (2.0,)], [(1.0,), (1.0,)]))
    assert np.array_equal(there[0], here), there
    assert np.array_equal(there[1], derivative(2 * x))
    assert cubes == [3.0, 12.0]
    assert along == [(1.0, 3.0), (8.0, 12.0)]
    print("done")
"""


def run(*command: Any) -> str:
    """The output of a Python process that finds this pullback."""
    env = {**os.environ, "PYTHONPATH": str(Path(pullback.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, env=env, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("then", ["missing", "changed"])
def test_pickles_carry_the_source(tmp_path: Path, then: str) -> None:
    sender, receiver = tmp_path / "sender.py", tmp_path / "receiver.py"
    sender.write_text(SENDER)
    receiver.write_text(RECEIVER)
    run(sender, tmp_path / "sent", tmp_path / "values")
    if then == "missing":
        sender.unlink()
    else:
        sender.write_text(SENDER.replace("np.sin", "np.cos").replace("# the line", "# another"))
    values, same, again, source, *error = run(receiver, tmp_path / "sent").splitlines()
    assert values == (tmp_path / "values").read_text().strip()
    assert (same, again, source) == ("True True", "True", "True True")
    line = SENDER.splitlines().index("    return y @ [x]  # the line of the error") + 1
    text = "\n".join(error)
    assert f"sender.py (pickled):{line}:" in text
    assert f"{line} |     return y @ [x]  # the line of the error" in text


def test_process_pools(tmp_path: Path) -> None:
    script = tmp_path / "pool.py"
    script.write_text(POOL)
    assert run(script) == "done\n"


@pytest.mark.parametrize("dumps", [pickle.dumps, cloudpickle.dumps], ids=["pickle", "cloudpickle"])
def test_module_level_derivatives_go_by_name(dumps: Any) -> None:
    assert pickle.loads(dumps(f.plain_decorated)) is f.plain_decorated
    df = grad(f.many, (0, 2), optimize=1)
    df(2.0, 3.0, 4.0)
    sent = dumps(df)
    got = pickle.loads(sent)
    assert got.primal is f.many
    assert got(2.0, 3.0, 4.0) == df(2.0, 3.0, 4.0)
    assert got.source == df.source
    assert len(sent) < 600


def test_a_function_that_keeps_caches_is_pickled_without_them() -> None:
    def square(x):
        return x * x

    vjp(square, 2.0)
    got = pickle.loads(cloudpickle.dumps(square))
    assert got(3.0) == 9.0
    assert got.__dict__ == {"__pullback__": {}}


def test_copies() -> None:
    df = grad(f.many)
    df(2.0, 3.0, 4.0)
    for copied in (copy.copy(df), copy.deepcopy(df)):
        assert copied is not df
        assert copied(2.0, 3.0, 4.0) == 12.0


def test_arrays_that_a_function_closes_over() -> None:
    df = pickle.loads(cloudpickle.dumps(f.closes_over(np.array([1.0, 2.0]))))
    assert df(3.0) == 3.0
