"""Tables whose entries are put in order, that begin with entries, and that conditions of loops read."""

from collections import Counter, defaultdict

from tests.programs.registry import program


def vector(rng, n):
    return (rng.normal(size=n),)


@program(vector)
def entries_in_order(x):
    """By keys, which are all different: numbers, texts and tuples; the most common ones; a copy."""
    signs, places, counts = {}, {}, Counter()
    for i in range(len(x)):
        signs["+" if x[i] > 0 else "-"] = x[i]
        places[(7 * i) % 5, i % 2] = x[i]
        counts[i % 3] += x[i] ** 2
    copied = dict(signs)
    copied["+"] = x[0] ** 2
    total = 0.0
    for sign, v in sorted(signs.items(), reverse=True):
        total = total * 0.5 + v * copied[sign]
    for (a, _), v in sorted(places.items()):
        total = total * 0.5 + v * a
    for k, n in counts.most_common(2) + counts.most_common():
        total = total * 0.5 + n * (k + 1)
    return total


@program(vector)
def defaults_beside_entries(x):
    sums = defaultdict(float, {"a": x[0]}, b=x[1])
    lists = defaultdict(list, [("+", [x[0]])])
    for v in x:
        sums["b" if v > 0 else "c"] += v
        lists["+" if v > 0 else "-"].append(v)
    return sums["a"] * sums["b"] + sums["c"] + sums["d"] + len(sums) + sum(lists["+"]) * sum(lists["-"])


@program(vector)
def arithmetic_by_two_stacks(x):
    """An expression in text, whose operators wait on a stack; the condition of a loop reads a dict."""
    known = {"a": x[0], "b": x[1]}
    rank = {"+": 1, "-": 1, "*": 2}
    values, waiting = [], []

    def reduce():
        op, right, left = waiting.pop(), values.pop(), values.pop()
        values.append(left + right if op == "+" else left - right if op == "-" else left * right)

    for token in "a * ( b + 2 ) - b * a".split():
        if token in known:
            values.append(known[token])
        elif token.isdigit():
            values.append(float(token))
        elif token == "(":
            waiting.append(token)
        elif token == ")":
            while waiting[-1] != "(":
                reduce()
            waiting.pop()
        else:
            while waiting and waiting[-1] != "(" and rank[waiting[-1]] >= rank[token]:
                reduce()
            waiting.append(token)
    while waiting:
        reduce()
    return values[0]
