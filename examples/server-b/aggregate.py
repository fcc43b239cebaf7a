#!/usr/bin/env python3
"""The aggregates of server-b, one a call: reads what server-a cleaned, counts, and gives a small result to the report.

usage: aggregate.py sections|biggest|maintainers|coverage|countries|continents|offsets [--top N] [--is-there]
"""

import argparse
import collections
import sys

import tables

COUNTRY_CODES = "/usr/share/zoneinfo/iso3166.tab"


def mib(kib):
    return round(int(kib) / 1024, 1)


def packages():
    tables.step(0.2, "reading the clean packages")
    rows = tables.table(tables.inputs()["server-a/clean_packages"])
    tables.step(0.6, f"counting {len(rows)} packages")
    return rows


def sections(options):
    count, size = collections.Counter(), collections.Counter()
    for row in packages():
        count[row["section"]] += 1
        size[row["section"]] += int(row["installed_kib"])
    top = [{"section": name, "packages": number, "mib": mib(size[name])} for name, number in count.most_common(options.top)]
    return {"packages": sum(count.values()), "mib": mib(sum(size.values())), "sections": len(count), "top": top}


def biggest(options):
    rows = sorted(packages(), key=lambda row: (-int(row["installed_kib"]), row["name"]))
    return {"top": [{"name": row["name"], "version": row["version"], "mib": mib(row["installed_kib"])}
                    for row in rows[:options.top]]}


def maintainers(options):
    count = collections.Counter(row["maintainer"] for row in packages())
    return {"maintainers": len(count),
            "top": [{"name": name, "packages": number} for name, number in count.most_common(options.top)]}


def coverage(_):
    available = {}
    tables.step(0.2, "reading what apt could install")
    for row in tables.table(tables.inputs()["server-a/extract_apt"]):
        available.setdefault(row["name"], set()).add(row["version"])
    rows = packages()
    known = [row for row in rows if row["name"] in available]
    other = [row["name"] for row in known if row["version"] not in available[row["name"]]]
    return {"available": len(available), "installed": len(rows), "known": len(known), "other_version": len(other)}


def countries_file():
    return tables.work_folder() / "clean" / "countries.tsv"


def countries(options):
    if options.is_there:
        sys.exit(0 if countries_file().exists() else 1)
    tables.step(0.5, "reading the names of ISO 3166")
    with open(COUNTRY_CODES, encoding="utf-8") as file:
        rows = [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]
    tables.write_whole(countries_file(), "code\tname\n" + "".join(row + "\n" for row in rows))
    return {"file": str(countries_file()), "rows": len(rows)}


def zones():
    tables.step(0.3, "reading the clean zones")
    return tables.table(tables.inputs()["server-a/clean_zones"])


def continents(_):
    names = {row["code"]: row["name"] for row in tables.table({"file": countries_file()})}
    zone_count, country_sets = collections.Counter(), collections.defaultdict(set)
    for row in zones():
        zone_count[row["continent"]] += 1
        # A zone may serve countries far away; its first one is where it lies.
        country_sets[row["continent"]].add(names.get(row["countries"].split(",")[0], row["countries"]))
    tables.step(0.7, f"joining {len(names)} countries")
    return {"continents": [{"name": name, "zones": number, "countries": len(country_sets[name])}
                           for name, number in zone_count.most_common()]}


def offsets(_):
    rows = zones()
    tables.step(0.7, f"grouping {len(rows)} zones")
    count = collections.Counter(int(row["offset_minutes"]) for row in rows)
    changing = collections.Counter(int(row["offset_minutes"]) for row in rows if row["changes"] == "yes")
    return {"zones": len(rows), "version": tables.inputs()["server-a/clean_zones"]["version"],
            "offsets": [{"minutes": minutes, "zones": count[minutes], "changing": changing[minutes]} for minutes in sorted(count)],
            "places": [[float(row["longitude"]), float(row["latitude"]), int(row["offset_minutes"])] for row in rows]}


AGGREGATES = {"sections": sections, "biggest": biggest, "maintainers": maintainers, "coverage": coverage,
              "countries": countries, "continents": continents, "offsets": offsets}


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument("aggregate", choices=AGGREGATES)
    parser.add_argument("--top", type=int, default=10)
    parser.add_argument("--is-there", action="store_true")
    options = parser.parse_args(arguments)
    result = AGGREGATES[options.aggregate](options)
    tables.give(result)
    print(", ".join(f"{name} {value}" for name, value in result.items() if not isinstance(value, list)))


if __name__ == "__main__":
    main(sys.argv[1:])
