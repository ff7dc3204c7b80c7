/** How a client reaches a service; all but the first two have defaults. */
export interface ClientSettings {
  /** Address of the service, with or without the path `/api/v2/channels`. */
  baseUrl: string;
  apiKey: string;
  /** How often a call is repeated after the first attempt; 3 if absent, 0 turns retries off. */
  maxRetries?: number;
  /** Milliseconds for each attempt; 30,000 if absent. */
  timeoutMs?: number;
  /** Language of messages. */
  language?: "en-US" | "zh-CN";
  fetch?: typeof globalThis.fetch;
  /** Waits before a repetition and between polls; tests put a clock of their own here. */
  sleep?: Sleep;
}

/** Resolves after a time; rejects with the signal's reason once it is aborted. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

const PATH = /\/api(\/v2(\/channels)?)?$/;
const PRINTABLE = /^[!-~]+$/;

/** The service's address without the API's own path and without a slash at its end. */
export function serviceUrl(baseUrl: string): string {
  const url = new URL(baseUrl);
  if (!/^https?:$/.test(url.protocol)) throw new TypeError("baseUrl must begin with http(s)://");
  return (url.origin + url.pathname).replace(/\/+$/, "").replace(PATH, "");
}

/** The key as a header's value. The error does not show it, for it is a secret. */
export function checkedKey(apiKey: string): string {
  const key = apiKey.trim();
  if (!PRINTABLE.test(key)) throw new TypeError("apiKey must be printable ASCII without blanks");
  return key;
}

/** The address and key in the environment. */
export function settingsFromEnv(): Pick<ClientSettings, "baseUrl" | "apiKey"> {
  const { OPENCHANNELS_URL: baseUrl, OPENCHANNELS_API_KEY: apiKey } = process.env;
  if (!baseUrl) throw new TypeError("OPENCHANNELS_URL is not set");
  if (!apiKey) throw new TypeError("OPENCHANNELS_API_KEY is not set");
  return { baseUrl, apiKey };
}

export const sleep: Sleep = (milliseconds, signal) =>
  new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", aborted);
      resolve();
    }, milliseconds);
    if (signal?.aborted) aborted();
    else signal?.addEventListener("abort", aborted, { once: true });
  });
