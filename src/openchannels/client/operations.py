"""The operations of the API, as the SDK calls them.

A test compares the table with the service's `/openapi.json`.
"""

from dataclasses import dataclass

CHANNELS = "/api/v2/channels"
ASSETS = "/api/assets"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `path` holds a pair of braces for each of its parameters, in order.

    `acts` is True where a repeated call may have a second effect.
    """

    id: str
    method: str
    path: str
    acts: bool = False


def _read(id: str, path: str, method: str = "GET") -> Operation:
    return Operation(id, method, path)


def _act(id: str, method: str, path: str) -> Operation:
    return Operation(id, method, path, acts=True)


# fmt: off
_ACCOUNTS = f"{CHANNELS}/accounts"
_ACCOUNT = f"{_ACCOUNTS}/{{}}"
LIST_ACCOUNTS = _read("AccountsController_list_v2", _ACCOUNTS)
CREATE_ACCOUNT = _act("AccountsController_create_v2", "POST", _ACCOUNTS)
DELETE_ACCOUNTS = _act("AccountsController_deleteMany_v2", "DELETE", _ACCOUNTS)
GET_ACCOUNT = _read("AccountsController_getById_v2", _ACCOUNT)
UPDATE_ACCOUNT = _act("AccountsController_update_v2", "PATCH", _ACCOUNT)
DELETE_ACCOUNT = _act("AccountsController_delete_v2", "DELETE", _ACCOUNT)
ACCOUNT_STATUS = _read("AccountsController_authStatus_v2", f"{_ACCOUNT}/auth-status")
RECONNECT_ACCOUNT = _act("AccountsController_reconnect_v2", "POST", f"{_ACCOUNT}/reconnect")
REVOKE_ACCOUNT = _act("AccountsController_revoke_v2", "POST", f"{_ACCOUNT}/revoke")
ACCOUNT_ANALYTICS = _read("AccountsController_accountAnalytics_v2", f"{_ACCOUNT}/analytics")

_VALUES = f"{_ACCOUNT}/publish-options/{{}}/values"
OPTION_VALUES = _read("AccountsController_publishOptionValues_v2", _VALUES)
CREATE_OPTION_VALUE = _act("AccountsController_createPublishOptionValue_v2", "POST", _VALUES)

_GROUPS = f"{CHANNELS}/account-groups"
LIST_GROUPS = _read("AccountGroupsController_list_v2", _GROUPS)
CREATE_GROUP = _act("AccountGroupsController_create_v2", "POST", _GROUPS)
DELETE_GROUPS = _act("AccountGroupsController_deleteMany_v2", "DELETE", _GROUPS)
UPDATE_GROUP = _act("AccountGroupsController_update_v2", "PATCH", f"{_GROUPS}/{{}}")
_RANK = f"{_GROUPS}/{{}}/accounts/rank"
SORT_ACCOUNTS = _act("AccountGroupsController_sortAccounts_v2", "PATCH", _RANK)

START = _act("AuthController_startAuth_v2", "GET", f"{_ACCOUNTS}/auth/{{}}")
SESSION = _read("AuthController_getAuthStatus_v2", f"{_ACCOUNTS}/auth/{{}}/status/{{}}")
SELECT = _act("AuthController_select_v2", "POST", f"{_ACCOUNTS}/auth/selections")
LIST_SESSIONS = _read("AuthSessionsController_list_v2", f"{CHANNELS}/auth-sessions")
_SESSION = f"{CHANNELS}/auth-sessions/{{}}"
CANCEL_SESSION = _act("AuthSessionsController_cancel_v2", "DELETE", _SESSION)

_WORKS = f"{CHANNELS}/works"
_WORK = f"{_WORKS}/{{}}/{{}}"
LIST_WORKS = _read("WorksController_listWorks_v2", f"{_WORKS}/{{}}")
LINK_INFO = _read("WorksController_getLinkInfo_v2", f"{_WORKS}/link-info")
GET_WORK = _read("WorksController_getDetail_v2", _WORK)
WORK_ANALYTICS = _read("WorksController_getAnalytics_v2", f"{_WORK}/analytics")
WORK_HISTORY = _read("WorksController_listHistory_v2", f"{_WORK}/history")
VERIFY_OWNERSHIP = _read("WorksController_verifyOwnership_v2", f"{_WORK}/ownership/verify", "POST")

_ENGAGEMENT = f"{CHANNELS}/engagement"
LIST_COMMENTS = _read("EngagementController_listComments_v2", f"{_ENGAGEMENT}/comments")
CREATE_COMMENT = _act("EngagementController_createComment_v2", "POST", f"{_ENGAGEMENT}/comments")
CALL_FUNCTION = _act("EngagementController_callFunction_v2", "POST", f"{_ENGAGEMENT}/function")

_PLATFORMS = f"{CHANNELS}/platforms"
LIST_PLATFORMS = _read("PlatformsController_listPlatforms_v2", _PLATFORMS)
_OPTIONS = f"{_PLATFORMS}/{{}}/publish-options"
PUBLISH_OPTIONS = _read("PlatformsController_listPublishOptions_v2", _OPTIONS)
AVAILABILITY = _read("PlatformsController_availability_v2", f"{_PLATFORMS}/availability")
USAGE = _read("PlatformsController_usage_v2", f"{_PLATFORMS}/usage")

_PUBLISH = f"{CHANNELS}/publish"
CREATE_FLOW = _act("PublishFlowController_createFlow_v2", "POST", f"{_PUBLISH}/flows")
PREFLIGHT = _read("PublishFlowController_preflight_v2", f"{_PUBLISH}/preflight", "POST")
GET_FLOW = _read("PublishFlowController_getFlow_v2", f"{_PUBLISH}/flows/{{}}")
_TASK = f"{_PUBLISH}/tasks/{{}}"
PUBLISH_NOW = _act("PublishTaskController_publishNow_v2", "POST", f"{_TASK}/publish-now")
RETRY_TASK = _act("PublishTaskController_retryTask_v2", "POST", f"{_TASK}/retry")
CANCEL_TASK = _act("PublishTaskController_cancelTask_v2", "DELETE", _TASK)
PUBLISH_AT = _act("PublishTaskController_updatePublishAt_v2", "PATCH", f"{_TASK}/publish-at")
UPDATE_TASK = _act("PublishTaskController_updatePublished_v2", "POST", f"{_TASK}/update")

_RECORDS = f"{_PUBLISH}/records"
_RECORD = f"{_RECORDS}/{{}}"
LIST_RECORDS = _read("PublishRecordController_listRecords_v2", _RECORDS)
QUEUED_RECORDS = _read("PublishRecordController_listQueued_v2", f"{_RECORDS}/queued")
PUBLISHED_RECORDS = _read("PublishRecordController_listPublished_v2", f"{_RECORDS}/published")
PUBLIC_RECORD = _read("PublishRecordController_getPublicRecord_v2", f"{_RECORDS}/public/{{}}")
GET_RECORD = _read("PublishRecordController_getRecord_v2", _RECORD)
DELETE_RECORD = _act("PublishRecordController_deleteRecord_v2", "DELETE", _RECORD)
SET_WORK_LINK = _act("PublishRecordController_updateWorkLink_v2", "PATCH", f"{_RECORD}/work-link")
USER_ACTION = _read("PublishRecordController_getUserAction_v2", f"{_RECORD}/user-action")

_WEBHOOKS = f"{CHANNELS}/webhooks"
_WEBHOOK = f"{_WEBHOOKS}/{{}}"
LIST_WEBHOOKS = _read("WebhooksController_list_v2", _WEBHOOKS)
CREATE_WEBHOOK = _act("WebhooksController_create_v2", "POST", _WEBHOOKS)
GET_WEBHOOK = _read("WebhooksController_getById_v2", _WEBHOOK)
CHANGE_WEBHOOK = _act("WebhooksController_change_v2", "PATCH", _WEBHOOK)
DELETE_WEBHOOK = _act("WebhooksController_delete_v2", "DELETE", _WEBHOOK)
ROTATE_WEBHOOK = _act("WebhooksController_rotate_v2", "POST", f"{_WEBHOOK}/rotate")
TEST_WEBHOOK = _act("WebhooksController_test_v2", "POST", f"{_WEBHOOK}/test")
REDELIVER = _act("WebhooksController_redeliver_v2", "POST", f"{_WEBHOOK}/redeliver")
LIST_DELIVERIES = _read("WebhooksController_deliveries_v2", f"{_WEBHOOK}/deliveries")
GET_DELIVERY = _read("WebhooksController_delivery_v2", f"{_WEBHOOK}/deliveries/{{}}")

LIST_EVENTS = _read("EventsController_list_v2", f"{CHANNELS}/events")
LIST_AUDIT = _read("AuditController_list_v2", f"{CHANNELS}/audit")

SIGN_UPLOAD = _act("AssetsHttpController_createUploadSign", "POST", f"{ASSETS}/uploadSign")
CONFIRM_UPLOAD = _act("AssetsHttpController_confirmUpload", "POST", f"{ASSETS}/{{}}/confirm")
LIST_ASSETS = _read("AssetsController_list", ASSETS)
GET_ASSET = _read("AssetsController_getById", f"{ASSETS}/{{}}")
DELETE_ASSET = _act("AssetsController_delete", "DELETE", f"{ASSETS}/{{}}")
# fmt: on

OPERATIONS = tuple(value for value in vars().copy().values() if isinstance(value, Operation))
