"""Explanations of warnings: whether a text explains anything, and which finding it belongs to.

A finding that waits for an explanation has a *fingerprint* of two keyed digests, ``<row>.<values>``:
of the key of its row and of the values that the rule looks at. It tells nothing about the values to
whoever does not have the key, and it finds the same warning again after rows were inserted, sorted
or deleted, and in the next revision.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from xiantong.delivered import Explanation
from xiantong.findings import CheckedSubmission, Finding
from xiantong.masking import without_identity

# What people write to be done with it.
_EMPTY_TALK = """
    核实 核查 核对 审核 检查 复核 确认 查实 属实 无误 有误 没有误 没有错误 没错 正确 真实 准确 无异常 未见异常 没有异常
    异常 正常 情况 数据 数值 数字 内容 填报 填写 上报 报送 录入 实际 如实 据实 确实 如此 这样 就是 为准 经与 经过 已经
    再次 反复 多次 一致 相符 符合 相同 一样 无问题 没问题 没有问题 问题 无说明 无需说明 不用说明 无须说明 暂无说明 没有说明
    说明 解释 原因 理由 备注 暂无 没有 不详 不清楚 不知道 知道 知悉 收到 好的 你好 测试 同上 同前 同上期 见上 如上 如下
    见附件 详见附件 详见 见备注 其他 其它 同意 通过 我单位 本单位 我局 本局 我镇 本镇 我校 本校 我公司 本公司 我们 单位
    企业 公司 部门 乡镇 学校 相关 有关 负责人 以上 上述 该项 该数 此项 本期 本月 本季 本年 上期 上月 去年 同期 本表 原始
    系统导出 系统数据 系统 自动 生成 计算 请通过 请予通过 请审核 请核实 请受理 谢谢 领导 上级 请示 要求 按照 规定 文件 执行
    需要 工作 特殊 客观 主观 历史 波动 变化 变动 未变 发生 补充 后补 稍后 偏大 偏小 偏高 偏低 较大 较小 较高 较低 过大 过小
    过高 过低 很大 很小 同比 环比 增长 下降 增加 减少 增幅 降幅
"""
_FILLERS = "无 略 的 了 是 为 已 经 按 均 都 皆 且 确 该 此 待 请"
# These are halves of words too (合并, 并购, 和解, 系统外): empty only where nothing else is left.
_JOINING = "与和并系"
_COUNTING = "[一二三四五六七八九十]{3,}|[甲乙丙丁戊己庚辛]{3,}"
_EMPTY_LATIN = """
    none null nil na no ok okay yes true correct confirmed checked verified right fine normal good all
    this that is are it the a as above below data value values figure figures real accurate problem
    problems sure done same nothing reason reasons explanation see note test testing tested todo tbd
    asdf asdfg asdfgh asdfghjkl qwer qwert qwerty zxcv zxcvb abc abcd abcde abcdef hello thanks please
    accept pass passed approved reviewed
"""
_EMPTY_WORDS = frozenset(_EMPTY_LATIN.split())
_SIMPLIFIED = str.maketrans(
    "實無誤數據對確認審經與準屬問題異說報為狀況", "实无误数据对确认审经与准属问题异说报为状况"
)
_LATIN = re.compile(r"[a-z]+")
_NOT_HAN = re.compile(r"[^\u3400-\u4dbf\u4e00-\u9fff]+")
# Longer ones first, so that no half of one is left over.
_EMPTY = re.compile(
    "|".join([_COUNTING, *sorted([*_EMPTY_TALK.split(), *_FILLERS.split()], key=len, reverse=True)])
)
_SHORTEST_QUOTE = 4
_FEWEST_HAN = 2
_FEWEST_LATIN = 4
_DIGITS = 12
Place = tuple[str | None, str | None, int | None]  # rule, sheet, row
Key = TypeVar("Key", bound=Hashable)


def wants_reason(given: str) -> str:
    """What to tell a reporter whose explanation explains nothing."""
    shown = without_identity(given) or ""  # before it is cut: half a number is not recognised
    return f"「{shown[:20]}」没有说明原因，请写明具体情况，如停产检修、政策调整"


def is_real_explanation(text: str | None, message: str = "") -> bool:
    """True where something is left of ``text`` once empty talk and punctuation are taken away.

    ``核实无误``, ``经核实，情况属实。``, ``无``, ``……``, ``/`` and numbers alone explain nothing;
    ``高炉检修停产`` does. What only repeats ``message``, the sentence that asked for it, explains
    nothing either. Nobody can tell from the text whether an explanation is true.
    """
    folded = unicodedata.normalize("NFKC", text or "").lower().translate(_SIMPLIFIED)
    words = set(_LATIN.findall(folded)) - _EMPTY_WORDS
    if len(set("".join(words))) >= _FEWEST_LATIN:
        return True
    pieces = _EMPTY.sub(" ", _without_quotation(_NOT_HAN.sub("", folded), message)).split()
    telling = "".join(piece for piece in pieces if piece.strip(_JOINING))
    return len(set(telling)) >= _FEWEST_HAN


def _without_quotation(text: str, message: str) -> str:
    """``text`` without what it repeats of the sentence that asked for it."""
    asked = _NOT_HAN.sub("", unicodedata.normalize("NFKC", message))
    if len(text) >= _SHORTEST_QUOTE and text in asked:
        return ""
    return text.replace(asked, " ") if len(asked) >= _SHORTEST_QUOTE else text


def best_explanation(texts: Iterable[str | None], message: str = "") -> str | None:
    """The first text that explains something, or the first at all, so that its writer can be told
    what is wanted. None where nothing was written."""
    written = [text for text in texts if text]
    real = (text for text in written if is_real_explanation(text, message))
    return next(real, written[0] if written else None)


def without_empty_talk(checked: CheckedSubmission) -> CheckedSubmission:
    """The same result, with only those explanations that explain something; in place of the others
    the reporter is told what is missing."""
    findings = tuple(
        replace(f, explanation=None, fix_zh=wants_reason(f.explanation))
        if f.explanation and not is_real_explanation(f.explanation, f.message_zh)
        else f
        for f in checked.findings
    )
    return replace(checked, findings=findings)


def fingerprint(key: bytes, row: Sequence[str | None], values: Sequence[str | None]) -> str:
    """The fingerprint of a finding: ``row`` is the key of its row (what is said, where the finding
    is about the whole delivery), ``values`` what its rule looks at, ``key`` the secret of the
    deployment."""
    return f"{_digest(key, row)}.{_digest(key, values)}"


def _digest(key: bytes, values: Sequence[str | None]) -> str:
    text = "\x1f".join("\0" if value is None else value for value in values)
    return hmac.new(key, text.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:_DIGITS]


class GivenExplanations:
    """What a reporter wrote about one delivery, found again for each of its findings.

    It may come from several places (the review of a return, a list beside the file): what explains
    nothing never takes the place of what explains something.
    """

    def __init__(self, explanations: Iterable[Explanation]) -> None:
        self._by_fingerprint: dict[tuple[str | None, str], str] = {}
        self._by_row: dict[tuple[str | None, str], str] = {}
        self._answers: dict[Place, Explanation] = {}
        self._by_place: dict[Place, str] = {}
        for given in explanations:
            # Without a row the sheet says nothing: a finding about the whole names none.
            place = (given.rule_id, given.sheet if given.row else None, given.row)
            if given.fingerprint is None:
                _keep(self._by_place, place, given.text)
                continue
            _keep(self._by_fingerprint, (given.rule_id, given.fingerprint), given.text)
            _keep(self._by_row, (given.rule_id, _row_part(given.fingerprint)), given.text)
            said = self._answers.get(place)
            if said is None or best_explanation((given.text, said.text)) == given.text:
                self._answers[place] = given

    def __bool__(self) -> bool:
        return bool(self._by_place or self._by_fingerprint)

    def text_for(self, finding: Finding) -> str | None:
        """The text given for a finding; of those that explain something the most exact one counts.

        An answer to a listed finding belongs to the same row, whatever its values became, or to
        the same values at the same place, where the row's key was corrected. So nobody's text slips
        to a neighbouring row. Texts without fingerprint go by rule, sheet and row.
        """
        return best_explanation(
            (*self._answer(finding), *self._of_place(finding)), finding.message_zh
        )

    def _answer(self, finding: Finding) -> Iterator[str | None]:
        mark, rule = finding.fingerprint, finding.rule_id
        if mark is None or not self._answers:
            return
        yield self._by_fingerprint.get((rule, mark))
        yield self._by_row.get((rule, _row_part(mark)))
        given = self._answers.get((rule, finding.sheet, finding.row))
        same_values = given and given.fingerprint and _values_part(given.fingerprint)
        yield given.text if given and same_values == _values_part(mark) else None

    def _of_place(self, finding: Finding) -> Iterator[str | None]:
        if not self._by_place:
            return
        rule, sheet, row = finding.rule_id, finding.sheet, finding.row
        for place in (
            (rule, sheet, row),
            (None, sheet, row),
            (rule, None, row),
            (rule, None, None),
        ):
            yield self._by_place.get(place) if any(place) else None


def _keep(texts: dict[Key, str], key: Key, text: str) -> None:
    """The later of two texts, unless only the earlier one explains something."""
    texts[key] = best_explanation((text, texts.get(key))) or text


def _row_part(mark: str) -> str:
    return mark.partition(".")[0]


def _values_part(mark: str) -> str:
    return mark.partition(".")[2]
