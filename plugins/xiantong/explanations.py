"""Whether a text explains a warning, or only says that there is nothing to explain."""

from __future__ import annotations

import re
import unicodedata

# What people write to be done with it. Longer ones first, so that no half of one is left over.
_EMPTY_TALK = sorted(
    [
        "核实",
        "核查",
        "核对",
        "审核",
        "检查",
        "复核",
        "确认",
        "查实",
        "属实",
        "无误",
        "有误",
        "没有误",
        "没有错误",
        "没错",
        "正确",
        "真实",
        "准确",
        "无异常",
        "未见异常",
        "没有异常",
        "正常",
        "情况",
        "数据",
        "数值",
        "数字",
        "内容",
        "填报",
        "填写",
        "上报",
        "报送",
        "录入",
        "实际",
        "如实",
        "据实",
        "经与",
        "经过",
        "已经",
        "与",
        "和",
        "均",
        "都",
        "为",
        "是",
        "的",
        "了",
        "已",
        "经",
        "按",
        "系",
        "皆",
        "且",
        "并",
        "再次",
        "反复",
        "多次",
        "一致",
        "相符",
        "符合",
        "无问题",
        "没问题",
        "没有问题",
        "无说明",
        "无需说明",
        "不用说明",
        "无须说明",
        "暂无说明",
        "没有说明",
        "说明",
        "解释",
        "无",
        "暂无",
        "没有",
        "不详",
        "不清楚",
        "不知道",
        "略",
        "同上",
        "同前",
        "见上",
        "见附件",
        "详见附件",
        "见备注",
        "同意",
        "通过",
        "我单位",
        "本单位",
        "我局",
        "本局",
        "我镇",
        "本镇",
        "我校",
        "本校",
        "我公司",
        "本公司",
        "我们",
        "以上",
        "上述",
        "该项",
        "该数",
        "此项",
        "本期",
        "本表",
        "原始",
        "系统导出",
        "系统数据",
        "请通过",
        "请予通过",
        "请审核",
        "请核实",
        "请受理",
        "谢谢",
        "确",
        "系统",
        "none",
        "null",
        "nil",
        "na",
        "no",
        "ok",
        "yes",
        "true",
        "correct",
        "confirmed",
        "checked",
        "verified",
        "right",
        "fine",
        "normal",
    ],
    key=len,
    reverse=True,
)
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_LATIN = re.compile(r"[a-z]")
_NOT_TEXT = re.compile(r"[^\u3400-\u4dbf\u4e00-\u9fffa-z0-9]+")
_EMPTY = re.compile("|".join(re.escape(words) for words in _EMPTY_TALK))
_FEWEST_HAN = 2
_FEWEST_LATIN = 4


def wants_reason(given: str) -> str:
    """What to tell a reporter whose explanation explains nothing."""
    return f"「{given[:20]}」没有说明原因，请写明具体情况，如停产检修、政策调整"


def is_real_explanation(text: str | None) -> bool:
    """True where something is left of ``text`` once empty talk and punctuation are taken away.

    ``核实无误``, ``经核实，情况属实。``, ``无``, ``……``, ``/`` and numbers alone explain nothing;
    ``高炉检修停产`` does. Nobody can tell from the text whether an explanation is true.
    """
    folded = unicodedata.normalize("NFKC", text or "").lower()
    left = _EMPTY.sub("", _NOT_TEXT.sub("", folded))
    han, latin = set(_HAN.findall(left)), set(_LATIN.findall(left))
    return len(han) >= _FEWEST_HAN or len(latin) >= _FEWEST_LATIN
