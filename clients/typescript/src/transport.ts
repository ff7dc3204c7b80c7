import { checkAnswer, connectionFailed } from "./envelope.js";
import { ApiError, ConnectionFailed } from "./errors.js";
import { MAX_RETRIES, pauseAfter } from "./retries.js";
import { type ClientSettings, checkedKey, type Sleep, serviceUrl, sleep } from "./settings.js";

const TIMEOUT_MS = 30_000;
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
  readonly #probeUrl: string;
  readonly #timeoutMs: number;
  /** Whether an answer has shown that the service does a call with one Idempotency-Key once. */
  #honoursKeys = false;

  constructor(settings: ClientSettings) {
    this.#key = checkedKey(settings.apiKey);
    this.#fetch = settings.fetch ?? globalThis.fetch;
    this.#language = settings.language;
    this.#maxRetries = settings.maxRetries ?? MAX_RETRIES;
    this.#probeUrl = `${serviceUrl(settings.baseUrl)}/api/v2/channels`;
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
        const pause = retries < this.#maxRetries ? pauseAfter(error, retries) : undefined;
        if (pause === undefined) throw error;
        if (acts && !(await this.#canRepeat(error, request.signal))) throw error;
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
    this.#honoursKeys ||= response.headers.get("x-service") === "openchannels";
    checkAnswer(response, text);
    return new Response(text, { status: response.status, headers: response.headers });
  }

  /** Whether repeating a call that acts cannot do it twice. */
  async #canRepeat(error: unknown, signal: AbortSignal): Promise<boolean> {
    if (error instanceof ConnectionFailed) return !error.sent || this.#takesKeys(signal);
    if (!(error instanceof ApiError)) return false;
    // What a platform did before it failed is beyond the reach of the service's keys.
    return UNDONE.has(error.code) || (error.code === 503 && this.#takesKeys(signal));
  }

  /** Asks the service whether it honours keys, unless that is known. */
  async #takesKeys(signal: AbortSignal): Promise<boolean> {
    if (this.#honoursKeys) return true;
    // Any answer below /api/ shows it, also one without an API key.
    const probe = new Request(this.#probeUrl, { signal });
    await this.#attempt(probe, { redirect: "manual" }).catch(() => undefined);
    signal.throwIfAborted();
    return this.#honoursKeys;
  }
}
