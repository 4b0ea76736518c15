"""Alert fatigue over the real store: what is dismissed in one process is quiet in another, and after a restart."""

from pathlib import Path

import pytest
from store_builders import opened
from ward import CAUTION, HYPERTENSION, Ward, signed, viewed

from kcds.store.keys import KeyRing


@pytest.mark.usefixtures("unhurried")
def test_a_dismissal_and_what_was_told_outlive_the_process(tmp_path: Path) -> None:
    with opened(tmp_path) as before:
        ward = Ward(store=before.store)
        ward.dismiss(ward.ask(signed(HYPERTENSION))[CAUTION])
        told = ward.ask(viewed())

    with opened(tmp_path) as after:
        again = Ward(store=after.store)

        assert told != {}
        assert CAUTION not in again.ask(signed(HYPERTENSION))
        assert again.ask(viewed()) == {}


@pytest.mark.usefixtures("unhurried")
def test_with_another_secret_nobody_is_recognised_and_everything_is_shown(tmp_path: Path) -> None:
    with opened(tmp_path) as kept:
        ward = Ward(store=kept.store)
        ward.dismiss(ward.ask(signed(HYPERTENSION))[CAUTION])

    with opened(tmp_path) as kept:
        stranger = Ward(store=kept.store, keys=KeyRing(b"of somebody else, who knows nothing"))

        assert CAUTION in stranger.ask(signed(HYPERTENSION))
