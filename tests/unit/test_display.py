"""What notebooks show: both sides, ties between their lines, messages, escapes; all in itself."""

import inspect
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pullback
from pullback import grad, hooks, value_and_grad
from pullback.derivative import Derivative
from pullback.display.originals import completed, original
from pullback.errors import Loc
from tests.golden.test_golden import CASES
from tests.unit import display_functions as functions
from tests.unit.cli_runs import environment

A = np.array


class Shown(HTMLParser):
    """The HTML taken apart: titles, messages, and the lines of each side with what ties them."""

    VOID = ("meta",)

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.side = -1
        self.titles: list[str] = []
        self.lines: list[tuple[int, set[str], dict[str, Any], str]] = []
        self.messages: list[str] = []
        self.style = ""
        self.tags: set[str] = set()
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        classes = set((found.get("class") or "").split())
        self.tags.add(tag)
        self.open.append(tag)
        if "pb-side" in classes:
            self.side += 1
        if "pb-title" in classes:
            self.titles.append("")
        if "pb-line" in classes:
            self.lines.append((self.side, classes, found, ""))
        if "pb-message" in classes:
            self.messages.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" in self.open:
            self.style += data
        elif "strong" in self.open:
            self.titles[-1] += data
        elif "small" in self.open:
            self.titles[-1] += f" {data}"
        elif "code" in self.open:
            side, classes, attributes, text = self.lines[-1]
            self.lines[-1] = side, classes, attributes, text + data
        elif "pre" in self.open:
            self.messages[-1] += data

    def text(self, side: int) -> str:
        return "".join(text for s, _, _, text in self.lines if s == side)

    def tied(self, text: str) -> list[str]:
        """The lines of the other side that share a key with the only line that has this text."""
        (found,) = [line for line in self.lines if text in line[3]]
        keys = {c for c in found[1] if c.startswith("pb-k") and c[4:].isdigit()}
        return [t.rstrip() for s, classes, _, t in self.lines if s != found[0] and keys & classes]


@pytest.fixture(scope="module")
def derivative() -> Derivative:
    found: Derivative = grad(functions.loss)
    found(A([1.0, 2.0]), A([[1.0, 2.0], [0.5, 0.1], [3.0, 1.0]]), A([1.0, 0.0, 1.0]))
    return found


@pytest.fixture(scope="module")
def shown(derivative: Derivative) -> Shown:
    return Shown(html_of(derivative))


def html_of(value: Any) -> str:
    html = value._repr_html_()
    assert isinstance(html, str)
    return html


# ---- both sides


def test_both_sides_are_whole(derivative: Derivative, shown: Shown) -> None:
    assert shown.titles == [
        "loss display_functions.py", "softplus display_functions.py", "gradient of loss in w"
    ]  # fmt: skip
    assert shown.text(1) == derivative.source
    numbered = re.findall(r"^ *(\d+)  (.*)$", shown.text(0), re.M)
    file = Path(functions.__file__).read_text().splitlines()
    assert all(file[int(number) - 1] == line for number, line in numbered)
    lines = inspect.getsource(functions.loss) + inspect.getsource(functions.softplus)
    assert [line for _, line in numbered] == lines.splitlines()


def test_lines_are_tied_to_all_that_they_come_from(shown: Shown) -> None:
    line = lambda text: [t.rstrip() for s, _, _, t in shown.lines if s == 0 and text in t]
    first, mean, softplus = map(line, ("z = X @ w", "return np.mean", "return np.log"))
    assert shown.tied("return X.T @") == first
    assert shown.tied("z_bar = np.exp") == [*mean, *softplus]
    assert any("z_bar = np.exp" in text for text in shown.tied("return np.logaddexp(0, z)"))
    assert shown.tied("# backward") == []


def test_every_tie_has_a_rule_both_ways(shown: Shown) -> None:
    keys = {c for _, classes, _, _ in shown.lines for c in classes if re.fullmatch(r"pb-k\d+", c)}
    assert keys
    for key in keys:
        for one, other in ("01", "10"):
            rule = rf":has\(\.pb-side{one} \.{key}:is\(:hover,:focus\)\) \.pb-side{other} \.{key}[,{{]"
            assert re.search(rule, shown.style)


def test_tied_lines_are_reached_by_keyboard_on_the_users_side_only(shown: Shown) -> None:
    for side, classes, attributes, _ in shown.lines:
        assert ("pb-tied" in classes) == ("tabindex" in attributes)
        assert attributes.get("tabindex") in (None, "-1" if side else "0")


@pytest.mark.parametrize("name", CASES)
def test_every_line_of_the_backward_sweep_is_tied(name: str) -> None:
    """What a line comments on is among the lines that it is tied to."""
    function, argnums, args = CASES[name]
    derivative = grad(function, argnums)
    derivative(*args)
    shown = Shown(html_of(derivative))
    assert shown.text(1) == derivative.source
    keys = lambda classes: {c for c in classes if re.fullmatch(r"pb-k\d+", c)}
    numbered = {int(t.split()[0]): keys(classes) for s, classes, _, t in shown.lines if s == 0}
    commented = [line for line in shown.lines if line[0] == 1 and "  # line " in line[3]]
    assert commented
    for _, classes, _, text in commented:
        (key,) = numbered[int(text.split()[-1])]
        assert key in keys(classes)


def test_rules_of_one_output_do_not_reach_another(derivative: Derivative) -> None:
    cube = grad(functions.Model.rate)
    cube(2.0)
    scopes = [re.findall(r"\.(pb-[0-9a-f]{10}):has", html_of(d)) for d in (derivative, cube)]
    assert set(scopes[0]).isdisjoint(scopes[1])
    assert len(set(scopes[0])) == len(set(scopes[1])) == 1
    assert html_of(derivative) == html_of(derivative)


def test_all_is_escaped_and_nothing_is_loaded(shown: Shown, derivative: Derivative) -> None:
    html = html_of(derivative)
    assert "Smooth &amp; &lt;b&gt;convex&lt;/b&gt;" in html
    assert shown.tags <= {"div", "style", "strong", "small", "pre", "code", "span"}
    assert not re.search(r"https?:|url\(|@import|src=|href=|on\w+=", html)
    message = Shown(html_of(grad(functions.unsupported)))
    assert '    with open("<script>") as file:' in message.messages[0]


def test_themes_of_pages_choose_the_colours(shown: Shown) -> None:
    for attribute in ("data-jp-theme-light=true", "data-jp-theme-light=false"):
        assert f"[{attribute}] .pb" in shown.style
    assert shown.style.index(".pb{color-scheme:light dark") < shown.style.index("[data-jp-theme")
    assert shown.style.count("{") == shown.style.count("}")


def test_functions_in_classes_are_found() -> None:
    file = functions.Model.rate.__code__.co_filename
    line = functions.Model.rate.__code__.co_firstlineno
    (found,) = completed([], [Loc(file, line + 2), Loc(file, line)])
    assert (found.name, found.first) == ("rate", line)
    assert found.lines == ("@staticmethod", "def rate(x: Any) -> Any:", "    return x * x * x")


def test_code_outside_functions_is_shown_as_its_statement() -> None:
    file = functions.loss.__code__.co_filename
    (found,) = completed([], [Loc(file, 3)])
    assert (found.name, found.lines) == ("", ("from typing import Any",))


def test_places_that_cannot_be_read_are_left_out() -> None:
    user = original(functions.loss)
    assert completed([user], [Loc("nothere.py", 3), Loc(user.file, user.first)]) == [user]


def test_pullback_is_shown_beside_what_it_comes_from() -> None:
    _, pullback_of_loss = pullback.vjp(functions.loss, A([1.0, 2.0]), np.ones((3, 2)), np.ones(3))
    assert repr(pullback_of_loss) == "<pullback loss_backward>"
    shown = Shown(html_of(pullback_of_loss))
    assert shown.text(1) == pullback_of_loss.source
    assert shown.titles[-1] == "pullback loss_backward"
    assert {title.split()[0] for title in shown.titles[:-1]} == {"loss", "softplus"}


# ---- titles and messages


def test_titles() -> None:
    title = lambda d: Shown(html_of(d)).titles[-1]
    assert title(grad(functions.loss, ("y", -2))) == "gradient of loss in y, X"
    assert title(value_and_grad(functions.loss)) == "value and gradient of loss in w"
    assert title(grad(grad(functions.unsupported))) == "gradient of gradient of unsupported in x"


def test_several_signatures_are_counted() -> None:
    derivative = grad(functions.Model.rate)
    derivative(1.0)
    derivative(np.float32(2.0))
    assert Shown(html_of(derivative)).titles[-1] == "gradient of rate in x last used of 2 compiled"


def test_before_the_first_call_a_message_tells_what_to_do() -> None:
    derivative = grad(functions.loss)
    shown = Shown(html_of(derivative))
    assert shown.titles == ["loss display_functions.py", "gradient of loss in w"]
    with pytest.raises(pullback.ArgumentError, match=r"^loss has not been called yet, and\n") as why:
        _ = derivative.source
    assert shown.messages == [str(why.value)]
    assert "def loss(w: Any, X: Any, y: Any) -> Any:" in shown.text(0)


def test_annotations_are_enough() -> None:
    derivative = grad(functions.annotated)
    assert "def annotated_grad(x):" in Shown(html_of(derivative)).text(1)


def test_source_that_is_gone_leaves_the_derivative(tmp_path: Path) -> None:
    path = tmp_path / "gone.py"
    text = "def gone(x: float):\n    return x * x\n"
    path.write_text(text)
    names: dict[str, Any] = {}
    exec(compile(text, str(path), "exec"), names)
    derivative = grad(names["gone"])
    derivative(2.0)
    path.write_text(text.replace("x * x", "x + x"))
    shown = Shown(html_of(derivative))
    assert "was edited since import" in shown.messages[0]
    assert shown.text(1) == derivative.source
    assert Shown(html_of(grad(names["gone"]))).text(0) == ""


# ---- IR


@pytest.mark.parametrize("stage", ["lowered", "vjp", "optimised", "owned"])
def test_func_is_the_ir_as_an_object_and_shows_it(derivative: Derivative, stage: str) -> None:
    func = derivative.func(stage)
    shown = Shown(html_of(func))
    assert shown.titles == ["IR of loss_grad"]
    assert shown.text(0) == derivative.ir(stage)
    assert '<span class="pb-kt">float64[' in html_of(func)
    assert repr(func) == "<func loss_grad>"


def test_func_behind_a_pass(derivative: Derivative) -> None:
    func = derivative.func(after="inline", round=1)
    assert Shown(html_of(func)).text(0) == derivative.ir(after="inline", round=1)


def test_stage_that_is_not_there() -> None:
    with pytest.raises(pullback.ArgumentError, match="no stage 'final': there are lowered, vjp"):
        grad(functions.annotated).func("final")


# ---- hooks


def test_without_the_room_above_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "HTML", {})
    assert grad(functions.annotated)._repr_html_() is None


def test_pygments_is_imported_when_something_is_shown() -> None:
    code = """
import sys
from pullback import grad
from tests.unit import display_functions
derivative = grad(display_functions.annotated)
derivative(1.0), derivative.source, derivative.func()
print([name for name in ("pygments", "rich", "click") if name in sys.modules])
derivative._repr_html_()
print("pygments" in sys.modules)
"""
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root,
        env=environment(),
    )  # fmt: skip
    assert done.stdout == "[]\nTrue\n"
