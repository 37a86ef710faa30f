"""Modules and data that the fork server loads once for all processes of the trials."""

from datetime import date

from bot.understanding.understand import understand
from bot.views.i18n import LANGUAGES, catalogue
from tests.crash import doomed_bot

understand("打卡", today=date(2026, 11, 24))
for language in LANGUAGES:
    catalogue(language)

__all__ = ["doomed_bot"]
