"""Rewrites that may make another program of one: writes, names, loops, branches and exits."""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence

from tests.fuzz.rewriting import NotHere, Place, Site, changes
from tests.fuzz.syntax import expression, has, statements, with_context

# {n} and {m} are names of the function, {c} is a condition.
NAMED = (
    "{n}", "{n}", "{n}[:]", "{n}[...]", "{n}[::-1]", "{n}[1:]", "{n}.T", "{n}[0]", "boxes.same({n})",
    "boxes.viewed({n})", "{n}.reshape(-1)", "np.ravel({n})", "np.asarray({n})", "np.atleast_1d({n})",
    "[{n}, {n} * 2][0]", "list({n})", "{n}.copy()", "{n} if {c} else {n} * 2", "{n} if {c} else {m}",
)  # fmt: skip
BOXED = (
    ("[{n}]", "h_[0]"), ("[{n}, {m}]", "h_[0]"), ("{{'k': {n}}}", "h_['k']"), ("({n}, 1.0)", "h_[0]"),
    ("boxes.Box({n})", "h_.v"), ("[[{n}]]", "h_[0][0]"), ("[boxes.Box({n})]", "h_[0].v"),
    ("{{'k': [{n}]}}", "h_['k'][0]"), ("[{n} for _ in range(2)]", "h_[1]"), ("[{n}] * 2", "h_[1]"),
    ("dict(k={n}, m={m})", "h_['k']"), ("(lambda: {n})", "h_()"), ("{{0: {n}}}", "h_[0]"),
    ("[{n}, {n}]", "h_[len(h_) - 1]"),
)  # fmt: skip
VIEWED = (
    "E[:]", "E[...]", "E[::-1]", "E.T", "E.T.T", "np.asarray(E)", "boxes.same(E)", "boxes.viewed(E)",
    "[E][0]", "(E,)[0]", "E.copy()", "E.reshape(E.shape)", "E[None][0]", "boxes.Box(E).v",
)  # fmt: skip
WRITES = (
    "{n}[0] = {n}[-1] * 0.5", "{n} += 0.1", "{n} *= 0.9", "{n}[...] = {n}[::-1]",
    "{n}[1:] = {n}[:-1] * 1.5",
    "{n}[1:] += {n}[:-1]", "{n}[-1] += {m}[0]", "{n} = {n} * 1.5", "{n}[0] *= {m}[-1]", "{n}[:] = {m}",
    "{n} = {m}", "{n}, {m} = {m}, {n}", "{n}[0], {n}[-1] = {n}[-1], {n}[0]", "{n}[{n} > 0.5] *= 0.5",
    "np.add.at({n}, [0, 0], 0.5 * {m}[0])", "boxes.halved({n})", "{n} = boxes.halved({n})", "{n}.sort()",
    "{n}.fill({m}[0])", "np.multiply({n}, 0.5, out={n})", "{n}.append({m})", "{n}.append({n}[0])",
    "{n}[0] = {m}", "{n}[[0, -1]] = {n}[[-1, 0]]", "np.copyto({n}, {m})", "{n} += {m}", "{n} -= {n}[0]",
    "{n} += {n}", "del {n}[0]", "{n}.pop()", "{n} = [*{n}]", "{n} = {n} + {n}", "{n}.insert(0, {n}[-1])",
    "{n}.reverse()", "for row_ in {n}: row_ *= 0.5", "for row_ in {n}: row_[0] = {m}[0]",
    "{n}.T[0] = 0.5", "{n}.ravel()[1] = {m}[0]", "{n}.reshape(-1)[:2] *= 0.5", "{n}[0][:] = {n}[1]",
)  # fmt: skip
LOOPS = (
    "for k_ in range(2): BODY", "for k_ in range(1): BODY", "for k_ in range(len({n})): BODY",
    "k_ = 0\nwhile k_ < 2:\n k_ += 1\n BODY", "for k_ in (1, 2): BODY",
)  # fmt: skip
BRANCHES = (
    "if {c}: BODY", "if {c}: BODY\nelse: OTHER",
    "if {c}: OTHER\nelse: BODY", "if {c}: BODY\nelse: AGAIN",
)  # fmt: skip
TRIES = (
    "try: BODY\nexcept (ZeroDivisionError, IndexError): {n} = {n} * 2",
    "try: BODY\nfinally: {n} = {n} * 2",
    "try:\n BODY\n if {c}: raise IndexError('x')\nexcept IndexError: {n} = {n} * 2",
    "try: BODY\nexcept ValueError: pass\nelse: {n} *= 1.5",
    "try: BODY\nexcept RuntimeError: {n} *= 1.25",
    "try:\n BODY\n if {c}: raise ValueError('x')\nexcept ValueError: pass",
)  # fmt: skip
LISTED = (
    "h_.append({n})", "h_.append({n}[0])", "h_.append({n} * 2)", "h_ = [*h_, {n}]", "h_ += [{n}]",
    "h_.append({n}[:])",
    "h_.insert(0, {n})", "h_.append([{n}])",
)  # fmt: skip
LIST_READ = (
    "sum(np.sum(q) for q in h_)", "sum([np.sum(np.asarray(q) ** 2) for q in h_])",
    "(np.sum(h_[-1]) if h_ else 0.0)",
)  # fmt: skip
KEYS = ("len(h_)", "len(h_) % 2", "0", "int({c})")
DICT_READ = (
    "sum(np.sum(q) for q in h_.values())", "sum([np.sum(h_[q]) * (q + 1) for q in h_])",
    "sum(np.sum(h_[q]) for q in sorted(h_))",
)  # fmt: skip


@changes
def named_again(s: Site) -> None:
    """A second name, a view or a copy of a value is read for it now and then."""
    block, k = s.place()
    n, again = s.near(block, k), s.fresh("again")
    s.read_instead(block[k:], n, again, 0.4)
    block[k:k] = statements(f"{again} = {_form(s, s.choice(NAMED), n)}")


@changes
def boxed(s: Site) -> None:
    """A value is put into a container, and now and then read from there."""
    block, k = s.place()
    n, box = s.near(block, k), s.fresh("box")
    made, use = s.choice(BOXED)
    s.read_instead(block[k:], n, use.replace("h_", box), 0.5)
    block[k:k] = statements(f"{box} = {_form(s, made, n)}")


@changes
def read_by_a_view(s: Site) -> None:
    """One reading of a name is that of a view, a copy or a chosen view of it."""
    old = s.value(ast.Name)
    chosen = f"(E if {s.condition()} else E[::-1])"
    s.put(old, expression(s.choice((*VIEWED, chosen)), E=old))


@changes
def exchanged(s: Site) -> None:
    """Two statements that follow each other change places."""
    block, k = s.place()
    if k + 1 >= len(block):
        raise NotHere
    block[k], block[k + 1] = block[k + 1], block[k]


@changes
def repeated(s: Site) -> None:
    """A statement stands there twice."""
    block, k = s.place()
    if isinstance(block[k], ast.Return):
        raise NotHere
    block.insert(k, copy.deepcopy(block[k]))


@changes
def looped(s: Site) -> None:
    """Statements stand in a loop of one or a few passes."""
    block, first, end = s.run()
    k = ast.Name(s.fresh("turn"), ast.Load())
    form = s.choice(LOOPS).replace("{n}", s.name())
    block[first:end] = statements(form, BODY=block[first:end], k_=k)


@changes
def branched(s: Site) -> None:
    """Statements run under a condition, beside a write, or the same ones, on the other side."""
    block, first, end = s.run()
    body = block[first:end]
    other = _write(s, s.near(block, first))
    form = s.choice(BRANCHES).format(c=s.condition())
    block[first:end] = statements(form, BODY=body, OTHER=other, AGAIN=copy.deepcopy(body))


@changes
def tried(s: Site) -> None:
    """Statements stand in a ``try``, which an exception may leave, beside writes in its other parts."""
    block, first, end = s.run()
    form = _form(s, s.choice(TRIES), s.near(block, first))
    block[first:end] = statements(form, BODY=block[first:end])


@changes
def written(s: Site) -> None:
    """A write to an array or a list, or an assignment, is put in."""
    block, k = s.place()
    block[k:k] = _write(s, s.near(block, k))


@changes
def updated_otherwise(s: Site) -> None:
    """``x += v`` becomes ``x = x + v``."""
    block, k, update = s.statement(ast.AugAssign)
    value = ast.BinOp(with_context(update.target, ast.Load()), update.op, update.value)
    block[k] = ast.Assign([update.target], value)


@changes
def updated_in_place(s: Site) -> None:
    """``x = x + v`` becomes ``x += v``, and ``x = a + v`` becomes ``x = a`` with ``x += v``."""
    block, k, assigned = s.statement(ast.Assign)
    target, value = assigned.targets[0], assigned.value
    updatable = isinstance(target, ast.Name | ast.Subscript | ast.Attribute)
    if not isinstance(value, ast.BinOp) or not updatable:
        raise NotHere
    update = ast.AugAssign(target, value.op, value.right)
    same = ast.unparse(value.left) == ast.unparse(target)
    block[k : k + 1] = [update] if same else [ast.Assign([copy.deepcopy(target)], value.left), update]


@changes
def loop_left(s: Site) -> None:
    """A pass of a loop, or the loop, is left under a condition."""
    block, k = s.place(in_loop=True)
    (loop,) = statements(f"while True:\n if {s.condition()}: {s.choice(['break', 'continue'])}")
    assert isinstance(loop, ast.While)
    block[k:k] = loop.body


@changes
def returned_early(s: Site) -> None:
    """The function returns under a condition before its end."""
    result = copy.deepcopy(s.choice(_results(s)))
    block, k = s.place()
    block[k:k] = statements(f"if {s.condition()}: BODY", BODY=[result])


@changes
def kept_in_a_list(s: Site) -> None:
    """A value is put into a list, which the result is made of as well."""
    block, k = s.place()
    put = s.choice(LISTED).format(n=s.near(block, k))
    _kept(s, (block, k), "h_ = []", put, LIST_READ)


@changes
def kept_in_a_dict(s: Site) -> None:
    """A value is put into a dict by a computed key, which the result is made of as well."""
    block, k = s.place()
    put = f"h_[{s.choice(KEYS).format(c=s.condition())}] = {s.near(block, k)}"
    _kept(s, (block, k), "h_ = {}", put, DICT_READ)


@changes
def observed(s: Site) -> None:
    """A local name is given back beside the result."""
    form = s.choice(["np.sum({n})", "{n}", "np.sum(np.asarray({n}) ** 2)"])
    _observed(s, expression(form.format(n=s.name())))


def _form(s: Site, form: str, n: str) -> str:
    return form.format(n=n, m=s.name(), c=s.condition())


def _write(s: Site, n: str) -> list[ast.stmt]:
    return statements(_form(s, s.choice(WRITES), n))


def _kept(s: Site, place: Place, make: str, put: str, reads: Sequence[str]) -> None:
    """Put something into a container at a place, and read that for the result."""
    block, k = place
    h = ast.Name(s.fresh("kept"), ast.Load())
    _observed(s, expression(s.choice(reads), h_=h))
    block[k:k] = statements(put, h_=h)
    s.function.body.insert(s.start, statements(make, h_=h)[0])


def _results(s: Site) -> list[ast.Return]:
    """The statements that give the function's result."""
    if s.is_generator:
        return []
    found = [n for b in s.function.body for n in ast.walk(b) if isinstance(n, ast.Return)]
    return [r for r in found if r.value is not None and not has(r, ast.Yield)]


def _observed(s: Site, more: ast.expr) -> None:
    """Give something back beside each result."""
    results = _results(s)
    if not results:
        raise NotHere
    for r in results:
        assert r.value is not None
        r.value = ast.Tuple([r.value, copy.deepcopy(more)], ast.Load())
