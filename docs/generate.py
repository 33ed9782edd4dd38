"""Run the code of the documents, and write into them what it prints.

What a page may contain:

- A ``python`` block runs, in the order of the page and in one namespace. Each stands in a file of its
  own while it does (pullback reads source from files), which ``title="model.py"`` names, or
  ``title="pullback: model.py"``. A block inside an HTML comment runs without being shown.
- Lines of an ``sh`` block that call ``pullback`` run, where these files are; others set things up,
  and do not.
- What the block before printed stands between ``<!-- generated: text -->`` (or ``python``, if it is
  code, or ``markdown``, if it is part of the page) and ``<!-- end -->``.
- ``<!-- not run: why -->`` before a block says that it does not run.

Numbers below 1e-5 in the form ``1.2e-12`` are taken for rounding errors, and not compared.

    python docs/generate.py     # writes these texts; a test demands that nothing changes
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner

from pullback.cli import main as pullback

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
PART = re.compile(
    r"<!-- generated: (?P<form>\w+) -->\n.*?<!-- end -->"
    r"|(?P<waived><!-- not run: [^\n]+ -->\n+)?"
    r"^```(?P<language>\w+)(?P<info>[^\n]*)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
TITLE = re.compile(r'title="(?:[^"]+: )?([\w/]+\.py)"')
# Differences that rounding leaves: their digits depend on the processor.
ROUNDING = re.compile(r"\d\.\d+e-(0[6-9]|[1-9]\d)\b")
SETUP = ("git", "mkdocs", "pip", "python", "python3")


@dataclass
class Page:
    """The state of a page as its blocks run: their namespace, and what the last one printed."""

    folder: Path
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "page"})
    printed: str = ""
    blocks: int = 0

    def renew(self, part: re.Match[str]) -> str:
        """A part of the document as it should be; running it, where it is code."""
        if part["form"]:
            return generated(part["form"], self.printed)
        if not part["waived"]:
            run = {"python": self.run_python, "sh": self.run_shell}.get(part["language"])
            if run is None:
                raise ValueError(f"no way to run a block of {part['language']!r}: use python or sh")
            self.printed = run(part["code"], part["info"])
        return part[0]

    def run_python(self, code: str, info: str) -> str:
        title = TITLE.search(info)
        self.blocks += 1
        path = Path(title[1] if title else f"example{self.blocks}.py")
        path.write_text(code)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(code, str(path), "exec", dont_inherit=True), self.names)
        return printed.getvalue()

    def run_shell(self, code: str, _: str) -> str:
        return "".join(map(run_command, commands(code)))


def commands(code: str) -> Iterator[list[str]]:
    """The commands of a block as words; those of a virtual environment without its folder."""
    for line in code.replace("\\\n", " ").splitlines():
        for command in line.split("&&"):
            words = shlex.split(command, comments=True)
            if words:
                yield [words[0].removeprefix(".venv/bin/"), *words[1:]]


def run_command(words: list[str]) -> str:
    """What a command of pullback prints; nothing for one that only sets things up."""
    if words[0] in SETUP:
        return ""
    if words[0] != "pullback":
        raise ValueError(f"no way to run {words[0]!r}: only pullback runs, {', '.join(SETUP)} do not")
    result = CliRunner().invoke(pullback, words[1:], prog_name="pullback")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def generated(form: str, printed: str) -> str:
    """The marked text for what was printed."""
    text = printed.strip("\n")
    body = f"\n{text}\n" if form == "markdown" else f"```{form}\n{text}\n```"
    return f"<!-- generated: {form} -->\n{body}\n<!-- end -->"


def renewed(document: str) -> str:
    """The document with all its generated texts made again; what it sets of NumPy ends with it."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), np.errstate():
        Path("examples").symlink_to(ROOT / "examples")
        return PART.sub(Page(Path(folder)).renew, document)


def settled(document: str) -> str:
    """The document without the digits that may differ from run to run."""
    return ROUNDING.sub("rounding", document)


def main() -> None:
    sys.path.insert(0, str(ROOT))
    for path in DOCUMENTS:
        document = path.read_text()
        found = renewed(document)
        if settled(found) != settled(document):
            path.write_text(found)


if __name__ == "__main__":
    main()
