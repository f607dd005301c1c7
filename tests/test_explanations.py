import pytest

from xiantong.contracts.model import Severity
from xiantong.delivered import Explanation
from xiantong.explanations import (
    GivenExplanations,
    best_explanation,
    is_real_explanation,
    wants_reason,
)
from xiantong.findings import Finding


@pytest.mark.parametrize(
    "text",
    [
        None, "", "  ", "无", "暂无", "略", "……", "。", "/", "-", "—", "1", "2023", "100%",
        "核实无误", "经核实无误。", "情况属实", "已核实，情况属实！", "数据无误", "经我单位核实，数据真实准确",
        "属实", "确认", "正常", "同上", "详见附件", "无需说明", "按实际填报", "据实上报", "数据正确，请通过",
        "收到，谢谢", "测试", "asdf", "原因", "其他原因", "特殊情况", "正常波动", "同比增长", "数据偏大", "系统自动生成",
        "以实际数据为准", "领导要求", "按要求填报", "一二三四", "核實無誤", "经与企业核对无误", "this is correct", "All good.",
        "OK", "none", "N/A", "好", "停", "停停停", "！！！核 实 无 误！！！", "ＯＫ", "已经反复核实，与实际情况一致",
    ],
)  # fmt: skip
def test_empty_talk_explains_nothing(text: str | None) -> None:
    assert not is_real_explanation(text)


@pytest.mark.parametrize(
    "text",
    [
        "高炉检修停产", "停产", "9月新投产一条生产线，产量增加", "经核实，因企业搬迁，用电量下降",
        "去年同期受疫情影响，基数低", "春节放假", "新增定点机构3家", "meter was replaced in June",
        "合并", "并购", "和解", "系统停机", "特殊天气", "订单增加", "政策变化", "单位撤并", "本单位无此业务", "existing line, no snow",
        "情况属实：并购后合并报送", "数据真实增长来自新建厂房",
    ],
)  # fmt: skip
def test_a_reason_is_an_explanation(text: str) -> None:
    assert is_real_explanation(text)


def test_sentence_that_asks_is_no_answer() -> None:
    asked = "完成工程量大于计划，请核实"
    for quoted in (
        "完成工程量大于计划",
        "完成工程量大于计划,请核实。",
        "核实无误：完成工程量大于计划，请核实！",
    ):
        assert is_real_explanation(quoted)
        assert not is_real_explanation(quoted, asked)
    assert is_real_explanation("完成工程量大于计划，请核实：变更设计", asked)
    assert is_real_explanation("变更设计", asked)


def test_refusal_quotes_no_part_of_an_identity_number() -> None:
    assert "1949" not in wants_reason("核实无误11010519491231002X")


def test_a_reason_counts_before_empty_talk_wherever_it_stands() -> None:
    assert best_explanation([None, "核实无误", "停产", "搬迁"]) == "停产"
    assert best_explanation([None, "", "核实无误", "属实"]) == "核实无误"
    assert best_explanation([None, ""]) is None


@pytest.mark.parametrize("texts", [("停产检修", "核实无误"), ("核实无误", "停产检修")])
@pytest.mark.parametrize("mark", [None, "a" * 12 + "." + "b" * 12])
def test_empty_talk_of_another_list_does_not_hide_a_reason(
    texts: tuple[str, str], mark: str | None
) -> None:
    given = GivenExplanations(Explanation(text, "r", "表1", 5, mark) for text in texts)
    finding = Finding("r", Severity.WARNING, "异常", sheet="表1", row=5, fingerprint=mark)
    assert given.text_for(finding) == "停产检修"


def test_the_later_of_two_reasons_counts() -> None:
    given = GivenExplanations(Explanation(text, "r", "表1", 5) for text in ("停产检修", "搬迁新址"))
    assert given.text_for(Finding("r", Severity.WARNING, "异常", sheet="表1", row=5)) == "搬迁新址"
