"""docs/lifecycle.md, drawn from the table. Pure."""

from collections import defaultdict

from incidents.lifecycle import TABLE, Row, Status, Step

HEAD = """# The life of an incident

Drawn from `incidents/lifecycle.py` by `./hotline manage draw_lifecycle`; a test holds the two
together. Guards are explained in `incidents/guards.py`, their sentences in `incidents/refusals.py`.
"""


def page() -> str:
    return "\n".join([HEAD, diagram(), "", moves(), "", notes(), ""])


def diagram() -> str:
    """Every step that changes the status; steps between the same two share an arrow."""
    arrows: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in TABLE:
        for origin in row.origins:
            if row.to is not None and row.to != origin:
                arrows[origin.value, row.to.value].append(row.step.value)
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> registered: register"]
    order = [status.value for status in Status]
    for (start, to), steps in sorted(
        arrows.items(), key=lambda each: (order.index(each[0][0]), order.index(each[0][1]))
    ):
        lines.append(f"    {start} --> {to}: {', '.join(steps)}")
    return "\n".join([*lines, "```"])


def moves() -> str:
    rows = [row for row in TABLE if row.to is not None]
    head = ["| From | Step | Roles | Guards | To |", "|---|---|---|---|---|"]
    return "\n".join(["## Steps that change the status", "", *head, *map(line, rows)])


def notes() -> str:
    rows = [row for row in TABLE if row.to is None]
    head = ["| In | Step | Roles | Guards | To |", "|---|---|---|---|---|"]
    return "\n".join(["## Steps that are noted", "", *head, *map(line, rows)])


def line(row: Row) -> str:
    cells = [
        ", ".join(origin.value for origin in row.origins),
        f"`{row.step.value}`",
        roles(row),
        ", ".join(guard.value for guard in row.guards),
        row.to.value if row.to else "same",
    ]
    return "| " + " | ".join(cells) + " |"


def roles(row: Row) -> str:
    everybody = max(len(each.roles) for each in TABLE)
    if len(row.roles) == everybody and row.step == Step.JOIN:
        return "whoever files"
    return ", ".join(sorted(who.value for who in row.roles))
