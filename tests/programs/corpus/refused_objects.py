"""What is refused of objects and their classes."""

import collections
import copy
import functools
import heapq

import numpy as np

from tests.programs.registry import refused


def number(rng, n):
    return (1.5,)


def vector(rng, n):
    return (rng.normal(size=n),)


class Length:
    """What neither a number nor an array knows how to take."""

    def __init__(self, metres):
        self.metres = metres

    def __rmul__(self, k):
        return Length(self.metres * k)

    def __add__(self, other):
        return Length(self.metres + other.metres) if isinstance(other, Length) else NotImplemented

    @property
    def feet(self):
        return self.metres / 0.3048

    def __deepcopy__(self, memo):
        return Length(self.metres)


class Numbered:
    def __new__(cls, x):
        return object.__new__(cls)

    def __init__(self, x):
        self.x = x


class Halved:
    """A descriptor."""

    def __get__(self, owner, cls):
        return owner.held / 2

    def __set__(self, owner, value):
        owner.held = value


class WithDescriptor:
    half = Halved()


class Counted:
    made = 0

    @functools.cache  # noqa: B019
    def twice(self, x):
        return 2 * x


class Scaled:
    def __init__(self, by):
        self.by = by

    @functools.cache  # noqa: B019
    def times(self, x):
        return self.by * x


class Named:
    def __eq__(self, other):
        return isinstance(other, Named)

    def __hash__(self):
        return 1

    @functools.cache  # noqa: B019
    def same(self, n):
        return n


class Closing:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append(1.0)


class Shape:
    def area(self):
        return 0.0


@refused("a Numbered cannot be made here: it has a __new__ of its own", "Numbered(x)", number,
         hint="make it outside")  # fmt: skip
def object_with_new(x):
    return Numbered(x).x  # refused


@refused("a Closing cannot be made here: it has a __del__, which runs when Python forgets an instance",
         "Closing(log)", number, hint="make it outside")  # fmt: skip
def object_with_del(x):
    log = [x]
    Closing(log)  # refused
    return sum(log)


@refused("NumPy decides what float64[:] * a Length is", "x * Length(2.0)", vector,
         hint="write the object first, or give its class __array_ufunc__ = None")  # fmt: skip
def array_times_object(x):
    y = x * Length(2.0)  # refused
    return np.sum(y.metres)


@refused("a Length + float is not said by their classes", "Length(x) + x", number,
         hint="give one of them a method for it")  # fmt: skip
def object_plus_number(x):
    y = Length(x) + x  # refused
    return y.metres


@refused("attribute 'feet' of a Length cannot be assigned", "length.feet", number,
         hint="give its property a setter")  # fmt: skip
def property_assigned(x):
    length = Length(x)
    length.feet = 3.0  # refused
    return length.metres


@refused("attribute 'half' of a WithDescriptor cannot be assigned", "owner.half", number,
         hint="give its property a setter")  # fmt: skip
def descriptor_assigned(x):
    owner = WithDescriptor()
    owner.half = x  # refused
    return owner.held


@refused("a Length cannot be copied here: it has a __deepcopy__ of its own",
         "copy.deepcopy(Length(x))", number, hint="by its constructor")  # fmt: skip
def object_copied_by_its_class(x):
    return copy.deepcopy(Length(x)).metres  # refused


@refused("super needs the class and the object", "super()", number, hint="write super() in a method")
def super_outside_of_a_method(x):
    return super().area() * x  # refused


@refused("Shape has no field 'side'", "Shape().side", number,
         hint="its fields are ")  # fmt: skip
def attribute_that_is_not_there(x):
    return Shape().side * x  # refused


@refused("a Shape cannot be looped over", "Shape()", number, hint="loop over an array")
def object_looped_over(x):
    for v in Shape():  # refused
        x = x + v
    return x


class Plain:
    def __init__(self, x):
        self.x = x


class Bare:
    pass


class Slotted:
    __slots__ = ("__dict__", "x")

    def __init__(self, x):
        self.x = x


@refused("'p' is given the attribute 'y' in the loop", "p", number,
         hint="set it before, in __init__")  # fmt: skip
def attribute_set_in_a_loop(x):
    p = Plain(x)
    for _ in range(3):
        p.y = range(2)  # refused
    return p.x


@refused("attribute 'y' is set in one branch only", "p.y", number, hint="or in __init__")
def attribute_set_in_one_branch(x):
    p = Plain(x)
    if x > 0.0:
        p.y = range(2)
    return x * sum(p.y)  # refused


@refused("the dict of an object is kept under a name", "held = vars(p)", number,
         hint="copy it, dict(vars(owner))")  # fmt: skip
def dict_of_an_object_that_changes(x):
    p = Plain(x)
    held = vars(p)  # refused
    p.x = 2.0
    return held["x"]


@refused("the dict of an object is kept under a name", "held = vars(p)", number,
         hint="copy it, dict(vars(owner))")  # fmt: skip
def dict_of_an_object_that_a_function_changes(x):
    p = Plain(x)

    def square():
        p.x = x * x

    held = vars(p)  # refused
    square()
    return held["x"]


@refused("the dict of an object is kept", "doubled(p, vars(p))", number,
         hint="copy it, dict(vars(owner))")  # fmt: skip
def dict_of_an_object_given_to_a_function(x):
    def doubled(p, held):
        p.x = 2.0 * x
        return held["x"]

    p = Plain(x)
    return doubled(p, vars(p))  # refused


@refused("the attributes of Bare are set in an order that a run decides", "vars(p)", number,
         hint="in __init__")  # fmt: skip
def attributes_set_in_two_orders(x):
    p = Bare()
    if x > 1:
        p.a = x
        p.b = 2 * x
    else:
        p.b = x
        p.a = 2 * x
    return sum(v * k for k, v in enumerate(vars(p).values()))  # refused


@refused("the attributes of Bare are set in an order that a run decides", "vars(p)", number,
         hint="in __init__")  # fmt: skip
def attribute_that_may_have_been_set(x):
    p = Bare()
    if x > 1:
        p.b = x
    p.a = x
    p.b = 2 * x
    return sum(v * k for k, v in enumerate(vars(p).values()))  # refused


@refused("the dict of an object is kept", "held.append(p.__dict__)", number,
         hint="copy it, dict(vars(owner))")  # fmt: skip
def dict_of_an_object_in_a_list(x):
    p, held = Plain(x), []
    for _ in range(3):
        held.append(p.__dict__)  # refused
    return held[0]["x"]


@refused("the dict of an object is kept", "vars(p)", number,
         hint="copy it, dict(vars(owner))")  # fmt: skip
def dict_of_an_object_that_has_a_slot_of_that_name(x):
    p = Slotted(x)
    vars(p)["x"] = 2.0  # refused
    return p.x


@refused("__new__ is called with arguments that are not supported", "Plain.__new__(Plain, x)", number,
         hint="a class of Python")  # fmt: skip
def made_empty_of_more(x):
    return Plain.__new__(Plain, x).x  # refused


# ---- objects in lists


class Mass:
    def __init__(self, x):
        self.x = x
        self.pull = 0.0

    def attract(self, other):
        self.pull += other.x - self.x


def scale(masses):
    for mass in masses:
        mass.x = 2.0 * mass.x


@refused("the items of a list move while another list, or an object, leads to them",
         "masses.sort(key=lambda mass: mass.x)", vector, hint="rearrange a copy")  # fmt: skip
def items_of_another_list_moved(x):
    masses = [Mass(v) for v in x]
    heavy = [mass for mass in masses if mass.x > -9.0]
    masses.sort(key=lambda mass: mass.x)  # refused
    for mass in heavy:
        mass.x *= 2.0
    return masses[0].x * x[0]


@refused("attract changes an item of a list that another argument may lead to",
         "masses[i].attract(masses[j])", lambda rng, n: (rng.normal(size=n), 0, 1),
         hint="with `is not`", any_mode=False)  # fmt: skip
def items_that_may_be_one(x, i, j):
    masses = [Mass(v) for v in x]
    given = None if x[0] > 90 else masses[i].attract(masses[j])  # refused
    return masses[0].pull if given is None else 0.0


@refused("scale changes items of a list, of which one is read afterwards", "scale(masses)", vector,
         hint="read it from the list again")  # fmt: skip
def item_read_behind_a_call(x):
    masses = [Mass(v) for v in x]
    first = masses[0]
    given = None if x[0] > 90 else scale(masses)  # refused
    return first.x if given is None else 0.0


@refused("grid[0][1] is an item of a list, and is changed", "grid[0][1]", number, hint="l[i] = new")
def item_of_a_list_in_a_list_changed(x):
    grid = [[Mass(x * i + j) for j in range(2)] for i in range(2)]
    grid[0][1].x = 1.0  # refused
    return sum(mass.x for row in grid for mass in row)


@refused("pair[k] is one of several containers, and is changed", "pair[k]",
         lambda rng, n: (1.5, 0), hint="only one is meant", any_mode=False)  # fmt: skip
def item_at_a_computed_place_changed(x, k):
    first = Mass(x)
    pair = (first, Mass(2 * x))
    pair[k].x = 1.0  # refused
    return first.x


@refused("attribute 'made' of class Counted is assigned", "Counted.made", number,
         hint="as self.made")  # fmt: skip
def attribute_of_a_class_assigned(x):
    Counted.made = 1  # refused
    return x * 2


@refused("'times' may give a result that it has kept", "kept.times(x)", number,
         hint="take its cache away")  # fmt: skip
def method_with_a_cache(x):
    """Who asks may not be the only one who does, and the object may have changed since."""

    def doubled(kept):
        return kept.times(x)  # refused

    kept = Scaled(x)
    total = doubled(kept)
    kept.by = total
    return total + doubled(kept)


@refused("'scaled' may give a result that it has kept", "scaled(x)", number,
         hint="take its cache away")  # fmt: skip
def cache_by_an_argument_that_varies(x):
    factors = [x]

    @functools.cache
    def scaled(v):
        return factors[0] * v

    total = 0.0
    for _ in range(3):
        total += scaled(x)  # refused
        factors[0] = total
    return total


@refused("'same' keeps its results by objects of Named, which has a __hash__", "Named().same(1)",
         number, hint="self.known = {} in __init__")  # fmt: skip
def method_with_a_cache_by_hash(x):
    return Named().same(1) * x  # refused


@refused("attribute 'cache_clear' of a function with a cache", "Counted.twice.cache_clear", number,
         hint="pass what it holds")  # fmt: skip
def cache_emptied(x):
    Counted.twice.cache_clear()  # refused
    return x * x


@refused("kept is one of several containers, and is changed", "kept", vector,
         hint="where only one is meant")  # fmt: skip
def one_of_two_replaced_in_a_loop(x):
    """``first`` may be changed as well, or not, as the first pass decides."""
    first = kept = Shape()
    first.size = x[0]
    for v in x:
        if v > 0.0:
            kept = Shape()
            kept.size = v
        kept.size += v  # refused
    return first.size * kept.size


class Linked:
    def __init__(self, x):
        self.x = x
        self.inner = None

    def adopt(self, other):
        self.inner = other
        other.outer = self  # refused


@refused("a Linked comes to hold itself", "other", vector, inside=Linked.adopt, hint="as an argument")
def objects_that_hold_each_other(x):
    a, b = Linked(x[0]), Linked(x[1])
    a.adopt(b)
    return b.outer.x * b.x


@refused("a class is made inside", 'collections.namedtuple("Pair", "a b")', vector, hint="outside")
def named_tuple_made_inside(x):
    Pair = collections.namedtuple("Pair", "a b")  # refused
    return Pair(x[0], x[1]).a


OUTSIDE = {"gain": 1.0}


@refused("gains comes from outside the function, and is changed", "gains", vector, hint="change a copy")
def container_from_outside_in_a_loop(x):
    gains = {"gain": 0.0}
    for _ in range(2):
        gains = OUTSIDE
    gains["gain"] = x[1]  # refused
    return OUTSIDE["gain"] * x[0]


@refused("held['of'] comes from outside the function, and is changed", 'held["of"]', vector,
         hint="change a copy")  # fmt: skip
def container_from_outside_put_into_another(x):
    held = {"of": {"gain": 0.0}}
    for _ in range(2):
        held["of"] = OUTSIDE
    held["of"]["gain"] = x[1]  # refused
    return OUTSIDE["gain"] * x[0]


@refused("gains comes from outside the function, and is changed", "gains", vector, hint="change a copy")
def container_from_outside_in_a_branch(x):
    gains = OUTSIDE if x[0] > 0 else {"gain": 0.0}
    gains["gain"] = x[1]  # refused
    return OUTSIDE["gain"] * x[0]


class Link:
    def __init__(self, v, rest):
        self.v, self.rest = v, rest


@refused("'top' is a Link in which the loop puts or finds others of its class", "top", vector,
         hint="the places of those")  # fmt: skip
def links_of_a_loop(x):
    top = None
    for v in x:
        top = Link(v, top)  # refused
    return top.v


@refused("a Link and a Link cannot be ordered", "heapq.heappush(queue, Link(v, v))", vector,
         hint="compare numbers")  # fmt: skip
def queue_of_links(x):
    queue = []
    for v in x:
        heapq.heappush(queue, Link(v, v))  # refused
    return queue[0].v


@refused("would have copies of objects in a list that is no part of it", "copy.deepcopy(pairs)", vector,
         hint="copy the list along")  # fmt: skip
def copy_of_what_leads_elsewhere(x):
    links, pairs = [Link(v, v) for v in x], []
    for link in links:
        pairs.append(Length(link))
    for pair in pairs:
        pair.metres.v += 0.1
    others = copy.deepcopy(pairs)  # refused
    others[0].metres.v *= 3.0
    return sum(link.v for link in links)


@refused("copies['one'] is one of several containers, and is changed", 'copies["one"]', vector,
         hint="only one is meant")  # fmt: skip
def copies_that_may_be_one(x):
    links = [Link(v, v) for v in x]
    copies = copy.deepcopy({"one": links[0], "other": links[int(x[0] > 0)]})
    copies["one"].v += 1.0  # refused
    return copies["one"].v * copies["other"].v


@refused("links[0] is one of several containers, and is changed", "links[0]", vector,
         hint="only one is meant")  # fmt: skip
def item_of_a_list_that_may_be_another(x):
    links = [Link(v, v) for v in x]
    first = links[0]
    if x[0] > 0:
        links = [Link(link.v, 1.0) for link in links]
    links[0].v += 2.0  # refused
    return first.v * links[0].v


@refused("links[0] is one of several containers, and is changed", "links[0]", vector,
         hint="only one is meant")  # fmt: skip
def item_of_a_list_made_anew_in_a_loop(x):
    links = [Link(v, v) for v in x]
    first = links[0]
    for _ in range(2):
        links[0].v += first.rest  # refused
        links = [Link(link.v, link.rest) for link in links]
    return first.v * links[0].v


def spend(queue, v):
    if queue:
        queue.pop()["v"] *= v
        spend(queue, v)


@refused("spend changes what it puts into lists, or takes out of them, which other lists hold as well",
         "spend(items[:], x[1])", vector, hint="by its name, or put in a copy")  # fmt: skip
def items_taken_out_by_recursion(x):
    items = [{"v": v} for v in x]
    spend(items[:], x[1])  # refused
    return sum(item["v"] for item in items)


class Best:
    def __init__(self, v):
        self.v = v


@refused("whether a Best is the same object as a Best is not known here", "best is last",
         lambda rng, n: (rng.normal(size=n),), hint="number the objects")  # fmt: skip
def best_is_the_last(x):
    """Objects that passes of a loop make are known by what they hold."""
    best = last = Best(x[0])
    for v in x:
        last = Best(v)
        if last.v > best.v:
            best = last
    return best.v * (2 if best is last else 3)  # refused


@refused("whether float64[:] is the same object as float64[:] is not known here", "a is b",
         lambda rng, n: (rng.normal(size=n),) * 2, hint="number the objects")  # fmt: skip
def one_argument_twice(a, b):
    return sum(a * b) * (2 if a is b else 3)  # refused


# ---- items of a list that a loop makes of the one before


class Walker:
    def __init__(self, x):
        self.x = x


@refused("b is one of several containers, and is changed", "b", vector,
         hint="l[k].x = value")  # fmt: skip
def item_known_while_its_list_is_put_in_order(x):
    walkers = [Walker(v) for v in x]
    b = walkers[0]
    for _ in range(2):
        walkers = sorted(walkers, key=lambda w: w.x)
        b.x *= 0.4  # refused
    return sum(w.x * (k + 1) for k, w in enumerate(walkers)) + b.x


@refused("b is one of several containers, and is changed", "b", vector,
         hint="l[k].x = value")  # fmt: skip
def item_known_while_its_list_is_filtered(x):
    walkers = [Walker(v) for v in x]
    b = walkers[0]
    for _ in range(2):
        walkers = [w for w in walkers if w.x < 5.0]
        b.x *= 0.4  # refused
    return sum(w.x * (k + 1) for k, w in enumerate(walkers)) + b.x


@refused("w is one of several containers, and is changed", "w", vector,
         hint="l[k].x = value")  # fmt: skip
def items_changed_while_some_are_kept(x):
    walkers = [Walker(v) for v in x]
    kept = walkers
    for _ in range(2):
        kept = [w for w in kept if w.x > 0.1]
        for w in walkers:
            w.x *= 0.9  # refused
    return sum(w.x * (k + 1) for k, w in enumerate(kept))
