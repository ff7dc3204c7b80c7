/**
 * What n8n does around a node: resolves parameters by the node's description, attaches credentials,
 * and sends requests by n8n's own HTTP client.
 */
import { createRequire } from 'node:module';
import type {
	IDataObject,
	IExecuteFunctions,
	IHookFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IWebhookFunctions,
} from 'n8n-workflow';
import { OpenChannelsApi } from '../dist/credentials/OpenChannelsApi.credentials.js';
import { OpenChannels } from '../dist/nodes/OpenChannels/OpenChannels.node.js';
import type { Json } from './service.mts';

// The node is CommonJS, and the classes of errors must be the same here.
const require = createRequire(import.meta.url);
export const workflow: typeof import('n8n-workflow') = require('n8n-workflow');
const { OutboundHttp, configureGlobalAxiosDefaults } = require('@n8n/backend-network');

configureGlobalAxiosDefaults();
const outbound = new OutboundHttp(undefined, { enabled: false }, undefined).requests();

export interface Credentials {
	baseUrl: string;
	apiKey: string;
}

interface Given {
	parameters: IDataObject;
	item?: IDataObject;
	continueOnFail?: boolean;
}

/** The items that the node gives for one input item. */
export async function execute(
	credentials: Credentials,
	given: Given,
): Promise<INodeExecutionData[]> {
	const node = new OpenChannels();
	const item = given.item ?? {};
	const context = {
		...shared(node, given.parameters, credentials, item),
		getInputData: () => [{ json: item }],
		continueOnFail: () => given.continueOnFail ?? false,
		getTimezone: () => 'Asia/Shanghai',
	};
	const [items] = await node.execute.call(context as unknown as IExecuteFunctions);
	return items;
}

export function loadOptions(
	credentials: Credentials,
	parameters: IDataObject,
): ILoadOptionsFunctions {
	const context = shared(new OpenChannels(), parameters, credentials, {});
	const getCurrentNodeParameter = (name: string) => parameters[name];
	return { ...context, getCurrentNodeParameter } as unknown as ILoadOptionsFunctions;
}

export interface Triggered {
	parameters: IDataObject;
	credentials: Credentials;
	url: string;
	staticData: IDataObject;
}

/** The context in which n8n activates and deactivates a trigger. */
export function hook(node: INodeType, given: Triggered): IHookFunctions {
	const { getNodeParameter, ...rest } = shared(node, given.parameters, given.credentials, {});
	const context = {
		...rest,
		getNodeParameter: (name: string) => getNodeParameter(name, 0),
		getNodeWebhookUrl: () => given.url,
		getWorkflow: () => ({ id: 'workflow-1' }),
		getWorkflowStaticData: () => given.staticData,
	};
	return context as unknown as IHookFunctions;
}

export interface Received {
	headers: Json;
	rawBody: Buffer;
	respond: (status: number, body: unknown) => void;
}

/** The context in which n8n hands a request to a trigger. */
export function webhook(node: INodeType, given: Triggered, received: Received): IWebhookFunctions {
	const response = {
		status: (status: number) => ({ json: (body: unknown) => received.respond(status, body) }),
	};
	const context = {
		...hook(node, given),
		getHeaderData: () => received.headers,
		getRequestObject: () => ({ rawBody: received.rawBody }),
		getResponseObject: () => response,
	};
	return context as unknown as IWebhookFunctions;
}

/** What n8n says after testing a credential: a message if the test fails. */
export async function testCredential(credentials: Credentials): Promise<string | undefined> {
	const { request, rules = [] } = new OpenChannelsApi().test;
	const baseURL = credentials.baseUrl.replace(/\/+$/, '');
	const answer = await send({ ...(request as IHttpRequestOptions), baseURL }, credentials);
	const failed = (rules as any[]).find(({ properties: { key, value } }) => {
		const found = key.split('.').reduce((body: any, name: string) => body?.[name], answer);
		return found === value;
	});
	return failed?.properties.message;
}

function shared(
	type: INodeType,
	parameters: IDataObject,
	credentials: Credentials,
	item: IDataObject,
) {
	const node = {
		id: 'node-1',
		name: type.description.displayName,
		type: type.description.name,
		typeVersion: 1,
		position: [0, 0],
		parameters: parameters as INodeParameters,
	} as INode;
	const resolved = workflow.NodeHelpers.getNodeParameters(
		type.description.properties,
		node.parameters,
		true,
		false,
		node,
		type.description,
	);
	return {
		getNode: () => node,
		getNodeParameter: (name: string, _item: number, _fallback?: unknown, options: Json = {}) => {
			const value = evaluated(resolved?.[name], item) as any;
			if (value === undefined) throw new Error(`Could not get parameter ${name}`);
			return options.extractValue && value?.__rl ? value.value : value;
		},
		getCredentials: async () => credentials,
		helpers: {
			returnJsonArray: (json: IDataObject) => [{ json }],
			httpRequestWithAuthentication: async (_type: string, options: IHttpRequestOptions) => {
				try {
					return await send(options, credentials);
				} catch (error) {
					throw new workflow.NodeApiError(node, error as any);
				}
			},
		},
	};
}

async function send(options: IHttpRequestOptions, credentials: Credentials): Promise<any> {
	const { headers } = new OpenChannelsApi().authenticate.properties;
	const own = Object.entries(headers ?? {}).map(([name, value]) => [
		name,
		evaluated(value, { ...credentials }),
	]);
	const all = { ...options.headers, ...Object.fromEntries(own) };
	return await outbound.request({ ...options, headers: all });
}

/** Resolves the only form of expressions that this package has: one member of an object. */
function evaluated(value: unknown, members: IDataObject): unknown {
	const name = typeof value === 'string' && /^=\{\{ ?\$\w+\.(\w+) ?\}\}$/.exec(value)?.[1];
	return name ? members[name] : value;
}
