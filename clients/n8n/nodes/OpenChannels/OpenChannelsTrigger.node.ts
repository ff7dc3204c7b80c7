import {
	NodeConnectionTypes,
	type IHookFunctions,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { CREDENTIAL } from './api';
import { createWebhook, deleteWebhook, secretOf, webhookExists } from './registration';
import { verified } from './verification';

export class OpenChannelsTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'OpenChannels Trigger',
		name: 'openChannelsTrigger',
		icon: {
			light: 'file:../../icons/openchannels.svg',
			dark: 'file:../../icons/openchannels.dark.svg',
		},
		group: ['trigger'],
		version: 1,
		subtitle: '={{$parameter["types"].join(", ")}}',
		description:
			'Starts the workflow when an account is connected, stops working or changes otherwise',
		defaults: { name: 'OpenChannels Trigger' },
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: CREDENTIAL, required: true }],
		webhooks: [
			{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'webhook' },
		],
		properties: [
			{
				displayName: 'Events',
				name: 'types',
				type: 'multiOptions',
				required: true,
				default: [],
				description: 'The API key needs the scope admin',
				options: [
					{
						name: 'Account Connected',
						value: 'account.connected',
						description: 'An account was connected for the first time',
					},
					{ name: 'Account Deleted', value: 'account.deleted' },
					{
						name: 'Account Needs Attention',
						value: 'account.attention',
						description: 'It still works, but a person should connect it again soon',
					},
					{
						name: 'Account Offline',
						value: 'account.offline',
						description: 'It no longer works; data.reason says why',
					},
					{ name: 'Account Reconnected', value: 'account.reconnected' },
					{
						name: 'Account Recovered',
						value: 'account.recovered',
						description: 'It was offline and works again',
					},
				],
			},
		],
	};

	webhookMethods = {
		default: {
			async checkExists(this: IHookFunctions): Promise<boolean> {
				return await webhookExists(this);
			},
			async create(this: IHookFunctions): Promise<boolean> {
				await createWebhook(this);
				return true;
			},
			async delete(this: IHookFunctions): Promise<boolean> {
				await deleteWebhook(this);
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const { rawBody } = this.getRequestObject();
		const secret = secretOf(this);
		const event =
			secret && rawBody && verified({ headers: this.getHeaderData(), body: rawBody }, secret);
		if (!event) {
			this.getResponseObject().status(401).json({ message: 'The signature is not valid' });
			return { noWebhookResponse: true };
		}
		// A test message of the service is accepted, but is none of the events that start the workflow.
		if (!(this.getNodeParameter('types') as string[]).includes(String(event.type))) return {};
		return { workflowData: [this.helpers.returnJsonArray(event)] };
	}
}
