"""Real programs: prices of options in closed form, on trees and from paths; interest and its curves."""

import math

import numpy as np

from pullback import grad
from tests.programs.registry import program


def normal_cdf(x):
    return 0.5 * (1.0 + math.erf(x / math.sqrt(2.0)))


def normal_pdf(x):
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def black_scholes(S, K, r, sigma, T, kind="call"):
    """The price, with the greeks that traders look at."""
    root = sigma * math.sqrt(T)
    d1 = (math.log(S / K) + (r + 0.5 * sigma**2) * T) / root
    d2 = d1 - root
    discounted = K * math.exp(-r * T)
    if kind == "call":
        price = S * normal_cdf(d1) - discounted * normal_cdf(d2)
        delta = normal_cdf(d1)
        rho = T * discounted * normal_cdf(d2)
    elif kind == "put":
        price = discounted * normal_cdf(-d2) - S * normal_cdf(-d1)
        delta = normal_cdf(d1) - 1.0
        rho = -T * discounted * normal_cdf(-d2)
    else:
        raise ValueError(f"no option is a {kind}")
    greeks = {"delta": delta, "gamma": normal_pdf(d1) / (S * root), "rho": rho}
    greeks["vega"] = S * normal_pdf(d1) * math.sqrt(T)
    return price, greeks


@program(lambda rng, n: (rng.uniform(0.8, 1.2), 0.05, rng.uniform(0.2, 0.4), 0.7),
         wrt=(0, 1, 2, 3), numba=True)  # fmt: skip
def hedged_position(S, r, sigma, T):
    """A straddle and a short call, weighed by their greeks."""
    call, of_call = black_scholes(S, 1.0, r, sigma, T)
    put, of_put = black_scholes(S, 1.0, r, sigma, T, kind="put")
    short, of_short = black_scholes(S, 1.1, r, sigma, T)
    ratio = (of_call["vega"] + of_put["vega"]) / of_short["vega"]
    risk = sum((of_call[k] + of_put[k] - ratio * of_short[k]) ** 2 for k in ("delta", "gamma", "rho"))
    return call + put - ratio * short - 0.01 * risk


def call_price(sigma, S, K, T):
    return black_scholes(S, K, 0.03, sigma, T)[0]


@program(lambda rng, n: (rng.uniform(0.15, 0.2), rng.uniform(0.95, 1.05), 1.0), wrt=(0, 1, 2),
         numba=True)  # fmt: skip
def implied_volatility(price, S, T):
    """Newton steps with a derivative taken inside, and bisection where one leaves the bracket."""
    low, high = 1e-3, 3.0
    sigma = 0.3
    for _ in range(50):
        error = call_price(sigma, S, 1.0, T) - price
        if abs(error) < 1e-13:
            break
        if error > 0:
            high = sigma
        else:
            low = sigma
        step = sigma - error / grad(call_price)(sigma, S, 1.0, T)
        sigma = step if low < step < high else 0.5 * (low + high)
    return sigma


@program(lambda rng, n: (rng.uniform(0.9, 1.1), 0.03, rng.uniform(0.2, 0.4), n), wrt=(0, 1, 2))
def asian_option_by_paths(S0, r, sigma, n):
    """Antithetic paths from a seeded generator, a control variate, and a barrier that kills some."""
    rng = np.random.default_rng(5)
    dt = 1.0 / n
    drift, spread = (r - 0.5 * sigma**2) * dt, sigma * np.sqrt(dt)
    payoffs, controls = [], []
    for _ in range(8):
        z = rng.normal(size=n)
        for sign in (1, -1):
            S, total, alive = S0, 0.0, True
            for k in range(n):
                S *= np.exp(drift + sign * spread * z[k])
                total += S
                if S < 0.6:
                    alive = False
                    break
            payoffs.append(max(total / n - 1.0, 0.0) if alive else 0.0 * S)
            controls.append(S)
    payoffs, controls = np.array(payoffs), np.array(controls)
    centred = controls - controls.mean()
    beta = np.sum(centred * payoffs) / np.sum(centred**2)
    return np.exp(-r) * np.mean(payoffs - beta * (controls - S0 * np.exp(r)))


@program(lambda rng, n: (np.sort(rng.uniform(0.01, 0.06, n)), rng.uniform(0.3, n - 0.5, 3)), wrt=(0, 1))
def swap_on_a_curve(rates, times):
    """Discount factors between the knots of a curve, found by bisection, price a swap and a cap."""
    knots = 0.5 + np.arange(len(rates))

    def discount(t):
        k = np.searchsorted(knots, t)
        if k == 0:
            rate = rates[0]
        elif k == len(knots):
            rate = rates[-1]
        else:
            weight = (t - knots[k - 1]) / (knots[k] - knots[k - 1])
            rate = (1 - weight) * rates[k - 1] + weight * rates[k]
        return np.exp(-rate * t)

    annuity = sum(discount(0.5 * k) * 0.5 for k in range(1, len(rates)))
    par = (1.0 - discount(0.5 * (len(rates) - 1))) / annuity
    cap = 0.0
    for t in times:
        forward = discount(t) / discount(t + 0.5) - 1.0
        cap += discount(t + 0.5) * forward * normal_cdf((forward - 0.02) / 0.1)
    return 100 * par + cap
