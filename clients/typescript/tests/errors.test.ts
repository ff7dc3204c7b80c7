/** Errors by meaning, and the key, which is never shown. */
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { toApiError } from "../src/errors.js";
import {
  ApiError,
  AuthenticationError,
  Client,
  ConnectionFailed,
  createClient,
  NotFound,
  OpenChannelsError,
  operations,
  Unsupported,
  ValidationError,
} from "../src/index.js";
import { closed } from "./harness/faulty.js";
import { apiKey, clientWith, url } from "./harness/service.js";

test("answers of the service are thrown as what they mean", async () => {
  const client = clientWith({ maxRetries: 0 });
  const stranger = clientWith({ apiKey: "oc_unknown" });
  await expect(stranger.groups.list()).rejects.toThrow(AuthenticationError);
  await expect(client.connect("nowhere")).rejects.toThrow(Unsupported);

  const missing = await client.accounts.get("a b?c=d#e").catch((error) => error);
  expect(missing).toBeInstanceOf(NotFound);
  expect(missing).toBeInstanceOf(OpenChannelsError);
  expect(missing).toMatchObject({ name: "NotFound", code: 12600, retryable: false });
  expect(missing.requestId).toBeTruthy();

  const call = client.call(operations.worksListWorks, {
    path: { platform: "youtube" },
    query: { accountId: "" },
  });
  const invalid = await call.catch((error) => error);
  expect(invalid).toBeInstanceOf(ValidationError);
  expect(invalid.issues).toEqual([{ path: "accountId", message: expect.any(String) }]);
});

test("an id with which a path would be that of another operation is refused", async () => {
  for (const id of ["", ".", ".."]) {
    await expect(clientWith({}).accounts.get(id)).rejects.toThrow(RangeError);
  }
});

test("messages are in the language of the client", async () => {
  const messages = [];
  for (const language of ["en-US", "zh-CN"] as const) {
    const failure = await clientWith({ language })
      .accounts.get("x")
      .catch((error) => error);
    messages.push(failure.message);
  }
  expect(messages).toEqual(["Account not found", "账号未找到"]);
});

test("every code of the document has a meaning", () => {
  const document = JSON.parse(readFileSync("build/openapi.json", "utf8"));
  const schemas: Record<string, { properties?: { code?: { enum?: number[] } } }> =
    document.components.schemas;
  const codes = new Set(Object.values(schemas).flatMap((one) => one.properties?.code?.enum ?? []));
  const plain = [...codes].filter((code) => {
    return toApiError({ code, message: "", data: {} }).constructor === ApiError;
  });
  expect(plain).toEqual([]);
  expect(codes.size).toBeGreaterThan(40);
});

test("every operation of the document can be called", () => {
  const document = JSON.parse(readFileSync("build/openapi.json", "utf8"));
  const count = Object.values<object>(document.paths).flatMap(Object.keys).length;
  expect(Object.values(operations).filter((one) => typeof one === "function")).toHaveLength(count);
});

test.each(["", "/", "/api", "/api/v2", "/api/v2/channels", "/api/v2/channels/"])(
  "the address may end in '%s'",
  async (end) => {
    const client = createClient({ baseUrl: url + end, apiKey: ` ${apiKey}\n` });
    expect((await client.groups.list()).length).toBeGreaterThan(0);
  },
);

test("address and key come from the environment", async () => {
  const before = { ...process.env };
  try {
    Object.assign(process.env, { OPENCHANNELS_URL: url, OPENCHANNELS_API_KEY: apiKey });
    expect((await Client.fromEnv().groups.list()).length).toBeGreaterThan(0);
    delete process.env["OPENCHANNELS_API_KEY"];
    expect(() => Client.fromEnv()).toThrow("OPENCHANNELS_API_KEY is not set");
  } finally {
    process.env = before;
  }
});

test("the key is never shown", async () => {
  const client = clientWith({ maxRetries: 0 });
  const away = createClient({ baseUrl: (await closed()).url, apiKey, maxRetries: 0 });
  const shown = [client, away];
  for (const one of [client, away]) {
    shown.push(await one.accounts.get("x").catch((error) => error));
  }
  expect(shown[2]).toBeInstanceOf(NotFound);
  expect(shown[3]).toBeInstanceOf(ConnectionFailed);
  const seen = inspect(shown, { depth: Infinity, showHidden: true }) + JSON.stringify(shown);
  expect(seen).not.toContain(apiKey);
  const broken = `${apiKey}\nX-More: 1`;
  expect(() => createClient({ baseUrl: url, apiKey: broken })).toThrow(/^apiKey must be [^_]*$/);
});
