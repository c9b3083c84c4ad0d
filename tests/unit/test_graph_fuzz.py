"""A broken file is an error, never a crash, a hang or a traceback."""

import time
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.graphs import counting_loop, dense, everything
from tflitekit.errors import ModelError
from tflitekit.graph import read_model, write_model
from tflitekit.graph.summary import summarize
from tflitekit.graph.verify import verify

FILES = [write_model(build()) for build in (dense, counting_loop, everything)]
FILES += [write_model(everything(), largest_flatbuffer=0)]
WORDS = [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\x10\0\0\0"]


def use(content: bytes) -> None:
    """All that the tool does with a file before it trusts it."""
    begin = time.monotonic()
    with suppress(ModelError):
        model = read_model(content)
        verify(model)
        summarize(model, size_bytes=len(content), sha256="")
        assert write_model(read_model(write_model(model))) == write_model(model)
    assert time.monotonic() - begin < 2


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_changed_bytes(content: bytes, data: st.DataObject) -> None:
    broken = bytearray(content)
    places = st.integers(0, len(content) - 4)
    for place in data.draw(st.lists(places, min_size=1, max_size=8)):
        word = data.draw(st.sampled_from(WORDS) | st.binary(min_size=1, max_size=4))
        broken[place : place + len(word)] = word
    use(bytes(broken))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.data())
def test_truncated_files(content: bytes, data: st.DataObject) -> None:
    use(content[: data.draw(st.integers(0, len(content) - 1))])


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_arbitrary_bytes(tail: bytes) -> None:
    use(tail)
    use(b"\x1c\0\0\0TFL3" + tail)
