"""What is kept in memory is never older than what was told of."""

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule
from telstar_api import warm
from telstar_api.warm import EVERYTHING, Warm


class Listener:
    """Hears notices, or not."""

    hearing = True

    def fresh(self) -> bool:
        return self.hearing


def kept(topics: tuple[str, ...] = ("user:1", "channel:news")) -> Warm[str, str]:
    facts: Warm[str, str] = Warm(Listener())
    assert facts.keep("key", "facts", topics, facts.moment())
    return facts


def test_what_is_kept_is_answered_until_something_it_depends_on_changes() -> None:
    facts = kept()
    facts.changed("user:2")
    assert facts.get("key") == "facts"
    facts.changed("channel:news")
    assert facts.get("key") is None
    assert len(facts) == 0


def test_nothing_is_answered_while_notices_are_not_heard() -> None:
    listener = Listener()
    facts: Warm[str, str] = Warm(listener)
    facts.keep("key", "facts", ["user:1"], facts.moment())
    listener.hearing = False
    assert facts.get("key") is None


def test_a_lost_connection_forgets_all_and_what_is_on_its_way() -> None:
    facts = kept()
    before = facts.moment()
    facts.clear()
    assert facts.get("key") is None
    assert not facts.keep("key", "read before", ["user:1"], before)
    assert facts.keep("key", "read after", ["user:1"], facts.moment())


def test_what_was_read_before_a_notice_is_not_kept_after_it() -> None:
    facts: Warm[str, str] = Warm(Listener())
    before = facts.moment()
    facts.changed("user:1")
    assert not facts.keep("key", "perhaps from before", ["user:1"], before)
    assert facts.keep("other", "of somebody else", ["user:2"], before)
    assert facts.get("key") is None
    assert facts.keep("key", "from after", ["user:1"], facts.moment())


def test_everything_is_a_topic_of_all() -> None:
    facts = kept()
    facts.changed(EVERYTHING)
    assert facts.get("key") is None


def test_the_least_lately_used_goes_first() -> None:
    facts: Warm[int, int] = Warm(Listener(), most=2)
    for number in (1, 2):
        facts.keep(number, number, [f"user:{number}"], facts.moment())
    assert facts.get(1) == 1
    facts.keep(3, 3, ["user:3"], facts.moment())
    assert [facts.get(number) for number in (1, 2, 3)] == [1, None, 3]
    facts.changed("user:2")
    assert len(facts) == 2


@given(st.integers(1, 50))
def test_topics_that_are_remembered_no_more_stand_in_the_way_of_what_was_read_before_them(extra: int) -> None:
    facts: Warm[str, str] = Warm(Listener())
    before = facts.moment()
    facts.changed("user:1")
    for number in range(warm.MOST_RECENT - 1 + extra):
        facts.changed(f"channel:{number}")
    assert not facts.keep("key", "perhaps from before", ["user:1"], before)


class Replica(RuleBasedStateMachine):
    """A process that reads facts while others write them: what it answers is what is written."""

    reads = Bundle("reads")

    def __init__(self) -> None:
        super().__init__()
        self.written = dict.fromkeys("abc", 0)
        self.facts: Warm[str, int] = Warm(Listener(), most=2)

    @rule(target=reads, name=st.sampled_from("abc"))
    def begin_to_read(self, name: str) -> tuple[str, int, int]:
        before = self.facts.moment()
        return name, self.written[name], before

    @rule(read=reads)
    def keep(self, read: tuple[str, int, int]) -> None:
        name, value, before = read
        self.facts.keep(name, value, [name], before)

    @rule(name=st.sampled_from("abc"))
    def write(self, name: str) -> None:
        self.written[name] += 1
        self.facts.changed(name)

    @rule()
    def lose_contact(self) -> None:
        self.written["a"] += 1  # which nobody told
        self.facts.clear()

    @invariant()
    def nothing_stale_is_answered(self) -> None:
        for name, value in self.written.items():
            assert self.facts.get(name) in {None, value}


TestReplica = Replica.TestCase
