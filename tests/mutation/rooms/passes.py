"""Breaks of the passes, at least one in each."""

from __future__ import annotations

from tests.mutation.table import Break, room

PROGRAMS = "tests/programs/test_programs.py"
PASSES = "tests/programs/test_passes.py"
DEBUGGING = "tests/unit/test_debugging.py"
IDENTITIES = "tests/unit/test_passes_identities.py"

room(
    "passes",
    sum_with_zero=Break(
        "passes/fold.py",
        'floats = {"floordiv": False, "sub": positive, "add": not positive}',
        'floats = {"floordiv": False, "sub": positive, "add": True}',
        "x + 0.0 is folded to x, also where x is -0.0.",
        PROGRAMS, "signs_of_zeros", unnoticed=True,
    ),
    known_after_raise=Break(
        "passes/fold.py",
        "self.known[op.inputs[0]] = not side",
        "self.known[op.inputs[0]] = side",
        "Behind a check that raised, the condition that it tested is taken for true.",
        PROGRAMS, "best_pairs",
    ),
    floor_of_float=Break(
        "passes/fold.py",
        'floats = {"floordiv": False, "sub"',
        'floats = {"sub"',
        "x // 1 is folded to x, also for floats.",
        PROGRAMS, "floors_by_one", unnoticed=True,
    ),
    quotient_of_quotient=Break(
        "passes/identities.py",
        "x / (y / z)               =>  x * z / y",
        "x / (y / z)               =>  x * y / z",
        "Under fast=True x / (y / z) becomes x * y / z.",
        IDENTITIES, "finite_rows",
    ),
    negative_twice=Break(
        "passes/identities.py",
        "-x - x              =>  -2.0 * x",
        "-x - x              =>  2.0 * x",
        "A sign is lost where -x - x is taken together.",
        PROGRAMS, "changed_twice_in_a_known_branch",
    ),
    repeats_set=Break(
        "passes/algebra.py",
        '    if index.may_repeat(op.params["path"][-1:]):\n        return None\n    before',
        "    before",
        "Cotangents of repeated indices are set in the adjoint's zeros, not added.",
        PROGRAMS, "gather_repeated",
    ),
    difference_turned=Break(
        "passes/algebra.py",
        'return r.build(op, "sub", b, inner.inputs[0])',
        'return r.build(op, "sub", inner.inputs[0], b)',
        "-a + b becomes a - b in derivative code.",
        PROGRAMS, "rosenbrock",
    ),
    axes_ignored=Break(
        "passes/cse.py",
        "return (op.name, tuple(params), tuple(map(_atom, op.inputs)))",
        "return (op.name, tuple(map(_atom, op.inputs)))",
        "Sums of one array over different axes are taken for one.",
        PROGRAMS, "kernel_matrix",
    ),
    equal_numbers=Break(
        "passes/cse.py",
        'return a if isinstance(a, Var) else ("const", a.key())',
        'return a if isinstance(a, Var) else ("const", a.value)',
        "Ops on 1 and 1.0, or on 0.0 and -0.0, are taken for one.",
        PROGRAMS, "signs_of_zeros", unnoticed=True,
    ),
    check_dropped=Break(
        "passes/dce.py",
        'return [check_of(op, "check_shapes", arrays_of(op))] if op in self.checks else []',
        "return []",
        "Shapes that do not fit are no error where the value is not needed.",
        PASSES, "raises_where and all-clashing_shapes",
    ),
    early_exit_dead=Break(
        "passes/dce.py",
        '        if op.params.get("exits"):\n            self.mark(op.blocks[-1].results[:1])',
        "        pass",
        "What tells a loop to go on is dropped as dead.",
        PROGRAMS, "escape",
    ),
    error_of_an_idle_loop=Break(
        "passes/hoist.py",
        "if op.can_raise() or not self.hoist.unset.isdisjoint(op.inputs):",
        "if not self.hoist.unset.isdisjoint(op.inputs):",
        "An error of a loop's body is raised before the loop, also where it never runs.",
        PASSES, "hoist-quotient_behind_a_check",
    ),
    idle_loop=Break(
        "passes/invariant.py",
        'runs, idle = ("gt", "le") if step.value > 0 else ("lt", "ge")',
        'runs, idle = ("ge", "lt") if step.value > 0 else ("le", "gt")',
        "A flag of the first pass tells that a loop ran which had no trips.",
        PROGRAMS, "what_an_idle_loop_leaves", unnoticed=True,
    ),
    shape_with_dtype=Break(
        "passes/latest.py",
        "dtypes = a.dtype == b.dtype is not None or op.name not in DTYPE_TOO",
        "dtypes = True",
        "Zeros are made like an array of the same shape and another dtype.",
        PROGRAMS, "spectrum_by_halves",
    ),
    watched_backwards=Break(
        "passes/watched.py",
        'reverse = reverse or op.name == "mark"',
        'reverse = op.name == "mark"',
        "A nan of the backward sweep is told of as if the function itself had computed it.",
        DEBUGGING, "debug_nans",
    ),
    carry_as_it_starts=Break(
        "passes/retype.py",
        "joined = join(init.type, y.type)",
        "joined = init.type",
        "A loop's variable is taken for a number of the kind that it starts as.",
        PROGRAMS, "gram_schmidt",
    ),
    subtracted_from=Break(
        "passes/reuse.py",
        '"sub": (0,), "div": (0,)}',
        '"sub": (0, 1), "div": (0,)}',
        "t = x - t is written t -= x.",
        PROGRAMS, "savitzky_golay",
    ),
    mark_of_a_callee=Break(
        "passes/inline.py",
        '[op for op in callee.block.ops if marks or op.name != "mark"]',
        "list(callee.block.ops)",
        "Behind an inner derivative the user's own code is rewritten as if it were derivative code.",
        PROGRAMS, "bits_behind_a_derivative", unnoticed=True,
    ),
    memory_of_another_pass=Break(
        "passes/inplace.py",
        "if ours and local and not self.reaching",
        "if ours and not self.reaching",
        "Each pass of a loop writes its temporary to an array from before the loop.",
        PROGRAMS, "dict_of_state",
    ),
    counted_along_one_axis=Break(
        "passes/spreading.py",
        '        n = n * x.apply("dim", axis=k)\n    return n',
        '        n = x.apply("dim", axis=k)\n    return n',
        "A number that was spread along several axes is counted along the last.",
        PROGRAMS, "ones_in_front",
    ),
    branches_of_two_conditions=Break(
        "passes/branches.py",
        'return first.name == second.name == "if" and first.inputs == second.inputs and not contexts',
        'return first.name == second.name == "if" and not contexts',
        "Two branches, one behind the other, become one though they ask different things.",
        PROGRAMS, "questions",
    ),
    one_taken_for_many=Break(
        "passes/sizes.py",
        "many = [s[-axis] for s in shapes if len(s) >= axis and is_many(s[-axis])]",
        "many = [s[-axis] for s in shapes if len(s) >= axis]",
        "A size that may be 1 is taken for the size that it was broadcast against.",
        PROGRAMS, "broadcast_at_second_call",
    ),
    operands_swapped=Break(
        "passes/patterns.py",
        "if fits and (not swapped or node.names[0] in _COMMUTATIVE):",
        "if fits:",
        "Identities of quotients and differences are applied with the operands turned round.",
        PROGRAMS, "bits_behind_a_derivative",
    ),
    constant_rounded=Break(
        "passes/constants.py",
        '"float": float, "int": int, "bool": bool',
        '"float": float, "int": round, "bool": bool',
        "int of a constant rounds it.",
        PROGRAMS, "floors_by_one",
    ),
    gathered_view=Break(
        "passes/views.py",
        'if not index.is_basic(path) or (view.name == "list_get" and index.reshapes(path_of(op))):',
        'if view.name == "list_get" and index.reshapes(path_of(op)):',
        "`x[[0, 2]][1]` is read from x by one path, along which an adjoint is added to a copy.",
        PROGRAMS, "picked_twice",
    ),
    views_own_memory=Break(
        "passes/ownership.py",
        "        return found or self.fresh(v)",
        "        return self.fresh(v)",
        "A write to an array that is still read through a view of it takes no copy.",
        PROGRAMS, "overlapping_writes",
    ),
    read_behind_a_branch=Break(
        "passes/liveness.py",
        "return set().union(*(self.block(b, after) for b in op.blocks))",
        "return set().union(*(self.block(b, set()) for b in op.blocks))",
        "What is read behind a branch is taken for dead inside of it.",
        PROGRAMS, "set_later_then_written",
    ),
)
