"""A chart whose review ends the worker that judges it: it costs two workers, not one at every look."""

from http.client import HTTPException
from pathlib import Path

from builders import condition, patient
from running_kcds import HARMFUL, Kcds, running_kcds
from service_builders import free_port
from smart_ehr import Manner, smart_ehr
from smart_files import smart_file
from test_smart_served import launched

SICK, OTHER = "pat-1", "pat-2"
CHARTS = [patient(), condition("G90.50"), patient(id=OTHER, name=[{"family": "Other"}])]


def status_of(service: Kcds, path: str, cookie: str) -> int:
    """The status of a review whose judging was begun; 502, as a proxy would say, where it came to no end."""
    try:
        page = service.call("GET", path, Cookie=cookie)
    except (OSError, HTTPException):
        return 502
    return 500 if b"The chart could not be judged" in page.body else page.status


def test_a_chart_that_ended_two_workers_is_not_judged_a_third_time_whoever_opens_it(tmp_path: Path) -> None:
    with smart_ehr(CHARTS) as ehr:
        file = smart_file(tmp_path, ehr)
        with running_kcds(program=HARMFUL, port=free_port(), smart_file=str(file)) as service:
            ehr.manner = Manner(id_says={"fhirUser": f"{ehr.base}/Practitioner/crash"})
            sick = launched(service, ehr, SICK)
            looks = [status_of(service, *sick), status_of(service, *sick)]
            again = status_of(service, *launched(service, ehr, SICK))
            ehr.manner = Manner()
            other = status_of(service, *launched(service, ehr, OTHER))

    assert looks == [502, 502]
    assert again == 500
    assert other == 200
