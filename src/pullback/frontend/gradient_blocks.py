"""``with gradient_of(x) as g:`` blocks, which the reverse sweep runs.

    with gradient_of(h) as g:       def block(g):
        print(g)                        print(g)
        g = np.clip(g, -1, 1)           g = np.clip(g, -1, 1)
                                        return g
                                    h = <h, whose adjoint is what block makes of it>

The block is a function of the adjoint, which captures what else it reads, as it is here. The op
``gradient_of`` gives its first input as it is: a number gets a new name, an array another version, the
elements of a view in their place in the array that they are of. So the adjoint is that of all uses
behind the block, and control flow, calls and residuals need to know nothing of it.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from pullback import refusals
from pullback.frontend import assign, callees, places, seeds, targets, views
from pullback.frontend.frame import Frame
from pullback.frontend.liveness import bindings, is_gradient_block
from pullback.frontend.lowering import lower
from pullback.frontend.scopes import own_nodes
from pullback.frontend.session import Lowered
from pullback.frontend.values import Env, Value
from pullback.frontend.walking import describe
from pullback.ir import index
from pullback.ir.build import shape_of
from pullback.ir.core import Atom, Const, Var
from pullback.ir.outside import Rule
from pullback.ir.types import Array, Scalar

_APART = (ast.For, ast.While, ast.FunctionDef, ast.Lambda)
_LEAVING = (ast.Return, ast.Yield, ast.YieldFrom, ast.Nonlocal, ast.Global)


def gradient_block(frame: Frame, s: ast.With, manager: ast.expr) -> None:
    """Lower a block, which is all of a ``with``."""
    subject, g = _parts(frame, s, manager)
    _refuse_assigned(frame, s, g)
    before = len(frame.b.ops)
    value = frame.settled(lower(frame, subject))
    made = {v for op in frame.b.ops[before:] for v in op.outputs}
    match value:
        case Const(value=float()):
            pass  # of which there is no adjoint
        case Var(type=Scalar(cls="float")):
            _of_number(frame, s, subject, g, value)
        case Var(type=Array(cls="float")):
            _of_array(frame, s, subject, g, value, made)
        case _:
            frame.reject(refusals.BLOCK_OF, subject, value=describe(value))


def _refuse_assigned(frame: Frame, s: ast.With, g: str) -> None:
    """The names that a block assigns are its own."""
    plain, augmented = bindings(s.body)
    known = {n for n in augmented if n in frame.env and n != g}
    outer = known | ({g, *plain, *augmented} & frame.liveness.live_after(s))
    for part in s.body if outer else ():
        for n in ast.walk(part):
            if isinstance(n, ast.Name) and n.id in outer and not isinstance(n.ctx, ast.Load):
                frame.reject(refusals.BLOCK_ASSIGNS, n, name=n.id)
    if g in outer:
        frame.reject(refusals.BLOCK_ASSIGNS, _named(s), name=g)


def _named(s: ast.With) -> ast.expr:
    """Where the adjoint is given its name."""
    named = s.items[0].optional_vars
    assert named is not None
    return named


def _parts(frame: Frame, s: ast.With, manager: ast.expr) -> tuple[ast.expr, str]:
    """The value whose adjoint is meant, and the name that the adjoint has in the block."""
    match s.items, manager:
        case [ast.withitem(optional_vars=ast.Name(id=g))], ast.Call(args=[subject], keywords=[]):
            pass
        case _:
            frame.reject(refusals.BLOCK_FORM, manager)
    if not is_gradient_block(s):
        frame.reject(refusals.BLOCK_RENAMED, manager)
    base: ast.AST = subject
    while isinstance(base, ast.Attribute | ast.Subscript):
        base = base.value
    if not (isinstance(base, ast.Name) and base.id in {*frame.env, *frame.nonlocal_names}):
        frame.reject(refusals.BLOCK_OF_OTHERS, subject, value=ast.unparse(subject))
    made = _function(s, g)
    every = [n for n in own_nodes(made) if n is not made.body[-1]]
    within = (n for n in every if isinstance(n, ast.With) and is_gradient_block(n))
    if (n := next(within, None)) is not None:
        frame.reject(refusals.BLOCK_FORM, n.items[0].context_expr)
    left = (n for n in every if isinstance(n, _LEAVING))
    if (left_by := next(left, None) or _left_by(s.body)) is not None:
        frame.reject(refusals.BLOCK_LEFT, left_by)
    return subject, g


def _left_by(body: Sequence[ast.AST]) -> ast.AST | None:
    """What leaves the loop that a block stands in."""
    for n in body:
        if isinstance(n, ast.Break | ast.Continue):
            return n
        inside = () if isinstance(n, _APART) else tuple(ast.iter_child_nodes(n))
        if (found := _left_by(inside)) is not None:
            return found
    return None


def _of_number(frame: Frame, s: ast.With, subject: ast.expr, g: str, value: Var) -> None:
    """Of a number, which goes by a new name behind the block."""
    if not isinstance(subject, ast.Name):
        frame.reject(refusals.BLOCK_OF_ITEM, subject, value=ast.unparse(subject))
    out = _emitted(frame, s, g, value, value, (), ())
    frame.mixes(out, value)
    assign.bind(frame, ast.copy_location(ast.Name(subject.id, ast.Store()), subject), out)


def _of_array(
    frame: Frame, s: ast.With, subject: ast.expr, g: str, value: Var, made: set[Var]
) -> None:
    """Of an array, or of a view of one."""
    root = frame.heap.root(value)
    steps: index.Path = ()
    numbers: Sequence[Atom] = ()
    foreign = any(seen in frame.owners for seen in frame.heap.chain(value))
    if root in made or foreign or places.is_item(frame, value):
        frame.reject(refusals.BLOCK_OF_ITEM, subject, value=ast.unparse(subject))
    if root is not frame.heap.reference(value):
        steps, numbers = views.path_to(frame.heap, frame.b, value)
    if index.parts(steps):
        frame.reject(refusals.BLOCK_OF_ITEM, subject, value=ast.unparse(subject))
    frame.heap.write(root, _emitted(frame, s, g, root, value, steps, numbers))
    frame.tapped.add(root)


def _emitted(
    frame: Frame, s: ast.With, g: str, whole: Var, part: Var, path: index.Path, numbers: Sequence[Atom]
) -> Var:
    """The op that gives a value as it is, with the block for its adjoint or that of a part of it."""
    lowered = _lowered(frame, s, g, part)
    func = lowered.func
    rule = frame.session.rules.setdefault(func, Rule(func))
    return frame.op(
        "gradient_of", whole, *numbers, *callees.captures(frame, lowered), names=(whole.name,),
        path=path, count=1 + len(numbers), rule=rule, replaces=func.results[:1] != func.params[:1],
    )  # fmt: skip


def _lowered(frame: Frame, s: ast.With, g: str, value: Var) -> Lowered:
    """The block as a function of the adjoint, for the kind of the value."""
    node = _function(s, g)
    target = targets.local_target(targets.made_inside(frame, node, node.name))
    target = replace(target, body=lambda inner, env: _run(inner, env, s, g))
    lowered, _ = callees.lowered_for(frame, target, {g: Var(value.type, g)})
    if not lowered.done:
        callees.depend_on(frame.session, lowered)
    if lowered.raises:
        frame.reject(refusals.BLOCK_LEFT, s.body[-1])
    if lowered.changed or any((*lowered.written, *lowered.spoiled)):
        frame.reject(refusals.BLOCK_WRITES, s.items[0].context_expr)
    return lowered


def _run(frame: Frame, env: Env, s: ast.With, g: str) -> Value:
    """The statements of a block; the adjoint that they leave has to be one of the value."""
    frame.is_users = True
    given = env[g]
    assert isinstance(given, Var)
    sizes = seeds.sizes(frame, given)
    result = frame.decided(targets.run_body(frame, env))
    if isinstance(result, Var) and frame.heap.now(result) is given:
        return given
    found = seeds.seed(frame, _named(s), "cotangent", given, sizes, result)
    same = shape_of(found) == shape_of(given)  # else it has been compared, and is so from here on
    return found if same else frame.op("reshape_like", found, given)


@lru_cache(maxsize=1024)
def _function(s: ast.With, g: str) -> ast.FunctionDef:
    """A block as a function, which the same block is whenever it is looked at."""
    place = s.items[0].context_expr
    arguments = ast.arguments([], [ast.arg(g)], None, [], [], None, [])
    result = ast.Return(ast.Name(g, ast.Load()))
    made = ast.FunctionDef("gradient_block", arguments, [*s.body, result], [])
    ast.copy_location(result, place)
    ast.copy_location(arguments.args[0], place)
    return ast.fix_missing_locations(ast.copy_location(made, place))


__all__ = ["gradient_block"]
