"""What a written opinion means: approved, rejected, moved or deferred, by a stated rule and never by a guess.

The rule, in this order, on the text in narrow characters without blanks:

1. Signs and single words (√, ×, OK, 可, 否, N …) mean what they say. A blank, a dash or 待定 is no decision yet. Of
   boxes to tick, the words of the ticked ones count, behind their boxes or all before them. Traditional characters
   count as simplified ones.
2. A question (是否, ?, 吗), a condition (条件, 如果, 但, 待…后, 修改后同意, 需业主同意), a doubt (再议, 研究), votes or
   不同意换址 is for a person.
3. Words turned by 不, 未, 无 … turn: 不同意 rejects, 无异议 and 不反对 approve, 无需换址 says nothing of moving.
4. A word turned twice or from afar (不得不同意, 不太可行, 未经批准), what turns moving or deferring (不建议换址,
   取消换址, 解除缓建), an opinion asked for or not yet given (请批准, 尚未同意), taken back (撤回同意, 原同意) or about
   something else (同意拆除, 同意并入东门站, 同意上会, 同意备选点), a cross beside a word: for a person.
5. Moving beside approving or rejecting is moving (同意换址, 不同意,建议换址至…): the old place goes, the new one comes.
   同意缓建 and 同意延期 defer. Any other two opinions in one text are for a person.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from planner.inputs.tables.values import NO_VALUE, parse_date

__all__ = ["VERDICTS", "is_day", "is_undecided", "read_day", "read_verdict", "remark"]

VERDICTS: Final = {"approved": "同意", "rejected": "否决", "moved": "换址", "deferred": "缓建"}
_SHORT: Final = {
    "approved": {
        "√",
        "✓",
        "✔",
        "✅",
        "☑",
        "○",
        "ok",
        "okay",
        "y",
        "yes",
        "是",
        "可",
        "可以",
        "行",
        "好",
        "准",
        "准予",
        "过",
        "1",
    },
    "deferred": {"缓", "待", "later"},
    "rejected": {"×", "✗", "✘", "❌", "☒", "x", "n", "no", "否", "不", "不行", "不可", "不可以", "不准", "不过", "0"},
}
_UNCERTAIN: Final = re.compile(
    r"是否|同意否|但(?!同意)|不过|除非|待.{1,12}后|须先|需先|应先|可否|能否|[?吗]|条件|如果|若|前提|视情|再议|再研究|另议|研究后|进一步|部分|\bif\b|unless|maybe"
    r"|不(予)?(同意|批准|赞成|支持)(换|迁|移|改|调|搬|缓|延|推|暂)"
    r"|(请|望|盼|待|预|暂定|暂行)(予以|予|您|领导)?(同意|批准|审批|批示|通过)"
    r"|(尚|还|仍|今年|目前|当前|近期|现阶段|暂时|先)(未|没|不)"
    r"|(?<!\d)\s*[×✗✘❌☒]\s*(?!\d)"
    r"|(\bnot|n't|\bnever)\s+(be\s+|to\s+)?(mov|relocat|reject|refus|den|defer|postpon|delay|oppos)"
    r"|\b(pending|await\w*|subject|provid(ed|ing)|condition\w*|partial\w*|unable|until|yet)\b"
    r"|\b(under (review|approval|discussion|consideration)|to be approv\w*)\b"
    r"|\b(withdr[ae]w\w*|revo\w+|rescind\w*|expire\w*|lapse\w*)\b|\b(un|non)-?approv|\bapprov\w* (after|once|when)\b"
    r"|\b(for|needs?|requires?)( \w+)? approv|\bapproval (is )?(need|requir)|\bagreed? to\b"
)
_PART: Final = r"[^，。；、,;.!！:：\s]"  # of a clause
_NOT: Final = "[不未没无非勿莫别]"
_CONSENT: Final = "(?:同意|批准|赞成|赞同|支持|通过|认可)"
_SAID: Final = "(?:同意|批准|赞成|赞同|支持|通过|认可|否决|反对|驳回|换址|缓建)"
_GONE: Final = "(?:撤[回销点站除并]|收回|废止|终止|中止|推翻|剔除|删除|移除|调出|取消|作废)"
_ABOUT_ELSE: Final = (
    "撤|收回|拆|关闭|关停|停止|停用|删|剔除|调出|移除|去掉|去除|注销|退[回件出]|作废|合并|并入|合建|代替|替代|替换|换成|换为"
    "|改用|改为|备选|备用|上会|上报|提交|报送|报批|送审|讨论|研究|考虑|公示|征求|补充|[a-z]+[-_]?\\d"
)
_TO_ELSE: Final = re.compile(rf"{_CONSENT}{_PART}{{0,6}}?({_ABOUT_ELSE})")
_NOT_THIS: Final = re.compile(
    rf"{_GONE}{_PART}{{0,4}}{_SAID}|{_SAID}{_PART}{{0,4}}(失效|过期|到期|作废|收回|撤回)"
    rf"|{_GONE}[，。；、,;]{_CONSENT}|{_CONSENT}[，。；、,;]{_GONE}"
    rf"|(曾|上次|上轮|此前|之前|原先?|原来|(?<!优)先|前期)[已也]?不?{_SAID}|{_SAID}过"
    rf"|([需须待](经|征得|取得|由|要)?|应(经|征得|取得|由)){_PART}{{0,6}}?{_CONSENT}"
    rf"|后(再|方可?|可|才|予以?)?({_CONSENT}|建(?!筑)|实施)"
    rf"|暂无(不同|任何|其他|其它)?(意见|异议|反对)|\d\s*[票人]({_CONSENT}|反对|不)|{_CONSENT}\d+\s*票|[多半]数{_PART}{{0,2}}{_CONSENT}"
)
"""Consent taken back, to something else, of another time, of a vote, or still to be had."""
_LOOKED_AT: Final = re.compile(
    r"经(现场|实地|集体|专题|会议)?(研究|讨论|审查|审核|会审|踏勘|勘察|核实|商议|协商|会商|评估|论证)后"
    rf"(?=[，,]?不?(予以?)?({_CONSENT}|否决))"
)
_NO_OBJECTION: Final = re.compile(
    r"(无|没有?|未提出?)(不同|反对|其他|其它|任何)*(意见|异议)|(并?不|无人|未)(反对|否决|拒绝)"
)
_NOT_MOVED: Final = re.compile(r"(无需|不需|不必|不用|不宜|不再|不|未|勿)(进行)?(换址|换地|迁址|移址|改址|调整)")
_NOT_DEFERRED: Final = re.compile(r"(不宜|不得|不能|不可|不再|无需|不必|不)(暂缓|缓建|缓|延期|推迟|延后)")
_REJECTED: Final = re.compile(
    r"(不|未|没有?|无法|难以)(予|能|宜|便|获|拟|应)?(以)?(同意|通过|批准|赞成|赞同|认可|采纳|可行|支持|建设?|设站?|适合|合适)"
    r"|否决|否定|驳回|拒绝|反对|取消|撤销|不妥|"
    r"disapprov|(not|n't)\s*(be)?\s*(approv|agree)|disagree|reject|refus|den(y|ied)|oppos"
)
_MOVED: Final = re.compile(
    r"换址|换地|换到|换至|迁址|迁至|迁到|迁移|移至|移到|移址|另选|改址|改到|改至|调整[至到]|搬[至到]|\bmov(e|ed|ing)\b|relocat"
)
_DEFERRED: Final = re.compile(
    r"缓建|暂缓|缓办|缓议|暂不|暂停|延期|延后|推迟|推后|二期|下一期|defer|postpon|later|delay"
)
_APPROVED: Final = re.compile(
    r"同意|通过|赞成|赞同|批准|认可|支持|可行|照准|准予|没问题|approv|agree|accept|\bok\b|\byes\b"
)
_TURNED_TWICE: Final = re.compile(
    rf"{_NOT}{_PART}{{0,3}}?({_REJECTED.pattern})|(?<!暂){_NOT}{_PART}{{0,4}}({_MOVED.pattern}|{_DEFERRED.pattern})"
    rf"|(取消|撤销|拒绝|解除|反对|否决|停止|放弃|避免){_PART}{{0,2}}({_MOVED.pattern}|{_DEFERRED.pattern})|不同(的)?(意见|看法)"
)
_TURNED_FROM_AFAR: Final = re.compile(rf"(?<!暂){_NOT}{_PART}{{0,4}}({_APPROVED.pattern})")
_AGREED_DELAY: Final = re.compile(r"(同意|批准)(予以|先)?(缓|暂缓|延期|延后|推迟|推后)")
_SIMPLER: Final = str.maketrans(
    "決換緩遷議後報贊請無緣選還見過對檢進設調據駁棄撤條", "决换缓迁议后报赞请无缘选还见过对检进设调据驳弃撤条"
)
_BARE: Final = 5  # characters or English words of a bare verdict
_BOX: Final = re.compile(r"([☑✅■☒✓√])|[☐□]|(?<=[(\[])\s*(?=[)\]])")
_AROUND: Final = " ()[]，,;；/|"
_CHINESE_DIGITS: Final = str.maketrans("〇零一二三四五六七八九", "00123456789")
_CHINESE_DATE: Final = re.compile(
    r"([〇零一二三四五六七八九]{4}|\d{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})[日号]?"
)
_OTHER_DATE: Final = re.compile(r"(\d{1,4})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{1,4})(?:[T ]\d{1,2}:\d{2}.*)?")


def read_verdict(text: str) -> str | None:
    """Return the verdict that a text means by the rule of this file; None when it needs a person.

    >>> read_verdict("同意。"), read_verdict("不同意"), read_verdict("建议换址至东门"), read_verdict("再议")
    ('approved', 'rejected', 'moved', None)
    >>> read_verdict("原则同意"), read_verdict("无异议"), read_verdict("是否同意"), read_verdict("同意缓建")
    ('approved', 'approved', None, 'deferred')
    """
    plain = _ticked(_plain(text))
    words = plain.strip("。.!！,，;；、:：…\"'“”()（）[]【】 ")
    for verdict, signs in _SHORT.items():
        if words in signs:
            return verdict
    plain = _LOOKED_AT.sub("", plain)
    if _UNCERTAIN.search(plain):
        return None
    joined = re.sub(r"(?<![a-z])\s+|\s+(?![a-z])", "", plain)
    if _NOT_THIS.search(joined) or (_TO_ELSE.search(joined) and not _MOVED.search(joined)):
        return None
    approves = bool(_NO_OBJECTION.search(joined))
    joined = _NOT_DEFERRED.sub("", _NOT_MOVED.sub("", _NO_OBJECTION.sub("", joined)))
    if _TURNED_TWICE.search(joined):
        return None
    delays = bool(_DEFERRED.search(joined))
    joined, turned = _REJECTED.subn("", joined) if not re.search(r"暂不", joined) else (joined.replace("暂不", ""), 0)
    if _TURNED_FROM_AFAR.search(joined):
        return None
    found = {"rejected"} if turned else set()
    found |= {"moved"} if _MOVED.search(joined) else set()
    found |= {"deferred"} if delays else set()
    if delays and "暂不" in plain:
        return "deferred" if not _MOVED.search(joined) else None
    found |= {"approved"} if approves or _APPROVED.search(joined) else set()
    if found in ({"moved", "approved"}, {"moved", "rejected"}):
        return "moved"
    if found == {"approved", "deferred"} and _AGREED_DELAY.search(joined):
        return "deferred"
    return found.pop() if len(found) == 1 else None


def is_undecided(text: str) -> bool:
    """Return whether a cell says that nothing is decided yet: blank, a dash, 待定.

    >>> is_undecided(" — "), is_undecided("待定"), is_undecided("否")
    (True, True, False)
    """
    plain = _plain(text)
    return plain in NO_VALUE or plain in {"未定", "待审", "待批", "未审批", "pending"}


def remark(text: str) -> str:
    """Return an opinion that says more than a verdict, as it stands; blank where it is the bare word or a sign.

    >>> remark("同意，需落实消防验收"), remark("原则同意。"), remark("☑同意 ☐否决"), remark("Approved")
    ('同意，需落实消防验收', '', '', '')
    """
    words = re.findall(r"[a-z]+|[^\W_a-z]", _ticked(_plain(text)))
    return text.strip() if len(words) > _BARE else ""


def read_day(text: str) -> str:
    """Return a date in ISO form, blank for a blank, and the text itself where no single day can be meant.

    Beside the shapes of :func:`planner.inputs.tables.values.parse_date`: Chinese numerals, and day and month in
    either order where one of them is above 12.

    >>> read_day("二〇二四年三月十一日"), read_day("11/30/2024"), read_day("2024.3.1"), read_day("3/4/2024")
    ('2024-03-11', '2024-11-30', '2024-03-01', '3/4/2024')
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    found = parse_date(plain)
    if found is not None or not plain:
        return found or ""
    chinese = _CHINESE_DATE.fullmatch(plain)
    if chinese:
        year, month, day = chinese[1].translate(_CHINESE_DIGITS), _small(chinese[2]), _small(chinese[3])
        return parse_date(f"{year}-{month}-{day}") or plain
    other = _OTHER_DATE.fullmatch(plain)
    if other and len(other[3]) == 4 and len(other[1]) <= 2:
        a, b = int(other[1]), int(other[2])
        orders = {(a, b), (b, a)} if max(a, b) <= 12 else {(min(a, b), max(a, b))}
        if len(orders) == 1:
            month, day = orders.pop()
            return parse_date(f"{other[3]}-{month}-{day}") or plain
    return plain


def is_day(text: str) -> bool:
    """Return whether a date is a single day in ISO form, as :func:`read_day` writes what it can read."""
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) is not None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower().translate(_SIMPLER)


def _ticked(plain: str) -> str:
    """Return the words of the ticked boxes where a text has empty ones beside them, else the text.

    The words stand behind their boxes (☑同意 ☐否决), or all before them (同意☑ 否决☐).
    """
    boxes = list(_BOX.finditer(plain))
    if all(box[1] for box in boxes):
        return plain
    if plain[: boxes[0].start()].strip(_AROUND) and not plain[boxes[-1].end() :].strip(_AROUND):
        spans = zip([0] + [box.end() for box in boxes[:-1]], [box.start() for box in boxes], boxes, strict=True)
    else:
        spans = zip([box.end() for box in boxes], [box.start() for box in boxes[1:]] + [len(plain)], boxes, strict=True)
    return " ".join(plain[start:end].strip(_AROUND) for start, end, box in spans if box[1])


def _small(numeral: str) -> int:
    """Return a Chinese numeral up to 31."""
    tens, _, ones = numeral.rpartition("十")
    value = int(ones.translate(_CHINESE_DIGITS)) if ones else 0
    if "十" in numeral:
        value += 10 * (int(tens.translate(_CHINESE_DIGITS)) if tens else 1)
    return value
