import type { Call } from "./call.js";
import {
  webhooksCreate,
  webhooksDelete,
  webhooksList,
  webhooksRotate,
  webhooksTest,
} from "./generated/sdk.gen.js";
import type { CreateWebhook, TestVo, WebhookVo, WebhookWithSecret } from "./generated/types.gen.js";

/** `client.webhooks`; the key needs the scope `admin`. */
export class Webhooks {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  async list(): Promise<WebhookVo[]> {
    return (await this.#call(webhooksList)).list;
  }

  /** Creates a webhook. Its `secret` is in this answer alone. */
  create(webhook: CreateWebhook): Promise<WebhookWithSecret> {
    return this.#call(webhooksCreate, { body: webhook });
  }

  /** Replaces the secret; the old one signs for `overlapHours` more, 24 if absent. */
  rotate(webhookId: string, options: { overlapHours?: number } = {}): Promise<WebhookWithSecret> {
    return this.#call(webhooksRotate, { path: { webhookId }, body: options });
  }

  /** Sends a message of type `webhook.test` now, and says how it was received. */
  test(webhookId: string): Promise<TestVo> {
    return this.#call(webhooksTest, { path: { webhookId } });
  }

  async delete(webhookId: string): Promise<void> {
    await this.#call(webhooksDelete, { path: { webhookId } });
  }
}
