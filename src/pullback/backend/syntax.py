"""The ops with a syntax of their own: one handler each, entered in ``exprs.SPECIAL``."""

from __future__ import annotations

from typing import Any

from pullback.backend.compiled import is_mask
from pullback.backend.exprs import SPECIAL, Exprs, all_numbers, dtype_text, sequence
from pullback.backend.text import Expr, Prec, call, infix, literal, quoted, row, ternary
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Op
from pullback.ir.index import through_lists
from pullback.ir.types import PY_INT, Array, Keys, List, Record, Scalar, Type, summed_axes
from pullback.rules.spec import fill


def _getitem(e: Exprs, op: Op) -> Expr:
    path = op.params["path"]
    if not path:
        return e.atom(op.inputs[0])
    if e.module.typed and is_mask(op):
        base, mask = e.place(op, path, op.inputs[1:])
        return Expr(f"{base}.ravel()[{mask}.ravel()]")
    return Expr(e.element(e.owner(op.inputs[0]), path, op.inputs[1:]))


def _perform(e: Exprs, op: Op) -> Expr:
    """A call that has an effect, its arguments in the form in which the user gave them."""
    inputs, name = list(op.inputs), op.params["function"]
    if op.params["method"]:
        name = f"{e.owner(inputs.pop(0))}.{name}"
    else:
        e.imported(name)
    leaves = iter(e.all(inputs))
    given = [
        (keyword, f"range({next(leaves)})" if nesting == "range" else fill(nesting, leaves, sequence))
        for keyword, nesting in op.params["arguments"]
    ]
    given += op.params.get("extra", ())
    return call(name, [f"{keyword}={text}" if keyword else text for keyword, text in given])


def _holds_changeable(form: Any) -> bool:
    """Whether a list or dict is among what a form makes."""
    changeable = isinstance(form, list | dict)
    return changeable or (isinstance(form, tuple) and any(map(_holds_changeable, form)))


def _outside(e: Exprs, op: Op) -> Expr:
    """What is done with an object that is not compiled; what can be changed is lent as a copy."""
    inputs, p = list(op.inputs[: op.params.get("count")]), op.params
    head = e.owner(inputs.pop(0)) if p["owns"] else e.ref(p["target"])
    leaves = iter(e.all(inputs))
    given = [(keyword, e.form(form, leaves)) for keyword, form in p["arguments"]]
    match p["mode"]:
        case "attribute":
            return Expr(f"{head}.{p['member']}")
        case "item":
            return Expr(f"{head}[{given[0][1]}]")
        case "compare":
            prec = Prec.COMPARE
            return Expr(f"{given[0][1]} {p['member']} {given[1][1]}", prec)
        case "method":
            head = f"{head}.{p['member']}"
    texts = [f"{keyword}={text}" if keyword else text for keyword, text in given]
    changeable = any(isinstance(a.type, Array | List) for a in inputs) or any(
        _holds_changeable(form) for _, form in p["arguments"]
    )
    if op.name == "outside" and changeable:
        return e.helper("call_outside", head, *texts)
    return call(head, texts)


def _known(e: Exprs, op: Op) -> Expr:
    value, p = e.atom(op.inputs[0]), op.params
    if p["gives"] == "items":
        return e.helper("as_list", value)
    if p["gives"] == "array":
        return e.helper("as_array", value, quoted(p["dtype"]), str(p["ndim"]))
    return e.helper("as_number", value, quoted(p["gives"].rpartition(".")[2]))


def _matmul(e: Exprs, op: Op) -> Expr:
    if op.params.get("spelling") == "function":
        return e.function(op)
    return infix("@", *map(e.atom, op.inputs))


def _transpose(e: Exprs, op: Op) -> Expr:
    axes, method = op.params.get("axes"), op.params.get("spelling") == "method"
    if axes is None and not method:
        return Expr(f"{e.owner(op.inputs[0])}.T")
    if not method:
        return e.function(op)
    shown = [] if axes is None else [literal(k) for k in axes]  # it takes no keyword
    return call(f"{e.owner(op.inputs[0])}.transpose", shown)


def _dim(e: Exprs, op: Op) -> Expr:
    if op.params.get("spelling") == "len":
        return call("len", e.all(op.inputs))
    return Expr(f"{e.owner(op.inputs[0])}.shape[{op.params['axis']}]")


def _range_len(e: Exprs, op: Op) -> Expr:
    start, stop, step = op.inputs
    shown = [stop] if start == Const(0) else [start, stop]
    return call("len", [call("range", e.all(shown if step == Const(1) else op.inputs))])


def _size(e: Exprs, op: Op) -> Expr:
    if not isinstance(op.inputs[0].type, Array):
        return call("np.size", e.all(op.inputs))
    return Expr(f"{e.owner(op.inputs[0])}.size")


def _in_c_order(e: Exprs, op: Op) -> Expr:
    if e.module.typed:
        return call("np.ascontiguousarray", e.all(op.inputs))
    return call("np.asarray", [*e.all(op.inputs), 'order="C"'])


def _is_view(e: Exprs, op: Op) -> Expr:
    x, *sizes = op.inputs
    reshaped = call(f"{e.owner(x)}.{'reshape' if sizes else 'ravel'}", e.all(sizes))
    return call("np.may_share_memory", [e.atom(x), reshaped])


def _copy(e: Exprs, op: Op) -> Expr:
    x = op.inputs[0]
    maybe = op.params.get("maybe")
    flat = isinstance(x.type, List) and isinstance(x.type.elem, Scalar)
    if isinstance(x.type, List | Keys) and not maybe and (flat or not op.params.get("deep")):
        return call(f"{e.owner(x)}.copy", [])  # who writes to elements copies them
    lies_alike = op.params.get("as_laid_out")
    if isinstance(x.type, List | Record | Keys) or maybe:
        return e.helper("copy_as_laid_out" if lies_alike else "copy_tree", e.atom(x))
    if isinstance(x.type, Scalar):
        return e.atom(x)
    spread = e.nested(x, "broadcast_like")
    if spread and not shape_of(spread.inputs[0]):
        return _full(e, spread, op.out.type)
    if lies_alike:
        return e.helper("copy_as_laid_out", e.atom(x))
    if op.params.get("spelling") != "method" and len(shape_of(x)) > 1:
        return call("np.copy", e.all(op.inputs))  # which keeps the layout, as the method does not
    return call(f"{e.owner(x)}.copy", [])


def _full(e: Exprs, op: Op, t: Type) -> Expr:
    """``broadcast_like`` of a number as an array of its own."""
    value, like = op.inputs
    known = like.type.dtype if isinstance(like.type, Array) else None
    if known is None or known != getattr(t, "dtype", None):
        return call("np.full", [_shape(e, like), e.atom(value)])
    if isinstance(value, Const) and value.value in (0, 1):
        return call(f"np.{('zeros', 'ones')[int(value.value)]}_like", [e.atom(like)])
    whole = e.nested(value, "float")  # np.full_like casts by itself
    if whole is not None and whole.inputs[0].type == PY_INT:
        value = whole.inputs[0]
    return call("np.full_like", e.all([like, value]))


def _shape(e: Exprs, a: Atom) -> str:
    return f"{e.owner(a)}.shape" if isinstance(a.type, Array) else f"np.shape({e.atom(a)})"


def _unbroadcast(e: Exprs, op: Op) -> Expr:
    g, x = op.inputs
    if isinstance(x.type, Scalar):
        return call("np.sum", e.all([g])) if isinstance(g.type, Array) else e.atom(g)
    axes = summed_axes(shape_of(g), shape_of(x))
    several = axes is not None and (axes[0] > 1 or axes[1])
    if axes is None or not shape_of(x) or (axes[0] and axes[1]) or (several and e.module.typed):
        return e.helper("unbroadcast", e.atom(g), _shape(e, x))
    along = tuple(range(axes[0])) or axes[1]
    if not along:
        return e.atom(g)
    axis = literal(along[0] if len(along) == 1 else along)
    keep = ["keepdims=True"] if axes[1] else []
    return call("np.sum", [e.atom(g), f"axis={axis}", *keep])


def _broadcast_like(e: Exprs, op: Op) -> Expr:
    return call("np.broadcast_to", [e.atom(op.inputs[0]), _shape(e, op.inputs[1])])


def _reshape_like(e: Exprs, op: Op) -> Expr:
    g, x = op.inputs
    if isinstance(g.type, Scalar) and isinstance(x.type, Scalar):
        return e.atom(g)
    if e.module.typed:
        if isinstance(x.type, Scalar):
            return call(f"{e.owner(g)}.item", [])
        return e.helper("np_reshape", e.atom(g), _shape(e, x))
    if isinstance(g.type, Scalar):
        return call("np.reshape", [e.atom(g), _shape(e, x)])
    if isinstance(x.type, Scalar):
        reshaped = "" if g.type == Array("", None, ()) or not shape_of(g) else ".reshape(())"
        return Expr(f"{e.owner(g)}{reshaped}[()]")
    return call(f"{e.owner(g)}.reshape", [_shape(e, x)])


def _cast(e: Exprs, op: Op) -> Expr:
    x, dtype = op.inputs[0], dtype_text(op.params["dtype"])
    if isinstance(x.type, Array):
        return call(f"{e.owner(x)}.astype", [dtype])
    return call(dtype, [e.atom(x)])


def _cast_like(e: Exprs, op: Op) -> Expr:
    x, like = op.inputs
    if isinstance(x.type, Array) and isinstance(like.type, Array) and "maybe" not in op.params:
        return call(f"{e.owner(x)}.astype", [f"{e.owner(like)}.dtype"])
    return e.helper("cast_like", *e.all(op.inputs))


def _of_square(e: Exprs, op: Op) -> Expr:
    x, like = e.all(op.inputs)
    return e.helper("check_square", x, like, literal(op.params["told"]))


def _masked_mul(e: Exprs, op: Op) -> Expr:
    if not all_numbers(op):
        return e.helper("masked_mul", *e.all(op.inputs))
    g, p = map(e.atom, op.inputs)
    return ternary(g, infix("*", g, p), literal(0.0))


def _zeros_like(e: Exprs, op: Op) -> Expr:
    if isinstance(op.inputs[0].type, Array):
        order = [f'order="{op.params["order"]}"'] if "order" in op.params else []
        if order and e.module.typed:
            x = e.owner(op.inputs[0])
            return call("np.zeros", [f"{x}.shape", f"{x}.dtype"])
        if "maybe" in op.params:
            return e.helper("zeros_if_there", *e.all(op.inputs))
        return call("np.zeros_like", [*e.all(op.inputs), *order])
    return e.helper("zeros_tree", *e.all(op.inputs))


def _zeros_tree(e: Exprs, op: Op) -> Expr:
    maybe = "maybe" in op.params and not e.module.typed  # in compiled code all items have values
    return e.helper("zeros_if_there" if maybe else "zeros_tree", *e.all(op.inputs))


def _accumulate(e: Exprs, op: Op) -> Expr:
    x, g = op.inputs
    if (positive := e.negative(g, x.type)) is not None:
        return infix("-", e.atom(x), e.atom(positive))
    return infix("+", e.atom(x), e.atom(g))


def _select(e: Exprs, op: Op) -> Expr:
    """A conditional expression, or ``and`` and ``or`` where one side is a constant."""
    cond, a, b = op.inputs
    if (a, b) == (Const(True), Const(False)) and _is_bool(cond):
        return call("bool", [e.atom(cond).text])
    for value, other, symbol in ((b, a, "and"), (a, b, "or")):
        if isinstance(value, Const) and value.value is (symbol == "or") and _is_bool(cond, other):
            return infix(symbol, e.atom(cond), e.atom(other))
    if isinstance(a, Const) and isinstance(b, Const) and a.value is False and b.value is True:
        return e.negated(cond)
    return ternary(e.atom(cond), e.atom(a), e.atom(b))


def _is_bool(*atoms: Atom) -> bool:
    return all(isinstance(a.type, Scalar) and a.type.cls == "bool" for a in atoms)


def _last_written(e: Exprs, op: Op) -> Expr:
    return e.helper("last_written", *e.place(op, op.params["path"], op.inputs[1:]))


def _distance(e: Exprs, op: Op) -> Expr:
    """Two vectors, or two points given number by number."""
    texts = e.all(op.inputs)
    n = len(texts) // 2
    e.imported(op.prim.path)
    if isinstance(op.inputs[0].type, Scalar):
        return call(op.prim.path, [row(texts[:n]), row(texts[n:])])
    return call(op.prim.path, texts)


def _axes_by_name(e: Exprs, op: Op) -> Expr:
    """Compiled code is told which axes are dropped or new."""
    axis = op.params["axis"]
    if not e.module.typed or (op.name == "expand_dims" and isinstance(axis, int)):
        return e.function(op)
    if axis is None:
        axis = tuple(k for k, n in enumerate(shape_of(op.inputs[0])) if n == 1)
    return e.helper(f"np_{op.name}", e.atom(op.inputs[0]), f"axis={literal(axis)}")


def _clip(e: Exprs, op: Op) -> Expr:
    """With one bound, the lower or the upper one."""
    bound, lower = e.atom(op.inputs[1]).text, op.name == "clip_from"
    if op.params.get("spelling") == "method" and not e.module.typed:
        return call(f"{e.owner(op.inputs[0])}.clip", [bound if lower else f"max={bound}"])
    return call("np.clip", [e.atom(op.inputs[0]), *([bound, "None"] if lower else ["None", bound])])


# Helpers that take what the ops of their names do, and nothing else.
HELPERS_OF_INPUTS = (
    "add_trees snapshot_distance bessel_i1 cofactors cofactors_along inv_or_nan solve_or_nan "
    "scipy.linalg.expm_along scipy.linalg.sylvester_or_nan"
)


def _helper_of_inputs(e: Exprs, op: Op) -> Expr:
    return e.helper(op.name.rpartition(".")[2], *e.all(op.inputs))


def _helper_with_axis(e: Exprs, op: Op) -> Expr:
    given = {"axis": None, **op.params}
    return e.helper(op.name, *e.all(op.inputs), *(f"{k}={literal(v)}" for k, v in given.items()))


def _complex_numbers(name: str) -> Any:
    return lambda e, op: e.helper(f"complex_{name}", *e.all(op.inputs))


# What the text of a single value is called.
_TEXT_OF = {((f"!{name[0]}", ""),): name for name in ("str", "repr", "ascii")}


def _helper_of_order(e: Exprs, op: Op) -> Expr:
    return e.helper(op.name, *e.all(op.inputs), str(op.params["n"]))


def _format(e: Exprs, op: Op) -> Expr:
    """An f-string; operands with quotes or backslashes go behind it."""
    texts = e.all(op.inputs)
    if (function := _TEXT_OF.get(op.params["template"])) is not None:
        return call(function, texts)
    plain = not any(set(t) & set("\"'\\{}") for t in texts)
    rest, parts = iter(texts), []
    for part in op.params["template"]:
        if isinstance(part, str):
            parts.append(part.replace("{", "{{").replace("}", "}}"))
        else:
            conversion, spec = part or ("", "")
            shown = next(rest) if plain else ""
            parts.append(f"{{{shown}{conversion}{':' if spec else ''}{spec}}}")
    if plain:
        return Expr("f" + quoted("".join(parts)))
    return call(f"{quoted(''.join(parts))}.format", texts)


def _list_get(e: Exprs, op: Op) -> Expr:
    return Expr(e.element(e.owner(op.inputs[0]), through_lists(op), op.inputs[1:]))


def _plain_list(e: Exprs, op: Op) -> Expr:
    items = f"[{', '.join(e.item(a, op.out.type) for a in op.inputs)}]"
    if not (isinstance(op.out.type, List) and op.out.type.deque):
        return Expr(items)
    e.imported("collections.deque")
    return call("collections.deque", [items] if op.inputs else [])


def _floats(e: Exprs, op: Op) -> Expr:
    """``[float(v) for v in x]``, nested as the lists are."""
    cls = op.params.get("of", "float")

    def turned(text: str, t: Type) -> str:
        if not isinstance(t, List) or t.elem is None:
            return f"{cls}({text})"
        levels = depth(t) - 1
        name = ("v", "row")[levels] if levels < 2 else f"rows_{levels}"
        return f"[{turned(name, t.elem)} for {name} in {text}]"

    def depth(t: Type) -> int:
        return 1 + depth(t.elem) if isinstance(t, List) and t.elem is not None else 0

    return Expr(turned(e.owner(op.inputs[0]), op.inputs[0].type))


def _attribute(e: Exprs, op: Op) -> Expr:
    return Expr(f"{e.owner(op.inputs[0])}.{op.name}")


def _has_key(e: Exprs, op: Op) -> Expr:
    keys, *key = op.inputs
    text = e.atom(key[0]).at(Prec.BITOR) if len(key) == 1 else f"({e.key(key)})"
    return Expr(f"{text} in {e.owner(keys)}", Prec.COMPARE)


def _last_place(e: Exprs, op: Op) -> Expr:
    """The place of the key that was put in last, or first."""
    places = f"{e.owner(op.inputs[0])}.values()"
    return Expr(f"next(iter({places}))" if op.params["first"] else f"next(reversed({places}))")


def _places_in_set(e: Exprs, op: Op) -> Expr:
    """Built from a list, a set has the order of one to which the keys were added one by one."""
    keys = e.owner(op.inputs[0])
    return Expr(f"[{keys}[key] for key in set(list({keys}))]")


def _list_order(e: Exprs, op: Op) -> Expr:
    keys = ", ".join(map(str, e.all(op.inputs)))
    several = f"list(zip({keys}))" if len(op.inputs) > 1 else keys
    return e.helper("list_order", several, f"reverse={op.params['reverse']}")


def _tensordot(e: Exprs, op: Op) -> Expr:
    """Compiled code knows constants in a tuple, but not in tuples of these."""
    axes = op.params["axes"]
    if not (e.module.typed and isinstance(axes, tuple)):
        return e.function(op)
    return e.helper("contracted", *e.all(op.inputs), *map(str, map(literal, axes)))


def _array(e: Exprs, op: Op) -> Expr:
    """Compiled code makes arrays of numbers alone in this way."""
    x = op.inputs[0].type if op.inputs else None
    if not e.module.typed or not isinstance(x, Array | List):
        return e.function(op)
    if op.params.get("nested"):
        return call("np.stack", [row(e.all(op.inputs))])
    if isinstance(x, List) and isinstance(x.elem, Array):
        return e.helper("np_stack", *e.all(op.inputs))
    return e.function(op) if isinstance(x, List) else call("np.copy", e.all(op.inputs))


SPECIAL.update(
    {
        "array": _array,
        "tensordot": _tensordot,
        "getitem": _getitem,
        "list_get": _list_get,
        "list_len": lambda e, op: call("len", e.all(op.inputs)),
        "list_new": _plain_list,
        "list_order": _list_order,
        "keys_new": lambda e, op: Expr("{}"),
        "keys_find": lambda e, op: Expr(f"{e.owner(op.inputs[0])}[{e.key(op.inputs[1:])}]"),
        "keys_has": _has_key,
        "keys_len": lambda e, op: call("len", [e.atom(op.inputs[0])]),
        "keys_last": _last_place,
        "keys_places": lambda e, op: Expr(f"list({e.owner(op.inputs[0])}.values())"),
        "keys_of_set": _places_in_set,
        "floats": _floats,
        "real": _attribute,
        "imag": _attribute,
        "conjugate": lambda e, op: Expr(f"{e.owner(op.inputs[0])}.conjugate()"),
        "pack": lambda e, op: Expr(row(e.all(op.inputs))),
        "matmul": _matmul,
        "perform": _perform,
        "known": _known,
        **dict.fromkeys(("outside", "custom_vjp", "custom_jvp"), _outside),
        "transpose": _transpose,
        "dim": _dim,
        "range_len": _range_len,
        "size": _size,
        "copy": _copy,
        "unbroadcast": _unbroadcast,
        "broadcast_like": _broadcast_like,
        "reshape_like": _reshape_like,
        "cast": _cast,
        "cast_like": _cast_like,
        "masked_mul": _masked_mul,
        "of_square": _of_square,
        "zeros_like": _zeros_like,
        "zeros_tree": _zeros_tree,
        **dict.fromkeys(HELPERS_OF_INPUTS.split(), _helper_of_inputs),
        "accumulate": _accumulate,
        "select": _select,
        "choose": lambda e, op: ternary(*map(e.atom, op.inputs)),
        "in_c_order": _in_c_order,
        "is_view": _is_view,
        "last_written": _last_written,
        **{f"{name}_of_real": _complex_numbers(name) for name in ("eig", "eigvals", "roots")},
        "prod_others": _helper_with_axis,
        "cumprod_tangent": _helper_with_axis,
        "cumprod_adjoint": _helper_with_axis,
        "recurrence": _helper_with_axis,
        **dict.fromkeys(("polygamma", "sinc_slope"), _helper_of_order),
        "math.dist": _distance,
        **dict.fromkeys(("squeeze", "expand_dims"), _axes_by_name),
        "clip_from": _clip,
        "clip_to": _clip,
        "split_like": _helper_with_axis,
        "unstack": _helper_with_axis,
        "format": _format,
        "call": Exprs.called,
    }
)
