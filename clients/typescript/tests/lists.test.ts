/** Lists that are walked to their end, in both kinds of paging, and gone on with after a break. */
import { beforeAll, describe, expect, test, vi } from "vitest";
import { createClient, type WorkItem, type WorksPosition } from "../src/index.js";
import { faulty, success } from "./harness/faulty.js";
import { all, clientWith, connected, WAIT } from "./harness/service.js";

/** Their metrics grow while the tests run. */
const idsOf = (works: WorkItem[]) => works.map((work) => work.platformWorkId);

describe.each([
  { platform: "youtube", mode: "cursor" },
  { platform: "bilibili", mode: "page" },
])("works of $platform, paged by $mode", ({ platform, mode }) => {
  let accountId: string;
  let works: WorkItem[];
  beforeAll(async () => {
    accountId = await connected(platform, "lists");
    works = await all(clientWith().works.iterate(platform, accountId));
  });

  test("are all there, once each, in pages of the largest size", async () => {
    const asked: URL[] = [];
    const client = clientWith({
      fetch: (address, init) => {
        asked.push(new URL(String(address)));
        return fetch(address, init);
      },
    });
    const again = await all(client.works.iterate(platform, accountId));
    expect(idsOf(again)).toEqual(idsOf(works));
    expect(new Set(idsOf(works)).size).toBe(works.length);
    expect(works.length).toBeGreaterThan(200);
    const pages = asked.filter(({ pathname }) => pathname.endsWith(`/works/${platform}`));
    expect(pages.length).toBe(Math.ceil(works.length / 50));

    const { pagination } = await client.works.page(platform, { accountId });
    expect(pagination.mode).toBe(mode);
    if (pagination.mode === "page") expect(pagination.total).toBe(works.length);
  });

  test("are gone on with by another process", async () => {
    const first: WorkItem[] = [];
    const iterator = clientWith().works.iterate(platform, accountId, { pageSize: 20 });
    for await (const work of iterator) {
      first.push(work);
      if (first.length === 30) break;
    }
    const position: WorksPosition = JSON.parse(JSON.stringify(iterator.position));
    const rest = await all(clientWith().works.iterate(platform, accountId, { position }));
    expect(idsOf([...first, ...rest])).toEqual(idsOf(works));
    expect(iterator.position).toEqual(position);
    const ended = clientWith().works.iterate(platform, accountId);
    await all(ended);
    expect(
      await all(clientWith().works.iterate(platform, accountId, { position: ended.position! })),
    ).toEqual([]);
  });

  test("are those of a period", async () => {
    const [since, until] = [works[70]!.publishedAt!, works[10]!.publishedAt!];
    const within = works.filter((work) => work.publishedAt! >= since && work.publishedAt! < until);
    const options = { since: new Date(since), until };
    const listed = await all(clientWith().works.iterate(platform, accountId, options));
    expect(idsOf(listed)).toEqual(idsOf(within));
    expect(within.length).toBeGreaterThan(40);
  });
});

test("a service that ignores the period, or repeats a cursor, does no harm", async () => {
  const item = (day: number) => ({
    platformWorkId: `w${day}`,
    publishedAt: `2026-11-0${day}T00:00:00.000Z`,
  });
  const pagination = {
    mode: "cursor",
    hasNext: true,
    hasPrevious: false,
    nextCursor: "c",
    limit: 3,
  };
  const page = success({ platform: "youtube", items: [item(3), item(2), item(1)], pagination });
  await using server = await faulty([success([]), page]);
  const client = createClient({ baseUrl: server.url, apiKey: "k" });
  const period = { since: "2026-11-02T00:00:00Z", until: "2026-11-03T00:00:00Z" };
  const found: string[] = [];
  const walk = async () => {
    for await (const work of client.works.iterate("youtube", "a", period))
      found.push(work.platformWorkId);
  };
  await expect(walk()).rejects.toThrow("no new cursor");
  expect(found).toEqual(["w2", "w2"]);
  expect(server.asked).toHaveLength(3);
});

test("events are those after a sequence", async () => {
  const client = clientWith();
  const accountId = await connected("pinterest", "lists");
  const { nickname } = await client.accounts.update(accountId, { nickname: "Ida's pins" });
  expect(nickname).toBe("Ida's pins");
  await client.accounts.delete(accountId);
  // An event is listed some seconds after it happened.
  const own = await vi.waitFor(async () => {
    const events = await all(client.events.iterate());
    const found = events.filter((event) => event.data.accountId === accountId);
    expect(found.map((event) => event.type)).toEqual(["account.connected", "account.deleted"]);
    return found;
  }, WAIT);
  const later = await all(client.events.iterate({ after: own[0]!.data.sequence }));
  expect(later.map((event) => event.id)).not.toContain(own[0]!.id);
  expect(later.map((event) => event.id)).toContain(own[1]!.id);
});

test("groups are made, changed and deleted", async () => {
  const client = clientWith();
  const { id } = await client.groups.create({ name: "Bakers" });
  expect((await client.groups.update(id, { name: "Potters" })).name).toBe("Potters");
  expect((await client.groups.list()).map((group) => group.name)).toContain("Potters");
  await client.groups.delete(id);
  expect((await client.groups.list()).map((group) => group.id)).not.toContain(id);
});
