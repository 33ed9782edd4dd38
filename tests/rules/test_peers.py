"""Derivatives of all rows against autograd and JAX, where these have the function.

Each call that gives another derivative, or another value, is explained in ``peer_differences``, and each
explanation is of a call that does; how many agree is told to readers, in docs/trust.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import jax
import pytest

from tests.rules import peer_differences, peers


@pytest.fixture(autouse=True)
def doubles() -> Iterator[None]:
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def explained(table: dict[str, list[peer_differences.Difference]], peer: str) -> set[str]:
    return {call for difference in table[peer] for call in difference.calls.split()}


def at_least(told: tuple[int, ...], found: list[int]) -> None:
    """Figures that readers are told are not above those found, which grow with the table."""
    assert all(t <= f for t, f in zip(told, found, strict=True)), f"{found} are found, {told} are told"


@pytest.mark.slow
@pytest.mark.parametrize("peer", peer_differences.PEERS)
def test_calls_agree_or_are_explained(peer: str) -> None:
    found = {case: peers.compared(case, peer) for case in peers.cases()}
    of = {verdict: {c.call for c, v in found.items() if v == verdict} for verdict in peers.VERDICTS}
    assert of[peers.DIFFERS] == explained(peer_differences.DIFFERENT, peer)
    assert of[peers.OTHER_VALUE] == explained(peer_differences.OTHER_VALUES, peer)
    taken = {case.row for case, verdict in found.items() if verdict in peers.VERDICTS}
    counts = Counter(found.values())
    figures = [counts[verdict] for verdict in peers.VERDICTS]
    at_least(peer_differences.COUNTS[peer], [len(taken), sum(figures), *figures])


@pytest.mark.slow
@pytest.mark.parametrize("peer", peer_differences.PEERS)
def test_special_points(peer: str) -> None:
    """Conventions that are others than ours."""
    found = {case.name: peers.compared(case, peer) for case in peers.special_points()}
    others = {name for name, verdict in found.items() if verdict == peers.DIFFERS}
    assert others == explained(peer_differences.CONVENTIONS, peer)
    agreed = Counter(found.values())[peers.AGREES]
    at_least(peer_differences.POINTS[peer], [agreed + len(others), agreed])
