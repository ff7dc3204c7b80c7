"""Routes under `/webhooks` and `/events`: webhooks, their deliveries, and polling events."""

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.schemas import deliveries, events, webhooks
from openchannels.api.schemas.common import none_if_unset
from openchannels.core import errors
from openchannels.core.keys import Scope
from openchannels.core.rate_limits import Limit
from openchannels.service.services import Services

TAG = "渠道管理/事件"
BASE = "/api/v2/channels/webhooks"
ONE = BASE + "/{webhook_id:str}"
NOTES = {"webhookId": "The webhook's id.", "deliveryId": "The delivery's id."}
DEFAULT_LIMIT = 50
DEFAULT_OVERLAP_HOURS = 24
EXAMPLE = webhooks.WebhookVo(
    id="whk_65f0c0ffee65f0c0ffee65f0",
    url="https://hooks.example.com/openchannels",
    description="production",
    types=["account.offline", "account.recovered"],
    enabled=True,
    failures=0,
    created_at="2026-11-21T08:00:00.000Z",
    updated_at="2026-11-21T08:00:00.000Z",
)
SECRET_EXAMPLE = webhooks.WebhookWithSecret(
    id=EXAMPLE.id,
    url=EXAMPLE.url,
    description=EXAMPLE.description,
    types=EXAMPLE.types,
    enabled=True,
    failures=0,
    created_at=EXAMPLE.created_at,
    updated_at=EXAMPLE.updated_at,
    secret="whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
)
DELIVERY = deliveries.DeliveryVo(
    id="dlv_65f0c0ffee65f0c0ffee65f0",
    event_id="evt_65f0c0ffee65f0c0ffee65f0",
    type="account.offline",
    account_id="youtube_104512345678901234567_UCexample",
    sequence=42,
    occurred_at="2026-11-21T08:00:00.000Z",
    status="delivered",
    attempts=1,
    asked_at="2026-11-21T08:00:00.000Z",
    last_attempt_at="2026-11-21T08:00:01.000Z",
    last_http_status=204,
    delivered_at="2026-11-21T08:00:01.120Z",
)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE,
        id="WebhooksController_list_v2",
        scope=Scope.ADMIN,
        limit=None,
        tag=TAG,
        summary="Your webhooks",
        description="Oldest first, without their secrets.",
        data=webhooks.WebhookList,
        example=webhooks.WebhookList(list=[EXAMPLE]),
    )
)
async def list_webhooks(services: Services, call: OperationCall) -> webhooks.WebhookList:
    found = await services.webhooks.list_webhooks(call.caller.user_id)
    return webhooks.WebhookList(list=[webhooks.webhook_vo(one) for one in found])


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE,
        id="WebhooksController_create_v2",
        scope=Scope.ADMIN,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Create a webhook",
        description="Events from now on are sent there, signed with the secret, which is shown only"
        " once. A user may have fifty.",
        body=webhooks.CreateWebhook,
        body_example=webhooks.CreateWebhook(url="https://hooks.example.com/openchannels"),
        data=webhooks.WebhookWithSecret,
        example=SECRET_EXAMPLE,
    )
)
async def create_webhook(services: Services, call: OperationCall) -> webhooks.WebhookWithSecret:
    body: webhooks.CreateWebhook = call.body
    made = await services.webhooks.create(
        call.caller.user_id,
        _actor(call),
        body.url,
        none_if_unset(body.types) or (),
        none_if_unset(body.description) or "",
        enabled=none_if_unset(body.enabled) is not False,
    )
    return webhooks.webhook_with_secret(made)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=ONE,
        id="WebhooksController_getById_v2",
        scope=Scope.ADMIN,
        limit=None,
        tag=TAG,
        summary="One webhook",
        description="With its failures, if any.",
        data=webhooks.WebhookVo,
        example=EXAMPLE,
        codes=(errors.WEBHOOK_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def one_webhook(services: Services, call: OperationCall) -> webhooks.WebhookVo:
    return webhooks.webhook_vo(
        await services.webhooks.get_webhook(call.caller.user_id, call.path["webhook_id"])
    )


@endpoint(
    Operation(
        method=HttpMethod.PATCH,
        path=ONE,
        id="WebhooksController_change_v2",
        scope=Scope.ADMIN,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Change a webhook",
        description="Disabling it gives up its pending deliveries; nothing is kept for it"
        " while it is off. Use `redeliver` afterwards for the events in between.",
        body=webhooks.ChangeWebhook,
        body_example=webhooks.ChangeWebhook(enabled=True),
        data=webhooks.WebhookVo,
        example=EXAMPLE,
        codes=(errors.WEBHOOK_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def change_webhook(services: Services, call: OperationCall) -> webhooks.WebhookVo:
    changed = await services.webhooks.change(
        call.caller.user_id, _actor(call), call.path["webhook_id"], webhooks.changes(call.body)
    )
    return webhooks.webhook_vo(changed)


@endpoint(
    Operation(
        method=HttpMethod.DELETE,
        path=ONE,
        id="WebhooksController_delete_v2",
        scope=Scope.ADMIN,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Delete a webhook",
        description="With its log. Events remain and can be sent to another webhook.",
        data=webhooks.DeletedWebhook,
        example=webhooks.DeletedWebhook(id=EXAMPLE.id, deleted=True),
        codes=(errors.WEBHOOK_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def delete_webhook(services: Services, call: OperationCall) -> webhooks.DeletedWebhook:
    webhook_id = call.path["webhook_id"]
    await services.webhooks.delete(call.caller.user_id, _actor(call), webhook_id)
    return webhooks.DeletedWebhook(id=webhook_id, deleted=True)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=ONE + "/rotate",
        id="WebhooksController_rotate_v2",
        scope=Scope.ADMIN,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Replace a webhook's secret",
        description="The new one is shown only once. Until the overlap ends each message carries"
        " two signatures, one with the old secret. Secrets before that no longer sign.",
        body=webhooks.RotateWebhook,
        body_example=webhooks.RotateWebhook(overlap_hours=24),
        data=webhooks.WebhookWithSecret,
        example=SECRET_EXAMPLE,
        codes=(errors.WEBHOOK_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def rotate_webhook(services: Services, call: OperationCall) -> webhooks.WebhookWithSecret:
    body: webhooks.RotateWebhook = call.body
    hours = none_if_unset(body.overlap_hours)
    overlap = (DEFAULT_OVERLAP_HOURS if hours is None else hours) * 3600.0
    made = await services.webhooks.rotate(
        call.caller.user_id, _actor(call), call.path["webhook_id"], overlap
    )
    return webhooks.webhook_with_secret(made)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=ONE + "/test",
        id="WebhooksController_test_v2",
        scope=Scope.ADMIN,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Test a webhook",
        description="Sends one message of type `webhook.test` now and returns what the receiver"
        " answered. It is neither stored nor retried. If a failing webhook accepts it, pending"
        " deliveries are sent at once.",
        data=deliveries.TestVo,
        example=deliveries.TestVo(
            at="2026-11-21T08:00:00.000Z", milliseconds=84, http_status=204, accepted=True
        ),
        codes=(errors.WEBHOOK_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def test_webhook(services: Services, call: OperationCall) -> deliveries.TestVo:
    return deliveries.test_result(
        await services.event_log.send_test(call.caller.user_id, call.path["webhook_id"])
    )


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=ONE + "/redeliver",
        id="WebhooksController_redeliver_v2",
        scope=Scope.ADMIN,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Send events again",
        description="By id, or all in a range, including those from before the webhook existed."
        " They keep their ids and are retried for three days. Of a range only types that the"
        " webhook subscribes to; an id of another type is"
        f" {errors.EVENT_NOT_FOUND.number}, and nothing is sent.",
        body=deliveries.Redeliver,
        body_example=deliveries.Redeliver(event_ids=[DELIVERY.event_id]),
        data=deliveries.Redelivered,
        example=deliveries.Redelivered(queued=1, complete=True, last_sequence=42),
        codes=(errors.WEBHOOK_NOT_FOUND, errors.EVENT_NOT_FOUND),
        path_notes=NOTES,
    )
)
async def redeliver(services: Services, call: OperationCall) -> deliveries.Redelivered:
    asked = await services.event_log.redeliver(
        call.caller.user_id, call.path["webhook_id"], deliveries.redelivery_selection(call.body)
    )
    return deliveries.redelivery_result(asked)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=ONE + "/deliveries",
        id="WebhooksController_deliveries_v2",
        scope=Scope.ADMIN,
        limit=None,
        tag=TAG,
        summary="What was sent to a webhook",
        description="Newest events first. With filters a page may be short without being the last:"
        " use `nextCursor`. The log is kept as long as the events, 30 days.",
        query=deliveries.DeliveriesQuery,
        data=deliveries.DeliveryList,
        example=deliveries.DeliveryList(list=[DELIVERY], next_cursor="42"),
        codes=(errors.WEBHOOK_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def list_deliveries(services: Services, call: OperationCall) -> deliveries.DeliveryList:
    query: deliveries.DeliveriesQuery = call.query
    found, before = await services.event_log.list_deliveries(
        call.caller.user_id,
        call.path["webhook_id"],
        deliveries.delivery_filter(query),
        none_if_unset(query.limit) or DEFAULT_LIMIT,
        deliveries.cursor_sequence(query),
    )
    return deliveries.delivery_list(found, before)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=ONE + "/deliveries/{delivery_id:str}",
        id="WebhooksController_delivery_v2",
        scope=Scope.ADMIN,
        limit=None,
        tag=TAG,
        summary="One delivery with its attempts",
        description="The latest hundred attempts, newest first.",
        data=deliveries.DeliveryDetails,
        example=deliveries.DeliveryDetails(
            id=DELIVERY.id,
            event_id=DELIVERY.event_id,
            type=DELIVERY.type,
            account_id=DELIVERY.account_id,
            sequence=DELIVERY.sequence,
            occurred_at=DELIVERY.occurred_at,
            status="pending",
            attempts=1,
            asked_at=DELIVERY.asked_at,
            due_at="2026-11-21T08:00:05.000Z",
            last_attempt_at="2026-11-21T08:00:01.000Z",
            last_error="timeout",
            log=[
                deliveries.AttemptVo(
                    at="2026-11-21T08:00:01.000Z", milliseconds=15_001, error="timeout"
                )
            ],
        ),
        codes=(errors.WEBHOOK_NOT_FOUND, errors.EVENT_NOT_FOUND),
        path_notes=NOTES,
    )
)
async def one_delivery(services: Services, call: OperationCall) -> deliveries.DeliveryDetails:
    found, attempts = await services.event_log.get_delivery(
        call.caller.user_id, call.path["webhook_id"], call.path["delivery_id"]
    )
    return deliveries.delivery_details(found, attempts)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path="/api/v2/channels/events",
        id="EventsController_list_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="What happened to your accounts",
        description="Oldest first, after a sequence: what webhooks receive, for clients that poll."
        " Continue with `after` set to the last `data.sequence`. An event is listed five seconds"
        " after it happened, so that none with a lower sequence can follow, and kept for 30 days.",
        query=events.EventsQuery,
        data=events.EventList,
        example=events.EventList(
            list=[
                events.EventVo(
                    id=DELIVERY.event_id,
                    type=DELIVERY.type,
                    timestamp=DELIVERY.occurred_at,
                    data={
                        "reason": "grant_dead",
                        "accountId": DELIVERY.account_id,
                        "platform": "youtube",
                        "userId": "acme",
                        "sequence": 42,
                        "occurredAt": DELIVERY.occurred_at,
                    },
                )
            ],
            has_next=False,
        ),
    )
)
async def list_events(services: Services, call: OperationCall) -> events.EventList:
    query: events.EventsQuery = call.query
    found, more = await services.event_log.list_events(
        call.caller.user_id,
        none_if_unset(query.after) or 0,
        none_if_unset(query.limit) or DEFAULT_LIMIT,
    )
    return events.event_list(found, more)


def _actor(call: OperationCall) -> str:
    return f"key:{call.caller.key_id}"


ROUTES = [
    list_webhooks,
    create_webhook,
    one_webhook,
    change_webhook,
    delete_webhook,
    rotate_webhook,
    test_webhook,
    redeliver,
    list_deliveries,
    one_delivery,
    list_events,
]
