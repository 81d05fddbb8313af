"""Writes the golden files and the base anew."""

from golden import base_files, chart_files, overlay_files
from tree import GOLDEN, ROOT


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    kept = set()
    # The overlays are built of the base.
    for files in (chart_files, base_files, overlay_files):
        for path, text in files().items():
            kept.add(path)
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
                print(f"written: {path.relative_to(ROOT)}")
    for path in GOLDEN.iterdir():
        if path not in kept:
            path.unlink()
            print(f"removed: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
