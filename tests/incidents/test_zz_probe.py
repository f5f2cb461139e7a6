import json, random, struct, io
from typing import Any
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.conftest import *
from tests.conftest import LUXUN_PARK, IncidentMaker, WorkerMaker, photo
from tests.incidents.conftest import body, post, post_photos
from dispatch import engine
from incidents.models import Incident, Media
from incidents import media as M
from incidents.tasks import sweep_media
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("town")]

@pytest.mark.parametrize("url", ["/api/reports/nearby?lat=41.81&lon=123.41&category=%00", "/api/reports/%00", "/track?code=%00", "/t/%00",
  "/api/reports/nearby?lat=90&lon=123.41", "/api/reports/nearby?lat=-90&lon=180", "/api/divisions?q=%00", "/api/locate?lat=41.81&lon=123.41&datum=%00","/api/divisions/%00", "/track?code=" + "x"*5000,
  "/api/incidents.geojson?status=%00", "/api/incidents/%00","/desk/%00/"])
def test_url(web: Client, incident: IncidentMaker, person, logged_in, url: str) -> None:
    incident()
    w = logged_in(person(Role.DISPATCHER, "210100"))
    w.raise_request_exception = False
    r = w.get(url)
    print(url, r.status_code)
    assert r.status_code < 500

@pytest.mark.parametrize("more", [{"text": "a\x00"}, {"text": "\ud800"}, {"category": "\x00"}, {"same_as": "\x00"}, {"address": "\x00"}, {"contact_name": "\x00"},{"contact_name":"a\ud800"}, {"latitude": 10**400}, {"text": ["a"]}, {"kind": ["a"]}, {"kind": {}}, {"datum": []}, {"position_origin": {}}, {"confidential": []}, {"accuracy_m": 1e308}, {"contact_phone":"12345\n"}])
def test_body(web: Client, more: Any) -> None:
    web.raise_request_exception = False
    r = web.post("/api/reports", json.dumps(body() | more), content_type="application/json")
    print(more, r.status_code, r.content[:200])
    assert r.status_code < 500

@pytest.mark.parametrize("raw", [b"\xff\xfe", b"", b"null", b'"x"', b"[" * 100000, b"1", b'{"a":1'])
def test_raw(web: Client, raw: bytes) -> None:
    web.raise_request_exception = False
    r = web.post("/api/reports", raw, content_type="application/json")
    print(raw[:5], r.status_code, r.content[:200])
    assert r.status_code < 500

def test_headers(web: Client) -> None:
    web.raise_request_exception = False
    out = []
    for h in ({"HTTP_IDEMPOTENCY_KEY": "\xe9"}, {"HTTP_IDEMPOTENCY_KEY": "x" * 121}, {"HTTP_AUTHORIZATION": "Api-Key \xe9"}, {"CONTENT_LENGTH": "abc"}, {"CONTENT_LENGTH": "-5"}, {"CONTENT_LENGTH": ""}):
        r = web.post("/api/reports", json.dumps(body()), content_type="application/json", **h)
        out.append((h, r.status_code))
    r = web.post("/api/reports", body(None, latitude="", longitude=""))
    out.append(("empty multipart", r.status_code, r.content[:100]))
    r = web.post("/api/reports", "text=1", content_type="text/plain"); out.append(("text", r.status_code, r.content[:100]))
    r = web.post("/api/reports", b"xx", content_type="multipart/form-data; boundary=zz"); out.append(("badmp", r.status_code, r.content[:100]))
    r = web.post("/api/reports", body(None) | {"media": "astring"}); out.append(("mediastr", r.status_code, r.content[:100]))
    print(out); assert all(o[1] < 500 for o in out)

def test_poison(incident: IncidentMaker, worker: WorkerMaker) -> None:
    worker("Wang", LUXUN_PARK)
    bad = incident(); good = incident()
    Incident.objects.filter(pk=bad.pk).update(status="closed")
    engine.dispatch_due()
    assert good.work_orders.exists()

def test_fuzz(town: Any) -> None:
    rng = random.Random(7)
    from PIL import Image
    base = {"j": photo(LUXUN_PARK)}
    for fmt in ("PNG", "WEBP", "HEIF"):
        b = io.BytesIO(); ex = Image.Exif(); ex[271] = "x"; g = ex.get_ifd(34853); g[1]="N"; g[2]=(41.,48.,1.); g[3]="E"; g[4]=(123.,2.,1.)
        Image.effect_noise((64,64),50).convert("RGB").save(b, fmt, exif=ex); base[fmt]=b.getvalue()
    bad: dict[str, int] = {}
    for kind, raw in base.items():
        head = min(len(raw), 400)
        for n in range(900):
            data = bytearray(raw)
            for _ in range(rng.randint(1, 6)):
                data[rng.randrange(4, head if n % 2 else len(data))] = rng.randrange(256)
            if n % 10 == 0: data = data[: rng.randrange(30, len(data))]
            try:
                sealed = M.seal(SimpleUploadedFile("a", bytes(data)))
            except M.Refused: continue
            except Exception as e:
                k = f"seal {kind} {type(e).__mro__[0:3]}: {e}"; bad[k] = bad.get(k, 0) + 1; continue
            try: M.make_copies(sealed.uid)
            except M.UNREADABLE: pass
            except Exception as e:
                k = f"copy {kind} {type(e).__mro__[0:3]}: {e}"; bad[k] = bad.get(k, 0) + 1
    for k, v in bad.items(): print(v, k)
    assert not bad
