"""Views of views are read from the array itself: reads and adjoints then touch its elements.

Items of lists that a list holds, and elements of arrays, are read from the outermost list likewise.
"""

from __future__ import annotations

from collections.abc import Sequence

from pullback.ir import index
from pullback.ir.alias import Buffers
from pullback.ir.core import PRIMS, Atom, Block, Func, Op
from pullback.passes.rewrite import Rewriter


def compose_views(func: Func) -> None:
    """``getitem (getitem x, p), q => getitem x, p + q``: p is basic, and x is not overwritten, or not
    between the two in one block. ``getitem (list_get l, p), q => list_get l, p + q``, and so for
    items of items."""
    _Compose(func).run()


_READS = ("getitem", "list_get")


class _Compose(Rewriter):
    def __init__(self, func: Func) -> None:
        super().__init__(func)
        self.here: set[Op] = set()
        self.intact: set[Op] = set()

    def block(self, block: Block) -> Block:
        outer, self.here, self.intact = (self.here, self.intact), set(), set()
        new = super().block(block)
        self.here, self.intact = outer
        return new

    def rule(self, op: Op) -> Sequence[Atom] | None:
        """Reads become reads of the array at the bottom; ``intact`` are views made in this block
        whose array was not written to since."""
        aliases = self.sharing.aliases
        written = aliases.written_by(op)
        if written:
            self.intact = {v for v in self.intact if written.isdisjoint(self.seen_by(v))}
        if op.name not in _READS:
            self.here = set() if op.has_effect() else self.here
            return None
        self.intact.add(op)
        self.here.add(op)
        view = self.definition(op.inputs[0], *_READS)
        if view is None or not self.may_compose(view, op):
            return None
        params = {**view.params, **op.params, "path": path_of(view) + path_of(op)}
        params.pop("spelling", None)
        inputs = (*view.inputs, *op.inputs[1:])
        prim = PRIMS[view.name]
        composed = Op(prim, inputs, params, (), op.outputs, op.loc, view.checked and op.checked)
        self.intact.add(composed)
        if view in self.here:
            view.checked = True  # a bad index of the view is met by the op that takes its place
        self.here.add(composed)
        self.append(composed)
        return op.outputs

    def seen_by(self, view: Op) -> Buffers:
        """The buffers that a view reads: of a list also which items it holds."""
        return self.sharing.aliases.of(view.inputs[0] if view.name == "list_get" else view.out).reach

    def may_compose(self, view: Op, op: Op) -> bool:
        path = path_of(view)
        if not index.is_basic(path) or (view.name == "list_get" and index.reshapes(path_of(op))):
            return False
        return view in self.intact or not self.sharing.aliases.may_be_overwritten(view.inputs[0])


def path_of(op: Op) -> index.Path:
    """The path by which an op reads an array or a list."""
    path: index.Path = op.params["path"] if op.name == "getitem" else index.through_lists(op)
    return path
