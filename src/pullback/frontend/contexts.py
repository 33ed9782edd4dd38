"""``with`` statements: contexts in which NumPy's errors, warnings and prints are told otherwise.

A context is a branch whose condition, the output of ``within``, is always true, and which says what is
entered: so transforms and passes treat it as they treat branches, and the reverse of what ran in a
context runs in it as well. Errors are raised by the forward sweep alone.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import types
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from pullback import refusals
from pullback.blocks import gradient_of
from pullback.frontend import assign, calls, conditions, gradient_blocks, managers, stmts
from pullback.frontend.building import Unreachable
from pullback.frontend.frame import Frame
from pullback.frontend.heap import State, View
from pullback.frontend.liveness import always_exits
from pullback.frontend.lowering import entered, lower, static
from pullback.frontend.reaching import reachable
from pullback.frontend.values import NONE, Local, Method, Static, Struct, Value
from pullback.frontend.walking import leaves, substituted
from pullback.ir.core import Atom, Block, Env, Func, Op, Var, walk
from pullback.ir.core import reachable as program
from pullback.ir.exceptions import caught_by
from pullback.ir.types import Array, Scalar, differentiable

MODES = ("ignore", "warn", "raise")
FILTERS = ("simplefilter", "filterwarnings")


@dataclass(frozen=True)
class Context:
    """What is entered, what is done ``first`` there, and what is entered by derivative code."""

    text: str
    behind: str
    first: tuple[str, ...] = ()
    traps: bool = False

    def params(self) -> dict[str, Any]:
        return {"context": self.text, "behind": self.behind, "first": self.first}


Enter = Callable[[Frame, ast.Call, list[ast.stmt]], Context]


@entered(stmts.TAKING, ast.With)
def with_(frame: Frame, s: ast.With, rest: Sequence[ast.stmt]) -> bool:
    """Lower a ``with``, which lasts for the statements in it."""
    _items(frame, s, list(s.items), list(s.body))
    if always_exits([s]) and frame.env["%live"] != stmts.NO:  # what follows was left out
        frame.reject(refusals.LEFT_FROM_SUPPRESSED, s.items[0].context_expr)
    return False


def _items(frame: Frame, s: ast.With, items: list[ast.withitem], body: list[ast.stmt]) -> None:
    """The contexts of a ``with`` one inside the other, then its body."""
    if not items:
        stmts.run(frame, body)
        return
    # One of two kinds is told apart before it is entered, when those around it have been.
    conditions.attempt(frame, lambda: _entered(frame, s, items, body), frame.loc(items[0].context_expr))


def _entered(frame: Frame, s: ast.With, items: list[ast.withitem], body: list[ast.stmt]) -> None:
    """The outermost of contexts, with the others in it."""
    item, *others = items
    manager = item.context_expr
    function = lower(frame, manager.func) if isinstance(manager, ast.Call) else NONE
    held = function.value if isinstance(function, Static) else None
    if held is gradient_of:
        run = functools.partial(gradient_blocks.gradient_block, frame, s, manager)
        conditions.attempt(frame, run, frame.loc(s))
        return
    if held is contextlib.suppress and isinstance(manager, ast.Call):
        _suppressing(frame, s, manager, others, body)
        return
    if held is contextlib.nullcontext and isinstance(manager, ast.Call):
        value = lower(frame, manager.args[0]) if manager.args else NONE
        _bind(frame, item, value)
        _items(frame, s, others, body)
        return
    enter = next((e for f, e in ENTERED if held is f), None)
    if enter is None and _written_in_python(frame, s, item, function, others, body):
        return
    if enter is None or not isinstance(manager, ast.Call):
        calls.refuse_builtin(frame, manager, held)
        frame.reject(refusals.CONTEXT, manager)
    if item.optional_vars is not None:
        frame.reject(refusals.CONTEXT_NAMED, item.optional_vars)
    context = enter(frame, manager, body)
    within(frame, context, s, lambda: _items(frame, s, others, body))


def _suppressing(
    frame: Frame, s: ast.With, manager: ast.Call, others: list[ast.withitem], body: list[ast.stmt]
) -> None:
    """``try`` with a handler that does nothing."""
    found = frame.liveness
    if s not in found.handled:  # liveness has to know it by its name
        frame.reject(refusals.SUPPRESSED, manager)
    inner = _inside(frame, s, others, body)
    classes = ast.Tuple(manager.args, ast.Load())
    new = ast.Try(inner, [ast.ExceptHandler(classes, None, [ast.Pass()])], [], [])
    for n in (new, *inner[: len(others)], classes, new.handlers[0], new.handlers[0].body[0]):
        ast.copy_location(n, s)
        found.handled[n] = found.handled[s]
        found.after[n] = found.live_after(s)
    stmts.TAKING[ast.Try](frame, new, [])


def _inside(
    frame: Frame, s: ast.With, others: list[ast.withitem], body: list[ast.stmt]
) -> list[ast.stmt]:
    """The further contexts of a ``with`` and its body, as statements."""
    if not others:
        return body
    inner = ast.copy_location(ast.With(others, body), s)
    frame.liveness.ways[inner] = frame.liveness.ways[s]
    return [inner]


def _written_in_python(
    frame: Frame, s: ast.With, item: ast.withitem, function: Value, others: list[ast.withitem],
    body: list[ast.stmt],
) -> bool:  # fmt: skip
    """Enter a context manager of the user's, if it is one."""
    manager = item.context_expr
    one = ast.copy_location(ast.With([item], _inside(frame, s, others, body)), s)
    frame.liveness.ways[one] = frame.liveness.ways[s]
    found = managers.generator_of(frame, function)
    if found is not None and isinstance(manager, ast.Call):
        generator, first = found
        with frame.holding() as pending:
            pending += first
            args, keywords = calls.arguments(frame, manager, function)
        managers.enter_generator(frame, one, manager, generator, [*first, *args], keywords)
        return True
    held = function.value if isinstance(function, Static) else None
    made_by_call = isinstance(manager, ast.Call) and isinstance(held, type | types.FunctionType)
    if isinstance(held, type) and not managers.is_manager(held):
        return False
    if isinstance(manager, ast.Call) and not made_by_call and not isinstance(function, Local | Method):
        return False
    value = lower(frame, manager)
    if not (isinstance(value, Struct) and managers.is_manager(value.cls)):
        return False
    managers.enter_object(frame, one, value)
    return True


def _bind(frame: Frame, item: ast.withitem, value: Value) -> None:
    if item.optional_vars is not None:
        assign.bind(frame, item.optional_vars, value)


# ---- what can be entered


def _options(frame: Frame, node: ast.Call) -> dict[str, Any]:
    if node.args or any(k.arg is None for k in node.keywords):
        frame.reject(refusals.CONTEXT_OPTIONS, node)
    return {str(k.arg): static(frame, k.value, lower(frame, k.value)) for k in node.keywords}


def _errstate(frame: Frame, node: ast.Call, body: list[ast.stmt]) -> Context:
    """Errors that would be raised are none in derivative code, which raises nowhere by itself."""
    options = _options(frame, node)
    if any(mode not in MODES for mode in options.values()):
        frame.reject(refusals.ERROR_MODE, node)
    quiet = {k: "ignore" if mode == "raise" else mode for k, mode in options.items()}
    traps = "raise" in options.values()
    return Context(_call("np.errstate", options), _call("np.errstate", quiet), traps=traps)


def _print_options(frame: Frame, node: ast.Call, body: list[ast.stmt]) -> Context:
    return Context(_call("np.printoptions", _options(frame, node)), "")


def _catch_warnings(frame: Frame, node: ast.Call, body: list[ast.stmt]) -> Context:
    """Filters are set by the first statements in the context."""
    options = _options(frame, node)
    if options.keys() - {"action"}:
        frame.reject(refusals.RECORDED_WARNINGS, node)
    first = []
    while body and (text := _filter(frame, body[0])) is not None:
        first.append(text)
        del body[0]
    text = _call("warnings.catch_warnings", options)
    return Context(text, text, tuple(first))


def _filter(frame: Frame, s: ast.stmt) -> str | None:
    """The text of a statement that sets a filter of warnings."""
    if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Call)):
        return None
    call = s.value
    function = lower(frame, call.func)
    held = function.value if isinstance(function, Static) else None
    name = next((n for n in FILTERS if held is getattr(warnings, n)), None)
    if name is None:
        return None
    given = [static(frame, a, lower(frame, a)) for a in call.args]
    named = {str(k.arg): static(frame, k.value, lower(frame, k.value)) for k in call.keywords}
    return _call(f"warnings.{name}", named, given)


ENTERED: list[tuple[Any, Enter]] = [
    (np.errstate, _errstate),
    (np.printoptions, _print_options),
    (warnings.catch_warnings, _catch_warnings),
]


def _call(function: str, named: dict[str, Any], given: Sequence[Any] = ()) -> str:
    values = [*map(_literal, given), *(f"{k}={_literal(v)}" for k, v in named.items())]
    return f"{function}({', '.join(values)})"


def _literal(value: Any) -> str:
    if isinstance(value, type):
        return value.__name__
    return f'"{value}"' if isinstance(value, str) and '"' not in value else repr(value)


# ---- the branch


def within(frame: Frame, context: Context, s: ast.With, run: Callable[[], None]) -> None:
    """Lower what runs in a context: what it sets and writes to are outputs of the branch."""
    comes_back = True
    around = frame.trapping
    frame.trapping = context.text if context.traps else around
    around_it = frame.heap.state
    with frame.heap.block(), frame.b.block() as block:
        try:
            run()
        except Unreachable:
            comes_back = False
        state = frame.heap.state  # another one where what ran was lowered on trial first
        inner = {v for op in block.ops for v in op.outputs}
        env = {n: frame.latest(v) for n, v in frame.env.items()} if comes_back else {}
        known = reachable(frame, frame.known(env))
        changed = {i: frame.latest(known[i]) for i in state.trees if i in known}
        homes = {r: state.homes[r] for r in state.moved_since(around_it)}
        used = [a for v in (*env.values(), *changed.values(), *homes.values()) for a in leaves(v)]
        views = _views(frame, used, state)
        used += [a for view in views.values() for a in view.sources]
        whole = (a for a in used if a in inner and not frame.heap.is_view(cast("Var", a)))
        ends = {a: frame.heap.now(a) for a in whole}
    frame.trapping = around
    written = {root: state.version(root) for root in state.written_since(frame.heap.state)}
    if context.traps:
        mark(block.ops, context.text)
        if _is_caught_elsewhere(frame, block):
            frame.reject(refusals.ARITHMETIC_CAUGHT, s.items[0].context_expr)
    wanted = dict.fromkeys([*ends.values(), *(written.values() if comes_back else ())])
    outs = _branch(frame, context, block, [a for a in wanted if isinstance(a, Var)])
    moved: Env = {a: outs[end] for a, end in ends.items() if isinstance(a, Var) and isinstance(end, Var)}
    frame.heap.leave_views({r: view.moved(moved) for r, view in views.items()})
    frame.env = {name: substituted(v, moved) for name, v in env.items()}
    frame.heap.trees.update((i, substituted(v, moved)) for i, v in changed.items())
    around_it.homes.update((r, substituted(v, moved)) for r, v in homes.items())
    if not comes_back:
        raise Unreachable
    for root, version in written.items():
        frame.heap.write(root, outs[version])


def _views(frame: Frame, used: Sequence[Atom], state: State) -> dict[Var, View]:
    """The views made in a context that lead to what is used behind it, where they are read anew."""
    chains = (frame.heap.chain(a) for a in used if isinstance(a, Var))
    made = (r for chain in chains for r in chain if r in state.local)
    return {r: frame.heap.views[r] for r in made if frame.heap.is_view(r)}


def mark(ops: Sequence[Op], context: str) -> None:
    """Errors of arithmetic are raised in this context: each op with floats may raise one."""
    for op in walk(Block([], list(ops), [])):
        floats = [v for v in op.outputs if isinstance(v.type, Array | Scalar) and differentiable(v.type)]
        if floats and not op.blocks and not op.views() and op.name not in ("undef", "call"):
            op.params = {"traps": context, **op.params}


def _is_caught_elsewhere(frame: Frame, block: Block) -> bool:
    """Whether code that is called in a context raises its errors, or catches them: it does not know."""
    called = [f for op in walk(block) if isinstance(f := op.params.get("callee"), Func)]
    if called and (frame.catches(FloatingPointError) or _catches(block)):
        return True
    return any(_catches(f.block) for g in called for f in program(g))


def _catches(block: Block) -> bool:
    tries = (op for op in walk(block) if op.name == "try")
    return any(issubclass(FloatingPointError, c) for op in tries for c in caught_by(op))


def _branch(
    frame: Frame, context: Context, block: Block, results: list[Var]
) -> dict[Var, Var]:
    block.results = list(results)
    outputs = frame.b.context(block, [v.name for v in results], **context.params())
    for v, out in zip(results, outputs, strict=True):
        frame.remember(out, frame.of(v))
        if frame.is_maybe_unset(v):
            frame.maybe_unset.add(out)
        if frame.heap.reference(v) in frame.surely_set:
            frame.surely_set.add(out)
    return dict(zip(results, outputs, strict=True))


__all__ = ["Context", "with_", "within"]
