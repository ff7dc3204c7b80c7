"""Which exception each code of the API is; some codes are sent only by the original service."""

from openchannels.client.errors import (
    ApiError,
    AuthenticationError,
    AuthorizationFailed,
    Conflict,
    NotFound,
    PermissionDenied,
    PlatformRefused,
    PlatformUnavailable,
    RateLimited,
    ReconnectNeeded,
    ServiceError,
    Unsupported,
    ValidationError,
)

# fmt: off
_CODES: dict[type[ApiError], tuple[int, ...]] = {
    AuthenticationError: (401, 19000),
    PermissionDenied: (15203,),
    ValidationError: (
        400, 413, 414, 431, 10002, 12603, 12604, 12751, 12752, 15036, 15038, 15045, 15051, 15052,
        15077, 15083, 15092,
    ),
    NotFound: (
        404, 12600, 12601, 12750, 15000, 15004, 15021, 15039, 15050, 15079, 15204, 15205, 16026,
    ),
    Conflict: (
        15018, 15025, 15035, 15037, 15040, 15041, 15042, 15043, 15053, 15057, 15058, 15059, 15060,
        15082, 15084, 15085, 15086, 15095, 15200, 15201, 15202, 15207,
    ),
    Unsupported: (15032, 15055, 15061, 15062, 15080, 15081, 15088, 15089, 15090, 15091, 16037),
    ReconnectNeeded: (15001, 15002, 15006, 15007, 15008, 15009, 15048),
    AuthorizationFailed: (15012, 15013, 15014),
    RateLimited: (429, 15071),
    PlatformUnavailable: (15094,),
    PlatformRefused: (
        15003, 15010, 15011, 15054, 15063, 15070, 15072, 15073, 15074, 15075, 15076, 15078, 15093,
    ),
    ServiceError: (408, 500, 503, 15056, 15206),
}
# fmt: on
BY_CODE: dict[int, type[ApiError]] = {
    code: kind for kind, codes in _CODES.items() for code in codes
}
RETRYABLE = frozenset({408, 429, 503, 15056, 15071, 15094, 15206})
"""Codes that pass by themselves, where the answer does not say by `data.retryable`."""
