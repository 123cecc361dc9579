"""Budgets, what was measured against them, and the table that tells both.

A run writes what it measured to test-results only. `put` brings it into the page, row by row: a run of some
of the tests changes their rows, and no other.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/operator.md"
HEADER = ["| fault | what is measured | budget | measured | times |", "| --- | --- | --- | --- | --- |"]


@dataclass(frozen=True)
class Budget:
    """What a fault may cost: `limit` in `unit`, of whatever `what` names."""

    fault: str
    what: str
    limit: float
    unit: str


@dataclass
class Figures:
    """All that was measured, in the order in which it was."""

    measured: dict[Budget, list[float]] = field(default_factory=dict)

    def note(self, budget: Budget, value: float) -> None:
        """Keep a figure, then fail where it is over its budget."""
        self.measured.setdefault(budget, []).append(value)
        assert value <= budget.limit, (
            f"{budget.fault}: {budget.what} {value:.1f} {budget.unit}, the budget is {budget.limit:g}"
        )


def row(one: Budget, values: list[float]) -> str:
    """A line of the table; of several measurements the worst, and how many there were."""
    limit, worst = f"{one.limit:g} {one.unit}", f"{max(values):.1f} {one.unit}"
    return f"| {one.fault} | {one.what} | {limit} | {worst} | {len(values)} |"


def table(measured: Mapping[Budget, list[float]]) -> list[str]:
    """The lines of a Markdown table."""
    return HEADER + [row(one, values) for one, values in measured.items()]


def put(page: str, measured: Mapping[Budget, list[float]]) -> str:
    """The page with these rows in its table, in place of those of the same fault and measure."""
    lines = page.splitlines()
    first = lines.index(HEADER[0]) + len(HEADER)
    end = next((at for at in range(first, len(lines)) if not lines[at].startswith("|")), len(lines))
    rows = {cells(line)[:2]: line for line in lines[first:end]}
    rows |= {(one.fault, one.what): row(one, values) for one, values in measured.items()}
    return "\n".join([*lines[:first], *rows.values(), *lines[end:]]) + "\n"


def cells(line: str) -> tuple[str, ...]:
    """The cells of a table's line."""
    return tuple(cell.strip() for cell in line.strip("|").split("|"))


def write(measured: Mapping[Budget, list[float]], folder: Path) -> Iterable[Path]:
    """chaos.md, for people, and chaos.json, with every single measurement of this run."""
    folder.mkdir(parents=True, exist_ok=True)
    markdown, data = folder / "chaos.md", folder / "chaos.json"
    markdown.write_text("\n".join(table(measured)) + "\n")
    told = [
        {"fault": one.fault, "what": one.what, "budget": one.limit, "unit": one.unit,
         "measured": [round(value, 3) for value in values]}
        for one, values in measured.items()
    ]  # fmt: skip
    data.write_text(json.dumps(told, indent=2) + "\n")
    return markdown, data


def read(data: Path) -> dict[Budget, list[float]]:
    """What chaos.json says."""
    return {
        Budget(one["fault"], one["what"], one["budget"], one["unit"]): one["measured"]
        for one in json.loads(data.read_text())
    }


if __name__ == "__main__":  # python tests/chaos/figures.py test-results/chaos.json
    PAGE.write_text(put(PAGE.read_text(), read(Path(sys.argv[1]))))
