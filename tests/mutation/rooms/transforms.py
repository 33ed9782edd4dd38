"""Breaks of the transforms: activity, adjoints, residuals, calls and forward mode."""

from __future__ import annotations

from tests.mutation.table import Break, room

PROGRAMS = "tests/programs/test_programs.py"
COSTS = "tests/programs/test_costs.py"

room(
    "transforms",
    loop_without_trips=Break(
        "transforms/activity.py",
        "                self.mark(p)  # a loop that runs zero times hands the initial value on",
        "                pass",
        "What comes into a loop has no derivative where only a loop without trips hands it on.",
        PROGRAMS, "what_an_idle_loop_leaves", unnoticed=True,
    ),
    activity_of_recursion=Break(
        "transforms/activity.py",
        "        while outermost and not _SUMMARIES.stable():\n            pass\n",
        "",
        "What depends on an argument is looked for in one round of a recursion.",
        PROGRAMS, "pairs_in_recursion",
    ),
    factor_twice=Break(
        "transforms/rules.py",
        "found = [2 * p if same else _added(p, q), 0]",
        "found = [p if same else _added(p, q), 0]",
        "The derivative of x * x is x.",
        PROGRAMS, "saved_then_overwritten",
    ),
    erasure_in_branch=Break(
        "transforms/control.py",
        'under the same condition."""\n    bars = rev.take(op)\n    rev.settle()',
        'under the same condition."""\n    bars = rev.take(op)',
        "The adjoint of an array that was overwritten behind a branch is erased on one side of it only.",
        PROGRAMS, "discounted_rewards",
    ),
    zero_of_another_size=Break(
        "transforms/control.py",
        "same = not has_memory(param.type) or (array and param.type == carried.type)",
        "same = True",
        "The zero adjoint of an array whose size changes from pass to pass has the next pass's size.",
        PROGRAMS, "other_sizes_in_each_pass", unnoticed=True,
    ),
    passes_of_a_step=Break(
        "transforms/control.py",
        "return [start, (first + Value(rev.b, count) * Value(rev.b, step)).atom, step]",
        "return [start, (first + Value(rev.b, count)).atom, step]",
        "The reverse of a loop that is left early forgets the step that it went by.",
        PROGRAMS, "arrays_returned_from_some_pass",
    ),
    written_on_some_path=Break(
        "transforms/standing.py",
        "return made is not None and self.home.get(made) is self.home[write]",
        "return made is not None",
        "What is written to an array under a condition is read back as if it always were.",
        PROGRAMS, "passed_twice_and_used", unnoticed=True,
    ),
    read_when_overwritten=Break(
        "transforms/residuals.py",
        "return self.at_hand(v) and not self.rev.may_be_overwritten(v)",
        "return self.at_hand(v)",
        "The reverse sweep reads arrays again that were overwritten since, so that they are copied.",
        COSTS, "allocations",
    ),
    item_not_erased=Break(
        "transforms/containers.py",
        '_give(rev, l, rev.b.one("list_set", bar, *indices, zeros, **op.params))',
        "_give(rev, l, bar)",
        "An item of a list keeps the cotangent of what replaced it.",
        PROGRAMS, "shuffled_lists",
    ),
    draw_read_again=Break(
        "transforms/replay.py",
        'self.state[k] = self.b.one("add", self.state[k], Const(1))',
        "self.state[k] = Const(0)",
        "A region that is run again reads the first draw of a loop in every pass.",
        PROGRAMS, "draws_again",
    ),
    stack_from_the_other_end=Break(
        "transforms/stacks.py",
        '{**op.params, "reverse": True}',
        "op.params",
        "The tangent map of a while loop reads what was saved of its passes in the wrong order.",
        "tests/programs/test_halves.py", "linearize",
    ),
    blocks_without_effect=Break(
        "transforms/blocks.py",
        'if op.params["replaces"]:\n        rev.label',
        "if False:\n        rev.label",
        "What a block makes of an adjoint is dropped.",
        "tests/programs/test_gradient_blocks.py", "test_gradients",
    ),
    blocks_that_stay=Break(
        "transforms/blocks.py",
        "    return [_passed(op)]",
        "    return [op]",
        "A derivative of a gradient runs the blocks of that again.",
        "tests/programs/test_gradient_blocks.py", "test_second",
    ),
    blocks_merged=Break(
        "passes/cse.py",
        ' "gradient_of",',
        "",
        "A block in a function that is called twice with one array runs once.",
        "tests/programs/test_gradient_blocks.py", "test_gradients and called_again",
    ),
    cotangents_of_any_shape=Break(
        "frontend/fitting.py",
        "    if not unlike or not isinstance(part, Var):",
        "    if True:",
        "Sizes of what a rule gives are not compared.",
        "tests/unit/test_outside.py", "test_sizes",
    ),
)
