"""The data dictionary of a small project: what stands in it, where its links lead, what lineage says."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.transform.conftest import Workshop
from xiantong.dictionary import FolderError, write_dictionary
from xiantong.dictionary.lineage import ColumnRef, delivered_columns
from xiantong.dictionary.models import Model
from xiantong.settings import Settings


class Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loaded: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if values.get("id"):
            self.ids.add(str(values["id"]))
        if tag == "a" and values.get("href"):
            self.links.add(str(values["href"]))
        if tag in ("link", "script", "img"):
            self.loaded.add(str(values.get("href") or values.get("src")))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("dictionary")
    workshop = Workshop.make(root)
    write_dictionary(workshop.settings, root / "pages")
    return root / "pages"


@pytest.fixture(scope="module")
def pages(folder: Path) -> dict[str, Page]:
    return {path.name: Page(path.read_text("utf-8")) for path in folder.glob("*.html")}


def test_every_link_leads_somewhere(folder: Path, pages: dict[str, Page]) -> None:
    checked = 0
    for name, page in pages.items():
        for link in page.links:
            target, _, place = link.partition("#")
            assert (target or name) in pages, link
            assert not place or place in pages[target or name].ids, f"{name}: {link}"
            checked += 1
    assert checked > 50


def test_pages_need_no_network(folder: Path, pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert page.loaded == {"dictionary.css", "search.js"}
    texts = [path.read_text("utf-8") for path in folder.iterdir()]
    assert len(texts) == len(pages) + 2
    assert not [text for text in texts if re.search(r"https?://", text)]


def test_dataset_shows_columns_rules_and_both_languages(
    folder: Path, pages: dict[str, Page]
) -> None:
    text = (folder / "energy.html").read_text("utf-8")
    assert "energy.fuel_consumption.consume_qty" in pages["energy.html"].ids
    for words in ("能源购进消费与库存表", "Energy purchase, consumption and stock", "消费量合计",
                  "期初库存加购进应等于消费加期末库存", "强制性"):  # fmt: skip
        assert words in text


def test_indicator_leads_back_to_the_delivered_column_and_the_column_to_it(folder: Path) -> None:
    shown = (folder / "shown.html").read_text("utf-8")
    start = shown.index('id="SHOWN_COAL"')
    section = shown[start : shown.index("</section>", start)]
    assert 'href="energy.html#energy.fuel_consumption.consume_qty"' in section
    energy = (folder / "energy.html").read_text("utf-8")
    start = energy.index('id="energy.fuel_consumption.consume_qty"')
    assert "SHOWN_COAL" in energy[start : energy.index("</tr>", start)]


def test_reference_tables_say_what_their_columns_are(folder: Path, pages: dict[str, Page]) -> None:
    assert {"seed_code", "seed_area", "seed_energy_type", "seeds"} <= pages["codes.html"].ids
    text = (folder / "codes.html").read_text("utf-8")
    section = text[text.index('id="seed_energy_type"') :]
    assert "当量折标系数" in section[: section.index("</section>")]
    assert "codes.html#seed_energy_type" in (folder / "search.js").read_text("utf-8")


def test_lineage_follows_computations_over_several_models() -> None:
    models = {
        model.name: model
        for model in (
            Model("stg_a__b", "staging", "", {"uscc": "", "qty": "", "price": ""}, "", ()),
            Model("int_x", "intermediate", "", {}, 'select uscc, qty * price as amount from "db"."staging"."stg_a__b"', ()),
            Model("fct_y", "marts", "", {}, "with x as (select * from int_x) select uscc, sum(amount) as total, count(*) as n from x group by uscc", ()),
        )
    }  # fmt: skip
    traced = delivered_columns(models)
    assert traced[ColumnRef("fct_y", "total")] == {
        ColumnRef("stg_a__b", "qty"),
        ColumnRef("stg_a__b", "price"),
    }
    assert traced[ColumnRef("fct_y", "uscc")] == {ColumnRef("stg_a__b", "uscc")}
    assert traced[ColumnRef("fct_y", "n")] == frozenset()


def test_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("three years of work")

    with pytest.raises(FolderError, match="holds something else"):
        write_dictionary(Settings(), tmp_path)

    assert (tmp_path / "thesis.docx").exists()
