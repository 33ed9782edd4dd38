"""Views of views are read from the array itself: reads and adjoints then touch its elements.

Items of lists that a list holds, and elements of arrays, are read from the outermost list likewise.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullback.ir import index
from pullback.ir.alias import Buffers
from pullback.ir.build import shape_of
from pullback.ir.core import PRIMS, Atom, Block, Const, Func, Op, walk
from pullback.ir.types import Array
from pullback.passes.rewrite import Rewriter
from pullback.rules.shapes import permutation


def compose_views(func: Func) -> None:
    """``getitem (getitem x, p), q => getitem x, p + q``: p is basic, and x is not overwritten, or not
    between the two in one block. ``getitem (list_get l, p), q => list_get l, p + q``, and so for
    items of items. In a loop also ``getitem (reshape x, ..), q => getitem x, [reshape] + q``, and so
    for other orders of axes: what a pass reads there costs no array of cotangents."""
    if _has_views_of_views(func):
        _Compose(func).run()


_READS = ("getitem", "list_get")
_ARRANGED = ("reshape", "ravel", "transpose", "swapaxes", "moveaxis")


def _has_views_of_views(func: Func) -> bool:
    """Whether anything is read from what was read, or arranged in another way: it seldom is."""
    views: set[Atom] = set()
    for op in walk(func.block):
        if op.name in _READS and op.inputs[0] in views:
            return True
        if op.name in _READS or op.name in _ARRANGED:
            views.update(op.outputs)
    return False


class _Compose(Rewriter):
    def __init__(self, func: Func) -> None:
        super().__init__(func)
        self.here: set[Op] = set()
        self.intact: set[Op] = set()
        self.loops = 0
        self.branches = False

    def op(self, op: Op) -> None:
        around, self.branches = self.branches, op.name in ("if", "try")
        self.loops += op.name in ("for", "while")
        super().op(op)
        self.loops -= op.name in ("for", "while")
        self.branches = around

    def block(self, block: Block) -> Block:
        outer = (self.here, self.intact)
        self.here, self.intact = set(), set(self.intact) if self.branches else set()
        new = super().block(block)
        self.here, self.intact = outer
        return new

    def rule(self, op: Op) -> Sequence[Atom] | None:
        """Reads become reads of the array at the bottom; ``intact`` are views made in this block, or in
        one around it up to a loop, whose array was not written to since."""
        if self.intact and (written := self.sharing.aliases.written_by(op)):
            self.intact = {v for v in self.intact if written.isdisjoint(self.seen_by(v))}
        if op.name not in _READS:
            self.here = set() if op.has_effect() else self.here
            if op.name in _ARRANGED:
                self.note(op)
            return None
        self.note(op)
        view = self.definition(op.inputs[0], *_READS, *_ARRANGED)
        if view is None or not self.may_compose(view, op):
            return None
        arranged = view.name in _ARRANGED
        params = {**({} if arranged else view.params), **op.params, "path": path_of(view) + path_of(op)}
        params.pop("spelling", None)
        ends = (Const(-1),) if view.name == "ravel" else ()
        inputs = (*view.inputs, *ends, *op.inputs[1:])
        prim = PRIMS["getitem" if arranged else view.name]
        composed = Op(prim, inputs, params, (), op.outputs, op.loc, view.checked and op.checked)
        self.intact.add(composed)
        if view in self.here:
            view.checked = True  # a bad index of the view is met by the op that takes its place
        self.here.add(composed)
        self.append(composed)
        return op.outputs

    def note(self, view: Op) -> None:
        self.intact.add(view)
        self.here.add(view)

    def seen_by(self, view: Op) -> Buffers:
        """The buffers that a view reads: of a list also which items it holds."""
        return self.sharing.aliases.of(view.inputs[0] if view.name == "list_get" else view.out).reach

    def may_compose(self, view: Op, op: Op) -> bool:
        if view.name in _ARRANGED:
            array = isinstance(view.inputs[0].type, Array)
            met = view in self.here or view.checked or not view.can_raise()
            return self.loops > 0 and array and met and view in self.intact
        path = path_of(view)
        if not index.is_basic(path) or (view.name == "list_get" and index.reshapes(path_of(op))):
            return False
        return view in self.intact or not self.sharing.aliases.may_be_overwritten(view.inputs[0])


def path_of(op: Op) -> index.Path:
    """The path by which an op reads an array or a list."""
    match op.name:
        case "reshape":
            return (("R", *["d"] * len(op.inputs[1:])),)
        case "ravel":
            return (("R", "d"),)
        case "transpose" | "swapaxes" | "moveaxis":
            return (("T", *permutation(op, len(shape_of(op.inputs[0])))),)
    path: index.Path = op.params["path"] if op.name == "getitem" else index.through_lists(op)
    return path
