"""Writes the pages of the dictionary."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from xiantong.contracts.catalogue import Catalogue
from xiantong.contracts.model import Privacy
from xiantong.dictionary.content import Dictionary, put_together
from xiantong.dictionary.lineage import ColumnRef, delivered_columns
from xiantong.dictionary.models import compile_models, read_seeds
from xiantong.forms.wording import due_wording
from xiantong.periods import Frequency
from xiantong.settings import Settings
from xiantong.transform.indicators import read_registry

# A folder with this file was written by us.
_MARK = "dictionary.css"
Progress = Callable[[int, int, str], None]

_FREQUENCY_ZH = {
    Frequency.MONTHLY: "月报",
    Frequency.QUARTERLY: "季报",
    Frequency.SEMESTER: "学期（半年）报",
    Frequency.ANNUAL: "年报",
    Frequency.EVENT: "事件随报",
}
_PRIVACY_ZH = {Privacy.NONE: "", Privacy.PERSONAL: "个人信息", Privacy.SENSITIVE: "敏感信息"}
_BASIS_ZH = {"current": "当期", "ytd": "本年累计", "cumulative": "自始累计", "stock": "期末"}
_LEVEL_ZH = {
    "province": "省", "prefecture": "市", "county": "县", "township": "乡镇", "zone": "园区",
}  # fmt: skip


class FolderError(ValueError):
    """The folder is not one that the dictionary may replace."""


def write_dictionary(
    settings: Settings, folder: Path, progress: Progress = lambda done, total, what: None
) -> list[Path]:
    """Write the dictionary into ``folder``, which is replaced; returns the pages.

    Raises ``FolderError`` where the folder holds something else, and ``CompileError`` where dbt cannot
    compile the models.
    """
    _refuse_foreign(folder)
    progress(0, 1, "dbt compile")
    models = compile_models(settings)
    seen: list[str] = []

    def tell(model: str) -> None:
        seen.append(model)
        progress(len(seen), len(models), model)

    traced = delivered_columns(models, tell)
    catalogue = Catalogue(settings.expectations)
    registry = read_registry(settings.expectations / "indicators")
    content = put_together(catalogue, registry, models, read_seeds(settings), traced)
    return _write(content, catalogue, folder)


def _refuse_foreign(folder: Path) -> None:
    """Only an empty folder or an earlier dictionary is replaced; anything else would be deleted."""
    if not folder.exists() or (folder / _MARK).is_file():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise FolderError(f"{folder} holds something else; name a new or an empty folder")


def _write(content: Dictionary, catalogue: Catalogue, folder: Path) -> list[Path]:
    part = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    pages = _environment(catalogue)
    pages.globals["subject_of"] = {
        entry.indicator.code: subject.name
        for subject in content.subjects
        for entry in subject.indicators
    }
    written = ["index.html", "codes.html"]
    _page(pages, part / "index.html", "index.html.j2", content=content)
    _page(pages, part / "codes.html", "codes.html.j2", content=content)
    for subject in content.subjects:
        name = f"{subject.name}.html"
        _page(pages, part / name, "subject.html.j2", content=content, subject=subject)
        written.append(name)
    (part / "search.js").write_text(_search(content), encoding="utf-8")
    _page(pages, part / _MARK, "dictionary.css.j2")
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)
    return [folder / name for name in written]


def _page(pages: Environment, path: Path, template: str, **values: Any) -> None:
    path.write_text(pages.get_template(template).render(**values), encoding="utf-8")


def _environment(catalogue: Catalogue) -> Environment:
    pages = Environment(
        loader=PackageLoader("xiantong.dictionary"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    headers = {
        ColumnRef(c.id.staging_model, column.name): column.header_zh
        for c in catalogue.contracts.values()
        for column in c.columns
    }
    datasets = {c.id.staging_model: c for c in catalogue.contracts.values()}
    pages.globals |= {
        "frequency_zh": _FREQUENCY_ZH,
        "privacy_zh": _PRIVACY_ZH,
        "basis_zh": _BASIS_ZH,
        "level_zh": _LEVEL_ZH,
        "due_wording": due_wording,
        "header_of": headers.get,
        "dataset_of": datasets.get,
    }
    return pages


def _search(content: Dictionary) -> str:
    """What the search box looks through: kind, name, Chinese name, address."""
    entries: list[tuple[str, str, str, str]] = []
    for subject in content.subjects:
        page = f"{subject.name}.html"
        for dataset in subject.datasets:
            contract = dataset.contract
            entries.append(("表", str(contract.id), contract.title_zh, f"{page}#{contract.id}"))
            entries += [
                ("列", f"{contract.id}.{c.column.name}", c.column.header_zh,
                 f"{page}#{contract.id}.{c.column.name}")
                for c in dataset.columns
            ]  # fmt: skip
        for mart in subject.marts:
            entries.append(("宽表", mart.model.name, mart.model.description, f"{page}#{mart.model.name}"))  # fmt: skip
        for entry in subject.indicators:
            indicator = entry.indicator
            entries.append(("指标", indicator.code, indicator.name_zh, f"{page}#{indicator.code}"))
    entries += [("参考表", s.name, s.description, f"codes.html#{s.name}") for s in content.seeds]
    entries += [("代码表", c.name, c.title_zh, f"codes.html#{c.name}") for c in content.code_lists]
    text = json.dumps(entries, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f"const ENTRIES = {text};\n{_SEARCH}"


_SEARCH = """
const box = document.getElementById("search");
const list = document.getElementById("found");
function show() {
  const words = box.value.toLowerCase().split(/\\s+/).filter(Boolean);
  list.replaceChildren();
  if (!words.length) { list.hidden = true; return; }
  const hits = ENTRIES.filter(e => words.every(w => (e[1] + " " + e[2]).toLowerCase().includes(w)));
  for (const [kind, name, zh, address] of hits.slice(0, 30)) {
    const link = document.createElement("a");
    link.href = address;
    for (const [tag, text] of [["b", kind], ["code", name], ["span", zh.slice(0, 60)]]) {
      const part = document.createElement(tag);
      part.textContent = text;
      link.append(part, " ");
    }
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  if (!hits.length) {
    const item = document.createElement("li");
    item.textContent = "没有找到 · nothing found";
    list.append(item);
  }
  list.hidden = false;
}
box.addEventListener("input", show);
box.addEventListener("keydown", event => { if (event.key === "Escape") { box.value = ""; show(); } });
"""
