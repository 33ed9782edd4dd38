"""``--watch``: do it again whenever the user's files change, until Ctrl-C.

Each time the user's modules are imported anew, those beside the one that was named as well; what a
change breaks is shown, and watching goes on.
"""

from __future__ import annotations

import contextlib
import importlib
import linecache
import os
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable, Iterator

import click

import pullback
from pullback.cli.failure import shown, takes_colours
from pullback.cli.target import is_file_name

PAUSE = 0.2
State = dict[str, tuple[int, int] | None]


def watching(place: str, action: Callable[[], None]) -> None:
    """Run an action now and after each change of a file that it read."""
    sys.dont_write_bytecode = True  # it may be as old as the file to the second, and still stale
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            if takes_colours(sys.stdout):
                click.clear()
            before = state(expected_files(place))
            files = attempt(action)
            click.echo(f"watching {shown(place)}, Ctrl-C ends", err=True)
            wait_for_change(before | state(files - before.keys()))
    click.echo(err=True)


def attempt(action: Callable[[], None]) -> set[str]:
    """Run the action, show its error, and give the files of the modules that it imported."""
    with forgotten_modules() as files:
        try:
            action()
        except click.ClickException as error:
            error.show()
        except click.exceptions.Exit:
            pass  # what the status would tell has been printed
    return files


@contextlib.contextmanager
def forgotten_modules() -> Iterator[set[str]]:
    """Modules of the user's that are imported meanwhile leave ``sys.modules`` again; their files."""
    before = set(sys.modules)
    files: set[str] = set()
    try:
        yield files
    finally:
        for name in set(sys.modules) - before:
            file = getattr(sys.modules[name], "__file__", None)
            if file and is_users(file):
                files.add(os.path.abspath(file))
                del sys.modules[name]
        importlib.invalidate_caches()
        linecache.checkcache()


def is_users(file: str) -> bool:
    """Whether a file is neither Python's own nor installed, nor of this package."""
    path = os.path.realpath(file)
    if not {"site-packages", "dist-packages"}.isdisjoint(path.split(os.sep)):
        return False
    folders = [sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")]
    folders.append(os.path.dirname(pullback.__file__))
    return not any(path.startswith(os.path.realpath(folder) + os.sep) for folder in folders)


def expected_files(place: str) -> list[str]:
    """The files that may hold the module, known before it could be imported."""
    if is_file_name(place):
        return [os.path.abspath(place)]
    path = os.path.abspath(place.replace(".", os.sep))
    return [f"{path}.py", os.path.join(path, "__init__.py")]


def state(files: Iterable[str]) -> State:
    """When each file was changed, and its size; None where there is no such file."""
    found: State = {}
    for file in files:
        try:
            stat = os.stat(file)
            found[file] = (stat.st_mtime_ns, stat.st_size)
        except OSError:
            found[file] = None
    return found


def wait_for_change(before: State) -> None:
    """Return when a file is no longer as it was, and all have come to rest."""
    while state(before) == before:
        time.sleep(PAUSE)
    last: State = {}
    while (now := state(before)) != last:
        last = now
        time.sleep(PAUSE / 4)
