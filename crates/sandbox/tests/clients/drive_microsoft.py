"""Microsoft's own client libraries for Python, driven against the sandbox's Microsoft.

drive_microsoft.py ADDRESS: signs in with msal; reads, keeps in step, writes, subscribes and meets
refusals with msgraph-sdk.
"""
import datetime as dt
import html.parser
import json
import urllib.parse
import uuid
import warnings

import msal
import requests
from azure.core.credentials import AccessToken
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import (
    AzureIdentityAuthenticationProvider)
from kiota_http.middleware.options import RetryHandlerOption
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.calendar import Calendar
from msgraph.generated.models.date_time_time_zone import DateTimeTimeZone
from msgraph.generated.models.day_of_week import DayOfWeek
from msgraph.generated.models.event import Event
from msgraph.generated.models.location import Location
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.patterned_recurrence import PatternedRecurrence
from msgraph.generated.models.recurrence_pattern import RecurrencePattern
from msgraph.generated.models.recurrence_pattern_type import RecurrencePatternType
from msgraph.generated.models.recurrence_range import RecurrenceRange
from msgraph.generated.models.recurrence_range_type import RecurrenceRangeType
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.users.item.calendar.get_schedule.get_schedule_post_request_body import (
    GetSchedulePostRequestBody)
from msgraph.generated.users.item.calendars.calendars_request_builder import (
    CalendarsRequestBuilder)
from msgraph.generated.users.item.calendars.item.calendar_view.delta.delta_request_builder import (
    DeltaRequestBuilder)
from msgraph.generated.users.item.events.item.instances.instances_request_builder import (
    InstancesRequestBuilder)
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem

import rig
from rig import lever, refused, step

BASE = rig.sandbox()
CONTROL = f"{BASE}/control/api/microsoft"
WHO = "lena.hoff@fabrikam.example"
MICROSOFT = "https://login.microsoftonline.com"
CLIENT = ("5a0db0c5-0000-4000-8000-00000000da7a", "sandbox-microsoft-secret")
CALLBACK = "http://127.0.0.1:8080/callback"
SCOPES = ["User.Read", "Calendars.ReadWrite"]


class ToSandbox(requests.adapters.HTTPAdapter):
    """Takes what is meant for Microsoft to the sandbox, and says for whom it was meant."""

    def send(self, request, **how):
        there = urllib.parse.urlsplit(request.url)
        request.headers.update({"Host": there.netloc, "X-Forwarded-Proto": there.scheme})
        request.url = BASE + request.path_url
        return super().send(request, **how)


def application():
    http = requests.Session()
    http.mount(MICROSOFT, ToSandbox())
    return msal.ConfidentialClientApplication(
        CLIENT[0], client_credential=CLIENT[1], authority=f"{MICROSOFT}/common",
        instance_discovery=False, http_client=http)


def begin(app, response_mode="form_post"):
    return app.initiate_auth_code_flow(SCOPES, redirect_uri=CALLBACK, response_mode=response_mode)


def consent(flow):
    """What the person does in the browser; gives back what they come back with."""
    address, query = flow["auth_uri"].split("?", 1)
    assert address == f"{MICROSOFT}/common/oauth2/v2.0/authorize", address
    back, page = rig.post_form(f"{BASE}/common/oauth2/v2.0/authorize/decision",
                               query=query, account=WHO, decision="allow")
    if back is None:
        return posted_back(page)
    address, answer = back.split("?", 1)
    assert address == CALLBACK, back
    return dict(urllib.parse.parse_qsl(answer))


def posted_back(page):
    """What the form holds that the browser sends by itself."""
    tags, reader = [], html.parser.HTMLParser()
    reader.handle_starttag = lambda tag, members: tags.append((tag, dict(members)))
    reader.feed(page)
    form, = [members for tag, members in tags if tag == "form"]
    assert (form["method"], form["action"]) == ("post", CALLBACK), form
    return {members["name"]: members["value"] for tag, members in tags if tag == "input"}


class Credential:
    """Tokens for the SDK, from msal's cache; what it was asked for is kept."""

    def __init__(self, drive):
        self.drive, self.claims = drive, []

    def get_token(self, *_scopes, claims=None, **_how):
        self.claims.append(claims)
        token = self.drive.silently(claims_challenge=claims)
        return AccessToken(token["access_token"], 0)


def graph(credential):
    tokens = AzureIdentityAuthenticationProvider(
        credential, scopes=SCOPES, allowed_hosts=["127.0.0.1", "localhost"])
    adapter = GraphRequestAdapter(tokens)
    adapter.base_url = f"{BASE}/v1.0"
    return GraphServiceClient(request_adapter=adapter)


def wish(query=None, once=False, **headers):
    """How a call is to be made. `once`: without trying again."""
    made = RequestConfiguration(query_parameters=query)
    for name, value in headers.items():
        made.headers.add(name.replace("_", "-"), value)
    if once:
        made.options = [RetryHandlerOption(max_retries=0, should_retry=False)]
    return made


def code(status, code):
    """Is it this refusal?"""
    return lambda error: (error.response_status_code, error.error.code) == (status, code)


def at(day, hour, zone="UTC"):
    """A moment so many days from now, as Graph wants it."""
    date = dt.datetime.now(dt.timezone.utc).date() + dt.timedelta(days=day)
    return DateTimeTimeZone(date_time=f"{date}T{hour:02}:00:00", time_zone=zone)


def event(subject, start=None, end=None, **members):
    start, end = start or at(3, 10), end or at(3, 11)
    return Event(subject=subject, start=start, end=end, **members)


def tag(event):
    return event.additional_data["@odata.etag"]


class Drive:
    def silently(self, **how):
        return self.app.acquire_token_silent_with_error(
            SCOPES, account=self.app.get_accounts()[0], **how)

    @property
    def calendar(self):
        return self.graph.me.calendars.by_calendar_id(self.calendar_id)

    async def round(self, link=None):
        """All pages of a round, and the link with which the next one begins."""
        days = [dt.datetime.now(dt.timezone.utc) + dt.timedelta(days=days) for days in (0, 40)]
        query = DeltaRequestBuilder.DeltaRequestBuilderGetQueryParameters(
            start_date_time=days[0].isoformat(), end_date_time=days[1].isoformat())
        delta, how = self.calendar.calendar_view.delta, wish(query)
        if link:
            delta, how = delta.with_url(link), wish()
        how.headers.add("Prefer", "odata.maxpagesize=2")
        rows, pages = [], 0
        while True:
            page = await delta.get(request_configuration=how)
            rows, pages = rows + page.value, pages + 1
            if page.odata_delta_link:
                return rows, pages, page.odata_delta_link
            delta, how = delta.with_url(page.odata_next_link), wish(Prefer="odata.maxpagesize=2")


@step
async def signing_in_with_pkce_and_nonce(drive):
    drive.app = application()
    flow = begin(drive.app)
    drive.tokens = drive.app.acquire_token_by_auth_code_flow(flow, consent(flow))
    assert "error" not in drive.tokens, drive.tokens
    drive.graph = graph(Credential(drive))


@step
async def the_way_back_may_be_a_redirect(drive):
    with warnings.catch_warnings():
        # msal would rather have the form.
        warnings.simplefilter("ignore")
        flow = begin(drive.app, response_mode="query")
    tokens = application().acquire_token_by_auth_code_flow(flow, consent(flow))
    assert "error" not in tokens, tokens


@step
async def the_id_token_says_who_and_where(drive):
    claims = drive.tokens["id_token_claims"]
    assert claims["preferred_username"] == WHO and claims["aud"] == CLIENT[0], claims
    assert claims["iss"] == f"{MICROSOFT}/{claims['tid']}/v2.0", claims
    account, = drive.app.get_accounts()
    assert account["home_account_id"] == f"{claims['oid']}.{claims['tid']}", account
    assert account["username"] == WHO, account


@step
async def another_verifier_opens_no_code(drive):
    flow = begin(drive.app)
    back = consent(flow)
    flow["code_verifier"] = "x" * 64
    told = application().acquire_token_by_auth_code_flow(flow, back)
    assert (told["error"], told["error_codes"]) == ("invalid_grant", [501481]), told


@step
async def another_nonce_is_found_out(drive):
    flow = begin(drive.app)
    back = consent(flow)
    flow["nonce"] = "another"
    with refused(RuntimeError, lambda error: "nonce" in str(error)):
        application().acquire_token_by_auth_code_flow(flow, back)


@step
async def a_refresh_is_silent(drive):
    held = drive.silently()
    assert held["access_token"] == drive.tokens["access_token"]
    fresh = drive.silently(force_refresh=True)
    assert "error" not in fresh and fresh["access_token"] != held["access_token"], fresh
    assert drive.silently()["access_token"] == fresh["access_token"]


@step
async def me(drive):
    me = await drive.graph.me.get()
    assert (me.mail, me.user_principal_name) == (WHO, WHO), me
    assert me.id == drive.tokens["id_token_claims"]["oid"]


@step
async def calendars_come_in_pages(drive):
    query = CalendarsRequestBuilder.CalendarsRequestBuilderGetQueryParameters(top=2)
    page = await drive.graph.me.calendars.get(request_configuration=wish(query))
    found, pages = page.value, 1
    while page.odata_next_link:
        page = await drive.graph.me.calendars.with_url(page.odata_next_link).get()
        found, pages = found + page.value, pages + 1
    names = [calendar.name for calendar in found]
    assert pages > 1 and "Projects" in names and len(names) == len({it.id for it in found}), names
    assert {calendar.can_edit for calendar in found} == {True, False}


@step
async def a_calendar_is_made(drive):
    made = await drive.graph.me.calendars.post(Calendar(name=f"Drive {uuid.uuid4().hex[:6]}"))
    drive.calendar_id = made.id
    assert (await drive.calendar.get()).name == made.name and made.can_edit


@step
async def a_transaction_makes_one_event(drive):
    wanted = event("Once", transaction_id=str(uuid.uuid4()))
    made = await drive.calendar.events.post(wanted)
    assert made.subject == "Once" and made.transaction_id == wanted.transaction_id
    with refused(ODataError, code(409, "ErrorDuplicateTransactionId")):
        await drive.calendar.events.post(wanted)
    listed = (await drive.calendar.events.get()).value
    assert [it.id for it in listed] == [made.id]


@step
async def a_patch_with_an_old_etag_is_refused(drive):
    made = await drive.calendar.events.post(event("Tag"))
    place = drive.graph.me.events.by_event_id(made.id)
    change = Event(location=Location(display_name="Kitchen"))
    patched = await place.patch(change, request_configuration=wish(If_Match=tag(made)))
    assert (patched.subject, patched.location.display_name) == ("Tag", "Kitchen")
    assert tag(patched) != tag(made)
    with refused(ODataError, code(412, "ErrorIrresolvableConflict")):
        await place.patch(change, request_configuration=wish(If_Match=tag(made)))


@step
async def a_deleted_event_is_gone(drive):
    made = await drive.calendar.events.post(event("Away"))
    place = drive.graph.me.events.by_event_id(made.id)
    await place.delete()
    with refused(ODataError, code(404, "ErrorItemNotFound")):
        await place.get()


@step
async def times_come_in_the_zone_that_was_asked_for(drive):
    made = await drive.calendar.events.post(event("Zoned", at(7, 12), at(7, 13)))
    zone = "Tokyo Standard Time"
    told = await drive.graph.me.events.by_event_id(made.id).get(
        request_configuration=wish(Prefer=f'outlook.timezone="{zone}"'))
    assert told.start.time_zone == zone and "T21:00" in told.start.date_time, told.start


@step
async def a_series_has_instances(drive):
    day = dt.datetime.now(dt.timezone.utc).date() + dt.timedelta(days=10)
    pattern = RecurrencePattern(
        type=RecurrencePatternType.Weekly, interval=1, first_day_of_week=DayOfWeek.Monday,
        days_of_week=[list(DayOfWeek)[(day.weekday() + 1) % 7]])
    range = RecurrenceRange(type=RecurrenceRangeType.Numbered, start_date=day,
                            number_of_occurrences=3, recurrence_time_zone="UTC")
    rule = PatternedRecurrence(pattern=pattern, range=range)
    master = await drive.calendar.events.post(
        event("Series", at(10, 9), at(10, 10), recurrence=rule))
    query = InstancesRequestBuilder.InstancesRequestBuilderGetQueryParameters(
        start_date_time=f"{day}T00:00:00Z",
        end_date_time=f"{day + dt.timedelta(weeks=9)}T00:00:00Z")
    found = await drive.graph.me.events.by_event_id(master.id).instances.get(
        request_configuration=wish(query))
    days = [it.start.date_time[:10] for it in found.value]
    assert days == [str(day + dt.timedelta(weeks=week)) for week in (0, 1, 2)], days
    assert {it.series_master_id for it in found.value} == {master.id}


@step
async def a_round_tells_everything_and_the_next_one_what_changed(drive):
    rows, pages, drive.link = await drive.round()
    subjects = {row.subject for row in rows}
    assert pages > 1 and {"Once", "Tag", "Zoned", "Series"} <= subjects, subjects
    assert (await drive.round(drive.link))[0] == []
    once = next(row for row in rows if row.subject == "Once")
    await drive.graph.me.events.by_event_id(once.id).delete()
    made = await drive.calendar.events.post(event("Later"))
    rows, _, drive.link = await drive.round(drive.link)
    told = {row.id: row.additional_data.get("@removed") for row in rows}
    assert told == {once.id: {"reason": "deleted"}, made.id: None}, told


@step
async def a_round_ends_with_410(drive):
    lever("POST", f"{CONTROL}/people/{WHO}/expire-delta-tokens")
    with refused(ODataError, code(410, "SyncStateNotFound")):
        await drive.round(drive.link)


@step
async def a_schedule_says_when_and_how(drive):
    await drive.graph.me.events.post(event("Meeting", at(50, 9), at(50, 10)))
    body = GetSchedulePostRequestBody(
        schedules=[WHO], start_time=at(50, 9), end_time=at(50, 11), availability_view_interval=60)
    told, = (await drive.graph.me.calendar.get_schedule.post(body)).value
    assert told.schedule_id == WHO and told.availability_view == "20", told.availability_view


@step
async def a_batch_answers_each_call(drive):
    events, calls = drive.calendar.events, BatchRequestContent()
    for id, call in {
        "me": drive.graph.me.to_get_request_information(),
        "nonsense": events.by_event_id("nothing").to_get_request_information(),
        "made": events.to_post_request_information(event("Batched")),
    }.items():
        item = BatchRequestItem(call, id)
        # The SDK would send whole addresses, which Graph and the sandbox refuse:
        # https://github.com/microsoftgraph/msgraph-sdk-python/issues/1015
        item.url = item.url.removeprefix(f"{BASE}/v1.0")
        calls.add_request(id, item)
    told = await drive.graph.batch.post(calls)
    codes = told.get_response_status_codes()
    assert codes == {"me": 200, "nonsense": 400, "made": 201}, codes
    # The SDK drops the bodies: https://github.com/microsoft/kiota-python/issues/737
    assert "Batched" in {it.subject for it in (await events.get()).value}


@step
async def a_subscription_asks_first_and_then_tells(drive):
    hook = rig.Hook()
    end = dt.datetime.now(dt.timezone.utc) + dt.timedelta(hours=2)
    made = await drive.graph.subscriptions.post(Subscription(
        change_type="created,updated,deleted", notification_url=hook.address,
        resource=f"me/calendars/{drive.calendar_id}/events", client_state="s3",
        expiration_date_time=end))
    _, question = hook.wait()
    assert isinstance(question, str) and question, "no question came before the subscription"
    event_made = await drive.calendar.events.post(event("Rings"))
    _, body = hook.wait()
    notice = json.loads(body)["value"][0]
    assert (notice["clientState"], notice["subscriptionId"]) == ("s3", made.id), notice
    assert notice["changeType"] == "created", notice
    assert notice["resourceData"]["id"] == event_made.id, notice
    place = drive.graph.subscriptions.by_subscription_id(made.id)
    later = end + dt.timedelta(hours=1)
    renewed = await place.patch(Subscription(expiration_date_time=later))
    assert abs(renewed.expiration_date_time - later) < dt.timedelta(seconds=1)
    await place.delete()
    with refused(ODataError, lambda error: error.response_status_code == 404):
        await place.get()


@step
async def a_limit_is_told_and_the_library_tries_again(drive):
    faults = f"{CONTROL}/people/{WHO}/faults"
    throttle = {"code": "ApplicationThrottled", "often": {"times": 1}, "retry_after_s": 1}
    lever("PUT", faults, {"throttle": throttle})
    with refused(ODataError, code(429, "ApplicationThrottled")):
        await drive.graph.me.get(request_configuration=wish(once=True))
    lever("PUT", faults, {"throttle": throttle})
    assert (await drive.graph.me.get()).mail == WHO
    lever("PUT", faults)


@step
async def a_claims_challenge_reaches_the_credential(drive):
    credential = Credential(drive)
    lever("PUT", f"{CONTROL}/people/{WHO}/faults", {"claims_challenge": {"times": 1}})
    assert (await graph(credential).me.get()).mail == WHO
    first, second = credential.claims
    assert first is None and "access_token" in json.loads(second), credential.claims
    lever("PUT", f"{CONTROL}/people/{WHO}/faults")


@step
async def a_permission_that_is_missing_is_told(drive):
    lever("POST", f"{CONTROL}/people/{WHO}/withdraw", {"scopes": ["Calendars.ReadWrite"]})
    with refused(ODataError, code(403, "ErrorAccessDenied")):
        await drive.calendar.events.get()


@step
async def a_revoked_grant_ends_everything(drive):
    lever("POST", f"{CONTROL}/people/{WHO}/revoke")
    with refused(ODataError, code(401, "InvalidAuthenticationToken")):
        await drive.graph.me.get()
    told = drive.silently(force_refresh=True)
    assert (told["error"], told["error_codes"]) == ("invalid_grant", [50173]), told


rig.run(Drive())
