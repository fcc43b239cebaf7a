"""The frame of a page of server-b: title, figures at the top, sections with charts, and where all of it comes from."""

import html
import os
import time

STYLE = """
:root { --paper: #f6f7f9; --card: #fff; --ink: #1b2430; --soft: #667085; --line: #e3e7ed; --bar: #3b74d9; --part: #e08b2d; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #12161c; --card: #1b212a; --ink: #e8ecf2; --soft: #98a3b3; --line: #2c3440; --bar: #5c93f0; --part: #e7a04e; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1400px; margin: 0 auto; padding: 32px 24px 48px; }
h1 { font-size: 28px; margin: 0; } h2 { font-size: 16px; margin: 0 0 12px; }
p { margin: 4px 0 0; color: var(--soft); }
.figures, .cards { display: grid; gap: 16px; margin-top: 24px; }
.figures { grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); }
.cards { grid-template-columns: repeat(auto-fit, minmax(460px, 1fr)); }
.figures div, .cards section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; }
.figures b { display: block; font-size: 26px; line-height: 1.2; font-weight: 650; } .figures span { color: var(--soft); }
.wide { grid-column: 1 / -1; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--ink); font-size: 13px; } svg .note, svg .tick { fill: var(--soft); } svg .tick { font-size: 12px; }
.bar { fill: var(--bar); } .part { fill: var(--part); } .axis { stroke: var(--soft); } .grid { stroke: var(--line); }
.key i { display: inline-block; width: 11px; height: 11px; border-radius: 2px; margin: 0 5px 0 14px; }
footer { margin-top: 28px; color: var(--soft); font-size: 13px; }
@media (max-width: 560px) { .cards { grid-template-columns: 1fr; } }
"""


def figure(number, words):
    shown = f"{number:,}".replace(",", " ") if isinstance(number, int) else str(number)
    return f"<div><b>{html.escape(shown)}</b><span>{html.escape(words)}</span></div>"


def section(title, chart, remark="", wide=False):
    below = f"<p>{remark}</p>" if remark else ""
    return f'<section{" class=wide" if wide else ""}><h2>{html.escape(title)}</h2>{chart}{below}</section>'


def page(title, subtitle, figures, sections):
    run = html.escape(os.environ.get("CORDYNA_RUN_ID", ""))
    task = html.escape(os.environ.get("CORDYNA_TASK", ""))
    made = time.strftime("%Y-%m-%d %H:%M:%S %Z")
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(title)}</title><style>{STYLE}</style></head>
<body><main>
<h1>{html.escape(title)}</h1><p>{html.escape(subtitle)}</p>
<div class="figures">{''.join(figures)}</div>
<div class="cards">{''.join(sections)}</div>
<footer>Written by {task} in run {run} on {made}. What went into it: dyna show {run}</footer>
</main></body></html>
"""
