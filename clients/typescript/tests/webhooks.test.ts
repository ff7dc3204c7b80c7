/** A webhook from its creation to a message that is verified, or refused. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { expect, test, vi } from "vitest";
import { VerificationError, verifyWebhook } from "../src/index.js";
import { clientWith, connected, WAIT } from "./harness/service.js";

interface Message {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** A receiver that accepts all messages. */
async function receiver() {
  const messages: Message[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    messages.push({ headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, messages, close: () => server.close() };
}

test("what the service sends is verified, and nothing else", async () => {
  const client = clientWith();
  const received = await receiver();
  const { id, secret } = await client.webhooks.create({ url: received.url, types: [] });
  const accountId = await connected("threads", "webhooks");
  // Other tests connect accounts of the same workspace meanwhile.
  const { headers, body } = await vi.waitFor(
    () => received.messages.find((message) => message.body.includes(accountId)) ?? expect.fail(),
    WAIT,
  );

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
