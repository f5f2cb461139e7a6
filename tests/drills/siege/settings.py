"""The house's own settings and, beside them, the cuts and plants of tests/drills/siege/plants.py.

No product code knows of them: only a house started with these settings can be cut.
"""

from config import settings as _house

globals().update({name: value for name, value in vars(_house).items() if name.isupper()})

INSTALLED_APPS = [*_house.INSTALLED_APPS, "tests.drills.siege.app.Siege"]
MIDDLEWARE = ["tests.drills.siege.cut.BetweenCommitAndAnswer", *_house.MIDDLEWARE]
