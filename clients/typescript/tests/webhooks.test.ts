/** A webhook from its creation to a message that is verified, or refused. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { VerificationError, verifyWebhook } from "../src/index.js";
import { clientWith, connected } from "./harness/service.js";

interface Message {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A receiver that accepts all; `next` is the first message of a type. */
async function receiver() {
  const waiting = new Map<string, (message: Message) => void>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    response.writeHead(204).end();
    waiting.get(JSON.parse(body.toString()).type)?.({ headers: request.headers, body });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const next = (type: string) => new Promise<Message>((resolve) => waiting.set(type, resolve));
  return { url: `http://127.0.0.1:${port}/`, next, close: () => server.close() };
}

test("what the service sends is verified, and nothing else", async () => {
  const client = clientWith();
  const received = await receiver();
  const { id, secret } = await client.webhooks.create({ url: received.url, types: [] });
  const arriving = received.next("account.connected");
  const accountId = await connected("threads", "webhooks");
  const { headers, body } = await arriving;

  const event = verifyWebhook(secret, headers, body);
  expect([event.type, event.data.accountId]).toEqual(["account.connected", accountId]);
  expect(event.id).toBe(headers["webhook-id"]);
  const asFetch = new Headers(headers as Record<string, string>);
  expect(verifyWebhook(secret, asFetch, body.toString())).toEqual(event);

  const tampered = body.toString().replace(accountId, "another");
  const old = new Date(Date.now() - 301_000);
  const stale = {
    ...headers,
    "webhook-timestamp": String(Math.floor(old.getTime() / 1000)),
    "webhook-signature": new Webhook(secret).sign(event.id, old, body.toString()),
  };
  const { secret: rotated } = await client.webhooks.rotate(id, { overlapHours: 1 });
  for (const forged of [
    () => verifyWebhook(secret, headers, tampered),
    () => verifyWebhook(rotated, headers, body),
    () => verifyWebhook(secret, { ...headers, "webhook-signature": undefined }, body),
    () => verifyWebhook(secret, stale, body),
  ]) {
    expect(forged).toThrow(VerificationError);
  }

  expect((await client.webhooks.test(id)).accepted).toBe(true);
  await client.webhooks.delete(id);
  expect((await client.webhooks.list()).map((one) => one.id)).not.toContain(id);
  received.close();
});
