import { ConnectionFailed } from "./errors.js";
import type { WorkItem, WorkList, WorksControllerListWorksV2Data } from "./generated/types.gen.js";

type Query = Omit<WorksControllerListWorksV2Data["query"], "accountId">;

/** A place in a list of works: a page, and how many of its works are done with. Plain JSON. */
export interface WorksPosition {
  limit?: number;
  cursor?: string;
  page?: number;
  pageSize?: number;
  skip: number;
}

export interface IterateOptions {
  /** Works of one page; the platform's maximum if absent. */
  pageSize?: number;
  /** Published from this time on. */
  since?: Date | string;
  /** Published before this time. */
  until?: Date | string;
  /** wxSph only: `article` lists image posts. */
  contentMode?: "article" | "video";
  /** `position` of an earlier iterator of this account, which had the same options. */
  position?: WorksPosition;
}

/** All works of a list. One iterator can be walked once; after a break it goes on where it was. */
export class WorkIterator implements AsyncIterable<WorkItem> {
  #position: WorksPosition | undefined;
  readonly #fetch: (query: Query) => Promise<WorkList>;
  readonly #first: () => Promise<WorksPosition>;
  readonly #filter: Query;

  constructor(
    fetch: (query: Query) => Promise<WorkList>,
    first: () => Promise<WorksPosition>,
    { since, until, contentMode, position }: IterateOptions,
  ) {
    this.#fetch = fetch;
    this.#first = first;
    this.#position = position;
    this.#filter = {
      ...(since && { since: new Date(since).toISOString() }),
      ...(until && { until: new Date(until).toISOString() }),
      ...(contentMode && { contentMode }),
    };
  }

  /**
   * Where the next work is; give it to another iterator to go on there. It is undefined before the
   * first work. Platforms let positions expire: it is for minutes, not for days.
   */
  get position(): WorksPosition | undefined {
    return this.#position && { ...this.#position };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WorkItem> {
    let at: WorksPosition | undefined = this.#position ?? (await this.#first());
    while (at !== undefined) {
      const { skip, ...query }: WorksPosition = at;
      const page: WorkList = await this.#fetch({ ...this.#filter, ...query });
      for (const [index, work] of page.items.entries()) {
        if (index < skip) continue;
        this.#position = { ...query, skip: index + 1 };
        yield work;
      }
      at = after(query, page.pagination);
      if (at) this.#position = at;
    }
  }
}

function after(
  query: Omit<WorksPosition, "skip">,
  pagination: WorkList["pagination"],
): WorksPosition | undefined {
  if (!pagination.hasNext) return undefined;
  if (pagination.mode === "page") {
    return { page: pagination.page + 1, pageSize: pagination.pageSize, skip: 0 };
  }
  const { nextCursor } = pagination;
  if (!nextCursor || nextCursor === query.cursor) {
    throw new ConnectionFailed("the answer has a next page but no new cursor");
  }
  return { ...query, cursor: nextCursor, skip: 0 };
}
