"""What each process of a trial would read again: loaded once, before they are forked."""

from datetime import date

from bot.understanding import understand
from bot.views.i18n import LANGUAGES, catalogue
from tests.crash import doomed_bot

understand("打卡", today=date(2026, 11, 24))
for language in LANGUAGES:
    catalogue(language)

__all__ = ["doomed_bot"]
