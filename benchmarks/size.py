"""Lines and files a paper and floor: python -m benchmarks.size. The budget of a paper stands in CONTRIBUTING."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
FLOORS = ("theory", "sims", "claims", "figures", "tests", "benchmarks", "models", "corollary")


def counted() -> dict[str, dict[str, tuple[int, int]]]:
    """Floor -> paper or shared room -> (lines, files); what belongs to none has the floor's own name."""
    papers = {path.name for path in (ROOT / "claims").iterdir() if path.is_dir() and path.name != "__pycache__"}
    rooms = {path.name for floor in ("theory", "sims") for path in (ROOT / floor).iterdir() if path.is_dir()}
    held: dict[str, dict[str, tuple[int, int]]] = {}
    for floor in FLOORS:
        table: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
        links = [ROOT / "corollary" / other for other in FLOORS]
        for path in sorted((ROOT / floor).rglob("*.py")):
            if any(link in path.parents for link in links):
                continue
            words = "_".join(path.relative_to(ROOT / floor).with_suffix("").parts)
            owner = next((name for name in sorted(papers | rooms, key=len, reverse=True) if name in words), floor)
            lines, files = table[owner]
            table[owner] = lines + len(path.read_text().splitlines()), files + 1
        held[floor] = dict(table)
    return held


def main() -> None:
    held = counted()
    owners = sorted({name for table in held.values() for name in table} - set(FLOORS)) + list(FLOORS)
    print(f"{'':24}" + "".join(f"{floor:>16}" for floor in FLOORS) + f"{'together':>16}")
    for owner in [*owners, "together"]:
        cells = []
        for floor in FLOORS:
            named = held[floor] if owner == "together" else {owner: held[floor].get(owner, (0, 0))}
            cells.append(tuple(map(sum, zip(*named.values(), strict=True))) if named else (0, 0))
        whole = tuple(map(sum, zip(*cells, strict=True)))
        if any(whole):
            shown = [f"{lines:,} / {files}" if lines else "" for lines, files in [*cells, whole]]
            print(f"{owner:24}" + "".join(f"{cell:>16}" for cell in shown))


if __name__ == "__main__":
    main()
