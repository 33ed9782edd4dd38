"""Views of views are read from the array itself: reads and adjoints then touch its elements."""

from __future__ import annotations

from collections.abc import Sequence

from pullback.ir import index
from pullback.ir.core import Atom, Block, Func, Op
from pullback.passes.rewrite import Rewriter


def compose_views(func: Func) -> None:
    """``getitem (getitem x, p), q => getitem x, p + q``: p is basic, and x is not overwritten, or not
    between the two in one block."""
    _Compose(func).run()


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
            self.intact = {v for v in self.intact if written.isdisjoint(aliases.of(v.out).reach)}
        if op.name == "getitem":
            self.intact.add(op)
        if op.name != "getitem":
            self.here = set() if op.has_effect() else self.here
            return None
        self.here.add(op)
        view = self.definition(op.inputs[0], "getitem")
        if view is None or not self.may_compose(view):
            return None
        params = {**view.params, **op.params, "path": view.params["path"] + op.params["path"]}
        params.pop("spelling", None)
        inputs = (*view.inputs, *op.inputs[1:])
        composed = Op(op.prim, inputs, params, (), op.outputs, op.loc, view.checked and op.checked)
        self.intact.add(composed)
        if view in self.here:
            view.checked = True  # a bad index of the view is met by the op that takes its place
        self.here.add(composed)
        self.append(composed)
        return op.outputs

    def may_compose(self, view: Op) -> bool:
        overwritten = self.sharing.aliases.may_be_overwritten(view.inputs[0])
        return index.is_basic(view.params["path"]) and (view in self.intact or not overwritten)
