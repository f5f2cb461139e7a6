"""Addresses of the firm's representative, of the service manager, and of the survey."""

from django.urls import path

from enterprises import advice_desk, firm_desk, lending_desk, manager_desk, speaking_desk, survey

urlpatterns = [
    path("firm/", firm_desk.home, name="firm"),
    path("firm/claim", firm_desk.claim, name="firm-claim"),
    path("firm/ask", firm_desk.ask, name="firm-ask"),
    path("firm/policies", firm_desk.policies, name="firm-policies"),
    path("firm/requests/<str:number>/", firm_desk.one, name="firm-request"),
    path("firm/requests/<str:number>/useful", firm_desk.useful, name="firm-useful"),
    path("firm/give-up", speaking_desk.give_up, name="firm-give-up"),
    path("firm/requests/<str:number>/say", speaking_desk.firm_says, name="firm-say"),
    path("manager/requests/<str:number>/say", speaking_desk.manager_says, name="manager-say"),
    path("manager/claims/<int:claim_id>/end", speaking_desk.revoke, name="manager-revoke"),
    path("firm/legal", advice_desk.ask, name="firm-legal"),
    path("advice/", advice_desk.home, name="advice"),
    path("advice/<str:number>/", advice_desk.one, name="advice-one"),
    path("advice/<str:number>/contact", advice_desk.contact, name="advice-contact"),
    path("advice/<str:number>/answer", advice_desk.answer, name="advice-answer"),
    path("advice/<str:number>/documents/<uuid:uid>", advice_desk.document, name="advice-document"),
    path("firm/financing", lending_desk.need, name="firm-financing"),
    path("firm/requests/<str:number>/offers", lending_desk.firm_offers, name="firm-offers"),
    path("manager/", manager_desk.home, name="manager"),
    path("manager/claims/", manager_desk.claims, name="manager-claims"),
    path("manager/claims/<int:claim_id>/<slug:verdict>", manager_desk.judge, name="manager-judge"),
    path("manager/firms/<str:code>/", manager_desk.firm, name="manager-firm"),
    path("manager/firms/<str:code>/visit", manager_desk.visit, name="manager-visit"),
    path("manager/firms/<str:code>/policies", manager_desk.policies, name="manager-policies"),
    path("manager/requests/<str:number>/", manager_desk.one, name="manager-request"),
    path("manager/requests/<str:number>/contact", manager_desk.contact, name="manager-contact"),
    path(
        "manager/requests/<str:number>/offers",
        lending_desk.manager_offers,
        name="manager-offers",
    ),
    path(
        "manager/requests/<str:number>/offers/<int:offer_id>/<slug:kind>",
        lending_desk.step,
        name="manager-offer-step",
    ),
    path("usefulness/", survey.page, name="usefulness"),
]
