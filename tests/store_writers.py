"""Processes that keep feedback, and write down what was acknowledged: for tests that kill them.

`python store_writers.py DIRECTORY|URL ACKNOWLEDGED PROCESSES`: for each line on stdin it forks the processes anew and
prints their ids; each appends the card to the file after its feedback was acknowledged, until it is killed.
`... tokens`: each process prints instead how many of two hundred token ids were new to it.
"""

import os
import sys
from datetime import timedelta
from itertools import count
from pathlib import Path

from store_builders import NOON, feedback, opened

from kcds.errors import StoreError
from kcds.logs import configure_logs
from kcds.outbound.deadline import Deadline
from kcds.settings import Settings
from kcds.store import process, sql_store
from kcds.store.sql_store import SqlStore


def keep_for_ever(store: SqlStore, acknowledged: Path) -> None:
    """Acknowledged is what is in the file: written at once, and after the store has returned."""
    file = os.open(acknowledged, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number in count():
        card = f"{os.getpid()}-{number}"
        try:
            store.keep_feedback([feedback(card)])
        except StoreError:
            continue
        os.write(file, f"{card}\n".encode())


def race_for_tokens(store: SqlStore) -> None:
    """Say which token ids were new here."""
    process.LOOK_UP = sql_store.LOCK = 10  # seconds: what is raced for here is not time
    new = [
        n for n in range(200) if store.remember_token("ehr", str(n), NOON + timedelta(minutes=5), Deadline.after(60))
    ]
    say(*new)


def say(*words: object) -> None:
    """One line for who listens."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def main() -> None:
    configure_logs(Settings(log_level="ERROR"))
    place, acknowledged, processes = sys.argv[1:4]
    url, directory = (place, None) if "://" in place else (None, Path(place))
    with opened(directory, url) as kept:
        for _line in sys.stdin:
            children = []
            for _ in range(int(processes)):
                child = os.fork()
                if child == 0:
                    race_for_tokens(kept.store) if sys.argv[4:] else keep_for_ever(kept.store, Path(acknowledged))
                    os._exit(0)
                children.append(child)
            if not sys.argv[4:]:
                say(*children)
            for child in children:
                os.waitpid(child, 0)
            say("done")


if __name__ == "__main__":
    main()
