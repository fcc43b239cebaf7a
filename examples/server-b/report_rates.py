#!/usr/bin/env python3
"""A page with the exchange rates, if they are ever delivered."""

import charts
import page
import tables


def main():
    rows = tables.table(tables.inputs()["server-a/extract_exchange_rates"])
    tables.step(0.5, f"drawing {len(rows)} rates")
    bars = [(row["currency"], float(row["rate"]), row["rate"]) for row in rows]
    path = tables.work_folder() / "rates.html"
    tables.write_whole(path, page.page("Exchange rates", "As delivered by the treasury", [page.figure(len(rows), "currencies")],
                                       [page.section("Rates", charts.bars("Exchange rates", bars), wide=True)]))
    tables.give({"file": str(path), "rates": len(rows)})
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
