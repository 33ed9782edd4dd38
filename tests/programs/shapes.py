"""Whether types tell the truth: programs are interpreted, and each value is held against its type.

A symbol stands for one size within a block that is run once: it is bound where it is first met, and
all later sizes that are made of it have to agree.
"""

from __future__ import annotations

import logging
import random
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from pullback.backend.runtime import HELPERS
from pullback.ir import index
from pullback.ir.core import Atom, Block, Const, Func, Op, Var
from pullback.ir.outside import Made, Ref
from pullback.ir.sizes import Dim, Sym
from pullback.ir.types import Array, Scalar
from pullback.rules.spec import count, fill, slots
from pullback.rules.table import ROWS
from tests.unit.emit_interp import _Run
from tests.unit.interp import key_of

Bound = dict[Sym, int]
_META = ("spelling", "given", "traps")
_LIKE = ("broadcast_like", "reshape_like", "unbroadcast", "cast", "cast_like", "in_c_order")


def walked(x: Any, path: Sequence[Any], rest: list[Any]) -> Any:
    """What the steps of a path select; inputs are taken from the front of ``rest``."""
    for step in path:
        if index.is_order(step):
            x = x.transpose(step[1:])
        elif index.is_reshape(step):
            x = x.reshape([rest.pop(0) for _ in step[1:]])
        elif index.is_part(step):
            x = getattr(x, step[1])
        else:
            x = x[key_of(step, rest)]
    return x


def given(op: Op, xs: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """The arguments of a call by position and by name, as the spec of the row has them."""
    args: list[Any] = []
    rest, keywords = list(xs), {k: v for k, v in op.params.items() if k not in _META}
    for slot in slots(ROWS[op.name].spec if op.name in ROWS else ""):
        match slot.kind:
            case "constant" if slot.required:
                args.append(keywords.pop(slot.name))
            case "integers":
                args.append(tuple(rest))
                rest = []
            case "named" if slot.name in op.params.get("given", ()):
                keywords[slot.name] = rest.pop(0)
            case "counted" if keywords.get(slot.name) is not None:
                n = keywords[slot.name]
                keywords[slot.name], rest = tuple(rest[:n]), rest[n:]
            case "nested" | "blocks":
                form = keywords.pop(slot.name)
                n = count(form)
                filled, rest = fill(form, iter(rest[:n]), _row), rest[n:]
                if slot.by_name:
                    keywords[slot.name] = filled
                else:
                    args.append(filled)
            case "sequence":
                several = len(rest) > 1 or keywords.pop("nested", False)
                args.append(list(rest) if several else rest[0])
                rest = []
            case "array" if rest:
                args.append(rest.pop(0))
    keywords.pop("nested", None)
    return [*args, *rest], keywords


def function_of(op: Op) -> Callable[..., Any]:
    """The function that a primitive stands for, or that of the runtime."""
    if op.name in HELPERS:
        return HELPERS[op.name]
    return op.prim.func or _found(op.prim.path)


class Checked(_Run):
    """Runs a function, and fails where a value has not the shape or dtype of its type."""

    def __init__(self) -> None:
        super().__init__([])
        self.bound: Bound = {}
        self.checked = 0

    def func(self, func: Func, args: list[Any]) -> list[Any]:
        outer, self.bound = self.bound, {}
        try:
            for p, a in zip(func.params, args, strict=True):
                self.check(p, a, func)
            return super().func(func, args)
        finally:
            self.bound = outer

    def block(self, block: Block) -> list[Any]:
        outer, self.bound = self.bound, dict(self.bound)
        try:
            for p in block.params:
                self.check(p, self.env[p], block)
            for op in block.ops:
                outputs = self.op(op)
                for v, x in zip(op.outputs, outputs, strict=True):
                    self.check(v, x, op)
                self.env.update(zip(op.outputs, outputs, strict=True))
            return [self.value(r) for r in block.results]
        finally:
            self.bound = outer

    def check(self, v: Var, x: Any, where: Any) -> None:
        if v.size is not None:
            self.agree(v.size, x, v, where)
        if not isinstance(v.type, Array) or x is None:
            return
        if not isinstance(x, np.ndarray) or x.ndim != v.type.ndim:
            raise AssertionError(f"{x!r} for {v!r}: {v.type!r} of {where!r}")
        if v.type.dtype is not None and x.dtype.name != v.type.dtype:
            raise AssertionError(f"{x.dtype} for {v!r}: {v.type!r} of {where!r}")
        for n, size in zip(v.type.shape, x.shape, strict=True):
            self.agree(n, size, v, where)

    def agree(self, n: Dim, size: int, v: Var, where: Any) -> None:
        self.checked += 1
        if isinstance(n, Sym) and not n.less:
            self.bound.setdefault(n, size)
        found = self.number(n)
        if found is not None and found != size:
            raise AssertionError(f"a size of {v!r}: {v.type!r} is {size}, not {found}, in {where!r}")
        if isinstance(n, Sym) and n.many and not n.less and size == 1:
            raise AssertionError(f"a size of {v!r}: {v.type!r} is 1, in {where!r}")

    def number(self, n: Dim) -> int | None:
        """What a size is, as far as its symbols are bound."""
        if isinstance(n, int):
            return n
        if isinstance(n, Sym):
            whole = self.bound.get(n.whole)
            return None if whole is None else max(whole - n.less, 0) if n.less else whole
        total = n.plus
        for product, k in n.terms:
            factors = [self.number(s) for s in product]
            if None in factors:
                return None
            total += k * int(np.prod([f for f in factors if f is not None]))
        return total

    def value(self, a: Atom) -> Any:
        real = isinstance(a, Const) and isinstance(a.type, Scalar) and a.type.cls == "float"
        return float(a.value) if real else super().value(a)

    # ---- what the interpreter of emitted programs does not know

    def apply(self, op: Op, *xs: Any) -> list[Any]:
        if op.name == "astype":
            return [np.asarray(xs[0]).astype(op.params["dtype"])[()]]
        if op.name in ("float", "int", "bool"):
            return [op.prim.func(xs[0])]  # type: ignore[misc]
        if not op.outputs:
            return []
        if op.name in _LIKE:
            return [self.like(op, *xs)]
        args, keywords = given(op, xs)
        found = function_of(op)(*args, **keywords)
        outputs = list(found) if op.prim.several else [found]
        # NumPy gives real numbers where all of what may be complex are real.
        return [x + 0j for x in outputs] if op.name.endswith("_of_real") else outputs

    def like(self, op: Op, x: Any, like: Any = None) -> Any:
        shape, dtype = np.shape(like), op.params.get("dtype") or getattr(like, "dtype", float)
        match op.name:
            case "in_c_order":
                return np.asarray(x, order="C")
            case "broadcast_like":
                # A number that is an int on one path and a float on the other is typed as a float.
                real = type(x) is int and op.out.type.cls == "float"  # type: ignore[union-attr]
                return np.broadcast_to(float(x) if real else x, shape)
            case "reshape_like":
                return np.reshape(x, shape)
            case "unbroadcast":
                return HELPERS["unbroadcast"](x, shape)
        return np.asarray(x, dtype)[()] if np.ndim(x) == 0 else np.asarray(x, dtype)

    def do_perform(self, op: Op, *xs: Any) -> list[Any]:
        """Call what has an effect; a number must be of the very class that is foretold."""
        rest, function = list(xs), op.params["function"]
        called = getattr(rest.pop(0), function) if op.params["method"] else _found(function)
        leaves = iter(rest)
        given = [(k, range(next(leaves)) if nesting == "range" else fill(nesting, leaves, _row))
                 for k, nesting in op.params["arguments"]]
        given += [(k, eval(text, {"np": np})) for k, text in op.params.get("extra", ())]
        out = called(*(v for k, v in given if not k), **{k: v for k, v in given if k})
        if op.outputs and isinstance(t := op.outputs[0].type, Scalar) and repr(t) != _kind(out):
            raise AssertionError(f"{out!r} for {t!r} of {op!r}")
        return [out][: len(op.outputs)]

    def do_outside(self, op: Op, *xs: Any) -> list[Any]:
        p, rest = op.params, list(xs[: op.params.get("count")])
        if "callee" in p:
            return self.func(p["callee"], [*rest, *xs[len(xs) - p["around"] :]])
        held = rest.pop(0) if p["owns"] else p["target"].value
        leaves = iter(rest)
        given = [(k, _formed(form, leaves)) for k, form in p["arguments"]]
        args, keywords = [v for k, v in given if not k], {k: v for k, v in given if k}
        match p["mode"]:
            case "attribute":
                return [getattr(held, p["member"])]
            case "item":
                return [held[args[0]]]
            case "compare":
                return [eval(f"a {p['member']} b", {"a": args[0], "b": args[1]})]
            case "method":
                held = getattr(held, p["member"])
        return [held(*args, **keywords)]

    do_custom_vjp = do_custom_jvp = do_outside

    def do_passed(self, op: Op, x: Any) -> list[Any]:
        return [x]

    def do_gradient_of(self, op: Op, x: Any, *captured: Any) -> list[Any]:
        return [x]

    def do_held(self, op: Op, x: Any) -> list[Any]:
        return [x]

    def do_known(self, op: Op, x: Any) -> list[Any]:
        if op.params["gives"] == "items":
            return [list(x)]
        return [x[()] if np.ndim(x) == 0 and isinstance(x, np.ndarray) else x]

    def do_getitem(self, op: Op, x: Any, *indices: Any) -> list[Any]:
        return [walked(x, op.params["path"], list(indices))]

    def do_setitem(self, op: Op, x: Any, v: Any, *indices: Any) -> list[Any]:
        (*outer, last), rest, x = op.params["path"] or (("e",),), list(indices), x.copy()
        walked(x, outer, rest)[key_of(last, rest)] = v
        return [x]

    def do_add_at(self, op: Op, x: Any, v: Any, *indices: Any) -> list[Any]:
        return self.at(np.add, op, x, v, *indices)

    def do_mul_at(self, op: Op, *xs: Any) -> list[Any]:
        return self.at(np.multiply, op, *xs)

    def do_div_at(self, op: Op, *xs: Any) -> list[Any]:
        return self.at(np.divide, op, *xs)

    def do_max_at(self, op: Op, *xs: Any) -> list[Any]:
        return self.at(np.maximum, op, *xs)

    def do_min_at(self, op: Op, *xs: Any) -> list[Any]:
        return self.at(np.minimum, op, *xs)

    def at(self, function: np.ufunc, op: Op, x: Any, v: Any, *indices: Any) -> list[Any]:
        (*outer, last), rest, x = op.params["path"] or (("e",),), list(indices), x.copy()
        function.at(walked(x, outer, rest), key_of(last, rest), v)
        return [x]

    def do_last_written(self, op: Op, x: Any, *indices: Any) -> list[Any]:
        (*outer, last), rest = op.params["path"], list(indices)
        return [HELPERS["last_written"](walked(x, outer, rest), key_of(last, rest))]

    def do_flatten(self, op: Op, x: Any) -> list[Any]:
        return [x.flatten()]

    def do_zeros_like(self, op: Op, x: Any) -> list[Any]:
        return [None if x is None else np.zeros_like(x)]  # of what this path leaves unset

    def do_zeros_tree(self, op: Op, x: Any) -> list[Any]:
        return [HELPERS["zeros_tree"](x)]  # items that this path leaves unset stay so

    def do_accumulate(self, op: Op, x: Any, g: Any) -> list[Any]:
        if x is None and g is None:  # of what this path leaves unset
            return [None]
        return [np.asarray(x + g) if isinstance(x, np.ndarray) else x + g]

    def do_choose(self, op: Op, cond: Any, x: Any, y: Any) -> list[Any]:
        return [x if cond else y]

    def do_size(self, op: Op, x: Any) -> list[Any]:
        return [int(np.size(x))]

    def do_format(self, op: Op, *xs: Any) -> list[Any]:
        """Literal parts, and those with a conversion and a specification (None for neither)."""
        rest = iter(xs)
        parts = op.params["template"]
        return ["".join(p if isinstance(p, str) else _formatted(next(rest), p) for p in parts)]

    def do_transpose(self, op: Op, x: Any) -> list[Any]:
        return [np.transpose(x, op.params.get("axes"))]

    def do_range_len(self, op: Op, *bounds: int) -> list[Any]:
        return [len(range(*bounds))]

    def do_min_int(self, op: Op, *xs: int) -> list[Any]:
        return [min(xs)]


def _formatted(value: Any, part: tuple[str, str] | None) -> str:
    conversion, spec = part or ("", "")
    return f"{{{conversion}:{spec}}}".format(value)


def _formed(form: Any, leaves: Iterator[Any]) -> Any:
    """An argument of a call that is not compiled."""
    match form:
        case None:
            return next(leaves)
        case Const() | Ref():
            return form.value
        case Made(maker=maker, values=values):
            return maker.value(*(_formed(v, leaves) for v in values))
        case dict():
            return {k: _formed(v, leaves) for k, v in form.items()}
    return type(form)(_formed(part, leaves) for part in form)


def _found(path: str) -> Any:
    """What a dotted name of generated code stands for."""
    module, *names = path.split(".")
    found = {"np": np, "random": random, "logging": logging, "time": time, "warnings": warnings}[module]
    for name in names:
        found = getattr(found, name)
    return found


def _row(items: Sequence[Any], is_list: bool) -> Any:
    return list(items) if is_list else tuple(items)


def _kind(x: Any) -> str:
    return f"np.{x.dtype.name}" if isinstance(x, np.generic) else type(x).__name__
