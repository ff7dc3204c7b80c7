import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { promisify } from 'node:util';

const PROGRAM = process.env.OPENCHANNELS ?? resolve('../../.venv/bin/openchannels');

export type Json = Record<string, any>;

/** A service with its sandbox, in a process and a folder of its own, and a key to it. */
class Service {
	readonly url: string;
	readonly key: string;
	private readonly child: ChildProcess;
	private readonly folder: string;

	private constructor(child: ChildProcess, folder: string, url: string, key: string) {
		this.child = child;
		this.folder = folder;
		this.url = url;
		this.key = key;
	}

	static async start(): Promise<Service> {
		const folder = await mkdtemp(join(tmpdir(), 'openchannels-n8n-'));
		const options = ['--sandbox', '--port', '0', '--data-dir', folder, '--json'];
		const child = spawn(PROGRAM, ['serve', ...options], {
			stdio: ['ignore', 'pipe', 'ignore'],
		});
		const started = once(createInterface(child.stdout), 'line');
		const ended = once(child, 'exit').then(() => Promise.reject(new Error('It did not start')));
		const [line] = await Promise.race([started, ended]);
		return new Service(child, folder, JSON.parse(line).url, await newKey(folder));
	}

	async stop(): Promise<void> {
		const ended = once(this.child, 'exit');
		this.child.kill('SIGTERM');
		await ended;
		await rm(this.folder, { recursive: true });
	}

	async newKey(...options: string[]): Promise<string> {
		return await newKey(this.folder, ...options);
	}

	/** The `data` of an answer of the API. */
	async call(method: string, path: string, body?: Json): Promise<any> {
		const answer = await fetch(`${this.url}/api/v2/channels${path}`, {
			method,
			headers: { 'X-Api-Key': this.key, 'Content-Type': 'application/json' },
			body: body && JSON.stringify(body),
		});
		return ((await answer.json()) as Json).data;
	}

	/** Tells the sandbox what to do. */
	async control(path: string, body: Json): Promise<void> {
		const answer = await fetch(`${this.url}/sandbox${path}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(body),
		});
		if (!answer.ok) throw new Error(await answer.text());
	}

	/** Does what a person's browser does with the URL of a session. */
	async consent(url: string, person = 'ida', decision = 'approve'): Promise<void> {
		const jar = new Map<string, string>();
		let next: string | null = `${url}&sandbox_decision=${decision}&sandbox_person=${person}`;
		while (next) {
			const cookie = [...jar].map((pair) => pair.join('=')).join('; ');
			const answer: Response = await fetch(next, { redirect: 'manual', headers: { cookie } });
			for (const set of answer.headers.getSetCookie()) {
				const [name, value] = set.split(';')[0].split('=');
				jar.set(name, value);
			}
			const location = answer.headers.get('location');
			next = location && new URL(location, next).href;
		}
	}

	/** Connects an account; returns its id. */
	async connect(platform: string, person = 'ida'): Promise<string> {
		const { url, sessionId } = await this.call('GET', `/accounts/auth/${platform}`);
		await this.consent(url, person);
		const session = await this.call('GET', `/accounts/auth/${platform}/status/${sessionId}`);
		return session.accountId;
	}

	/** How many works a list by cursor has, page after page of the default size. */
	async countWorks(platform: string, accountId: string): Promise<number> {
		let count = 0;
		let query = '';
		for (;;) {
			const page = await this.call('GET', `/works/${platform}?accountId=${accountId}${query}`);
			count += page.items.length;
			if (!page.pagination.hasNext) return count;
			query = `&cursor=${encodeURIComponent(page.pagination.nextCursor)}`;
		}
	}
}

/** The service of the tests that run in this process. */
export const service = await Service.start();

after(async () => await service.stop());

async function newKey(folder: string, ...options: string[]): Promise<string> {
	const create = ['keys', 'create', '--user', 'me', '--data-dir', folder, '--json'];
	const { stdout } = await promisify(execFile)(PROGRAM, [...create, ...options]);
	return JSON.parse(stdout).key;
}
