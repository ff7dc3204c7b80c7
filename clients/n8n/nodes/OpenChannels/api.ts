import {
	NodeApiError,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type IHookFunctions,
	type IHttpRequestMethods,
	type ILoadOptionsFunctions,
	type JsonObject,
} from 'n8n-workflow';

export const CREDENTIAL = 'openChannelsApi';
export const ENGLISH = 'en-US';
export const CHINESE = 'zh-CN';

type Context = IExecuteFunctions | IHookFunctions | ILoadOptionsFunctions;

interface Envelope {
	code: number;
	message: string;
	requestId: string;
	data: IDataObject;
}

export interface Payload {
	query?: IDataObject;
	body?: IDataObject;
}

/** Calls the service. Texts of the answers, and of errors, are in `language`. */
export class Api {
	constructor(
		private readonly context: Context,
		private readonly language: string = ENGLISH,
	) {}

	async get<T = IDataObject>(path: string, query: IDataObject = {}): Promise<T> {
		return await this.call<T>('GET', path, { query });
	}

	/**
	 * Returns the `data` of the answer. Raises NodeApiError, with the envelope in `context.envelope`,
	 * for every code but 0.
	 */
	async call<T = IDataObject>(
		method: IHttpRequestMethods,
		path: string,
		{ query = {}, body }: Payload = {},
	): Promise<T> {
		const envelope = await this.send(method, path, { query, body });
		if (envelope.code !== 0) throw refused(this.context, envelope);
		return localized(envelope.data, this.language) as T;
	}

	private async send(
		method: IHttpRequestMethods,
		path: string,
		{ query, body }: Payload,
	): Promise<Envelope> {
		const { baseUrl } = await this.context.getCredentials<{ baseUrl: string }>(CREDENTIAL);
		const answer = await this.context.helpers.httpRequestWithAuthentication.call(
			this.context,
			CREDENTIAL,
			{
				method,
				url: `${baseUrl.trim().replace(/\/+$/, '')}/api/v2/channels${path}`,
				qs: query,
				body,
				headers: { 'Accept-Language': this.language },
				json: true,
				// Refusals arrive with 200, 429 and others alike; the envelope says which. The API never
				// redirects, and the key is for no other host.
				ignoreHttpStatusErrors: true,
				disableFollowRedirect: true,
				returnFullResponse: true,
			},
		);
		if (!isEnvelope(answer.body)) {
			throw new NodeOperationError(
				this.context.getNode(),
				`The base URL does not lead to openchannels: HTTP status ${answer.statusCode} without an envelope`,
			);
		}
		return answer.body;
	}
}

function isEnvelope(body: unknown): body is Envelope {
	return typeof body === 'object' && body !== null && 'code' in body && 'requestId' in body;
}

function refused(context: Context, envelope: Envelope): NodeApiError {
	const error = new NodeApiError(context.getNode(), envelope as unknown as JsonObject, {
		message: envelope.message,
		description: explanation(envelope),
		httpCode: String(envelope.code),
	});
	error.context.envelope = envelope;
	return error;
}

function explanation({ code, requestId, data }: Envelope): string {
	const lines = [`Code ${code}, request ${requestId}.`];
	if (data.retryAfter !== undefined) lines.push(`Try again in ${data.retryAfter} seconds.`);
	for (const { path, message } of (data.issues ?? []) as IDataObject[]) {
		lines.push(`${path} ${message}.`);
	}
	return lines.join(' ');
}

/** Replaces each text that is given in both languages by the one in `language`. */
function localized(value: unknown, language: string): unknown {
	if (Array.isArray(value)) return value.map((item) => localized(item, language));
	if (typeof value !== 'object' || value === null) return value;
	const texts = value as IDataObject;
	if (ENGLISH in texts && CHINESE in texts) return texts[language] ?? texts[ENGLISH];
	return Object.fromEntries(
		Object.entries(texts).map(([name, member]) => [name, localized(member, language)]),
	);
}
