import type { Call } from "./call.js";
import { eventsList } from "./generated/sdk.gen.js";
import type { EventType, EventVo } from "./generated/types.gen.js";

/** What happened to an account. `data.sequence` orders the events of an account. */
export type ChannelEvent = Omit<EventVo, "type" | "data"> & {
  /** A later version may have more types: ignore those that you do not know. */
  type: EventType | "webhook.test" | (string & {});
  data: {
    accountId: string;
    platform: string;
    userId: string;
    sequence: number;
    occurredAt: string;
    reason?: string;
    [more: string]: unknown;
  };
};

const LARGEST_PAGE = 100;

/** `client.events`. */
export class Events {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Events with a greater `data.sequence` than `after`, oldest first, up to some seconds ago. */
  async *iterate({ after = 0 }: { after?: number } = {}): AsyncGenerator<ChannelEvent> {
    for (let more = true; more; ) {
      const page = await this.#call(eventsList, { query: { after, limit: LARGEST_PAGE } });
      for (const event of page.list as ChannelEvent[]) {
        after = event.data.sequence;
        yield event;
      }
      more = page.hasNext;
    }
  }
}
