"""Odd letters: each is read as far as it can be, and none ends the reader."""

import base64
import quopri
from email.header import Header
from email.message import EmailMessage

import pytest

from incidents.letter_words import fold, text_of_html
from incidents.letters import Read, Unreadable, digests, read

WORDS = "鲁迅公园门口路面坑洼"
HEAD = b"From: w@example.cn\r\nTo: 12345@localhost\r\nMessage-ID: <a@b>\r\nMIME-Version: 1.0\r\n"


def raw(body: bytes, *heads: str, subject: bytes = b"x") -> bytes:
    more = "".join(f"{head}\r\n" for head in heads).encode("utf-8")
    return HEAD + b"Subject: " + subject + b"\r\n" + more + b"\r\n" + body


def typed(charset: str, body: bytes, coding: str = "8bit", kind: str = "text/plain") -> Read:
    return read(
        raw(
            body,
            f'Content-Type: {kind}; charset="{charset}"',
            f"Content-Transfer-Encoding: {coding}",
        )
    )


@pytest.mark.parametrize(
    ("declared", "real"),
    [
        ("gb18030", "gb18030"),
        ("GB2312", "gb18030"),
        ("gbk", "gbk"),
        ("x-gbk", "gbk"),
        ("hz-gb-2312", "hz"),
        ("utf-8", "utf-8"),
        ("UTF8", "utf-8"),
        ("utf-7", "utf-7"),
        ("unicode-1-1-utf-7", "utf-7"),
        ("utf-16", "utf-16"),
        ("us-ascii", "utf-8"),
        ("us-ascii", "gb18030"),
        ("utf-8", "gb18030"),
        ("", "gb18030"),
        ("nonsense", "utf-8"),
        ("x-unknown", "gb18030"),
        ("rot13", "utf-8"),
        ("unicode_escape", "utf-8"),
        ("zip", "utf-8"),
    ],
)
def test_charsets_right_wrong_and_missing(declared: str, real: str) -> None:
    coded = base64.encodebytes(WORDS.encode(real))
    assert typed(declared, coded, "base64").said == WORDS


def test_big5() -> None:
    words = "魯迅公園門口路面坑洞"
    assert typed("big5", words.encode("big5")).said == words
    assert typed("Big5-HKSCS", words.encode("big5hkscs")).said == words


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "big5"])
def test_subjects_in_encoded_words(charset: str) -> None:
    words = "路面" * 40
    header = Header(words, charset, header_name="Subject").encode()
    assert read(raw(b"x", subject=header.encode())).subject == words


def test_a_character_cut_between_two_encoded_words() -> None:
    coded = "路面坑洼".encode()
    cut = [f"=?utf-8?B?{base64.b64encode(part).decode()}?=" for part in (coded[:4], coded[4:])]
    assert read(raw(b"x", subject="\r\n ".join(cut).encode())).subject == "路面坑洼"


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_subjects_in_raw_bytes(charset: str) -> None:
    assert read(raw(b"x", subject=WORDS.encode(charset))).subject == WORDS


@pytest.mark.parametrize("subject", [b"=?utf-8?B?!!!?=", b"=?utf-8?Q?=ZZ=4?=", b"=?x?y?z?=", b"=?"])
def test_broken_encoded_words_end_nothing(subject: bytes) -> None:
    assert isinstance(read(raw(b"text", subject=subject)).subject, str)


def test_broken_base64_is_read_as_far_as_it_goes() -> None:
    coded = base64.b64encode((WORDS * 5).encode())
    assert WORDS in typed("utf-8", coded[:-3], "base64").said
    assert WORDS in typed("utf-8", b"!!\r\n" + coded, "base64").said


def test_broken_quoted_printable_is_read_as_far_as_it_goes() -> None:
    coded = quopri.encodestring(WORDS.encode())
    assert WORDS in typed("utf-8", coded + b" =ZZ =4 =", "quoted-printable").said


def test_html_alone_is_made_plain_and_scripts_are_not_words() -> None:
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body onload=x()><script>alert(1)"
        f"</script><p>{WORDS}</p><p>第二行<br>第三行&nbsp;&lt;b&gt;</p><img src=http://x.cn/t.gif>"
    )
    said = typed("utf-8", html.encode(), kind="text/html").said
    assert said.split("\n")[0] == WORDS
    assert "第三行 <b>" in said
    assert "alert" not in said
    assert "x.cn" not in said


def test_of_two_forms_the_plain_one_is_read() -> None:
    made = EmailMessage()
    made.set_content(WORDS)
    made.add_alternative("<p>html</p>", subtype="html")
    assert read(bytes(made)).said == WORDS


def test_an_empty_plain_form_gives_way_to_html() -> None:
    made = EmailMessage()
    made.set_content("  \n")
    made.add_alternative(f"<p>{WORDS}</p>", subtype="html")
    assert read(bytes(made)).said == WORDS


def test_nested_multiparts() -> None:
    inner = EmailMessage()
    inner.set_content(WORDS)
    inner.add_related(b"gif", "image", "gif", filename="logo.gif")
    inner.add_attachment(b"pdf", maintype="application", subtype="pdf", filename="合同.pdf")
    found = read(bytes(inner))
    assert found.said == WORDS
    assert [each.name for each in found.attachments] == ["logo.gif", "合同.pdf"]


def test_a_letter_within_a_letter() -> None:
    inside = EmailMessage()
    inside["Subject"] = "内部"
    inside.set_content(WORDS)
    outside = EmailMessage()
    outside.set_content("请看转发")
    outside.add_attachment(inside)
    found = read(bytes(outside))
    assert found.said == "请看转发"
    assert WORDS in found.folded


def test_a_forwarded_letter_alone_speaks_for_its_sender() -> None:
    inside = EmailMessage()
    inside.set_content(WORDS)
    outside = EmailMessage()
    outside.make_mixed()
    outside.add_attachment(inside)
    assert WORDS in read(bytes(outside)).said


def test_winmail_is_a_file() -> None:
    made = EmailMessage()
    made.set_content(WORDS)
    made.add_attachment(b"x", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    assert read(bytes(made)).attachments[0].name == "winmail.dat"


@pytest.mark.parametrize(
    "name", ["=?gb18030?B?us/NrC5wZGY=?=", "../../etc/合同.pdf", "C:\\a\\合同.pdf"]
)
def test_names_of_files(name: str) -> None:
    head = ("Content-Type: application/pdf", f'Content-Disposition: attachment; filename="{name}"')
    assert read(raw(b"x", *head)).attachments[0].name == "合同.pdf"


def test_no_text_no_head_no_body() -> None:
    assert read(raw(b"")).said == ""
    assert read(b"").email == ""
    assert read(b"\r\n\r\n").subject == ""
    assert read(b"no head at all, only words").message_id == ""


def test_binary_noise_is_read_as_something() -> None:
    assert isinstance(read(bytes(range(256)) * 400), Read)


def test_no_control_character_comes_through() -> None:
    found = typed("utf-8", "坑\x00洼\x1b[31m\u202e反".encode())
    assert found.said == "坑洼[31m反"


def test_huge_heads() -> None:
    found = read(raw(b"text", "References: " + "<a@b> " * 50_000, "X: " + "y" * 1_000_000))
    assert found.said == "text"
    assert len(found.answers) <= 50


def test_a_thousand_levels_are_refused() -> None:
    body = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n)
        for n in range(1000)
    )
    with pytest.raises(Unreadable):
        read(HEAD + body)


def test_a_thousand_parts_are_refused() -> None:
    parts = b"--b\r\n\r\nx\r\n" * 1000 + b"--b--"
    with pytest.raises(Unreadable):
        read(raw(parts, 'Content-Type: multipart/mixed; boundary="b"'))


def test_a_multipart_without_its_boundary() -> None:
    assert isinstance(read(raw(WORDS.encode(), "Content-Type: multipart/mixed")), Read)


@pytest.mark.parametrize(
    ("written", "name", "email"),
    [
        ("王 <w@x.cn>", "王", "w@x.cn"),
        ("=?utf-8?B?546L?= <w@x.cn>", "王", "w@x.cn"),
        ("w@x.cn", "", "w@x.cn"),
        ("undisclosed", "", "env@x.cn"),
        ('"Li, Si" <l@x.cn>', "Li, Si", "l@x.cn"),
    ],
)
def test_senders(written: str, name: str, email: str) -> None:
    found = read(f"From: {written}\r\n\r\nx".encode(), "env@x.cn")
    assert (found.name, found.email) == (name, email)


@pytest.mark.parametrize(
    ("head", "envelope", "why"),
    [
        ("Auto-Submitted: no", "w@x.cn", ""),
        ("Auto-Submitted: auto-replied; owner=w", "w@x.cn", "auto"),
        ("X-Autoreply: yes", "w@x.cn", "auto"),
        ("Precedence: Bulk", "w@x.cn", "bulk"),
        ("List-Id: <x>", "w@x.cn", "bulk"),
        ("X: y", "", "bounce"),
        ("Content-Type: multipart/report; boundary=b", "w@x.cn", "bounce"),
    ],
)
def test_machines(head: str, envelope: str, why: str) -> None:
    assert read(raw(b"x", head), envelope).automatic == why


@pytest.mark.parametrize(
    "text",
    [
        "谢谢\n\n在 2026年1月1日星期四,热线 <12345@x.cn> 写道:\n> 已收到\n> 编号",
        "谢谢\n\nOn Thu, 1 Jan 2026 at 10:00, 12345 <a@x.cn> wrote:\n> received",
        "谢谢\n-----原始邮件-----\n已收到",
        "谢谢\n------------------ 原始邮件 ------------------\n发件人: 热线",
        "谢谢\n发件人: 热线 <a@x.cn>\n发送时间: 2026年1月1日\n主题: 已收到\n\n已收到",
        "From: x\n谢谢".replace("From: x\n", "") + "\n-- \n王小明\n13800000000",
        "> 已收到\n谢谢",
        "谢谢\n发自我的iPhone",
    ],
)
def test_quotes_and_signatures_are_folded(text: str) -> None:
    said, folded = fold(text)
    assert said == "谢谢"
    assert folded


def test_a_letter_that_is_only_a_quote_speaks_for_itself() -> None:
    assert fold("> 路面坑洼\n> 请修") == ("路面坑洼\n请修", "")


def test_quotes_in_html() -> None:
    said, folded = fold(text_of_html("<div>谢谢</div><blockquote><p>已收到</p></blockquote>"))
    assert (said, folded) == ("谢谢", "> 已收到")


def test_answers_and_numbers() -> None:
    found = read(
        raw(b"x", "References: <a@x> <b@x>", "In-Reply-To: <b@x>", subject=b"Re: 20261124-000042")
    )
    assert found.answers == ("b@x", "a@x")
    assert found.numbers == ("20261124-000042",)


def test_the_same_letter_is_known_again_whatever_the_way_added() -> None:
    one = raw(b"x")
    assert digests(one) == digests(b"Received: from y\r\n" + one)
    assert digests(one)[0] != digests(raw(b"y"))[0]
    assert digests(one)[1] == digests(raw(b"y"))[1]


def test_letters_without_a_message_id_are_told_apart() -> None:
    one, other = b"From: a@x\r\nDate: 1\r\n\r\nx", b"From: b@x\r\nDate: 1\r\n\r\nx"
    assert digests(one)[0] != digests(other)[0]
    assert digests(one)[1] == ""
