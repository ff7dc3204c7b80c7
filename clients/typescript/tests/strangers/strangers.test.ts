/**
 * Clients that strangers generate, from our document and from the one of the founding operations.
 *
 * The second is not part of the project: OPENCHANNELS_SEEDS names its file, and without it these
 * tests are skipped.
 */
import { resolve } from "node:path";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { approve } from "../../src/testing/index.js";
import { apiKey, url, WAIT } from "../harness/service.js";
import { checkTypes, GENERATORS, type Generator, generate } from "./generate.js";

interface Page {
  items: { platformWorkId: string }[];
  pagination: { mode: string; hasNext: boolean; nextCursor?: string | null; page?: number };
}

interface Founding {
  create(uid: string, nickname: string): Promise<{ id: string }>;
  start(platform: string): Promise<{ url: string; sessionId: string }>;
  poll(platform: string, sessionId: string): Promise<{ status: string; accountIds: string[] }>;
  status(accountId: string): Promise<{ status: number }>;
  byCursor(platform: string, account: string, limit: number, cursor?: string): Promise<Page>;
  byPage(platform: string, account: string, page: number, pageSize: number): Promise<Page>;
  byObject(platform: string, account: string, limit: number): Promise<Page>;
}

async function connect(client: Founding, platform: string, person: string): Promise<string> {
  const { url: address, sessionId } = await client.start(platform);
  await approve(address, { person });
  return vi.waitFor(async () => {
    const { status, accountIds } = await client.poll(platform, sessionId);
    expect(status).toBe("completed");
    return accountIds[0]!;
  }, WAIT);
}

const seeds = process.env["OPENCHANNELS_SEEDS"];
describe.each([
  { name: "our document", document: resolve("build/openapi.json"), folder: "own" },
  {
    name: "the document in OPENCHANNELS_SEEDS",
    document: seeds && resolve(seeds),
    folder: "seeds",
  },
])("from $name", ({ document, folder }) => {
  const parent = resolve("build/strangers", folder);
  const flows = new Map<Generator, string>();

  async function client(generator: Generator): Promise<Founding> {
    process.env["OPENCHANNELS_URL"] = url;
    const { founding } = await import(flows.get(generator)!);
    return founding(url, apiKey);
  }

  beforeAll(async () => {
    if (!document) return;
    for (const name of GENERATORS) flows.set(name, await generate(name, document, parent));
  });

  test.skipIf(!document)("the generated types fit what users write", () => checkTypes(parent));

  test.skipIf(!document).each(GENERATORS)("%s does the founding operations", async (generator) => {
    const stranger = await client(generator);
    const uid = `${folder}_${generator}`;
    expect((await stranger.create(uid, "Ida")).id).toBe(`xhs_${uid}_web`);
    await expect(stranger.start("nowhere")).rejects.toThrow("This platform is not supported");

    const youtube = await connect(stranger, "youtube", uid);
    expect((await stranger.status(youtube)).status).toBe(1);
    const first = await stranger.byCursor("youtube", youtube, 5);
    expect(first.items).toHaveLength(5);
    const second = await stranger.byCursor("youtube", youtube, 5, first.pagination.nextCursor!);
    const both = [...first.items, ...second.items].map((work) => work.platformWorkId);
    expect(new Set(both).size).toBe(10);

    const bilibili = await connect(stranger, "bilibili", uid);
    const numbered = await stranger.byPage("bilibili", bilibili, 2, 3);
    expect([numbered.pagination.page, numbered.items.length]).toEqual([2, 3]);
  });

  test.skipIf(!document)(
    "orval writes objects in a query only if their style is named",
    async () => {
      const stranger = await client("orval");
      const account = await connect(stranger, "youtube", `${folder}_object`);
      const listed = stranger.byObject("youtube", account, 5);
      if (folder === "own") expect((await listed).items).toHaveLength(5);
      else await expect(listed).rejects.toThrow("Validation failed");
    },
  );
});
