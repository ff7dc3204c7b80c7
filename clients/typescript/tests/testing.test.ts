/** The helpers for suites of users: the service that is started, and the browser that is played. */
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { createClient } from "../src/index.js";
import { approve, startSandbox } from "../src/testing/index.js";
import { faulty } from "./harness/faulty.js";

afterEach(() => vi.unstubAllEnvs());

test("a service is there until it is stopped, with settings of its own", async () => {
  const temporary = mkdtempSync(join(tmpdir(), "helper-"));
  vi.stubEnv("TMPDIR", temporary);
  vi.stubEnv("OPENCHANNELS_SERVER__PUBLIC_URL", "https://another.example");
  const service = await startSandbox({ settings: { OPENCHANNELS_SESSIONS__MINUTES: "5" } });
  const client = createClient({ baseUrl: service.url, apiKey: service.apiKey, maxRetries: 0 });
  const { url, expiresAt } = await client.connect("youtube");
  expect(url.startsWith(service.url)).toBe(true);
  expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(300_000);
  expect((await fetch(`${service.sandboxUrl}/_health`)).ok).toBe(true);
  expect(readdirSync(temporary)).toHaveLength(1);

  await service.stop();
  expect(readdirSync(temporary)).toEqual([]);
  await expect(client.groups.list()).rejects.toThrow("ECONNREFUSED");
});

test.each([
  { command: ["/nowhere/openchannels"], says: "/nowhere/openchannels" },
  { command: ["sh", "-c", "echo a broken setting >&2; exit 1"], says: "a broken setting" },
])("a service that does not start says why: $says", async ({ command, says }) => {
  const temporary = mkdtempSync(join(tmpdir(), "helper-"));
  vi.stubEnv("TMPDIR", temporary);
  await expect(startSandbox({ command })).rejects.toThrow(says);
  expect(existsSync(temporary) && readdirSync(temporary)).toEqual([]);
});

test("the browser keeps cookies, and does not leave this machine", async () => {
  const away = "https://app.example/done?status=completed";
  const next = (location: string, ...cookies: string[]) => ({
    status: 303,
    headers: { location, ...(cookies.length > 0 && { "set-cookie": cookies.join() }) },
    body: "",
  });
  await using server = await faulty([next("/second", "a=1; Path=/"), next(away)]);
  expect(await approve(`${server.url}/first`, { person: "mara", decision: "deny" })).toBe(away);
  const [first, second] = server.asked;
  expect(first?.path).toBe("/first?sandbox_person=mara&sandbox_decision=deny");
  expect([second?.path, second?.headers.cookie]).toEqual(["/second", "a=1"]);
});

test("the browser says when a page fails, and when it goes round in circles", async () => {
  await using broken = await faulty([{ status: 500, body: "" }]);
  await expect(approve(broken.url)).rejects.toThrow("HTTP 500");
  await using circle = await faulty([{ status: 302, headers: { location: "/" }, body: "" }]);
  await expect(approve(circle.url)).rejects.toThrow("more than 20 times");
});
