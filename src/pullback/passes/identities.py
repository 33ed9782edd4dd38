"""The identities of arithmetic that passes apply, by what they keep.

*Exact* ones give the same bits for all values of the type, and hold for any code. *Rounded* ones may
differ in the last bits, and in the sign of a zero: they are for derivative code, which is nobody's
program. *Finite* ones suppose that nothing is infinite, undefined or out of the domain, and regroup
sums and products: they are applied only under ``fast=True``, which also allows the rounded ones in the
user's own code. Rows marked ``real`` do not hold for complex numbers, the others do. The first row
that applies is taken.
"""

from __future__ import annotations

from pullback.passes.patterns import by_root, table

EXACT = by_root(table("""
    x * 1    =>  x
    x / 1    =>  x
    x - 0    =>  x      # of integers, and x - +0.0
    x + 0    =>  x      # of integers, and x + -0.0
    x // 1   =>  x      # of integers
    +x       =>  x
    --x      =>  x
"""))  # fmt: skip

ROUNDED = by_root(table("""
    x * -1              =>  -x
    x * (1 / y)         =>  x / y
    c * (k / y)         =>  (c * k) / y
    x * -y              =>  -(x * y)        # an adjoint then grows by -=
    -x * y              =>  -(x * y)
    c * (k * x)         =>  (c * k) * x
    -x / y              =>  -(x / y)
    -x - x              =>  -2.0 * x
    x + x               =>  2.0 * x
    accumulate(x, x)    =>  2.0 * x
    unbroadcast(-g, x)  =>  -unbroadcast(g, x)
    sum(-x)             =>  -sum(x)
    mean(-x)            =>  -mean(x)
    real(-x)            =>  -real(x)
    imag(-x)            =>  -imag(x)
    masked_mul(g, c)    =>  g * c
"""))  # fmt: skip

FINITE = by_root((
    *table("""
        x * 0               =>  zeros_like(x)
        0 / x               =>  zeros_like(x)
        x - x               =>  zeros_like(x)
        x + 0               =>  x
        0 - x               =>  -x
        (x + c) + k         =>  x + (c + k)
        (x + c) - k         =>  x + (c - k)
        x ** 2              =>  x * x
        x ** 0.5            =>  sqrt(x)
        x ** -1             =>  1 / x
        exp(log(x))         =>  x
        sqrt(x) * sqrt(x)   =>  x
        (x * y) / y         =>  x
        (x / y) * y         =>  x
        (x + y) - y         =>  x
    """),
    *table("""
        log(exp(x))         =>  x
        sqrt(x * x)         =>  absolute(x)
        sqrt(square(x))     =>  absolute(x)
    """, real=True),
    *table("""
        exp(x) * exp(y)           =>  exp(x + y)
        exp(x) / exp(y)           =>  exp(x - y)
        1 / exp(x)                =>  exp(-x)
        (x / y) / z               =>  x / (y * z)
        x / (y / z)               =>  x * z / y
        c * x + k * x             =>  (c + k) * x
        c * x - k * x             =>  (c - k) * x
        c * x + x                 =>  (c + 1) * x
        x * y + x * z             =>  x * (y + z)
        x * y - x * z             =>  x * (y - z)
        accumulate(x * y, x * z)  =>  x * (y + z)
    """, once=True),
))  # fmt: skip
