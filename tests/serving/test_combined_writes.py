"""Writes of one turn of the event loop are sent together, in their order, and none is lost by closing."""

import asyncio

from mudguard.serving.combined_writes import CombinedWrites


class Recorder(asyncio.Transport):
    """A transport that notes what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[bytes | str] = []
        self.unread = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.told.append(bytes(data))

    def close(self) -> None:
        self.told.append("close")

    def abort(self) -> None:
        self.told.append("abort")

    def is_closing(self) -> bool:
        return bool({"close", "abort"} & {each for each in self.told if isinstance(each, str)})

    def get_write_buffer_size(self) -> int:
        return self.unread

    def pause_reading(self) -> None:
        self.told.append("pause")


def told(*turns: str) -> list[bytes | str]:
    """What the transport is told when in each turn these are done: a word is written, `close` and so on are called."""
    recorder = Recorder()

    async def run() -> None:
        transport = CombinedWrites(recorder, asyncio.get_running_loop())
        for turn in turns:
            for step in turn.split():
                if step in {"close", "abort", "pause_reading"}:
                    getattr(transport, step)()
                elif step == "leave":
                    recorder.close()
                else:
                    transport.write(step.encode())
            await asyncio.sleep(0)

    asyncio.run(run())
    return recorder.told


def test_what_is_written_in_one_turn_is_sent_at_once() -> None:
    assert told("head body") == [b"headbody"]


def test_what_is_written_in_two_turns_is_sent_in_two() -> None:
    assert told("first", "second third") == [b"first", b"secondthird"]


def test_closing_sends_what_was_written() -> None:
    assert told("head body close", "") == [b"headbody", "close"]


def test_aborting_sends_nothing_more() -> None:
    assert told("head abort", "") == ["abort"]


def test_nothing_is_sent_to_a_client_that_has_left() -> None:
    assert told("head leave", "") == ["close"]


def test_everything_else_is_the_transports() -> None:
    assert told("pause_reading") == ["pause"]


def test_a_client_that_does_not_read_the_rest_in_time_loses_it() -> None:
    recorder = Recorder()
    recorder.unread = 1

    async def close_and_wait() -> None:
        CombinedWrites(recorder, asyncio.get_running_loop(), send_seconds=0.01).close()
        await asyncio.sleep(0.05)

    asyncio.run(close_and_wait())
    assert recorder.told == ["close", "abort"]
