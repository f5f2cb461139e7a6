"""After all that: does every list, map, export and stream still work?"""

import socket
import time

from tests.drills._gate_tools import Tally
from tests.drills._gate_wire import Knocker
from tests.started import HOST, House

PAGES = (
    "/", "/track", "/map/", "/heatmap/", "/home", "/accounts/login/", "/jsi18n/", "/healthz",
    "/api/incidents.geojson", "/api/workers.geojson", "/api/divisions?q=沈阳", "/api/categories",
    "/api/divisions.geojson", "/api/locate?lat=41.8&lon=123.4", "/api/schema", "/api/docs",
    "/api/reports/nearby?lat=41.79&lon=123.41", "/openings", "/admin/", "/admin/accounts/user/",
)  # fmt: skip
FOR = {"/openings": "inspector", "/admin/": "admin", "/admin/accounts/user/": "admin"}
READY_S = 90.0


def aftermath(house: House, knocker: Knocker, tally: Tally) -> None:
    print("Afterwards: every list, map, export and stream", flush=True)
    wait_for_copies(house, tally)
    for page in PAGES:
        look_at(house, knocker, tally, page, FOR.get(page, "dispatcher"))
    for number, code in stored(house):
        for page in (f"/desk/{number}/", f"/t/{code}", f"/api/reports/{code}"):
            look_at(house, knocker, tally, page, "dutymanager")
    listen(house, knocker, tally)
    said = house.manage("check_media", "--checksums", "--young", "0")
    tally.add("aftermath", "media checked")
    if not said.splitlines()[-1].endswith(" 0 faults"):
        tally.faults.append(f"check_media: {said}")


def wait_for_copies(house: House, tally: Tally) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        with house.database() as database:
            row = database.execute(
                "SELECT count(*) FROM incidents_original WHERE state = 'waiting'"
            ).fetchone()
        if row == (0,):
            return
        time.sleep(0.5)
    tally.faults.append(f"originals still wait after {READY_S} s")


def look_at(house: House, knocker: Knocker, tally: Tally, page: str, username: str) -> None:
    if username not in knocker.cookies:
        knocker.cookies[username] = house.cookie(username)
    answer = house.wire().get(encoded(page), {"Cookie": knocker.cookies[username]})
    tally.add("aftermath", str(answer.status))
    if answer.status not in {200, 302}:
        tally.faults.append(f"{page} answers {answer.status} to {username}")


def encoded(page: str) -> str:
    return "".join(
        each if each.isascii() else "".join(f"%{byte:02x}" for byte in each.encode())
        for each in page
    )


def stored(house: House) -> list[tuple[str, str]]:
    with house.database() as database:
        rows = database.execute(
            "SELECT i.number, r.tracking_code FROM incidents_report r"
            " JOIN incidents_incident i ON i.id = r.incident_id"
            " WHERE EXISTS (SELECT FROM incidents_media m WHERE m.report_id = r.id)"
            " OR r.id % 20 = 0 ORDER BY r.id DESC LIMIT 150"
        ).fetchall()
    return [(str(number), str(code)) for number, code in rows]


def listen(house: House, knocker: Knocker, tally: Tally) -> None:
    """The stream opens and replays from its beginning."""
    asked = (
        f"GET /live/events?last=0 HTTP/1.1\r\nHost: {HOST}\r\n"
        f"Cookie: {knocker.cookies['dispatcher']}\r\n\r\n"
    )
    with socket.create_connection((HOST, house.port + 1), timeout=15) as connection:
        connection.sendall(asked.encode())
        heard = b""
        deadline = time.monotonic() + 15
        while b"event:" not in heard and time.monotonic() < deadline:
            heard += connection.recv(65536)
    tally.add("aftermath", "stream")
    if b" 200 " not in heard or b"event:" not in heard:
        tally.faults.append(f"the stream says {heard[:200]!r}")
