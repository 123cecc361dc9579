"""The demo's schedule: for any channel and any day the same programmes, each time it is asked."""

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

_IDS = uuid.UUID("5b0f4bb5-6b0c-5d1e-9f5a-7e1a57a7c0de")

# How an hour may be cut, in minutes: always whole, so that programmes neither overlap nor leave holes.
_HOURS = (
    (30, 30),
    (30, 15, 15),
    (15, 20, 25),
    (10, 20, 30),
    (25, 5, 30),
    (5, 25, 20, 10),
    (10, 5, 15, 30),
    (20, 20, 20),
)


class Show(NamedTuple):
    """Something that is on again and again. `shortest` and `longest` in minutes; `age`: from which on."""

    title: str
    category: str
    shortest: int
    longest: int
    description: str
    age: int | None = None


@dataclass(frozen=True, slots=True)
class DemoProgramme:
    """One showing, from `start` until `end` (exclusive)."""

    id: uuid.UUID
    start: datetime
    end: datetime
    show: Show


THEMES = {
    "testcard": (
        Show(
            "Bars and Tone", "Music", 5, 30, "Seven colours, one note. A classic that has never gone off air."
        ),
        Show("The Clock", "Science", 5, 15, "It is exactly the time it says it is. Watch it being right."),
        Show("Pluge: A Study in Black", "Arts", 10, 20, "Three stripes, nearly invisible. Adjust your set."),
        Show(
            "Four Hundred and Forty", "Music", 10, 30, "The orchestra tunes for half an hour. Nobody plays."
        ),
        Show(
            "Slow Television: Grey", "Documentary", 20, 30, "From black to white in eleven steps, unhurried."
        ),
        Show("Please Stand By", "Comedy", 5, 15, "Two engineers wait for a picture that has already come."),
        Show("Ask the Engineer", "Science", 15, 30, "Letters about aerials, answered with patience."),
        Show("Saturation", "Drama", 20, 30, "Magenta has always loved green. The vectorscope knows."),
        Show("Interval: Potter’s Wheel", "Arts", 5, 10, "Clay, hands, a wheel. Back in a moment."),
        Show("Closedown", "Music", 5, 10, "The day’s last tune, at any hour of the day."),
    ),
    "cinema": (
        Show(
            "Big Buck Bunny",
            "Family",
            10,
            20,
            "A very large rabbit has had enough of three very small bullies.",
        ),
        Show(
            "Two Wheels Good",
            "Documentary",
            15,
            30,
            "A morning among the bicycles of a city that lives on them.",
        ),
        Show(
            "The Call",
            "Thriller",
            15,
            30,
            "A carphone rings at the lights. He should not have answered.",
            age=16,
        ),
        Show("Meadow, Interior", "Drama", 20, 30, "Spring, a burrow, and what was left unsaid all winter."),
        Show("Intermission", "Music", 5, 5, "The lights go up, and so does the organ."),
        Show("Trailers", "Magazine", 5, 10, "What is coming, at its loudest."),
        Show(
            "Director’s Commentary",
            "Magazine",
            10,
            20,
            "Forty takes of an apple falling, and why it was the third.",
        ),
        Show("The Projectionist", "Comedy", 20, 30, "One reel is upside down. It is the better film."),
        Show(
            "Silent Half-Hour",
            "Classics",
            25,
            30,
            "Piano, pratfalls, and a bicycle that ought to be in the river.",
        ),
        Show("Shorts at the Stroke", "Shorts", 5, 15, "Small films that end before you find your seat."),
        Show("Score!", "Music", 15, 25, "A composer explains the four notes everybody knows."),
        Show(
            "Butterfly Effects", "Family", 10, 20, "How to animate one wing, by people who drew ten thousand."
        ),
    ),
    "news": (
        Show("News in Brief", "News", 5, 10, "The hour’s headlines, read once and clearly."),
        Show("The Bulletin", "News", 15, 30, "What happened, where, and what is known so far."),
        Show(
            "Weather for Sailors and Others",
            "Weather",
            5,
            10,
            "Isobars, explained by somebody who likes them.",
        ),
        Show("Markets and Mornings", "Business", 10, 20, "Numbers that moved, and the people they moved."),
        Show(
            "Correspondents",
            "Current affairs",
            20,
            30,
            "Three dispatches from places with a time zone each.",
            age=12,
        ),
        Show("The Long Question", "Current affairs", 25, 30, "One guest. One question. No interruptions."),
        Show("Sport, Then", "Sport", 10, 20, "The goals, the falls, the tenth of a second."),
        Show("Orbit", "Science", 15, 25, "This week above the atmosphere, satellites included."),
        Show("Local Desk", "News", 10, 20, "The bridge, the bakery, the council, the bridge again."),
        Show("Papers", "Magazine", 10, 15, "Tomorrow’s front pages, a little before tomorrow."),
        Show("Correction", "News", 5, 5, "What we got wrong today. Today it is a short list."),
    ),
}

_ANYWHERE = (
    Show("First Look", "Magazine", 5, 20, "Something new, before everybody has an opinion."),
    Show("The Half Hour", "Entertainment", 25, 30, "Exactly what it says, give or take nothing."),
    Show("Interlude", "Music", 5, 15, "A tune and a view."),
    Show("Neighbours of the Moon", "Science", 15, 30, "What else goes round and round up there."),
    Show("Open Studio", "Arts", 10, 25, "The door is open; somebody is painting."),
    Show("Repeat Performance", "Entertainment", 15, 30, "So good that it is on again."),
    Show("Minutes", "Documentary", 5, 10, "A very short film about a very long meeting."),
)


def day(channel: str, midnight: datetime) -> list[DemoProgramme]:
    """A channel's programmes from `midnight` (UTC) for 24 hours: 5 to 30 minutes each, without a gap."""
    chance = random.Random(f"{channel}/{midnight:%Y-%m-%d}")
    shows = THEMES.get(channel, _ANYWHERE)
    programmes: list[DemoProgramme] = []
    start = midnight
    for _ in range(24):
        for minutes in chance.choice(_HOURS):
            lately = {programme.show for programme in programmes[-2:]}
            fitting = [
                show for show in shows if show.shortest <= minutes <= show.longest and show not in lately
            ]
            end = start + timedelta(minutes=minutes)
            identity = uuid.uuid5(_IDS, f"{channel}/{start:%Y-%m-%dT%H:%M}Z")
            programmes.append(DemoProgramme(identity, start, end, chance.choice(fitting)))
            start = end
    return programmes
