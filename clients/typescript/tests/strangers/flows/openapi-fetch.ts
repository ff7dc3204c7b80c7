/** The five founding operations by openapi-typescript and openapi-fetch. */
import createClient from "openapi-fetch";
import type { paths } from "./generated";

export function founding(baseUrl: string, apiKey: string) {
  const client = createClient<paths>({ baseUrl, headers: { "X-Api-Key": apiKey } });
  const works = "/api/v2/channels/works/{platform}";
  return {
    create: async (uid: string, nickname: string) => {
      const body = { type: "xhs" as const, uid, nickname };
      return dataOf((await client.POST("/api/v2/channels/accounts", { body })).data);
    },
    start: async (platform: string) => {
      const params = { path: { platform } };
      const answer = await client.GET("/api/v2/channels/accounts/auth/{platform}", { params });
      return dataOf(answer.data);
    },
    poll: async (platform: string, sessionId: string) => {
      const path = "/api/v2/channels/accounts/auth/{platform}/status/{sessionId}";
      const params = { path: { platform, sessionId } };
      return dataOf((await client.GET(path, { params })).data);
    },
    status: async (accountId: string) => {
      const path = "/api/v2/channels/accounts/{accountId}/auth-status";
      return dataOf((await client.GET(path, { params: { path: { accountId } } })).data);
    },
    byCursor: async (platform: string, accountId: string, limit: number, cursor?: string) => {
      const pagination = cursor ? { limit, cursor } : { limit };
      const params = { path: { platform }, query: { accountId, pagination } };
      return dataOf((await client.GET(works, { params })).data);
    },
    byPage: async (platform: string, accountId: string, page: number, pageSize: number) => {
      const params = { path: { platform }, query: { accountId, pagination: { page, pageSize } } };
      return dataOf((await client.GET(works, { params })).data);
    },
  };
}

/** The data of a success; `code` tells the one from the other. */
function dataOf<E extends { code: number; data?: unknown; message: string }>(answer?: E) {
  if (answer?.code !== 0) throw new Error(answer?.message);
  return answer.data as NonNullable<Exclude<E, { timestamp: number }>["data"]>;
}
