import { ConnectionFailed, toApiError } from "./errors.js";

/** Codes of failures in which the request certainly did not reach the other side. */
const NOT_CONNECTED = new Set([
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Returns normally if the answer is a success; else throws what it means. */
export function checkAnswer(response: Response, text: string): void {
  const retryAfter = secondsOf(response.headers.get("retry-after"));
  const envelope = parse(text);
  if (envelope === undefined) {
    const message = `the answer (HTTP ${response.status}) is not from openchannels`;
    throw new ConnectionFailed(message, { httpStatus: response.status, retryAfter });
  }
  if (envelope.code === 0) return;
  const { code, message, data, requestId } = envelope;
  throw toApiError({
    code,
    message: String(message),
    data: typeof data === "object" && data !== null ? { ...data } : {},
    requestId: requestId ?? response.headers.get("x-request-id") ?? undefined,
    retryAfter,
  });
}

/** The error for a call without an answer. It names no header, so it shows no key. */
export function connectionFailed(error: unknown): ConnectionFailed {
  const { name, cause } = error as { name?: string; cause?: Partial<NodeJS.ErrnoException> };
  if (name === "TimeoutError") return new ConnectionFailed("no answer in time");
  const code = cause?.code;
  const sent = code === undefined || !NOT_CONNECTED.has(code);
  return new ConnectionFailed(`no answer: ${code ?? cause?.message ?? name}`, { sent });
}

interface Envelope {
  code: number;
  message: unknown;
  data?: unknown;
  requestId?: string;
}

function parse(text: string): Envelope | undefined {
  try {
    const value = JSON.parse(text);
    return typeof value?.code === "number" && "message" in value ? value : undefined;
  } catch {
    return undefined;
  }
}

function secondsOf(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
