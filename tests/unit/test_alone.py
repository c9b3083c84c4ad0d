"""Tests that must be alone, and those that need not be."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from tests.alone import room

SOON, LONG = 0.2, 30


def stay(folder, alone, inside, leave):
    with room(folder, alone):
        inside.set()
        assert leave.wait(LONG)


def test_those_that_share_run_at_once(tmp_path):
    with room(tmp_path, alone=False), room(tmp_path, alone=False):
        pass


def test_one_waits_for_all_and_all_for_it(tmp_path):
    alone, later, leave = Event(), Event(), Event()
    with ThreadPoolExecutor() as pool:
        with room(tmp_path, alone=False):
            first = pool.submit(stay, tmp_path, True, alone, leave)
            assert not alone.wait(SOON)
            # Who comes later does not go first, although it could share with the one inside.
            second = pool.submit(stay, tmp_path, False, later, leave)
            assert not later.wait(SOON)
        assert alone.wait(LONG)
        assert not later.wait(SOON)
        leave.set()
        first.result(LONG)
        second.result(LONG)
        assert later.is_set()
