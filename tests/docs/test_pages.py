"""The documents: their code runs, and what they show is what it prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs import generate

ROOT = generate.ROOT
pages = pytest.mark.parametrize(
    "path", generate.DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


@pages
def test_page_is_up_to_date(path: Path) -> None:
    """``python docs/generate.py`` changes nothing, and no block fails."""
    document = path.read_text()
    assert generate.settled(generate.renewed(document)) == generate.settled(document)


@pages
def test_all_code_is_met(path: Path) -> None:
    """Each fence opens or closes a part that the generator knows: none is left out in silence."""
    document = path.read_text()
    rest = generate.PART.sub("", document)
    assert "```" not in rest
    assert "generated:" not in rest.replace("`<!-- generated", "")


def test_digits_of_rounding_are_not_compared() -> None:
    """Differences of the size of rounding errors are left out, others are not."""
    assert generate.settled("off by 1.6e-12") == generate.settled("off by 2.25e-11")
    assert generate.settled("within 1.1e-05") != generate.settled("within 1.2e-05")
    assert generate.settled("line 12") != generate.settled("line 13")


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ("```python\nassert 1 + 1 == 3\n```\n", AssertionError),
        ("```text\nshown, but never checked\n```\n", ValueError),
        ("```sh\nrm --recursive examples\n```\n", ValueError),
    ],
)  # fmt: skip
def test_what_does_not_run_fails(document: str, error: type[Exception]) -> None:
    """A failing block, a language that cannot run, a command that is neither run nor known."""
    with pytest.raises(error):
        generate.renewed(document)


def test_output_is_that_of_the_block_before() -> None:
    """Blocks share a namespace, stand in files, and the last one's output is shown."""
    document = """\
```python
a = 1
print(a)
```
```python title="cube.py"
def cube(x: float):
    return x**3
```
```sh
pip install pullback
pullback grad cube.py:cube
```
<!-- generated: python -->
old
<!-- end -->
<!-- not run: it would fail -->
```python
a.missing
```
```python
print(a + 1)
```
<!-- generated: markdown -->
<!-- end -->
"""
    found = generate.renewed(document)
    assert "\ndef cube_grad(x):\n" in found
    assert "old" not in found
    assert found.endswith("<!-- generated: markdown -->\n\n2\n\n<!-- end -->\n")
