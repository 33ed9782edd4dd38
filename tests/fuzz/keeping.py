"""Rewrites that keep the meaning of a program: values, loops, assignments and calls by other ways."""

from __future__ import annotations

import ast

from tests.fuzz.rewriting import NotHere, Site, keeps
from tests.fuzz.syntax import expression, has, mentioned, own, statements

THROUGH = (
    "boxes.same(E)", "(lambda: E)()", "(lambda v_: v_)(E)", "boxes.Box(E).get()", "boxes.Box(E).value",
    "boxes.Box(E)()", "functools.partial(boxes.same, E)()", "[E][0]", "(E,)[-1]", "{'a': E}['a']",
    "next(iter([E]))", "next(v_ for v_ in (E,))", "[v_ for v_ in [E]][0]", "(E if 1 < 2 else None)",
    "boxes.Cell(E).v", "boxes.Sub(E).v", "boxes.applied(boxes.same, E)", "boxes.wrapping(boxes.same)(E)",
    "list(boxes.yielded([E]))[0]", "operator.itemgetter(0)((E, 1))", "getattr(boxes.Box(E), 'v')",
    "operator.attrgetter('v')(boxes.Box(E))", "functools.reduce(lambda a_, b_: b_, [E])", "[E].pop()",
    "dict(k=E)['k']", "collections.deque([E])[0]", "list(map(boxes.same, (E,)))[0]",
    "vars(boxes.Box(E))['v']", "(lambda *a_: a_[0])(E)", "(lambda **k_: k_['z'])(z=E)",
    "copy.copy(boxes.Cell(E)).v", "list({'a': E}.values())[0]", "list(zip([E]))[0][0]",
    "dataclasses.replace(boxes.Cell(), v=E).v",
)  # fmt: skip
ITERATED = (
    "iter(E)", "boxes.yielded(E)", "map(boxes.same, E)", "list(E)", "(v_ for v_ in E)",
    "boxes.delegated(E)", "boxes.Items(E)", "itertools.chain(E, [])", "boxes.Turns(E)", "tuple(E)",
    "filter(lambda v_: True, E)", "collections.deque(E)",
)  # fmt: skip
ASSIGNED = (
    "x = a = E", "a = E; x = a", "x, _ = E, 0", "(x,) = [E]", "(x := E)", "x = E; a = x", "a, x = 1, E",
    "for x in [E]: pass",
)  # fmt: skip
CALLED = (
    "F(*ARGS)", "F(*[*ARGS])", "(lambda *a_, **k_: F(*a_, **k_))(*ARGS)",
    "functools.partial(F, FIRST)(*REST)", "boxes.applied(F, *ARGS)", "boxes.wrapping(F)(*ARGS)",
    "{'f': F}['f'](*ARGS)",
)  # fmt: skip
DISPLAYS = ("list(E)", "tuple(E)", "[*E]", "collections.deque(E)", "E[:]", "list(reversed(E))[::-1]")
DICTS = (
    "dict(E)", "{**E}", "collections.OrderedDict(E)", "collections.defaultdict(list, E)", "copy.copy(E)",
)  # fmt: skip
AROUND = (
    "with boxes.Counted(): BODY", "with boxes.given(1): BODY",
    "with boxes.given(boxes.Box(1.0)) as a: BODY",
    "try: BODY\nfinally: a = 0", "try: BODY\nexcept ZeroDivisionError: raise",
)  # fmt: skip
ONCE = ("for a in range(1): BODY", "while True: BODY")
NO_TARGETS = ("isinstance", "hasattr", "getattr", "setattr", "super")
OPERATORS = {ast.Add: "iadd", ast.Sub: "isub", ast.Mult: "imul", ast.Div: "itruediv"}


@keeps
def through_an_expression(s: Site) -> None:
    """A value goes through a call, a container, an object or an iterator."""
    old, text = s.value(), s.choice(THROUGH)
    if "lambda: E" in text and s.is_generator:
        raise NotHere
    s.put(old, expression(text, E=old))


@keeps
def named_inside(s: Site) -> None:
    """A part of an expression gets a name by ``:=``."""
    old = s.value()
    s.put(old, ast.NamedExpr(ast.Name(s.fresh("part"), ast.Store()), old))


@keeps
def iterated_otherwise(s: Site) -> None:
    """A loop goes through its items by an iterator, a generator, a list, ``map`` or an object."""
    _, _, loop = s.statement(ast.For)
    loop.iter = expression(s.choice(ITERATED), E=loop.iter)


@keeps
def iterated_in_pairs(s: Site) -> None:
    """A loop gets its items from ``enumerate`` or ``zip``."""
    _, _, loop = s.statement(ast.For)
    counter, pairs = ast.Name(s.fresh("place"), ast.Store()), s.rng.random() < 0.5
    loop.iter = expression("enumerate(E)" if pairs else "zip(E)", E=loop.iter)
    loop.target = ast.Tuple([counter, loop.target] if pairs else [loop.target], ast.Store())


@keeps
def iterated_by_next(s: Site) -> None:
    """A loop asks an iterator for one item after another until it raises ``StopIteration``."""
    block, k, loop = s.statement(ast.For)
    if loop.orelse:
        raise NotHere
    text = "it = iter(E)\nwhile True:\n try: t = next(it)\n except StopIteration: break\n BODY"
    it = ast.Name(s.fresh("items"), ast.Load())
    block[k : k + 1] = statements(text, it=it, E=loop.iter, t=loop.target, BODY=loop.body)


@keeps
def assigned_otherwise(s: Site) -> None:
    """An assignment has a second target, goes by another name, a tuple, ``:=`` or a loop of one item."""
    block, k, assigned = s.assignment()
    other = ast.Name(s.fresh("other"), ast.Load())
    block[k : k + 1] = statements(s.choice(ASSIGNED), a=other, x=assigned.targets[0], E=assigned.value)


@keeps
def stored_otherwise(s: Site) -> None:
    """An item or attribute is stored by a function, a method, or another name of its owner."""
    block, k, stored = s.statement(ast.Assign)
    target = stored.targets[0]
    fits = isinstance(target, ast.Subscript | ast.Attribute) and len(stored.targets) == 1
    if not fits or has(stored, ast.Slice):
        raise NotHere
    parts = {"o": ast.Name(s.fresh("owner"), ast.Load()), "OWNER": target.value, "E": stored.value}
    if isinstance(target, ast.Attribute):
        forms = [f"setattr(OWNER, '{target.attr}', E)", f"o = OWNER\no.{target.attr} = E"]
    else:
        parts["KEY"] = target.slice
        forms = ["operator.setitem(OWNER, KEY, E)", "OWNER.__setitem__(KEY, E)"]
    block[k : k + 1] = statements(s.choice(forms), **parts)


@keeps
def updated_by_parts(s: Site) -> None:
    """``t += v`` at an item or attribute is ``t = iadd(t, v)``, or goes by a name of what is updated."""
    block, k, update = s.statement(ast.AugAssign)
    if isinstance(update.target, ast.Name) or type(update.op) not in OPERATORS or has(update, ast.Slice):
        raise NotHere
    part = ast.Name(s.fresh("part"), ast.Load())
    forms = [f"T = operator.{OPERATORS[type(update.op)]}(T, E)", "p = T\np += E\nT = p"]
    new = statements(s.choice(forms), T=update.target, E=update.value, p=part)
    for inner in new:
        if isinstance(inner, ast.AugAssign):
            inner.op = update.op
    block[k : k + 1] = new


@keeps
def called_otherwise(s: Site) -> None:
    """A call takes its arguments from a tuple, or goes through a partial, a decorator, a dict."""
    call = s.choice(
        n for n in own(s.function.body)
        if isinstance(n, ast.Call) and n.args and not n.keywords
        and not has(n, ast.Starred, ast.NamedExpr, ast.Yield, ast.YieldFrom)
        and not {*mentioned([n.func])}.intersection(NO_TARGETS)
    )  # fmt: skip
    args = ast.Tuple(call.args, ast.Load())
    rest = ast.Tuple(call.args[1:], ast.Load())
    s.put(call, expression(s.choice(CALLED), F=call.func, ARGS=args, FIRST=call.args[0], REST=rest))


@keeps
def attribute_by_name(s: Site) -> None:
    """An attribute is asked for by ``getattr`` or ``attrgetter``."""
    old = s.value(ast.Attribute)
    assert isinstance(old, ast.Attribute)
    forms = [f"getattr(E, '{old.attr}')", f"operator.attrgetter('{old.attr}')(E)"]
    s.put(old, expression(s.choice(forms), E=old.value))


@keeps
def branched_otherwise(s: Site) -> None:
    """A branch is turned round, asks a name for its condition, or becomes a ``match``."""
    block, k, branch = s.statement(ast.If)
    other = branch.orelse or [ast.Pass()]
    forms = [
        "if not TEST: OTHER\nelse: BODY", "c = TEST\nif c: BODY\nelse: OTHER",
        "match bool(TEST):\n case True: BODY\n case _: OTHER",
    ]  # fmt: skip
    c = ast.Name(s.fresh("true"), ast.Load())
    block[k : k + 1] = statements(s.choice(forms), TEST=branch.test, BODY=branch.body, OTHER=other, c=c)


@keeps
def body_in_a_block(s: Site) -> None:
    """All of a function stands in a ``with``, a ``try``, or a loop that its ``return`` leaves."""
    body = s.function.body[s.start :]
    if s.is_generator:
        raise NotHere
    forms = AROUND + (ONCE if isinstance(body[-1], ast.Return) else ())
    a = ast.Name(s.fresh("around"), ast.Load())
    s.function.body[s.start :] = statements(s.choice(forms), BODY=body, a=a)


@keeps
def decorated(s: Site) -> None:
    """A function gets a decorator that passes everything on."""
    s.function.decorator_list.append(expression(s.choice(["boxes.passing", "boxes.wrapping"])))


@keeps
def display_copied(s: Site) -> None:
    """A list, tuple or dict is made from another one of the same items."""
    old = s.value(ast.List, ast.Tuple, ast.Dict, ast.ListComp)
    s.put(old, expression(s.choice(DICTS if isinstance(old, ast.Dict) else DISPLAYS), E=old))
