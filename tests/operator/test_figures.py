"""The page's table of what each fault cost: whole, whatever part of the chaos tests was run last."""

import re
from pathlib import Path

from chaos.figures import HEADER, PAGE, Budget, cells, put, read, write

CHAOS = Path(__file__).parents[1] / "chaos"
LOST, BACK = Budget("pod lost", "missing", 4, "slots"), Budget("pod lost", "back after", 10, "s")
SOURCE = Budget("source lost", "missing", 0, "slots")
HEAD = "# Page\n\n" + "\n".join(HEADER) + "\n"


def test_a_run_of_some_tests_changes_their_rows_and_no_other() -> None:
    page = put(HEAD + "\nAfter it.\n", {LOST: [1.0, 1.5], BACK: [5.4]})
    assert page == (
        HEAD + "| pod lost | missing | 4 slots | 1.5 slots | 2 |\n"
        "| pod lost | back after | 10 s | 5.4 s | 1 |\n\nAfter it.\n"
    )
    again = put(page, {BACK: [6.0], SOURCE: [0.0]})
    assert again == page.replace("5.4 s", "6.0 s").replace(
        "\n\nAfter", "\n| source lost | missing | 0 slots | 0.0 slots | 1 |\n\nAfter"
    )
    assert put(page, {}) == page


def test_what_a_run_wrote_can_be_put_into_the_page_later(tmp_path: Path) -> None:
    measured = {LOST: [1.0, 1.5], SOURCE: [0.0]}
    _, data = write(measured, tmp_path)
    assert read(data) == measured


def test_the_page_has_a_row_for_every_budget() -> None:
    """Read as text: the chaos tests themselves need a cluster and a browser."""
    written = re.compile(r'Budget\(\s*"([^"]+)",\s*"([^"]+)",\s*([\w.]+),\s*"(\w+)"')
    found = [one for path in sorted(CHAOS.glob("test_*.py")) for one in written.findall(path.read_text())]
    assert len(found) > 20
    rows = {cells(line)[:2]: cells(line) for line in PAGE.read_text().splitlines() if line.count("|") == 6}
    for fault, what, limit, unit in found:
        assert (fault, what) in rows, f"docs/operator.md lacks: {fault}, {what}"
        if limit.replace(".", "").isdecimal():
            assert rows[fault, what][2] == f"{float(limit):g} {unit}"
