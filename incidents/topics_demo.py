"""One topic of the month for the demo, marked as made up; made once, where there is none."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from incidents.models import Category, Topic, TopicPost

SLUG = "roads-before-winter"
WORDS = {
    "title_zh": "入冬前修好家门口的路",
    "title_en": "Roads mended before winter",
    "purpose_zh": "集中修补路面坑洼、缺损井盖和不亮的路灯，让大家入冬后出行更安全。",
    "purpose_en": "Potholes, broken manhole covers and dark street lights are mended together, "
    "so that everybody gets about safely in winter.",
}
CATEGORIES = ("pothole", "manhole-cover", "street-light")
NEWS = (
    (
        "各区已完成排查，按街道排出先后。",
        "Every district has looked at its roads and set an order.",
    ),
    (
        "本周起夜间施工，尽量不影响早高峰。",
        "From this week on work is done at night, to spare the rush.",
    ),
)
RUNS = timedelta(days=30)


def load() -> int:
    """Make it if no topic is there; returns how many there are."""
    if not Topic.objects.exists():
        make()
    return Topic.objects.count()


@transaction.atomic
def make() -> None:
    today = timezone.localdate()
    topic = Topic.objects.create(
        slug=SLUG, starts=today - RUNS, ends=today + RUNS, is_demo=True, **WORDS
    )
    topic.categories.set(Category.objects.filter(code__in=CATEGORIES))
    for zh, en in NEWS:
        TopicPost.objects.create(topic=topic, text_zh=zh, text_en=en)
