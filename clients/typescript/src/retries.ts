import { ApiError, ConnectionFailed } from "./errors.js";

export const MAX_RETRIES = 3;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** A longer wait than this is the caller's decision: the error is thrown at once. */
const LONGEST_WAIT_SECONDS = 60;

/** Milliseconds to wait after so many retries; undefined if there is no point in another. */
export function pauseAfter(error: unknown, retries: number): number | undefined {
  if (!isPassing(error)) return undefined;
  const seconds = error.retryAfter ?? 0;
  if (seconds > LONGEST_WAIT_SECONDS) return undefined;
  // Spread over the whole time, so that many clients do not come back at once.
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retries);
  return seconds * 1000 + Math.random() * longest;
}

/** Whether the same call may succeed later. */
function isPassing(error: unknown): error is ApiError | ConnectionFailed {
  if (error instanceof ApiError) return error.retryable;
  if (!(error instanceof ConnectionFailed)) return false;
  const status = error.httpStatus;
  return status === undefined || status === 429 || status >= 500;
}
