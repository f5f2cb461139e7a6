"""The knowledge base: found by two characters, written by one, reviewed by another, kept."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Unit, User
from accounts.roles import Role
from incidents import knowledge, knowledge_demo
from incidents.bigrams import bigrams
from incidents.errors import NotAllowedNow, Refused
from incidents.knowledge_search import search
from incidents.models import KnowledgeItem, KnowledgeVersion
from tests.conftest import PersonMaker, Town, statements

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]
LogIn = Callable[[User], Client]
State = KnowledgeVersion.State
HEATING = {"question_zh": "家里暖气不热怎么办？", "answer_zh": "请先排气，再请供热单位测温。"}


@pytest.fixture
def editor(person: PersonMaker, town: Town) -> User:
    return person(Role.KNOWLEDGE_EDITOR, unit=town.heping)


@pytest.fixture
def reviewer(person: PersonMaker, town: Town) -> User:
    return person(Role.DUTY_MANAGER, "210100", unit=town.heping.parent)


@pytest.fixture
def answer(town: Town, editor: User, reviewer: User) -> Callable[..., KnowledgeVersion]:
    """`answer(question_zh=...)`: published, of the heating department of Heping."""

    def make(unit: Unit | None = None, **more: Any) -> KnowledgeVersion:
        first = knowledge.begin(town.heping, HEATING | more, editor)
        knowledge.submit(first.item_id)
        return knowledge.publish(first.item_id, reviewer)

    return make


Answers = Callable[..., KnowledgeVersion]


def found(text: str) -> list[str]:
    return [answer.question for answer in search(text)]


# --- Search -----------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["暖气", "不热", "热", "办", "测温", "暖气不热", "我家暖气不热了"])
def test_chinese_words_are_found_from_one_character_on(answer: Answers, text: str) -> None:
    answer()
    assert found(text) == [HEATING["question_zh"]]


@pytest.mark.parametrize("text", ["电梯", "温热", "  ", "？", "lift"])
def test_other_words_find_nothing(answer: Answers, text: str) -> None:
    answer()
    assert found(text) == []


@pytest.mark.parametrize("text", ["heat", "HEATING", "radiators cold", "ｈｅａｔｉｎｇ"])
def test_latin_words_are_found_by_their_beginning(answer: Answers, text: str) -> None:
    english = {"question_en": "My heating is cold", "answer_en": "Air the radiators first."}
    answer(**english)
    assert len(found(text)) == 1


def test_the_title_comes_before_the_text(answer: Answers) -> None:
    answer(question_zh="供热费怎样交？", answer_zh="报停与暖气费有关。")
    answer(question_zh="怎样报停供热？", answer_zh="书面申请。")
    assert found("报停") == ["怎样报停供热？", "供热费怎样交？"]


def test_what_people_also_say_finds_it(answer: Answers) -> None:
    answer(also_asked="屋里冷;冻死了")
    assert found("屋里太冷") == [HEATING["question_zh"]]


def test_a_search_is_one_statement(answer: Answers) -> None:
    answer()
    with CaptureQueriesContext(connection) as captured:
        assert found("暖气")
    assert len(captured) == 1


def test_python_and_the_database_cut_words_alike() -> None:
    text = "ＡＢ暖气片18℃，冷 gas-smell 㐀"
    with connection.cursor() as cursor:
        cursor.execute("SELECT hotline_bigrams(%s)", [text])
        kept = cursor.fetchone()[0].split()
    lone = {"片", "c", "冷", "㐀"}
    assert [word for word in kept if word not in lone] == [
        word for word in bigrams(text) if word not in lone
    ]
    assert set(bigrams(text)) <= set(kept)


@pytest.mark.parametrize(
    "text", ["'", "a:*&|!()", "\\", "%", "<->", "暖'气", "x" * 5000, "热" * 5000]
)
def test_crooked_words_break_no_search(answer: Answers, text: str) -> None:
    answer()
    assert isinstance(search(text), list)


# --- Life of an answer ------------------------------------------------------------------------


def test_a_new_version_waits_while_the_old_one_answers(
    answer: Answers, editor: User, reviewer: User
) -> None:
    first = answer()
    second = knowledge.rewrite(first.item_id, HEATING | {"question_zh": "暖气新问法"}, editor)
    assert (second.number, second.state) == (2, State.DRAFT)
    assert found("暖气") == [HEATING["question_zh"]]
    knowledge.submit(first.item_id)
    knowledge.publish(first.item_id, reviewer)
    assert found("暖气") == ["暖气新问法"]
    first.refresh_from_db()
    assert (first.state, first.question_zh) == (State.RETIRED, HEATING["question_zh"])


def test_who_wrote_it_does_not_review_it(town: Town, editor: User, person: PersonMaker) -> None:
    draft = knowledge.begin(town.heping, HEATING, editor)
    second = person(Role.KNOWLEDGE_EDITOR, unit=town.heping)
    knowledge.rewrite(draft.item_id, HEATING | {"source": "x"}, second)
    knowledge.submit(draft.item_id)
    for writer in (editor, second):
        with pytest.raises(Refused, match="reviewer"):
            knowledge.publish(draft.item_id, writer)
    third = person(Role.KNOWLEDGE_EDITOR, unit=town.heping)
    assert knowledge.publish(draft.item_id, third).state == State.PUBLISHED


def test_the_database_refuses_a_writer_as_reviewer(town: Town, editor: User) -> None:
    draft = knowledge.begin(town.heping, HEATING, editor)
    with pytest.raises(IntegrityError, match="by_another"), transaction.atomic():
        KnowledgeVersion.objects.filter(pk=draft.pk).update(reviewer=editor)


def test_sent_back_it_is_a_draft_with_a_note(town: Town, editor: User, reviewer: User) -> None:
    draft = knowledge.begin(town.heping, HEATING, editor)
    knowledge.submit(draft.item_id)
    with pytest.raises(Refused, match="review_note"):
        knowledge.send_back(draft.item_id, reviewer, " ")
    back = knowledge.send_back(draft.item_id, reviewer, "缺依据")
    assert (back.state, back.review_note) == (State.DRAFT, "缺依据")
    with pytest.raises(NotAllowedNow):
        knowledge.publish(draft.item_id, reviewer)


def test_what_is_in_review_is_not_rewritten(town: Town, editor: User) -> None:
    draft = knowledge.begin(town.heping, HEATING, editor)
    knowledge.submit(draft.item_id)
    with pytest.raises(NotAllowedNow):
        knowledge.rewrite(draft.item_id, HEATING, editor)


@pytest.mark.parametrize(("days", "shown"), [(-1, 0), (0, 1), (1, 1), (None, 1)])
def test_an_expired_answer_is_never_shown(answer: Answers, days: int | None, shown: int) -> None:
    today = timezone.localdate()
    end: date | None = None if days is None else today + timedelta(days=days)
    version = answer(valid_from=today - timedelta(days=90), valid_to=end)
    assert len(search("暖气")) == shown
    assert Client().get(f"/answers/{version.item_id}").status_code == (200 if shown else 404)


def test_an_answer_of_tomorrow_is_not_shown_today(answer: Answers) -> None:
    answer(valid_from=timezone.localdate() + timedelta(days=1))
    assert found("暖气") == []


# --- The editors' pages -----------------------------------------------------------------------


def form(**more: Any) -> dict[str, Any]:
    return HEATING | {"valid_from": timezone.localdate().isoformat()} | more


def test_an_editor_writes_and_a_manager_publishes(
    town: Town, editor: User, reviewer: User, logged_in: LogIn
) -> None:
    desk = logged_in(editor)
    answer = desk.post("/knowledge/new", form(unit=town.heping.pk))
    item = KnowledgeItem.objects.get()
    assert answer.headers["Location"] == f"/knowledge/{item.pk}"
    desk.post(f"/knowledge/{item.pk}/submit")
    desk.post(f"/knowledge/{item.pk}/publish")
    assert found("暖气") == []
    logged_in(reviewer).post(f"/knowledge/{item.pk}/publish")
    assert found("暖气") == [HEATING["question_zh"]]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"question_zh": ""}, "question_zh"),
        ({"answer_zh": " "}, "answer_zh"),
        ({"valid_to": "2020-01-01"}, "valid_to"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"category": "dragons"}, "category"),
        ({"question_en": "Cold?"}, "answer_en"),
        ({"answer_zh": "x" * 2001}, "answer_zh"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_kept(
    town: Town, editor: User, logged_in: LogIn, wrong: dict[str, str], field: str
) -> None:
    answer = logged_in(editor).post("/knowledge/new", form(unit=town.heping.pk, **wrong))
    assert answer.status_code == 400
    assert f'id="e-{field}"' in answer.content.decode()
    assert not KnowledgeItem.objects.exists()


def test_an_editor_does_not_write_for_other_units(
    town: Town, editor: User, logged_in: LogIn
) -> None:
    answer = logged_in(editor).post("/knowledge/new", form(unit=town.dadong.pk))
    assert answer.status_code == 400
    assert not KnowledgeItem.objects.exists()


def test_an_item_of_another_unit_looks_like_a_missing_one(
    answer: Answers, person: PersonMaker, town: Town, logged_in: LogIn
) -> None:
    item = answer().item_id
    stranger = logged_in(person(Role.KNOWLEDGE_EDITOR, unit=town.dadong))
    for path in (f"/knowledge/{item}", f"/knowledge/{item}/write", "/knowledge/99999999"):
        assert stranger.get(path).status_code == 404
    assert stranger.post(f"/knowledge/{item}/retire").status_code == 404
    assert found("暖气")


@pytest.mark.parametrize(
    "role", [r for r in Role if r not in (Role.KNOWLEDGE_EDITOR, Role.DUTY_MANAGER)]
)
def test_the_desk_is_for_editors(
    person: PersonMaker, town: Town, logged_in: LogIn, role: Role
) -> None:
    page = logged_in(person(role, unit=town.heping)).get("/knowledge/")
    assert page.status_code == 403
    assert Client().get("/knowledge/").status_code == 302


def test_old_versions_stay_to_be_read(
    answer: Answers, editor: User, reviewer: User, logged_in: LogIn
) -> None:
    item = answer().item_id
    knowledge.rewrite(item, HEATING | {"answer_zh": "新答复"}, editor)
    knowledge.submit(item)
    knowledge.publish(item, reviewer)
    desk = logged_in(editor)
    assert "新答复" in desk.get(f"/knowledge/{item}").content.decode()
    assert HEATING["answer_zh"] in desk.get(f"/knowledge/{item}?version=1").content.decode()
    assert desk.get(f"/knowledge/{item}?version=9").status_code == 404


def test_what_ends_soon_is_listed_to_be_renewed(
    answer: Answers, editor: User, logged_in: LogIn
) -> None:
    today = timezone.localdate()
    answer(question_zh="快到期", valid_to=today + timedelta(days=5))
    answer(
        question_zh="已过期",
        valid_from=today - timedelta(days=9),
        valid_to=today - timedelta(days=1),
    )
    answer(question_zh="还很久", valid_to=today + timedelta(days=300))
    page = logged_in(editor).get("/knowledge/?shelf=to-renew").content.decode()
    assert page.index("已过期") < page.index("快到期")
    assert "还很久" not in page


def test_a_shelf_of_fifty_costs_few_statements(
    answer: Answers, editor: User, logged_in: LogIn
) -> None:
    for _n in range(51):
        answer()
    desk = logged_in(editor)
    with CaptureQueriesContext(connection) as captured:
        assert desk.get("/knowledge/?shelf=published").status_code == 200
    asked = statements(captured, "django_session", "accounts_user")
    assert len(asked) <= 8, "\n".join(asked)


# --- The public -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_public_searches_and_reads(answer: Answers, language: str) -> None:
    item = answer().item_id
    citizen = Client(headers={"Accept-Language": language})
    assert HEATING["question_zh"] in citizen.get("/answers", {"q": "暖气"}).content.decode()
    part = citizen.get("/answers", {"q": "暖气", "part": "1"}).content.decode()
    assert HEATING["question_zh"] in part
    assert "<html" not in part
    assert HEATING["answer_zh"] in citizen.get(f"/answers/{item}").content.decode()


def test_drafts_are_nobody_elses(town: Town, editor: User) -> None:
    draft = knowledge.begin(town.heping, HEATING, editor)
    assert Client().get(f"/answers/{draft.item_id}").status_code == 404
    assert HEATING["question_zh"] not in Client().get("/answers").content.decode()


def test_reading_and_helping_are_counted_once_a_session(answer: Answers) -> None:
    item, citizen = answer().item_id, Client()
    for _n in range(2):
        citizen.get(f"/answers/{item}")
        citizen.post(f"/answers/{item}")
    counted = KnowledgeItem.objects.get(pk=item)
    assert (counted.views, counted.answered) == (2, 1)


def test_too_many_words_are_refused_by_name(answer: Answers) -> None:
    page = Client().get("/answers", {"q": "热" * 201})
    assert page.status_code == 400
    assert 'id="e-q"' in page.content.decode()


def test_the_demo_answers_what_people_ask(editor: User, reviewer: User, town: Town) -> None:
    for code in knowledge_demo.UNITS:
        Unit.objects.create(
            code=code, name=code, name_en=code, kind="department", division_id="210102"
        )
    assert knowledge_demo.load() == 18
    assert knowledge_demo.load() == 0
    for text, word in [
        ("屋里冷只有15度", "18度"),
        ("电梯坏了", "电梯"),
        ("医保卡丢了", "医保卡"),
        ("老板不发工资", "工资"),
        ("孩子上学", "小学"),
        ("my heating is cold", "18"),
    ]:
        assert word in search(text)[0].question
