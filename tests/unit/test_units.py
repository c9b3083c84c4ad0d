import pytest

from tflitekit.units import format_bytes, format_count, format_us


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (143_760, "144 kB"), (2.5e9, "2.5 GB")],
)
def test_bytes(value, text):
    assert format_bytes(value) == text


def test_counts_and_times():
    assert format_count(2_006_784) == "2.01 M"
    assert format_count(12) == "12"
    assert format_us(None) == "-"
    assert format_us(54.66) == "54.7 µs"
    assert format_us(1234.5) == "1.23 ms"
    assert format_us(2_500_000) == "2.5 s"
