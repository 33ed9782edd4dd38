"""Breaks of emission: names, parentheses, loops backwards, updates, and the order of evaluation."""

from __future__ import annotations

from tests.mutation.table import Break, room

PROGRAMS = "tests/programs/test_programs.py"

room(
    "emission",
    interference_lost=Break(
        "backend/naming.py",
        "            self.clashes[other].discard(b)\n        self.clash(a, theirs)",
        "            self.clashes[other].discard(b)",
        "When two variables become one, what the second must not be one with is forgotten.",
        PROGRAMS, "several_errors",
    ),
    swapped_in_order=Break(
        "backend/function.py",
        "if not apart or (crossed and len(together) < 70):",
        "if crossed and len(together) < 70:",
        "Assignments at once that are long are written one after the other.",
        PROGRAMS, "swapped",
    ),
    difference_of_a_sum=Break(
        "backend/text.py",
        '**dict.fromkeys(("+", "-"), (Prec.SUM, Prec.SUM, Prec.TERM)),',
        '**dict.fromkeys(("+", "-"), (Prec.SUM, Prec.SUM, Prec.SUM)),',
        "a - (b + c) is printed without its parentheses.",
        PROGRAMS, "defaults_and_keywords",
    ),
    quotient_of_a_product=Break(
        "backend/text.py",
        '**dict.fromkeys(("*", "/", "//", "%", "@"), (Prec.TERM, Prec.TERM, Prec.UNARY)),',
        '**dict.fromkeys(("*", "/", "//", "%", "@"), (Prec.TERM, Prec.TERM, Prec.TERM)),',
        "a / (b * c) is printed without its parentheses.",
        PROGRAMS, "gas_pressure",
    ),
    power_of_a_negative=Break(
        "backend/text.py",
        '"**": (Prec.POWER, Prec.NUMBER, Prec.NUMBER),',
        '"**": (Prec.POWER, Prec.UNARY, Prec.NUMBER),',
        "(-x) ** 2 is printed without its parentheses.",
        PROGRAMS, "powers_of_powers", unnoticed=True,
    ),
    order_with_nan=Break(
        "backend/exprs.py",
        "    return all(a.type == PY_INT for a in op.inputs)",
        "    return True",
        "not x < y is printed as x >= y, which nan tells apart.",
        PROGRAMS, "truncated_and_unordered", unnoticed=True,
    ),
    integers_that_wrap=Break(
        "backend/exprs.py",
        "return _is_float(t) or t == PY_INT",
        "return True",
        "y + -x of small integers is printed as y - x, which wraps otherwise.",
        PROGRAMS, "negatives_of_small_integers", unnoticed=True,
    ),
    backwards_by_two=Break(
        "backend/function.py",
        "if by not in (1, -1):",
        "if by is None:",
        "The reverse of a loop that goes by twos goes by ones.",
        PROGRAMS, "downwards_by_two",
    ),
    out_in_another_dtype=Break(
        "backend/updates.py",
        "if made is None or not isinstance(made.prim.func, np.ufunc) or v.type != x.type:",
        "if made is None or not isinstance(made.prim.func, np.ufunc):",
        "y[...] = np.exp(x) is printed with out=y also where y has another dtype.",
        PROGRAMS, "truncated_and_unordered", unnoticed=True,
    ),
    repeats_in_an_item=Break(
        "backend/updates.py",
        "    if in_array and index.may_repeat(path[-1:]):\n"
        "        return [*_updated(e, op), f\"np.add.at({', '.join(e.place(op, path, indices))}, "
        '{e.atom(v)})"]\n',
        "",
        "Repeated indices into an array of a list are added once.",
        PROGRAMS, "parts_of_arrays",
    ),
    read_behind_a_write=Break(
        "backend/nest.py",
        "            reads.isdisjoint(c.writes)\n            and not c.wall",
        "            not c.wall",
        "An expression is printed behind a write to what it reads.",
        PROGRAMS, "rows_mapped",
    ),
)
