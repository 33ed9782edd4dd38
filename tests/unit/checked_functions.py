"""Functions with rules, right ones and such that the systematic tests find wrong."""

import numpy as np
import scipy.special

from pullback import custom_jvp, custom_vjp, primitive

quantile = primitive(scipy.special.ndtri)


@quantile.defvjp
def quantile_vjp(g, y, p):
    return g * np.sqrt(2 * np.pi) * np.exp(y * y / 2)


@primitive(returns="x")
def scaled(x, kind, k, factor):
    return getattr(np, kind)(x) * k * factor


@scaled.defvjp
def scaled_vjp(g, y, x, kind, k, factor):
    slope = np.cos(x) if kind == "sin" else -np.sin(x)
    return g * slope * k * factor, None, None, np.sum(g * y) / factor


@custom_jvp
def softplus(x):
    return np.logaddexp(0.0, x)


@softplus.defjvp
def softplus_jvp(tangents, y, x):
    return tangents[0] * np.exp(x - y)


@custom_vjp
def halved_once(x):
    """Right, by a rule in which linearity cannot be seen."""
    return x * x


@halved_once.defvjp
def halved_once_vjp(g, y, x):
    size = np.sqrt(g * g)
    return np.where(g > 0, size, -size) * 2 * x


angle = primitive(np.arctan2)


@angle.defpartials
def angle_partials(t, y, x):
    h = y * y + x * x
    return x / h, -y / h


def ruled(function, rule):
    made = primitive(function, returns=0)
    made.defvjp(rule)
    return made


def _sine(x):
    return np.sin(x)


def _writes(x):
    x *= 2
    return x + 0


def _draws(x):
    return x * np.random.default_rng().random()


def _plain(g, y, x):
    return g * np.cos(x)


def _of_another(g, y, x):
    return g * np.sin(x)


def _clips(g, y, x):
    return np.clip(g, -2.0, 2.0) * np.cos(x)


def _of_values_alone(g, y, x):
    """The first derivative is right, the second is not: the cosine is held as a table."""
    return g * np.round(np.cos(x) * 2**40) / 2**40


def _of_one_axis(g, y, x):
    return g * np.cos(np.sum(x))


WRONG = {
    "changes": (ruled(_writes, _plain), "the arguments of _writes after a call"),
    "random": (ruled(_draws, _plain), "a second call of _draws"),
    "of another": (ruled(_sine, _of_another), "first derivatives: reverse against differences of _sine"),
    "clips": (ruled(_sine, _clips), "a pullback that is linear: 1024 times the cotangents of _sine"),
    "second": (ruled(_sine, _of_values_alone), "second derivatives: differences, second order of _sine"),
    "axis": (ruled(_sine, _of_one_axis), "first derivatives: reverse against differences"),
}
without_rule = primitive(scipy.special.ndtri)
