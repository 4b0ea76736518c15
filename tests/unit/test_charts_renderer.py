"""The renderer process: pictures come back in order, and whatever becomes of it costs the pictures only."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen
from threading import Thread

import pytest
from timeline_builders import pain, timeline

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import make_chart

from kcds.pages.charts import draw as drawing
from kcds.pages.charts import process as processes
from kcds.pages.charts.draw import charts_of, draw_timeline
from kcds.pages.charts.process import Renderer
from kcds.pages.charts.protocol import TEMPLATE

ECHO = """
import json, struct, sys
{start}
sys.stdout.buffer.write(b"ready")
sys.stdout.buffer.flush()
while header := sys.stdin.buffer.read(4):
    request = json.loads(sys.stdin.buffer.read(struct.unpack(">I", header)[0]))
    {body}
    drawn = [chart["summary"] for chart in request["charts"]]
    answer = json.dumps({{"number": request["number"], "charts": drawn}}).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(answer)) + answer)
    sys.stdout.buffer.flush()
"""


@pytest.fixture
def started() -> Iterator[list[Renderer]]:
    """Renderers that are ended with the test."""
    made: list[Renderer] = []
    yield made
    for one in made:
        one.stop()


def fake(started: list[Renderer], body: str = "", start: str = "", **limits: float) -> Renderer:
    """A renderer that repeats the summary of each chart, after doing something else."""
    limits |= {"start": limits.pop("limit")} if "limit" in limits else {}
    program = (sys.executable, "-I", "-c", ECHO.format(body=body, start=start))
    started.append(Renderer(program, **({"timeout": 20, "patience": 20} | limits)))
    return started[-1]


def process_of(renderer: Renderer) -> Popen[bytes]:
    """The process that a renderer speaks to."""
    assert renderer._child is not None
    return renderer._child.process


def alive(process: int) -> bool:
    """Whether a process runs; one that nobody has asked for its end yet does not."""
    status = Path(f"/proc/{process}/stat")
    try:
        return status.read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def charts(*names: str) -> list[dict[str, object]]:
    return [{"summary": name} for name in names]


def test_pictures_come_back_in_the_order_of_the_charts(started: list[Renderer]) -> None:
    assert fake(started).draw(charts("a", "b")) == ["a", "b"]


def test_a_process_that_crashes_costs_one_answer_and_is_replaced(started: list[Renderer]) -> None:
    renderer = fake(started, 'if request["charts"][0]["summary"] == "crash": sys.exit(3)')

    assert renderer.draw(charts("crash")) is None
    assert renderer.draw(charts("a")) == ["a"]


def test_a_process_that_hangs_is_ended_after_a_while_and_replaced(started: list[Renderer]) -> None:
    renderer = fake(started, 'if request["charts"][0]["summary"] == "hang": import time; time.sleep(600)', timeout=3)
    begun = time.monotonic()

    assert renderer.draw(charts("hang")) is None
    assert time.monotonic() - begun < 30
    assert renderer.draw(charts("a")) == ["a"]


SLOW = "import time; time.sleep(2)"


def test_a_process_that_starts_slowly_is_left_to_start_and_draws_for_a_later_page(started: list[Renderer]) -> None:
    renderer = fake(started, start=SLOW, patience=0.05)

    assert renderer.draw(charts("a")) is None
    assert renderer.is_starting
    first = process_of(renderer)
    assert renderer.draw(charts("a")) is None

    assert renderer._child is not None
    assert renderer._child.settled.wait(30)
    assert renderer.draw(charts("b")) == ["b"]
    assert process_of(renderer) is first
    assert not renderer.is_starting


def test_a_process_that_never_becomes_ready_is_ended_and_replaced(started: list[Renderer]) -> None:
    renderer = fake(started, start="import time; time.sleep(600)", limit=0.2)

    assert renderer.draw(charts("a")) is None
    assert not renderer.is_starting


def test_a_page_that_comes_while_another_is_drawn_does_not_wait_for_long(started: list[Renderer]) -> None:
    renderer = fake(started, "import time; time.sleep(2)", patience=20)
    renderer.draw([])
    renderer._patience = 0.05
    other = Thread(target=renderer.draw, args=(charts("a"),))
    other.start()
    while not renderer._lock.locked():
        time.sleep(0.01)

    assert renderer.draw(charts("b")) is None
    other.join()


def test_preparing_waits_for_nothing(started: list[Renderer]) -> None:
    renderer = fake(started, start=SLOW)
    begun = time.monotonic()

    renderer.prepare()

    assert time.monotonic() - begun < 1.5
    assert renderer.is_starting


def test_an_answer_to_another_request_is_never_taken(started: list[Renderer]) -> None:
    renderer = fake(started, 'request["number"] += 1')

    assert renderer.draw(charts("a")) is None


@pytest.mark.parametrize(
    "answer", ["'x'", "[]", "{}", "{'number': 1}", "{'number': 1, 'charts': []}", "{'number': 1, 'charts': [1]}"]
)
def test_an_answer_that_is_none_is_no_picture(started: list[Renderer], answer: str) -> None:
    body = f"answer = json.dumps({answer}).encode(); sys.stdout.buffer.write(struct.pack('>I', len(answer)) + answer)"

    assert fake(started, body).draw(charts("a")) is None


def test_requests_of_several_threads_never_mix(started: list[Renderer]) -> None:
    renderer = fake(started)
    answers: dict[str, set[tuple[str, ...]]] = {}

    def ask(name: str) -> None:
        for _ in range(20):
            answers.setdefault(name, set()).add(tuple(renderer.draw(charts(name)) or ()))

    threads = [Thread(target=ask, args=(f"patient {number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {f"patient {number}": {(f"patient {number}",)} for number in range(4)}


def test_a_process_that_ended_for_lack_of_work_is_started_again(started: list[Renderer]) -> None:
    renderer = fake(started, "")
    renderer.draw(charts("a"))
    process = process_of(renderer)
    process.kill()
    process.wait()

    assert renderer.draw(charts("b")) == ["b"]


def test_a_copy_of_a_worker_does_not_speak_to_the_process_of_its_parent(
    started: list[Renderer], monkeypatch: pytest.MonkeyPatch
) -> None:
    renderer = fake(started)
    renderer.draw(charts("a"))
    parents = process_of(renderer)
    monkeypatch.setattr("kcds.pages.charts.process.os.getpid", lambda: -1)

    assert renderer.draw(charts("b")) == ["b"]

    assert process_of(renderer) is not parents
    renderer.stop()
    assert parents.poll() is None
    for pipe in (parents.stdin, parents.stdout):
        assert pipe is not None
        pipe.close()
    parents.kill()
    parents.wait()


def test_where_the_libraries_are_not_installed_there_are_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "find_spec", lambda _: None)
    monkeypatch.setattr(drawing, "own_renderer", lambda: pytest.fail("nothing is started"))

    drawing.prepare()

    assert not draw_timeline(timeline(observations=[pain(7, "2026-11-01")])).is_drawn


def test_a_program_that_cannot_be_started_is_no_error() -> None:
    assert Renderer(("/nonexistent",)).draw(charts("a")) is None


def test_the_real_process_draws_says_nothing_and_knows_nothing_of_our_surroundings(
    started: list[Renderer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KCDS_SECRET", "ours")
    started.append(Renderer(timeout=60, patience=60, start=60))
    renderer = started[0]
    renderer.prepare()

    pictures = renderer.draw(charts_of(timeline(observations=[pain(7, "2026-11-01")])))

    assert pictures is not None
    assert all(picture.startswith("<svg") for picture in pictures)
    process = process_of(renderer)
    here = Path(f"/proc/{process.pid}")
    if here.exists():
        assert b"KCDS" not in (here / "environ").read_bytes()
        assert b"pain" not in (here / "cmdline").read_bytes().lower()
        assert (here / "cwd").readlink() == Path("/")
        assert (here / "fd" / "2").readlink() == Path(os.devnull)


def test_the_real_process_ends_when_its_worker_has_gone(started: list[Renderer]) -> None:
    started.append(Renderer(timeout=60, patience=60, start=60))
    renderer = started[0]
    renderer.draw([])
    process = process_of(renderer)
    assert process.stdin is not None

    process.stdin.close()

    assert process.wait(timeout=30) == 0


WORKER = """
import time
from kcds.pages.charts.process import Renderer
from kcds.pages.charts.protocol import TEMPLATE
one = Renderer(patience=60, start=60)
one.draw([])
print(one._child.process.pid, flush=True)
time.sleep(600)
"""


def test_the_real_process_ends_with_a_worker_that_was_killed() -> None:
    worker = Popen([sys.executable, "-I", "-c", WORKER], stdout=PIPE, text=True)  # noqa: S603 - our own program
    assert worker.stdout is not None
    drawing = int(worker.stdout.readline())

    worker.kill()
    worker.wait()
    worker.stdout.close()

    for _ in range(300):
        if not alive(drawing):
            return
        time.sleep(0.1)
    pytest.fail("the renderer outlived its worker")


def test_the_real_process_ends_after_some_time_without_work(started: list[Renderer]) -> None:
    impatient = "from kcds.pages.charts import renderer; renderer.IDLE = 0.2; renderer.main()"
    renderer = Renderer((sys.executable, "-I", "-c", impatient), patience=60, start=60, timeout=60)
    started.append(renderer)
    renderer.prepare()

    assert process_of(renderer).wait(timeout=60) == 0


def test_the_chart_that_is_filled_is_the_one_that_altair_makes() -> None:
    made = make_chart.as_text(make_chart.build())

    assert TEMPLATE.read_text(encoding="utf-8") == made, "run scripts/make_chart.py"


def test_the_renderer_starts_without_altair() -> None:
    program = "import sys, kcds.pages.charts.renderer; sys.exit('altair' in sys.modules)"
    assert Popen([sys.executable, "-I", "-c", program]).wait() == 0  # noqa: S603 - our own program


def test_a_worker_never_imports_the_libraries_of_the_charts() -> None:
    program = (
        "import sys, kcds.pages.charts.draw, kcds.pages.timeline.make; "
        "sys.exit(len({'altair', 'vl_convert', 'pandas'} & sys.modules.keys()))"
    )
    assert Popen([sys.executable, "-I", "-c", program]).wait() == 0  # noqa: S603 - our own program
