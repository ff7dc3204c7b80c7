/** Connecting accounts, as a tool does it and as its person answers. */
import { expect, test } from "vitest";
import { AuthorizationFailed, Conflict, ReconnectNeeded, WaitTimeout } from "../src/index.js";
import { approve } from "../src/testing/index.js";
import { all, clientWith, connected, control, PATIENCE } from "./harness/service.js";

test("an account is connected, listed and deleted", async () => {
  const client = clientWith();
  const connection = await client.connect("youtube");
  expect(Object.keys(connection.instructions).sort()).toEqual(["en-US", "zh-CN"]);
  await expect(connection.wait({ timeoutMs: 1, pollMs: 1 })).rejects.toThrow(WaitTimeout);

  await approve(connection.url, { person: "connect-1" });
  const session = await connection.wait(PATIENCE);
  const accountId = session.accounts![0]!.accountId;
  expect((await client.accounts.status(accountId)).status).toBe(1);
  const listed = await all(client.accounts.iterate({ types: ["youtube"] }));
  expect(listed.map((account) => account.id)).toContain(accountId);

  await client.accounts.delete(accountId);
  expect(await all(client.accounts.iterate({ ids: [accountId] }))).toEqual([]);
});

test("of several accounts some are chosen", async () => {
  const connection = await clientWith().connect("facebook");
  await approve(connection.url, { person: "mara" });
  const { requiresSelection, selectableAccounts } = await connection.wait(PATIENCE);
  expect([requiresSelection, selectableAccounts?.length]).toEqual([true, 3]);
  await expect(connection.select([{ platformUid: "nobody" }])).rejects.toThrow(Conflict);
  const { accountIds } = await connection.select(selectableAccounts!.slice(0, 2));
  expect(accountIds).toHaveLength(2);
});

test("a person who declines is an AuthorizationFailed", async () => {
  const connection = await clientWith().connect("tiktok");
  await approve(connection.url, { decision: "deny" });
  const failure = await connection.wait(PATIENCE).catch((error) => error);
  expect(failure).toBeInstanceOf(AuthorizationFailed);
  expect([failure.code, failure.retryable]).toEqual([15013, false]);
});

test("an account that stops working says so, and is connected again", async () => {
  const client = clientWith();
  const accountId = await connected("youtube", "connect-2");
  await control("/_grants/revoke", { platform: "youtube", person: "connect-2" });
  const list = () => client.works.page("youtube", { accountId });
  const failure = await list().catch((error) => error);
  expect(failure).toBeInstanceOf(ReconnectNeeded);
  expect(failure.reason).toBe("grant_dead");
  expect(failure.advice).toContain("Connect the account again");

  const again = await client.reconnect(accountId);
  await approve(again.url, { person: "connect-2" });
  expect((await again.wait(PATIENCE)).accountIds).toEqual([accountId]);
  expect((await list()).items.length).toBeGreaterThan(0);
});
