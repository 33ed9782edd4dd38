"""Forms of calls that other primitives stand for: bounds left out, orders of elements, axes given.

``x.reshape(m, n, order="F")`` is ``x.T.reshape(n, m).T``, element for element and in what it shares
with ``x``.
"""

from __future__ import annotations

import ast
import string
from collections.abc import Callable, Sequence
from typing import Any

from pullback import refusals
from pullback.frontend import conditions, layouts
from pullback.frontend.frame import Frame
from pullback.frontend.lowering import grouped, made, simple_op, simple_ops, size_of
from pullback.frontend.values import Either, Static, Tup, Value
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, Scalar, is_complex
from pullback.rules.spec import slots
from pullback.rules.table import ROWS, Row

Params = dict[str, Any]
Form = Callable[[Frame, ast.AST, list[Atom], Params], Value | None]


# ---- arguments left out


def fitting(
    row: Row, args: list[Value], keywords: dict[str, Value], spelling: str
) -> tuple[Row, list[Value], dict[str, Value]]:
    """The row that takes what is given: another one stands for some arguments left out, or None,
    another one for some that go beyond it.

    Functions of NumPy may leave them out only where others have their newer names, as methods do.
    """
    if row.name == "where" and len(args) == 1 and not keywords:
        return ROWS["nonzero"], args, keywords  # as NumPy defines it
    if row.name in _VALUES_ALONE:
        name, said, other = _VALUES_ALONE[row.name]
        if keywords.get(name) == Const(said):
            others = {k: v for k, v in keywords.items() if k not in (name, "full_matrices")}
            return ROWS[other], args[:1], others
    if row.name == "pad" and _varies(keywords.get("constant_values")):
        return ROWS["padded_with"], args, keywords
    if row.name == "einsum" and len(args) > 1 and isinstance(args[1], Tup):
        return row, _labelled(args), keywords
    further = {k: v for k, v in keywords.items() if k in row.beyond}
    if further:
        left_out = [k for k, v in further.items() if v == Const(True) or _is_none(v)]
        keywords = {k: v for k, v in keywords.items() if k not in left_out}
        if further.keys() - left_out:
            row = ROWS[row.beyond[next(iter(further))]]
    places = {slot.name: (k, slot) for k, slot in enumerate(slots(row.spec))}
    newer = spelling == "method" or any(keywords.keys() & set(s.names[1:]) for _, s in places.values())
    for name, other in row.without.items():
        place, slot = places[name]
        given = args[place] if place < len(args) else None
        given = next((keywords[n] for n in slot.names if n in keywords), given)
        if (given is None and newer) or _is_none(given):
            rest = {k: v for k, v in keywords.items() if k not in slot.names}
            return ROWS[other], [*args[:place], *args[place + 1 :]], rest
    return row, args, keywords


# What asks for values without vectors, and what gives them.
_VALUES_ALONE = {
    "svd": ("compute_uv", False, "svdvals"),
    "scipy.linalg.svd": ("compute_uv", False, "scipy.linalg.svdvals"),
    "scipy.linalg.eigh": ("eigvals_only", True, "scipy.linalg.eigvalsh"),
}


def _varies(value: Value | None) -> bool:
    """Whether there is more than constants in a value."""
    items = value.items if isinstance(value, Tup) else (value,)
    return any(isinstance(v, Var) or (isinstance(v, Tup) and _varies(v)) for v in items)


def _labelled(args: list[Value]) -> list[Value]:
    """Operands that are followed by the numbers of their axes, as operands behind letters for these."""
    operands, numbers = args[: len(args) // 2 * 2 : 2], args[1::2]
    last = [args[-1]] if len(args) % 2 else []
    axes = [[_label(v) for v in labels.items] if isinstance(labels, Tup) else []
            for labels in (*numbers, *last)]  # fmt: skip
    texts = ["".join(labels) for labels in axes]
    subscripts = "->".join([",".join(texts[: len(operands)]), *texts[len(operands) :]])
    return [Static(subscripts), *operands]


def _label(value: Value) -> str:
    """NumPy orders the axes that remain by their numbers, so letters are in that order."""
    if isinstance(value, Const) and type(value.value) is int:
        return (string.ascii_uppercase + string.ascii_lowercase)[value.value]
    return "..." if getattr(value, "value", None) is Ellipsis else "?"


def _is_none(value: Value | None) -> bool:
    return isinstance(value, Static) and value.value is None


# ---- orders of elements


def _order(frame: Frame, node: ast.AST, params: Params) -> str:
    order = params.pop("order", "C")
    if order not in ("C", "F"):
        frame.reject(refusals.ORDER_IN_MEMORY, node, order=order)
    return str(order)


def _flattened(name: str) -> Form:
    def form(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
        if _order(frame, node, params) == "C":
            return None
        return layouts.reshaped(frame, node, name, _transposed(frame, node, inputs[0]), **params)

    return form


def _reshaped(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    in_order = _order(frame, node, params) == "C"
    _refuse_no_copy(frame, node, "np.reshape", {"copy": params.get("copy") is not False})
    if params.pop("copy", None):
        inputs[0] = simple_op(frame, node, "copy", inputs[0], order="K")
    x, *sizes = inputs
    if not sizes and (number := _rearranged(frame, node, inputs, params)) is not None:
        return number
    if in_order:
        return None
    turned = _transposed(frame, node, x)
    turn = lambda v: _transposed(frame, node, v)
    return layouts.reshaped(frame, node, "reshape", turned, *sizes[::-1], turn=turn, **params)


def _transposed(frame: Frame, node: ast.AST, x: Atom) -> Atom:
    """``x.T``, which of a vector is the vector itself."""
    turns = isinstance(x.type, Array) and x.type.ndim > 1
    return simple_op(frame, node, "transpose", x, axes=None) if turns else x


# ---- numbers


def _rearranged(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """What arranges elements asks its argument for a method of that name: numbers of NumPy have one,
    and stay numbers, those of Python become arrays without dimensions."""
    origin = inputs[0].type.origin if isinstance(inputs[0].type, Scalar) else ""
    if origin == "py":
        inputs[0] = simple_op(frame, node, "array", inputs[0])
    return inputs[0] if origin == "np" else None


def _flipped(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """``x[()]`` where there are no axes, which is a number."""
    number = _rearranged(frame, node, inputs, params)
    if number is not None or shape_of(inputs[0]) != ():
        return number
    return simple_op(frame, node, "getitem", inputs[0], path=((),))


def _copied(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """``np.copy`` of a number is an array."""
    (x,) = inputs
    is_number = isinstance(x.type, Scalar) and "spelling" not in params
    return simple_op(frame, node, "array", x) if is_number else None


def _zeros(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """Zeros like an array are what transforms make, too; those like a number are an array."""
    plain = isinstance(inputs[0].type, Array) and params["dtype"] is None
    return simple_op(frame, node, "zeros_like", *inputs) if plain else None


# ---- axes


def _crossed(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """Vectors along other axes are moved to the last one, and the result back."""
    axis = params.pop("axis")
    a, b, c = (params.pop(name) if axis is None else (params.pop(name), axis)[1]
               for name in ("axisa", "axisb", "axisc"))  # fmt: skip
    moved = [_moved(frame, node, x, k, -1) for x, k in zip(inputs, (a, b), strict=True)]
    inputs[:] = moved
    if _is_last(moved[0], c) and _is_last(moved[1], c):
        return None
    return _moved(frame, node, simple_op(frame, node, "cross", *moved), -1, c)


def _moved(frame: Frame, node: ast.AST, x: Atom, source: int, destination: int) -> Var:
    axis = destination if source == -1 else source
    if _is_last(x, axis) and isinstance(x, Var):
        return x
    return simple_op(frame, node, "moveaxis", x, source=source, destination=destination)


def _is_last(x: Atom, axis: int) -> bool:
    return axis in (-1, getattr(x.type, "ndim", 0) - 1)


def _gradients(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """Along several axes NumPy gives a tuple."""
    ndim, axis = getattr(inputs[0].type, "ndim", 0), params["axis"]
    if (ndim if axis is None else len(axis) if isinstance(axis, tuple) else 1) == 1:
        return None
    return made(frame, simple_ops(frame, node, "gradients", *inputs, **params), False)


# ---- matrices


def _norm(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """Norms of matrices that are not those of all elements as a vector."""
    ndim, axis = getattr(inputs[0].type, "ndim", 0), params["axis"]
    if isinstance(axis, tuple) and len(axis) == 1:
        params["axis"] = axis = axis[0]
    matrices = isinstance(axis, tuple) or (axis is None and ndim == 2)
    if not matrices or params["ord"] in (None, "fro"):
        return None
    return simple_op(frame, node, "norm_of_matrices", *inputs, **params)


def _qr(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """The triangular factor alone is not put into a tuple. Complete factors are the reduced ones where
    there are no more rows than columns, and else have vectors that nothing determines."""
    x = inputs[0]
    if params["mode"] == "complete" and isinstance(x, Var) and len(shape_of(x)) > 1:
        rows, columns = (size_of(frame, x, len(shape_of(x)) - k) for k in (2, 1))
        if shape_of(x)[-2] != shape_of(x)[-1]:
            more = simple_op(frame, node, "gt", rows, columns)
            message = "np.linalg.qr of more rows than columns has no derivative in mode 'complete'"
            conditions.raise_where(frame, node, more, "ValueError", message)
        params["mode"] = "reduced"
    return simple_op(frame, node, "qr_triangle", *inputs, **params) if params["mode"] == "r" else None


def _of_real(name: str) -> Form:
    def form(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
        """NumPy gives real numbers where all that it has found of a real array are."""
        if is_complex(inputs[0].type):
            return None
        outputs = simple_ops(frame, node, f"{name}_of_real", *inputs)
        turned = simple_op(frame, node, "ne", simple_op(frame, node, "imag", outputs[0]), Const(0))
        told = simple_op(frame, node, "any", turned, axis=None, keepdims=False)
        are_complex = simple_op(frame, node, "bool", told)
        found = [Either(are_complex, v, simple_op(frame, node, "real", v)) for v in outputs]
        return grouped(frame, several, found) if (several := ROWS[name].prim.several) else found[0]

    return form


# ---- transforms


def _in_points(name: str) -> Form:
    def form(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
        """Transforms in a number of points that is given for each axis."""
        return simple_op(frame, node, f"{name}_in", *inputs, **params) if "s" in params else None

    return form


def _in_dtype(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """Running sums in a dtype are those of the elements in it."""
    if (dtype := params.pop("dtype", None)) is not None:
        method = {"dtype": dtype, "spelling": "method"}
        inputs[0] = simple_op(frame, node, "astype", inputs[0], **method)
    return None


def _sorted(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """An order that is stable has a kind of its name; without an axis all elements are ordered."""
    if params.pop("stable", None):
        params["kind"] = "stable"
    if params["axis"] is None:
        params["axis"] = -1
        inputs[0] = simple_op(frame, node, "flatten", inputs[0], spelling="method")
    return None


def _differences(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """Taken no times they are the array itself."""
    return inputs[0] if params["n"] == 0 and isinstance(inputs[0].type, Array) else None


def _of_vectors(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """What has several axes is taken as one row."""
    for k, x in enumerate(inputs):
        if isinstance(x.type, Array) and x.type.ndim > 1:
            inputs[k] = simple_op(frame, node, "ravel", x)
    return None


def _other_row(name: str, wanted: Callable[[Params], bool]) -> Form:
    """Another row, of several results or of other rules, for some values of its params."""

    def form(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
        if not wanted(params):
            return None
        found = simple_ops(frame, node, name, *inputs, **params)
        return made(frame, found, False) if len(found) > 1 else found[0]

    return form


def _fitted(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """What more is told of a fit is a row of its own, of all or of how the coefficients vary."""
    name = "polyfit_told" if params["full"] else "polyfit_spread"
    asked = lambda params: bool(params["full"] or params["cov"])
    return _other_row(name, asked)(frame, node, inputs, params)


def _spaced(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """With the step between the points, if that is asked for."""
    if not params.pop("retstep", False):
        return None
    points = simple_op(frame, node, "linspace", *inputs, **params)
    start, stop, *num = inputs
    number: Atom = num[0] if num else Const(50)
    gaps = simple_op(frame, node, "sub", number, Const(1)) if params["endpoint"] else number
    step = simple_op(frame, node, "divide", simple_op(frame, node, "subtract", stop, start), gaps)
    return made(frame, (points, step), False)


def _padded(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """With a constant, or with what is in the array."""
    others = {k: params.pop(k) for k in ("stat_length", "end_values", "reflect_type")}
    if params["mode"] == "constant":
        return None
    del params["constant_values"]
    return simple_op(frame, node, "padded", *inputs, **params, **others)


# ---- copies, kinds and dimensions


def _refuse_no_copy(frame: Frame, node: ast.AST, function: str, params: Params) -> None:
    if not params.pop("copy", True):
        frame.reject(
            refusals.CONSTANT_OF_OTHER_KIND, node, function=function, name="copy", value=False
        )


def _as_array(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """A new array, with as many dimensions as are asked for at least."""
    _refuse_no_copy(frame, node, "np.array", params)
    if not (ndmin := params.pop("ndmin", 0)):
        return None
    found = simple_op(frame, node, "array", *inputs, **params)
    new = ndmin - len(shape_of(found))
    return simple_op(frame, node, "getitem", found, path=((*("n",) * new, "e"),)) if new > 0 else found


def _only_copied(function: str) -> Form:
    def form(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
        """What writes to its argument, or gives views of it, is refused."""
        _refuse_no_copy(frame, node, function, dict(params))
        return None

    return form


def _converted(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """Without a copy an array of the dtype already is the result itself."""
    if params.pop("copy", True):
        return None
    (x,) = inputs
    known = getattr(x.type, "dtype", None)
    if known is None or not isinstance(x, Var):
        _refuse_no_copy(frame, node, "astype", {"copy": False})
    return x if known == params["dtype"] else None


# ---- what is there already


def _at_least(ndim: int) -> Form:
    def form(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
        """Of several arrays a tuple; one that has the dimensions is given back itself."""
        if len(inputs) == 1:
            return inputs[0] if getattr(inputs[0].type, "ndim", 0) >= ndim else None
        name = f"atleast_{ndim}d"
        return made(frame, [form(frame, node, [x], params) or simple_op(frame, node, name, x)
                            for x in inputs], False)  # fmt: skip

    return form


# ---- parts of numbers


def _real_part(frame: Frame, node: ast.AST, inputs: list[Atom], params: Params) -> Value | None:
    """Real numbers are their own real parts, and conjugates: the same array."""
    (x,) = inputs
    real = isinstance(x, Var) and getattr(x.type, "cls", "") in ("int", "float")
    return x if real else None


def _imaginary_part(
    frame: Frame, node: ast.AST, inputs: list[Atom], params: Params
) -> Value | None:
    """Of an array of real numbers a new one of zeros."""
    (x,) = inputs
    real = isinstance(x.type, Array) and not is_complex(x.type)
    return simple_op(frame, node, "zeros_like", x) if real else None


FORMS: dict[str, Form] = {
    **{f"atleast_{ndim}d": _at_least(ndim) for ndim in (1, 2, 3)},
    "real": _real_part,
    "conjugate": _real_part,
    "imag": _imaginary_part,
    "reshape": _reshaped,
    "transpose": _rearranged,
    "squeeze": _rearranged,
    "flip": _flipped,
    "copy": _copied,
    "zeros_made": _zeros,
    "ravel": _flattened("ravel"),
    "flatten": _flattened("flatten"),
    "cross": _crossed,
    "gradient": _gradients,
    "norm": _norm,
    "qr": _qr,
    **{name: _of_real(name) for name in ("eig", "eigvals", "roots")},
    "unique": _other_row(
        "uniques", lambda params: any(params[k] for k in params if k.startswith("return_"))
    ),
    **dict.fromkeys(
        ("cumsum", "cumprod", "nancumsum", "nancumprod", "cumulative_sum", "cumulative_prod",
         "trace", "linalg.trace"), _in_dtype
    ),
    "polyfit": _fitted,
    "sort": _sorted,
    "argsort": _sorted,
    "partition": _sorted,
    "diff": _differences,
    "linspace": _spaced,
    "outer": _of_vectors,
    "average": _other_row("averages", lambda params: params["returned"]),
    "pad": _padded,
    "array": _as_array,
    "nan_to_num": _only_copied("np.nan_to_num"),
    "meshgrid": _only_copied("np.meshgrid"),
    "astype": _converted,
    **{f"fft.{name}": _in_points(f"fft.{name}") for name in ("fft2", "ifft2", "fftn", "ifftn")},
}


def other_form(
    frame: Frame, node: ast.AST, row: Row, inputs: list[Atom], params: Params
) -> Value | None:
    """What stands for a call that the row's own op is not; None if it is that op."""
    form = FORMS.get(row.name)
    return None if form is None else form(frame, node, inputs, params)


__all__: Sequence[str] = ("fitting", "other_form")
