"""Budgets, what was measured against them, and the table that tells both."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


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


def table(measured: dict[Budget, list[float]]) -> list[str]:
    """The lines of a Markdown table; of several measurements the worst, and how many there were."""
    lines = ["| fault | what is measured | budget | measured | times |", "| --- | --- | --- | --- | --- |"]
    for one, values in measured.items():
        limit, worst = f"{one.limit:g} {one.unit}", f"{max(values):.1f} {one.unit}"
        lines.append(f"| {one.fault} | {one.what} | {limit} | {worst} | {len(values)} |")
    return lines


def write(measured: dict[Budget, list[float]], folder: Path) -> Iterable[Path]:
    """chaos.md, for people, and chaos.json, with every single measurement."""
    folder.mkdir(parents=True, exist_ok=True)
    markdown, data = folder / "chaos.md", folder / "chaos.json"
    markdown.write_text("\n".join(table(measured)) + "\n")
    data.write_text(
        json.dumps(
            [
                {
                    "fault": one.fault,
                    "what": one.what,
                    "budget": one.limit,
                    "unit": one.unit,
                    "measured": [round(value, 3) for value in values],
                }
                for one, values in measured.items()
            ],
            indent=2,
        )
        + "\n"
    )
    return markdown, data
