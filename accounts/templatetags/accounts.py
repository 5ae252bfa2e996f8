"""What the account pages say about a session."""

from django import template

register = template.Library()

BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "CriOS": "Chrome"}
BROWSERS |= {"SamsungBrowser": "Samsung Internet", "Chrome": "Chrome", "Safari": "Safari"}  # these claim less
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows"}
SYSTEMS |= {"Mac OS X": "Mac", "CrOS": "Chromebook", "Linux": "Linux"}


@register.filter
def browser(user_agent: str) -> str:
    """`Firefox on Android`, as far as the browser says so itself."""
    name = next((said for mark, said in BROWSERS.items() if mark in user_agent), "A browser")
    system = next((said for mark, said in SYSTEMS.items() if mark in user_agent), "")
    return f"{name} on {system}" if system else name
