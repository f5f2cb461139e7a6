"""What the pages ask for."""

import uuid
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dispatch.forms import unit_of
from enterprises.credit_code import tidy
from enterprises.models import Collateral, Purpose, Speciality, Topic, Visit
from enterprises.models.financing import MOST_MONTHS, MOST_YUAN
from enterprises.models.firms import valid_code
from incidents.errors import Refused
from incidents.models import Satisfaction

# A need further away than this is none yet.
FURTHEST = timedelta(days=730)


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


# These have forms of their own, which ask for what a bank or an adviser must know.
ASKED_APART = (Topic.FINANCING, Topic.LEGAL)


class AskForm(forms.Form):
    topic = forms.ChoiceField(
        label=_("What is it about?"),
        choices=[choice for choice in Topic.choices if choice[0] not in ASKED_APART],
    )
    text = forms.CharField(
        label=_("What do you ask for?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5})
    )
    phone = forms.RegexField(
        r"^[0-9+() -]{5,20}\Z",
        label=_("Telephone for questions"),
        error_messages={"invalid": _("A telephone number has 5 to 20 digits.")},
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    about = forms.CharField(
        label=_("Department (for a complaint about one)"),
        max_length=200,
        required=False,
        help_text=_("Type a code or a part of the name and choose. It never gets this request."),
        widget=forms.TextInput(attrs={"list": "units", "autocomplete": "off"}),
    )
    # Pressing twice, or again after the line broke, files once.
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean(self) -> Any:
        """The unit whose code stands first; asked for with a complaint about a department alone."""
        cleaned: dict[str, Any] = super().clean() or {}
        given, conduct = cleaned.get("about", ""), cleaned.get("topic") == Topic.CONDUCT
        cleaned["about"] = None
        if conduct and not self.errors:
            try:
                cleaned["about"] = unit_of("about", given)
            except Refused as error:
                self.add_error("about", str(error.message))
        return cleaned


class NeedForm(forms.Form):
    """A request whose topic is financing, with what an offer is measured by."""

    amount = forms.IntegerField(label=_("Amount (yuan)"), min_value=1, max_value=MOST_YUAN)
    purpose = forms.ChoiceField(label=_("Purpose"), choices=Purpose.choices)
    months = forms.IntegerField(label=_("Term (months)"), min_value=1, max_value=MOST_MONTHS)
    collateral = forms.ChoiceField(label=_("Collateral you can give"), choices=Collateral.choices)
    needed_on = forms.DateField(
        label=_("Needed on"),
        initial=timezone.localdate,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    text = AskForm.base_fields["text"]
    phone = AskForm.base_fields["phone"]
    key = AskForm.base_fields["key"]

    def clean_needed_on(self) -> date:
        day: date = self.cleaned_data["needed_on"]
        if not timezone.localdate() <= day <= timezone.localdate() + FURTHEST:
            raise ValidationError(_("Give a day between today and two years from now."))
        return day


class StepForm(forms.Form):
    note = forms.CharField(label=_("Note (the firm reads it)"), max_length=300, required=False)


class LegalForm(forms.Form):
    """A request for a legal adviser; its documents come beside the form."""

    speciality = forms.ChoiceField(label=_("What is it about?"), choices=Speciality.choices)
    text = AskForm.base_fields["text"]
    phone = AskForm.base_fields["phone"]
    # Looked at by `documents`: the field only shows what is to be chosen, and what was wrong.
    documents = forms.FileField(
        label=_("Documents"),
        required=False,
        help_text=_(
            "At most 5 of PDF, DOCX, JPEG, PNG, each of 10 MB. Only the adviser sees them."
        ),
        widget=ManyFiles(attrs={"accept": ".pdf,.docx,.jpg,.jpeg,.png", "multiple": True}),
    )
    key = AskForm.base_fields["key"]


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Answer (the firm reads it)"),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )


class ClaimForm(forms.Form):
    code = forms.CharField(label=_("Unified social credit code"), max_length=40)
    note = forms.CharField(
        label=_("What shows that you speak for it?"),
        max_length=300,
        help_text=_("Such as your position, and a telephone the firm is known by."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def clean_code(self) -> str:
        code = tidy(self.cleaned_data["code"])
        valid_code(code)
        return code


class VisitForm(forms.Form):
    way = forms.ChoiceField(label=_("How?"), choices=Visit.Way.choices)
    note = forms.CharField(
        label=_("What was said (the firm reads it)"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class UsefulForm(forms.Form):
    useful = forms.ChoiceField(
        label=_("Was it of use to the firm?"),
        choices=[("yes", _("Yes, of use")), ("no", _("No, of no use"))],
        widget=forms.RadioSelect,
    )
    level = forms.ChoiceField(
        label=_("How satisfied are you?"),
        choices=[("", _("No answer")), *Satisfaction.choices[::-1]],
        required=False,
    )
