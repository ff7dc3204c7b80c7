import { ConnectionFailed } from "./errors.js";
import type { WorkItem, WorkList, WorksControllerListWorksV2Data } from "./generated/types.gen.js";

type Query = Omit<WorksControllerListWorksV2Data["query"], "accountId">;

/** A place in a list of works: a page, and the works of it that were given. Plain JSON. */
export interface WorksPosition {
  limit?: number;
  cursor?: string;
  page?: number;
  pageSize?: number;
  given: string[];
  ended?: boolean;
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

/** The works of a list, once. After a break another walk goes on where this one was. */
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
    this.#position = position && structuredClone(position);
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
    return this.#position && structuredClone(this.#position);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WorkItem> {
    this.#position ??= await this.#first();
    while (!this.#position.ended) {
      const { given, ...query }: WorksPosition = this.#position;
      const page = await this.#fetch({ ...this.#filter, ...query });
      for (const work of page.items) {
        if (given.includes(work.platformWorkId) || !isWithin(work, this.#filter)) continue;
        given.push(work.platformWorkId);
        yield work;
      }
      this.#position = after(query, page.pagination);
    }
  }
}

/** Whether a work is of the period; services other than ours do not look at it. */
function isWithin({ publishedAt }: WorkItem, { since, until }: Query): boolean {
  if (!publishedAt) return true;
  const at = Date.parse(publishedAt);
  return !(since && at < Date.parse(since)) && !(until && at >= Date.parse(until));
}

function after(
  query: Omit<WorksPosition, "given">,
  pagination: WorkList["pagination"],
): WorksPosition {
  if (!pagination.hasNext) return { given: [], ended: true };
  if (pagination.mode === "page") {
    return { page: pagination.page + 1, pageSize: pagination.pageSize, given: [] };
  }
  const { nextCursor } = pagination;
  if (!nextCursor || nextCursor === query.cursor) {
    throw new ConnectionFailed("the answer has a next page but no new cursor");
  }
  return { ...query, cursor: nextCursor, given: [] };
}
