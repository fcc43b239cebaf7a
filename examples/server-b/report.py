#!/usr/bin/env python3
"""The dashboard: turns the results of its upstreams, which cerebro hands over, into one HTML page with SVG charts."""

import charts
import page
import tables


def mib(number):
    return f"{number / 1024:.1f} GiB" if number >= 1024 else f"{number:.0f} MiB"


def offset_name(minutes):
    """-570 -> "−9½": short enough to stand below a narrow column."""
    quarters = ("", "¼", "½", "¾")[abs(minutes) % 60 // 15]
    return ("−" if minutes < 0 else "+" if minutes else "") + f"{abs(minutes) // 60}{quarters}"


def several(number, thing, things):
    return f"{number} {thing if number == 1 else things}"


def package_sections(given):
    sections, people = given["sections"], given["maintainers"]
    yield page.section("Sections with the most packages", charts.bars(
        "Packages by section", [(row["section"], row["packages"], f'{row["packages"]} · {mib(row["mib"])}') for row in sections["top"]]))
    yield page.section("Biggest packages", charts.bars(
        "Packages by installed size", [(row["name"], row["mib"], mib(row["mib"])) for row in given["biggest"]["top"]]))
    yield page.section("Who maintains most of it", charts.bars(
        "Packages by maintainer", [(row["name"], row["packages"], row["packages"]) for row in people["top"]]))


def zone_sections(given):
    offsets = given["offsets"]
    yield page.section("Continents", charts.bars("Time zones by continent", [
        (row["name"], row["zones"], f'{several(row["zones"], "zone", "zones")} · {several(row["countries"], "country", "countries")}')
        for row in given["continents"]["continents"]]))
    yield page.section("Time zones by distance from UTC", charts.columns("Time zones by offset", [
        (offset_name(row["minutes"]), row["zones"], row["changing"],
         f'UTC{offset_name(row["minutes"])}: {row["zones"]} zones, {row["changing"]} change their clocks') for row in offsets["offsets"]]),
        '<span class="key"><i class="bar" style="background:var(--bar)"></i>same time all year'
        '<i class="part" style="background:var(--part)"></i>clocks change twice a year</span>', wide=True)
    yield page.section("Where the zones are", charts.world("Time zones on a map", offsets["places"]),
                       "One point a zone, at its largest city; the colour is its distance from UTC.", wide=True)


def main():
    given = tables.inputs()
    sections, offsets = given["sections"], given["offsets"]
    tables.step(0.3, "drawing")
    figures = [page.figure(sections["packages"], "packages installed"), page.figure(mib(sections["mib"]), "on disk"),
               page.figure(given["maintainers"]["maintainers"], "maintainers"), page.figure(offsets["zones"], "time zones"),
               page.figure(offsets["version"], "tzdata")]
    coverage = given.get("coverage") or {}  # a machine without apt lists has none: the report only waits for its end
    if coverage:
        figures.append(page.figure(coverage["available"], "packages in apt's lists"))
        figures.append(page.figure(coverage["other_version"], "installed in another version than apt offers"))
    text = page.page("This machine and its time zones", "Installed packages from dpkg, time zones from tzdata",
                     figures, [*package_sections(given), *zone_sections(given)])
    tables.step(0.8, "writing")
    path = tables.work_folder() / "report.html"
    tables.write_whole(path, text)
    tables.give({"file": str(path), "bytes": len(text), "packages": sections["packages"], "zones": offsets["zones"]})
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
