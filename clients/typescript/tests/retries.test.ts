/** What is repeated, how often, and after which pauses. */
import { expect, test } from "vitest";
import {
  ConnectionFailed,
  createClient,
  operations,
  PlatformUnavailable,
  RateLimited,
} from "../src/index.js";
import { type Answer, CUT, closed, failure, faulty, SILENCE, success } from "./harness/faulty.js";
import { losing } from "./harness/losing.js";
import { apiKey, url } from "./harness/service.js";

const OURS = { "X-Service": "openchannels" };
const DONE = success({ id: "g", url: "u", sessionId: "s", expiresAt: "2026-11-30T00:00:00.000Z" });
const HTML: Answer = { status: 502, body: "<html>Bad gateway</html>" };

/** A client whose pauses take no time, and the pauses in seconds. */
function clientOf(baseUrl: string, maxRetries?: number) {
  const pauses: number[] = [];
  const sleep = async (milliseconds: number) => void pauses.push(milliseconds / 1000);
  const client = createClient({
    baseUrl,
    apiKey: "k",
    sleep,
    ...(maxRetries !== undefined && { maxRetries }),
  });
  return { client, pauses };
}

type Client = ReturnType<typeof createClient>;
const reads = (client: Client) => client.accounts.get("a");
const starts = (client: Client) => client.connect("youtube");
const posts = (client: Client) => client.groups.create({ name: "g" });

test.each<[string, Answer]>([
  ["429", failure(429, { retryAfter: 0 }, 429)],
  ["503", failure(503, { reason: "store", retryAfter: 0 }, 503)],
  ["15071", failure(15071, { retryable: true })],
  ["15094", failure(15094, { retryable: true })],
  ["a cut connection", CUT],
  ["a proxy's 502", HTML],
])("a read is repeated after %s", async (_, fault) => {
  await using server = await faulty([fault, fault, DONE]);
  const { client, pauses } = clientOf(server.url);
  expect((await reads(client)).id).toBe("g");
  expect(server.asked).toHaveLength(3);
  expect(server.asked.map((one) => one.headers["idempotency-key"])).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  // Full jitter: anything from nothing to a limit that doubles.
  expect(pauses[0]).toBeLessThanOrEqual(0.5);
  expect(pauses[1]).toBeLessThanOrEqual(1);
});

test.each<[string, Answer]>([
  ["12600", failure(12600)],
  ["500", failure(500)],
  ["15072 that is not retryable", failure(15072, { retryable: false })],
  ["a page that is not from openchannels", { body: "<html>Log in</html>" }],
  ["a redirect", { status: 302, headers: { Location: "http://127.0.0.1:1/" }, body: "" }],
])("a read is not repeated after %s", async (_, fault) => {
  await using server = await faulty([fault]);
  await expect(reads(clientOf(server.url).client)).rejects.toThrow();
  expect(server.asked).toHaveLength(1);
});

test("retries end, and can be turned off", async () => {
  await using server = await faulty([failure(15094, { retryable: true })]);
  const { client, pauses } = clientOf(server.url);
  await expect(reads(client)).rejects.toThrow(PlatformUnavailable);
  expect([server.asked.length, pauses.length]).toEqual([4, 3]);
  await expect(reads(clientOf(server.url, 0).client)).rejects.toThrow(PlatformUnavailable);
  expect(server.asked).toHaveLength(5);
});

test.each<[string, Answer]>([
  ["data.retryAfter", failure(429, { retryAfter: 7 }, 429)],
  ["Retry-After", { ...HTML, headers: { "Retry-After": "7" } }],
])("%s is waited for", async (_, fault) => {
  await using server = await faulty([fault, DONE]);
  const { client, pauses } = clientOf(server.url);
  await reads(client);
  expect(pauses).toHaveLength(1);
  expect(pauses[0]).toBeGreaterThanOrEqual(7);
  expect(pauses[0]).toBeLessThanOrEqual(7.5);
});

test("a wait of an hour is left to the caller", async () => {
  await using server = await faulty([failure(15071, { retryable: true, retryAfter: 3600 })]);
  const { client, pauses } = clientOf(server.url);
  const limited = await reads(client).catch((error) => error);
  expect(limited).toBeInstanceOf(RateLimited);
  expect([limited.retryAfter, pauses, server.asked.length]).toEqual([3600, [], 1]);
});

test.each([
  ["a POST", posts],
  ["a start of an authorization", starts],
])(
  "%s is repeated with one key, once the service has shown that it honours keys",
  async (_, act) => {
    await using server = await faulty(
      [DONE, CUT, HTML, failure(15206, { retryable: true }), DONE],
      OURS,
    );
    const { client } = clientOf(server.url);
    await reads(client);
    await act(client);
    const [read, ...acted] = server.asked;
    expect(read?.headers["idempotency-key"]).toBeUndefined();
    expect(acted).toHaveLength(4);
    expect(new Set(acted.map((one) => one.headers["idempotency-key"])).size).toBe(1);
    expect(acted[0]?.headers["idempotency-key"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(new Set(acted.map((one) => one.body)).size).toBe(1);
    await act(client);
    expect(server.asked[5]?.headers["idempotency-key"]).not.toBe(
      acted[0]?.headers["idempotency-key"],
    );
  },
);

test.each<[string, Answer, Record<string, string>, number]>([
  // The second call asks whether the service honours keys.
  ["a cut connection, by a service that is not known to honour keys", CUT, {}, 2],
  ["a cut connection, by one that shows it when asked", CUT, OURS, 3],
  ["a proxy's 502, whose headers show it", HTML, OURS, 2],
  ["503 of a service that is not known to honour keys", failure(503, {}, 503), {}, 2],
  ["503", failure(503, {}, 503), OURS, 2],
  ["429, which is a refusal", failure(429, { retryAfter: 0 }, 429), {}, 2],
  ["15071, which is a refusal", failure(15071, { retryable: true }), {}, 2],
  ["15094, which leaves open what the platform did", failure(15094, { retryable: true }), OURS, 1],
])("a POST after %s", async (_, fault, headers, calls) => {
  await using server = await faulty([fault, DONE], headers);
  await posts(clientOf(server.url).client).catch(() => undefined);
  expect(server.asked).toHaveLength(calls);
});

test("an answer of the service that is lost does not make a second group", async () => {
  await using proxy = await losing(url, 2);
  const client = createClient({ baseUrl: proxy.url, apiKey, sleep: async () => undefined });
  const { id } = await client.groups.create({ name: "Once" });
  const groups = await client.groups.list();
  expect(proxy.lost).toEqual(["POST", "POST"]);
  expect(groups.filter((group) => group.name === "Once").map((group) => group.id)).toEqual([id]);
});

test("a call that never left is repeated whatever it does", async () => {
  const { client, pauses } = clientOf((await closed()).url);
  const failed = await posts(client).catch((error) => error);
  expect(failed).toBeInstanceOf(ConnectionFailed);
  expect([failed.sent, pauses.length]).toEqual([false, 3]);
});

test("an answer that does not come is given up", async () => {
  await using server = await faulty([SILENCE]);
  const settings = { baseUrl: server.url, apiKey: "k", maxRetries: 0, timeoutMs: 50 };
  await expect(reads(createClient(settings))).rejects.toThrow("no answer in time");
});

test("an abort ends a call, and the pause before its repetition", async () => {
  const leaves = new Error("the person left");
  const stop = new AbortController();
  await using server = await faulty([failure(503, { retryAfter: 30 }, 503), SILENCE]);
  const client = createClient({ baseUrl: server.url, apiKey: "k" });
  const call = client.call(operations.accountGroupsList, { signal: stop.signal });
  await server.arrived(1);
  stop.abort(leaves);
  await expect(call).rejects.toBe(leaves);

  const again = new AbortController();
  const silent = client.call(operations.accountGroupsList, { signal: again.signal });
  await server.arrived(2);
  again.abort(leaves);
  await expect(silent).rejects.toBe(leaves);
});
