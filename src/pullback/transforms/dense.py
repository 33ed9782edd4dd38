"""Dense Jacobians: the forward sweep once, then the derivative sweep for one seed after another.

By reverse mode a row of the Jacobian is what the backward half of a split function makes of a unit
cotangent, and a column what its transpose, the tangent map, makes of a unit tangent. Both read the
residuals of one forward sweep. Where memory is to be saved, a column comes from forward mode, which
keeps nothing and runs the function again for each seed. A list of numbers is taken as an array of one
axis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from pullback.ir.build import Builder, shape_of
from pullback.ir.core import Atom, Block, Const, Func, Var
from pullback.ir.index import FULL, Path
from pullback.ir.types import PY_INT, Array, List, complex_dtype, differentiable, is_complex, loosened
from pullback.transforms.blocks import has_blocks, without_blocks
from pullback.transforms.complex_ import in_width_of
from pullback.transforms.jvp import jvp
from pullback.transforms.split import Split, split
from pullback.transforms.tangents import tangent_map
from pullback.transforms.vjp import BACKWARD, mark

JACOBIANS = {"jacrev": "rows", "hessian": "rows", "jacfwd": "columns", "jacobian": "fewer"}

# What stands above the sweeps, by how a Jacobian is taken.
SWEEPS = {"rows": BACKWARD, "columns": "forward, by columns", "fewer": "backward, or forward by columns"}


def jacobian(
    func: Func, wrt: Sequence[int], by: str, value: bool, aux: int, again: bool = False
) -> Func:
    """The Jacobians of the results of a function in the parameters ``wrt``, as one function.

    ``by`` says how: by "rows", by "columns", or by the "fewer" of the two, which is decided when it
    runs. ``aux`` is the number of results that are differentiated, 0 for all. Results are those of
    ``func`` if ``value``, then for each result that has a derivative its Jacobian in each parameter.
    ``again`` says that the function runs again for each column; one with effects may not.
    """
    again = again and not func.has_effect()
    if has_blocks(func) and by != "rows":  # which only adjoints go through
        func, by = (without_blocks(func), by) if by == "columns" else (func, "rows")
    b = Builder()  # the loops stand for no line of the user's
    params = [Var(p.type, p.name) for p in func.params]
    wanted = [differentiable(r.type) and (not aux or k < aux) for k, r in enumerate(func.results)]
    wrt_mask = tuple(k in wrt for k in range(len(params)))
    backward = not (again and by == "columns")
    halves = split(func, wrt_mask, tuple(wanted), use="seeds") if backward else None
    sweeps = _Sweeps(b, func, params, wrt, wanted, halves, again)
    primal = sweeps.forward()
    b.ops.append(mark(b, SWEEPS[by]))
    made = _Jacobian(b, sweeps, sweeps.results, [params[k] for k in wrt]).made(by)
    block = Block(params, b.ops, [*(primal if value else []), *made])
    return Func(f"{func.name}_{by}", block, func.loc, doc=func.doc)


@dataclass(eq=False)
class _Sweeps:
    """What a function, and its derivative for one seed, are called as.

    ``halves`` are None where nothing goes backwards; ``again`` says that forward mode runs the function
    for each seed. The forward sweep leaves what it gives: ``results`` that are differentiated, and
    ``record``, the residuals for all other sweeps.
    """

    b: Builder
    func: Func
    params: Sequence[Var]
    wrt: Sequence[int]
    wanted: Sequence[bool]
    halves: Split | None
    again: bool
    results: Sequence[Var] = ()
    record: Sequence[Var] = ()

    def forward(self) -> Sequence[Var]:
        """The results of the function."""
        callee = self.func if self.halves is None else self.halves.forward
        types = [r.type for r in callee.results]
        names = [r.name if isinstance(r, Var) else "" for r in callee.results]
        found = self.b.emit("call", self.params, types=types, names=names, callee=callee)
        count = len(self.func.results)
        primal, self.record = found[:count], found[count:]
        self.results = [r for r, w in zip(primal, self.wanted, strict=True) if w]
        return primal

    def pulled(self, k: int, seed: Atom) -> Sequence[Var]:
        """The adjoints of the arguments for a cotangent of one result."""
        assert self.halves is not None
        seeds = [seed if j == k else self.b.zeros(y) for j, y in enumerate(self.results)]
        return self.call(self.halves.backward, [*self.record, *seeds])

    def pushed(self, k: int, seed: Atom) -> Sequence[Var]:
        """The tangents of the results for a tangent of one argument."""
        if self.again or self.halves is None:
            found = self.call(jvp(self.func, [self.wrt[k]]), [*self.params, seed])
            moving = [w for r, w in zip(self.func.results, self.wanted, strict=True)
                      if differentiable(r.type)]  # fmt: skip
            tangents = found[len(self.func.results) :]
            return [t for t, w in zip(tangents, moving, strict=True) if w]
        cotangents = map(self.b.zeros, self.results)
        return self.call(tangent_map(self.halves, k), [*self.record, *cotangents, seed])

    def call(self, callee: Func, inputs: Sequence[Atom]) -> Sequence[Var]:
        types = [loosened(r.type) for r in callee.results]
        return self.b.emit("call", inputs, types=types, callee=callee)


@dataclass(eq=False)
class _Jacobian:
    """Builds the loops: of each of ``results`` in each of ``args``."""

    b: Builder
    sweeps: _Sweeps
    results: Sequence[Var]
    args: Sequence[Var]

    def made(self, by: str) -> list[Atom]:
        if by == "fewer":
            by = self.sure()
        if by != "fewer":
            return self.rows() if by == "rows" else self.columns()
        with self.b.block() as forward:
            forward.results = self.columns()
        with self.b.block() as reverse:
            reverse.results = self.rows()
        fewer = self.b.one("lt", self.total(self.args), self.total(self.results))
        return list(self.b.branch(fewer, forward, reverse))

    def sure(self) -> str:
        """Which way is cheaper whatever the sizes are, "fewer" if they decide."""
        if len(self.results) == 1 and not ndim_of(self.results[0]):
            return "rows"
        return "columns" if len(self.args) == 1 and not ndim_of(self.args[0]) else "fewer"

    def total(self, values: Sequence[Var]) -> Atom:
        """The number of elements in all of some values."""
        sizes = [self.size(v) for v in values]
        total = sizes[0]
        for n in sizes[1:]:
            total = self.b.one("add", total, n)
        return total

    def size(self, v: Var) -> Atom:
        if ndim_of(v) == 1:
            return self.dims(v)[0]
        return self.b.one("size", v) if shape_of(v) else Const(1)

    # ---- one seed after another

    def rows(self) -> list[Atom]:
        """By reverse mode: for each element of the results the adjoints of all arguments."""
        return [
            a
            for k, y in enumerate(self.results)
            for a in self.swept(y, self.args, partial(self.sweeps.pulled, k), first=True)
        ]

    def columns(self) -> list[Atom]:
        """By forward mode: for each element of the arguments the tangents of all results."""
        by_arg = [
            self.swept(x, self.results, partial(self.sweeps.pushed, k), first=False)
            for k, x in enumerate(self.args)
        ]
        return [column for of_result in zip(*by_arg, strict=True) for column in of_result]

    def swept(
        self, of: Var, others: Sequence[Var], sweep: Callable[[Atom], Sequence[Var]], first: bool
    ) -> Sequence[Atom]:
        """What a sweep makes of a unit seed at each element of a value, in one array for each of
        the ``others``, whose axes come after those of the seeds, if these are ``first``, or before."""
        b = self.b
        if not ndim_of(of):
            found = sweep(self.one(of))
            return [self.in_dtype(d, of, x, first) for d, x in zip(found, others, strict=True)]
        empty = [self.empty(of, other, first) for other in others]
        carries = [Var(e.type, e.name) for e in empty]
        k = Var(PY_INT, "k")
        with b.block([k, *carries]) as body:
            found = sweep(self.unit(of, k))
            paths = [(("i",) if first else (*(FULL,) * ndim_of(x), "i"),) for x in others]
            body.results = [
                put(b, c, self.in_array(d), k, path)
                for c, d, path in zip(carries, found, paths, strict=True)
            ]
        inputs = [Const(0), self.size(of), Const(1), *empty]
        names = [e.name for e in empty]
        filled = b.emit("for", inputs, [body], names=names, exits=False, reverse=False)
        return [self.shaped(j, of, x, first) for j, x in zip(filled, others, strict=True)]

    def one(self, v: Var) -> Atom:
        """The seed of a number."""
        one = Const(1.0 + 0.0j if is_complex(v.type) else 1.0)
        return in_width_of(self.b, self.b.one("array", one), v) if isinstance(v.type, Array) else one

    def unit(self, v: Var, k: Var) -> Atom:
        """1 at one element of an array, counted in C order, 0 at all others."""
        b = self.b
        if isinstance(v.type, List):
            return b.emit("list_set", [b.zeros(v), k, Const(1.0)], names=["seed"], checked=True)[0]
        (zeros,) = b.emit("zeros_like", [v], names=["seed"])
        if len(shape_of(v)) == 1:
            return put(b, zeros, Const(1.0), k, (("i",),))
        flat = put(b, b.one("ravel", zeros), Const(1.0), k, (("i",),))
        return b.one("reshape_like", flat, v)

    def empty(self, of: Var, other: Var, first: bool) -> Var:
        """The array for the derivatives at all seeds, the elements of a value along one axis."""
        dims = self.dims(other)
        dims = [self.size(of), *dims] if first else [*dims, self.size(of)]
        dtype = self.dtype(of, other, first)
        narrow = None if dtype == "float64" else dtype
        return self.b.emit("zeros", dims, names=["jac"], dtype=narrow)[0]

    def dtype(self, of: Var, other: Var, first: bool) -> str | None:
        """The dtype of a derivative: that of the argument if it has one, else that of the result."""
        arg, result = (other, of) if first else (of, other)
        dtype = getattr(arg.type, "dtype", None) or getattr(result.type, "dtype", None)
        return complex_dtype(dtype) if is_complex(of.type) or is_complex(other.type) else dtype

    def in_dtype(self, d: Var, of: Var, other: Var, first: bool) -> Var:
        """Derivatives that no array was made for."""
        d, dtype = self.in_array(d), self.dtype(of, other, first)
        same = not isinstance(d.type, Array) or not dtype or d.type.dtype == dtype
        return d if same else self.b.one("cast", d, dtype=dtype)

    def in_array(self, d: Var) -> Var:
        """Derivatives for a list as an array."""
        return self.b.one("array", d) if isinstance(d.type, List) else d

    def shaped(self, filled: Var, of: Var, other: Var, first: bool) -> Var:
        """The axes of the seeds, which were one."""
        if ndim_of(of) == 1:
            return filled
        pair = (of, other) if first else (other, of)
        return self.b.one("reshape", filled, *(n for v in pair for n in self.dims(v)))

    def dims(self, v: Var) -> list[Atom]:
        if isinstance(v.type, List):
            return [self.b.one("list_len", v)]
        return [self.b.one("dim", v, axis=k) for k in range(ndim_of(v))]


def ndim_of(v: Var) -> int:
    """The number of axes along which there are derivatives: one of a list."""
    return 1 if isinstance(v.type, List) else len(shape_of(v))


def put(b: Builder, x: Atom, value: Atom, k: Var, path: Path) -> Var:
    """An element written in its place, which is there: no error is to be expected."""
    return b.emit("setitem", [x, value, k], names=names_of(x), checked=True, path=path)[0]


def names_of(x: Atom) -> list[str]:
    return [x.name] if isinstance(x, Var) else []
