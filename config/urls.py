"""Every address of the platform, by package."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.generic.base import RedirectView
from django.views.i18n import set_language
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny

from config import views
from incidents.urls import api_urlpatterns as incidents_api

api: list[URLPattern | URLResolver] = [
    path("", include("districts.urls")),
    path("", include(incidents_api)),
    path("", include("dispatch.api_urls")),
    path("", include("maps.api_urls")),
    path("schema", SpectacularAPIView.as_view(permission_classes=[AllowAny]), name="schema"),
    path(
        "docs",
        SpectacularSwaggerSplitView.as_view(permission_classes=[AllowAny]),
        name="docs",
    ),
]
urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("home", views.home, name="home"),
    path("i18n/setlang/", require_POST(set_language), name="set_language"),
    path("theme", views.theme, name="theme"),
    path("jsi18n/", views.words, name="words"),
    path("accounts/", include("accounts.urls")),
    # The admin's own log-in and change of password would pass by what ours ask for.
    path(
        "admin/login/",
        require_http_methods(["GET", "HEAD", "POST"])(views.admin_login),
        name="admin-login",
    ),
    path(
        "admin/password_change/",
        require_safe(RedirectView.as_view(pattern_name="account_change_password")),
        name="admin-password",
    ),
    path("admin/", admin.site.urls),
    path("api/", include(api)),
    path("", include("incidents.urls")),
    path("", include("dispatch.urls")),
    path("", include("enterprises.urls")),
    path("", include("maps.urls")),
]
handler400 = "config.handlers.bad_request"
handler403 = "config.handlers.forbidden"
handler404 = "config.handlers.not_found"
handler500 = "config.handlers.server_error"
