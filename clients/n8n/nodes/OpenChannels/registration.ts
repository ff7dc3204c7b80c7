import {
	NodeApiError,
	type IDataObject,
	type IHookFunctions,
	type IWebhookFunctions,
	type JsonObject,
} from 'n8n-workflow';
import { Api } from './api';

const WEBHOOK_NOT_FOUND = '15204';

/** What is kept of a webhook between activation and deactivation. */
interface Registration {
	webhookId?: string;
	secret?: string;
}

/** Whether the kept webhook exists at the service, is enabled and leads here. */
export async function webhookExists(context: IHookFunctions): Promise<boolean> {
	const { webhookId } = registration(context);
	if (!webhookId) return false;
	const webhook = await unlessGone(context, new Api(context).get(`/webhooks/${webhookId}`));
	return Boolean(webhook?.enabled) && webhook?.url === context.getNodeWebhookUrl('default');
}

/** Creates a webhook and keeps its id and secret. One that was kept before is deleted. */
export async function createWebhook(context: IHookFunctions): Promise<void> {
	await deleteWebhook(context);
	const body = {
		url: context.getNodeWebhookUrl('default'),
		types: context.getNodeParameter('types') as string[],
		description: `n8n workflow ${context.getWorkflow().id}`,
	};
	const { id, secret } = await new Api(context).call('POST', '/webhooks', { body });
	Object.assign(registration(context), { webhookId: id, secret });
}

/** Deletes the kept webhook, if there is one. */
export async function deleteWebhook(context: IHookFunctions): Promise<void> {
	const kept = registration(context);
	if (!kept.webhookId) return;
	await unlessGone(context, new Api(context).call('DELETE', `/webhooks/${kept.webhookId}`));
	delete kept.webhookId;
	delete kept.secret;
}

export function secretOf(context: IWebhookFunctions): string | undefined {
	return registration(context).secret;
}

function registration(context: IHookFunctions | IWebhookFunctions): Registration {
	return context.getWorkflowStaticData('node') as Registration;
}

/** The answer, or undefined if the webhook is unknown to the service. */
async function unlessGone(
	context: IHookFunctions,
	answer: Promise<IDataObject>,
): Promise<IDataObject | undefined> {
	try {
		return await answer;
	} catch (error) {
		if (error instanceof NodeApiError && error.httpCode === WEBHOOK_NOT_FOUND) return undefined;
		throw new NodeApiError(context.getNode(), error as JsonObject);
	}
}
