/** A server that gives prepared answers, and remembers what it was asked. */
import { EventEmitter, once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface Asked {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** An envelope, text that is none, a connection that is cut, or no answer at all. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body: object | string | "cut" | "none";
}

export interface FaultyServer extends AsyncDisposable {
  url: string;
  asked: Asked[];
  /** Resolves once so many requests have arrived. */
  arrived(count: number): Promise<void>;
}

export const CUT: Answer = { body: "cut" };
export const SILENCE: Answer = { body: "none" };

export function success(data: unknown): Answer {
  return { body: { code: 0, message: "请求成功", data, requestId: "r" } };
}

export function failure(code: number, data: object = {}, status = 200): Answer {
  return { status, body: { code, message: `code ${code}`, data, timestamp: 1, requestId: "r" } };
}

/** Gives the answers in turn, and the last one from then on. */
export async function faulty(
  answers: Answer[],
  headers: Record<string, string> = {},
): Promise<FaultyServer> {
  const asked: Asked[] = [];
  const arrivals = new EventEmitter();
  const arrived = async (count: number) => {
    while (asked.length < count) await once(arrivals, "request");
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const answer = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push({ method: request.method!, path: request.url!, headers: request.headers, body });
    arrivals.emit("request");
    if (answer.body === "none") return;
    if (answer.body === "cut") {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status ?? 200, { ...headers, ...answer.headers });
    response.end(typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${port}`, asked, arrived, [Symbol.asyncDispose]: close };
}

/** The address of a server that has just ended. */
export async function closed(): Promise<{ url: string }> {
  await using server = await faulty([CUT]);
  return server;
}
