"""The tour: kept without outputs, and every cell does what its text says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import pullback

TOUR = Path(__file__).parents[2] / "examples" / "tour.ipynb"


Outputs = dict[str, str]


def read() -> Any:
    """The notebook; what reads it takes two seconds to import, in each process that collects tests."""
    import nbformat

    return nbformat.read(TOUR, as_version=4)


@pytest.fixture(scope="module")
def outputs() -> Outputs:
    """What each cell shows, by its code: HTML where there is some, else plain text."""
    from nbclient import NotebookClient

    notebook = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(pullback.__file__).parents[1]))
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return {cell.source: "".join(map(shown, cell.outputs)) for cell in cells}


def shown(output: Any) -> str:
    assert output.output_type in ("stream", "execute_result"), output
    assert output.get("name", "stdout") == "stdout", output
    data = output.get("data", {})
    return str(data.get("text/html") or data.get("text/plain") or output.text)


def of(outputs: Outputs, last: str, first: str = "") -> str:
    """What the only cell shows that begins and ends like this."""
    ends = lambda code: code == last or code.endswith((f"\n{last}", f" {last}"))
    (found,) = [text for code, text in outputs.items() if ends(code) and code.startswith(first)]
    return found


def test_it_is_kept_without_outputs() -> None:
    """Outputs would be stale before anybody saw it, and a diff of them tells nothing."""
    for cell in read().cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_source_is_printed_and_shown_beside_the_function(outputs: Outputs) -> None:
    assert "def loss_grad(w, X, y):" in of(outputs, "print(dloss.source)")
    for last_line, title in (("dloss", "gradient of loss in w"), ("drnn", "gradient of rnn in W, U")):
        assert title in of(outputs, last_line)
        assert ":has(" in of(outputs, last_line)
    assert "<strong>loss</strong> <small>In [" in of(outputs, "dloss")


def test_numbers_are_right(outputs: Outputs) -> None:
    found, expected = eval(of(outputs, "grad(newton_sqrt)(2.0), 0.5 / math.sqrt(2.0)"))
    assert found == pytest.approx(expected)
    both = of(outputs, "print(forward @ cotangent, direction @ backward)").split()
    assert float(both[0]) == pytest.approx(float(both[1]))
    assert of(outputs, "third(2.0)  # 60 t ** 2") == "240.0"
    column = of(outputs, "hessian_times(np.array([1.0, 1.0, 1.0]), np.array([1.0, 0.0, 0.0]))")
    assert column == "array([ 802., -400.,    0.])"


def test_descent_descends(outputs: Outputs) -> None:
    losses = [float(line.split()[-1]) for line in of(outputs, "w").splitlines() if "loss" in line]
    assert len(losses) == 5
    assert losses == sorted(losses, reverse=True)


def test_stages_are_shown_as_ir(outputs: Outputs) -> None:
    assert "derivative" in of(outputs, 'dloss.func("lowered")')
    assert "derivative" not in of(outputs, 'dloss.func("optimised")')
    assert "IR of loss_grad" in of(outputs, 'dloss.func("optimised")')


def test_checks_are_silent_or_tell_the_difference(outputs: Outputs) -> None:
    assert of(outputs, "check_grads(rnn, W, U, x)") == ""
    message = of(outputs, "print(error)", "def staircase")
    assert message.startswith("fwd derivative of staircase in argument 0 is wrong: ")


def test_errors_show_the_line_of_the_cell(outputs: Outputs) -> None:
    message = of(outputs, "print(error)", "history = ")
    assert "'history' comes from outside the function, and is written to\n  --> In [" in message
    assert " 5 |     history[0] = x[0]\n   |     ^^^^^^^^^^\n" in message
