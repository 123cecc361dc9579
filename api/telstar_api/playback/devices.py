"""What to call the device a session plays on, so that its viewer knows which one is meant."""

# In this order: most browsers also call themselves by the names of those they came from.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Tizen", "Samsung TV"),
    ("Web0S", "LG TV"),
    ("Linux", "Linux"),
)
LONGEST = 60
UNKNOWN = "another device"


def device_name(user_agent: str) -> str:
    """`Chrome on Android`, from a User-Agent header; what no browser sends is shown as it is."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    said = "".join(letter for letter in user_agent if letter.isprintable()).strip()
    return browser or system or said[:LONGEST].rstrip() or UNKNOWN


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for mark, name in names if mark in user_agent), None)
