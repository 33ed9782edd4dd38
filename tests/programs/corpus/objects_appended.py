"""Objects that are appended one by one to lists whose length stays known, each of its own kind."""

import numpy as np

from tests.programs.registry import program


class Linear:
    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        self.x = x
        return x @ self.w


class Tanh:
    def __init__(self, gain):
        self.gain = gain

    def __call__(self, x):
        self.y = np.tanh(x * self.gain)
        return self.y


class Sequential:
    def __init__(self):
        self.layers = []

    def add(self, layer):
        self.layers.append(layer)
        return self

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


@program(lambda rng, n: (rng.normal(size=(n, n)), rng.normal(size=n)), wrt=(0, 1), orders=2)
def layers_added_one_by_one(w, x):
    """They remember what went through them."""
    model = Sequential().add(Linear(w)).add(Tanh(x[0]))
    model.add(Linear(w[:, :2]))
    total = np.sum(model(x) ** 2)
    first, second, third = model.layers
    total = total + np.sum(first.x) * np.sum(second.y) * len(model.layers)
    two = []
    two.append(Tanh(1.5))
    two.append(Tanh(x[1]))
    for _ in range(2):
        for layer in two:
            x = layer(x)
    return total + np.sum(two[1].y * two[0].y) + np.sum(third.x)


class Node:
    def __init__(self, value):
        self.value, self.children, self.seen = value, [], 0.0

    def add(self, child):
        self.children.append(child)
        return self

    def total(self):
        return self.value + sum(child.total() for child in self.children)


def put(nodes, v):
    nodes.append(Node(v))
    return nodes


@program(lambda rng, n: (rng.uniform(0.5, 1.5, n), 1.0), orders=2,
         points=[((np.array([0.7, 1.2, 0.4, 0.9]), -1.0), None)], numba=True)  # fmt: skip
def nodes_of_trees(x, c):
    """By a function that is called once and in loops, in branches, under several names."""
    root = Node(x[0])
    root.add(Node(x[1])).add(Node(x[2]))
    root.children[0].add(Node(x[3]))
    total = root.total() ** 2
    one, held, other = Node(x[0]), [], []
    held.append(one)
    other.append(one)
    held.append(one)
    other[0].value = one.value * x[1]
    one.seen += x[2]
    total = total + held[0].value * held[1].value + other[0].seen
    nodes = put(put([], x[0]), x[1])
    for v in x:
        put(nodes, v)
    if c > 0:
        put(nodes, x[2])
        nodes.append(Node(c * x[0]))
    row = [x[0]]
    rows = [row, row]
    rows.append([x[2]])
    rows.append(row)
    row[0] = row[0] * x[1]
    total = total + rows[0][0] * rows[1][0] * rows[3][0] + rows[2][0]
    rules = []
    rules.append({"of": np.sin, "by": x[1]})
    rules.append({"of": lambda t: t * x[2], "by": 2.0})
    for rule in rules:
        total = total + rule["of"](total) * rule["by"]
    return total + sum(k * n.value for k, n in enumerate(nodes)) + put([], x[3])[0].value


class Weight:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)


class Dense:
    def __init__(self, w, b):
        self.w, self.b = Weight(w), Weight(b)

    def parameters(self):
        return [self.w, self.b]


class Activation:
    def parameters(self):
        return []


class Network:
    def __init__(self, *layers):
        self.layers, self.extra = layers, []

    def parameters(self):
        found = []
        for layer in self.layers:
            found.extend(layer.parameters())
        found += self.extra
        return found


@program(lambda rng, n: (rng.uniform(0.5, 1.5, 3), 1.3), wrt=(0, 1), orders=2, numba=True)
def parameters_of_layers(x, a):
    """Lists that are made and filled anew in each pass of a loop hold the objects of others, which are
    changed by them."""
    net = Network(Dense(x.copy(), x * a), Activation(), Dense(np.sin(x), x * x))
    net.extra.extend([Weight(a * np.ones(3))])
    before, total = [], 0.0
    for k in range(3):
        for p in net.parameters():
            p.grad += p.data * a
        for p in net.parameters():
            p.data -= 0.1 * k * p.grad
        here = []
        here.append(Weight(x * k))
        here += [Weight(x * a)]
        total = total + (np.sum(before[0].data) if before else a)
        before = here
    before[1].data *= 2
    everything = net.parameters()
    last = everything[-1].data[0] * len(everything) + before[1].data[0]
    return total + np.sum(net.layers[0].w.data * net.layers[2].b.data) + last


class Affine:
    def __init__(self, matrix, offset):
        self.matrix, self.offset, self.inner = matrix, offset, {}

    def parameters(self):
        found = [self.matrix, self.offset]
        for layer in self.inner.values():
            found.extend(layer.parameters())
        return found


@program(lambda rng, n: (rng.normal(size=(2, 2)), rng.normal(size=2)), wrt=(0, 1), orders=2)
def arrays_of_unlike_shapes_collected(m, b):
    """Lists are filled with arrays of several numbers of dimensions, which are written to by them."""
    first, second = Affine(m.copy(), 2 * b), Affine(m @ m, b * b)
    second.inner["deep"] = Affine(np.sin(m), np.cos(b))
    found, records = [], []
    for layer in [first, second]:
        found += layer.parameters()
    for p, q in zip(found, first.parameters() + second.parameters()):
        p *= 1.5
        p -= 0.1 * q**2
    for name, value in (("m", m), ("b", b)):
        records.append((name, value))
    records.append(("sum", np.sum(found[-1])))
    known = dict(records)
    total = np.sum(first.matrix) * np.sum(second.offset) + np.sum(second.inner["deep"].matrix ** 2)
    return total + known["sum"] * np.sum(known["b"]) + np.sum(known["m"]) * len(found)
