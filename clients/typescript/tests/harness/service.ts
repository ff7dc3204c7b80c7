/** Clients of the service that runs for all tests, and accounts connected in its sandbox. */
import { inject } from "vitest";
import { type ClientSettings, createClient } from "../../src/index.js";
import { approve } from "../../src/testing/index.js";

export const { url, apiKey, sandboxUrl } = inject("openchannels");

/** Far longer than anything takes, also on a machine that is busy. */
export const PATIENCE = { timeoutMs: 120_000, pollMs: 50 };

/** The same for `vi.waitFor`. */
export const WAIT = { timeout: 120_000, interval: 200 };

export function clientWith(settings: Partial<ClientSettings> = {}) {
  return createClient({ baseUrl: url, apiKey, ...settings });
}

/** The id of an account that a person has just connected. */
export async function connected(platform: string, person = "ida"): Promise<string> {
  const connection = await clientWith().connect(platform);
  await approve(connection.url, { person });
  const { accountIds } = await connection.wait(PATIENCE);
  const [accountId] = accountIds ?? [];
  if (accountId === undefined) throw new Error(`${person} has no account on ${platform}`);
  return accountId;
}

/** A control call of the sandbox. */
export async function control(path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${sandboxUrl}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}`);
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
