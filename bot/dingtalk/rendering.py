"""A reply as DingTalk's markdown, its one-tap answers as links that speak for the person."""

from urllib.parse import quote

from bot.views.reply import Button, Reply

# In markdown messages a tap on such a link sends its content to the bot as the person's own words.
_SPEAKS = "dtmd://dingtalkclient/sendMessage?content="
_LABEL = str.maketrans({char: f"\\{char}" for char in "\\[]"})


def markdown(reply: Reply) -> dict[str, str]:
    """Return title and text of a markdown message."""
    links = " | ".join(link(button) for button in reply.buttons)
    return {"title": reply.title, "text": f"{reply.text}\n\n{links}" if links else reply.text}


def link(button: Button) -> str:
    """Return a one-tap answer as a markdown link."""
    return f"[{button.label.translate(_LABEL)}]({_SPEAKS}{quote(button.says, safe='')})"
