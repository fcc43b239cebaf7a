"""Draws the figures of a benchmark program as an SVG: a panel for each metric, in it a bar for each workload as long as its
median, a whisker from the least to the greatest value, and a dashed line at the goal. Used by bench_run.py."""

from xml.sax.saxutils import escape

LABEL_WIDTH, BAR_WIDTH, VALUE_WIDTH = 260, 420, 140
ROW_HEIGHT, PANEL_GAP = 24, 44
STYLE = ("text{font:13px sans-serif;fill:#222} .title{font-weight:bold} .bar{fill:#6b9bd1} "
         ".whisker{stroke:#222;stroke-width:1.5} .goal{stroke:#b00020;stroke-width:1.5;stroke-dasharray:4 3} .goal-text{fill:#b00020}")


def goal_value(row, goal):
    """Where the goal of a row lies on the scale of its values, None without one."""
    if goal is None:
        return None
    value = goal.get("at_most", goal.get("at_least"))
    if goal["of"] == "ratio":
        return value * row["floor"] if row["floor"] else None
    return value


def number_text(number):
    return f"{number:,.0f}" if number >= 1000 else f"{number:.3g}"


def panel(metric, unit, entries, top):
    """Lines of SVG of one metric; `entries` are (row, goal)."""
    goals = [goal_value(row, goal) for row, goal in entries]
    greatest = max([row["max"] for row, _ in entries] + [goal for goal in goals if goal]) or 1
    lines = [f'<text class="title" x="0" y="{top}">{escape(metric)} ({escape(unit)})</text>']
    for number, ((row, _), goal) in enumerate(zip(entries, goals)):
        y = top + 10 + number * ROW_HEIGHT
        middle = y + ROW_HEIGHT / 2

        def x(value):
            return LABEL_WIDTH + BAR_WIDTH * value / greatest

        lines.append(f'<text x="0" y="{middle + 4:.1f}">{escape(row["workload"])}</text>')
        lines.append(f'<rect class="bar" x="{LABEL_WIDTH}" y="{y + 4}" width="{x(row["median"]) - LABEL_WIDTH:.1f}" '
                     f'height="{ROW_HEIGHT - 8}"/>')
        lines.append(f'<path class="whisker" d="M{x(row["min"]):.1f} {middle}H{x(row["max"]):.1f}'
                     f'M{x(row["min"]):.1f} {middle - 4}v8M{x(row["max"]):.1f} {middle - 4}v8"/>')
        lines.append(f'<text x="{LABEL_WIDTH + BAR_WIDTH + 10}" y="{middle + 4:.1f}">{number_text(row["median"])}</text>')
        if goal is not None:
            lines.append(f'<path class="goal" d="M{x(goal):.1f} {y}v{ROW_HEIGHT}"/>')
            lines.append(f'<text class="goal-text" x="{LABEL_WIDTH + BAR_WIDTH + 70}" y="{middle + 4:.1f}">'
                         f'goal {number_text(goal)}</text>')
    return lines


def plot(name, entries):
    """The SVG of one program; `entries` are its rows in order, each with its goal or None."""
    panels = {}
    for row, goal in entries:
        panels.setdefault((row["metric"], row["unit"]), []).append((row, goal))
    lines, top = [f'<text class="title" x="0" y="20">{escape(name)}</text>'], PANEL_GAP + 10
    for (metric, unit), members in panels.items():
        lines += panel(metric, unit, members, top)
        top += len(members) * ROW_HEIGHT + PANEL_GAP
    width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH + 20
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-10 0 {width} {top}" width="{width}" height="{top}">',
                      f"<style>{STYLE}</style>", '<rect x="-10" width="100%" height="100%" fill="#fff"/>', *lines, "</svg>", ""])
