"""Rewrites that keep the meaning of a program: values and names in holders."""

from __future__ import annotations

import ast

from tests.fuzz.rewriting import Site, keeps
from tests.fuzz.syntax import bound, expression, outer, own, parameters, statements, with_context

# A holder that is made, and a value x that goes through it, or stays in it.
HOLDERS = (
    ("boxes.Holder()", "h.v = x; x = h.v"),
    ("{}", "h['k'] = x; x = h['k']"),
    ("[]", "h.append(x); x = h[-1]"),
    ("[]", "h.append(x); x = h.pop()"),
    ("[]", "h.append(x)"),
    ("collections.deque(maxlen=2)", "h.append(x); x = h[-1]"),
    ("boxes.Slots()", "h.v = x; h.w = h.v; x = h.w"),
    ("boxes.Cell()", "h.v = x; x = h.v"),
    ("boxes.Box(0.0)", "h.put(x); x = h.get()"),
    ("[None, 1]", "h[0] = x; x, _ = h"),
    ("[None]", "h[0] = x"),
    ("{'q': None}", "h['q'] = x; x = h.get('q')"),
    ("collections.defaultdict(list)", "h['a'].append(x); x = h['a'][-1]"),
    ("[]", "h.append(('n', x)); x = h[-1][1]"),
    ("[]", "h.append(boxes.Box(x)); x = h[-1].value"),
)
KEPT = (
    ("{'x': E}", "h['x']"), ("[E]", "h[0]"), ("(E, 1)", "h[0]"), ("boxes.Box(E)", "h.v"),
    ("boxes.Box(E)", "h.get()"), ("E", "h"), ("lambda: E", "h()"), ("[boxes.Cell(E)]", "h[0].v"),
    ("functools.partial(boxes.same, E)", "h()"),
)  # fmt: skip
LOCALS = (
    ("boxes.Holder()", "h.NAME"), ("{}", "h['NAME']"), ("boxes.Box(boxes.Holder())", "h.v.NAME"),
    ("{'o': boxes.Holder()}", "h['o'].NAME"),
)  # fmt: skip


@keeps
def through_a_holder(s: Site) -> None:
    """What is assigned is put into a list, dict or object, perhaps an older one, and read back."""
    block, k, assigned = s.assignment()
    made, use = s.choice(HOLDERS)
    h = ast.Name(s.fresh("held"), ast.Load())
    make, used = statements(f"h = {made}", h=h), statements(use, h=h, x=assigned.targets[0])
    if s.rng.random() < 0.5:
        block[k + 1 : k + 1] = make + used
    else:
        block[k + 1 : k + 1] = used
        s.function.body[s.start : s.start] = make


@keeps
def also_held(s: Site) -> None:
    """What is assigned is held in a second place as well, and later read from either."""
    block, k, assigned = s.assignment()
    name = assigned.targets[0].id
    made, use = s.choice(KEPT)
    h = ast.Name(s.fresh("kept"), ast.Load())
    end = next((j for j in range(k + 1, len(block)) if name in bound(block[j])), len(block))
    s.read_instead(block[k + 1 : end], name, ast.unparse(expression(use, h=h)), 0.6)
    block[k + 1 : k + 1] = statements(f"h = {made}", h=h, E=assigned.targets[0])


@keeps
def locals_to_a_holder(s: Site) -> None:
    """One or all of the function's names become attributes or items of an object or dict."""
    usable = sorted(set(s.local) - _bound_otherwise(s) - {"self"})
    names = {s.choice(usable)} if s.rng.random() < 0.7 else set(usable)
    holder = s.fresh("state")
    made, use = s.choice(LOCALS)
    form = use.replace("h", holder, 1)
    given = [f"{form.replace('NAME', n)} = {n}" for n in parameters(s.function) if n in names]
    moved = _Moved(names, form)
    start = s.start
    body = [moved.visit(statement) for statement in s.function.body[start:]]
    s.function.body[start:] = statements("\n".join([f"{holder} = {made}", *given])) + body


class _Moved(ast.NodeTransformer):
    """Puts a place in a holder for each of some names."""

    def __init__(self, names: set[str], form: str) -> None:
        self.names = names
        self.form = form

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in self.names:
            return node
        return with_context(expression(self.form.replace("NAME", node.id)), node.ctx)


def _bound_otherwise(s: Site) -> set[str]:
    """Names that only a name can be, and those that functions inside have or bind as well."""
    found: set[str] = outer(s.function.body)
    for node in own(s.function.body):
        match node:
            case ast.NamedExpr():
                found |= set(bound([node.target]))
            case ast.FunctionDef() | ast.Lambda():
                found |= {*parameters(node), *bound(ast.walk(node)), *outer(ast.walk(node))}
            case (
                ast.ClassDef() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp()
                | ast.ExceptHandler() | ast.Import() | ast.ImportFrom() | ast.MatchAs() | ast.MatchStar()
                | ast.MatchMapping()
            ):  # fmt: skip
                found |= set(bound(ast.walk(node)))
    return found
