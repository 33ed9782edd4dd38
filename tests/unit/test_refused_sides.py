"""What is refused for one of the kinds of a value, in text that runs."""

import numpy as np
import pytest

from pullback import grad
from tests.unit.transform_functions import appended_to_either


def test_the_error_tells_what_to_write_and_the_users_line() -> None:
    made = grad(appended_to_either)
    np.testing.assert_array_equal(made(np.array([1.0, 2.0, 3.0])), np.ones(3))
    with pytest.raises(TypeError, match=r"append.*not supported: call a function that") as told:
        made(np.array([-1.0, 2.0, 3.0]))
    assert "y.append(x[2])" in told.value.__notes__[0]
