/**
 * The errors of this client.
 *
 *     OpenChannelsError
 *     |-- ApiError              the service answered with a code other than 0
 *     |   |-- AuthenticationError, PermissionDenied, ValidationError, NotFound, Conflict
 *     |   |-- ReconnectNeeded   a person must connect the account again
 *     |   |-- AuthorizationFailed   the person declined, or no account was found
 *     |   |-- RateLimited, PlatformUnavailable, PlatformRefused, Unsupported
 *     |   `-- ServiceError      the service itself failed, or is away
 *     |-- ConnectionFailed      no usable answer arrived
 *     |-- WaitTimeout           the person did not finish in time
 *     `-- VerificationError     a webhook's message is not genuine
 */
import { ERROR_CODES, RETRYABLE_CODES } from "./generated/error_codes.gen.js";
import type { AuthSessionStatus } from "./generated/types.gen.js";

export class OpenChannelsError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** What an answer says that is not a success. */
export interface Failure {
  code: number;
  message: string;
  data: Record<string, unknown>;
  /** Finds the call in the service's log. */
  requestId?: string | undefined;
  /** Seconds, from the header `Retry-After`; `data.retryAfter` comes before it. */
  retryAfter?: number | undefined;
}

/** The service answered with a code other than 0. */
export class ApiError extends OpenChannelsError {
  readonly code: number;
  readonly data: Record<string, unknown>;
  readonly requestId: string | undefined;
  /** Seconds after which the same call may succeed. */
  readonly retryAfter: number | undefined;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;

  constructor(failure: Failure) {
    super(failure.message);
    const { retryAfter, retryable } = failure.data;
    this.code = failure.code;
    this.data = failure.data;
    this.requestId = failure.requestId;
    this.retryAfter = typeof retryAfter === "number" ? retryAfter : failure.retryAfter;
    this.retryable =
      typeof retryable === "boolean" ? retryable : RETRYABLE_CODES.includes(failure.code);
  }
}

/** The API key is missing, unknown, revoked or expired. */
export class AuthenticationError extends ApiError {}
/** The API key lacks a scope: `data.scope`. */
export class PermissionDenied extends ApiError {}

/** The request is not as the service expects it. */
export class ValidationError extends ApiError {
  /** Every field that is wrong, and what was expected there. */
  get issues(): { path: string; message: string }[] {
    const { issues } = this.data;
    return Array.isArray(issues) ? issues : [];
  }
}

/** What was asked for does not exist, or belongs to another user. */
export class NotFound extends ApiError {}

/** The account no longer works until a person connects it again. */
export class ReconnectNeeded extends ApiError {
  /** Such as `grant_dead`; see the reasons of an account's status. */
  get reason(): string | undefined {
    const { reason } = this.data;
    return typeof reason === "string" ? reason : undefined;
  }

  /** What the person should do, in the language of the request. */
  get advice(): string | undefined {
    const { advice } = this.data;
    return typeof advice === "string" ? advice : undefined;
  }
}

/** Too many calls, to the service or to the platform; `retryAfter` says when to go on. */
export class RateLimited extends ApiError {}
/** The platform is down, too slow, or cannot be reached. */
export class PlatformUnavailable extends ApiError {}
/** The platform refused the call, or its answer cannot be used. */
export class PlatformRefused extends ApiError {}
/** The platform or this installation cannot do it. */
export class Unsupported extends ApiError {}
/** The call contradicts what is stored, or the state of the authorization. */
export class Conflict extends ApiError {}
/** The service itself failed, or is away for a while. */
export class ServiceError extends ApiError {}
/** The person declined, the authorization was interrupted, or it opens no account. */
export class AuthorizationFailed extends ApiError {}

/** No usable answer arrived: no connection, a timeout, or something else than openchannels. */
export class ConnectionFailed extends OpenChannelsError {
  /** False if the request certainly did not reach the service. */
  readonly sent: boolean;
  /** HTTP status of an answer that is not from openchannels, such as a proxy's. */
  readonly httpStatus: number | undefined;
  /** Seconds, from the header `Retry-After` of such an answer. */
  readonly retryAfter: number | undefined;

  constructor(
    message: string,
    details: { sent?: boolean; httpStatus?: number; retryAfter?: number | undefined } = {},
  ) {
    super(message);
    this.sent = details.sent ?? true;
    this.httpStatus = details.httpStatus;
    this.retryAfter = details.retryAfter;
  }
}

/** The authorization did not end in time. */
export class WaitTimeout extends OpenChannelsError {
  /** Its last state. */
  readonly session: AuthSessionStatus;

  constructor(session: AuthSessionStatus) {
    super(`session ${session.sessionId} is still ${session.status}`);
    this.session = session;
  }
}

/** The message is not from openchannels, or too old: answer it with 401. */
export class VerificationError extends OpenChannelsError {}

const KINDS: Record<keyof typeof ERROR_CODES, typeof ApiError> = {
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
};
const BY_CODE = new Map<number, typeof ApiError>();
for (const [name, codes] of Object.entries(ERROR_CODES)) {
  for (const code of codes) BY_CODE.set(code, KINDS[name as keyof typeof ERROR_CODES]);
}

/** The error of a failure, in the class of its code; ApiError for a code that is not known. */
export function toApiError(failure: Failure): ApiError {
  const Kind = BY_CODE.get(failure.code) ?? ApiError;
  return new Kind(failure);
}
