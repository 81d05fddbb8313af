"""Every block of the tutorials, how-to pages and concepts: run from top to bottom against a real server, or listed."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib
import matplotlib.image
import pytest

import doc_bowyer
from bowyer_process import BowyerProcess
from conftest import stop_cleanly
from doc_pages import DOCS, RUN, Block, blocks, pages
from doc_runner import PageRun
from doc_tables import NOT_RUN, prepare

ALL = [block for page in pages() for block in blocks(page)]
LINK = re.compile(r"\]\(([^)#\s]+)?(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def is_run(block: Block) -> bool:
    return not any(one.covers(block) for one in NOT_RUN)


def test_each_block_is_run_or_listed_with_a_reason() -> None:
    wrong = [f"{block}: {block.first_line()}" for block in ALL if is_run(block) and block.language not in RUN]
    assert not wrong, "give these a language that test_docs.py runs, or list them in doc_tables.py:\n" + "\n".join(
        wrong
    )


def test_the_list_has_nothing_else() -> None:
    stale = [one for one in NOT_RUN if (DOCS / one.page).exists() and not any(one.covers(block) for block in ALL)]
    assert not stale


@pytest.mark.parametrize("page", [*pages(), "README.md"])
def test_links_lead_somewhere(page: str) -> None:
    path = DOCS / page
    for target, anchor in LINK.findall(path.read_text(encoding="utf-8")):
        if target.startswith(("http:", "https:")):
            continue
        other = path.parent / target if target else path
        assert other.exists(), f"{page}: {target}"
        if anchor and other.suffix == ".md":
            assert anchor in anchors(other), f"{page}: {target}#{anchor}"


def anchors(path: Path) -> set[str]:
    """As the usual viewers of Markdown make them."""
    headings = HEADING.findall(path.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_index_has_every_page() -> None:
    linked = {target for target, _ in LINK.findall((DOCS / "README.md").read_text(encoding="utf-8"))}
    assert set(pages()) <= linked, set(pages()) - linked


@pytest.fixture(scope="module", autouse=True)
def demo() -> Iterator[BowyerProcess]:
    """The demo that the pages share."""
    process = BowyerProcess(["demo"])
    with pytest.MonkeyPatch.context() as patch:
        addresses = doc_bowyer.ADDRESSES.search(process.stdout.text())
        assert addresses
        patch.setitem(os.environ, doc_bowyer.DEMO, json.dumps(addresses.groupdict()))
        yield process
    stop_cleanly(process)


@pytest.fixture
def page_run(tmp_path: Path) -> Iterator[PageRun]:
    matplotlib.use("Agg")
    run = PageRun(tmp_path)
    yield run
    run.close()


@pytest.mark.parametrize("page", sorted({block.page for block in ALL if is_run(block)}))
def test_page(page: str, page_run: PageRun) -> None:
    prepare(page_run, page)
    for block in blocks(page):
        if is_run(block):
            try:
                page_run.run(block)
            except Exception as e:
                raise AssertionError(f"{block}: {e}\n{block.text}") from e
    if page == "tutorial/sixty-seconds-to-a-plot.md":
        pixels = matplotlib.image.imread(page_run.folder / "sales.png")
        assert len({tuple(pixel) for row in pixels[::4, ::4] for pixel in row}) > 10, "the picture shows something"
