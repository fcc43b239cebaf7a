"""Charts as SVG text for one HTML page: bars, columns and a map of points. No library and no script, so that a page is one
file that opens anywhere. Colours come from the page's style sheet by class, so they follow light and dark."""

import html

LETTER_WIDTH = 7.4  # of the 13 px letters of the style sheet, rather too wide than too narrow


def text(x, y, words, anchor="start", kind="label"):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{html.escape(str(words))}</text>'


def svg(width, height, title, parts):
    return (f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{html.escape(title)}">'
            f"<title>{html.escape(title)}</title>{''.join(parts)}</svg>")


def shortened(words, most):
    return words if len(words) <= most else words[:most - 1] + "…"


def bars(title, rows, width=640):
    """Horizontal bars; a row is (label, value, text at the end of the bar)."""
    rows = [(shortened(str(label), 34), value, str(note)) for label, value, note in rows]
    label_width = 16 + LETTER_WIDTH * max((len(label) for label, _, _ in rows), default=0)
    room = width - label_width - 16 - LETTER_WIDTH * max((len(note) for _, _, note in rows), default=0)
    largest = max((value for _, value, _ in rows), default=0) or 1
    parts = []
    for i, (label, value, note) in enumerate(rows):
        y = 6 + i * 26
        length = max(2.0, room * value / largest)
        parts.append(text(label_width - 10, y + 14, label, "end"))
        parts.append(f'<rect x="{label_width:.1f}" y="{y}" width="{length:.1f}" height="18" rx="3" class="bar">'
                     f"<title>{html.escape(f'{label}: {note}')}</title></rect>")
        parts.append(text(label_width + length + 8, y + 14, note, kind="note"))
    return svg(width, 12 + 26 * len(rows), title, parts)


def columns(title, rows, width=1300, height=250):
    """Vertical bars of two parts; a row is (label, value, part of the value, tooltip)."""
    floor, room = height - 26, height - 60
    slot = (width - 10) / max(1, len(rows))
    largest = max((value for _, value, _, _ in rows), default=0) or 1
    parts = [f'<line x1="0" y1="{floor}" x2="{width}" y2="{floor}" class="axis"/>']
    for i, (label, value, part, tooltip) in enumerate(rows):
        x, wide = 5 + i * slot + slot * 0.12, slot * 0.76
        tall, part_tall = room * value / largest, room * part / largest
        parts.append(f"<g><title>{html.escape(tooltip)}</title>"
                     f'<rect x="{x:.1f}" y="{floor - tall:.1f}" width="{wide:.1f}" height="{tall:.1f}" rx="2" class="bar"/>'
                     f'<rect x="{x:.1f}" y="{floor - part_tall:.1f}" width="{wide:.1f}" height="{part_tall:.1f}" rx="2" class="part"/></g>')
        parts.append(text(x + wide / 2, floor - tall - 5, value, "middle", "note"))
        parts.append(text(x + wide / 2, height - 8, label, "middle", "tick"))
    return svg(width, height, title, parts)


def colour(minutes):
    """One hue around the clock, so that neighbours in time are neighbours in colour."""
    return f"hsl({(minutes / 60 * 15 + 200) % 360:.0f} 70% 50%)"


def world(title, points, width=1300, height=560):
    """Points on earth as (longitude, latitude, minutes from UTC); degrees are drawn as they are."""
    def at(longitude, latitude):
        return (longitude + 180) * width / 360, (84 - latitude) * height / 145

    parts = []
    for hour in range(-11, 12):
        x, _ = at(hour * 15, 0)
        parts.append(f'<line x1="{x:.1f}" y1="0" x2="{x:.1f}" y2="{height - 22}" class="grid"/>')
        if hour % 2 == 0:
            parts.append(text(x, height - 6, f"{hour:+d} h" if hour else "UTC", "middle", "tick"))
    _, equator = at(0, 0)
    parts.append(f'<line x1="0" y1="{equator:.1f}" x2="{width}" y2="{equator:.1f}" class="grid"/>')
    for longitude, latitude, minutes in points:
        x, y = at(longitude, latitude)
        if y < height - 26:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour(minutes)}"/>')
    return svg(width, height, title, parts)
