"""Words that mean danger to life, and whom to call then."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.tracking import tracked
from incidents.bigrams import bigrams


@tracked("AlarmWordEvent", "word", "call")
class AlarmWord(models.Model):
    """救命, "gas smell": heard by the operator's screen while somebody types."""

    class Call(models.TextChoices):
        POLICE = "110", _("110 police")
        FIRE = "119", _("119 fire and rescue")
        AMBULANCE = "120", _("120 ambulance")
        TRAFFIC = "122", _("122 traffic accident")

    word = models.CharField(_("word"), max_length=40, primary_key=True)
    call = models.CharField(_("emergency number"), max_length=3, choices=Call.choices)

    class Meta:
        ordering = ["word"]
        verbose_name = _("alarm word")
        verbose_name_plural = _("alarm words")

    def __str__(self) -> str:
        return self.word

    def clean(self) -> None:
        if not bigrams(self.word):
            raise ValidationError({"word": _("A word has letters, digits or Chinese characters.")})
