from django.apps import AppConfig


class HouseConfig(AppConfig):
    name = "config"
    verbose_name = "Hotline 12345"
