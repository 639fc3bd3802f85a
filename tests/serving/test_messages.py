"""Frames between the processes: put together again from whatever pieces a socket gives."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.server.messages import ANSWER, BEGIN, END, JOB, MORE, Channel, ClosedError, Frame, Unpacker, packed

VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(max_size=20)
    | st.lists(st.text(max_size=5), max_size=3)
)
FRAMES = st.builds(
    Frame,
    st.sampled_from([JOB, ANSWER, BEGIN, MORE, END]),
    st.dictionaries(st.text(max_size=10), VALUES, max_size=4),
    st.binary(max_size=200),
)


@given(st.lists(FRAMES, max_size=8), st.data())
def test_frames_in_any_pieces(frames: list[Frame], data: st.DataObject) -> None:
    sent = b"".join(packed(frame.kind, frame.fields, frame.body) for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(sent)), max_size=20)))
    unpacker = Unpacker()
    received: list[Frame] = []
    for begin, end in zip([0, *cuts], [*cuts, len(sent)], strict=True):
        received += unpacker.feed(sent[begin:end])
    assert received == frames


@given(st.lists(FRAMES, min_size=1, max_size=3))
def test_frames_byte_by_byte(frames: list[Frame]) -> None:
    unpacker = Unpacker()
    received = []
    for frame in frames:
        sent = packed(frame.kind, frame.fields, frame.body)
        for number, byte in enumerate(sent, 1):
            complete = list(unpacker.feed(bytes([byte])))
            assert bool(complete) == (number == len(sent))
            received += complete
    assert received == frames


def test_a_channel_ends_with_its_other_side() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        channel, other = Channel(ours), Channel(theirs)
        other.send(JOB, {"a": "ก"}, b"one")
        other.send(ANSWER, None, b"x" * 100_000)
        assert channel.receive() == Frame(JOB, {"a": "ก"}, b"one")
        assert channel.receive() == Frame(ANSWER, {}, b"x" * 100_000)
        theirs.sendall(packed(JOB, None, b"cut")[:-1])
        theirs.close()
        with pytest.raises(ClosedError):
            channel.receive()
        with pytest.raises(ClosedError):  # noqa: PT012  # the first may still find a place
            for _ in range(10):
                channel.send(JOB, None, b"x" * 100_000)
