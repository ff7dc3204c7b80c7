import { checkAnswer, connectionFailed } from "./envelope.js";
import { ApiError, ConnectionFailed } from "./errors.js";
import { type ClientSettings, checkedKey, type Sleep, sleep } from "./settings.js";

const RETRIES = 3;
const TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;
/** A longer wait than this is the caller's decision: the error is thrown at once. */
const LONGEST_RETRY_AFTER_SECONDS = 60;
/** Refusals that come before anything was done: over a limit, or the first request still runs. */
const UNDONE = new Set([429, 15071, 15206]);
const STARTS_AUTHORIZATION = /\/accounts\/auth\/[^/]+$/;

/** Sends requests with the key, repeats those that may be repeated, and throws every failure. */
export class Transport {
  readonly sleep: Sleep;
  readonly #key: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #language: string | undefined;
  readonly #maxRetries: number;
  readonly #timeoutMs: number;
  /** Whether the service has shown that it does a call with one Idempotency-Key only once. */
  #honoursKeys = false;

  constructor(settings: ClientSettings) {
    this.#key = checkedKey(settings.apiKey);
    this.#fetch = settings.fetch ?? globalThis.fetch;
    this.#language = settings.language;
    this.#maxRetries = settings.maxRetries ?? RETRIES;
    this.#timeoutMs = settings.timeoutMs ?? TIMEOUT_MS;
    this.sleep = settings.sleep ?? sleep;
  }

  /** The answer of a success; anything else is thrown as an OpenChannelsError. */
  async send(request: Request): Promise<Response> {
    const acts =
      request.method !== "GET" || STARTS_AUTHORIZATION.test(new URL(request.url).pathname);
    const body = await request.text();
    const init: RequestInit = {
      method: request.method,
      headers: this.#headers(request, acts),
      body: body || null,
      // A redirect followed to another host would take the key along.
      redirect: "manual",
    };
    for (let retries = 0; ; retries += 1) {
      try {
        return await this.#attempt(request, init);
      } catch (error) {
        const pause = this.#pauseBefore(error, acts, retries);
        if (pause === undefined) throw error;
        await this.sleep(pause, request.signal);
      }
    }
  }

  #headers(request: Request, acts: boolean): Headers {
    const headers = new Headers(request.headers);
    headers.set("X-Api-Key", this.#key);
    headers.set("User-Agent", "openchannels-typescript");
    if (this.#language && !headers.has("Accept-Language")) {
      headers.set("Accept-Language", this.#language);
    }
    if (acts && !headers.has("Idempotency-Key")) {
      headers.set("Idempotency-Key", crypto.randomUUID());
    }
    return headers;
  }

  async #attempt(request: Request, init: RequestInit): Promise<Response> {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(this.#timeoutMs)]);
    let response: Response;
    let text: string;
    try {
      response = await this.#fetch(request.url, { ...init, signal });
      text = await response.text();
    } catch (error) {
      request.signal.throwIfAborted();
      throw connectionFailed(error);
    }
    if (response.headers.get("x-service") === "openchannels") this.#honoursKeys = true;
    checkAnswer(response, text);
    return new Response(text, { status: response.status, headers: response.headers });
  }

  /** Milliseconds to wait before the next attempt; undefined if there is to be none. */
  #pauseBefore(error: unknown, acts: boolean, retries: number): number | undefined {
    if (retries >= this.#maxRetries) return undefined;
    if (!(error instanceof ApiError || error instanceof ConnectionFailed)) return undefined;
    if (!isPassing(error) || (acts && !this.#safeToRepeat(error))) return undefined;
    const seconds = error.retryAfter ?? 0;
    if (seconds > LONGEST_RETRY_AFTER_SECONDS) return undefined;
    const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retries);
    return seconds * 1000 + Math.random() * longest;
  }

  /** Whether repeating a call that acts cannot do it twice. */
  #safeToRepeat(error: ApiError | ConnectionFailed): boolean {
    if (error instanceof ConnectionFailed) return error.neverSent || this.#honoursKeys;
    // What a platform did before it failed is beyond the reach of the service's keys.
    return UNDONE.has(error.code) || (error.code === 503 && this.#honoursKeys);
  }
}

function isPassing(error: ApiError | ConnectionFailed): boolean {
  if (error instanceof ApiError) return error.retryable;
  const status = error.httpStatus;
  return status === undefined || status === 429 || status >= 500;
}
