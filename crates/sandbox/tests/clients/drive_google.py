"""Google's own client libraries for Python, driven against the sandbox's Google.

drive_google.py ADDRESS: signs in, reads, keeps in step, writes, watches, and meets refusals.
"""
import datetime as dt
import json
import os
import uuid

# The sandbox has no TLS; this is what oauthlib wants to hear before it goes without.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"

import google_auth_oauthlib.flow
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import id_token
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc
from googleapiclient.errors import HttpError
from oauthlib.oauth2 import InvalidGrantError

import rig
from rig import lever, refused, step

BASE = rig.sandbox()
CONTROL = f"{BASE}/control/api/google"
WHO = "mara.lind@gmail.example"
CLIENT = {
    "client_id": "sandbox.apps.googleusercontent.example",
    "client_secret": "GOCSPX-sandbox-secret",
    "auth_uri": f"{BASE}/o/oauth2/v2/auth",
    "token_uri": f"{BASE}/token",
}
CALLBACK = "http://127.0.0.1:8080/callback"
SCOPES = [
    "openid",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/calendar",
]


def flow():
    return google_auth_oauthlib.flow.Flow.from_client_config(
        {"web": CLIENT}, SCOPES, redirect_uri=CALLBACK, autogenerate_code_verifier=True)


def consent(flow, **decision):
    """What the person does in the browser; gives back the address that they come back with."""
    url, state = flow.authorization_url(access_type="offline", prompt="consent")
    query = url.split("?", 1)[1]
    page = f"{BASE}/o/oauth2/v2/auth/decision"
    back, _ = rig.post_form(page, query=query, account=WHO, **decision)
    assert back.startswith(CALLBACK) and f"state={state}" in back, back
    return back


def calendar_api(credentials):
    """The library with all that it knows of the Calendar API, and another address to send to."""
    document = json.loads(get_static_doc("calendar", "v3"))
    document["rootUrl"] = f"{BASE}/"
    return build_from_document(document, credentials=credentials)


def reason(status, reason):
    """Is it this refusal?"""
    return lambda error: (error.status_code == status
                          and error.error_details[0]["reason"] == reason)


def at(day, hour, minute=0):
    """A moment so many days from now, as the API wants it."""
    noon = dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=day)
    moment = noon.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return {"dateTime": moment.isoformat(), "timeZone": "UTC"}


def pages(collection, **wish):
    """All pages of a listing, as the library goes from one to the next."""
    asked, all_pages = collection.list(**wish), []
    while asked is not None:
        answer = asked.execute()
        all_pages.append(answer)
        asked = collection.list_next(asked, answer)
    return all_pages


class Drive:
    def insert(self, summary, start=None, end=None, **members):
        body = {"summary": summary, "start": start or at(3, 10), "end": end or at(3, 11), **members}
        return self.api.events().insert(calendarId=self.calendar, body=body).execute()

    def changes(self, token):
        found = pages(self.api.events(), calendarId=self.calendar, syncToken=token)
        items = [item for page in found for item in page["items"]]
        return items, found[-1]["nextSyncToken"]


@step
def signing_in_with_pkce(drive):
    way = flow()
    way.fetch_token(authorization_response=consent(way, decision="allow_all"))
    drive.credentials = way.credentials
    assert drive.credentials.valid and drive.credentials.refresh_token
    assert set(drive.credentials.granted_scopes) == set(SCOPES), drive.credentials.granted_scopes
    drive.api = calendar_api(drive.credentials)


@step
def the_id_token_is_signed(drive):
    says = id_token.verify_token(drive.credentials.id_token, Request(), CLIENT["client_id"],
                                 certs_url=f"{BASE}/oauth2/v3/certs")
    assert says["email"] == WHO and says["email_verified"] and says["iss"] == BASE, says


@step
def another_verifier_opens_no_code(drive):
    way = flow()
    back = consent(way, decision="allow_all")
    way.code_verifier = "x" * 64
    with refused(InvalidGrantError, lambda error: True):
        way.fetch_token(authorization_response=back)


@step
def a_code_opens_once(drive):
    way = flow()
    back = consent(way, decision="allow_all")
    way.fetch_token(authorization_response=back)
    with refused(InvalidGrantError, lambda error: True):
        way.fetch_token(authorization_response=back)


@step
def a_refresh_brings_another_access_token(drive):
    access, refresh = drive.credentials.token, drive.credentials.refresh_token
    drive.credentials.refresh(Request())
    assert drive.credentials.token != access and drive.credentials.refresh_token == refresh


@step
def a_401_makes_the_library_refresh(drive):
    access = drive.credentials.token
    lever("POST", f"{CONTROL}/people/{WHO}/expire-access-tokens")
    assert drive.api.calendars().get(calendarId="primary").execute()["id"] == WHO
    assert drive.credentials.token != access


@step
def the_list_of_calendars_comes_in_pages(drive):
    found = pages(drive.api.calendarList(), maxResults=2)
    names = {entry["summary"]: entry["accessRole"] for page in found for entry in page["items"]}
    assert len(found) > 1 and names["Studio"] == "owner" and "reader" in names.values(), names
    assert "nextSyncToken" in found[-1] and "nextSyncToken" not in found[0]


@step
def a_calendar_is_made(drive):
    made = drive.api.calendars().insert(body={"summary": "Drive", "timeZone": "Europe/Berlin"})
    drive.calendar = made.execute()["id"]
    entry = drive.api.calendarList().get(calendarId=drive.calendar).execute()
    assert (entry["summary"], entry["accessRole"]) == ("Drive", "owner"), entry


@step
def events_come_in_pages_with_a_sync_token_at_the_end(drive):
    for day in range(5):
        drive.insert(f"Event {day}", at(day + 1, 9), at(day + 1, 10))
    found = pages(drive.api.events(), calendarId=drive.calendar, maxResults=2)
    assert [len(page["items"]) for page in found] == [2, 2, 1], found
    drive.token = found[-1]["nextSyncToken"]
    assert drive.changes(drive.token)[0] == []


@step
def changes_come_by_sync_token(drive):
    made = drive.insert("Changed")
    gone = drive.insert("Gone")
    drive.api.events().delete(calendarId=drive.calendar, eventId=gone["id"]).execute()
    changed, drive.token = drive.changes(drive.token)
    assert {it["id"]: it["status"] for it in changed} == {
        made["id"]: "confirmed", gone["id"]: "cancelled"}, changed
    assert drive.changes(drive.token)[0] == []


@step
def a_sync_token_ends_with_410(drive):
    lever("POST", f"{CONTROL}/people/{WHO}/expire-sync-tokens")
    with refused(HttpError, reason(410, "fullSyncRequired")):
        drive.changes(drive.token)


@step
def an_id_of_ones_own_is_taken_once(drive):
    body = {"id": uuid.uuid4().hex, "summary": "Mine", "start": at(6, 9), "end": at(6, 10)}
    asked = drive.api.events().insert(calendarId=drive.calendar, body=body)
    assert asked.execute()["id"] == body["id"]
    with refused(HttpError, reason(409, "duplicate")):
        drive.api.events().insert(calendarId=drive.calendar, body=body).execute()


@step
def a_patch_with_an_old_etag_is_refused(drive):
    made = drive.insert("Tag")
    patch = dict(calendarId=drive.calendar, eventId=made["id"], body={"location": "Kitchen"})
    asked = drive.api.events().patch(**patch)
    asked.headers["If-Match"] = made["etag"]
    patched = asked.execute()
    assert (patched["summary"], patched["location"]) == ("Tag", "Kitchen")
    assert patched["etag"] != made["etag"]
    asked = drive.api.events().patch(**patch)
    asked.headers["If-Match"] = made["etag"]
    with refused(HttpError, reason(412, "conditionNotMet")):
        asked.execute()


@step
def a_delete_is_done_once(drive):
    made = drive.insert("Away")
    asked = drive.api.events().delete(calendarId=drive.calendar, eventId=made["id"])
    assert asked.execute() == ""
    with refused(HttpError, reason(410, "deleted")):
        drive.api.events().delete(calendarId=drive.calendar, eventId=made["id"]).execute()


@step
def one_instance_of_a_series_is_cancelled(drive):
    rule = ["RRULE:FREQ=DAILY;COUNT=5"]
    series = drive.insert("Series", at(10, 9), at(10, 10), recurrence=rule)
    place = dict(calendarId=drive.calendar, eventId=series["id"])
    items = drive.api.events().instances(**place).execute()["items"]
    assert len(items) == 5 and {it["recurringEventId"] for it in items} == {series["id"]}
    drive.api.events().delete(calendarId=drive.calendar, eventId=items[1]["id"]).execute()
    left = drive.api.events().instances(**place).execute()["items"]
    assert [it["id"] for it in left] == [it["id"] for it in items if it != items[1]]


@step
def times_come_in_the_zone_that_was_asked_for(drive):
    made = drive.insert("Zoned", at(7, 12), at(7, 13))
    place = dict(calendarId=drive.calendar, timeZone="Asia/Tokyo")
    alone = drive.api.events().get(eventId=made["id"], **place).execute()
    listed = drive.api.events().list(q="Zoned", **place).execute()["items"]
    for event in [alone, *listed]:
        assert event["start"]["dateTime"].endswith("T21:00:00+09:00"), event["start"]
    with refused(HttpError, reason(400, "invalid")):
        place["timeZone"] = "Nowhere/Else"
        drive.api.events().list(**place).execute()


@step
def fields_make_an_answer_partial(drive):
    wish = dict(calendarId=drive.calendar, fields="nextSyncToken,items(id,start/dateTime)")
    answer = drive.api.events().list(**wish).execute()
    assert set(answer) == {"nextSyncToken", "items"}, answer
    for event in answer["items"]:
        assert set(event) <= {"id", "start"} and set(event.get("start", {})) <= {"dateTime"}, event
    with refused(HttpError, reason(400, "invalidParameter")):
        drive.api.events().list(calendarId=drive.calendar, fields="items(id").execute()


@step
def free_busy_says_when_and_nothing_else(drive):
    drive.insert("Busy", at(20, 9), at(20, 10))
    drive.insert("Busy too", at(20, 9, 30), at(20, 11))
    drive.insert("Free", at(20, 14), at(20, 15), transparency="transparent")
    body = {"timeMin": at(20, 0)["dateTime"], "timeMax": at(20, 23)["dateTime"],
            "items": [{"id": drive.calendar}, {"id": "nobody@gmail.example"}]}
    calendars = drive.api.freebusy().query(body=body).execute()["calendars"]
    busy = [(it["start"][11:16], it["end"][11:16]) for it in calendars[drive.calendar]["busy"]]
    assert busy == [("09:00", "11:00")], busy
    assert calendars["nobody@gmail.example"]["errors"][0]["reason"] == "notFound"


@step
def a_batch_answers_each_call(drive):
    made = drive.insert("Batched")
    answers = {}
    batch = drive.api.new_batch_http_request(
        callback=lambda id, answer, error: answers.update({id: error or answer}))
    body = {"summary": "Batched", "start": at(5, 9), "end": at(5, 10)}
    events, place = drive.api.events(), dict(calendarId=drive.calendar)
    batch.add(events.get(eventId=made["id"], **place), request_id="read")
    batch.add(events.insert(body=body, **place), request_id="made")
    batch.add(events.get(eventId="nothing", **place), request_id="missing")
    batch.execute()
    assert answers["read"]["id"] == made["id"] and answers["made"]["summary"] == "Batched"
    assert reason(404, "notFound")(answers["missing"]), answers["missing"]


@step
def a_channel_rings_until_it_is_stopped(drive):
    hook = rig.Hook()
    body = {"id": str(uuid.uuid4()), "type": "web_hook", "address": hook.address, "token": "s3"}
    channel = drive.api.events().watch(calendarId=drive.calendar, body=body).execute()
    head, sent = hook.wait()
    assert head["X-Goog-Resource-State"] == "sync" and head["X-Goog-Message-Number"] == "1"
    drive.insert("Rings")
    head, sent = hook.wait()
    assert head["X-Goog-Resource-State"] == "exists" and sent == b""
    assert head["X-Goog-Channel-ID"] == body["id"] and head["X-Goog-Channel-Token"] == "s3"
    assert head["X-Goog-Resource-ID"] == channel["resourceId"]
    stop = {"id": channel["id"], "resourceId": channel["resourceId"]}
    assert drive.api.channels().stop(body=stop).execute() == ""
    with refused(HttpError, lambda error: error.status_code == 404):
        drive.api.channels().stop(body=stop).execute()


@step
def a_limit_is_told_and_the_library_tries_again(drive):
    faults = f"{CONTROL}/people/{WHO}/faults"
    throttle = {"reason": "rateLimitExceeded", "status": 403, "often": {"times": 1}}
    asked = drive.api.calendars().get(calendarId=drive.calendar)
    lever("PUT", faults, {"throttle": throttle})
    with refused(HttpError, reason(403, "rateLimitExceeded")):
        asked.execute()
    lever("PUT", faults, {"throttle": throttle})
    assert asked.execute(num_retries=1)["summary"] == "Drive"
    lever("PUT", faults)


@step
def a_permission_that_is_missing_is_told(drive):
    way = flow()
    os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"
    way.fetch_token(authorization_response=consent(way, decision="allow", scope="openid"))
    assert SCOPES[2] not in way.credentials.granted_scopes
    with refused(HttpError, reason(403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT")):
        calendar_api(way.credentials).calendarList().list().execute()


@step
def a_calendar_is_removed(drive):
    assert drive.api.calendars().delete(calendarId=drive.calendar).execute() == ""
    with refused(HttpError, reason(404, "notFound")):
        drive.api.events().list(calendarId=drive.calendar).execute()


@step
def a_revoked_grant_ends_everything(drive):
    asked = Request()(f"{BASE}/revoke", "POST", f"token={drive.credentials.token}",
                      {"Content-Type": "application/x-www-form-urlencoded"})
    assert asked.status == 200, asked.data
    with refused(RefreshError, lambda error: "invalid_grant" in str(error)):
        drive.credentials.refresh(Request())


rig.run(Drive())
