"""Any life of a channel: published, crashed, rotated, held, expired, short of room, its clock set."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)
from support.crashing import crash_before
from support.station import (
    EVER,
    KIDS,
    LADDERS,
    SEGMENT,
    Station,
    assert_rebuild_agrees,
    assert_sound,
    listed,
    memory_folder,
    name_of,
    on_disk,
    records,
    used,
)
from telstar_simlive.journal import JournalReader, SegmentName, Slot, Span, read_stored
from telstar_simlive.retention import expire
from telstar_simlive.volume import LEAST_KEPT, Space, make_room

BEFORE_MIDNIGHT = 1795305600_000 - 10 * SEGMENT
MINUTE = 60_000


class Life(RuleBasedStateMachine):
    """The real folder beside what a reader has read of it so far; `now` is the wall clock."""

    holds = Bundle("holds")

    def __init__(self) -> None:
        super().__init__()
        self.place = memory_folder()
        self.folder = self.place.__enter__()
        self.now = BEFORE_MIDNIGHT
        self.held: list[Span] = []
        self.expired_before = 0
        self.published: dict[int, Slot] = {}

    def teardown(self) -> None:
        self.place.__exit__(None, None, None)

    @initialize()
    def begin(self) -> None:
        self.station = Station(self.folder / "news", self.folder / "spool")
        self.news = self.station.folder
        self.station.claim()
        self.reader = JournalReader(self.news)

    # What happens

    @rule(count=st.integers(1, 4), short=st.booleans())
    def publish(self, count: int, short: bool) -> None:
        for number in range(count):
            slot = self.station.publish(self.now, 2000 if short and number == count - 1 else SEGMENT)
            self.published[slot.sequence] = slot
            self.now = max(self.now, slot.end)

    @rule(seconds=st.integers(1, 300))
    def gap(self, seconds: int) -> None:
        self.now += seconds * 1000

    @rule(seconds=st.integers(1, 120))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.now -= seconds * 1000

    @rule(ladder=st.sampled_from(LADDERS), kid=st.sampled_from(KIDS))
    def rotate(self, ladder: tuple[str, ...], kid: str | None) -> None:
        self.station.ladder, self.station.kid = ladder, kid
        self.station.new_run()

    @rule(clean=st.booleans())
    def restart(self, clean: bool) -> None:
        before = set(on_disk(self.news))
        if clean:
            self.station.fence.release()
        self._start()
        assert set(on_disk(self.news)) == before

    @rule(operation=st.integers(0, 40))
    def crash_while_publishing(self, operation: int) -> None:
        before = listed(self.news)
        crash_before(operation, lambda: self.station.publish(self.now))
        self._start()
        after = listed(self.news)
        assert after[: len(before)] == before
        assert len(after) - len(before) in (0, 1)
        for slot in after[len(before) :]:
            self.published[slot.sequence] = slot
            self.now = max(self.now, slot.end)

    @rule(target=holds, ago=st.integers(0, 600), length=st.integers(0, 60))
    def hold(self, ago: int, length: int) -> Span:
        start = self.now - ago * 1000 - 500
        span = Span(start, start + length * 1000)
        self.held.append(span)
        return span

    @rule(span=consumes(holds))
    def let_go(self, span: Span) -> None:
        self.held.remove(span)

    @rule(
        retention=st.sampled_from([1, 2, 5, 10]),
        crash_at=st.none() | st.integers(0, 20),
        limit=st.integers(1, 30),
    )
    def retain(self, retention: int, crash_at: int | None, limit: int) -> None:
        before, listed_before = on_disk(self.news), self._held_of(listed(self.news))

        def work() -> None:
            expire(self.news, JournalReader(self.news), self.now, retention * MINUTE, self.held, limit)

        self.expired_before = max(self.expired_before, self.now - retention * MINUTE)
        gone_before = read_stored(self.news).gone
        self._do(work, crash_at)
        for name in self._gone(before):
            given_up = max(self.expired_before, gone_before)  # for want of room, and a crash left some of it
            assert name.start < given_up, "deleted, though younger than its retention"
        held = self._held_of(listed(self.news))
        assert set(map(name_of, held)) >= set(map(name_of, listed_before)), (
            "a held slot is not listed any more"
        )
        if crash_at is None:
            waiting = {name for name in before if name.start >= gone_before and self._is_held(name)}
            assert waiting <= set(map(name_of, held)), "held while its files waited to go, and not listed"

    @precondition(lambda self: self.published)
    @rule(share=st.integers(1, 20), crash_at=st.none() | st.integers(0, 20))
    def the_volume_is_short(self, share: int, crash_at: int | None) -> None:
        before, listed_before = on_disk(self.news), self._held_of(listed(self.news))
        capacity = used(self.news)
        needed = capacity * share // 20

        def work() -> None:
            try:
                make_room(
                    self.news, JournalReader(self.news), needed, self.held, measure=self._space(capacity)
                )
            except OSError:
                left = [name for name in on_disk(self.news) if self._may_go(name)]
                assert not left, "there was something that could go"
            else:
                assert capacity - used(self.news) >= needed

        self._do(work, crash_at)
        gone = self._gone(before)
        assert all(map(self._may_go, gone))
        left = [name for name in before if name not in gone and self._may_go(name)]
        assert not gone or not left or max(gone) < min(left), "an older one would have been there"
        assert [
            name for name in map(name_of, listed_before) if name not in set(map(name_of, listed(self.news)))
        ] == []

    # What is always true

    @invariant()
    def what_is_said_to_be_stored_is_there(self) -> None:
        assert_sound(self.news)

    @invariant()
    def no_record_changes(self) -> None:
        for slot in records(self.news):
            assert self.published[slot.sequence] == slot

    @invariant()
    def a_reader_that_reads_on_has_read_all(self) -> None:
        self.reader.refresh()
        anew = JournalReader(self.news)
        assert list(self.reader) == list(anew)
        assert self.reader.kept_between(0, EVER) == anew.kept_between(0, EVER)
        assert self.reader.newest == anew.newest
        assert self.reader.stored_from == anew.stored_from

    @rule()
    def rebuild_a_copy(self) -> None:
        assert_rebuild_agrees(self.news, self.folder / "copy")

    # Helpers

    def _start(self) -> None:
        former = self.station
        self.station = Station(former.folder, former.spool)
        self.station.ladder, self.station.kid = former.ladder, former.kid
        self.station.claim()
        newest = self.station.writer.last
        if self.published:
            assert newest is not None
            assert newest.sequence >= max(self.published), "the channel lost its place"

    def _do(self, work, crash_at: int | None) -> None:  # type: ignore[no-untyped-def]
        before = on_disk(self.news)
        if crash_at is None:
            work()
        else:
            crash_before(crash_at, work)
        for name in self._gone(before):
            assert not self._is_held(name), "a held slot was deleted"

    def _gone(self, before: dict[SegmentName, set[str]]) -> list[SegmentName]:
        after = on_disk(self.news)
        return sorted(name for name, tracks in before.items() if after.get(name, set()) != tracks)

    def _is_held(self, name: SegmentName) -> bool:
        end = self.published[name.sequence].end
        return any(hold.start < min(end, hold.end) and name.start < hold.end for hold in self.held)

    def _held_of(self, slots: list[Slot]) -> list[Slot]:
        return [slot for slot in slots if self._is_held(name_of(slot))]

    def _may_go(self, name: SegmentName) -> bool:
        return not self._is_held(name) and name.sequence <= max(self.published) - LEAST_KEPT

    def _space(self, capacity: int):  # type: ignore[no-untyped-def]
        return lambda path: Space(capacity - used(path), capacity)


TestLives = Life.TestCase
TestLives.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes: add it to look closer
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
