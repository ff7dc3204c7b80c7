export type { CallOptions, DataOf, Operation } from "./call.js";
export { Client, createClient } from "./client.js";
export type { Connection, ConnectOptions, WaitOptions } from "./connection.js";
export {
  ApiError,
  AuthenticationError,
  AuthorizationFailed,
  Conflict,
  ConnectionFailed,
  NotFound,
  OpenChannelsError,
  PermissionDenied,
  PlatformRefused,
  PlatformUnavailable,
  RateLimited,
  ReconnectNeeded,
  ServiceError,
  Unsupported,
  ValidationError,
  VerificationError,
  WaitTimeout,
} from "./errors.js";
export type { ChannelEvent } from "./events.js";
export * as operations from "./generated/sdk.gen.js";
export type * from "./generated/types.gen.js";
export type { ClientSettings } from "./settings.js";
export { type ReceivedHeaders, verifyWebhook } from "./verify.js";
export type { IterateOptions, WorkIterator, WorksPosition } from "./work_iterator.js";
