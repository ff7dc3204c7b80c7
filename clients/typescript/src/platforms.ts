import type { Call } from "./call.js";
import { platformsListPlatforms } from "./generated/sdk.gen.js";
import type { PlatformMetadataVo, WorkCapabilityVo } from "./generated/types.gen.js";

/** `client.platforms`. */
export class Platforms {
  readonly #call: Call;
  #known: Promise<PlatformMetadataVo[]> | undefined;

  constructor(call: Call) {
    this.#call = call;
  }

  /** The platforms: what each accepts, and what can be done with it in this installation. */
  list(): Promise<PlatformMetadataVo[]> {
    return this.#call(platformsListPlatforms);
  }

  /** How a platform pages works; undefined for one that is not known. Asked once a client. */
  async paging(platform: string): Promise<WorkCapabilityVo["listWorksPagination"] | undefined> {
    this.#known ??= this.list().catch((error) => {
      this.#known = undefined;
      throw error;
    });
    const found = (await this.#known).find((one) => one.platform === platform);
    return found?.capabilities.work.listWorksPagination;
  }
}
