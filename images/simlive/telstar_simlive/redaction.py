"""What no log may show of a channel: keys, and what is secret in the URLs of its sources."""

from collections.abc import Iterable

from telstar_simlive.channel import Source
from telstar_simlive.configuration import Configuration
from telstar_simlive.playout.commands import item_name, shown
from telstar_simlive.process import Redactor


def hide(redactor: Redactor, configuration: Configuration) -> None:
    """Has the redactor hide it; what was hidden before stays so."""
    for secret in configuration.keys.secrets if configuration.keys else ():
        redactor.hide(secret, "<key>")
    for secret, text in _urls(configuration.channel.spec.sources):
        redactor.hide(secret, text)


def _urls(sources: Iterable[Source]) -> Iterable[tuple[str, str]]:
    for source in sources:
        if source.playlist is not None:
            yield from ((item, item_name(item)) for item in source.playlist.items)
        if source.stream is not None:
            yield source.stream.url, shown(source.stream.url)
