"""Combinations that cover every pair: fewer than all, chosen the same way each time."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

Factors = Mapping[str, Sequence[str]]
Combination = dict[str, str]
_Pair = tuple[tuple[str, str], tuple[str, str]]


def covering(factors: Factors) -> list[Combination]:
    """Combinations in which every two values of different factors meet at least once.

    Greedy: each begins with the first pair that is missing, and takes for each further factor the value that
    brings most missing pairs (Cohen et al., AETG). Deterministic.
    """
    missing = dict.fromkeys(_pairs_of(factors))
    found = []
    while missing:
        chosen: Combination = dict(next(iter(missing)))
        for name, values in factors.items():
            if name not in chosen:
                chosen[name] = max(values, key=lambda value: _gain(chosen, name, value, missing))
        combination = {name: chosen[name] for name in factors}
        for pair in _pairs_in(combination):
            missing.pop(pair, None)
        found.append(combination)
    return found


def deviations(base: Combination, factors: Factors, at_most: int) -> list[Combination]:
    """The base, and all that differ from it in so many factors at most."""
    found = [base]
    for count in range(1, at_most + 1):
        for names in combinations(factors, count):
            changed = [base]
            for name in names:
                others = [value for value in factors[name] if value != base[name]]
                changed = [{**item, name: value} for item in changed for value in others]
            found += changed
    return found


def _gain(chosen: Combination, name: str, value: str, missing: Mapping[_Pair, None]) -> int:
    return sum(_pair((name, value), item) in missing for item in chosen.items())


def _pairs_of(factors: Factors) -> Iterator[_Pair]:
    for first, second in combinations(factors, 2):
        for one in factors[first]:
            for other in factors[second]:
                yield _pair((first, one), (second, other))


def _pairs_in(combination: Combination) -> Iterator[_Pair]:
    return (_pair(one, other) for one, other in combinations(combination.items(), 2))


def _pair(one: tuple[str, str], other: tuple[str, str]) -> _Pair:
    return (one, other) if one < other else (other, one)
