"""Lowering of statements: one handler for each syntax form; what follows an exit goes where it runs.

An exit (break, continue, return) sets flags: "%live" is whether the statements that follow still run,
"%go" whether the loop goes on, "%returned" and "%result" carry a return out of loops. Where one branch
of an ``if`` always exits, the rest of the statements moves into the other, so that no flag is tested.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Sequence
from typing import Any

from pullback.frontend import calls, exprs, indexing, loops
from pullback.frontend.frame import Frame, Unreachable
from pullback.frontend.liveness import always_exits, exits
from pullback.frontend.values import (
    NONE,
    UNSET,
    Dct,
    Local,
    Poison,
    Static,
    Tup,
    Unset,
    Value,
    describe,
)
from pullback.ir import index
from pullback.ir.core import Atom, Const, Var
from pullback.ir.types import Array, List, Scalar

HANDLERS: dict[type, Callable[[Frame, Any], None]] = {}
YES, NO = Const(True), Const(False)


def handles(*nodes: type) -> Callable[[Callable[[Frame, Any], None]], Callable[[Frame, Any], None]]:
    def enter(handler: Callable[[Frame, Any], None]) -> Callable[[Frame, Any], None]:
        for node in nodes:
            HANDLERS[node] = handler
        return handler

    return enter


def function_body(frame: Frame, stmts: Sequence[ast.stmt]) -> Value:
    """Lower the statements of a function; its result."""
    frame.env |= {"%live": YES, "%go": YES, "%returned": NO, "%result": UNSET}
    run(frame, stmts)
    result, live = frame.env["%result"], frame.env["%live"]
    if live == YES:
        return NONE
    if isinstance(live, Var):
        frame.reject(
            "some paths return a value and others do not", frame.node, "return a value on all paths"
        )
    if isinstance(result, Poison):
        frame.reject(f"the result {result.reason}", frame.node, result.hint)
    return result


def run(frame: Frame, stmts: Sequence[ast.stmt]) -> None:
    """Lower statements one after the other, as far as control goes on."""
    for k, s in enumerate(stmts):
        rest = stmts[k + 1 :]
        frame.stmt = s
        with frame.b.at(frame.loc(s)):
            if isinstance(s, ast.If):
                if branch(frame, s, rest):
                    return
            else:
                handler = HANDLERS.get(type(s))
                if handler is None:
                    frame.reject(f"{_form(s)} statements are not supported", s)
                handler(frame, s)
        if isinstance(s, ast.Return | ast.Break | ast.Continue):
            return
        if isinstance(s, ast.For | ast.While) and "return" in exits(s.body):
            if leave_again(frame, s, rest):
                return
        elif frame.env["%live"] != YES:
            guarded(frame, s, rest)
            return


def _form(s: ast.stmt) -> str:
    return {"FunctionDef": "def", "ClassDef": "class", "AugAssign": "augmented assignment"}.get(
        type(s).__name__, type(s).__name__.lower()
    )


# ---- branches and exits


def branch(frame: Frame, s: ast.If, rest: Sequence[ast.stmt]) -> bool:
    """Lower an ``if``; True if the statements behind it are lowered with it."""
    truth = exprs.condition(frame, s.test)
    if isinstance(truth, bool):
        chosen = s.body if truth else s.orelse
        if exits(chosen):
            run(frame, [*chosen, *rest])
            return True
        run(frame, chosen)
        return False
    then, orelse = list(s.body), list(s.orelse)
    taken = True
    if always_exits(then):
        orelse += rest
    elif always_exits(orelse):
        then += rest
    else:
        taken = False
    sides = [lambda: run(frame, then), lambda: run(frame, orelse)]
    if not exprs.branch(frame, truth, sides[0], sides[1], dict(frame.env), frame.loc(s.test)):
        raise Unreachable
    return taken


def guarded(frame: Frame, s: ast.stmt, rest: Sequence[ast.stmt]) -> None:
    """Statements behind an ``if`` that exits on some of its paths."""
    live = frame.env["%live"]
    if live == NO or not rest:
        return
    assert isinstance(live, Var)

    def stay_out() -> None:
        frame.env["%live"] = NO

    exprs.branch(frame, live, lambda: run(frame, rest), stay_out, dict(frame.env), frame.loc(s))


def leave_again(frame: Frame, s: ast.stmt, rest: Sequence[ast.stmt]) -> bool:
    """Behind a loop that may return: leave what is around it, or go on."""
    returned = frame.env["%returned"]
    if returned == NO:
        return False
    if returned == YES:
        _leave(frame)
        return True
    assert isinstance(returned, Var)
    frame.env["%live"] = YES

    def go_on() -> None:
        frame.env["%returned"] = NO
        run(frame, rest)

    if not exprs.branch(
        frame, returned, lambda: _leave(frame), go_on, dict(frame.env), frame.loc(s)
    ):
        raise Unreachable
    return True


def _leave(frame: Frame) -> None:
    frame.env |= {"%live": NO, "%go": NO, "%returned": YES}


@handles(ast.Return)
def return_(frame: Frame, s: ast.Return) -> None:
    frame.env["%result"] = NONE if s.value is None else exprs.lower(frame, s.value)
    _leave(frame)


@handles(ast.Break)
def break_(frame: Frame, s: ast.Break) -> None:
    frame.env |= {"%live": NO, "%go": NO}


@handles(ast.Continue)
def continue_(frame: Frame, s: ast.Continue) -> None:
    frame.env["%live"] = NO


@handles(ast.For)
def for_(frame: Frame, s: ast.For) -> None:
    loops.lower_for(frame, s)


@handles(ast.While)
def while_(frame: Frame, s: ast.While) -> None:
    loops.lower_while(frame, s)


@handles(ast.Pass)
def pass_(frame: Frame, s: ast.Pass) -> None:
    pass


@handles(ast.Raise)
def raise_(frame: Frame, s: ast.Raise) -> None:
    exception, args = s.exc, list[ast.expr]()
    if isinstance(exception, ast.Call):
        args, exception = exception.args, exception.func
    found = exprs.lower(frame, exception) if exception is not None else NONE
    known = getattr(found.value if isinstance(found, Static) else None, "__name__", "")
    if not isinstance(found, Static) or getattr(builtins, known, None) is not found.value:
        frame.reject("only Python's own exceptions can be raised", s, "raise ValueError(...)")
    inputs = [_message(frame, a) for a in args]
    frame.b.emit("raise", inputs, exception=known)
    raise Unreachable


def _message(frame: Frame, node: ast.expr) -> Atom:
    return exprs.as_atom(frame, exprs.lower(frame, node), node, "a message")


@handles(ast.Assert)
def assert_(frame: Frame, s: ast.Assert) -> None:
    truth = exprs.condition(frame, s.test)
    if truth is True:
        return
    cond = Const(truth) if isinstance(truth, bool) else truth
    frame.b.emit("assert", [cond, *([_message(frame, s.msg)] if s.msg is not None else [])])


# ---- assignment


@handles(ast.Assign)
def assign(frame: Frame, s: ast.Assign) -> None:
    if len(s.targets) == 1 and isinstance(s.targets[0], ast.Subscript):
        _assign_item(frame, s.targets[0], lambda: exprs.lower(frame, s.value))
        return
    value = exprs.lower(frame, s.value)
    for target in s.targets:
        bind(frame, target, value)


@handles(ast.AnnAssign)
def annotated(frame: Frame, s: ast.AnnAssign) -> None:
    if s.value is not None:
        bind(frame, s.target, exprs.lower(frame, s.value))


def bind(frame: Frame, target: ast.expr, value: Value) -> None:
    """Assign a value to a target."""
    match target:
        case ast.Name(id=name):
            label(value, name)
            frame.env[name] = value
        case ast.Tuple(elts=elements) | ast.List(elts=elements):
            items = _unpack(frame, target, elements, value)
            # What is not bound yet is still read: writes in between must not change it.
            pending = f"%rhs{id(target)}."
            frame.env |= {f"{pending}{k}": item for k, item in enumerate(items)}
            for k, (element, item) in enumerate(zip(elements, items, strict=True)):
                del frame.env[f"{pending}{k}"]
                bind(frame, element, item)
        case ast.Subscript():
            _assign_item(frame, target, lambda: value)
        case ast.Attribute():
            frame.reject("attributes cannot be assigned", target, "keep the value in a local name")
        case _:
            frame.reject("this target cannot be assigned", target)


def label(value: Value, name: str) -> None:
    """Name the temporaries of a value after what they are assigned to."""
    if isinstance(value, Var) and not value.name:
        value.name = name
    if isinstance(value, Tup):
        for k, item in enumerate(value.items):
            label(item, f"{name}_{k}")


def _unpack(
    frame: Frame, node: ast.AST, elements: Sequence[ast.expr], value: Value
) -> Sequence[Value]:
    starred = [k for k, e in enumerate(elements) if isinstance(e, ast.Starred)]
    if starred:
        frame.reject("starred assignment is not supported", node, "index the parts")
    if isinstance(value, Tup):
        if len(value.items) != len(elements):
            frame.reject(f"{len(value.items)} values for {len(elements)} names", node)
        return value.items
    if isinstance(value, Var) and isinstance(value.type, Array) and value.type.ndim:
        return [
            exprs.simple_op(frame, node, "getitem", value, Const(k), path=(("i",),))
            for k in range(len(elements))
        ]
    if isinstance(value, Var) and isinstance(value.type, List):
        return [exprs.simple_op(frame, node, "list_get", value, Const(k)) for k in range(len(elements))]
    frame.reject(f"{describe(value)} cannot be unpacked", node)


def _assign_item(frame: Frame, target: ast.Subscript, value: Callable[[], Value]) -> None:
    owner = exprs.lower(frame, target.value)
    if not isinstance(owner, Dct):
        indexing.write(frame, target, value)
        return
    if not isinstance(target.value, ast.Name):
        frame.reject("only items of a local dict can be assigned", target)
    key = exprs.constant_key(frame, exprs.lower(frame, target.slice), target.slice)
    name = target.value.id
    new = value()
    frame.may_change(name, owner, target)
    frame.env[name] = frame.own(Dct(owner.items | {key: new}))


@handles(ast.AugAssign)
def augmented(frame: Frame, s: ast.AugAssign) -> None:
    match s.target:
        case ast.Name(id=name):
            _augment_name(frame, s, name)
        case ast.Subscript() as target:
            _augment_item(frame, s, target)
        case _:
            frame.reject("attributes cannot be assigned", s, "keep the value in a local name")


def _augment_name(frame: Frame, s: ast.AugAssign, name: str) -> None:
    """Rebinds a number, writes to an array."""
    old = frame.read(name, s.target)
    value = exprs.lower(frame, s.value)
    if (isinstance(old, Var) and isinstance(old.type, List)) or (isinstance(old, Tup) and old.is_list):
        frame.reject("lists cannot be extended", s, "append the items one by one")
    if isinstance(old, Var) and isinstance(old.type, Array):
        indexing.may_write(frame, name, old, s)
        frame.env[name] = _update(frame, s, name, old, None, [], value)
        return
    new = exprs.apply_binary(frame, s, type(s.op), old, value)
    label(new, name)
    frame.env[name] = new


def _augment_item(frame: Frame, s: ast.AugAssign, target: ast.Subscript) -> None:
    name, owner, entries, inputs = indexing.place(frame, target)
    if isinstance(owner.type, List):
        old = exprs.simple_op(frame, s, "list_get", owner, inputs[0])
        new = exprs.apply_binary(frame, s, type(s.op), old, exprs.lower(frame, s.value))
        frame.env[name] = frame.op(
            "list_set", owner, inputs[0], exprs.as_atom(frame, new, s), names=(name,)
        )
        return
    frame.env[name] = _update(
        frame, s, name, owner, entries, inputs, exprs.lower(frame, s.value)
    )


def _update(
    frame: Frame, s: ast.AugAssign, name: str, owner: Var, entries: index.Subscript | None,
    inputs: list[Atom], value: Value,
) -> Var:  # fmt: skip
    """``x[...] op= v``: sums accumulate, all else reads, computes and writes."""
    if isinstance(value, Tup):
        value = indexing.array_of_list(frame, value, s)
    v = exprs.as_atom(frame, value, s)
    _refuse_truncation(frame, s, owner, v)
    path = () if entries is None else (entries,)
    assert isinstance(owner.type, Array)
    if isinstance(s.op, ast.Add | ast.Sub) and owner.type.cls == "float" and index.is_basic(path):
        if isinstance(s.op, ast.Sub):
            v = Const(-v.value) if isinstance(v, Const) else exprs.simple_op(frame, s, "neg", v)
        return indexing.store(frame, s, "add_at", name, owner, v, inputs, entries)
    old = owner if entries is None else exprs.simple_op(
        frame, s, "getitem", owner, *inputs, path=path
    )
    new = exprs.as_atom(frame, exprs.apply_binary(frame, s, type(s.op), old, v), s)
    return indexing.store(frame, s, "setitem", name, owner, new, inputs, entries or ("e",))


def _refuse_truncation(frame: Frame, s: ast.AST, owner: Var, v: Atom) -> None:
    wide = isinstance(v.type, Array | Scalar) and v.type.cls not in ("bool", "int")
    if isinstance(owner.type, Array) and owner.type.cls in ("bool", "int") and wide:
        frame.reject(f"{v.type!r} is added in place to an array of {owner.type.cls}s", s,
                     "make it an array of floats")  # fmt: skip


@handles(ast.Delete)
def delete(frame: Frame, s: ast.Delete) -> None:
    for target in s.targets:
        if not isinstance(target, ast.Name):
            frame.reject("only names can be deleted", target)
        frame.read(target.id, target)
        frame.env[target.id] = Unset(frame.loc(target))


# ---- the rest


@handles(ast.Expr)
def expression(frame: Frame, s: ast.Expr) -> None:
    if not isinstance(s.value, ast.Constant):
        exprs.lower(frame, s.value)


@handles(ast.FunctionDef)
def define(frame: Frame, s: ast.FunctionDef) -> None:
    if s.decorator_list:
        frame.reject("decorators on inner functions are not supported", s.decorator_list[0],
                     "apply the decorator by a call")  # fmt: skip
    frame.env[s.name] = Local(s, frame, s.name, calls.local_defaults(frame, s))
