"""What other lines call their columns and codes, as far as it is usual. Pure.

A guess only: the page shows it, a person puts it right, and what was put right is kept.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType

# Field of ours -> the usual headings, tidied; the first one found in a file is taken.
USUAL_WORDS = {
    "number": (
        "工单编号 工单号 诉求编号 受理编号 案件编号 流水号 编号 单号 casenumber caseid caseno "
        "ticketnumber ticketid ticket orderno servicerequestid number uniquekey id"
    ),
    "text": (
        "诉求内容 工单内容 问题描述 事件描述 反映内容 内容 描述 诉求 text description content "
        "details words"
    ),
    "kind": "诉求类型 工单类型 诉求性质 事件类型 类型 kind casetype type",
    "category": (
        "诉求分类 问题分类 事项分类 工单分类 问题类别 事项编码 分类编码 分类 类别 category "
        "categorycode servicecode servicename subject"
    ),
    "address": "事发地址 事发地点 诉求地址 详细地址 地址 地点 位置 address location place",
    "longitude": "经度 坐标x x坐标 longitude long lng lon x",
    "latitude": "纬度 坐标y y坐标 latitude lat y",
    "datum": "坐标系 坐标类型 datum crs",
    "reported_at": (
        "受理时间 来电时间 诉求时间 登记时间 创建时间 提交时间 受理日期 reportedat "
        "requesteddatetime createdat createddate created opened reported"
    ),
    "due_at": "办理时限 截止时间 到期时间 应办结时间 办理期限 dueat duedate deadline due",
    "dispatched_at": "派单时间 转办时间 交办时间 派发时间 dispatchedat dispatched assignedat",
    "replied_at": "答复时间 回复时间 反馈时间 repliedat replied respondedat",
    "closed_at": (
        "办结时间 结案时间 完成时间 归档时间 关闭时间 closedat closeddate closed resolvedat"
    ),
    "outcome": "办理结果 处理结果 办结结果 结果 outcome resolution result",
    "status": "工单状态 办理状态 处理状态 当前状态 状态 status state",
    "satisfaction": "满意度 满意度评价 评价 回访结果 satisfaction rating",
    "unit": (
        "承办单位 办理单位 责任单位 主办单位 处理部门 部门 unit department agency agencyresponsible"
    ),
    "reply": "答复内容 办理情况 回复内容 处理意见 处理情况 reply answer statusnotes response",
    "confidential": "是否保密 保密 匿名 confidential private",
    "contact_name": "诉求人 来电人 诉求人姓名 联系人 姓名 name contactname caller complainant",
    "contact_phone": (
        "联系电话 来电号码 电话号码 手机号码 手机 电话 phone contactphone tel telephone mobile"
    ),
}
USUAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {field: tuple(words.split()) for field, words in USUAL_WORDS.items()}
)
FIELDS = tuple(USUAL)
NEEDED = ("number", "text", "category")
DATED = ("reported_at", "due_at", "dispatched_at", "replied_at", "closed_at")
# What a code of theirs becomes; fields whose values have a table.
CODED = ("kind", "category", "status", "outcome", "satisfaction", "datum")
# Ours -> the codes of theirs that are understood without a table.
USUAL_CODES: Mapping[str, Mapping[str, str]] = {
    "kind": {
        "consultation": "咨询",
        "help": "求助",
        "complaint": "投诉",
        "wrongdoing": "举报",
        "suggestion": "建议 意见建议",
        "praise": "表扬 感谢",
    },
    "status": {
        "open": (
            "待受理 待派单 待处理 已受理 已派单 办理中 处理中 未办结 在办 待办 待回访 open new "
            "pending inprogress assigned"
        ),
        "closed": (
            "已办结 办结 已结案 结案 已归档 归档 已完成 完成 已关闭 closed resolved archived done"
        ),
        "answered": "直接答复 直接办结 answered",
        "not_accepted": "不予受理 notaccepted rejected",
        "transferred": "已转办 转其他渠道 transferred",
        "withdrawn": "已撤销 撤单 已撤回 withdrawn cancelled",
        "invalid": "无效 作废 invalid",
    },
    "outcome": {
        "solved": "已解决 解决",
        "explained": "已解释 解释说明",
        "nothing_found": "未发现问题",
        "not_entitled": "不符合条件",
        "duplicate": "重复",
        "referred": "已转交",
        "not_now": "暂不能解决",
        "withdrawn": "撤回",
    },
    "satisfaction": {
        "5": "非常满意 很满意",
        "4": "满意",
        "3": "基本满意 一般",
        "2": "不满意",
        "1": "非常不满意 很不满意",
        "-": "未评价",
    },
    "datum": {
        "gcj02": "高德 腾讯 火星 gcj-02",
        "bd09": "百度 bd-09",
        "wgs84": "wgs-84",
        "cgcs2000": "2000 国家2000",
    },
}
UNDERSTOOD: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        field: {theirs: ours for ours, words in codes.items() for theirs in words.split()}
        for field, codes in USUAL_CODES.items()
    }
)
YES = frozenset({"1", "y", "yes", "true", "是", "保密", "匿名"})


def tidy(name: str) -> str:
    """`Case Number` and `case_number` are one; full width and half width too."""
    return re.sub(r"[\s_\-./()（）:：*]+", "", unicodedata.normalize("NFKC", name)).lower()


def guess(columns: Iterable[str]) -> dict[str, str]:
    """Field of ours -> column of theirs, each column once."""
    known = {tidy(name): name for name in reversed(list(columns))}
    found: dict[str, str] = {}
    for field, usual in USUAL.items():
        for name in usual:
            if name in known and known[name] not in found.values():
                found[field] = known[name]
                break
    return found
