import type { Call } from "./call.js";
import { worksGetDetail, worksGetLinkInfo, worksListWorks } from "./generated/sdk.gen.js";
import type {
  LinkInfoVo,
  WorkDataVo,
  WorkList,
  WorksControllerListWorksV2Data,
} from "./generated/types.gen.js";
import type { Platforms } from "./platforms.js";
import { type IterateOptions, WorkIterator, type WorksPosition } from "./work_iterator.js";

/** `client.works`. */
export class Works {
  readonly #call: Call;
  readonly #platforms: Platforms;

  constructor(call: Call, platforms: Platforms) {
    this.#call = call;
    this.#platforms = platforms;
  }

  /** One page of an account's works. */
  page(platform: string, query: WorksControllerListWorksV2Data["query"]): Promise<WorkList> {
    return this.#call(worksListWorks, { path: { platform }, query });
  }

  /** All works of an account, page by page, whichever way the platform pages. */
  iterate(platform: string, accountId: string, options: IterateOptions = {}): WorkIterator {
    const first = () => this.#firstPage(platform, options.pageSize);
    return new WorkIterator(
      (query) => this.page(platform, { accountId, ...query }),
      first,
      options,
    );
  }

  get(platform: string, platformWorkId: string, accountId: string): Promise<WorkDataVo> {
    return this.#call(worksGetDetail, { path: { platform, platformWorkId }, query: { accountId } });
  }

  /** Which work a public link names. */
  link(platform: WorkList["platform"], link: string, accountId?: string): Promise<LinkInfoVo> {
    const query = { platform, link, ...(accountId && { accountId }) };
    return this.#call(worksGetLinkInfo, { query });
  }

  async #firstPage(platform: string, pageSize?: number): Promise<WorksPosition> {
    const paging = await this.#platforms.paging(platform);
    if (paging?.mode === "cursor") return { limit: pageSize ?? paging.maxLimit, given: [] };
    if (paging?.mode !== "page") return { given: [] };
    return { page: 1, pageSize: pageSize ?? paging.maxPageSize, given: [] };
  }
}
