"""An IPython shell whose autoreload compiles functions again; run with a folder to write modules to.

Each change of the module is followed by a call; what came of it is printed, a line each.
"""

import os
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

TEXT = '''
import numpy as np


def loss(x):
    return np.sum(x ** 2)


def outer(x):
    def inner(y):
        return y * 2.0
    return inner(x) * 3.0


class Model:
    @staticmethod
    def energy(x):
        return x * 2.0
'''
CALLS = """
results = [float(grad(reloading.loss)(np.array([1.0]))[0]), grad(reloading.outer)(1.0)]
results.append(grad(reloading.Model.energy)(1.0))
"""
CELL = """def spectrum(x):
    return np.unique_values(x)
grad(spectrum)(np.eye(2))
"""
CHANGES = [
    ("x ** 2", "x ** 3"),
    ("    return np.sum(x", "    # one more line\n    return np.sum(x"),
    ("y * 2.0", "y * 5.0"),
    ("return x * 2.0", "return x * 7.0"),
]


def main(folder: Path) -> None:
    sys.path.insert(0, str(folder))
    path = folder / "reloading.py"
    path.write_text(TEXT)
    shell = InteractiveShell.instance()
    shell.run_cell("%load_ext autoreload\n%autoreload 2")
    shell.run_cell("import numpy as np\nimport reloading\nfrom pullback import grad")
    shell.run_cell(CALLS)
    print("result:", shell.user_ns["results"])
    text = TEXT
    for count, (before, after) in enumerate([*CHANGES, ("np.sum(x ** 3)", "np.unique_values(x)")], 1):
        text = text.replace(before, after)
        path.write_text(text)
        later = path.stat().st_mtime + 10 * count
        os.utime(path, (later, later))
        outcome = shell.run_cell(CALLS)
        error = outcome.error_in_exec
        print("result:", shell.user_ns["results"] if error is None else f"{error}".splitlines()[:2])
    outcome = shell.run_cell(CELL, store_history=True)
    print("result:", f"{outcome.error_in_exec}".splitlines()[1])


main(Path(sys.argv[1]))
