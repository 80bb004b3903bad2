"""The shipped workflows that talk to a server, against a real one on loopback."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from specs_project import Run, message
from specs_server import PAGES, RATES, Service

SUM = hashlib.sha256(RATES.encode()).hexdigest()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with Service() as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def test_a_download_with_the_right_sum_is_kept(run: Run, project: Path, service: Service) -> None:
    result = run(
        "download-and-verify", url=f"{service.url}/rates.csv", path="data/rates.csv", sha256=SUM.upper()
    )
    assert result["outputs"] == {"path": "data/rates.csv", "bytes": len(RATES.encode()), "sha256": SUM}
    assert (project / "data/rates.csv").read_text(encoding="utf-8") == RATES


def test_without_a_sum_a_download_is_kept_and_its_sum_told(run: Run, project: Path, service: Service) -> None:
    result = run(
        "download-and-verify",
        url=f"{service.url}/rates.csv",
        path="rates.csv",
        headers={"Authorization": "Bearer t0p-secret"},
    )
    assert result["outputs"]["sha256"] == SUM
    assert service.seen[0][2]["authorization"] == "Bearer t0p-secret"
    assert "t0p-secret" not in json.dumps(result)


@pytest.mark.parametrize(
    ("path", "inputs", "step", "said"),
    [
        (
            "/rates.csv",
            {"sha256": "0" * 64},
            "verify",
            f'1 of 1 expectations failed: equals: expected "{"0" * 64}", found "{SUM}"',
        ),
        ("/rates.csv", {"max_bytes": 5}, "download", "the body is larger than 5 bytes"),
        ("/nowhere", {}, "download", "GET {url}/nowhere was answered 404 Not Found"),
        ("/orders", {}, "no_text", "{url}/orders answered with no text but JSON"),
        ("/starting", {}, "no_text", "{url}/starting answered with no text but nothing"),
    ],
)
def test_a_download_that_is_not_as_it_should_be_leaves_the_old_file(
    path: str, inputs: dict[str, object], step: str, said: str, run: Run, project: Path, service: Service
) -> None:
    (project / "rates.csv").write_text("old")
    result = run("download-and-verify", code=4, url=service.url + path, path="rates.csv", **inputs)
    assert result["status"] == "failed"
    assert message(result, step) == said.replace("{url}", service.url)
    assert (project / "rates.csv").read_text() == "old"


def test_an_address_is_asked_until_it_answers_well(run: Run, service: Service) -> None:
    service.busy = 2
    result = run("poll-until-ready", url=f"{service.url}/starting", every=0.01)
    assert result["outputs"] == {"tries": 3, "status": 200}
    assert len(service.seen) == 3


def test_an_address_is_asked_until_a_field_is_as_wanted(run: Run, service: Service) -> None:
    service.busy = 2
    result = run(
        "poll-until-ready", url=f"{service.url}/job", every=0.01, field="jobs.0.state", equals="done"
    )
    assert result["outputs"] == {"tries": 3, "status": 200}


@pytest.mark.parametrize(
    ("path", "inputs", "found"),
    [
        ("/starting", {}, "GET {url}/starting was answered 503 Service Unavailable"),
        ("/job", {"field": "jobs.0.state", "equals": "done"}, "jobs.0.state is busy"),
        ("/job", {"field": "jobs.7.state", "equals": "done"}, "jobs.7.state is not there"),
        ("/rates.csv", {"field": "state", "equals": "done"}, "state is not there"),
    ],
)
def test_after_the_last_try_the_run_fails_with_what_was_found(
    path: str, inputs: dict[str, str], found: str, run: Run, service: Service
) -> None:
    service.busy = 9
    result = run("poll-until-ready", code=4, url=service.url + path, every=0.01, tries=2, **inputs)
    said = f"{service.url}{path} was not ready after 2 tries: {found.replace('{url}', service.url)}"
    assert message(result, "not_ready") == said
    assert len(service.seen) == 2


def test_a_service_that_is_not_there_yet_is_not_ready(run: Run, service: Service) -> None:
    result = run("poll-until-ready", code=4, url="http://127.0.0.1:1/", every=0.01, tries=2)
    assert "not ready after 2 tries: GET http://127.0.0.1:1/" in message(result, "not_ready")


def _orders(service: Service) -> dict[str, str]:
    return {"url": f"{service.url}/orders?status=paid", "records": "data.rows", "cursor": "after"}


def test_all_pages_become_one_file_in_their_order(run: Run, project: Path, service: Service) -> None:
    """There are more than nine of them: page 10 does not stand before page 2."""
    result = run("page-through-api", path="out/orders.ndjson", **_orders(service))
    assert result["outputs"] == {"path": "out/orders.ndjson", "pages": PAGES, "records": 2 * PAGES}
    lines = (project / "out/orders.ndjson").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == list(range(1, 2 * PAGES + 1))
    assert [path for _, path, _, _ in service.seen][:2] == [
        "/orders?status=paid",
        "/orders?status=paid&after=1",
    ]
    assert [path.name for path in (project / "out").iterdir()] == ["orders.ndjson"]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"max_pages": 2}, "there are more than 2 pages; raise `max_pages`"),
        ({"records": "items"}, 'with: item has no key "items"; it has: data, next'),
    ],
)
def test_pages_that_cannot_all_be_had_leave_the_old_file(
    inputs: dict[str, object], said: str, run: Run, project: Path, service: Service
) -> None:
    (project / "orders.csv").write_text("old")
    result = run("page-through-api", code=4, path="orders.csv", **{**_orders(service), **inputs})
    assert result["error"]["message"] == said
    assert (project / "orders.csv").read_text() == "old"
    assert list(project.glob("orders.csv.pages*")) == []


def test_records_are_sent_in_batches(run: Run, project: Path, service: Service) -> None:
    (project / "data/bob.ndjson").write_text("".join(f'{{"n": {n}}}\n' for n in range(5)))
    result = run(
        "post-in-batches", path="data/bob.ndjson", url=service.url, size=2, authorization="Bearer t0ken"
    )
    assert result["outputs"] == {"batches": 3, "failed": [], "rejected": 0}
    sent = sorted((body for _, _, _, body in service.seen), key=lambda rows: rows[0]["n"])
    assert sent == [[{"n": 0}, {"n": 1}], [{"n": 2}, {"n": 3}], [{"n": 4}]]
    assert {headers["authorization"] for _, _, headers, _ in service.seen} == {"Bearer t0ken"}
    assert len({headers["idempotency-key"] for _, _, headers, _ in service.seen}) == 3


def test_batches_that_failed_can_be_tolerated_and_are_kept(run: Run, project: Path, service: Service) -> None:
    shared = {"path": "data/orders.csv", "url": service.url, "size": 1, "field": "rows"}
    result = run("post-in-batches", tolerate=1, **shared)
    assert result["outputs"] == {"batches": 3, "failed": [1], "rejected": 1}
    assert {"rows": [{"id": 1, "name": "ada", "amount": 4.0}]} in [body for _, _, _, body in service.seen]
    assert json.loads((project / "out/rejected.ndjson").read_text()) == {
        "id": 2,
        "name": "bob",
        "amount": 5.5,
    }


def test_one_batch_more_than_tolerated_fails_the_run_after_all_were_tried(
    run: Run, project: Path, service: Service
) -> None:
    result = run("post-in-batches", code=4, path="data/orders.csv", url=service.url, size=1, infer=False)
    assert message(result, "few_failed") == (
        f"1 of 3 batches failed, at most 0 may; the first: POST {service.url} was answered 400 Bad Request; "
        "their records are in out/rejected.ndjson"
    )
    assert len(service.seen) == 3
    assert json.loads((project / "out/rejected.ndjson").read_text()) == {
        "id": "2",
        "name": "bob",
        "amount": "5.5",
    }
