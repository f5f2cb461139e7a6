"""Sets the plants once every model is there."""

from importlib import import_module

from django.apps import AppConfig


class Siege(AppConfig):
    name = "tests.drills.siege"
    label = "siege"

    def ready(self) -> None:
        # By name, as Django finds its own modules: they import models, which exist only now.
        import_module("tests.drills.siege.plants").plant()
