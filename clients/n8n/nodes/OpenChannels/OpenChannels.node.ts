import {
	NodeApiError,
	NodeConnectionTypes,
	NodeOperationError,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { CREDENTIAL } from './api';
import { Call, type Operation } from './call';
import { getConnectablePlatforms, getGroups, getPlatforms, searchAccounts } from './choices';
import { accountOperations, accountProperties } from './operations/account';
import { connectionOperations, connectionProperties } from './operations/connection';
import { workOperations, workProperties } from './operations/work';
import { language } from './properties';

const OPERATIONS: Record<string, Record<string, Operation>> = {
	account: accountOperations,
	connection: connectionOperations,
	work: workOperations,
};

export class OpenChannels implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'OpenChannels',
		name: 'openChannels',
		icon: {
			light: 'file:../../icons/openchannels.svg',
			dark: 'file:../../icons/openchannels.dark.svg',
		},
		group: ['input'],
		version: 1,
		subtitle: '={{$parameter["operation"] + ": " + $parameter["resource"]}}',
		description: 'Connect accounts of social platforms, watch them and list their works',
		defaults: { name: 'OpenChannels' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL, required: true }],
		properties: [
			{
				displayName: 'Resource',
				name: 'resource',
				type: 'options',
				noDataExpression: true,
				options: [
					{ name: 'Account', value: 'account' },
					{ name: 'Connection', value: 'connection' },
					{ name: 'Work', value: 'work' },
				],
				default: 'account',
			},
			...accountProperties,
			...connectionProperties,
			...workProperties,
			language,
		],
	};

	methods = {
		loadOptions: { getConnectablePlatforms, getGroups, getPlatforms },
		listSearch: { searchAccounts },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const results: INodeExecutionData[] = [];
		for (let item = 0; item < this.getInputData().length; item++) {
			const pairedItem = { item };
			try {
				for (const json of await run(this, item)) results.push({ json, pairedItem });
			} catch (raised) {
				const error = asNodeError(this, raised, item);
				if (!this.continueOnFail()) throw error;
				results.push({ json: failure(error), pairedItem });
			}
		}
		return [results];
	}
}

async function run(context: IExecuteFunctions, item: number): Promise<IDataObject[]> {
	const resource = context.getNodeParameter('resource', item) as string;
	const operation = context.getNodeParameter('operation', item) as string;
	const result = await OPERATIONS[resource][operation](new Call(context, item));
	return Array.isArray(result) ? result : [result];
}

function asNodeError(context: IExecuteFunctions, raised: unknown, itemIndex: number) {
	const error =
		raised instanceof NodeApiError
			? raised
			: new NodeOperationError(context.getNode(), raised as Error);
	error.context.itemIndex = itemIndex;
	return error;
}

/** n8n leads an item with only these two members to the error output, and keeps both. */
function failure(error: NodeApiError | NodeOperationError): IDataObject {
	const { code, requestId, data } = (error.context.envelope ?? {}) as IDataObject;
	return { error: error.message, details: { code, requestId, data } };
}
