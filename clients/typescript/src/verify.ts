import { Webhook } from "standardwebhooks";
import { VerificationError } from "./errors.js";
import type { ChannelEvent } from "./events.js";

/** Headers of a received request, as `fetch` or Node has them. */
export type ReceivedHeaders = Headers | Record<string, string | string[] | undefined>;

/**
 * The event of a message, if its signature is valid and it is at most five minutes old.
 *
 * `body` is what arrived, byte for byte. Throws VerificationError. The same event may arrive more
 * than once: compare `id`.
 */
export function verifyWebhook(
  secret: string,
  headers: ReceivedHeaders,
  body: string | Uint8Array,
): ChannelEvent {
  const plain = Object.fromEntries(headers instanceof Headers ? headers : Object.entries(headers));
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  try {
    const message = new Webhook(secret).verify(text, plain as Record<string, string>);
    return { ...(message as ChannelEvent), id: idOf(plain) };
  } catch (error) {
    throw new VerificationError((error as Error).message);
  }
}

function idOf(headers: Record<string, unknown>): string {
  const found = Object.entries(headers).find(([name]) => name.toLowerCase() === "webhook-id");
  return String(found?.[1]);
}
