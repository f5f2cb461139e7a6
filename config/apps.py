from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps


class HouseConfig(AppConfig):
    name = "config"
    verbose_name = "Hotline 12345"


class AdministratorConfig(admin_apps.AdminConfig):
    """Django's admin, for our administrator alone."""

    default = False
    default_site = "accounts.site.AdministratorSite"
